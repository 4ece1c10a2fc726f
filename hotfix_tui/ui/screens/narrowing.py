"""What both compare screens offer to find one's way: filter words, an impact, and what depends on what."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any

from textual import on
from textual.suggester import Suggester
from textual.widgets import Input

from hotfix_tui.compare.filters import completions, parse_filter
from hotfix_tui.ui import background
from hotfix_tui.ui.component_rows import GROUP, key_of, state_words
from hotfix_tui.ui.screens.around import open_around
from hotfix_tui.ui.screens.component_panels import ComponentPanels
from hotfix_tui.ui.screens.related import related_dialog
from hotfix_tui.ui.screens.typed import TypedDialog
from hotfix_tui.ui.screens.uses import UsesDialog

if TYPE_CHECKING:
    from hotfix_tui.compare.both_sides import BothSides
    from hotfix_tui.compare.component import ComponentId
    from hotfix_tui.compare.impact import ImpactTarget
    from hotfix_tui.compare.narrowing import RecordFound
    from hotfix_tui.events.compare import ComponentCompared

_HINT = "words  type:Flow  by:smith  since:2d  status:a  ns:none  name:x*  ! for the others; Enter keeps, Esc clears"


class Narrowing(ComponentPanels):
    """Mixed into a screen that says what was compared, and where what depends on what comes from."""

    def _begin(self) -> None:
        super()._begin()
        self.forget_impact()

    def forget_impact(self) -> None:
        """Another comparison: what was found out of the last one says nothing of it."""
        self.record: RecordFound | None = None
        self.impact_of = ""
        self.impact_keys: frozenset[str] | None = None
        self.impact_on = False
        self._both: BothSides | None = None

    # -- what the screen says

    def compared(self) -> Iterable[ComponentCompared]:
        """All that was compared, what is the same included."""
        raise NotImplementedError

    def reading(self) -> Callable[[], BothSides] | None:
        """What reads, in a thread, what depends on what; None when nothing of it was kept."""
        raise NotImplementedError

    def known(self, key: ComponentId) -> bool:
        """Whether more is known of a component than what differs says of it."""
        raise NotImplementedError

    def find_record(self, record: str) -> Coroutine[Any, Any, RecordFound]:
        """Looks a record up in the orgs. Raises NoSuchTarget, SalesforceError."""
        raise NotImplementedError

    def asking(self) -> Callable[[ComponentId], Coroutine[Any, Any, Any]] | None:
        """How the orgs are asked about a component, if they are."""
        return None

    def show_all(self) -> None:
        """Takes back what else narrows the list."""

    # -- filter words

    def do_filter(self) -> None:
        """Opens the filter line, with what can be said in it."""
        super().do_filter()
        if self.list_in_use is self.components_table:
            line = self.query_one("#filter", Input)
            line.placeholder = _HINT
            line.suggester = _Suggesting(self._words_to_suggest())

    def _words_to_suggest(self) -> dict[str, list[str]]:
        types: dict[str, None] = {}
        people: dict[str, None] = {}
        for one in self.rows.listed():
            types[one.type] = None
            people.update({str(side["by"]): None for side in (one.a_changed, one.b_changed) if side.get("by")})
        states = ["different", "unreadable", "only_in_a", "only_in_b"]
        return {"type": list(types), "by": list(people), "status": states, "impact": ["yes", "no"], "ns": ["none"]}

    @on(Input.Changed, "#filter")
    def _filter_understood(self, event: Input.Changed) -> None:
        problems: list[str] = []
        if event.input.has_class("-open") and self.list_in_use is not None:
            parse_filter(event.value, problems=problems)
            self.flash(problems[0] if problems else "", "warn")

    @on(Input.Submitted, "#filter")
    def _filter_taken(self) -> None:
        self.redraw()

    def close_what_is_open(self) -> bool:
        """Esc clears a filter; what says that there is one is drawn again."""
        closed = super().close_what_is_open()
        self.redraw()
        return closed

    def do_clear(self) -> None:
        """Everything is listed again."""
        table = self.components_table
        table.needle = ""
        self.impact_of, self.impact_keys, self.impact_on, self.record = "", None, False, None
        self.show_all()
        self.fill()
        self.redraw()
        self.flash("Everything that differs is listed.")

    def listed_keys(self) -> list[str]:
        """What is listed, without the groups' lines but with what is in folded groups."""
        table = self.components_table
        if table.needle or table.sorted_by is not None:
            return [key for key in list(table.keys()) if not key.startswith(GROUP)]
        return [key_of(one) for one in self.rows.listed()]

    @property
    def narrowed_words(self) -> str:
        """For the list's title."""
        return f"  impact of {self.impact_of}" if self.only is not None else ""

    def narrowed_by(self) -> list[str]:
        """All that narrows the list now, in words."""
        needle = self.components_table.needle
        found = [f"impact of {self.impact_of}"] if self.only is not None else []
        return [*found, *([f"filter {needle}"] if needle else [])]

    @property
    def only(self) -> frozenset[str] | None:
        """The keys that an impact leaves; None when nothing is asked for, or all is shown."""
        return self.impact_keys if self.impact_on else None

    # -- what depends on what

    def do_uses(self) -> None:
        """What the component under the cursor depends on, and what uses it."""
        from hotfix_tui.compare.component import ComponentId

        one = self.component(self.components_table.key)
        if one is None:
            self.flash("Choose a component first.", "warn")
            return
        key = ComponentId(one.type, one.full_name)

        def show(both: BothSides) -> None:
            states = {key_of(each): each for each in self.compared()}

            def state(of: ComponentId) -> tuple[str, str]:
                found = states.get(str(of))
                if found is None:
                    return "not compared", "dim"
                if found.status == "same":
                    return "same", "dim"
                return state_words(found.status, self.side_names())[1:]

            def listed(of: ComponentId) -> bool:
                found = states.get(str(of))
                return found is not None and found.status != "same"

            dialog = UsesDialog(key, both, self.side_names(), state, listed, self.known, self.asking())
            self.app.push_screen(dialog, self._jump)

        self._with_both(show)

    def _jump(self, key: str | None) -> None:
        """To a component of the list, whatever hides it there."""
        if not key:
            return
        table = self.components_table
        if not table.go_to(key):
            self.folded.discard(key.partition(":")[0])
            self.fill()
        if not table.go_to(key):
            self.do_clear()
            table.go_to(key)
        self.draw_difference()
        table.focus()

    def _with_both(self, then: Callable[[BothSides], None]) -> None:
        """`then` with what depends on what, which is read first when it was not."""
        if self._both is not None:
            then(self._both)
            return
        token, reading = self.comparison_token(), self.reading()
        if reading is None:
            self.flash("An earlier version compared, and kept nothing of this. c compares again.", "warn")
            return

        async def read() -> BothSides:
            return reading()

        def came(both: Any, error: str) -> None:
            if not self.is_mounted or token != self.comparison_token():
                return
            self.flash(error, "bad")
            if not error:
                self._both = both
                then(both)

        self.flash("Reading what depends on what …")
        background.call(self.app, read, came)

    def comparison_token(self) -> object:
        """What is another object after another comparison."""
        raise NotImplementedError

    # -- impact

    def toggle_impact(self) -> None:
        """The impact that was asked for, or everything."""
        self.impact_on = not self.impact_on
        self.fill()
        self.redraw()

    def do_impact_this(self) -> None:
        """Narrows to the impact of the component under the cursor."""
        key = self.components_table.key or ""
        if key.startswith(GROUP) or self.component(key) is None:
            self.flash("Choose a component first.", "warn")
            return
        self.narrow_to(key)

    def do_from_here(self) -> None:
        """A data set around the record whose impact is shown."""
        if self.record is None:
            self.flash("M shows the impact of a record first; then a data set is made around it.", "warn")
            return
        open_around(self, {one.org: one.record for one in self.record.facts})

    def do_impact_of(self) -> None:
        """Asks whose impact."""
        words = ("A record's id, Type:Full_Name of a component, or the API name of an object.",)

        def typed(text: str | None) -> None:
            if text:
                self.narrow_to(text)

        self.app.push_screen(TypedDialog("Show the impact of", words, "id, Type:Full_Name, or object"), typed)

    def narrow_to(self, text: str) -> None:
        """Narrows to the impact of what `text` names, and says what is wrong with it."""
        from hotfix_tui.compare.impact import parse_target

        try:
            target = parse_target(text)
        except ValueError as error:
            self.flash(str(error), "warn")
            return
        if target.record:
            self.flash(f"Looking for {target.record} …")
            background.call(self.app, lambda: self.find_record(target.record), self._record_found)
        else:
            self._with_both(lambda both: self._narrow(both, target))

    def _record_found(self, found: Any, error: str) -> None:
        from hotfix_tui.compare.impact import ImpactTarget

        if not self.is_mounted:
            return
        if error:
            self.flash(error, "bad")
            return
        target = ImpactTarget(object=found.object)
        self._with_both(lambda both: self._narrow(both, target, found))

    def _narrow(self, both: BothSides, target: ImpactTarget, record: RecordFound | None = None) -> None:
        from hotfix_tui.compare.component import ComponentId
        from hotfix_tui.compare.narrowing import impact_keys

        known = [ComponentId(one.type, one.full_name) for one in self.compared()]
        token = self.comparison_token()

        self.flash(f"Impact of {target}: working out …")

        async def look() -> frozenset[str]:
            return frozenset(str(key) for key in impact_keys(both, target, known))

        def came(keys: Any, error: str) -> None:
            if not self.is_mounted or token != self.comparison_token():
                return
            if error and record is None:
                self.flash(error, "warn")
                return
            self.impact_keys, self.impact_on, self.record = keys or frozenset(), True, record
            named = target.component.full_name if target.component else target.object
            self.impact_of = f"{named} {record.facts[0].name}".strip() if record else named
            self.fill()
            self.redraw()
            of_these = sum(1 for _ in self.rows.listed())
            differ = sum(one.status != "same" for one in self.compared())
            self.flash(f"Impact of {self.impact_of}: {of_these:,} of {differ:,} differences.")
            if record is not None:
                self.app.push_screen(related_dialog(record))

        background.call(self.app, look, came)


class _Suggesting(Suggester):
    """Completes the last word of a filter."""

    def __init__(self, known: dict[str, list[str]]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._known = known

    async def get_suggestion(self, value: str) -> str | None:
        """The value with its last word completed; None when there is nothing to add."""
        found = completions(value, self._known)
        return found if len(found) > len(value) else None
