"""Records of a plan into an org: references by name, record types by name, fields in any case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.loading.folder import NotMetadata
from hotfix_tui.localorg.loading.plans import Plan

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg
    from hotfix_tui.localorg.schema import Field, SObject


def load_plan(org: LocalOrg, plan: Plan) -> tuple[int, list[str]]:
    """Inserts a plan's rows; returns how many, and warnings. No automation fires and no rule is asked.

    Raises NotMetadata for an object or a field that the org does not have.
    """
    loader = _Loader(org, plan.name)
    for object_name, record in plan.rows:
        loader.add(object_name, record)
    loader.close_references()
    return loader.count, loader.warnings


class _Loader:
    """Inserts rows in the plan's order; a reference to a later row is filled in at the end."""

    def __init__(self, org: LocalOrg, plan: str) -> None:
        self._org = org
        self._plan = plan
        self._ids: dict[str, str] = {}
        self._later: list[tuple[str, str, str, str]] = []
        self.count = 0
        self.warnings: list[str] = []

    def add(self, object_name: str, record: dict[str, Any]) -> None:
        """Inserts one record."""
        found = self._org.schema.object(object_name)
        if found is None:
            raise NotMetadata(f"The plan {self._plan} has records of {object_name}, which this org does not have.")
        values: dict[str, Any] = {}
        later: list[tuple[str, str]] = []
        for name, value in record.items():
            if name == "attributes":
                continue
            field_name, converted = self._value(found, name, value)
            if isinstance(converted, str) and converted.startswith("@"):
                later.append((field_name, converted))
            else:
                values[field_name] = converted
        record_id = self._org.records.raw_insert(found.name, values)
        self.count += 1
        self._ids[str(record["attributes"].get("referenceId", ""))] = record_id
        self._later += [(found.name, record_id, field_name, reference) for field_name, reference in later]

    def _value(self, found: SObject, name: str, value: Any) -> tuple[str, Any]:
        if isinstance(value, dict):
            return self._by_name(found, name, value)
        field = found.field(name)
        if field is None:
            raise NotMetadata(f"The plan {self._plan} gives {found.name}.{name} a value; the org has no such field.")
        if isinstance(value, str) and value.startswith("@"):
            return field.name, self._ids.get(value[1:], value)
        return field.name, _typed(field, value)

    def _by_name(self, found: SObject, name: str, value: dict[str, Any]) -> tuple[str, Any]:
        """`"RecordType": {"Name": "Tiered"}` is the record type of that name or developer name."""
        relation = found.relationship(name)
        if relation is None or relation.name != "RecordTypeId":
            raise NotMetadata(f"The plan {self._plan} nests {name} in {found.name}, which cannot be loaded.")
        wanted = str(value.get("DeveloperName") or value.get("Name") or "")
        record_type = self._org.store.value(
            "SELECT Id FROM RecordType WHERE SobjectType = ? AND (DeveloperName = ? OR Name = ?)",
            (found.name, wanted, wanted),
        )
        if record_type is None:
            raise NotMetadata(
                f"The plan {self._plan} names the record type {wanted} of {found.name}, which is not there."
            )
        return "RecordTypeId", record_type

    def close_references(self) -> None:
        """Fills in the references to rows that came later."""
        for object_name, record_id, field_name, reference in self._later:
            target = self._ids.get(reference[1:])
            if target is None:
                raise NotMetadata(f"The plan {self._plan} refers to {reference}, which is not in it.")
            self._org.store.update_row(object_name, record_id, {field_name: target})


def _typed(field: Field, value: Any) -> Any:
    """Tree files may write numbers and booleans as text."""
    if not isinstance(value, str):
        return value
    if field.type in ("double", "currency", "percent"):
        return float(value) if value else None
    if field.type in ("int", "long"):
        return int(float(value)) if value else None
    if field.type == "boolean":
        return value.strip().lower() == "true"
    return value or None
