"""Whether a user may save what he sends: object, field and row, in Salesforce's order and words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.people.rights import CREATE, DELETE, EDIT, READ, FieldRight, Rights
from hotfix_tui.localorg.people.sharing import changeable_sql, visible_sql
from hotfix_tui.localorg.records.outcome import refused
from hotfix_tui.localorg.schema.model import Field, SObject

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

NO_ACCESS = "insufficient access rights on object id"
NO_ACCESS_ACROSS = "insufficient access rights on cross-reference id"


class Guard:
    """Asked by a Saver before it does anything for its user; every method raises SaveRefused."""

    def __init__(self, org: LocalOrg, user_id: str) -> None:
        self._org = org
        self.rights: Rights = org.people.rights(user_id)
        self._fields: dict[tuple[str, str], FieldRight] = {}

    def may_insert(self, owner: SObject) -> None:
        """The object's create permission."""
        bits = self._readable(owner)
        if not bits & CREATE:
            raise refused("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be inserted: {owner.label}")

    def may_update(self, owner: SObject) -> None:
        """The object's edit permission."""
        if not self._readable(owner) & EDIT:
            raise refused("INSUFFICIENT_ACCESS_OR_READONLY", NO_ACCESS)

    def may_delete(self, owner: SObject) -> None:
        """The object's delete permission."""
        if not self._readable(owner) & DELETE:
            raise refused("INSUFFICIENT_ACCESS_OR_READONLY", NO_ACCESS)

    def _readable(self, owner: SObject) -> int:
        bits = self.rights.on(owner)
        if not bits & READ:
            raise refused("INVALID_TYPE", f"sObject type '{owner.name}' is not supported.")
        return bits

    def sees(self, owner: SObject, field: Field) -> bool:
        """Whether a field exists for the user."""
        return self._on_field(owner, field).read

    def edits(self, owner: SObject, field: Field) -> bool:
        """Whether the user may write a field."""
        return self._on_field(owner, field).edit

    def _on_field(self, owner: SObject, field: Field) -> FieldRight:
        """Worked out once for a call: a bulk load asks for every field of every row."""
        key = owner.name, field.name
        found = self._fields.get(key)
        if found is None:
            found = self._fields[key] = self.rights.on_field(owner, field)
        return found

    def row(self, owner: SObject, row: Mapping[str, Any]) -> None:
        """Whether the user may change a row."""
        condition = changeable_sql(self._org.schema, self.rights, owner, "t")
        seen = visible_sql(self._org.schema, self.rights, owner, "t")
        record_id = str(row["Id"])
        if not (self._fits(owner, record_id, condition) and self._fits(owner, record_id, seen)):
            raise refused("INSUFFICIENT_ACCESS_OR_READONLY", NO_ACCESS)

    def reference(self, field: Field, value: str) -> None:
        """Whether the user may point a field at a row: one he sees, or for a detail's master one he may change."""
        if self.rights.unlimited or self.rights.has("ModifyAllData"):
            return
        target = self._org.schema.object_of_id(value)
        if target is None:
            return
        changes = field.master_detail and not field.write_requires_master_read
        condition = (changeable_sql if changes else visible_sql)(self._org.schema, self.rights, target, "t")
        if condition and not self._fits(target, value, condition):
            raise refused("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", NO_ACCESS_ACROSS, field.name)

    def _fits(self, owner: SObject, record_id: str, condition: str | None) -> bool:
        if condition is None:
            return True
        sql = f'SELECT 1 FROM "{owner.name}" t WHERE t."Id" = ? AND {condition}'  # noqa: S608
        return bool(self._org.store.value(sql, (record_id,)))

    def seen_ids(self, owner: SObject, ids: list[str]) -> list[str]:
        """Those of the ids whose rows the user sees."""
        condition = visible_sql(self._org.schema, self.rights, owner, "t")
        return ids if condition is None else [each for each in ids if self._fits(owner, each, condition)]
