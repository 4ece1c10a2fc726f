"""Step 4: one row an org. What applies is brought there; what differs is shown and left alone."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult

from hotfix_tui.ui.commands import bindings_for, list_bindings
from hotfix_tui.ui.screens.dialogs import ConfirmDialog
from hotfix_tui.ui.screens.row_details import CELLS, cells_of_org
from hotfix_tui.ui.screens.step import StepScreen
from hotfix_tui.ui.text import BREAK, Cell, Toned
from hotfix_tui.ui.widgets.bars import Words
from hotfix_tui.ui.widgets.log_pane import LogPane
from hotfix_tui.ui.widgets.org_board import OrgBoard, OrgRow, Stage
from hotfix_tui.ui.widgets.virtual_table import VirtualTable
from hotfix_tui.ui.words import listed, many


class SyncScreen(StepScreen):
    """The board, the sums and the log."""

    WHERE = "sync"
    STEP = 4
    BINDINGS: ClassVar = [*bindings_for("sync"), *list_bindings()]

    def body(self) -> ComposeResult:
        """The board and the sums."""
        yield OrgBoard(title="Orgs", empty="c compares every other org with the fix.", id="board")
        yield Words(id="sums")

    def org_names(self) -> list[str]:
        """Every org the fix can go to: those that answered, and those that the journal has heard of."""
        state = self.state
        here = {state.production, self.environment}
        known = [one.alias for one in self.hotfix_app.orgs.values() if one.org_id != state.production_id]
        heard = [*state.stages, *(cell.org for cell in state.cells.values()), *state.certified]
        return [org for org in dict.fromkeys([*sorted(known), *heard]) if org not in here]

    def draw(self) -> None:
        """Board and sums."""
        state = self.state
        board = self.query_one(OrgBoard)
        board.tell([self._row(org) for org in self.org_names()])
        cells = list(state.cells.values())
        counts = {kind: sum(cell.cell == kind for cell in cells) for kind in CELLS}
        words: list[Cell] = []
        if cells:
            words = [f"{many(len(cells), 'part')} in all orgs: ", f"{counts['apply']} apply, {counts['new']} new, "]
            words += [f"{counts['same']} same, ", Toned(f"{counts['differs']} differ and are left alone", "warn"), "."]
        self.query_one("#sums", Words).say(*words)

    def _row(self, org: str) -> OrgRow:
        state = self.state
        stages = {name: Stage(one.state, one.detail) for name, one in state.stages.get(org, {}).items()}
        cells = [cell for cell in state.cells.values() if cell.org == org]
        counts = tuple(sum(cell.cell == kind for cell in cells) for kind in CELLS)
        certified = state.certified.get(org)
        status = self.hotfix_app.orgs.get(org)
        kind = status.kind if status else ""
        moving = self._moving(org)
        return OrgRow(org, kind, stages, counts, certified.parity if certified else "", moving)

    def _moving(self, org: str) -> str:
        for deploy in reversed(self.state.deploys.values()):
            if deploy.started.org == org and deploy.finished is None and deploy.progress is not None:
                return f"{deploy.progress.components_done}/{deploy.progress.components_total}"
        return ""

    @property
    def org(self) -> str:
        """The org under the cursor."""
        return self.query_one(OrgBoard).key or ""

    @on(VirtualTable.Highlighted)
    def _moved(self) -> None:
        log = self.query_one(LogPane)
        if log.only and self.org:
            log.show_only(self.org)
        self.draw_keys()

    # -- commands

    def why_not(self, command: str) -> str:
        """What each command needs."""
        if command in ("classify", "start", "finish") and (busy := self.idle()):
            return busy
        if command in ("classify", "start") and not self.org_names():
            return "There is no other org. o on Home asks the orgs again."
        if command == "start" and not self.state.cells:
            return "Compare the orgs first: c. It writes nothing."
        if command == "cells" and not any(cell.org == self.org for cell in self.state.cells.values()):
            return "This org is not compared yet: c compares."
        if command == "finish":
            return "" if self.state.certified else "Sync first: s. A hotfix ends with its certificates."
        return super().why_not(command)

    def do_classify(self) -> None:
        """Compares every other org with the fix."""
        self.post("sync_compare", orgs=self.org_names())

    def do_start(self) -> None:
        """Asks, then syncs."""
        orgs = self.org_names()
        going = [cell for cell in self.state.cells.values() if cell.cell in ("apply", "new")]
        differ = sum(cell.cell == "differs" for cell in self.state.cells.values())
        words: list[Cell] = [
            f"Bring {many(len(going), 'part')} of the fix to {many(len(orgs), 'org')}: {listed(orgs, 8)}.", BREAK,
            f"{many(differ, 'part')} that differ there are left alone.", BREAK, "Production is not written.",
        ]  # fmt: skip

        def answered(yes: bool | None) -> None:
            if yes:
                self.post("sync", orgs=orgs)

        self.app.push_screen(ConfirmDialog("Sync", words, "Sync"), answered)

    def do_cells(self) -> None:
        """Each part of the fix in the chosen org."""
        certified = self.state.certified.get(self.org)
        parity = certified.parity if certified else ""
        self.app.push_screen(cells_of_org(self.org, self.state.cells.values(), parity))

    def do_log_of(self) -> None:
        """The log of all orgs, or of the chosen one."""
        log = self.query_one(LogPane)
        log.show_only("" if log.only else self.org)

    def do_finish(self) -> None:
        """Asks, then ends the hotfix."""
        if self.state.finished is not None:
            self.hotfix_app.go_to(5)
            return
        words = ("The certificates are written down and the hotfix is closed. Its journal stays.",)

        def answered(yes: bool | None) -> None:
            if yes:
                self.post("finish")

        self.app.push_screen(ConfirmDialog("Finish the hotfix", words, "Finish"), answered)

    def redraw(self) -> None:
        """A finished hotfix goes on to its last screen, once."""
        super().redraw()
        if not self.built:
            return
        if self.state.finished is not None and self.state.running == "" and self._asked_to_finish:
            self._asked_to_finish = False
            self.hotfix_app.go_to(5)

    _asked_to_finish = False

    def post(self, kind: str, **args: object) -> bool:
        """Remembers that the end was asked for."""
        self._asked_to_finish = kind == "finish"
        return super().post(kind, **args)

    def failures(self) -> str:
        """Why the last compare or sync did not work."""
        return self.failed("finish", "sync", "sync_compare")

    def hint(self) -> tuple[Cell, ...]:
        """What comes next."""
        if self.state.certified:
            return (Toned("F", "key"), " finishes the hotfix; ", Toned("Enter", "key"), " shows what was left alone.")
        if self.state.cells:
            return (Toned("s", "key"), " brings the fix to every org where it applies.")
        return (Toned("c", "key"), " compares every other org with the fix; it writes nothing.")
