"""The dialog for a new hotfix environment: its name and what it is. Nothing is asked of an org here."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult

from hotfix_tui.ui.screens.named_choice import NamedChoiceDialog
from hotfix_tui.ui.text import Toned
from hotfix_tui.ui.widgets.rows import ListRows
from hotfix_tui.ui.widgets.virtual_table import Column, VirtualTable

SCRATCH = "SCRATCH"
_KINDS = (
    ("DEVELOPER", "Developer sandbox", "free; metadata, products; minutes to hours"),
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


class MakeEnvironmentDialog(NamedChoiceDialog[WantedEnvironment | None]):
    """Name first, then the kind; Enter in the list goes on to the alias of production."""

    def __init__(self) -> None:
        super().__init__("New hotfix environment")

    def content(self) -> ComposeResult:
        """Name, kinds, buttons."""
        words = "Its name: begins with a letter, at most 10 letters and digits."
        columns = (Column("", 22), Column("", 0, 2))
        yield from self.asked(words, "name, for example hfx2", 10, columns, "What it is", "Go on")

    def on_mount(self) -> None:
        """Fills the list."""
        super().on_mount()
        table = self.query_one(VirtualTable)
        table.styles.height = len(_KINDS) + 2
        table.show(
            ListRows(_KINDS, lambda kind: (Toned(kind[1], "strong"), Toned(kind[2], "dim")), lambda kind: kind[0])
        )

    def picked(self, name: str, key: str | None) -> None:
        """Goes on when there is a name that a sandbox can have."""
        from hotfix_tui.salesforce.environments import check_name

        if why := check_name(name):
            self.wrong(why, name=True)
        elif key is not None:
            self.dismiss(WantedEnvironment(name, key))
