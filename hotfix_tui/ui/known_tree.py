"""The chosen data set on the Data tab: a list until production has said where its lookups lead, then a tree."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hotfix_tui.ui import data_sets
from hotfix_tui.ui.data_set_tree import DataSetTree, Node
from hotfix_tui.ui.org_line import OrgLine
from hotfix_tui.ui.text import Cell, Toned
from hotfix_tui.ui.widgets.rows import ListRows
from hotfix_tui.ui.widgets.virtual_table import VirtualTable

if TYPE_CHECKING:
    from textual.message_pump import MessagePump

    from hotfix_tui.data.data_set import DataSet
    from hotfix_tui.salesforce.describe import ObjectDescribe
    from hotfix_tui.salesforce.org import Org
    from hotfix_tui.ui.session import Session

_NONE = "No data set is known: e makes one, or put one into the folder that `hotfix-tui paths` names; then press d."


class KnownTree:
    """`redraw` is called when production has answered. An org that does not answer leaves the list as it is."""

    def __init__(self, session: Session, target: MessagePump, redraw: Callable[[], None]) -> None:
        self._session, self._target, self._redraw = session, target, redraw
        self._line: OrgLine | None = None
        self._asked: tuple[str, float] = ("", 0.0)
        self._model: DataSetTree | None = None

    def close(self) -> None:
        """Nobody waits for the answer any more."""
        if self._line is not None:
            self._line.close()

    def draw(self, table: VirtualTable) -> None:
        """Shows the data set that is chosen now, and asks production about one that is new or was changed."""
        path = data_sets.chosen_data_set(self._session)
        table.empty = _NONE
        if not path:
            table.show(ListRows[str]([], lambda one: (one, "")))
            return
        name, wrong = data_sets.title_of(Path(path))
        table.entitle(f"Data set: {name}")
        table.empty = wrong
        lines = [] if wrong else data_sets.tree(Path(path))
        asked = (path, Path(path).stat().st_mtime)
        if asked != self._asked:
            self._asked, self._model = asked, None
            if not wrong:
                self._ask(asked)
        if self._model is not None:
            table.show(ListRows(self._model.nodes(), self._cells, lambda one: one.path))
        else:
            table.show(ListRows(lines, lambda one: ("  " * one[0] + one[1], Toned(one[2], "dim")), lambda one: one[1]))

    def _cells(self, node: Node) -> tuple[Cell, ...]:
        how = node.link.words() if node.link else "root"
        rows = self._model.rows.get(node.object, "") if self._model else ""
        return ("  " * node.depth + node.object, Toned(f"{rows:>9}  {how}", "dim"))

    def _ask(self, asked: tuple[str, float]) -> None:
        from hotfix_tui.data.data_set_loader import load

        chosen = load(Path(asked[0]))
        self._line = self._line or OrgLine(self._target, self._session.state.production)

        async def ask(org: Org) -> tuple[list[ObjectDescribe], list[str]]:
            return await _known(org, chosen)

        def answered(result: tuple[list[ObjectDescribe], list[str]] | None, error: str) -> None:
            if result is None or error or asked != self._asked:
                return
            model = DataSetTree(chosen)
            model.known = {one.name: one for one in result[0]}
            model.rows = dict(zip(chosen.names, result[1], strict=True))
            if len(model.known) == len(chosen.objects):
                self._model = model
                self._redraw()

        self._line.ask(ask, answered)


async def _known(org: Org, chosen: DataSet) -> tuple[list[ObjectDescribe], list[str]]:
    """The describes of the objects that the org has, and how many rows meet each one's own condition."""
    from hotfix_tui.data.relationships import count_soql
    from hotfix_tui.salesforce.errors import NotFound, SalesforceError

    async def describe(name: str) -> ObjectDescribe | None:
        try:
            return await org.describe(name)
        except NotFound:
            return None

    async def count(soql: str) -> str:
        try:
            return f"{await org.count(soql):,}"
        except SalesforceError:
            return "?"

    described = await asyncio.gather(*(describe(name) for name in chosen.names))
    counts = await asyncio.gather(*(count(count_soql(spec)) for spec in chosen.objects))
    return [one for one in described if one is not None], list(counts)
