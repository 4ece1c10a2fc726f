"""The recycle bin: what was deleted together, for fifteen days by the org's clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from hotfix_tui.localorg.clock import api_datetime

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

KEPT = timedelta(days=15)
_TABLES = (
    "CREATE TABLE IF NOT EXISTS _bin (deletion TEXT, object TEXT, record_id TEXT PRIMARY KEY, at TEXT, by TEXT)",
    "CREATE TABLE IF NOT EXISTS _bin_link (deletion TEXT, object TEXT, record_id TEXT, field TEXT, target TEXT)",
    "CREATE TABLE IF NOT EXISTS _delete_log (object TEXT, record_id TEXT PRIMARY KEY, at TEXT)",
)


@dataclass(frozen=True)
class Link:
    """A look-up of a record that stayed, to one that was deleted: emptied then, filled again when it comes back."""

    object: str
    record_id: str
    field: str
    target: str


class RecycleBin:
    """The bin of one org. A deletion is named by the Id that was asked to be deleted; details are in it with it.

    What was deleted is in the delete log as well, and stays there when it leaves the bin for good.
    """

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        for table in _TABLES:
            org.store.execute(table)

    def put(self, deletion: str, object: str, record_id: str, at: str, by: str) -> None:
        """Puts a record in."""
        self._org.store.execute(
            "INSERT OR REPLACE INTO _bin VALUES (?, ?, ?, ?, ?)", (deletion, object, record_id, at, by)
        )
        self._org.store.execute("INSERT OR REPLACE INTO _delete_log VALUES (?, ?, ?)", (object, record_id, at))

    def remember(self, deletion: str, link: Link) -> None:
        """Remembers a look-up that the deletion emptied."""
        values = (deletion, link.object, link.record_id, link.field, link.target)
        self._org.store.execute("INSERT INTO _bin_link VALUES (?, ?, ?, ?, ?)", values)

    def deletion_of(self, record_id: str) -> str | None:
        """The deletion that put a record here; None when it is not here, or not any longer."""
        self.expire()
        found = self._org.store.value("SELECT deletion FROM _bin WHERE record_id = ?", (record_id,))
        return None if found is None else str(found)

    def records(self, deletion: str) -> list[tuple[str, str]]:
        """Object and Id of what a deletion put here."""
        found = self._org.store.rows(
            "SELECT object, record_id FROM _bin WHERE deletion = ? ORDER BY rowid", (deletion,)
        )
        return [(str(row[0]), str(row[1])) for row in found]

    def links(self, deletion: str) -> list[Link]:
        """The look-ups a deletion emptied."""
        sql = "SELECT object, record_id, field, target FROM _bin_link WHERE deletion = ? ORDER BY rowid"
        return [Link(*row) for row in self._org.store.rows(sql, (deletion,))]

    def deleted(self, object: str, start: str, end: str) -> list[tuple[str, str]]:
        """Id and time of the records of an object that were deleted from `start` on, before `end`, and still are."""
        found = self._org.store.rows(
            "SELECT record_id, at FROM _delete_log WHERE object = ? AND at >= ? AND at < ? ORDER BY at, rowid",
            (object, start, end),
        )
        return [(str(row[0]), str(row[1])) for row in found]

    def give_back(self, deletion: str) -> None:
        """Takes a deletion out whose records are back."""
        for _, record_id in self.records(deletion):
            self._org.store.execute("DELETE FROM _delete_log WHERE record_id = ?", (record_id,))
        self._forget(deletion)

    def _forget(self, deletion: str) -> None:
        for table in ("_bin", "_bin_link"):
            self._org.store.execute(f"DELETE FROM {table} WHERE deletion = ?", (deletion,))  # noqa: S608

    def purge(self, deletion: str) -> None:
        """Deletes what a deletion put here for good."""
        with self._org.store.transaction():
            for name, record_id in self.records(deletion):
                owner = self._org.schema.object(name)
                if owner is not None:
                    self._org.store.execute(f'DELETE FROM "{owner.name}" WHERE Id = ?', (record_id,))  # noqa: S608
            self._forget(deletion)

    def expire(self) -> None:
        """Deletes for good what has been here too long."""
        limit = api_datetime(self._org.clock.now() - KEPT)
        for deletion in self._older(limit):
            self.purge(deletion)

    def _older(self, limit: str) -> Sequence[str]:
        found = self._org.store.rows("SELECT DISTINCT deletion FROM _bin WHERE at <= ?", (limit,))
        return [str(row[0]) for row in found]
