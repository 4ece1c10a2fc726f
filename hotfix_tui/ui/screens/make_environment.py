"""The dialog for a new hotfix environment: its name and what it is. Nothing is asked of an org here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.widgets import Input

from hotfix_tui.ui.screens.dialogs import Dialog, DialogButton
from hotfix_tui.ui.text import Toned
from hotfix_tui.ui.widgets.bars import Words
from hotfix_tui.ui.widgets.rows import ListRows
from hotfix_tui.ui.widgets.virtual_table import Column, VirtualTable

SCRATCH = "SCRATCH"
_KINDS = (
    ("DEVELOPER", "Developer sandbox", "free; metadata, products and price books; minutes to hours"),
    ("DEVELOPER_PRO", "Developer Pro sandbox", "as Developer, 1 GB"),
    ("PARTIAL", "Partial Copy sandbox", "a sample of the records; hours to days"),
    ("FULL", "Full sandbox", "everything; days"),
    (SCRATCH, "Scratch org", "empty, 7 days; production must be a Dev Hub"),
)


@dataclass(frozen=True)
class WantedEnvironment:
    """What the person chose. `licence` is a licence type, or SCRATCH."""

    name: str
    licence: str


class MakeEnvironmentDialog(Dialog[WantedEnvironment | None]):
    """Name first, then the kind; Enter in the list goes on to the alias of production."""

    AUTO_FOCUS = "#name"
    BINDINGS: ClassVar = [
        Binding("escape", "give_up", "Cancel", show=False),
        Binding("enter", "go", "Go on", show=False),
    ]

    def __init__(self) -> None:
        super().__init__("New hotfix environment")

    def content(self) -> ComposeResult:
        """Name, kinds, buttons."""
        yield Words("Its name: begins with a letter, at most 10 letters and digits.")
        yield Input(id="name", placeholder="name, for example hfx2", max_length=10)
        yield VirtualTable(Column("", 22), Column("", 0, 2), header=False, title="What it is", id="kinds")
        yield Words(id="wrong")
        with Container(id="buttons"):
            yield DialogButton("cancel", "Esc Cancel")
            yield DialogButton("go", "Go on")

    def on_mount(self) -> None:
        """Fills the list."""
        super().on_mount()
        table = self.query_one(VirtualTable)
        table.styles.height = len(_KINDS) + 2
        table.show(
            ListRows(_KINDS, lambda kind: (Toned(kind[1], "strong"), Toned(kind[2], "dim")), lambda kind: kind[0])
        )

    @on(Input.Submitted)
    def _named(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(VirtualTable).focus()

    def action_go(self) -> None:
        """Enter in the list."""
        self.chosen("go")

    def chosen(self, name: str) -> None:
        """Goes on when there is a name that a sandbox can have."""
        del name
        from hotfix_tui.salesforce.environments import check_name

        wanted = self.query_one("#name", Input).value.strip()
        kind = self.query_one(VirtualTable).key
        if why := check_name(wanted):
            self.query_one("#wrong", Words).say(Toned(why, "bad"))
            self.query_one("#name", Input).focus()
        elif kind is not None:
            self.dismiss(WantedEnvironment(wanted, kind))
