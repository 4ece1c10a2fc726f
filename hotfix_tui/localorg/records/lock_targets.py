"""Which rows a write locks: the row itself, its masters, and the parents that Salesforce guards against deletion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.records.locks import Targets
from hotfix_tui.localorg.records.outcome import SaveRefused
from hotfix_tui.localorg.records.saving import by_external_id
from hotfix_tui.localorg.schema.model import Field, SObject
from hotfix_tui.localorg.store.ids import to_18

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

# "Opportunity inserts lock the related account record", and so do contacts and cases: Record Locking Cheat Sheet.
_GUARDED = frozenset({"contact.accountid", "opportunity.accountid", "case.accountid", "case.contactid"})


NOTHING = Targets(None, frozenset())


class LockTargets:
    """The rows that writes of one org lock.

    Masters are locked by every write of a detail ("Record-Level Locking" in Designing Record Access for Enterprise
    Scale). A look-up's parent is locked when the look-up is required or refuses or cascades the parent's deletion, by
    inserts, deletes, and updates that change it; one that is simply cleared is not (Record Locking Cheat Sheet).
    Deleting a master locks its details. What does not exist or is not understood locks nothing: the save says what is
    wrong.
    """

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        self._fields: tuple[int, dict[str, tuple[Field, ...]]] = (-1, {})

    def of_insert(self, name: str, fields: Mapping[str, Any]) -> Targets:
        """The rows that creating a record locks."""
        owner = self._org.schema.object(name)
        return Targets(None, frozenset(self._named(owner, fields)), owner.name) if owner is not None else NOTHING

    def of_update(self, name: str, record_id: str, fields: Mapping[str, Any]) -> Targets:
        """The rows that changing a record locks."""
        owner, own = self._org.schema.object(name), to_18(record_id)
        if owner is None or own is None:
            return NOTHING
        found = {own, *self._named(owner, fields)}
        given = {each.lower() for each in fields}
        for field in self._locking(owner):
            if _is_master(field) or _mentioned(field, given):
                found |= self._parent(owner, own, field)
        return Targets(own, frozenset(found), owner.name)

    def of_upsert(self, name: str, key: str, fields: Mapping[str, Any]) -> Targets:
        """The rows that an upsert locks: those of an update where there is the record, else those of an insert."""
        owner = self._org.schema.object(name)
        if owner is None:
            return NOTHING
        value = next((value for each, value in fields.items() if each.lower() == key.lower()), None)
        if key.lower() == "id":
            return self.of_update(name, str(value), fields) if value else self.of_insert(name, fields)
        found = self._by_key(owner, key, value)
        return self.of_update(name, found[0], fields) if len(found) == 1 else self.of_insert(name, fields)

    def of_delete(self, record_id: str) -> Targets:
        """The rows that deleting, or bringing back, a record locks."""
        own = to_18(record_id)
        owner = self._org.schema.object_of_id(own) if own else None
        if owner is None or own is None:
            return NOTHING
        found = {own}
        for field in self._locking(owner):
            found |= self._parent(owner, own, field)
        for relation in self._org.schema.children_of(owner.name):
            if _is_master(relation.field) and relation.field.column:
                sql = f'SELECT Id FROM "{relation.child}" WHERE "{relation.field.name}" = ?'  # noqa: S608
                found.update(row[0] for row in self._org.store.rows(sql, (own,)))
        return Targets(own, frozenset(found), owner.name)

    def _locking(self, owner: SObject) -> tuple[Field, ...]:
        """The reference fields of an object whose parents its writes lock."""
        version, known = self._fields
        if version != self._org.schema.version:
            known = {}
            self._fields = (self._org.schema.version, known)
        if owner.name not in known:
            known[owner.name] = tuple(each for each in owner.stored_fields() if _locks(owner, each))
        return known[owner.name]

    def _named(self, owner: SObject, fields: Mapping[str, Any]) -> set[str]:
        """The parents that the values of a record name, by id or by external id."""
        found: set[str] = set()
        given = {each.lower(): value for each, value in fields.items()}
        for field in self._locking(owner):
            value = given.get(field.name.lower())
            if isinstance(value, str) and (parent := to_18(value)):
                found.add(parent)
            nested = given.get((field.relationship_name or "").lower())
            if isinstance(nested, Mapping):
                found.update(self._by_parent_key(field, nested))
        return found

    def _by_parent_key(self, field: Field, nested: Mapping[str, Any]) -> list[str]:
        keys = [(name, value) for name, value in nested.items() if name != "attributes"]
        target = self._org.schema.object(field.reference_to[0])
        return self._by_key(target, *keys[0]) if target is not None and len(keys) == 1 else []

    def _by_key(self, owner: SObject, key: str, value: Any) -> list[str]:
        try:
            return by_external_id(self._org, owner, key, value)
        except SaveRefused:
            return []

    def _parent(self, owner: SObject, record_id: str, field: Field) -> set[str]:
        sql = f'SELECT "{field.name}" FROM "{owner.name}" WHERE Id = ?'  # noqa: S608
        found = self._org.store.value(sql, (record_id,))
        return {str(found)} if found else set()


def _locks(owner: SObject, field: Field) -> bool:
    if field.type != "reference" or field.polymorphic or not field.createable:
        return False
    if _is_master(field) or f"{owner.name}.{field.name}".lower() in _GUARDED:
        return True
    return field.custom and (field.delete_constraint != "SetNull" or not field.nillable)


def _is_master(field: Field) -> bool:
    """Standard details (OpportunityLineItem, PricebookEntry …) have no flag: they cascade and cannot be without."""
    return field.master_detail or (field.delete_constraint == "Cascade" and not field.nillable)


def _mentioned(field: Field, given: set[str]) -> bool:
    return field.name.lower() in given or (field.relationship_name or "").lower() in given
