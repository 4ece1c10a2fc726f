"""What a command says: events on stdout (as words, or one JSON object a line), messages for people on stderr."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from typing import Any

from hotfix_tui.events import Envelope, Event, Keep, Settled, encode
from hotfix_tui.events.compare import ComponentCompared
from hotfix_tui.events.session import Failed, Progress
from hotfix_tui.events.words import sentence

FORMAT = 1
# Seconds that a compared component may wait for others to be written out with it.
_ROWS_WAIT = 0.05

# The line's own names; a field of an event that has one of them gets another.
_RENAMED = {"at": "changed_at", "step": "step_name", "event": "event_name", "seq": "number", "hotfix": "of_hotfix"}


def as_json(envelope: Envelope) -> dict[str, Any]:
    """An envelope as the line that `--json` prints (contract: v, seq, at, hotfix, step, event, then its fields)."""
    line: dict[str, Any] = {
        "v": FORMAT,
        "seq": envelope.seq,
        "at": envelope.at,
        "hotfix": envelope.hotfix,
        "step": envelope.step,
        "event": type(envelope.event).__name__,
    }
    for name, value in encode(envelope.event).items():
        line[_RENAMED.get(name, name)] = value
    return line


class Output:
    """Where one command's words go. `json`: lines for programs; else sentences for people."""

    def __init__(self, *, json: bool) -> None:
        self.json = json
        self._seq = 0
        self._at_once = True
        self._pushed = 0.0

    def envelope(self, envelope: Envelope) -> None:
        """An event of a journal."""
        if self.json:
            self._write(json.dumps(as_json(envelope), ensure_ascii=False))
        elif isinstance(envelope.event, Failed):
            self.message(sentence(envelope.event))
        elif not isinstance(envelope.event, Keep | Progress | Settled):
            self._write(printable(sentence(envelope.event)))

    def event(self, event: Event, step: str) -> None:
        """An event of a command that belongs to no hotfix. Of thousands of rows not each is pushed out by itself."""
        self._at_once = not isinstance(event, ComponentCompared) or time.monotonic() > self._pushed + _ROWS_WAIT
        self._seq += 1
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.envelope(Envelope(seq=self._seq, at=at, hotfix=None, step=step, event=event))

    def result(self, text: str) -> None:
        """What a person asked for, when it is no event; with `--json` nothing (stdout holds only events)."""
        if not self.json:
            self._write(printable(text))

    def message(self, text: str) -> None:
        """Words for a person, on stderr."""
        print(printable(text), file=sys.stderr, flush=True)

    def _write(self, line: str) -> None:
        sys.stdout.write(line + "\n")
        if self._at_once:
            sys.stdout.flush()
            self._pushed = time.monotonic()
        self._at_once = True


def printable(text: str) -> str:
    """`text` without terminal controls: what an org says must not steer a terminal. Line breaks stay."""
    return "".join(char if char.isprintable() or char == "\n" else f"\\x{ord(char):02x}" for char in text)
