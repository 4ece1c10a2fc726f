"""The end: who has the fix, who has it with exceptions, and everything that was left alone."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult

from hotfix_tui.events.sync import CellClassified, OrgCertified
from hotfix_tui.ui.commands import bindings_for, list_bindings
from hotfix_tui.ui.screens.dialogs import DetailDialog
from hotfix_tui.ui.screens.row_details import cells_of_org, sentences
from hotfix_tui.ui.screens.step import StepScreen
from hotfix_tui.ui.text import Cell, Toned
from hotfix_tui.ui.widgets.bars import Words
from hotfix_tui.ui.widgets.rows import ListRows
from hotfix_tui.ui.widgets.virtual_table import Column, VirtualTable
from hotfix_tui.ui.words import listed, many

PARITY = {
    "yes": ("✓ parity", "good"),
    "exceptions": ("~ parity with exceptions", "warn"),
    "no": ("✗ no parity", "bad"),
}


def certificate_cells(one: OrgCertified) -> tuple[Cell, ...]:
    """One org's certificate."""
    words, tone = PARITY.get(one.parity, (one.parity, ""))
    failed: Cell = Toned(str(one.failed), "bad") if one.failed else "0"
    return (Toned(one.org, "strong"), Toned(words, tone), str(one.applied), str(one.left), failed, one.detail)


def cell_key(cell: CellClassified) -> str:
    """What names a part of the fix in one org."""
    return f"{cell.org}/{cell.part}/{cell.type}/{cell.name}"


class FinishedScreen(StepScreen):
    """Certificates above, what was left alone below."""

    WHERE = "finished"
    STEP = 5
    BINDINGS: ClassVar = [*bindings_for("finished"), *list_bindings()]

    def body(self) -> ComposeResult:
        """The sums and both lists."""
        yield Words(id="ended")
        yield VirtualTable(
            Column("Org", 12), Column("Certificate", 25), Column("Applied", 7, right=True),
            Column("Left", 5, right=True), Column("Failed", 6, right=True), Column("", 0),
            title="Certificates", empty="No other org was synced.", id="certificates",
        )  # fmt: skip
        yield VirtualTable(
            Column("Org", 12), Column("Part of the fix", 0, 3), Column("Kind", 18),
            Column("Why it was left alone", 0, 4),
            title="Left alone", empty="Nothing was left alone.", id="left",
        )  # fmt: skip

    def draw(self) -> None:
        """Both lists."""
        state = self.state
        done = state.finished
        words: list[Cell] = [Toned("The hotfix is finished. ", "good" if done else "dim")]
        if done is not None:
            words.append(f"Certified: {listed(done.certified, 8) or 'none'}. ")
            words.append(Toned(f"With exceptions: {listed(done.exceptions, 8)}.", "warn") if done.exceptions else "")
        self.query_one("#ended", Words).say(*[word for word in words if word])
        certificates = self.query_one("#certificates", VirtualTable)
        certificates.show(ListRows(list(state.certified.values()), certificate_cells, lambda one: one.org))
        left = [cell for cell in state.cells.values() if cell.cell == "differs"]
        table = self.query_one("#left", VirtualTable)
        table.entitle(f"Left alone ({many(len(left), 'part')})")
        table.show(ListRows(left, lambda cell: (cell.org, cell.name, cell.type, cell.reason), cell_key))

    def why_not(self, command: str) -> str:
        """A detail needs a row."""
        if command == "open_cell" and not self.state.cells:
            return "No other org was compared with the fix."
        return super().why_not(command)

    def do_open_cell(self) -> None:
        """An org's parts of the fix, or why one part was left alone."""
        if self.focused is not None and self.focused.id == "certificates":
            org = self.query_one("#certificates", VirtualTable).key or ""
            certified = self.state.certified.get(org)
            parity = certified.parity if certified else ""
            self.app.push_screen(cells_of_org(org, self.state.cells.values(), parity))
            return
        key = self.query_one("#left", VirtualTable).key
        cell = next((cell for cell in self.state.cells.values() if cell_key(cell) == key), None)
        if cell is not None:
            self.app.push_screen(cell_detail(cell))

    def do_back_home(self) -> None:
        """Home."""
        self.hotfix_app.go_home()

    def hint(self) -> tuple[Cell, ...]:
        """What comes next."""
        return (Toned("Esc", "key"), " goes back to Home. The journal keeps everything that was done.")


def cell_detail(cell: CellClassified) -> DetailDialog:
    """One part of the fix in one org, in full."""
    parts = [("Org", cell.org), (cell.part.capitalize(), cell.name), ("Kind", cell.type), ("State", cell.cell)]
    return sentences(f"{cell.org}: {cell.name}", [*parts, ("Why", cell.reason)])
