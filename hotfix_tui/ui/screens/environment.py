"""Step 1: the org the fix is made in. Best first, each with the reason; production is listed and refused."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult

from hotfix_tui.events import Envelope
from hotfix_tui.events.environment import EnvironmentDeleted, EnvironmentReady
from hotfix_tui.events.session import StepFinished
from hotfix_tui.ui import background, org_rows
from hotfix_tui.ui.commands import bindings_for, list_bindings
from hotfix_tui.ui.data_sets import chosen_data_set, own_data_set
from hotfix_tui.ui.screens.making import MakingScreen
from hotfix_tui.ui.text import BREAK, Cell, Toned
from hotfix_tui.ui.widgets.bars import Words
from hotfix_tui.ui.widgets.rows import ListRows
from hotfix_tui.ui.widgets.virtual_table import VirtualTable
from hotfix_tui.ui.words import many

if TYPE_CHECKING:
    from hotfix_tui.data.data_set import DataSet
    from hotfix_tui.hotfix.drift import Drift
    from hotfix_tui.hotfix.orgs import OrgStatus
    from hotfix_tui.ui.session import Session

# Share of a day's calls that an org may have used and still be looked at without being asked to.
_MOST_USED = 0.9
_CHOOSING = ("choose_environment", "make_sandbox", "make_scratch", "refresh_sandbox")


class EnvironmentScreen(MakingScreen):
    """Lists the orgs as they answer."""

    WHERE = "environment"
    STEP = 1
    BINDINGS: ClassVar = [*bindings_for("environment"), *list_bindings()]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._comparing = ""
        self._failed: dict[str, str] = {}  # org id → why it could not be compared

    def body(self) -> ComposeResult:
        """The orgs, and what is to be said of the chosen one."""
        yield VirtualTable(*org_rows.COLUMNS, title="Where to make the fix", id="orgs")
        yield Words(id="about")

    def orgs(self) -> list[OrgStatus]:
        """Suitable ones first, then those that are not, production last."""
        app = self.hotfix_app
        return sorted(
            app.orgs.values(),
            key=lambda status: (
                org_rows.is_production(status), not status.connected, *status.rank[:3], self._drifted(status),
                status.rank[3:],
            ),
        )  # fmt: skip

    def _drifted(self, status: OrgStatus) -> tuple[bool, bool, int]:
        """Sorts by room for the data set and by drift, once asked for; what has nothing of it (a scratch org) last."""
        drift = self.hotfix_app.drifts.get(status.org_id)
        if not self.hotfix_app.drifts or drift is None:
            return False, bool(self.hotfix_app.drifts), 0
        return bool(_no_room(status, drift)), not drift.of, drift.differ

    def draw(self) -> None:
        """The list and the chosen org's reason."""
        app = self.hotfix_app
        table = self.query_one("#orgs", VirtualTable)
        table.empty = "Asking the orgs …" if app.surveying else f"No org is known. {app.survey_error} r asks again."
        doing = "  asking …" if app.surveying else f"  comparing {self._comparing} …" if self._comparing else ""
        table.entitle(f"Where to make the fix{doing}")
        table.show(ListRows(self.orgs(), org_rows.org_cells, lambda status: status.alias))
        self._about()
        self._compare_unasked()

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
            if (drift := self.hotfix_app.drifts.get(status.org_id)) is not None:
                said = drift.words[:1].upper() + drift.words[1:]
                words += [BREAK, Toned(f"{said}.", "warn" if drift.differ else "good")]
                words += [BREAK, Toned(said, "warn")] if (said := _no_room(status, drift)) else []
            elif status.org_id in self._failed:
                words += [BREAK, Toned(f"Its drift is not known: {self._failed[status.org_id]}", "warn")]
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
        if self.waited_for():
            return (Toned("f", "key"), f" goes on waiting for {self.waited_for()}, enters and chooses it.")
        return (Toned("Enter", "key"), " chooses the org in which the fix will be made.")

    def failures(self) -> str:
        """Why the last choice, or the last org that was made, did not work."""
        return self.failed(*_CHOOSING, "delete_environment")

    def heard(self, envelopes: Sequence[Envelope]) -> None:
        """A choice that worked leads on to Seed."""
        for envelope in envelopes:
            event = envelope.event
            if isinstance(event, StepFinished) and event.name in _CHOOSING and event.result == "done":
                self.call_after_refresh(self.hotfix_app.go_to, 2)
            elif isinstance(event, EnvironmentReady | EnvironmentDeleted):
                self.hotfix_app.survey()

    def why_not(self, command: str) -> str:
        """Production is refused, and once the baseline is taken the environment stays."""
        if command == "survey" and self.hotfix_app.surveying:
            return "The orgs are being asked."
        if command == "drift":
            if self._comparing:
                return f"{self._comparing} is being compared with {self.production}."
            return "" if self._to_compare() else "There is no org that could be the environment."
        if command == "choose":
            return self.idle() or self._why_not_choose()
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

    def _to_compare(self) -> list[str]:
        return [one.alias for one in self.orgs() if one.connected and one.refusal is None]

    def do_drift(self) -> None:
        """Compares each org that could be the environment with production, where the data set's records are at home."""
        from hotfix_tui.data.errors import DataSetError
        from hotfix_tui.hotfix.data_sets import find

        try:
            data_set = find(chosen_data_set(self.session))
        except DataSetError as error:
            self.flash(str(error), "bad")
            return
        self._compare_next(self._to_compare(), data_set)

    def _compare_unasked(self) -> None:
        """Which org is best depends on its drift, so that is looked up once where it matters and costs little.

        Not while orgs are asked, nor once one is chosen; not by a template, which is nobody's choice yet; and no org
        that is short of calls.
        """
        if self.hotfix_app.surveying or self._comparing or self.environment or not self.is_current:
            return
        known = {*self.hotfix_app.drifts, *self._failed}
        orgs = [one for alias in self._to_compare() if (one := self.hotfix_app.orgs[alias]).org_id not in known]
        aliases = [one.alias for one in orgs if not one.api_max or one.api_used < _MOST_USED * one.api_max]
        if aliases and (data_set := own_data_set(self.session)) is not None:
            self._compare_next(aliases, data_set, asked=False)

    def _compare_next(
        self, aliases: list[str], data_set: DataSet, *, asked: bool = True, failed: tuple[str, ...] = ()
    ) -> None:
        """One org after the other: each is read at the full speed of the line. `asked`: a person waits for it."""
        self._comparing = aliases[0] if aliases else ""
        if not asked or not aliases:
            self.redraw()
        if not aliases:
            if asked:
                self._say_compared(data_set, failed)
            return
        alias, *rest = aliases
        if asked:
            self.flash(f"Comparing {alias} with {self.production} on the impact set of {data_set.name} …")

        def made() -> Coroutine[Any, Any, Drift]:
            from hotfix_tui.hotfix.drift import drift_of

            return drift_of(self.production, alias, data_set)

        def compared(drift: Any, error: str) -> None:
            status = self.hotfix_app.orgs.get(alias)
            self._comparing = ""
            if status is not None and not error:
                self.hotfix_app.drifts[status.org_id] = drift
                self._failed.pop(status.org_id, None)
            elif status is not None:
                self._failed[status.org_id] = error
            if self.is_current:
                self._compare_next(rest, data_set, asked=asked, failed=(*failed, *([alias] if error else ())))

        background.call(self.app, made, compared)

    def _say_compared(self, data_set: DataSet, failed: tuple[str, ...]) -> None:
        """What came of it; why an org could not be compared is said where it stands."""
        if failed:
            self.flash(
                f"{', '.join(failed)} could not be compared; of the others the least drifted comes first.", "bad"
            )
        else:
            self.flash(f"Compared on the impact set of {data_set.name}: the least drifted comes first.", "good")


def _no_room(status: OrgStatus, drift: Drift) -> str:
    """Whether the data set's rows may not fit, in a sentence; "" when they do."""
    free = status.storage_max_mb - status.storage_used_mb
    if not status.storage_max_mb or drift.megabytes <= free:
        return ""
    return f"Its {drift.rows:,} rows may take {drift.megabytes:,.1f} MB, and {max(free, 0.0):,.1f} MB are free."
