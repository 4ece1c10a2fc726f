"""The shape of objects and fields, in the words of describe."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from hotfix_tui.localorg.store import Column

SettingKind = Literal["List", "Hierarchy"]
DeleteConstraint = Literal["SetNull", "Restrict", "Cascade"]

_COLUMNS: dict[str, Column] = {
    "id": "id",
    "reference": "id",
    "boolean": "boolean",
    "int": "int",
    "long": "int",
    "double": "number",
    "currency": "number",
    "percent": "number",
    "date": "exact",
    "datetime": "exact",
    "time": "exact",
    "base64": "exact",
    "json": "json",
}
NUMBERS = frozenset({"int", "long", "double", "currency", "percent"})
TEXTS = frozenset(
    {"string", "textarea", "picklist", "multipicklist", "combobox", "email", "phone", "url", "encryptedstring"}
)
COMPOUND = frozenset({"address", "location"})
_UNORDERED = COMPOUND | {"multipicklist", "base64", "json"}


class SchemaError(Exception):
    """Metadata this org does not take, in a sentence as Salesforce would say it."""


@dataclass(frozen=True)
class PicklistValue:
    """One value of a picklist; `valid_for` are the controlling values it depends on.

    `marks` are what values of standard picklists mean: closed, won, converted, high (a task's priority), activated.
    `probability` (percent) and `forecast` (Omitted, Pipeline, BestCase, Forecast, Closed) belong to opportunity stages.
    """

    value: str
    label: str
    active: bool = True
    default: bool = False
    valid_for: tuple[str, ...] = ()
    marks: frozenset[str] = frozenset()
    probability: int | None = None
    forecast: str = ""


@dataclass(frozen=True)
class Summary:
    """A roll-up summary: operation over a field of the detail rows that pass the filters."""

    operation: Literal["count", "sum", "min", "max"]
    child: str
    foreign_key: str
    summarized: str | None
    filters: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class LookupFilter:
    """Which records a look-up may lead to: items are (field, operation, value, value field), joined by `logic`."""

    items: tuple[tuple[str, str, str, str], ...]
    logic: str = ""
    message: str = ""
    optional: bool = False

    @property
    def controlling(self) -> list[str]:
        """The record's own fields that the filter looks at."""
        names = (name for item in self.items for name in (item[0], item[3]))
        return list(dict.fromkeys(name.split(".")[1] for name in names if name.lower().startswith("$source.")))


@dataclass(slots=True)
class Field:
    """One field. `length` counts characters; `precision` digits in all, `scale` those behind the point."""

    name: str
    label: str
    type: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    digits: int = 0
    custom: bool = False
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    defaulted_on_create: bool = False
    unique: bool = False
    case_sensitive: bool = False
    external_id: bool = False
    id_lookup: bool = False
    name_field: bool = False
    filterable: bool = True
    auto_number: str | None = None
    starting_number: int = 1
    formula: str | None = None
    blank_as_zero: bool = True
    summary: Summary | None = None
    reference_to: tuple[str, ...] = ()
    relationship_name: str | None = None
    child_relationship: str | None = None
    delete_constraint: DeleteConstraint = "SetNull"
    master_detail: bool = False
    relationship_order: int | None = None
    reparentable: bool = False
    write_requires_master_read: bool = False
    values: tuple[PicklistValue, ...] = ()
    value_set: str | None = None
    restricted: bool = False
    controller: str | None = None
    default: str | None = None
    compound: str | None = None
    help_text: str | None = None
    html: bool = False
    rich: bool = False
    extra_type: str | None = None
    tooling_only: bool = False
    display_in_decimal: bool = False
    coded: bool = False
    metadata_type: str = ""
    relationship_field: str | None = None
    lookup_filter: LookupFilter | None = None
    # What describe says otherwise than the type would have it: sortable, groupable, aggregatable,
    # permissionable; cascadeDelete of the child relationship beside a constraint that restricts.
    described: dict[str, bool] = field(default_factory=dict)

    @property
    def calculated(self) -> bool:
        """Whether the org works the value out: formulas and roll-up summaries."""
        return self.formula is not None or self.summary is not None

    @property
    def column(self) -> Column | None:
        """How the store keeps the value; None when it is worked out from others."""
        if self.calculated or self.type in COMPOUND:
            return None
        if self.case_sensitive:
            return "exact"
        return _COLUMNS.get(self.type, "text")

    @property
    def polymorphic(self) -> bool:
        """Whether the reference may point to more than one object."""
        return len(self.reference_to) > 1

    @property
    def sortable(self) -> bool:
        """Whether ORDER BY takes it."""
        told = self.described.get("sortable")
        return self.filterable and self.type not in _UNORDERED if told is None else told

    @property
    def groupable(self) -> bool:
        """Whether GROUP BY takes it."""
        if "groupable" in self.described:
            return self.described["groupable"]
        return (
            self.sortable
            and (not self.calculated or not self.described.get("calculated", True))
            and self.type not in ("double", "currency", "percent", "datetime", "time")
            and not (self.type == "textarea" and self.length > 255)
        )

    @property
    def permissionable(self) -> bool:
        """Whether field permissions can be set: not for required, master-detail and system fields."""
        if "permissionable" in self.described:
            return self.described["permissionable"]
        if self.type == "boolean":
            return self.custom
        writable = self.custom or self.createable or self.updateable or self.type == "address"
        return (
            self.nillable
            and writable
            and not self.master_detail
            and self.name != "RecordTypeId"
            and not self.name_field
        )

    @property
    def aggregatable(self) -> bool:
        """Whether MIN, MAX, COUNT and so on take it."""
        told = self.described.get("aggregatable")
        return self.sortable and self.type != "boolean" if told is None else told


@dataclass
class RecordType:
    """A record type; `values` lists per picklist field what it offers (absent: everything)."""

    developer_name: str
    label: str
    active: bool = True
    description: str = ""
    values: dict[str, frozenset[str]] = field(default_factory=dict)
    business_process: str | None = None


@dataclass
class ValidationRule:
    """A validation rule; `problem` says why its formula was not understood: then writes are refused, not waved on."""

    name: str
    active: bool
    formula: str
    message: str
    display_field: str | None = None
    problem: str | None = None


@dataclass
class SObject:
    """One object. `fields` keeps the order of definition, keyed by lower-case name."""

    name: str
    label: str
    plural: str
    key_prefix: str | None = None
    custom: bool = False
    flags: frozenset[str] = frozenset()
    api: Literal["data", "tooling", "both"] = "data"
    setting: SettingKind | None = None
    fields: dict[str, Field] = field(default_factory=dict)
    record_types: dict[str, RecordType] = field(default_factory=dict)
    rules: dict[str, ValidationRule] = field(default_factory=dict)
    deployment_status: str = "Deployed"
    sharing_model: str = ""
    currency: Literal["", "yes", "fixed"] = ""
    publish_immediately: bool = False
    _stored: tuple[dict[str, Field], tuple[Field, ...]] | None = field(
        default=None, init=False, repr=False, compare=False
    )

    def field(self, name: str) -> Field | None:
        """A field by its API name in any case."""
        return self.fields.get(name.lower())

    def relationship(self, name: str) -> Field | None:
        """The reference field behind a parent relationship name in any case."""
        wanted = name.lower()
        for each in self.fields.values():
            if each.reference_to and each.relationship_name and each.relationship_name.lower() == wanted:
                return each
        return None

    @property
    def name_field(self) -> Field | None:
        """The field that names a record."""
        return next((each for each in self.fields.values() if each.name_field), None)

    @property
    def masters(self) -> list[Field]:
        """The master-detail fields, the primary master first."""
        found = [each for each in self.fields.values() if each.master_detail]
        return sorted(found, key=lambda each: each.relationship_order or 0)

    @property
    def custom_metadata(self) -> bool:
        """Whether this is a custom metadata type."""
        return self.name.lower().endswith("__mdt")

    @property
    def platform_event(self) -> bool:
        """Whether this is a platform event."""
        return self.name.lower().endswith("__e")

    def stored_fields(self) -> tuple[Field, ...]:
        """The fields that have a column. Worked out once for each table of fields: saving asks often."""
        fields, known = self.fields, self._stored
        if known is None or known[0] is not fields:
            known = self._stored = (fields, tuple(each for each in fields.values() if each.column))
        return known[1]

    def add(self, new: Field) -> None:
        """Adds or replaces a field; readers never see a half-changed table of fields."""
        self.fields = {**self.fields, new.name.lower(): new}

    def drop(self, name: str) -> None:
        """Forgets a field."""
        self.fields = {key: each for key, each in self.fields.items() if key != name.lower()}


@dataclass(frozen=True)
class ChildRelationship:
    """How rows of `child` hang on a parent by `field`; without a name it cannot be used in subqueries."""

    child: str
    field: Field
    name: str | None

    def describe(self) -> dict[str, Any]:
        """The entry of describe's childRelationships."""
        return {
            "cascadeDelete": self.field.delete_constraint == "Cascade" or "cascadeDelete" in self.field.described,
            "childSObject": self.child,
            "deprecatedAndHidden": False,
            "field": self.field.name,
            "junctionIdListNames": [],
            "junctionReferenceTo": [],
            "relationshipName": self.name,
            "restrictedDelete": self.field.delete_constraint == "Restrict",
        }
