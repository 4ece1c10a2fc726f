"""What the screen of a data set stands on: the state being changed, and the org that is asked about it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from hotfix_tui.ui.data_set_tree import DataSetTree, Node
from hotfix_tui.ui.org_line import OrgLine
from hotfix_tui.ui.org_rows import is_production
from hotfix_tui.ui.screens.base import BaseScreen
from hotfix_tui.ui.widgets.bars import HeaderBar
from hotfix_tui.ui.widgets.virtual_table import VirtualTable

if TYPE_CHECKING:
    from hotfix_tui.data.data_set import DataSet, ObjectSpec
    from hotfix_tui.salesforce.describe import ObjectDescribe
    from hotfix_tui.salesforce.org import Org
    from hotfix_tui.ui.app import HotfixApp


def told(header: HeaderBar, app: HotfixApp, what: str, alias: str, state: str = "") -> None:
    """The header: what is shown, and the org whose objects they are; production by name."""
    status = app.orgs.get(alias)
    production = status is not None and is_production(status)
    where = "" if production else f"objects of {alias}" if alias else "no org known"
    header.tell(what, " · ".join(one for one in (state, where) if one), alias if production else "", "")


class DataSetBase(BaseScreen):
    """`changed`: the data set is not on disk as it is. `line` is None when no org is known."""

    def __init__(self, data_set: DataSet, alias: str, *, changed: bool) -> None:
        super().__init__()
        self.model = DataSetTree(data_set)
        self.alias = alias
        self.changed = changed
        self.asking = 0
        self.trouble = ""
        self.line: OrgLine | None = None

    def on_unmount(self) -> None:
        """Nobody waits for answers any more."""
        if self.line is not None:
            self.line.close()

    def ask(self, make: Callable[[Org], Coroutine[Any, Any, Any]], then: Callable[[Any], None]) -> None:
        """Asks on the line; an error is said."""
        if self.line is None:
            return
        self.asking += 1

        def answered(result: Any, error: str) -> None:
            self.asking -= 1
            if not self.is_mounted:
                return
            self.trouble = error
            if not error:
                then(result)
            self.redraw()

        self.line.ask(make, answered)
        self.redraw()

    def learn(self, names: tuple[str, ...], then: Callable[[], None]) -> None:
        """Describes objects that are not known, then goes on; one that the org does not have is left unknown."""
        wanted = [name for name in names if name not in self.model.known]
        if not wanted and self.model.writable:
            then()
            return

        async def describe(org: Org) -> tuple[list[ObjectDescribe], frozenset[str]]:
            from hotfix_tui.salesforce.errors import NotFound

            found = []
            for name in wanted:
                try:
                    found.append(await org.describe(name))
                except NotFound:
                    continue
            known = self.model.writable or frozenset(
                one.name for one in (await org.describe_global()).values() if one.createable and one.queryable
            )
            return found, known

        def learned(result: tuple[list[ObjectDescribe], frozenset[str]]) -> None:
            self.model.known |= {one.name: one for one in result[0]}
            self.model.writable = result[1]
            then()

        self.ask(describe, learned)

    @property
    def node(self) -> Node | None:
        """The line under the cursor."""
        return self.model.node(self.query_one("#data-set-tree", VirtualTable).key)

    @property
    def spec(self) -> ObjectSpec | None:
        """The data set's part for the object under the cursor."""
        node = self.node
        return self.model.spec(node.object) if node is not None and node.chosen else None

    def change(self, data_set: DataSet) -> None:
        """Takes another state of the data set."""
        if data_set != self.model.data_set:
            self.model.data_set, self.changed = data_set, True
        self.redraw()

    def change_spec(self, spec: ObjectSpec) -> None:
        """Takes another state of one object."""
        from hotfix_tui.data.relationships import with_spec

        self.change(with_spec(self.model.data_set, spec))

    def count(self, name: str) -> None:
        """Has the org count the rows of an object that meet its condition, or say what is wrong with that."""
        from hotfix_tui.data.relationships import count_soql

        spec = self.model.spec(name)
        if spec is None or name not in self.model.known:
            return

        async def count(org: Org) -> tuple[str, str]:
            from hotfix_tui.salesforce.errors import SalesforceError

            try:
                return f"{await org.count(count_soql(spec)):,}", ""
            except SalesforceError as error:
                return "error", " ".join(str(error).split())

        def counted(result: tuple[str, str]) -> None:
            self.model.rows[name], self.model.rows[f"{name}!"] = result

        self.ask(count, counted)
