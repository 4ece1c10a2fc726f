"""Step 1: the org the fix is made in. Best first, each with the reason; production is listed and refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult

from hotfix_tui.events import Envelope
from hotfix_tui.events.environment import EnvironmentReady
from hotfix_tui.events.session import StepFinished
from hotfix_tui.hotfix.errors import HotfixError
from hotfix_tui.journal import JournalError
from hotfix_tui.ui import org_rows
from hotfix_tui.ui.commands import bindings_for, list_bindings
from hotfix_tui.ui.screens.dialogs import TypedAliasDialog
from hotfix_tui.ui.screens.make_environment import SCRATCH, MakeEnvironmentDialog, WantedEnvironment
from hotfix_tui.ui.screens.step import StepScreen
from hotfix_tui.ui.text import BREAK, Cell, Toned
from hotfix_tui.ui.widgets.bars import Words
from hotfix_tui.ui.widgets.rows import ListRows
from hotfix_tui.ui.widgets.virtual_table import VirtualTable
from hotfix_tui.ui.words import many

if TYPE_CHECKING:
    from hotfix_tui.hotfix.orgs import OrgStatus

_CHOOSING = frozenset({"choose_environment", "make_sandbox", "make_scratch"})


class EnvironmentScreen(StepScreen):
    """Lists the orgs as they answer."""

    WHERE = "environment"
    STEP = 1
    BINDINGS: ClassVar = [*bindings_for("environment"), *list_bindings()]

    def body(self) -> ComposeResult:
        """The orgs, and what is to be said of the chosen one."""
        yield VirtualTable(*org_rows.COLUMNS, title="Where to make the fix", id="orgs")
        yield Words(id="about")

    def orgs(self) -> list[OrgStatus]:
        """Suitable ones first, then those that are not, production last."""
        app = self.hotfix_app
        return sorted(
            app.orgs.values(),
            key=lambda status: (org_rows.is_production(status), not status.connected, status.rank),
        )

    def draw(self) -> None:
        """The list and the chosen org's reason."""
        app = self.hotfix_app
        table = self.query_one("#orgs", VirtualTable)
        table.empty = "Asking the orgs …" if app.surveying else f"No org is known. {app.survey_error} r asks again."
        table.entitle("Where to make the fix  asking …" if app.surveying else "Where to make the fix")
        table.show(ListRows(self.orgs(), org_rows.org_cells, lambda status: status.alias))
        self._about()

    @property
    def chosen(self) -> OrgStatus | None:
        """The org under the cursor."""
        return self.hotfix_app.orgs.get(self.query_one("#orgs", VirtualTable).key or "")

    @on(VirtualTable.Highlighted)
    def _about(self) -> None:
        status = self.chosen
        words: list[Cell] = []
        if status is not None:
            words = [Toned(status.alias, "strong"), f"  {status.label}", BREAK, org_rows.suitability(status)]
            if status.missing:
                words += [BREAK, Toned(f"{many(len(status.missing), 'right')} missing: {status.missing[0]}", "warn")]
            if status.alias == self.environment:
                words += [BREAK, Toned("This is the environment of this hotfix.", "good")]
        self.query_one("#about", Words).say(*words)
        self.draw_keys()

    def hint(self) -> tuple[Cell, ...]:
        """What comes next."""
        if self.environment:
            return (Toned("Environment chosen. ", "good"), Toned("2", "key"), " goes on to Seed.")
        if self._waited_for():
            return (Toned("f", "key"), f" goes on waiting for {self._waited_for()}, enters and chooses it.")
        return (Toned("Enter", "key"), " chooses the org in which the fix will be made.")

    def failures(self) -> str:
        """Why the last choice, or the last org that was made, did not work."""
        return self.failed("choose_environment", "make_sandbox", "make_scratch")

    def _waited_for(self) -> str:
        """The environment that was asked for and is not entered yet; "" when there is none."""
        return next((name for name in reversed(self.state.made) if name not in self.state.made_ready), "")

    def heard(self, envelopes: Sequence[Envelope]) -> None:
        """A choice that worked leads on to Seed."""
        for envelope in envelopes:
            event = envelope.event
            if isinstance(event, StepFinished) and event.name in _CHOOSING and event.result == "done":
                self.call_after_refresh(self.hotfix_app.go_to, 2)
            elif isinstance(event, EnvironmentReady):
                self.hotfix_app.survey()

    def why_not(self, command: str) -> str:
        """Production is refused, and once the baseline is taken the environment stays."""
        if command == "survey" and self.hotfix_app.surveying:
            return "The orgs are being asked."
        if command == "choose":
            return self.idle() or self._why_not_choose()
        if command in ("make", "follow") and "environment" in self.state.baselines:
            return f"The baseline of {self.environment} is taken: this hotfix stays in it."
        if command == "follow" and not self._waited_for():
            return "No org was asked for that is not there yet; n makes one."
        if command in ("make", "follow"):
            return self.idle()
        return super().why_not(command)

    def _why_not_choose(self) -> str:
        status = self.chosen
        if status is None:
            return "There is no org to choose."
        if not status.connected:
            return f"{status.alias} does not answer: {status.error}"
        if status.refusal:
            return status.refusal
        if "environment" in self.state.baselines:
            return f"The baseline of {self.environment} is taken: this hotfix stays in it."
        if status.alias == self.environment:
            return f"{status.alias} is the environment already; 2 goes on to Seed."
        return ""

    def do_choose(self) -> None:
        """Makes the chosen org the environment."""
        status = self.chosen
        if status is not None:
            self.post("choose_environment", alias=status.alias)

    def do_survey(self) -> None:
        """Asks every org again."""
        self.hotfix_app.survey()

    def do_make(self) -> None:
        """Asks for the name and kind, then for production's alias: making an org is an act of production."""

        def wanted(found: WantedEnvironment | None) -> None:
            if found is not None:
                self._ask_for(found)

        self.app.push_screen(MakeEnvironmentDialog(), wanted)

    def _ask_for(self, wanted: WantedEnvironment) -> None:
        scratch = wanted.licence == SCRATCH
        what = "scratch org" if scratch else f"{wanted.licence.replace('_', ' ').capitalize()} sandbox"

        def typed(alias: str | None) -> None:
            if not alias:
                return
            try:
                permit = self.session.client.grant_permit(alias, "manage_sandbox")
            except (HotfixError, JournalError) as error:
                self.flash(str(error), "bad")
                return
            if scratch:
                self.post("make_scratch", name=wanted.name, permit=permit)
            else:
                self.post("make_sandbox", name=wanted.name, licence=wanted.licence, permit=permit)

        words: list[Cell] = [
            f"Ask for the {what} {wanted.name}.", BREAK,
            "Its metadata and records stay as they are. The terminal may be closed meanwhile.",
        ]  # fmt: skip
        self.app.push_screen(TypedAliasDialog(self.production, "Make an org from PRODUCTION", words, "Make it"), typed)

    def do_follow(self) -> None:
        """Goes on with what was asked for; that needs no permit."""
        name = self._waited_for()
        kind = "make_scratch" if self.state.made[name].kind == "scratch" else "make_sandbox"
        self.post(kind, name=name)
