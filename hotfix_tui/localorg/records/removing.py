"""Deleting into the recycle bin, and taking out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.records.formulas import RecordContext
from hotfix_tui.localorg.records.outcome import SaveOutcome, refused
from hotfix_tui.localorg.schema.model import ChildRelationship, SObject
from hotfix_tui.localorg.store.ids import to_18

if TYPE_CHECKING:
    from hotfix_tui.localorg.records.saving import Saver

_TABLE = """
CREATE TABLE IF NOT EXISTS _bin (deletion TEXT, object TEXT, record_id TEXT PRIMARY KEY, at TEXT, by TEXT)
"""


class Remover:
    """Deletes and undeletes for a Saver's user; raises SaveRefused."""

    def __init__(self, saver: Saver) -> None:
        self.saver = saver
        self.org = saver.org
        self.org.store.execute(_TABLE)

    def delete(self, record_id: str, *, forever: bool = False) -> SaveOutcome:
        """Deletes a record, its details and what cascades; look-ups to it are cleared, restricting ones refuse.

        `forever`: it does not go into the recycle bin, nor does what cascades.
        """
        self.saver.subject = record_id
        owner = self._owner(record_id)
        if "delete" not in owner.flags:
            raise refused("INSUFFICIENT_ACCESS_OR_READONLY", f"entity type {owner.name} does not support delete")
        row = self.saver.existing(owner, record_id)
        if owner.name == "Pricebook2" and row.get("IsStandard"):
            raise refused("INSUFFICIENT_ACCESS_OR_READONLY", "The standard price book cannot be deleted")
        self._take(owner, row, row["Id"])
        if forever:
            self._empty(row["Id"])
        return SaveOutcome(row["Id"], True)

    def _empty(self, deletion: str) -> None:
        """Takes what one deletion put into the recycle bin out of the org."""
        for name, record_id in self.org.store.rows(
            "SELECT object, record_id FROM _bin WHERE deletion = ?", (deletion,)
        ):
            self.org.store.execute(f'DELETE FROM "{name}" WHERE Id = ?', (record_id,))  # noqa: S608
        self.org.store.execute("DELETE FROM _bin WHERE deletion = ?", (deletion,))

    def _owner(self, record_id: str) -> SObject:
        if to_18(record_id) is None:
            raise refused("MALFORMED_ID", f"malformed id {record_id}")
        owner = self.org.schema.object_of_id(record_id)
        if owner is None:
            raise refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        return owner

    def _take(self, owner: SObject, row: dict[str, Any], deletion: str) -> None:
        context = RecordContext(self.org, owner, row, row, self.saver.user_id)
        self._children(owner, row["Id"], deletion)
        if owner.field("IsDeleted") is None:
            self.org.store.execute(f'DELETE FROM "{owner.name}" WHERE Id = ?', (row["Id"],))  # noqa: S608
        else:
            stamps = {"IsDeleted": 1, "SystemModstamp": self.saver.now}
            stamps.update(LastModifiedDate=self.saver.now, LastModifiedById=self.saver.user_id)
            known = {name: value for name, value in stamps.items() if owner.field(name)}
            self.org.store.update_row(owner.name, row["Id"], known)
            self.org.store.execute(
                "INSERT OR REPLACE INTO _bin VALUES (?, ?, ?, ?, ?)",
                (deletion, owner.name, row["Id"], self.saver.now, self.saver.user_id),
            )
        self.saver.firing.save("delete", context)

    def _children(self, owner: SObject, record_id: str, deletion: str) -> None:
        for relation in self.org.schema.children_of(owner.name):
            child = self.org.schema.require(relation.child)
            if child.api == "tooling" or not relation.field.column or not relation.field.createable:
                continue
            rows = self._hanging(relation, child, record_id)
            if not rows:
                continue
            if relation.field.delete_constraint == "Restrict":
                text = (
                    f"Your attempt to delete {owner.label} could not be completed because it is associated with the"
                    f" following {child.plural}.: {', '.join(rows)}\n"
                )
                raise refused("DELETE_FAILED", text)
            for child_id in rows:
                if relation.field.delete_constraint == "Cascade":
                    found = self.org.store.get(child.name, child_id)
                    if found is not None and not found.get("IsDeleted"):
                        self._take(child, found, deletion)
                elif relation.field.nillable:
                    self.org.store.update_row(child.name, child_id, {relation.field.name: None})

    def _hanging(self, relation: ChildRelationship, child: SObject, record_id: str) -> list[str]:
        live = " AND IsDeleted = 0" if child.field("IsDeleted") else ""
        found = self.org.store.rows(
            f'SELECT Id FROM "{child.name}" WHERE "{relation.field.name}" = ?{live} ORDER BY rowid',  # noqa: S608
            (record_id,),
        )
        return [row[0] for row in found]

    def undelete(self, record_id: str) -> SaveOutcome:
        """Brings a record and what was deleted with it back, under the same Ids."""
        record_id = to_18(record_id) or record_id
        self.saver.subject = record_id
        owner = self._owner(record_id)
        if self.org.store.value("SELECT deletion FROM _bin WHERE record_id = ?", (record_id,)) is None:
            raise refused("UNDELETE_FAILED", "Entity is not in the recycle bin")
        if "undelete" not in owner.flags:
            raise refused("UNDELETE_FAILED", f"entity type {owner.name} does not support undelete")
        taken = self.org.store.rows("SELECT object, record_id FROM _bin WHERE deletion = ?", (record_id,))
        for name, each in taken or [(owner.name, record_id)]:
            target = self.org.schema.object(name)
            if target is not None:
                values = {"IsDeleted": 0, "SystemModstamp": self.saver.now}
                self.org.store.update_row(target.name, each, values)
                context = RecordContext(self.org, target, self.org.store.get(target.name, each) or {})
                self.saver.firing.save("undelete", context)
        self.org.store.execute("DELETE FROM _bin WHERE deletion = ? OR record_id = ?", (record_id, record_id))
        return SaveOutcome(record_id, True)
