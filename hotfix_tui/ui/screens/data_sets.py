"""Data sets: a person's own, those of local orgs, the templates; made, copied, changed, deleted, shared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult

from hotfix_tui.hotfix import data_set_files as files
from hotfix_tui.ui import outside
from hotfix_tui.ui.commands import bindings_for, list_bindings
from hotfix_tui.ui.org_line import OrgLine
from hotfix_tui.ui.org_rows import is_production
from hotfix_tui.ui.screens.around import open_around
from hotfix_tui.ui.screens.base import BaseScreen
from hotfix_tui.ui.screens.data_set_base import told
from hotfix_tui.ui.screens.dialogs import ConfirmDialog
from hotfix_tui.ui.screens.picking import ChangeDialog, PickDialog
from hotfix_tui.ui.text import Toned
from hotfix_tui.ui.widgets.bars import HeaderBar, Words
from hotfix_tui.ui.widgets.rows import ListRows
from hotfix_tui.ui.widgets.virtual_table import Column, VirtualTable
from hotfix_tui.ui.words import many

if TYPE_CHECKING:
    from hotfix_tui.data.data_set import DataSet
    from hotfix_tui.salesforce.org import Org

_ERRORS = (OSError, UnicodeError)


class DataSetsScreen(BaseScreen):
    """The list. `alias`: the org whose objects new data sets are made of; empty: the first production org known."""

    WHERE = "data_sets"
    HAS_LOG = False
    BINDINGS: ClassVar = [*bindings_for("data_sets"), *list_bindings()]

    def __init__(self, alias: str = "") -> None:
        super().__init__()
        self._alias = alias
        self._found: list[files.Listed] = []
        self._busy = ""

    def body(self) -> ComposeResult:
        """The list and what is wrong with the chosen one."""
        yield VirtualTable(
            Column("Data set", 0, 3),
            Column("File", 0, 2),
            Column("Whose", 10),
            Column("Objects", 0, 4),
            title="Data sets",
            empty="No data set is known. n makes one.",
            id="sets",
        )
        yield Words(id="about-set")

    def on_mount(self) -> None:
        """Looks into the folders."""
        super().on_mount()
        self.look()

    def on_screen_resume(self) -> None:
        """Back from a data set: looks again."""
        self.look()
        super().on_screen_resume()

    def look(self) -> None:
        """Reads the files."""
        self._found = files.listed()
        self.redraw()

    @property
    def alias(self) -> str:
        """The org that is asked, or empty when none is known."""
        known = self.hotfix_app.orgs
        if self._alias:
            return self._alias
        productions = [one.alias for one in known.values() if is_production(one)]
        return next(iter([*sorted(productions), *sorted(known)]), "")

    @property
    def chosen(self) -> files.Listed | None:
        """The data set under the cursor."""
        key = self.query_one("#sets", VirtualTable).key
        return next((one for one in self._found if one.name == key), None)

    def draw_header(self) -> None:
        """Which org the objects are from."""
        told(self.query_one(HeaderBar), self.hotfix_app, "Data sets", self.alias)

    def draw(self) -> None:
        """The list."""
        table = self.query_one("#sets", VirtualTable)
        table.show(
            ListRows(
                self._found,
                lambda one: (
                    Toned(one.title, "bad") if one.error else one.title,
                    Toned(one.name, "dim"),
                    one.place,
                    Toned("cannot be used", "bad") if one.error else ", ".join(one.objects),
                ),
                lambda one: one.name,
            )
        )
        self._say()

    @on(VirtualTable.Highlighted)
    def _moved(self) -> None:
        self._say()
        self.draw_keys()

    def _say(self) -> None:
        one = self.chosen
        words = self.query_one("#about-set", Words)
        if self._busy:
            words.say(Toned(self._busy, "warn"))
        elif one is None:
            words.say("")
        elif one.error:
            words.say(Toned(one.error, "bad"))
        else:
            where = str(one.path) if one.own else "it came with the program; c copies it to your own"
            words.say(Toned(f"{many(len(one.objects), 'object')} · {where}", "dim"))

    # -- commands

    def why_not(self, command: str) -> str:
        """What each command needs."""
        one = self.chosen
        if command in ("open", "copy", "editor", "delete", "export", "clipboard") and one is None:
            return "There is no data set to do that with. n makes one."
        if command == "open" and one is not None and one.error:
            return "It cannot be used as it is: e opens it in your editor."
        if command == "copy" and one is not None and one.error:
            return "It cannot be used as it is, so it is not copied."
        if command == "delete" and one is not None and not one.own:
            return "Only your own data sets are deleted here."
        if command in ("new", "from_here") and not self.alias:
            return "No org is known: go Home and ask the orgs again."
        if command in ("new", "from_here") and self._busy:
            return self._busy
        if command == "org" and not self.hotfix_app.orgs:
            return "No org is known yet."
        return super().why_not(command)

    def do_open(self) -> None:
        """Opens the chosen one."""
        from hotfix_tui.data.data_set_loader import load

        one = self.chosen
        if one is not None:
            self.edit(load(one.path), one.name)

    def edit(self, data_set: DataSet, name: str, *, changed: bool = False) -> None:
        """Opens a data set's own screen. `changed`: it is not on disk as it is."""
        from hotfix_tui.ui.screens.data_set import DataSetScreen

        self.app.push_screen(DataSetScreen(data_set, name, self.alias, changed=changed))

    def do_new(self) -> None:
        """Asks for the root object among those of the org."""
        self._ask("Reading the objects …", _objects, self._choose_root)

    def _ask(self, words: str, make: object, then: object) -> None:
        line = OrgLine(self.app, self.alias)
        self._busy = f"{self.alias}: {words}"
        self._say()

        def answered(result: object, error: str) -> None:
            line.close()
            self._busy = ""
            if not self.is_mounted:
                return
            self._say()
            if error:
                self.flash(error, "bad")
            else:
                then(result)  # type: ignore[operator]

        line.ask(make, answered)  # type: ignore[arg-type]

    def _choose_root(self, choices: list[tuple[str, str]]) -> None:
        def picked(name: str | None) -> None:
            if name:
                from hotfix_tui.data.data_set import DataSet, ObjectSpec

                title = dict(choices)[name] or name
                self.edit(DataSet(title, (ObjectSpec(name, (), root=True),)), "", changed=True)

        words = ("What the data set begins with; parents and children are ticked next.",)
        self.app.push_screen(PickDialog("Root object", words, choices), picked)

    def do_from_here(self) -> None:
        """Asks for a record's Id, then for what hangs on it."""

        def typed(record_id: str | None) -> None:
            if record_id:
                open_around(self, {self.alias: record_id})

        words = (f"The Id of a record in {self.alias}: the data set gets it, its parents and its children.",)
        self.app.push_screen(ChangeDialog("From a record", words, "", "15 or 18 characters"), typed)

    def do_copy(self) -> None:
        """Asks for the copy's name."""
        one = self.chosen
        if one is None:
            return

        def named(title: str | None) -> None:
            if title:
                self._try(lambda: f"Copied to {files.copy(one.path, title).name}.")

        self.app.push_screen(ChangeDialog("Copy", ("The name of the copy:",), f"{one.title} (copy)"), named)

    def do_editor(self) -> None:
        """$EDITOR on the file itself; what came with the program is copied first."""
        one = self.chosen
        if one is None:
            return
        if one.own:
            self.flash(outside.edit_file(self.app, one.path) or self._checked(one.path))
            self.look()
            return

        def agreed(yes: bool | None) -> None:
            if yes:
                self._try(lambda: self._edit_copy(one))

        words = (f"{one.title} is not yours. Your own copy {one.name}.toml is opened, and counts instead of it.",)
        self.app.push_screen(ConfirmDialog("Copy it first", words, "Copy and open"), agreed)

    def _edit_copy(self, one: files.Listed) -> str:
        target = files.own_path(one.name)
        target.write_bytes(one.path.read_bytes())
        return outside.edit_file(self.app, target) or self._checked(target)

    def _checked(self, path: Path) -> str:
        from hotfix_tui.data.data_set_loader import load

        found = load(path)  # whoever asked says the error
        return f"{found.name}: {many(len(found.objects), 'object')}, it can be used."

    def _try(self, act: object) -> None:
        from hotfix_tui.data.errors import DataSetError

        try:
            said, tone = act(), "good"  # type: ignore[operator]
        except (DataSetError, *_ERRORS) as error:
            said, tone = str(error), "bad"
        self.look()
        self.flash(said, tone)

    def do_delete(self) -> None:
        """Asks first."""
        one = self.chosen
        if one is None:
            return

        def agreed(yes: bool | None) -> None:
            if yes:
                self._try(lambda: _deleted(one))

        words = (f"Delete the file {one.path}? Hotfixes that use it need it until they are finished.",)
        self.app.push_screen(ConfirmDialog("Delete", words, "Delete", danger=True), agreed)

    def do_export(self) -> None:
        """Asks for a place."""
        one = self.chosen
        if one is None:
            return

        def typed(place: str | None) -> None:
            if place:
                self._try(lambda: f"Written to {files.export(one.path, place)}.")

        words = (f"Where to write {one.path.name}: a folder, or a file that is not there yet.",)
        self.app.push_screen(ChangeDialog("Export", words, "", "~/shared"), typed)

    def do_clipboard(self) -> None:
        """The file to the terminal's clipboard."""
        one = self.chosen
        if one is not None:
            text = one.path.read_text("utf-8")
            self.app.copy_to_clipboard(text)
            self.flash(f"{many(text.count(chr(10)), 'line')} sent to the terminal's clipboard (OSC 52).")

    def do_org(self) -> None:
        """Chooses among the orgs that are known."""

        def picked(alias: str | None) -> None:
            if alias:
                self._alias = alias
                self.redraw()

        choices = [(one.alias, f"{one.kind}  {one.label}") for one in self.hotfix_app.orgs.values()]
        self.app.push_screen(PickDialog("Org", ("Whose objects and rows are shown:",), sorted(choices)), picked)

    def do_back(self) -> None:
        """Closes what is open, else goes back."""
        if not self.close_what_is_open():
            self.app.pop_screen()


def _deleted(one: files.Listed) -> str:
    files.delete(one.path)
    return f"{one.path.name} is deleted."


async def _objects(org: Org) -> list[tuple[str, str]]:
    """The objects whose rows can be made, with their labels."""
    found = (await org.describe_global()).values()
    return sorted((one.name, one.label) for one in found if one.createable and one.queryable)
