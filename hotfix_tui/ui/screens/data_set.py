"""One data set: its tree of relationships with what is ticked, and what holds for each object."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult

from hotfix_tui.hotfix import data_set_files as files
from hotfix_tui.ui.commands import bindings_for, list_bindings
from hotfix_tui.ui.data_set_tree import COLUMNS, Node, about
from hotfix_tui.ui.org_line import OrgLine
from hotfix_tui.ui.screens.data_set_base import told
from hotfix_tui.ui.screens.data_set_settings import ObjectSettings
from hotfix_tui.ui.screens.dialogs import ConfirmDialog
from hotfix_tui.ui.screens.picking import ChangeDialog, PickDialog
from hotfix_tui.ui.text import BREAK, Cell, Toned
from hotfix_tui.ui.widgets.bars import HeaderBar, Words
from hotfix_tui.ui.widgets.rows import ListRows
from hotfix_tui.ui.widgets.virtual_table import VirtualTable

if TYPE_CHECKING:
    from hotfix_tui.data.data_set import DataSet

_OF_OBJECT = ("where", "key", "mode", "limit", "fields", "masks", "remove")
_OF_ORG = ("tick", "fold", "key", "fields", "masks", "count", "root")


class DataSetScreen(ObjectSettings):
    """`name`: its file's, empty for a new one. `notes`: what a person should look at first."""

    WHERE = "data_set"
    HAS_LOG = False
    BINDINGS: ClassVar = [*bindings_for("data_set"), *list_bindings()]

    def __init__(
        self, data_set: DataSet, name: str, alias: str, notes: tuple[str, ...] = (), *, changed: bool = False
    ) -> None:
        super().__init__(data_set, alias, changed=changed)
        self.name_of_file = name
        self.notes = notes

    def body(self) -> ComposeResult:
        """The tree, and the object under the cursor."""
        yield VirtualTable(*COLUMNS, title="Data set", id="data-set-tree")
        yield Words(id="about-object")

    def on_mount(self) -> None:
        """Asks the org for the objects that the data set has."""
        super().on_mount()
        if self.alias:
            self.line = OrgLine(self.app, self.alias)
            self.learn(self.model.data_set.names, self._begin)

    def _begin(self) -> None:
        """A new data set opens at its root, with the best match key there is."""
        from hotfix_tui.data.match_keys import suggest_keys

        for spec in self.model.data_set.objects:
            described = self.model.known.get(spec.name)
            keys = [one.key for one in suggest_keys(described) if not one.second_key] if described else []
            if not spec.key and keys:
                self.change_spec(replace(spec, key=keys[0]))
                self.model.opened.add(spec.name)
        self._count_all()

    # -- drawing

    def draw_header(self) -> None:
        """Its name, and whether it is saved."""
        state = "not saved" if self.changed else "saved"
        told(self.query_one(HeaderBar), self.hotfix_app, self.model.data_set.name, self.alias, state)

    def draw(self) -> None:
        """Tree and object."""
        table = self.query_one("#data-set-tree", VirtualTable)
        nodes = self.model.nodes()
        table.entitle(f"Data set: {self.model.data_set.name}" + (f"  asking {self.alias} …" if self.asking else ""))
        table.empty = "No root object: a adds one."
        table.show(ListRows(nodes, self.model.cells, lambda one: one.path))
        self._say()

    @on(VirtualTable.Highlighted)
    def _moved(self) -> None:
        self._say()
        self.draw_keys()

    def _say(self) -> None:
        node, words = self.node, list[Cell]()
        if node is not None and self.spec is not None:
            if node.link is not None:
                words += [BREAK, Toned(f"{'By':<11}", "dim"), node.link.words()]
            for label, value, tone in about(self.model, node.object):
                words += [BREAK, Toned(f"{label:<11}", "dim"), Toned(value, tone) if tone else value]
        elif node is not None and node.link is not None:
            words += [BREAK, f"{node.object}: {node.link.words()}. ", Toned("Space", "key"), " takes it along."]
        if self.trouble:
            words += [BREAK, Toned(f"{self.alias} could not be asked: {self.trouble}", "bad")]
        for note in self.notes:
            words += [BREAK, Toned(note, "warn")]
        self.query_one("#about-object", Words).say(*words[1:])

    # -- commands

    def why_not(self, command: str) -> str:
        """What each command needs."""
        node = self.node
        if command in _OF_ORG and self.line is None:
            return "No org is known whose objects could be shown."
        if command in _OF_OBJECT and self.spec is None:
            return "Choose an object of the data set first; Space takes one along."
        if command == "tick" and (node is None or node.link is None):
            return "This object has no lookup to tick here; X takes it out of the data set."
        if command == "fold" and node is None:
            return "There is nothing to open: a adds a root object."
        if command == "masks" and self.spec is not None and self.spec.mode == "reference":
            return "A reference is matched, never written: its values stay where they are."
        if command == "save" and not self.changed and self.name_of_file:
            return "Nothing has changed."
        return super().why_not(command)

    def do_fold(self) -> None:
        """All relationships of the object, or only those ticked."""
        node = self.node
        if node is None:
            return
        if node.path in self.model.opened:
            self.model.opened.discard(node.path)
            self.redraw()
            return
        path = node.path

        def opened() -> None:
            if node.object in self.model.known:
                self.model.opened.add(path)
            else:
                self.flash(f"{self.alias} does not have {node.object}, or our user cannot see it.", "bad")

        self.learn((node.object,), opened)
        self.redraw()

    def do_tick(self) -> None:
        """Takes the object along, with the parents it cannot be without; or leaves it out."""
        from hotfix_tui.data.relationships import untick

        node = self.node
        if node is None or node.link is None:
            return
        if node.chosen:
            self.change(untick(self.model.data_set, node.link, self.model.names))
            return
        self.learn((node.object,), lambda: self._take(node))

    def _take(self, node: Node, asked: frozenset[str] = frozenset()) -> None:
        """Ticks what is known now; required parents that are not known are asked for, then taken too."""
        from hotfix_tui.data.match_keys import suggest_keys
        from hotfix_tui.data.relationships import required, tick

        assert node.link is not None
        todo, unknown, data_set = [node.link], set[str](), self.model.data_set
        while todo:
            link = todo.pop()
            described = self.model.known.get(link.object)
            if described is None:
                unknown.add(link.object)
                continue
            fresh = link.object not in data_set.names
            key = next((one.key for one in suggest_keys(described) if not one.second_key), ())
            data_set = tick(data_set, link, key)
            if fresh:
                todo += required(data_set, described)
        if unknown - asked:
            self.learn(tuple(sorted(unknown - asked)), lambda: self._take(node, asked | unknown))
            return
        self.change(data_set)
        self.count(node.object)

    def do_count(self) -> None:
        """Counts every object of the data set."""
        self._count_all()

    def _count_all(self) -> None:
        for name in self.model.data_set.names:
            self.count(name)

    def do_remove(self) -> None:
        """Takes the object out."""
        from hotfix_tui.data.relationships import pruned

        spec = self.spec
        if spec is not None:
            left = tuple(one for one in self.model.data_set.objects if one.name != spec.name)
            self.change(pruned(replace(self.model.data_set, objects=left), self.model.names))

    def do_root(self) -> None:
        """Asks for another root object."""

        def picked(name: str | None) -> None:
            if name:
                self.learn((name,), lambda: self._add_root(name))

        choices = [(name, "") for name in sorted(self.model.writable)]
        self.app.push_screen(PickDialog("Root object", (), choices), picked)

    def _add_root(self, name: str) -> None:
        from hotfix_tui.data.data_set import ObjectSpec
        from hotfix_tui.data.match_keys import suggest_keys

        described = self.model.known.get(name)
        keys = suggest_keys(described) if described else []
        key = next((one.key for one in keys if not one.second_key), ())
        self.change_spec(replace(self.model.spec(name) or ObjectSpec(name, key), root=True))
        self.count(name)

    def do_save(self) -> None:
        """Asks for a name the first time, then writes the file."""

        def named(title: str | None) -> None:
            if title:
                self.change(replace(self.model.data_set, name=title))
                self._save(files.file_name(title))

        if self.name_of_file:
            self._save(self.name_of_file)
        else:
            words = ("What the data set is called:",)
            self.app.push_screen(ChangeDialog("Save", words, self.model.data_set.name), named)

    def _save(self, name: str) -> None:
        path = files.own_path(name)
        if not self.name_of_file and path.exists():
            self.flash(f"There is a data set {name} already: save under another name.", "bad")
            return
        comment, inside = files.heading(self.model.data_set.path)

        def agreed(yes: bool | None) -> None:
            if yes:
                self._write(name, comment)

        if inside and self.model.data_set.path == path:
            words = (f"{inside} comment lines inside {path.name} are lost when it is written from here. e in the list "
                     "of data sets changes it in your editor instead.",)  # fmt: skip
            self.app.push_screen(ConfirmDialog("Comments", words, "Write it"), agreed)
        else:
            agreed(True)

    def _write(self, name: str, comment: str) -> None:
        from hotfix_tui.data.errors import DataSetError

        try:
            saved = files.save(self.model.data_set, name, comment)
        except (DataSetError, OSError) as error:
            self.flash(f"Not saved. {error}", "bad")
            return
        self.model.data_set, self.name_of_file, self.changed = saved, name, False
        self.flash(f"Saved as {saved.path.name}.", "good")
        self.redraw()

    def do_back(self) -> None:
        """Closes what is open, else goes back; asks when something would be lost."""
        if self.close_what_is_open():
            return
        if not self.changed:
            self.app.pop_screen()
            return

        def agreed(yes: bool | None) -> None:
            if yes:
                self.app.pop_screen()

        words = ("What you changed is not saved.",)
        self.app.push_screen(ConfirmDialog("Leave the data set", words, "Leave it unsaved", no="Stay"), agreed)
