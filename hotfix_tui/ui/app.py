"""The app: which screen is shown, what the journal says, who is asked. Wiring only; screens draw, the runner works."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import SystemCommand
from textual.binding import Binding
from textual.screen import Screen

from hotfix_tui.compare.giving_way import foreground
from hotfix_tui.hotfix.client import HotfixClient
from hotfix_tui.journal.errors import JournalError
from hotfix_tui.ui import background, theme
from hotfix_tui.ui.background import Answered, OrgSurveyed, SurveyEnded
from hotfix_tui.ui.commands import commands_of
from hotfix_tui.ui.crash import CrashSafeApp
from hotfix_tui.ui.screens.base import BaseScreen
from hotfix_tui.ui.screens.dialogs import ChoiceDialog, ConfirmDialog, Dialog
from hotfix_tui.ui.screens.home import HomeScreen
from hotfix_tui.ui.screens.step import StepScreen
from hotfix_tui.ui.session import Session
from hotfix_tui.ui.signals import Signals
from hotfix_tui.ui.style_paths import style_sheets
from hotfix_tui.ui.text import visible_text

if TYPE_CHECKING:
    from hotfix_tui.hotfix.drift import Drift
    from hotfix_tui.hotfix.orgs import OrgStatus

ApplyFix = Callable[[], Awaitable[str]]
"""Makes the demo's prepared fix as a colleague would, and says in words what was done."""

POLL = 0.1
TICK = 0.25
_GIVES_WAY_AFTER = 0.001


