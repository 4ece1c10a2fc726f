"""Dialogs that pick from a list that a few typed letters narrow, and that change a text that is there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.widgets import Input

from hotfix_tui.ui.screens.dialogs import Dialog, DialogButton, FieldDialog
from hotfix_tui.ui.text import Cell, Toned
from hotfix_tui.ui.widgets.bars import Words
from hotfix_tui.ui.widgets.rows import ListRows
from hotfix_tui.ui.widgets.virtual_table import Column, VirtualTable


class PickDialog(Dialog[str]):
    """One of many: typed letters narrow the list, Enter gives the key of the row, Esc nothing."""

    CANCELLED: ClassVar[object] = ""
    AUTO_FOCUS = "#needle"
    BINDINGS: ClassVar = [Binding("escape", "give_up", "Cancel", show=False)]

    def __init__(
        self, title: str, words: Sequence[Cell], choices: Sequence[tuple[str, str]], *, note: str = ""
    ) -> None:
        super().__init__(title)
        self._words, self._choices, self._note = words, choices, note

    def content(self) -> ComposeResult:
        """The words, the letters, the list."""
        if self._words:
            yield Words(*self._words)
        yield Input(id="needle", placeholder="letters that it contains")
        yield VirtualTable(Column("", 0, 2), Column("", 0, 3), header=False, id="choices")
        yield Words(Toned(self._note or "↑ ↓ move · Enter chooses · Esc cancels", "dim"))

    def on_mount(self) -> None:
        """Fills the list."""
        super().on_mount()
        table = self.query_one(VirtualTable)
        table.empty = "Nothing contains that."
        table.styles.height = min(max(len(self._choices), 1), 10)
        table.show(ListRows(self._choices, lambda one: (one[0], Toned(one[1], "dim")), lambda one: one[0]))

    @on(Input.Changed, "#needle")
    def _narrowed(self, event: Input.Changed) -> None:
        self.query_one(VirtualTable).filter(event.value)

    @on(Input.Submitted, "#needle")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._choose()

    def on_key(self, event: events.Key) -> None:
        """Up and down move in the list, wherever the focus is."""
        table = self.query_one(VirtualTable)
        moves = {"down": table.action_down, "up": table.action_up}
        moves |= {"pagedown": table.action_page_down, "pageup": table.action_page_up}
        if event.key in moves:
            event.stop()
            event.prevent_default()
            moves[event.key]()
        elif event.key == "enter":
            event.stop()
            self._choose()

    def _choose(self) -> None:
        if key := self.query_one(VirtualTable).key:
            self.dismiss(key)


class MarkDialog(Dialog[tuple[str, ...] | None]):
    """Any of many: Space marks, Enter gives the marked keys in the list's order, Esc nothing."""

    AUTO_FOCUS = "VirtualTable"
    BINDINGS: ClassVar = [
        Binding("escape", "give_up", "Cancel", show=False),
        Binding("enter", "done", "Done", show=False),
        Binding("space", "mark", "Mark", show=False),
    ]

    def __init__(
        self, title: str, words: Sequence[Cell], choices: Sequence[tuple[str, str]], marked: Collection[str]
    ) -> None:
        super().__init__(title)
        self._words, self._choices, self._marked = words, choices, set(marked)

    def content(self) -> ComposeResult:
        """The words and the list."""
        yield Words(*self._words)
        yield VirtualTable(Column("", 0, 2), Column("", 0, 3), header=False, marks=True, id="choices")
        yield Words(Toned("Space marks · Enter takes what is marked · Esc cancels", "dim"))

    def on_mount(self) -> None:
        """Fills the list."""
        super().on_mount()
        table = self.query_one(VirtualTable)
        table.styles.height = min(max(len(self._choices), 1), 10)
        table.selected = {one for one, _ in self._choices if one in self._marked}
        table.show(ListRows(self._choices, lambda one: (one[0], Toned(one[1], "dim")), lambda one: one[0]))

    def action_mark(self) -> None:
        """Space."""
        table = self.query_one(VirtualTable)
        if table.key is not None:
            table.toggle([table.key])
            table.action_down()

    def action_done(self) -> None:
        """Enter."""
        chosen = self.query_one(VirtualTable).selected
        self.dismiss(tuple(one for one, _ in self._choices if one in chosen))


class ChangeDialog(FieldDialog[str | None]):
    """A text that is there, to be changed: Enter gives it (empty too), Esc changes nothing."""

    AUTO_FOCUS = "#typed"

    def __init__(self, title: str, words: Sequence[Cell], value: str, placeholder: str = "") -> None:
        super().__init__(title)
        self._words, self._value, self._placeholder = words, value, placeholder

    def content(self) -> ComposeResult:
        """The words, the field, the buttons."""
        yield Words(*self._words)
        yield Input(self._value, id="typed", placeholder=self._placeholder, select_on_focus=False)
        with Container(id="buttons"):
            yield DialogButton("cancel", "Esc Cancel")
            yield DialogButton("go", "Enter Take it")

    def chosen(self, name: str) -> None:
        """What stands in the field."""
        del name
        self.dismiss(self.query_one("#typed", Input).value.strip())
