"""A dialog with a name to type and a list to choose from; the name first, Enter in the list goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.widgets import Input

from hotfix_tui.ui.screens.dialogs import Dialog, DialogButton
from hotfix_tui.ui.text import Toned
from hotfix_tui.ui.widgets.bars import Words
from hotfix_tui.ui.widgets.virtual_table import Column, VirtualTable

T = TypeVar("T")


class NamedChoiceDialog(Dialog[T]):
    """Subclasses fill the list and say in `picked` what is wrong or what was chosen."""

    AUTO_FOCUS = "#name"
    BINDINGS: ClassVar = [
        Binding("escape", "give_up", "Cancel", show=False),
        Binding("enter", "go", "Go on", show=False),
    ]

    def asked(
        self, words: str, placeholder: str, length: int, columns: Sequence[Column], title: str, go: str, empty: str = ""
    ) -> ComposeResult:
        """The name's field, the list, the buttons."""
        yield Words(words)
        yield Input(id="name", placeholder=placeholder, max_length=length)
        header = any(column.title for column in columns)
        yield VirtualTable(*columns, header=header, title=title, empty=empty, id="named-choices")
        yield Words(id="wrong")
        with Container(id="buttons"):
            yield DialogButton("cancel", "Esc Cancel")
            yield DialogButton("go", go)

    def picked(self, name: str, key: str | None) -> None:
        """What was typed, its ends trimmed, and the key of the chosen row, None when there is none."""
        raise NotImplementedError

    def wrong(self, words: str, *, name: bool = False) -> None:
        """Says what is wrong, with the cursor in the name's field when it is the `name`."""
        self.query_one("#wrong", Words).say(Toned(words, "bad"))
        if name:
            self.query_one("#name", Input).focus()

    @on(Input.Submitted)
    def _named(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(VirtualTable).focus()

    def action_go(self) -> None:
        """Enter in the list."""
        self.chosen("go")

    def chosen(self, name: str) -> None:
        """Enter, or the button."""
        del name
        self.picked(self.query_one("#name", Input).value.strip(), self.query_one(VirtualTable).key)