class HotfixApp(CrashSafeApp):
    """Home and the steps of one open hotfix.

    `apply_fix` is the demo's prepared fix, for the org `prepared_in`; None outside the demo. `compared` are two sides
    to compare at once, `narrowed` by a filter and to an impact; their records when `records` is a data set's file.
    """

    TITLE = "hotfix-tui"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar = [Binding("ctrl+q", "leave", "Leave", show=False, priority=True)]

    def __init__(
        self,
        *,
        apply_fix: ApplyFix | None = None,
        prepared_in: str = "",
        compared: tuple[str, str] | None = None,
        narrowed: tuple[str, str] = ("", ""),
        records: str = "",
    ) -> None:
        plain = bool(os.environ.get("NO_COLOR"))
        # A thread that compares gives way to the one that answers keys after a millisecond, not after Python's five.
        sys.setswitchinterval(_GIVES_WAY_AFTER)
        super().__init__(css_path=[str(path) for path in style_sheets()], ansi_color=True if plain else None)
        self.animation_level = "none"
        self.register_theme(theme.HOTFIX)
        self.theme = theme.chosen(plain, self.console.color_system)
        self.apply_fix = apply_fix
        self.prepared_in = prepared_in
        self.compared = compared
        self.narrowed = narrowed
        self.records = records
        self.session: Session | None = None
        self.orgs: dict[str, OrgStatus] = {}
        self._heard_of: set[str] = set()  # in the latest survey
        self.drifts: dict[str, Drift] = {}  # by org id, as far as asked for
        self.surveying = False
        self.survey_error = ""
        self.signals = Signals(self.leave_with)
        self.signals.remember_terminal()

    # -- life

    def get_default_screen(self) -> Screen[None]:
        """Home is at the bottom of the stack."""
        return HomeScreen()

    def on_mount(self) -> None:
        """Starts listening: signals, the journal, the orgs."""
        self.signals.install()
        self.set_interval(POLL, self.poll)
        self.set_interval(TICK, self._tick)
        self.call_after_refresh(self.survey)
        if self.compared is not None and self.records:
            self.compare_records(*self.compared, self.records)
        elif self.compared is not None:
            self.compare(*self.compared, *self.narrowed)

    def on_unmount(self) -> None:
        """Gives the signals back and closes the journal; what runs goes on."""
        self.signals.uninstall()
        if self.session is not None:
            self.session.close()

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes that a dialog must not take yet are dropped here, before anything can bind them."""
        if isinstance(event, events.Key | events.Paste) and isinstance(self.screen, Dialog) and self.screen.deaf:
            leaving = isinstance(event, events.Key) and event.key in ("escape", "q", "ctrl+q")
            if not leaving or not self.screen.covered:
                return
        if isinstance(event, events.Key):
            foreground.begin()
            self.screen.call_after_refresh(foreground.end)
        await super().on_event(event)

    def leave_with(self, code: int) -> None:
        """Ends at once, as a signal asks."""
        self.exit(None, code)

    def leave(self) -> None:
        """`q`: says what goes on, and asks only when something does."""
        words = self._goes_on()
        if not words:
            self.exit(None, 0)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.exit(None, 0, message=visible_text(words))

        self.push_screen(ConfirmDialog("Leave", (words,), "Leave", key="q", no="Stay"), answered)

    def _goes_on(self) -> str:
        if self.session is None or not self.session.busy:
            return ""
        hotfix = self.session.state.hotfix
        return (
            f"{hotfix}: {self.session.busy} goes on without this screen. "
            f"Start hotfix-tui again and open {hotfix} to be where you were."
        )

    def action_leave(self) -> None:
        """Ctrl+Q does what q does."""
        if isinstance(self.screen, BaseScreen):
            self.leave()

    def action_help_quit(self) -> None:
        """Ctrl+C ends nothing."""
        if isinstance(self.screen, BaseScreen):
            self.screen.flash("Ctrl+C ends nothing here. q leaves; C cancels what runs.")

    # -- the journal

    def poll(self) -> None:
        """Takes what is new in the journal to the screen that shows it."""
        if self.session is None:
            return
        try:
            envelopes, lines = self.session.poll()
        except JournalError as error:
            self.go_home(str(error))
            return
        if not envelopes:
            return
        for screen in self.screen_stack:
            if isinstance(screen, StepScreen):
                screen.news(envelopes, lines)
        self._ask()

    def _tick(self) -> None:
        if self.screen_stack and isinstance(self.screen, StepScreen):
            self.screen.tick()

    def _ask(self) -> None:
        """Shows a question of the runner, once; it waits when the answer is put off."""
        session = self.session
        question = session.state.question if session else None
        if session is None or question is None or question.key == session.asked or not question.choices:
            return
        session.asked = question.key

        def answered(choice: str | None) -> None:
            if choice:
                session.client.answer(question.key, choice)

        choices = [("", "Decide later"), *((choice, choice) for choice in question.choices)]
        self.push_screen(ChoiceDialog("The runner asks", (question.text,), choices), answered)

    # -- the orgs

    def survey(self) -> None:
        """Asks every org in the background, unless that is under way."""
        if not self.surveying:
            self.surveying = True
            self._heard_of.clear()
            background.survey(self)
            self._orgs_changed()

    def on_org_surveyed(self, event: OrgSurveyed) -> None:
        """One org answered."""
        self.orgs[event.status.alias] = event.status
        self._heard_of.add(event.status.alias)
        self._orgs_changed()

    def on_survey_ended(self, event: SurveyEnded) -> None:
        """All have been asked."""
        self.surveying = False
        self.survey_error = event.error
        if not event.error:  # what no login leads to any more is gone: deleted, or logged out of
            self.orgs = {alias: status for alias, status in self.orgs.items() if alias in self._heard_of}
        self._orgs_changed()

    def on_answered(self, event: Answered) -> None:
        """A background call came back."""
        if self.screen_stack:  # else the person has left meanwhile
            event.then(event.result, event.error)

    def _orgs_changed(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, BaseScreen) and screen.is_mounted:
                screen.redraw()

    # -- where we are

    def open_hotfix(self, hotfix: str) -> None:
        """Opens a hotfix at the step it stands at."""
        try:
            session = Session(HotfixClient(hotfix))
            session.poll()
        except JournalError as error:
            self.go_home(str(error))
            return
        self._close_session()
        self.session = session
        if session.state.open_intents:
            session.client.ensure_runner()  # it looks up in the org what became of them
        self.go_to(session.state.step)
        self._ask()

    def restore(self, hotfix: str) -> None:
        """Asks for the restore of what a hotfix left switched off, without opening it."""
        try:
            with HotfixClient(hotfix) as client:
                client.request("restore")
        except JournalError as error:
            self.go_home(str(error))

    def go_to(self, step: int) -> None:
        """Shows a step's screen of the open hotfix."""
        if self.session is None:
            return
        from hotfix_tui.ui.screens import steps

        self.show_step(steps.screen_of(step, self.session))

    def compare_records(self, a: str, b: str, data_set: str = "", production: str = "") -> None:
        """Compares the records of a data set (its file; asked for when empty) in two orgs, over what is shown."""
        from hotfix_tui.ui.screens.records import RecordsScreen

        self.push_screen(RecordsScreen(a, b, data_set=data_set, production=production))

    def compare(self, a: str, b: str, needle: str = "", impact: str = "") -> None:
        """Compares two orgs or folders, over Home, narrowed by a filter and to an impact."""
        from hotfix_tui.ui.screens.two_sides import TwoSidesScreen

        self.push_screen(TwoSidesScreen(a, b, needle=needle, impact=impact))

    def show_step(self, screen: StepScreen) -> None:
        """Puts a step's screen over Home, in place of another step's."""
        if isinstance(self.screen, StepScreen):
            self.switch_screen(screen)
        else:
            self.push_screen(screen)

    def go_home(self, why: str = "") -> None:
        """Back to Home; `why` is said there."""
        self._close_session()
        while len(self.screen_stack) > 1:
            self.pop_screen()
        if why and isinstance(self.screen, BaseScreen):
            self.screen.flash(why, "bad")

    def _close_session(self) -> None:
        if self.session is not None:
            self.session.close()
            self.session = None

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette lists what the screen can do, from the same table as the footer."""
        if not isinstance(screen, BaseScreen):
            return
        for command in commands_of(screen.WHERE):
            if command.id in ("palette", "focus"):
                continue

            def run(target: BaseScreen = screen, name: str = command.id) -> None:
                target.run_worker(target.action_run(name), exclusive=False)

            yield SystemCommand(command.label, command.sentence, run)
