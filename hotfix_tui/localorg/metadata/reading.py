"""What components an org has, read from its SQLite file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hotfix_tui.localorg.metadata import bodies, expand
from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.localorg.metadata.flows import FlowVersions, version_of
from hotfix_tui.localorg.metadata.types import metadata_types

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_COLUMNS = "type, full_name, id, created_by, created_at, modified_by, modified_at"


class ComponentReader:
    """Components by type and full name; see ComponentStore."""

    def __init__(self, org: LocalOrg, flows: FlowVersions) -> None:
        self._store = org.store
        self.flows = flows

    def get(self, type_name: str, full_name: str) -> Component | None:
        """One component, children apart; None when the org has none of this name. `Name-5` is a flow's version 5."""
        if type_name == "Flow" and version_of(full_name)[1]:
            return self.flows.as_component(full_name)
        row = self._store.row(
            f"SELECT {_COLUMNS}, files FROM _component WHERE type = ? AND full_name = ?",  # noqa: S608
            (type_name, full_name),
        )
        return self._component(row) if row else None

    def kept(self, type_name: str, full_name: str) -> tuple[Component, Sequence[bodies.Deflated]] | None:
        """A component whose files are not inflated, and the files; None when the org has none of this name."""
        sql = f"SELECT {_COLUMNS}, NULL, files FROM _component WHERE type = ? AND full_name = ?"  # noqa: S608
        row = self._store.row(sql, (type_name, full_name))
        return (self._component(row), list(bodies.deflated_in(row[8]))) if row else None

    def list(self, type_name: str) -> list[Component]:
        """Every component of a type, by full name, with its files."""
        rows = self._store.rows(
            f"SELECT {_COLUMNS}, files FROM _component WHERE type = ? ORDER BY full_name",  # noqa: S608
            (type_name,),
        )
        return [self._component(row) for row in rows]

    def each(self, type_name: str) -> Iterator[Component]:
        """As `list`, but one by one: all files of a type may be more than fits into memory."""
        names = [item.full_name for item in self.properties(type_name)]
        return (found for name in names if (found := self.get(type_name, name)) is not None)

    def properties(self, type_name: str) -> Sequence[Component]:
        """As `list`, without the files."""
        rows = self._store.rows(
            f"SELECT {_COLUMNS} FROM _component WHERE type = ? ORDER BY full_name",  # noqa: S608
            (type_name,),
        )
        return [self._component((*row, None)) for row in rows]

    def children(self, parent_type: str, parent_name: str) -> Sequence[Component]:
        """The children of a parent, of all child types, by type and full name."""
        rows = self._store.rows(
            f"SELECT {_COLUMNS}, files FROM _component WHERE parent = ? ORDER BY type, full_name",  # noqa: S608
            (f"{parent_type}:{parent_name}",),
        )
        return [self._component(row) for row in rows]

    def parents(self, parent_type: str) -> set[str]:
        """The names of parents of this type that have children here, own part or not."""
        rows = self._store.rows("SELECT DISTINCT parent FROM _component WHERE parent LIKE ?", (f"{parent_type}:%",))
        return {str(row[0]).partition(":")[2] for row in rows}

    def exists(self, type_name: str, full_name: str) -> bool:
        """Whether the org has the component."""
        if type_name == "Flow" and version_of(full_name)[1]:
            return self.flows.as_component(full_name) is not None
        return bool(
            self._store.value("SELECT 1 FROM _component WHERE type = ? AND full_name = ?", (type_name, full_name))
        )

    def id_of(self, type_name: str, full_name: str) -> str:
        """The component's id; "" when the org has none of this name."""
        found = self._store.value("SELECT id FROM _component WHERE type = ? AND full_name = ?", (type_name, full_name))
        return str(found or "")

    def by_id(self, component_id: str) -> Component | None:
        """The component with this 15- or 18-character id."""
        row = self._store.row(
            f"SELECT {_COLUMNS}, files FROM _component WHERE substr(id, 1, 15) = ?",  # noqa: S608
            (component_id[:15],),
        )
        return self._component(row) if row else None

    def types(self) -> set[str]:
        """The types the org has components of."""
        return {str(row[0]) for row in self._store.rows("SELECT DISTINCT type FROM _component")}

    def whole(self, type_name: str, full_name: str) -> dict[str, bytes]:
        """The component's files as a package carries them: a parent with all its children, {} when there is none."""
        own = self.get(type_name, full_name)
        found = metadata_types().types.get(type_name)
        if found is None or not found.children or found.bundle:
            return dict(own.files) if own else {}
        children = self.children(type_name, full_name)
        if own is None and not children:
            return {}
        return expand.whole_file(type_name, full_name, own, children)

    @staticmethod
    def _component(row: tuple[object, ...]) -> Component:
        values = [str(value) for value in row[:7]]
        return Component(
            type=values[0],
            full_name=values[1],
            files={} if row[7] is None else bodies.unpack(row[7]),  # type: ignore[arg-type]
            id=values[2],
            created_by=values[3],
            created_at=values[4],
            modified_by=values[5],
            modified_at=values[6],
        )
