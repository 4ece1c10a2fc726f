"""Parents named by a key of theirs, looked up before any row of a chunk is saved.

So a row never finds a parent that comes in the same chunk: a hierarchy is loaded a level at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.bulk.rows import Record
from hotfix_tui.localorg.records.outcome import SaveRefused, refused
from hotfix_tui.localorg.records.saving import by_external_id
from hotfix_tui.localorg.schema.model import Field, SObject

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg


class Parents:
    """The parents that the rows of one chunk name."""

    def __init__(self, org: LocalOrg, owner: SObject) -> None:
        self._org = org
        self._owner = owner
        self._found: dict[tuple[str, str, str], list[str]] = {}

    def placed(self, record: Record) -> Record:
        """The record with the Ids of its parents. Raises SaveRefused for a parent that is not there, or not one."""
        out: Record = {}
        for name, value in record.items():
            relation = self._owner.relationship(name) if isinstance(value, Mapping) else None
            if relation is None:
                out[name] = value
            else:
                out[relation.name] = self._id(relation, value)
        return out

    def _id(self, relation: Field, value: Mapping[str, Any]) -> str:
        attributes = value.get("attributes")
        kind = attributes.get("type") if isinstance(attributes, Mapping) else None
        keys = [(key, each) for key, each in value.items() if key != "attributes"]
        target = self._org.schema.object(kind or relation.reference_to[0])
        if target is None or len(keys) != 1:
            raise refused("INVALID_FIELD", f"A nested {relation.relationship_name} takes exactly one external id")
        name, key = keys[0]
        if name.lower() == "id" and relation.polymorphic:
            return str(key)  # the Id itself tells the object; the save checks it
        found = self._look_up(target, name, key)
        if not found:
            text = f"Foreign key external ID: {key} not found for field {name} in entity {target.name}"
            raise refused("INVALID_FIELD", text)
        if len(found) > 1:
            text = f"{name}: more than one record found for external id field: [{', '.join(found)}]"
            raise refused("DUPLICATE_EXTERNAL_ID", text)
        return found[0]

    def _look_up(self, target: SObject, name: str, key: Any) -> list[str]:
        known = (target.name, name.lower(), str(key))
        if known not in self._found:
            self._found[known] = by_external_id(self._org, target, name, key)
        return self._found[known]


def try_placed(parents: Parents, record: Record) -> Record | SaveRefused:
    """`placed`, with the refusal as a value."""
    try:
        return parents.placed(record)
    except SaveRefused as problem:
        return problem
