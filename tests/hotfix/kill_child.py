"""Runners killed at a point of their journal, each in a fork of one process: `python -m tests.hotfix.kill_child`.

Everything is imported once, so a runner costs what it does and not what it loads. Lines on stdin: `{"hotfix", "kill":
[number, "before" | "after"] or null}`; a line on stdout for each: how the runner ended (0, or minus the signal).
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from typing import Any

from hotfix_tui.automation import bypass, changes, field_access, inventory, meanwhile, restore, settings, switch
from hotfix_tui.data import plan, read, sending, settling, write
from hotfix_tui.events import Envelope, Event
from hotfix_tui.hotfix import runner
from hotfix_tui.hotfix.client import path_of
from hotfix_tui.journal import Journal
from hotfix_tui.salesforce import org
from tests.hotfix.reports import BULK, REPORTS

_LOADED = (changes, inventory, meanwhile, plan, read, settling, write, org)
# Nothing is on its way for long here: a killed runner's last request is carried out at once or never.
_SHORT = (0.05, 0.1)
for _room in (bypass, field_access, restore, settings, switch, sending):
    vars(_room)["_LOOKS"] = _SHORT


class Dying(Journal):
    """A journal whose process is killed at its event `number`, reports not counted, before or after it is on disk."""

    kill: tuple[int, str] | None = None
    written = 0

    def append(self, event: Event, step: str) -> Envelope:
        """Writes, and dies."""
        if type(event).__name__ in REPORTS:
            return super().append(event, step)
        type(self).written += 1
        if self.kill == (self.written, "before"):
            os.kill(os.getpid(), signal.SIGKILL)
        envelope = super().append(event, step)
        if self.kill == (self.written, "after"):
            os.kill(os.getpid(), signal.SIGKILL)
        return envelope


def run(command: dict[str, Any]) -> None:
    """A runner's life, in this process."""
    if os.environ.get(BULK):
        assert write.write_plan.__kwdefaults__ is not None
        write.write_plan.__kwdefaults__["bulk_from"] = 0
    Dying.kill = tuple(command["kill"]) if command["kill"] else None
    with Dying.open(path_of(command["hotfix"])) as journal:
        asyncio.run(runner.Runner(journal).run())


def main() -> None:
    """Forks for each line; this process has one thread only, so a fork is whole."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                run(json.loads(line))
            except BaseException as error:
                sys.stderr.write(f"{type(error).__name__}: {error}\n")
                os._exit(3)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
