"""Help: every key of the screen it was opened from, filterable, from the command table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input

from hotfix_tui.ui.commands import SCREENS, help_sections, keys_of
from hotfix_tui.ui.screens.dialogs import Dialog
from hotfix_tui.ui.text import BREAK, Cell, Toned
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

    def _all(self, reason: Callable[[str], str]) -> list[_HelpRow]:
        rows = []
        for title, commands in help_sections(self._where):
            for command in commands:
                why = reason(command.id)
                rows.append(_HelpRow(keys_of(command), command.label, command.sentence, title, why))
        return rows

    def content(self) -> ComposeResult:
        """Filter line, table, the chosen command in full."""
        yield Input(placeholder="/ filters", id="help-filter")
        yield VirtualTable(
            Column("Key", 12), Column("Command", 18), Column("What it does"), Column("Where", 24, from_width=96)
        )
        yield Words(id="help-words")
        yield Words(Toned("/ filters · Esc closes", "dim"))

    def on_mount(self) -> None:
        """Fills the table."""
        super().on_mount()
        rows = ListRows(self._rows, _cells, _key)
        self.query_one(VirtualTable).show(rows)
        self._chosen()

    @on(VirtualTable.Highlighted)
    def _chosen(self) -> None:
        key = self.query_one(VirtualTable).key
        row = next((row for row in self._rows if _key(row) == key), None)
        words: list[Cell] = []
        if row is not None:
            words = [Toned(f"{row.where}: ", "dim"), row.sentence]
            words += [BREAK, Toned(f"Not now: {row.why}", "warn")] if row.why else []
        self.query_one("#help-words", Words).say(*words)

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


@dataclass(frozen=True)
class _HelpRow:
    keys: str
    label: str
    sentence: str
    where: str
    why: str


def _key(row: _HelpRow) -> str:
    return f"{row.where}/{row.keys}"


def _cells(row: _HelpRow) -> tuple[Cell, ...]:
    sentence: Cell = Toned(row.sentence, "dim") if row.why else row.sentence
    return (Toned(row.keys, "key"), row.label, sentence, Toned(row.where, "dim"))
