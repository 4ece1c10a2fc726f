"""Help: every key of the screen it was opened from, filterable, from the command table."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input

from hotfix_tui.ui.commands import SCREENS, help_sections, keys_of
from hotfix_tui.ui.screens.dialogs import Dialog
from hotfix_tui.ui.text import Cell, Toned
from hotfix_tui.ui.widgets.bars import Words
from hotfix_tui.ui.widgets.rows import ListRows
from hotfix_tui.ui.widgets.virtual_table import Column, VirtualTable


class HelpScreen(Dialog[None]):
    """Typing filters, the arrows move, Esc closes."""

    GRACE: ClassVar[float] = 0.0
    AUTO_FOCUS = "VirtualTable"
    BINDINGS: ClassVar = [
        Binding("escape,q,question_mark", "close", "Close", show=False),
        Binding("slash", "filter", "Filter", show=False),
    ]

    def __init__(self, where: str, reason: Callable[[str], str]) -> None:
        super().__init__(f"Help: {SCREENS[where]}")
        self._where = where
        # Asked now: once the help is open, the screen below is not the one that keys go to.
        self._rows = self._all(reason)

    def _all(self, reason: Callable[[str], str]) -> list[tuple[Cell, ...]]:
        rows: list[tuple[Cell, ...]] = []
        for title, commands in help_sections(self._where):
            for command in commands:
                why = reason(command.id)
                words = f"{command.sentence} Not now: {why}" if why else command.sentence
                rows.append(
                    (Toned(keys_of(command), "key"), command.label, Toned(words, "dim") if why else words, title)
                )
        return rows

    def content(self) -> ComposeResult:
        """Filter line and table."""
        yield Input(placeholder="/ filters", id="help-filter", compact=True)
        yield VirtualTable(
            Column("Key", 12), Column("Command", 19), Column("What it does", 0, 4), Column("Where", 0, 1)
        )
        yield Words(Toned("/ filters · Esc closes", "dim"))

    def on_mount(self) -> None:
        """Fills the table."""
        super().on_mount()
        self.query_one(VirtualTable).show(ListRows(self._rows, lambda row: row))

    def action_filter(self) -> None:
        """Goes to the filter line."""
        self.query_one(Input).focus()

    def action_close(self) -> None:
        """Clears the filter first, then closes."""
        field = self.query_one(Input)
        if field.has_focus or field.value:
            field.value = ""
            self.query_one(VirtualTable).focus()
        else:
            self.dismiss(None)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        self.query_one(VirtualTable).filter(event.value)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.query_one(VirtualTable).focus()
