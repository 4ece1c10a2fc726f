"""The hotfix that is open on screen: the client, its log, and what the person has chosen so far."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime

from hotfix_tui.events import Envelope
from hotfix_tui.hotfix.client import HotfixClient
from hotfix_tui.hotfix.state import HotfixState
from hotfix_tui.ui.log_lines import log_line
from hotfix_tui.ui.widgets.log_pane import KEPT, LogLine
from hotfix_tui.ui.words import clock, running_words

_START_GRACE = 5.0
"""Seconds a runner may take to begin before a request counts as not taken."""


class Session:
    """Outlives the screens of one hotfix, so that selections and the log stay when a person changes steps."""

    def __init__(self, client: HotfixClient) -> None:
        self.client = client
        self.log: deque[LogLine] = deque(maxlen=KEPT)
        self.components: set[str] = set()
        self.chosen_for: object = None  # the comparison whose blocking components were preselected
        self.left_out: set[str] = set()
        self.data_set = ""
        self.adopt_twins: bool | None = None
        self.automations: dict[str, str] = {}  # full name → the way a person chose for it
        self.impact_only = False
        self.asked = ""
        self.paused = False
        self.alive = client.runner_alive()
        self._posted: tuple[str, int, datetime] | None = None

    @property
    def state(self) -> HotfixState:
        """The hotfix as its journal says."""
        return self.client.state

    def poll(self) -> tuple[list[Envelope], list[LogLine]]:
        """What is new in the journal, and its lines for the log."""
        news = self.client.poll()
        lines = [line for envelope in news if (line := log_line(envelope)) is not None]
        self.log.extend(lines)
        return news, lines

    def look(self) -> None:
        """Sees whether the runner is alive. What was paused is not paused any more once nothing runs."""
        self.alive = self.client.runner_alive()
        self.paused = self.paused and bool(self.busy)

    def request(self, kind: str, **args: object) -> int:
        """Posts a request. The screen counts as busy from here, before the runner has taken it."""
        number = self.client.request(kind, **args)
        self._posted = (kind, self.state.seq, datetime.now(UTC))
        return number

    @property
    def busy(self) -> str:
        """What runs, in a word (`Seeding`), or empty. A request counts until its runner has begun or had its time."""
        if self.state.running and self.alive:
            return running_words(self.state.running)
        if self._posted is None:
            return ""
        kind, seq, at = self._posted
        started = self.state.seq > seq
        if started or (datetime.now(UTC) - at).total_seconds() > _START_GRACE:
            self._posted = None
            return ""
        return f"Starting: {running_words(kind).lower()}"

    def pause(self) -> bool:
        """Asks what runs to wait at its next safe point, or to go on. Returns whether it waits now."""
        self.paused = not self.paused
        if self.paused:
            self.client.pause()
        else:
            self.client.proceed()
        return self.paused

    @property
    def lost(self) -> str:
        """The step whose runner ended without a word, or empty."""
        return running_words(self.state.running) if self.state.running and not self.alive and not self.busy else ""

    @property
    def incident_clock(self) -> str:
        """Time since the hotfix began."""
        return clock(self.state.created_at)

    def close(self) -> None:
        """Closes the journal. What runs goes on."""
        self.client.close()
