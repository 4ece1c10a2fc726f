"""Home: every hotfix with its state, what was left off, and the orgs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult

from hotfix_tui.ui import background, org_rows
from hotfix_tui.ui.commands import bindings_for, list_bindings
from hotfix_tui.ui.screens.home_rows import HomeRow, HotfixesListed, list_in_background
from hotfix_tui.ui.screens.new_hotfix import NewHotfix, NewHotfixDialog
from hotfix_tui.ui.screens.org_logins import OrgLogins
from hotfix_tui.ui.screens.row_details import sentences
from hotfix_tui.ui.screens.typed import TwoSidesDialog
from hotfix_tui.ui.widgets.bars import HeaderBar
from hotfix_tui.ui.widgets.rows import ListRows
from hotfix_tui.ui.widgets.virtual_table import Column, VirtualTable
from hotfix_tui.ui.words import many

REFRESH = 1.0
"""Seconds between two looks at the journals while Home is shown."""


class HomeScreen(OrgLogins):
    """The first screen."""

    WHERE = "home"
    HAS_LOG = False
    BINDINGS: ClassVar = [*bindings_for("home"), *list_bindings()]

    def __init__(self) -> None:
        super().__init__()
        self.rows: Sequence[HomeRow] = []
        self._listing = False
        self._listed = False
        self._creating = False

    def body(self) -> ComposeResult:
        """Hotfixes above, orgs below."""
        yield VirtualTable(
            Column("", 1),
            Column("Hotfix", 7),
            Column("Name", 0, 3),
            Column("Step", 13),
            Column("State", 0, 3),
            Column("Last", 6, right=True),
            title="Hotfixes",
            empty="No hotfix yet. n begins one.",
            id="hotfixes",
        )
        yield VirtualTable(*org_rows.COLUMNS, title="Orgs", empty="Asking the orgs …", id="orgs")

    def on_mount(self) -> None:
        """Looks at the journals now and every second."""
        super().on_mount()
        self._look()
        self.set_interval(REFRESH, self._look)

    def _look(self) -> None:
        if self.is_active and not self._listing:
            self._listing = True
            list_in_background(self)

    def on_screen_resume(self) -> None:
        """Back from a hotfix: looks again."""
        super().on_screen_resume()
        self._look()

    def on_hotfixes_listed(self, event: HotfixesListed) -> None:
        """The journals as they are."""
        self._listing = False
        if event.error:
            self.flash(event.error, "bad")
            return
        self.rows, self._listed = event.rows, True
        self.redraw()

    def draw_header(self) -> None:
        """What this is."""
        self.query_one(HeaderBar).tell("hotfix-tui  Salesforce hotfixes", "", "", "")

    def draw(self) -> None:
        """Both lists."""
        table = self.query_one("#hotfixes", VirtualTable)
        table.empty = "No hotfix yet. n begins one." if self._listed else "Reading the journals …"
        table.show(ListRows(self.rows, lambda row: row.cells, lambda row: row.key))
        app = self.hotfix_app
        orgs = self.query_one("#orgs", VirtualTable)
        if app.survey_error:
            orgs.empty = f"The orgs cannot be asked: {app.survey_error} o asks again."
        else:
            orgs.empty = "Asking the orgs …" if app.surveying else "No org is known. hotfix-tui demo starts some."
        orgs.entitle("Orgs  asking …" if app.surveying else "Orgs")
        known = sorted(app.orgs.values(), key=lambda status: (not org_rows.is_production(status), status.alias))
        orgs.show(ListRows(known, org_rows.org_cells, lambda status: status.alias))

    # -- commands

    @property
    def row(self) -> HomeRow | None:
        """The chosen hotfix."""
        key = self.query_one("#hotfixes", VirtualTable).key
        return next((row for row in self.rows if row.key == key), None)

    def why_not(self, command: str) -> str:
        """Open and restore need a hotfix to do it to."""
        if command == "open" and self.row is None and not self._in_orgs:
            return "There is no hotfix to open. n begins one."
        if command == "restore" and not self._off():
            return "No automation is off, and no permission set assigned, because of a hotfix."
        if command == "log_out":
            return self.why_not_log_out()
        if command == "new" and self._creating:
            return "A hotfix is being created."
        return ""

    @property
    def _in_orgs(self) -> bool:
        return self.focused is not None and self.focused.id == "orgs"

    def _off(self) -> list[HomeRow]:
        return [row for row in self.rows if row.kind == "off"]

    def do_open(self) -> None:
        """Opens the chosen hotfix; with the orgs in use, says how the chosen org is."""
        if self._in_orgs:
            self.describe_org()
            return
        row = self.row
        if row is None:
            return
        if row.kind == "broken":
            self.app.push_screen(sentences("This hotfix cannot be opened", [("Why", row.sentence)]))
        else:
            self.hotfix_app.open_hotfix(row.hotfix)

    def do_data_sets(self) -> None:
        """All data sets on this machine."""
        from hotfix_tui.ui.screens.data_sets import DataSetsScreen

        self.app.push_screen(DataSetsScreen())

    def do_restore(self) -> None:
        """Restores the chosen hotfix's automations, else those of all."""
        chosen = self.row
        rows = [chosen] if chosen is not None and chosen.kind == "off" else self._off()
        for row in rows:
            self.hotfix_app.restore(row.hotfix)
        self.flash(f"Restoring what was left by {many(len(rows), 'hotfix', 'hotfixes')} …", "warn")

    def do_orgs(self) -> None:
        """Goes to the orgs and asks them again."""
        self.query_one("#orgs", VirtualTable).focus()
        self.hotfix_app.survey()

    def do_new(self) -> None:
        """Asks for name and production, then creates the hotfix in the background."""
        self.app.push_screen(NewHotfixDialog(lambda: list(self.hotfix_app.orgs.values())), self._named)

    def do_compare(self) -> None:
        """Asks which two, then compares them."""
        orgs = sorted(self.hotfix_app.orgs.values(), key=lambda one: (not org_rows.is_production(one), one.rank))
        aliases = [one.alias for one in orgs]
        first, second = [*aliases, "", ""][:2]

        def chosen(pair: tuple[str, str] | None) -> None:
            if pair is not None:
                self.hotfix_app.compare(*pair)

        self.app.push_screen(TwoSidesDialog(aliases, first, second), chosen)

    def _named(self, new: NewHotfix | None) -> None:
        if new is None:
            return
        from hotfix_tui.hotfix.client import create

        self._creating = True
        self.flash(f"Connecting to {new.production} …")
        background.call(self.app, lambda: create(new.name, new.production), self._created)

    def _created(self, hotfix: object, error: str) -> None:
        self._creating = False
        if error:
            self.flash(error, "bad")
        else:
            self.hotfix_app.open_hotfix(str(hotfix))

    @on(VirtualTable.Highlighted)
    def _moved(self) -> None:
        self.draw_keys()

    def do_back(self) -> None:
        """Esc: closes what is open."""
        self.close_what_is_open()
