"""The schema as one user sees it: what the user may not see is not there, what he may not change says so.

Queries and describes that are given it find no column, no object and no relationship that the user has no right to, and
answer as they do for names that do not exist, as Salesforce does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hotfix_tui.localorg.people.rights import CREATE, DELETE, EDIT, READ, Rights
from hotfix_tui.localorg.people.sharing import visible_sql
from hotfix_tui.localorg.schema.model import ChildRelationship, Field, SchemaError, SObject
from hotfix_tui.localorg.schema.schema import Schema

_FLAGS = {"create": CREATE, "update": EDIT, "delete": DELETE, "undelete": DELETE}


class UserSchema(Schema):
    """A Schema for reading, for one user's rights at one version of the schema; `whole` is the org's own.

    Objects of which the user sees everything are the org's own objects.
    """

    def __init__(self, whole: Schema, rights: Rights) -> None:
        self._whole = whole
        self.rights = rights
        self.store = whole.store
        self.ids = whole.ids
        self.currencies = whole.currencies
        self.version = whole.version
        self._seen: dict[str, SObject | None] = {}
        self._below: dict[str, list[ChildRelationship]] = {}

    @property
    def whole(self) -> Schema:
        """The org's schema."""
        return self._whole

    def object(self, name: str) -> SObject | None:
        """An object by its API name in any case; None when the user cannot read it."""
        key = name.lower()
        if key not in self._seen:
            found = self._whole.object(name)
            self._seen[key] = None if found is None else self._view(found)
        return self._seen[key]

    def require(self, name: str) -> SObject:
        """As in the org; SchemaError for what the user cannot read."""
        found = self.object(name)
        if found is None:
            raise SchemaError(f"sObject type '{name}' is not supported.")
        return found

    def field(self, path: str) -> Field | None:
        """A field by `Object.Field` in any case."""
        name, _, field = path.partition(".")
        found = self.object(name)
        return found.field(field) if found else None

    def object_of_id(self, record_id: str) -> SObject | None:
        """The object whose key prefix an id has."""
        found = self._whole.object_of_id(record_id)
        return self.object(found.name) if found else None

    def children_of(self, name: str) -> list[ChildRelationship]:
        """What hangs on rows of an object, as far as the user sees object and field."""
        key = name.lower()
        if key not in self._below:
            self._below[key] = [each for each in self._whole.children_of(name) if self._hangs(each)]
        return self._below[key]

    def _hangs(self, relation: ChildRelationship) -> bool:
        child = self.object(relation.child)
        return child is not None and child.field(relation.field.name) is not None

    def __iter__(self) -> Iterator[SObject]:
        return (found for each in self._whole if (found := self.object(each.name)) is not None)

    def rows_sql(self, owner: SObject, alias: str) -> str | None:
        """The condition for rows of `alias` that the user sees; None when it is all of them."""
        return visible_sql(self._whole, self.rights, owner, alias)

    def _view(self, found: SObject) -> SObject | None:
        bits = self.rights.on(found)
        if not bits & READ:
            return None
        fields = {key: seen for key, each in found.fields.items() if (seen := self._field(found, each, bits))}
        flags = frozenset(flag for flag in found.flags if bits & _FLAGS.get(flag, READ))
        whole = all(fields.get(key) is each for key, each in found.fields.items())
        if whole and flags == found.flags:
            return found
        return replace(found, fields=fields, flags=flags)

    def _field(self, owner: SObject, field: Field, bits: int) -> Field | None:
        right = self.rights.on_field(owner, field)
        if not right.read:
            return None
        changes: dict[str, bool | None] = {}
        if field.createable and not (right.edit and bits & CREATE):
            changes["createable"] = False
        if field.updateable and not (right.edit and bits & EDIT):
            changes["updateable"] = False
        if field.reference_to and not any(self._readable(name) for name in field.reference_to):
            changes["relationship_name"] = None
        return replace(field, **changes) if changes else field  # type: ignore[arg-type]

    def _readable(self, name: str) -> bool:
        target = self._whole.object(name)
        return target is None or bool(self.rights.on(target) & READ)
