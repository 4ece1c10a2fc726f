"""A screen of an open hotfix: draws the folded state ten times a second at most, and posts requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult

from hotfix_tui.events import Envelope
from hotfix_tui.hotfix.errors import HotfixError
from hotfix_tui.hotfix.state import HotfixState
from hotfix_tui.journal.errors import JournalError
from hotfix_tui.ui.screens.base import BaseScreen
from hotfix_tui.ui.session import Session
from hotfix_tui.ui.text import Cell, Toned
from hotfix_tui.ui.widgets.bars import Flash, HeaderBar, StepBar
from hotfix_tui.ui.widgets.log_pane import LogLine, LogPane
from hotfix_tui.ui.words import STEPS, many, of_total, pace_words


class StepScreen(BaseScreen):
    """`STEP` is the wizard's step that the screen belongs to, 1 to 4; 5 is the finished hotfix."""

    STEP: ClassVar[int] = 1
    PART: ClassVar[str] = ""
    SPINNER: ClassVar[str] = "|/-\\"

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._turn = 0
        self._log_filled = False

    @property
    def state(self) -> HotfixState:
        """The hotfix as its journal says."""
        return self.session.state

    @property
    def production(self) -> str:
        """Production's alias."""
        return self.state.production

    @property
    def environment(self) -> str:
        """The environment's alias, or empty."""
        return self.state.environment.org if self.state.environment else ""

    def compose_top(self) -> ComposeResult:
        """The steps."""
        yield StepBar(id="steps")

    def news(self, envelopes: Sequence[Envelope], lines: Sequence[LogLine]) -> None:
        """The journal has something new."""
        if not self.built:
            return
        if self._log_filled:
            self.query_one(LogPane).write(lines)
        if envelopes:
            self.heard(envelopes)
            self.redraw()

    def heard(self, envelopes: Sequence[Envelope]) -> None:
        """For screens that react to a fact and do not only draw the state."""

    def tick(self) -> None:
        """Four times a second: clock, spinner and progress."""
        if not self.built:
            return
        self._turn += 1
        self.session.look()
        self.draw_header()
        self._draw_progress()

    def redraw(self) -> None:
        """Fills the log first, once; then what changed."""
        if not self.built:
            return
        if not self._log_filled:
            self._log_filled = True
            self.query_one(LogPane).write(self.session.log)
        super().redraw()
        self._draw_progress()

    def draw_header(self) -> None:
        """Hotfix, clock, production, environment, steps."""
        state, environment = self.state, self.state.environment
        where = f"{environment.org} {environment.kind}" if environment else ""
        left = f"{state.hotfix} {state.name}"
        self.query_one(HeaderBar).tell(left, self.session.incident_clock, state.production, where)
        names = [f"{name}: {self.PART}" if number == self.STEP and self.PART else name for number, name in _steps()]
        self.query_one(StepBar).tell(names, self.STEP, state.step, "")

    def _draw_progress(self) -> None:
        status = self.query_one(Flash)
        busy = self.session.busy
        if busy:
            sign = self.SPINNER[self._turn % 4]
            keys = "  P goes on, C cancels" if self.session.paused else "  P pauses, C cancels"
            said = f"= {busy}: paused" if self.session.paused else f"{sign} {busy}"
            status.behind(" ", Toned(said, "warn"), *self._progress(), Toned(keys, "dim"))
        elif lost := self.session.lost:
            status.behind(" ", Toned(f"{lost} ended without a word: its runner is gone. {self.after_loss()}", "bad"))
        elif failures := self.failures():
            status.behind(" ", Toned(failures, "bad"))
        else:
            status.behind(" ", *self.hint())

    def _progress(self) -> list[Cell]:
        parts: list[Cell] = []
        for one in list(self.state.progress.values())[-2:]:
            pace = pace_words(*self.state.pace(one.what, one.org))
            parts.append(Toned(f"  {one.what} {of_total(one.done, one.total)} {one.unit}{pace}", "dim"))
        for deploy in self.state.deploys.values():
            if deploy.progress is not None and deploy.finished is None:
                now = deploy.progress
                tests = f", {of_total(now.tests_done, now.tests_total)} tests" if now.tests_total else ""
                parts.append(f"  {now.org} {of_total(now.components_done, now.components_total)} components{tests}")
        return parts

    def after_loss(self) -> str:
        """What to do when a runner was lost."""
        off = len(self.state.automations_off)
        if off:
            key = "r" if self.WHERE == "data" else "Esc, then r on Home,"
            return f"{many(off, 'automation')} still off: {key} restores."
        if self.state.still_assigned:
            sets = ", ".join(sorted({f"{one.permission_set} in {one.org}" for one in self.state.still_assigned}))
            return f"Still assigned to our user: {sets}. Esc, then r on Home, takes it away."
        if self.state.still_set:
            names = ", ".join(sorted({f"{one.object} in {one.org}" for one in self.state.still_set}))
            return f"Still passing our user by: {names}. Esc, then r on Home, takes it back."
        return "Start the step again; it begins with what the org has."

    def failures(self) -> str:
        """What the last run of this screen's steps failed with, for the status line; empty when it did not."""
        return ""

    def hint(self) -> tuple[Cell, ...]:
        """What to press next, for the status line while nothing runs."""
        return ("",)

    def failed(self, *steps: str) -> str:
        """The first failure of the latest run of `steps`, in words."""
        for step in steps:
            for failure in self.state.failures_of.get(step, ()):
                way_out = f" Next: {failure.next}" if failure.next else ""
                return f"{failure.org + ': ' if failure.org else ''}{failure.what}{way_out}"
        return ""

    # -- commands

    def why_not(self, command: str) -> str:
        """What holds in every step: the order of the steps, and one job at a time."""
        state = self.state
        if command == "step_2" and state.environment is None:
            return "Choose an environment first: that is step 1."
        if command == "step_3" and "environment" not in state.baselines:
            return "Take the environment's baseline first: step 2, Data tab, b."
        if command == "step_4" and state.step < 4:
            return "Promote the fix first: that is step 3."
        if command in ("cancel", "pause") and not self.session.busy:
            return "Nothing runs now."
        return ""

    def idle(self) -> str:
        """Why a request cannot be posted now; empty when it can."""
        busy = self.session.busy
        return f"{busy} — one job at a time; C cancels it." if busy else ""

    def post(self, kind: str, **args: object) -> bool:
        """Leaves a request for the runner. False, with the sentence in the status line, when it could not be left."""
        try:
            self.session.request(kind, **args)
        except (HotfixError, JournalError, OSError) as error:
            self.flash(str(error), "bad")
            return False
        self._draw_progress()
        self.draw_keys()
        return True

    def do_step_1(self) -> None:
        """Environment."""
        self.hotfix_app.go_to(1)

    def do_step_2(self) -> None:
        """Seed."""
        self.hotfix_app.go_to(2)

    def do_step_3(self) -> None:
        """The wait for the fix, or Promote."""
        self.hotfix_app.go_to(3)

    def do_step_4(self) -> None:
        """Sync."""
        self.hotfix_app.go_to(4)

    def do_pause(self) -> None:
        """Holds what runs, or lets it go on."""
        waits = self.session.pause()
        said = "Asked to wait: it holds at the next safe point. P lets it go on." if waits else "It goes on."
        self.flash(said, "warn" if waits else "good")

    def do_cancel(self) -> None:
        """Cancels what runs."""
        self.session.client.cancel()
        self.flash("Asked to cancel: it ends at the next safe point, and what must be taken back is.", "warn")

    def do_back(self) -> None:
        """Closes what is open, else goes Home."""
        if not self.close_what_is_open():
            self.hotfix_app.go_home()


def _steps() -> list[tuple[int, str]]:
    return list(enumerate(STEPS, 1))
