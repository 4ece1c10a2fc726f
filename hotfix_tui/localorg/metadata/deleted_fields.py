"""Deleted custom fields: kept with their data for 15 days, and brought back from there by a change in Setup only.

Source: Salesforce Help, "Manage Deleted Custom Fields": a deleted field and its data are stored until they are erased,
after 15 days or by purgeOnDelete, which works outside production only; roll-up summaries are erased at once. The
field's name is free meanwhile; what the deletion took the field off (layouts, permissions) does not come back with it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.clock import api_datetime
from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.localorg.store.database import quoted

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

LINGERS = timedelta(days=15)
_TABLE = """
CREATE TABLE IF NOT EXISTS _deleted_field (
    full_name TEXT NOT NULL COLLATE NOCASE, body BLOB NOT NULL, data TEXT NOT NULL, deleted_at TEXT NOT NULL
)"""


class CannotRestore(ValueError):
    """A field that cannot be brought back, with the reason."""


@dataclass(frozen=True)
class DeletedField:
    """A field as it was: `full_name` is Object.Field, `deleted_at` in REST form, `rows` how many rows had a value."""

    full_name: str
    deleted_at: str
    rows: int


class DeletedFields:
    """The deleted fields of one org."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        self._store = org.store
        self._store.execute(_TABLE)

    def keep(self, field: Component, at: str) -> None:
        """Stores a field that is about to be deleted, with its data. Roll-up summaries are not kept."""
        if xml.text(xml.parse(field.xml), "type") == "Summary":
            return
        data = json.dumps(self._data(field.full_name))
        self._store.execute("INSERT INTO _deleted_field VALUES (?, ?, ?, ?)", (field.full_name, field.xml, data, at))

    def _data(self, full_name: str) -> dict[str, Any]:
        known = self._org.schema.field(full_name)
        owner = self._org.schema.object(full_name.partition(".")[0])
        if known is None or owner is None or known.name not in self._store.columns(owner.name):
            return {}
        column, table = quoted(known.name), quoted(owner.name)
        rows = self._store.rows(f"SELECT Id, {column} FROM {table} WHERE {column} IS NOT NULL")  # noqa: S608
        return {str(row[0]): row[1] for row in rows}

    def all(self) -> list[DeletedField]:
        """What can still be brought back, oldest first; what is over time is erased."""
        limit = api_datetime(self._org.clock.now() - LINGERS)
        self._store.execute("DELETE FROM _deleted_field WHERE deleted_at < ?", (limit,))
        rows = self._store.rows("SELECT full_name, deleted_at, data FROM _deleted_field ORDER BY deleted_at, rowid")
        return [DeletedField(str(name), str(at), len(json.loads(str(data)))) for name, at, data in rows]

    def restore(self, full_name: str, user_id: str) -> None:
        """Brings a field back with the data of the rows that are still there. Raises CannotRestore."""
        found = [item for item in self.all() if item.full_name.lower() == full_name.lower()]
        if not found:
            raise CannotRestore(f"there is no deleted field {full_name}, or it was deleted more than 15 days ago")
        if self._org.components.exists("CustomField", full_name):
            raise CannotRestore(f"there is a field {full_name} again")
        if self._org.schema.object(full_name.partition(".")[0]) is None:
            raise CannotRestore(f"the object of {full_name} is deleted too")
        row = self._store.row(
            "SELECT rowid, body, data FROM _deleted_field WHERE full_name = ? ORDER BY deleted_at DESC, rowid DESC",
            (full_name,),
        )
        if row is None:
            raise CannotRestore(f"there is no deleted field {full_name}")
        with self._org.atomic():
            self._org.components.put("CustomField", found[-1].full_name, {"": bytes(row[1])}, user_id)
            self._fill(found[-1].full_name, json.loads(str(row[2])))
            self._store.execute("DELETE FROM _deleted_field WHERE rowid = ?", (row[0],))

    def _fill(self, full_name: str, data: dict[str, Any]) -> None:
        known = self._org.schema.field(full_name)
        owner = full_name.partition(".")[0]
        if known is None:
            raise CannotRestore(f"{full_name} cannot be made again")
        statement = f"UPDATE {quoted(owner)} SET {quoted(known.name)} = ? WHERE Id = ?"  # noqa: S608
        self._store.executemany(statement, [(value, record_id) for record_id, value in data.items()])
