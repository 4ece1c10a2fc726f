"""FieldDefinition: rows of the fields of the objects a query asks for. It must ask for some.

Source: Tooling API, FieldDefinition; the error without such a filter as real orgs were recorded with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.schema.model import Field, SObject
from hotfix_tui.localorg.soql.tree import Compare, Condition, Logic, Membership, Path, Query, SubQuery
from hotfix_tui.localorg.tooling import limits
from hotfix_tui.localorg.tooling.support import Row, entity_id

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

TABLE = "FieldDefinition"
_NEEDED = "FieldDefinition: a filter on a reified column is required [EntityDefinitionId,DurableId]"
# Paths that say which objects are asked for.
_BY_OBJECT = (
    "entitydefinitionid",
    "entitydefinition.durableid",
    "entitydefinition.qualifiedapiname",
    "entitydefinition.developername",
)
_OF_ENTITY = ("durableid", "qualifiedapiname", "developername")
_TYPES = {
    "boolean": "Checkbox",
    "date": "Date",
    "datetime": "Date/Time",
    "time": "Time",
    "email": "Email",
    "phone": "Phone",
    "picklist": "Picklist",
    "multipicklist": "Picklist (Multi-Select)",
    "address": "Address",
    "location": "Geolocation",
    "base64": "Base64",
    "id": "Lookup()",
    "int": "Number({digits}, 0)",
    "double": "Number({left}, {scale})",
    "currency": "Currency({left}, {scale})",
    "percent": "Percent({left}, {scale})",
    "string": "Text({length})",
    "url": "URL({length})",
    "encryptedstring": "Text (Encrypted)({length})",
}


class FieldRows:
    """Makes the rows of an object's fields when they are first asked for, and again after the schema changed."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        self._made: dict[str, int] = {}
        org.queries.before[TABLE.lower()] = self._before
        org.queries.before["entitydefinition"] = self._before_entities

    def _before(self, query: Query) -> None:
        limits.check_virtual(query)
        names = _asked(query.where, _BY_OBJECT, "durableid")
        if names is None:
            raise ApiError("MALFORMED_QUERY", _NEEDED)
        self._make_all(names)

    def _before_entities(self, query: Query) -> None:
        """EntityDefinition may ask for its Fields in a subquery."""
        limits.check_virtual(query)
        if any(isinstance(item, SubQuery) and item.query.source.lower() == "fields" for item in query.items):
            names = _asked(query.where, _OF_ENTITY)
            self._make_all([each.name for each in self._org.schema] if names is None else names)

    def _make_all(self, names: Iterable[str]) -> None:
        for name in names:
            found = self._object(name)
            if found is not None and self._made.get(found.name) != self._org.schema.version:
                self._make(found)

    def _object(self, name: str) -> SObject | None:
        """An object by its name, its developer name or its id."""
        schema = self._org.schema
        found = schema.object(name) or schema.object(f"{name}__c")
        if found is not None:
            return found
        component = self._org.components.by_id(name)
        return schema.object(component.full_name) if component and component.type == "CustomObject" else None

    def _make(self, found: SObject) -> None:
        store, version = self._org.store, self._org.schema.version
        entity = entity_id(self._org, found.name)
        known = store.columns(TABLE)
        with store.transaction():
            store.execute(f"DELETE FROM {TABLE} WHERE EntityDefinitionId = ?", (entity,))  # noqa: S608
            for field in found.fields.values():
                if field.tooling_only:
                    continue
                row = self._row(found, entity, field)
                store.insert_row(TABLE, {key: value for key, value in row.items() if key in known})
            self._made[found.name] = version

    def _row(self, found: SObject, entity: str, field: Field) -> Row:
        component = self._org.components.get("CustomField", f"{found.name}.{field.name}") if field.custom else None
        durable = f"{entity}.{component.id[:15] if component else field.name}"
        relation = field.relationship_name
        return {
            "Id": durable,
            "DurableId": durable,
            "EntityDefinitionId": entity,
            "QualifiedApiName": field.name,
            "DeveloperName": field.name.rpartition("__")[0] if field.custom else field.name,
            "MasterLabel": field.label,
            "Label": field.label,
            "Description": None,
            "DataType": data_type(field),
            "Length": field.length,
            "Precision": field.precision or field.digits,
            "Scale": field.scale,
            "IsCalculated": field.calculated,
            "IsNameField": field.name_field,
            "IsNillable": field.nillable,
            "IsIndexed": field.unique or field.external_id or field.type in ("id", "reference"),
            "IsApiFilterable": field.filterable,
            "IsApiSortable": field.sortable,
            "IsApiGroupable": field.groupable,
            "IsHtmlFormatted": field.html or field.rich,
            "IsPolymorphicForeignKey": field.polymorphic,
            "IsFieldHistoryTracked": False,
            "IsCompactLayoutable": field.sortable,
            "IsListVisible": field.sortable,
            "RelationshipName": relation,
            "ReferenceTo": {"referenceTo": list(field.reference_to) or None},
            "ReferenceTargetField": None,
            "LastModifiedDate": component.modified_at if component else None,
            "LastModifiedById": component.modified_by if component else None,
        }


def _asked(where: Condition | None, by_object: tuple[str, ...], by_field: str = "") -> list[str] | None:
    """The objects a WHERE clause asks for with AND, itself or by `Object.Field`; None when it does not say."""
    parts: Iterable[Condition] = where.parts if isinstance(where, Logic) else () if where is None else (where,)
    for part in parts:
        if isinstance(part, Logic):
            found = _asked(part, by_object, by_field)
            if found is not None:
                return found
        if not isinstance(part, (Compare, Membership)) or not isinstance(part.left, Path):
            continue
        if part.operator not in ("=", "in") or (isinstance(part, Membership) and part.query is not None):
            continue
        path = ".".join(part.left.parts).lower()
        values = part.values if isinstance(part, Membership) else (part.right,)
        texts = [str(value.value) for value in values if value.kind == "string"]
        if path in by_object:
            return texts
        if path == by_field:
            return [text.partition(".")[0] for text in texts]
    return None


def data_type(field: Field) -> str:
    """The type as Setup shows it: `Text(255)`, `Lookup(Account)`, `Formula (Currency)`."""
    if field.name_field and field.name == "Name" and field.type == "string" and not field.custom:
        return "Name"
    if field.auto_number is not None:
        return "Auto Number"
    if field.summary is not None:
        return f"Roll-Up Summary ({field.summary.operation.upper()} {field.summary.child})"
    if field.type == "reference":
        kind = "Master-Detail" if field.master_detail else "Lookup"
        return f"{kind}({','.join(field.reference_to)})"
    if field.type == "textarea":
        plain = _text_area(field)
    else:
        left = field.precision - field.scale
        words = {"digits": field.digits, "left": left, "scale": field.scale, "length": field.length}
        plain = _TYPES.get(field.type, field.type.capitalize()).format(**words)
    return f"Formula ({plain.partition('(')[0].strip()})" if field.formula is not None else plain


def _text_area(field: Field) -> str:
    if field.rich or field.html:
        return f"Rich Text Area({field.length})"
    return f"Text Area({field.length})" if field.length <= 255 else f"Long Text Area({field.length})"
