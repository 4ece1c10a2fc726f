"""The dialog that begins a hotfix: a name, and the production org out of those that are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.widgets import Input

from hotfix_tui.ui.org_rows import is_production
from hotfix_tui.ui.screens.dialogs import Dialog, DialogButton
from hotfix_tui.ui.text import Toned
from hotfix_tui.ui.widgets.bars import Words
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


class NewHotfixDialog(Dialog[NewHotfix | None]):
    """Creating a hotfix writes only its journal on this machine; production is asked for its org id."""

    AUTO_FOCUS = "#name"
    BINDINGS: ClassVar = [
        Binding("escape", "give_up", "Cancel", show=False),
        Binding("enter", "create", "Create", show=False),
    ]

    def __init__(self, orgs: Callable[[], Sequence[OrgStatus]]) -> None:
        super().__init__("New hotfix")
        self._known = orgs
        self._orgs: list[OrgStatus] = []

    def content(self) -> ComposeResult:
        """Name, production orgs, buttons."""
        yield Words("What is wrong, in a few words:")
        yield Input(id="name", placeholder="name of the hotfix", max_length=80)
        yield VirtualTable(
            Column("", 1),
            Column("Alias", 14),
            Column("Name", 0, 2),
            Column("State", 0, 2),
            title="Production org",
            empty="No production org has answered yet. Esc, then o on Home asks the orgs again.",
            id="productions",
        )
        yield Words(id="wrong")
        with Container(id="buttons"):
            yield DialogButton("cancel", "Esc Cancel")
            yield DialogButton("create", "Create")

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

    @on(Input.Submitted)
    def _named(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(VirtualTable).focus()

    def action_create(self) -> None:
        """Enter in the list."""
        self.chosen("create")

    def chosen(self, name: str) -> None:
        """Creates when there is a name and an org."""
        del name
        wanted = " ".join(self.query_one("#name", Input).value.split())
        alias = self.query_one(VirtualTable).key
        if not wanted:
            self.query_one("#wrong", Words).say(Toned("A hotfix needs a name.", "bad"))
            self.query_one("#name", Input).focus()
        elif alias is None:
            self.query_one("#wrong", Words).say(Toned("There is no production org to choose.", "bad"))
        else:
            self.dismiss(NewHotfix(wanted, alias))
