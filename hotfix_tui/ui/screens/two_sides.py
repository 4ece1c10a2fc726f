"""`compare A B` on a screen: two orgs, two folders, or one of each. It only looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from hotfix_tui.events.compare import CompareFinished, ComponentCompared, TypeUnreadable
from hotfix_tui.events.session import Progress
from hotfix_tui.ui import background, differences
from hotfix_tui.ui.commands import bindings_for, list_bindings
from hotfix_tui.ui.component_rows import GROUP, ComponentRows, key_of, state_words
from hotfix_tui.ui.pace import Pace
from hotfix_tui.ui.screens.component_panels import COLUMNS
from hotfix_tui.ui.screens.narrowing import Narrowing
from hotfix_tui.ui.screens.typed import TypedDialog
from hotfix_tui.ui.text import BREAK, Cell, Toned
from hotfix_tui.ui.two_sides import SidesCompared, SidesConnected, SidesEnded, TwoSides
from hotfix_tui.ui.widgets.bars import HeaderBar, Words
from hotfix_tui.ui.widgets.diff_view import DiffView, Subject
from hotfix_tui.ui.widgets.virtual_table import VirtualTable
from hotfix_tui.ui.words import many, of_total

if TYPE_CHECKING:
    from hotfix_tui.compare.both_sides import BothSides
    from hotfix_tui.compare.component import ComponentId
    from hotfix_tui.compare.narrowing import RecordFound

_STATES = ("", "different", "only_in_a", "only_in_b", "unreadable")
_OF_A_COMPONENT = ("select", "next", "previous", "who", "full", "view", "open_difference", "uses", "impact_this")
_PRODUCTION = ("production", "trial", "unknown")


class TwoSidesScreen(Narrowing):
    """The list, the difference, and the sums."""

    WHERE = "two_sides"
    HAS_LOG = False
    BINDINGS: ClassVar = [*bindings_for("two_sides"), *list_bindings()]

    def __init__(self, a: str, b: str, *, needle: str = "", impact: str = "") -> None:
        super().__init__()
        self.sides = TwoSides(self, a, b)
        self.narrow_first = (needle, impact)
        self.kinds = ("", "")
        self.found: dict[str, ComponentCompared] = {}
        self.counts: Counter[str] = Counter()
        self.pace = Pace(self, self._fill_and_redraw)
        self.finished: CompareFinished | None = None
        self.unread: list[TypeUnreadable] = []
        self.progress: dict[str, Progress] = {}
        self.error = ""
        self.running = False
        self.state_shown = ""

    def body(self) -> ComposeResult:
        """The two panels and the sums."""
        with Horizontal(classes="row"):
            yield VirtualTable(*COLUMNS, title="Components", marks=True, id="components")
            yield DiffView(empty="Choose a component to see how it differs.", id="difference")
        yield Words(id="sums")

    def on_mount(self) -> None:
        """Begins at once."""
        super().on_mount()
        self.components_table.needle = self.narrow_first[0]
        self._begin_run(fresh=False)

    def on_unmount(self) -> None:
        """What still runs has nobody to tell."""
        self.sides.stop()

    # -- what the comparison says

    def _begin_run(self, *, fresh: bool) -> None:
        self.found, self.unread, self.progress = {}, [], {}
        self.counts.clear()
        self.finished, self.error, self.running = None, "", True
        self.forget_impact()
        self.sides.start(fresh=fresh)
        self.call_after_refresh(self.redraw)

    def on_sides_connected(self, event: SidesConnected) -> None:
        """The kinds of org are known."""
        if event.run == self.sides.run:
            self.kinds = event.kinds
            self.redraw()

    def on_sides_compared(self, event: SidesCompared) -> None:
        """Some components more."""
        if event.run != self.sides.run:
            return
        for one in event.events:
            if isinstance(one, ComponentCompared):
                self._take(one)
            elif isinstance(one, Progress):
                self.progress[one.org or one.what] = one
            elif isinstance(one, TypeUnreadable):
                self.unread.append(one)
            elif isinstance(one, CompareFinished):
                self.finished = one
        self.pace.soon()

    def _take(self, one: ComponentCompared) -> None:
        """A component more, or one that is told anew."""
        key = key_of(one)
        if before := self.found.get(key):
            self.counts[before.status] -= 1
        self.found[key] = one
        self.counts[one.status] += 1

    def _fill_and_redraw(self) -> None:
        self.fill()
        self.redraw()

    def on_sides_ended(self, event: SidesEnded) -> None:
        """Done, or not possible."""
        if event.run == self.sides.run:
            self.running, self.error = False, event.error
            self.pace.now()
            self.show_difference()
            if self.narrow_first[1] and not self.error:
                self.narrow_to(self.narrow_first[1])
                self.narrow_first = ("", "")

    # -- drawing

    def draw_header(self) -> None:
        """Both sides; production by name."""
        pairs = zip((self.sides.a, self.sides.b), self.kinds, strict=True)
        production = next((name for name, kind in pairs if kind in _PRODUCTION), "")
        said = [f"{name} ({kind})" if kind else name for name, kind in zip(self.side_names(), self.kinds, strict=True)]
        self.query_one(HeaderBar).tell(f"Compare  A {said[0]}  with  B {said[1]}", "", production, "")

    def draw(self) -> None:
        """The sums."""
        self.query_one("#sums", Words).say(*self._sums())

    def fill(self) -> None:
        """The list and its title."""
        if not self.built:
            return
        components = (one for one in self.found.values() if self.state_shown in ("", one.status))
        self.rows = ComponentRows(components, self.folded, False, self.who_shown, self.side_names(), self.only)
        table = self.components_table
        shown = f"  shown: {self._state_words(self.state_shown)}" if self.state_shown else ""
        counts = self.counts
        title = f"Components{self.narrowed_words}  +{counts['only_in_a']} ~{counts['different']} -{counts['only_in_b']}"
        title += shown
        table.empty = self._empty(counts["same"])
        table.entitle(title if self.found else "Components")
        table.show(self.rows)

    def _empty(self, same: int) -> str:
        if self.running:
            return "Reading both sides …"
        if self.error:
            return "Not compared. r tries again."
        if self.only is not None:
            return f"Nothing in the impact of {self.impact_of} differs. i shows everything."
        return "Nothing of this state." if self.state_shown else f"All {same:,} components are the same."

    def _sums(self) -> list[Cell]:
        if self.error:
            partly = f"What is listed was read before that: {len(self.found):,}. " if self.found else ""
            return [Toned(f"Could not compare: {self.error}", "bad"), BREAK, partly, Toned("r", "key"), " tries again."]
        words: list[Cell] = []
        if self.running:
            words = ["Reading  ", *(f"{name} {of_total(at.done, at.total)}   " for name, at in self.progress.items())]
        elif self.finished is not None:
            end = self.finished
            words = [f"{end.same:,} same, {end.different:,} different, {end.only_in_a:,} only in A, "]
            words.append(f"{end.only_in_b:,} only in B")
            words.append(Toned(f", {end.unreadable:,} unreadable", "bad") if end.unreadable else "")
            words.append(f", {end.ignored:,} ignored by your rules" if end.ignored else "")
            words.append(f", {end.managed:,} of installed packages left out (P)" if end.managed else "")
            words.append(", installed packages included" if self.sides.managed else "")
        if narrowed := self.narrowed_by():
            words += [BREAK, f"{len(self.listed_keys()):,} listed: {', '.join(narrowed)}. ", Toned("Backspace", "key")]
            words.append(" lists all.")
        for one in self.unread[:3]:
            side = self.side_names()[0 if one.side == "a" else 1]
            words += [BREAK, Toned(f"{side} could not give {one.type}: {one.why}", "warn")]
        return [word for word in words if word]

    def _state_words(self, status: str) -> str:
        return state_words(status, self.side_names())[1]

    # -- components

    def component(self, key: str | None) -> ComponentCompared | None:
        """As this comparison found it."""
        return self.found.get(key or "")

    @property
    def comparison_number(self) -> int:
        """Counted."""
        return self.sides.run

    def side_names(self) -> tuple[str, str]:
        """As the person named them."""
        return self.sides.a, self.sides.b

    def subject(self, one: ComponentCompared) -> Subject:
        """Both sides as they were read."""
        from hotfix_tui.compare.component import ComponentId

        comparison, key = self.sides.comparison, ComponentId(one.type, one.full_name)
        a = comparison.component("a", key) if comparison else None
        b = comparison.component("b", key) if comparison else None

        def texts() -> tuple[bytes | None, bytes | None]:
            assert comparison is not None
            return comparison.text("a", key) if a else None, comparison.text("b", key) if b else None

        return differences.compared_subject(key_of(one), self.side_names(), (a, b), texts, self.note(one))

    def _chosen(self) -> list[ComponentId]:
        """What is selected; when nothing is, all that is listed, in folded groups too."""
        from hotfix_tui.compare.component import ComponentId

        keys = self.components_table.selected & set(self.found) or set(self.listed_keys())
        return [ComponentId(one.type, one.full_name) for key in sorted(keys) if (one := self.found.get(key))]

    # -- commands

    def why_not(self, command: str) -> str:
        """What each command needs."""
        if command in ("again", "fresh") and self.running:
            return "Both sides are being read. Esc goes back."
        if command in ("copy", "pager", "editor", "export") and self.running:
            return "Both sides are being read; wait for the end."
        if command == "records" and not all(self.kinds):
            asked = self.running and not any(self.kinds)
            return "The orgs are not known yet." if asked else "Records are compared between two orgs."
        if command == "export" and self.finished is None:
            return "The comparison did not finish: r compares again."
        if command == "export" and self.counts["same"] == len(self.found):
            return "There is no difference to write down."
        if command in ("uses", "impact", "impact_this", "impact_of") and (
            self.running or self.sides.comparison is None
        ):
            return "Both sides are being read; wait for the end." if self.running else "Nothing is compared."
        if command in _OF_A_COMPONENT and not self.found:
            return "Nothing is compared yet."
        return super().why_not(command)

    def do_records(self) -> None:
        """The records of a data set, over the components."""
        pairs = zip(self.side_names(), self.kinds, strict=True)
        production = next((name for name, kind in pairs if kind in _PRODUCTION), "")
        self.hotfix_app.compare_records(*self.side_names(), production=production)

    def do_again(self) -> None:
        """Compares again."""
        self._begin_run(fresh=False)

    def do_fresh(self) -> None:
        """Compares again, everything fetched."""
        self._begin_run(fresh=True)

    def do_packages(self) -> None:
        """Compares again, with or without what installed packages brought."""
        self.sides.managed = not self.sides.managed
        self._begin_run(fresh=False)

    def do_back(self) -> None:
        """Esc: closes what is open, else goes back to Home."""
        if not self.close_what_is_open():
            self.app.pop_screen()

    # -- narrowing

    def compared(self) -> Iterable[ComponentCompared]:
        """As this comparison found them."""
        return self.found.values()

    def comparison_token(self) -> object:
        """The comparison."""
        return self.sides.comparison

    def reading(self) -> Callable[[], BothSides] | None:
        """From the components of both sides."""
        from hotfix_tui.compare.both_sides import BothSides

        comparison = self.sides.comparison
        return None if comparison is None else lambda: BothSides.read(comparison)

    def known(self, key: ComponentId) -> bool:
        """Both sides are here whole."""
        return True

    def find_record(self, record: str) -> Coroutine[Any, Any, RecordFound]:
        """In the orgs that are compared."""
        return self.sides.find_record(record)

    def asking(self) -> Callable[[ComponentId], Coroutine[Any, Any, Any]]:
        """Both orgs, each over a connection of its own: the comparison's are closed."""
        return self.sides.ask

    def narrowed_by(self) -> list[str]:
        """The state too."""
        state = [f"state {self._state_words(self.state_shown)}"] if self.state_shown else []
        return [*super().narrowed_by(), *state]

    def show_all(self) -> None:
        """Every state."""
        self.state_shown = ""

    def do_impact(self) -> None:
        """The impact that was asked for, or everything; asks when there is none."""
        if self.impact_keys is None:
            self.do_impact_of()
        else:
            self.toggle_impact()

    def do_state(self) -> None:
        """The next state only, after the last all."""
        place = _STATES.index(self.state_shown)
        self.state_shown = _STATES[(place + 1) % len(_STATES)]
        self.fill()
        self.redraw()
        self.flash(f"Shown: {self._state_words(self.state_shown) if self.state_shown else 'everything that differs'}.")

    def do_select(self) -> None:
        """For the export."""
        table = self.components_table
        key = table.key or ""
        listed, kind = table.keys(), key.removeprefix(GROUP)
        table.toggle([one for one in listed if one.startswith(f"{kind}:")] if key.startswith(GROUP) else [key])
        table.move(table.cursor + 1)

    @on(VirtualTable.Highlighted)
    def _keys_follow(self) -> None:
        self.draw_keys()

    def do_export(self) -> None:
        """Asks for a folder, then writes the comparison into it."""
        chosen = self._chosen()
        hidden = len({str(key) for key in chosen} - set(self.listed_keys()))

        def typed(folder: str | None) -> None:
            if folder:
                background.call(self.app, lambda: self._write(Path(folder).expanduser(), chosen), self._written)

        words = (
            f"{many(len(chosen), 'component')}: comparison.md, comparison.json, package.xml and destructiveChanges.xml "
            "that would make B what A is. Nothing is deployed."
            + (
                f" {many(hidden, 'selected component is', 'selected components are')} not listed now." if hidden else ""
            ),
        )
        self.app.push_screen(TypedDialog("Write the comparison into a folder", words, "folder, ./comparison"), typed)

    async def _write(self, folder: Path, chosen: list[ComponentId]) -> str:
        from hotfix_tui.compare.report import write

        assert self.sides.comparison is not None and self.finished is not None
        names = write(folder, self.sides.comparison, self.finished, chosen, self._both)
        return f"Written to {folder}: {', '.join(names)}."

    def _written(self, words: object, error: str) -> None:
        if self.is_mounted:
            self.flash(error or str(words), "bad" if error else "good")
