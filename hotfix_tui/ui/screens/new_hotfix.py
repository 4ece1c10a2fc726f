"""The dialog that begins a hotfix: a name, and the production org out of those that are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import ComposeResult

from hotfix_tui.ui.org_rows import is_production
from hotfix_tui.ui.screens.named_choice import NamedChoiceDialog
from hotfix_tui.ui.text import Toned
from hotfix_tui.ui.widgets.rows import ListRows
from hotfix_tui.ui.widgets.virtual_table import Column, VirtualTable

if TYPE_CHECKING:
    from hotfix_tui.hotfix.orgs import OrgStatus


_LOOK_SECONDS = 0.3


@dataclass(frozen=True)
class NewHotfix:
    """What the person chose."""

    name: str
    production: str


class NewHotfixDialog(NamedChoiceDialog[NewHotfix | None]):
    """Creating a hotfix writes only its journal on this machine; production is asked for its org id."""

    def __init__(self, orgs: Callable[[], Sequence[OrgStatus]]) -> None:
        super().__init__("New hotfix")
        self._known = orgs
        self._orgs: list[OrgStatus] = []

    def content(self) -> ComposeResult:
        """Name, production orgs, buttons."""
        columns = (Column("", 1), Column("Alias", 14), Column("Name", 0, 2), Column("State", 0, 2))
        empty = "No production org has answered yet. Esc, then o on Home asks the orgs again."
        words = "What is wrong, in a few words:"
        yield from self.asked(words, "name of the hotfix", 80, columns, "Production org", "Create", empty)

    def on_mount(self) -> None:
        """Fills the list, and again as orgs answer."""
        super().on_mount()
        self._fill()
        self.set_interval(_LOOK_SECONDS, self._fill)

    def _fill(self) -> None:
        found = [status for status in self._known() if is_production(status)]
        if found == self._orgs and found:
            return
        self._orgs = found
        rows = ListRows(
            self._orgs,
            lambda status: (
                Toned("●", "good") if status.connected else Toned("✗", "bad"),
                Toned(status.alias, "strong"),
                status.label,
                "connected" if status.connected else Toned(status.error or "no answer", "bad"),
            ),
            lambda status: status.alias,
        )
        self.query_one(VirtualTable).show(rows)

    def picked(self, name: str, key: str | None) -> None:
        """Creates when there is a name and an org."""
        wanted = " ".join(name.split())
        if not wanted:
            self.wrong("A hotfix needs a name.", name=True)
        elif key is None:
            self.wrong("There is no production org to choose.")
        else:
            self.dismiss(NewHotfix(wanted, key))
