"""Step 2, Compare tab: what differs between production and the environment, and bringing what the data needs."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal

from hotfix_tui.events.compare import ComponentCompared
from hotfix_tui.ui import differences
from hotfix_tui.ui.commands import bindings_for, list_bindings
from hotfix_tui.ui.component_rows import GROUP, ComponentRows, key_of
from hotfix_tui.ui.data_sets import chosen_data_set
from hotfix_tui.ui.pace import Pace
from hotfix_tui.ui.screens.component_panels import COLUMNS
from hotfix_tui.ui.screens.dialogs import ConfirmDialog
from hotfix_tui.ui.screens.narrowing import Narrowing
from hotfix_tui.ui.screens.step import StepScreen
from hotfix_tui.ui.session import Session
from hotfix_tui.ui.text import BREAK, Cell, Toned
from hotfix_tui.ui.widgets.diff_view import DiffView, Subject
from hotfix_tui.ui.widgets.virtual_table import VirtualTable
from hotfix_tui.ui.words import listed, many

if TYPE_CHECKING:
    from hotfix_tui.compare.both_sides import BothSides
    from hotfix_tui.compare.component import ComponentId
    from hotfix_tui.compare.narrowing import RecordFound


_NEED_COMPONENTS = (
    "select", "all", "open_difference", "view", "next", "previous", "who", "impact", "uses", "impact_this", "impact_of",
    "clear",
)  # fmt: skip


class CompareScreen(Narrowing, StepScreen):
    """List left, difference right; below 100 columns one at a time."""

    WHERE = "compare"
    STEP = 2
    PART = "Compare"
    BINDINGS: ClassVar = [*bindings_for("compare"), *list_bindings()]

    def __init__(self, session: Session) -> None:
        StepScreen.__init__(self, session)
        self._begin()
        self._drawn_of: tuple[object, ...] = ()
        self.pace = Pace(self, lambda: self.fill())
        self._impact_compared: object = None

    def body(self) -> ComposeResult:
        """The two panels."""
        with Horizontal(classes="row"):
            table = VirtualTable(*COLUMNS, title="Components", marks=True, id="components")
            table.selectable = self._can_be_brought
            table.selected = self.session.components
            yield table
            yield DiffView(empty="Choose a component to see how it differs.", id="difference")

    def draw(self) -> None:
        """List and title, when something changed."""
        state = self.state
        drawn = (len(state.components), id(state.compare), self.session.impact_only, self.who_shown, tuple(self.folded))
        if state.running in ("compare", "resolve", "undo_resolve"):
            self._drawn_of = ()
            self.pace.soon()
        elif drawn != self._drawn_of:
            self._drawn_of = drawn
            self.pace.now()
        self.draw_difference()

    def fill(self) -> None:
        """The list and its title."""
        state, table = self.state, self.query_one("#components", VirtualTable)
        components = list(state.components.values())
        if self._impact_compared is not state.compare:
            self._impact_compared = state.compare
            self.forget_impact()
        impact_only = self.session.impact_only and self.only is None
        self.rows = ComponentRows(components, self.folded, impact_only, self.who_shown, only=self.only)
        counts = Counter(one.status for one in components)
        impact = sum(one.impact and one.status != "same" for one in components)
        blocking = sum(one.blocking for one in components)
        title = f"Components{self.narrowed_words}  +{counts['only_in_a']} ~{counts['different']} -{counts['only_in_b']}"
        title += f"  (impact {impact}"
        title += f", {blocking} block)" if blocking else ")"
        if state.compare is not None and state.compare.ignored:
            title += f"  {state.compare.ignored:,} ignored"
        if not components:
            title = "Components"
        table.empty = self._empty(len(components), counts["same"], impact)
        table.entitle(title + ("  impact only" if impact_only else ""))
        self.session.components.intersection_update(key_of(one) for one in components if one.status != "same")
        if state.compare is not None and state.compare is not self.session.chosen_for:
            # What blocks is taken along unless the person has already begun to choose.
            self.session.chosen_for = state.compare
            if not self.session.components:
                self.session.components.update(key_of(one) for one in components if self._is_offered(one))
        table.show(self.rows)

    @property
    def _in_scratch(self) -> bool:
        return self.state.environment is not None and self.state.environment.kind == "scratch"

    def _is_offered(self, one: ComponentCompared) -> bool:
        """What blocks; in a scratch org, which began empty, all of the impact set that it lacks."""
        return one.blocking or (self._in_scratch and one.impact and one.status in ("only_in_a", "different"))

    def _empty(self, compared: int, same: int, impact: int) -> str:
        if self.state.compare is None:
            if busy := self.session.busy:
                return f"{busy}: what differs appears here."
            return "The comparison did not finish. c compares again." if compared else "Not compared yet. c compares."
        if self.only is not None:
            return f"Nothing in the impact of {self.impact_of} differs. i shows everything."
        if self.session.impact_only and not impact:
            return "Nothing that touches the data set differs. i shows everything."
        return f"All {same:,} components are the same."

    def _can_be_brought(self, key: str) -> bool:
        one = self.component(key)
        return key.startswith(GROUP) or (one is not None and one.status in ("only_in_a", "different"))

    def component(self, key: str | None) -> ComponentCompared | None:
        """From the journal."""
        kind, colon, name = (key or "").partition(":")
        return self.state.components.get((kind, name)) if colon else None

    # -- the difference

    @property
    def comparison_number(self) -> int:
        """As the journal has the last one."""
        return id(self.state.compare)

    def side_names(self) -> tuple[str, str]:
        """Production and the environment."""
        return "production", self.environment

    def subject(self, one: ComponentCompared) -> Subject:
        """Both sides as the journal keeps them."""
        blob = self.session.client.blob
        left, right = (blob(f"compare/{side}/{one.type}/{one.full_name}") for side in ("a", "b"))
        left, right = (None if one.status == "only_in_b" else left), (None if one.status == "only_in_a" else right)
        names = (f"PRODUCTION {self.production}", self.environment)
        return differences.subject(key_of(one), (one.type, one.full_name), names, left, right, self.note(one))

    # -- commands

    def why_not(self, command: str) -> str:
        """What each command needs."""
        if command in ("compare", "bring", "undo") and (busy := self.idle()):
            return busy
        if command in ("compare", "records") and self.state.environment is None:
            return "Choose an environment first: that is step 1."
        if command in _NEED_COMPONENTS and not self.state.components:
            return "Nothing is compared yet: c compares."
        if command == "bring" and not self.session.components:
            return "Select components with Space first."
        if command == "undo":
            return self._why_not_undo()
        if command == "select":
            return self._why_not_select()
        return super().why_not(command)

    def _why_not_undo(self) -> str:
        if "environment" in self.state.baselines:
            return "The baseline is taken: what was brought is part of it."
        brought = any(not one.undone for one in self.state.resolved.values())
        return "" if brought else "Nothing was brought from production yet."

    def _why_not_select(self) -> str:
        one = self.component(self.query_one("#components", VirtualTable).key)
        if one is None or one.status in ("only_in_a", "different"):
            return ""
        if one.status == "only_in_b":
            return "Production does not have it: there is nothing to bring. It is not deleted here."
        return "This side could not be read, so it is left alone."

    def do_compare(self) -> None:
        """Compares, with the impact of the data set chosen in the Data tab."""
        self.post("compare", data_set=chosen_data_set(self.session))

    def do_select(self) -> None:
        """Selects the component or its whole group."""
        table = self.query_one("#components", VirtualTable)
        key = table.key or ""
        if key.startswith(GROUP):
            kind = key.removeprefix(GROUP)
            table.toggle([one for one in self._keys_shown() if one.startswith(f"{kind}:")])
        else:
            table.toggle([key])
            table.move(table.cursor + 1)

    def do_all(self) -> None:
        """Selects all listed components, or none."""
        self.query_one("#components", VirtualTable).toggle(self._keys_shown())

    def _keys_shown(self) -> list[str]:
        return [key for key in self.listed_keys() if self._can_be_brought(key)]

    def do_impact(self) -> None:
        """Everything, or the impact set: the data set's, or the one that was asked for."""
        if self.impact_keys is not None:
            self.toggle_impact()
            return
        self.session.impact_only = not self.session.impact_only
        self.fill()

    # -- narrowing

    def compared(self) -> Iterable[ComponentCompared]:
        """From the journal."""
        return self.state.components.values()

    def comparison_token(self) -> object:
        """The comparison's sums: another one has others."""
        return self.state.compare

    def reading(self) -> Callable[[], BothSides] | None:
        """As the comparison kept it. The journal is read here, not in the thread."""
        from hotfix_tui.compare.both_sides import KEPT_AS, BothSides

        kept = self.session.client.blob(KEPT_AS)
        return (lambda: BothSides.kept_as(kept)) if kept else None

    def known(self, key: ComponentId) -> bool:
        """Only of what differs more was kept."""
        one = self.component(str(key))
        return one is not None and one.status != "same"

    async def find_record(self, record: str) -> RecordFound:
        """In production and in the environment."""
        from hotfix_tui.compare.narrowing import find_record
        from hotfix_tui.salesforce.login import login_for
        from hotfix_tui.salesforce.org import Org

        async with contextlib.AsyncExitStack() as stack:
            aliases = [self.production, self.environment]
            orgs = [await stack.enter_async_context(await Org.connect(login_for(alias))) for alias in aliases]
            return await find_record(orgs, record)

    def show_all(self) -> None:
        """Not only the data set's impact."""
        self.session.impact_only = False

    def do_bring(self) -> None:
        """Asks, then brings the selected components."""
        chosen = sorted(self.session.components)
        words: list[Cell] = [
            f"Deploy {many(len(chosen), 'component')} of ",
            Toned(f" PRODUCTION {self.production} ", "production"),
            f" to {self.environment}: {listed([key.partition(':')[2] for key in chosen], 6)}.",
            BREAK,
            f"What {self.environment} has there now is overwritten. Production is only read.",
        ]

        def answered(yes: bool | None) -> None:
            if yes and self.post("resolve", components=chosen):
                self.session.components.clear()

        self.app.push_screen(ConfirmDialog("Bring components", words, "Bring"), answered)

    def do_undo(self) -> None:
        """Asks, then takes the last resolve back."""
        last = max((one for one in self.state.resolved.values() if not one.undone), key=lambda one: one.number)
        words: list[Cell] = [
            f"Give {self.environment} back what it had before {many(len(last.components), 'component')} came: ",
            listed([name.partition(":")[2] for name in last.components], 6),
            f". {many(len(last.added), 'of them is', 'of them are')} deleted there.",
            BREAK,
            "What somebody has changed since stays as it is. Production is only read.",
        ]

        def answered(yes: bool | None) -> None:
            if yes:
                self.post("undo_resolve")

        self.app.push_screen(ConfirmDialog("Undo", words, "Undo"), answered)

    def do_records(self) -> None:
        """The records of the data set, over the components."""
        chosen = chosen_data_set(self.session)
        self.hotfix_app.compare_records(self.production, self.environment, chosen, self.production)

    def do_data(self) -> None:
        """The Data tab."""
        from hotfix_tui.ui.screens.seed_data import DataScreen

        self.hotfix_app.show_step(DataScreen(self.session))

    def failures(self) -> str:
        """Why the last compare or bring did not work."""
        return self.failed("undo_resolve", "resolve", "compare")

    def hint(self) -> tuple[Cell, ...]:
        """What comes next."""
        if not self.state.components:
            return (Toned("c", "key"), f" compares PRODUCTION {self.production} with {self.environment}.")
        if self.session.components and self._in_scratch:
            offered = many(len(self.session.components), "component")
            return (f"A scratch org begins empty: {offered} selected. ", Toned("b", "key"), " brings them.")
        if self.session.components:
            return (f"{many(len(self.session.components), 'component')} selected. ", Toned("b", "key"), " brings them.")
        blocking = [one for one in self.state.components.values() if one.blocking]
        if blocking:
            return (
                Toned(f"{many(len(blocking), 'component blocks', 'components block')} the seed. ", "warn"),
                Toned("Space", "key"), " selects, ", Toned("b", "key"), " brings, ",
                Toned("t", "key"), " goes to Data.",
            )  # fmt: skip
        return (Toned("t", "key"), " goes on to the Data tab.")
