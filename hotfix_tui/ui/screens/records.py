"""Records of a data set in two orgs: what differs, by object, and the fields of the chosen one. It only looks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal

from hotfix_tui.events.compare import RecordCompareFinished, RecordsUnreadable
from hotfix_tui.events.session import Progress
from hotfix_tui.ui import background, record_sides
from hotfix_tui.ui.commands import bindings_for, list_bindings
from hotfix_tui.ui.component_rows import GROUP, state_words, who_and_when
from hotfix_tui.ui.record_rows import STATE_COLUMNS, WHO_COLUMNS, RecordRows, name_of
from hotfix_tui.ui.record_sides import Choice, RecordsEnded, RecordSides, RecordsNews
from hotfix_tui.ui.screens.around import open_around
from hotfix_tui.ui.screens.component_panels import ListPanels
from hotfix_tui.ui.screens.dialogs import ChoiceDialog
from hotfix_tui.ui.screens.typed import TypedDialog
from hotfix_tui.ui.text import BREAK, Cell, Toned
from hotfix_tui.ui.widgets.bars import HeaderBar, Words
from hotfix_tui.ui.widgets.diff_view import DiffView, Subject
from hotfix_tui.ui.widgets.virtual_table import VirtualTable
from hotfix_tui.ui.words import many, of_total

if TYPE_CHECKING:
    from hotfix_tui.compare.record_comparison import RecordComparison
    from hotfix_tui.compare.records import ComparedRow

_STATES = ("", "different", "only_in_a", "only_in_b", "ambiguous", "keyless", "same")
_NEEDS_ROWS = ("select", "next", "previous", "who", "open_difference", "state")


class RecordsScreen(ListPanels):
    """The list, the fields, the sums. `production`: which of the two is production, where it is known already."""

    WHERE = "records"
    HAS_LOG = False
    LAST_ONE = "There is no other record that way."
    BINDINGS: ClassVar = [*bindings_for("records"), *list_bindings()]

    def __init__(self, a: str, b: str, *, data_set: str = "", production: str = "") -> None:
        super().__init__()
        self.sides = RecordSides(self, a, b)
        self.data_set = data_set
        self.production = production
        self.comparison: RecordComparison | None = None
        self.folded: set[str] = set()
        self.rows = self._no_rows()
        self.finished: RecordCompareFinished | None = None
        self.unread: list[RecordsUnreadable] = []
        self.progress: dict[str, Progress] = {}
        self.choices: list[Choice] = []
        self.error = ""
        self.running = False
        self._taken = 0

    def _no_rows(self) -> RecordRows:
        return RecordRows(self.side_names(), self.folded)

    def body(self) -> ComposeResult:
        """The two panels and the sums."""
        with Horizontal(classes="row"):
            yield VirtualTable(*STATE_COLUMNS, title="Records", marks=True, id="components")
            yield DiffView(empty="Choose a record to see its fields.", id="difference")
        yield Words(id="sums")

    def on_mount(self) -> None:
        """Begins at once when the data set is known; else asks which."""
        super().on_mount()
        if self.data_set:
            self._begin_run()
        else:
            self._look_for_choices()

    def on_unmount(self) -> None:
        """What still runs has nobody to tell."""
        self.sides.stop()

    # -- which data set

    def _look_for_choices(self) -> None:
        a, b = self.side_names()
        self.running, self.error = True, ""
        self.call_after_refresh(self._drawn_anew)
        background.call(self.app, lambda: record_sides.choices(a, b), self._choices_known)

    def _choices_known(self, found: list[Choice] | None, error: str) -> None:
        if not self.is_mounted:
            return
        self.running, self.error, self.choices = False, error, found or []
        fitting = [one for one in self.choices if one.fits]
        if len(fitting) == 1 and not self.data_set:
            self._choose(fitting[0].path)
        elif not error:
            self._ask()
        self._drawn_anew()

    def _ask(self) -> None:
        if not self.choices:
            self.flash("No data set is known: put one into the folder that `hotfix-tui paths` names.", "warn")
            return
        words = ("Their records are read in both orgs and compared by key. Nothing is written.",)
        listed = [(one.path, _described(one)) for one in self.choices]

        def answered(path: str | None) -> None:
            if path:
                self._choose(path)

        self.app.push_screen(ChoiceDialog("Records of which data set?", words, listed), answered)

    def _choose(self, path: str) -> None:
        self.data_set = path
        self._begin_run()

    # -- what the comparison says

    def _begin_run(self) -> None:
        self.unread, self.progress, self._taken = [], {}, 0
        self.comparison, self.finished, self.error, self.running = None, None, "", True
        old, self.rows = self.rows, self._no_rows()
        self.rows.state, self.rows.who_shown = old.state, old.who_shown
        self.components_table.selected.clear()
        self.sides.start(self.data_set)
        self.call_after_refresh(self._drawn_anew)

    def _drawn_anew(self) -> None:
        self.fill()
        self.redraw()

    def on_records_news(self, event: RecordsNews) -> None:
        """Some records more."""
        if event.run != self.sides.run:
            return
        self.comparison = self.rows.comparison = event.comparison
        self.production = next((one.org for one in (event.comparison.a, event.comparison.b) if one.production), "")
        new = event.comparison.rows[self._taken :]
        self._taken += len(new)
        self.rows.extend(new)
        for one in event.events:
            if isinstance(one, Progress):
                self.progress[one.org or one.what] = one
            elif isinstance(one, RecordsUnreadable):
                self.unread.append(one)
            elif isinstance(one, RecordCompareFinished):
                self.finished = one
        self._drawn_anew()

    def on_records_ended(self, event: RecordsEnded) -> None:
        """Done, or not possible."""
        if event.run == self.sides.run:
            self.running, self.error = False, event.error
            self._drawn_anew()

    # -- drawing

    def side_names(self) -> tuple[str, str]:
        """As the person named them."""
        return self.sides.a, self.sides.b

    def draw_header(self) -> None:
        """Both orgs; production by name."""
        a, b = self.side_names()
        self.query_one(HeaderBar).tell(f"Records  A {a}  with  B {b}", "", self.production, "")

    def draw(self) -> None:
        """The sums."""
        self.query_one("#sums", Words).say(*self._sums())

    def fill(self) -> None:
        """The list and its title."""
        if not self.built:
            return
        table, counts = self.components_table, self.rows.counts()
        name = self.comparison.data_set.name if self.comparison else ""
        title = f"Records: {name}" if name else "Records"
        if counts:
            title += f"  +{counts['only_in_a']:,} ~{counts['different']:,} -{counts['only_in_b']:,} ={counts['same']:,}"
            title += f" !{counts['ambiguous']:,}" if counts["ambiguous"] else ""
            title += f" ?{counts['keyless']:,}" if counts["keyless"] else ""
        title += f"  shown: {self._state_words(self.rows.state)}" if self.rows.state else ""
        table.empty = self._empty(counts["same"])
        table.entitle(title)
        table.show(self.rows)
        self.draw_difference()

    def _empty(self, same: int) -> str:
        if self.running:
            return "Reading both orgs …" if self.data_set else "Looking for data sets that fit both orgs …"
        if self.error:
            return "Not compared. r tries again."
        if not self.data_set:
            return "No data set is chosen. d chooses one."
        return "Nothing of this state." if self.rows.state else f"All {same:,} records are the same."

    def _sums(self) -> list[Cell]:
        if self.error:
            return [Toned(f"Could not compare: {self.error}", "bad"), BREAK, Toned("r", "key"), " tries again."]
        words: list[Cell] = []
        if self.running:
            words = ["Reading  ", *(f"{name} {of_total(at.done, at.total)}   " for name, at in self.progress.items())]
        elif (end := self.finished) is not None:
            words = [f"{end.same:,} same, {end.different:,} different, {end.only_in_a:,} only in A, "]
            words.append(f"{end.only_in_b:,} only in B")
            words.append(Toned(f", {end.ambiguous:,} ambiguous", "bad") if end.ambiguous else "")
            words.append(Toned(f", {end.keyless:,} without a key", "warn") if end.keyless else "")
        for one in self.unread[:3]:
            words += [BREAK, Toned(f"{one.object} is not compared: {self._side(one.side)}: {one.why}", "warn")]
        for note in self.comparison.notes[: 3 if self.app.size.height >= 32 else 1] if self.comparison else ():
            words += [BREAK, Toned(note.text, "warn" if note.level == "warning" else "dim")]
        return [word for word in words if word]

    def _side(self, letter: str) -> str:
        return self.side_names()[0 if letter == "a" else 1]

    def _state_words(self, status: str) -> str:
        return state_words(status, self.side_names())[1]

    # -- the fields

    def named(self, key: str | None) -> ComparedRow | None:
        """A record."""
        return self.rows.record(key)

    @property
    def record(self) -> ComparedRow | None:
        """The record under the cursor."""
        return self.named(self.components_table.key)

    def draw_difference(self) -> None:
        """Shows the fields of the record under the cursor."""
        view, one = self.difference, self.record
        if one is None or self.comparison is None:
            view.show(None)
            return
        subject = self._subject(self.comparison, one)
        if view.subject is None or (view.subject.title, view.subject.note) != (subject.title, subject.note):
            view.show(subject)

    def _subject(self, comparison: RecordComparison, one: ComparedRow) -> Subject:
        from hotfix_tui.compare import record_details

        title = f"{comparison.label(one.object)}: {name_of(one)}"
        shown = record_details.beside(one)

        def texts() -> tuple[str | None, str | None]:
            return record_details.text(comparison, one, "a"), record_details.text(comparison, one, "b")

        structure = (lambda: record_details.differences(comparison, one)) if shown.a and shown.b else None
        return Subject(title, *self.side_names(), texts, structure, self._note(comparison, one))

    def _note(self, comparison: RecordComparison, one: ComparedRow) -> str:
        """State, probable twin, who changed it when on each side."""
        words = [self._state_words(one.status)]
        if one.like and one.key:
            words.append(f"{one.like} has no key and is probably the same")
        elif one.like:
            words.append(f"is probably {one.like}")
        for name, changed in zip(self.side_names(), comparison.changed(one), strict=True):
            if changed:
                words.append(f"{name}: {who_and_when(changed)}")
        return "  ·  ".join(words)

    # -- commands

    def why_not(self, command: str) -> str:
        """What each command needs."""
        if command in ("again", "choose_set") and self.running:
            return "Both orgs are being read. Esc goes back."
        if command == "again" and not self.data_set and not self.error:
            return "Choose a data set first: d."
        if command in ("copy", "pager", "editor", "full") and self.record is None:
            return "Choose a record first."
        if command == "from_here" and not self._ids():
            return "Choose a record first, one that is not ambiguous."
        if command == "export":
            return self._why_not_export()
        if command in _NEEDS_ROWS and not self._taken:
            return "Nothing is compared yet."
        return super().why_not(command)

    def _why_not_export(self) -> str:
        if self.running:
            return "Both orgs are being read; wait for the end."
        if self.finished is None:
            return "The comparison did not finish: r compares again."
        return "" if self._chosen() else "There is no record to write down."

    def do_again(self) -> None:
        """Compares again."""
        if self.data_set:
            self._begin_run()
        else:
            self._look_for_choices()

    def do_choose_set(self) -> None:
        """Asks for the data set."""
        if self.choices:
            self._ask()
        else:
            self._look_for_choices()

    def do_from_here(self) -> None:
        """A data set around the record, of production's where it has it."""
        if ids := self._ids():
            open_around(self, ids)

    def _ids(self) -> dict[str, str]:
        """The Id of the record under the cursor in each org that has it once."""
        one = self.record
        sides = zip(self.side_names(), (one.a, one.b), strict=True) if one is not None else ()
        return {name: ids[0] for name, ids in sides if len(ids) == 1}

    def do_back(self) -> None:
        """Esc: closes what is open, else goes back."""
        if not self.close_what_is_open():
            self.app.pop_screen()

    def do_state(self) -> None:
        """The next state only, after the last all that differ."""
        place = _STATES.index(self.rows.state)
        self.rows.list_state(_STATES[(place + 1) % len(_STATES)])
        self.fill()
        self.flash(f"Shown: {self._state_words(self.rows.state) if self.rows.state else 'everything that differs'}.")

    def do_who(self) -> None:
        """State and fields, or who changed it and when on each side."""
        table = self.components_table
        self.rows.who_shown = not self.rows.who_shown
        table.columns = WHO_COLUMNS if self.rows.who_shown else STATE_COLUMNS
        self.remove_class("diff-open")
        self.set_class(self.rows.who_shown, "who")
        table.refresh()
        self.fill()

    def do_select(self) -> None:
        """For the export."""
        table = self.components_table
        key = table.key or ""
        table.toggle(self.rows.members(key.removeprefix(GROUP)) if key.startswith(GROUP) else [key])
        table.move(table.cursor + 1)

    def _chosen(self) -> list[ComparedRow]:
        """What is selected; when nothing is, all that is listed, folded or not."""
        table = self.components_table
        keys = sorted(map(int, table.selected)) if table.selected else self.rows.index(table.needle, None)
        listed = [str(key) for key in keys if key >= 0]
        if not table.selected and not table.needle:
            listed = self.rows.all_members()
        return [one for key in listed if (one := self.rows.record(key)) is not None]

    def do_export(self) -> None:
        """Asks for a folder, then writes the comparison into it."""
        chosen = self._chosen()

        def typed(folder: str | None) -> None:
            if folder:
                background.call(self.app, lambda: self._write(Path(folder).expanduser(), chosen), self._written)

        words = (
            f"{many(len(chosen), 'record')}: records.md, records.json and records.csv. They hold what the orgs hold.",
        )
        self.app.push_screen(TypedDialog("Write the comparison into a folder", words, "folder, ./records"), typed)

    async def _write(self, folder: Path, chosen: list[ComparedRow]) -> str:
        from hotfix_tui.compare.record_report import write

        assert self.comparison is not None
        return f"Written to {folder}: {', '.join(write(folder, self.comparison, chosen))}."

    def _written(self, words: object, error: str) -> None:
        if self.is_mounted:
            self.flash(error or str(words), "bad" if error else "good")


def _described(one: Choice) -> str:
    if one.wrong:
        return f"{one.name}  cannot be used: {one.wrong}"
    if one.lacking:
        return f"{one.name}  one of the orgs does not have {', '.join(one.lacking)}"
    return f"{one.name}  ({Path(one.path).stem})"
