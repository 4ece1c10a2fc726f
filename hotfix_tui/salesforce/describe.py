"""What an org says of its objects (`/sobjects`, `/sobjects/X/describe`), as typed values.

Only what this program needs of the 57 keys of a field; `describe` of one object is kept per connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class PicklistValue:
    """One entry of a picklist. `value` is what records hold."""

    value: str
    label: str
    active: bool
    default: bool


@dataclass(frozen=True)
class FieldDescribe:
    """One field. Names follow Salesforce's describe; `length`, `precision`, `scale` are 0 where they do not apply."""

    name: str
    label: str
    type: str
    length: int
    precision: int
    scale: int
    custom: bool
    createable: bool
    updateable: bool
    nillable: bool
    defaulted_on_create: bool
    unique: bool
    case_sensitive: bool
    external_id: bool
    id_lookup: bool
    name_field: bool
    auto_number: bool
    calculated: bool
    has_formula: bool
    filterable: bool
    reference_to: tuple[str, ...]
    relationship_name: str
    relationship_order: int | None
    cascade_delete: bool
    polymorphic: bool
    write_requires_master_read: bool
    restricted_picklist: bool
    dependent_picklist: bool
    controller_name: str
    picklist_values: tuple[PicklistValue, ...]

    @property
    def master_detail(self) -> bool:
        """Whether it is a master-detail relationship: only those have an order."""
        return self.relationship_order is not None

    @property
    def roll_up(self) -> bool:
        """Whether it sums up details: calculated, custom, and without a formula (*assumed*: no key says it)."""
        return self.custom and self.calculated and not self.has_formula

    @property
    def required(self) -> bool:
        """Whether an insert must give it a value."""
        return self.createable and not self.nillable and not self.defaulted_on_create


@dataclass(frozen=True)
class ChildRelationship:
    """A lookup of another object to this one. `name` is empty when it cannot be used in a subquery."""

    child: str
    field: str
    name: str
    cascade_delete: bool
    restricted_delete: bool


@dataclass(frozen=True)
class RecordTypeInfo:
    """One record type as the session's user sees it."""

    id: str
    developer_name: str
    name: str
    active: bool
    available: bool
    master: bool
    default: bool


@dataclass(frozen=True)
class ObjectSummary:
    """One object of the global describe."""

    name: str
    label: str
    label_plural: str
    key_prefix: str
    custom: bool
    custom_setting: bool
    createable: bool
    updateable: bool
    deletable: bool
    queryable: bool
    triggerable: bool


@dataclass(frozen=True)
class ObjectDescribe(ObjectSummary):
    """One object with its fields by API name, in the org's order."""

    undeletable: bool = False
    fields: dict[str, FieldDescribe] = field(default_factory=dict)
    child_relationships: tuple[ChildRelationship, ...] = ()
    record_types: tuple[RecordTypeInfo, ...] = ()


def object_summary(data: Mapping[str, Any]) -> ObjectSummary:
    """One entry of `GET /sobjects`. Raises KeyError, TypeError when it is no such thing."""
    return ObjectSummary(**_summary(data))


def _summary(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": str(data["name"]),
        "label": _text(data, "label"),
        "label_plural": _text(data, "labelPlural"),
        "key_prefix": _text(data, "keyPrefix"),
        "custom": _flag(data, "custom"),
        "custom_setting": _flag(data, "customSetting"),
        "createable": _flag(data, "createable"),
        "updateable": _flag(data, "updateable"),
        "deletable": _flag(data, "deletable"),
        "queryable": _flag(data, "queryable"),
        "triggerable": _flag(data, "triggerable"),
    }


def object_describe(data: Mapping[str, Any]) -> ObjectDescribe:
    """The reply of `GET /sobjects/X/describe`. Raises KeyError, TypeError when it is no such thing."""
    fields = [_field(item) for item in data["fields"]]
    return ObjectDescribe(
        **_summary(data),
        undeletable=_flag(data, "undeletable"),
        fields={item.name: item for item in fields},
        child_relationships=tuple(_child(item) for item in data.get("childRelationships") or ()),
        record_types=tuple(_record_type(item) for item in data.get("recordTypeInfos") or ()),
    )


def _field(data: Mapping[str, Any]) -> FieldDescribe:
    order = data.get("relationshipOrder")
    return FieldDescribe(
        name=str(data["name"]),
        label=_text(data, "label"),
        type=str(data["type"]),
        length=_number(data, "length"),
        precision=_number(data, "precision"),
        scale=_number(data, "scale"),
        custom=_flag(data, "custom"),
        createable=_flag(data, "createable"),
        updateable=_flag(data, "updateable"),
        nillable=_flag(data, "nillable"),
        defaulted_on_create=_flag(data, "defaultedOnCreate"),
        unique=_flag(data, "unique"),
        case_sensitive=_flag(data, "caseSensitive"),
        external_id=_flag(data, "externalId"),
        id_lookup=_flag(data, "idLookup"),
        name_field=_flag(data, "nameField"),
        auto_number=_flag(data, "autoNumber"),
        calculated=_flag(data, "calculated"),
        has_formula=bool(data.get("calculatedFormula")),
        filterable=bool(data.get("filterable", True)),
        reference_to=tuple(str(name) for name in data.get("referenceTo") or ()),
        relationship_name=_text(data, "relationshipName"),
        relationship_order=int(order) if isinstance(order, int) else None,
        cascade_delete=_flag(data, "cascadeDelete"),
        polymorphic=_flag(data, "polymorphicForeignKey") or len(data.get("referenceTo") or ()) > 1,
        write_requires_master_read=_flag(data, "writeRequiresMasterRead"),
        restricted_picklist=_flag(data, "restrictedPicklist"),
        dependent_picklist=_flag(data, "dependentPicklist"),
        controller_name=_text(data, "controllerName"),
        picklist_values=tuple(_picklist_value(item) for item in data.get("picklistValues") or ()),
    )


def _picklist_value(data: Mapping[str, Any]) -> PicklistValue:
    return PicklistValue(
        value=_text(data, "value"),
        label=_text(data, "label"),
        active=bool(data.get("active", True)),
        default=_flag(data, "defaultValue"),
    )


def _child(data: Mapping[str, Any]) -> ChildRelationship:
    return ChildRelationship(
        child=str(data["childSObject"]),
        field=str(data["field"]),
        name=_text(data, "relationshipName"),
        cascade_delete=_flag(data, "cascadeDelete"),
        restricted_delete=_flag(data, "restrictedDelete"),
    )


def _record_type(data: Mapping[str, Any]) -> RecordTypeInfo:
    return RecordTypeInfo(
        id=_text(data, "recordTypeId"),
        developer_name=_text(data, "developerName"),
        name=_text(data, "name"),
        active=bool(data.get("active", True)),
        available=_flag(data, "available"),
        master=_flag(data, "master"),
        default=_flag(data, "defaultRecordTypeMapping"),
    )


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    return "" if value is None else str(value)


def _flag(data: Mapping[str, Any], key: str) -> bool:
    return data.get(key) is True


def _number(data: Mapping[str, Any], key: str) -> int:
    value = data.get(key)
    return int(value) if isinstance(value, int | float) else 0
