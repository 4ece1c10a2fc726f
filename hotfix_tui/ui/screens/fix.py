"""Between step 2 and 3: the fix is made by a person in the environment; this screen says how, waits, and looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Container

from hotfix_tui.events import Envelope
from hotfix_tui.events.session import StepFinished
from hotfix_tui.ui import background
from hotfix_tui.ui.commands import bindings_for
from hotfix_tui.ui.screens.step import StepScreen
from hotfix_tui.ui.text import BREAK, Cell, Toned
from hotfix_tui.ui.widgets.bars import Words
from hotfix_tui.ui.words import day_and_time, many


class FixScreen(StepScreen):
    """Says where the environment is and what counts as the fix."""

    WHERE = "fix"
    STEP = 3
    PART = "Fix"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar = [*bindings_for("fix")]

    applying = False

    def body(self) -> ComposeResult:
        """Words only."""
        with Container(classes="column"):
            yield Words(id="wait")

    def draw(self) -> None:
        """How to get in, and what is found so far."""
        self.query_one("#wait", Words).say(*self._words())

    def _words(self) -> list[Cell]:
        state, environment = self.state, self.environment
        baseline = state.baselines.get("environment")
        words: list[Cell] = [BREAK, Toned(f"Make your fix in {environment}.", "strong"), BREAK, BREAK]
        for name, value in self._way_in():
            words += [Toned(f"  {name:<10}", "dim"), value, BREAK]
        words += [
            BREAK,
            "Change components in Setup or with your tools, and records in the org. Everything that changes after the "
            "baseline is the fix, and nothing else.",
            BREAK,
        ]
        if baseline is not None:
            taken = f"{many(baseline.components, 'component')}, {many(baseline.records, 'record')}"
            words += [Toned(f"Baseline of {environment}: {taken}.", "dim"), BREAK]
        words += [BREAK, "This screen waits; you may leave it (q) and come back.", BREAK, BREAK]
        if state.fix is not None:
            found = f"{many(state.fix.components, 'component')} and {many(state.fix.records, 'record')}"
            words.append(Toned(f"Found: {found}.", "good") if self._found else "Nothing has changed yet.")
        return words

    def _way_in(self) -> list[tuple[str, str]]:
        from hotfix_tui.salesforce.errors import SalesforceError
        from hotfix_tui.salesforce.login import known_logins

        try:
            login = known_logins().get(self.environment)
        except SalesforceError as error:
            return [("Login", str(error))]
        if login is None:
            return [("Login", f"{self.environment} is no longer among the known orgs.")]
        ways = [("Address", login.instance_url), ("User", login.username)]
        since = self.state.baselines.get("environment")
        return [*ways, ("Org id", since.org_id if since else login.org_id)]

    def heard(self, envelopes: Sequence[Envelope]) -> None:
        """A fix that was found leads on to Promote."""
        for envelope in envelopes:
            event = envelope.event
            if isinstance(event, StepFinished) and event.name == "find_fix" and self._found:
                self.call_after_refresh(self.hotfix_app.go_to, 3)

    @property
    def _found(self) -> bool:
        fix = self.state.fix
        return fix is not None and fix.components + fix.records > 0

    def why_not(self, command: str) -> str:
        """One job at a time; the prepared fix is the demo's."""
        if command == "rescan":
            return self.idle()
        if command == "apply":
            if self.hotfix_app.apply_fix is None:
                return "Only the demo has a prepared fix. Make yours in the org."
            if self.hotfix_app.prepared_in not in ("", self.environment):
                return (
                    f"The prepared fix is for {self.hotfix_app.prepared_in}; this hotfix is made in {self.environment}."
                )
            return "The prepared fix is being made." if self.applying else self.idle()
        if command == "promote" and not self._found:
            return "No fix is found yet: r looks for it."
        return super().why_not(command)

    def do_rescan(self) -> None:
        """Looks for the fix."""
        self.post("find_fix")

    def do_apply(self) -> None:
        """Lets the demo's colleague work, in the background."""
        apply_fix = self.hotfix_app.apply_fix
        if apply_fix is None:
            return

        async def work() -> str:
            return await apply_fix()

        self.applying = True
        self.flash(f"A colleague makes the prepared fix in {self.environment} …", "warn")
        background.call(self.app, work, self._applied)

    def _applied(self, words: object, error: str) -> None:
        self.applying = False
        if self.is_mounted:
            self.flash(error or f"{words} r looks for the fix.", "bad" if error else "good")
            self.draw_keys()

    def do_promote(self) -> None:
        """Goes on."""
        self.hotfix_app.go_to(3)

    def failures(self) -> str:
        """Why the last look did not work."""
        return self.failed("find_fix")

    def hint(self) -> tuple[Cell, ...]:
        """What comes next."""
        if self.state.fix is not None and not self._found:
            at = day_and_time(self.state.last_at)
            return (
                Toned(f"Nothing has changed since the baseline ({at}). ", "warn"),
                Toned("r", "key"),
                " looks again.",
            )
        return (Toned("r", "key"), " looks for the fix when you have made it.")
