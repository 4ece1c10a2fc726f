"""Deleting into the recycle bin, and taking out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.people.permission_records import check_delete
from hotfix_tui.localorg.records import rules
from hotfix_tui.localorg.records.formulas import RecordContext
from hotfix_tui.localorg.records.outcome import SaveOutcome, refused
from hotfix_tui.localorg.records.recycle_bin import Link
from hotfix_tui.localorg.records.standard import after_removal
from hotfix_tui.localorg.schema.model import ChildRelationship, Field, SObject
from hotfix_tui.localorg.store.ids import to_18

if TYPE_CHECKING:
    from hotfix_tui.localorg.records.saving import Saver


class Remover:
    """Deletes and undeletes for a Saver's user; raises SaveRefused."""

    def __init__(self, saver: Saver) -> None:
        self.saver = saver
        self.org = saver.org
        self.bin = saver.org.recycle_bin

    def delete(self, record_id: str, *, forever: bool = False) -> SaveOutcome:
        """Deletes a record, its details and what cascades; look-ups to it are cleared, restricting ones refuse.

        `forever`: it does not go into the recycle bin, nor does what cascades.
        """
        self.saver.subject = record_id
        owner = self._owner(record_id)
        if "delete" not in owner.flags:
            raise refused("INSUFFICIENT_ACCESS_OR_READONLY", f"entity type {owner.name} does not support delete")
        self.saver.guard.may_delete(owner)
        row = self.saver.existing(owner, record_id)
        self.saver.guard.row(owner, row)
        check_delete(self.org, owner, row)
        if owner.name == "Pricebook2" and row.get("IsStandard"):
            raise refused("INSUFFICIENT_ACCESS_OR_READONLY", "The standard price book cannot be deleted")
        self._take(owner, row, row["Id"])
        if forever:
            self.bin.purge(row["Id"])
        return SaveOutcome(row["Id"], True)

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
            self.bin.put(deletion, owner.name, row["Id"], self.saver.now, self.saver.user_id)
        after_removal(self.org, owner.name, row)
        if deletion == row["Id"]:
            self.saver.check_masters(owner, row)
        self.saver.firing.save("delete", context)

    def _children(self, owner: SObject, record_id: str, deletion: str) -> None:
        for relation in self.org.schema.children_of(owner.name):
            child = self.org.schema.require(relation.child)
            if child.api == "tooling" or not relation.field.column or not relation.field.createable:
                continue
            rows = self._hanging(relation, child, record_id)
            if not rows:
                continue
            constraint = relation.field.delete_constraint
            holding = self._holding(relation, child, rows) if constraint == "Restrict" else []
            if holding:
                text = (
                    f"Your attempt to delete {owner.label} could not be completed because it is associated with the"
                    f" following {child.plural}.: {', '.join(holding)}\n"
                )
                raise refused("DELETE_FAILED", text)
            for child_id in rows:
                if constraint in ("Cascade", "Restrict"):
                    found = self.org.store.get(child.name, child_id)
                    if found is not None and not found.get("IsDeleted"):
                        self._take(child, found, deletion)
                elif relation.field.nillable:
                    self.org.store.update_row(child.name, child_id, {relation.field.name: None})
                    self.bin.remember(deletion, Link(child.name, child_id, relation.field.name, record_id))

    def _holding(self, relation: ChildRelationship, child: SObject, rows: list[str]) -> list[str]:
        """The children that do not let go: all of them, but of contracts and orders only those that are activated.

        Describe calls those both cascading and restricting; drafts are deleted with their account.
        """
        if "cascadeDelete" not in relation.field.described:
            return rows
        found = (self.org.store.get(child.name, each) or {} for each in rows)
        return [str(row["Id"]) for row in found if row.get("StatusCode") == "Activated"]

    def _hanging(self, relation: ChildRelationship, child: SObject, record_id: str) -> list[str]:
        live = " AND IsDeleted = 0" if child.field("IsDeleted") else ""
        found = self.org.store.rows(
            f'SELECT Id FROM "{child.name}" WHERE "{relation.field.name}" = ?{live} ORDER BY rowid',  # noqa: S608
            (record_id,),
        )
        return [row[0] for row in found]

    def undelete(self, record_id: str) -> SaveOutcome:
        """Brings a record and what was deleted with it back: the same Ids, and the look-ups that were emptied."""
        record_id = to_18(record_id) or record_id
        self.saver.subject = record_id
        owner = self._owner(record_id)
        if self.bin.deletion_of(record_id) != record_id:
            raise refused("UNDELETE_FAILED", "Entity is not in the recycle bin")
        if "undelete" not in owner.flags:
            raise refused("UNDELETE_FAILED", f"entity type {owner.name} does not support undelete")
        self.saver.guard.may_delete(owner)
        taken = self.bin.records(record_id)
        together = {each for _, each in taken}
        for name, each in taken:
            target = self.org.schema.object(name)
            if target is not None:
                self._restore(target, self.org.store.get(target.name, each) or {}, together)
        for link in self.bin.links(record_id):
            self._fill(link)
        self.bin.give_back(record_id)
        return SaveOutcome(record_id, True)

    def _restore(self, owner: SObject, row: dict[str, Any], together: set[str]) -> None:
        self.org.records.storage.claim(owner)
        values: dict[str, Any] = {"IsDeleted": 0, "SystemModstamp": self.saver.now}
        for field in owner.stored_fields():
            parent = row.get(field.name)
            if field.type != "reference" or parent is None or parent in together or self._lives(field, str(parent)):
                continue
            if field.delete_constraint == "Cascade":
                raise refused("UNDELETE_FAILED", f"{field.label}: the parent record {parent} is deleted", field.name)
            if field.createable and field.nillable:
                values[field.name] = None
        rules.unique(self.org, owner, {**row, **values})
        self.org.store.update_row(owner.name, row["Id"], values)
        after_removal(self.org, owner.name, row)
        self.saver.firing.save("undelete", RecordContext(self.org, owner, {**row, **values}))

    def _lives(self, field: Field, parent: str) -> bool:
        """Whether what a reference points at is there; what is not kept as rows is."""
        owner = self.org.schema.object_of_id(parent)
        if owner is None or owner.name not in field.reference_to:
            return True
        found = self.org.store.get(owner.name, parent)
        return found is not None and not found.get("IsDeleted")

    def _fill(self, link: Link) -> None:
        """Fills a look-up again, unless its record is gone or points elsewhere by now."""
        owner = self.org.schema.object(link.object)
        row = self.org.store.get(owner.name, link.record_id) if owner else None
        if owner is None or row is None or row.get("IsDeleted") or row.get(link.field) is not None:
            return
        if owner.field(link.field) is not None:
            self.org.store.update_row(owner.name, link.record_id, {link.field: link.target})

    def purge(self, record_id: str) -> SaveOutcome:
        """Takes a record, and what was deleted with it, out of the bin for good."""
        record_id = to_18(record_id) or record_id
        self.saver.subject = record_id
        self._owner(record_id)
        if self.bin.deletion_of(record_id) != record_id:
            raise refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        self.bin.purge(record_id)
        return SaveOutcome(record_id, True)
