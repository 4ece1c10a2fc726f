"""Custom fields: from the Metadata API's definition to what describe says of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal, cast

from hotfix_tui.localorg.schema.model import DeleteConstraint, Field, LookupFilter, PicklistValue, SchemaError, Summary
from hotfix_tui.localorg.schema.tree import Node

ValueSets = Callable[[str], tuple[PicklistValue, ...]]

_PLAIN = {
    "Text": "string",
    "TextArea": "textarea",
    "LongTextArea": "textarea",
    "Html": "textarea",
    "EncryptedText": "encryptedstring",
    "Number": "double",
    "Currency": "currency",
    "Percent": "percent",
    "Checkbox": "boolean",
    "Date": "date",
    "DateTime": "datetime",
    "Time": "time",
    "Picklist": "picklist",
    "MultiselectPicklist": "multipicklist",
    "Email": "email",
    "Phone": "phone",
    "Url": "url",
    "AutoNumber": "string",
    "Summary": "double",
    "Lookup": "reference",
    "Hierarchy": "reference",
    "MasterDetail": "reference",
    "MetadataRelationship": "reference",
    "Location": "location",
}
_LENGTHS = {"TextArea": 255, "Email": 80, "Phone": 40, "Url": 255, "Picklist": 255, "AutoNumber": 30}
_MARKS = {"closed": "closed", "won": "won", "converted": "converted", "high": "highPriority"}
_FORMULA_TYPES = frozenset({"Text", "Number", "Currency", "Percent", "Checkbox", "Date", "DateTime", "Time"})


def read_field(node: Node, name: str, value_sets: ValueSets, summarized: Callable[[str], str | None]) -> Field:
    """The field that a CustomField element defines.

    `value_sets` gives the values of a global value set, `summarized` the type of the field `Object.Field`.
    Raises SchemaError for what this org does not know.
    """
    kind = node.text("type")
    if kind not in _PLAIN:
        raise SchemaError(f"{name}: the field type '{kind or 'none'}' is not supported")
    made = Field(
        name=name,
        label=node.text("label") or name.removesuffix("__c").replace("_", " "),
        type=_PLAIN[kind],
        custom=name.lower().endswith("__c"),
        metadata_type=kind,
        help_text=node.text("inlineHelpText") or None,
        external_id=node.flag("externalId"),
        unique=node.flag("unique"),
        case_sensitive=node.flag("caseSensitive"),
        nillable=not node.flag("required"),
        blank_as_zero=node.text("formulaTreatBlanksAs", "BlankAsZero") == "BlankAsZero",
    )
    made.id_lookup = made.external_id
    default = node.first("defaultValue")
    if default is not None and not default.nil:
        made.default = default.value or None
    if node.first("formula") is not None:
        _formula(made, node, kind)
    else:
        _detail(made, node, kind, value_sets, summarized)
    if made.default is not None:
        made.defaulted_on_create = True
    return made


def _formula(made: Field, node: Node, kind: str) -> None:
    if kind not in _FORMULA_TYPES:
        raise SchemaError(f"{made.name}: a formula field cannot be of type {kind}")
    made.formula = node.text("formula")
    made.createable = made.updateable = False
    made.nillable = kind != "Checkbox"
    if kind == "Text":
        made.length = 1300
    _number(made, node, 18)


def _detail(made: Field, node: Node, kind: str, value_sets: ValueSets, summarized: Callable[[str], str | None]) -> None:
    if kind in ("Lookup", "MasterDetail", "Hierarchy", "MetadataRelationship"):
        _reference(made, node, kind)
    elif kind in ("Picklist", "MultiselectPicklist"):
        _picklist(made, node, value_sets)
    elif kind == "Summary":
        _summary(made, node, summarized)
    elif kind == "AutoNumber":
        made.auto_number = node.text("displayFormat", "{0}")
        made.starting_number = node.number("startingNumber", 1)
        made.createable = made.updateable = False
        made.nillable = False
        made.defaulted_on_create = True
    elif kind == "Checkbox":
        made.nillable, made.defaulted_on_create = False, True
    elif kind == "Location":
        made.scale = node.number("scale", 6)
        made.display_in_decimal = node.flag("displayLocationInDecimal")
        made.createable = made.updateable = False
    made.length = node.number("length", _LENGTHS.get(kind, made.length))
    if kind == "Text" and not 1 <= made.length <= 255:
        raise SchemaError(f"{made.name}: Can not specify 'length' outside of 1 to 255 for a CustomField of type Text")
    if kind in ("LongTextArea", "Html"):
        made.filterable = False
        made.html = kind == "Html"
        made.extra_type = "richtextarea" if made.html else "plaintextarea"
    _number(made, node, 18)


def _number(made: Field, node: Node, default: int) -> None:
    if made.type in ("double", "currency", "percent"):
        made.precision = node.number("precision", default)
        made.scale = node.number("scale")
        if not 1 <= made.precision <= 18 or made.scale > made.precision:
            raise SchemaError(f"{made.name}: precision must be from 1 to 18 and not less than the scale")


def _reference(made: Field, node: Node, kind: str) -> None:
    targets = tuple(each.value for each in node.all("referenceTo") if each.value)
    if kind == "Hierarchy":
        targets = ("User",)
    if not targets:
        raise SchemaError(f"{made.name}: Must specify 'referenceTo' for a CustomField of type {kind}")
    made.reference_to = targets
    made.length = 18
    made.child_relationship = None
    made.lookup_filter = _lookup_filter(made.name, node)
    name = node.text("relationshipName")
    made.relationship_name = made.name[:-1] + "r" if made.custom else made.name.removesuffix("Id")
    made.child_relationship = f"{name}__r" if name and made.custom else name or None
    if kind == "MasterDetail":
        made.master_detail = True
        made.nillable = False
        made.relationship_order = node.number("relationshipOrder", 0)
        made.reparentable = node.flag("reparentableMasterDetail")
        made.updateable = made.reparentable
        made.write_requires_master_read = node.flag("writeRequiresMasterRead")
        made.delete_constraint = "Cascade"
    else:
        constraint = node.text("deleteConstraint", "SetNull")
        if constraint not in ("SetNull", "Restrict", "Cascade"):
            raise SchemaError(f"{made.name}: '{constraint}' is not a valid value for deleteConstraint")
        made.delete_constraint = cast("DeleteConstraint", constraint)


_COMPARISONS = {"equals", "notEqual", "lessThan", "greaterThan", "lessOrEqual", "greaterOrEqual"}
_COMPARISONS |= {"contains", "notContain", "startsWith", "includes"}


def _lookup_filter(name: str, node: Node) -> LookupFilter | None:
    """An active lookup filter. Raises SchemaError for operations and comparisons this org would not hold to."""
    found = node.first("lookupFilter")
    if found is None or not found.flag("active"):
        return None
    items = []
    for each in found.all("filterItems"):
        operation, value_field = each.text("operation"), each.text("valueField")
        if operation not in _COMPARISONS or (value_field and operation not in ("equals", "notEqual")):
            raise SchemaError(f"{name}: a lookup filter with the operation {operation} is not supported")
        items.append((each.text("field"), operation, each.text("value"), value_field))
    return LookupFilter(tuple(items), found.text("booleanFilter"), found.text("errorMessage"), found.flag("isOptional"))


def _picklist(made: Field, node: Node, value_sets: ValueSets) -> None:
    made.length = 4099 if made.type == "multipicklist" else 255
    old, new = node.first("picklist"), node.first("valueSet")
    if new is not None:
        made.restricted = new.flag("restricted")
        made.controller = new.text("controllingField") or None
        made.value_set = new.text("valueSetName") or None
        if made.value_set:
            made.restricted = True
            made.values = value_sets(made.value_set)
        else:
            definition = new.first("valueSetDefinition")
            made.values = read_values(definition, "value") if definition else ()
        made.values = _dependent(made.values, new)
    elif old is not None:
        made.restricted = old.flag("restrictedPicklist")
        made.controller = old.text("controllingField") or None
        made.values = read_values(old, "picklistValues")
    else:
        raise SchemaError(f"{made.name}: Must specify a valueSet for a CustomField of type {made.metadata_type}")
    if any(each.default for each in made.values):
        made.defaulted_on_create = True


def read_values(node: Node, tag: str) -> tuple[PicklistValue, ...]:
    """The values of a value set; `tag` is `value`, `customValue`, `standardValue` or `picklistValues`."""
    return tuple(
        PicklistValue(
            value=each.text("fullName"),
            label=each.text("label") or each.text("fullName"),
            active=each.flag("isActive", True),
            default=each.flag("default"),
            marks=_marks(each),
            probability=each.number("probability") if each.first("probability") else None,
            forecast=each.text("forecastCategory"),
        )
        for each in node.all(tag)
    )


def _marks(node: Node) -> frozenset[str]:
    found = {mark for mark, name in _MARKS.items() if node.flag(name)}
    if node.text("groupingString") == "Activated":
        found.add("activated")
    return frozenset(found)


def _dependent(values: tuple[PicklistValue, ...], node: Node) -> tuple[PicklistValue, ...]:
    allowed = {
        setting.text("valueName"): tuple(each.value for each in setting.all("controllingFieldValue"))
        for setting in node.all("valueSettings")
    }
    if not allowed:
        return values
    return tuple(replace(each, valid_for=allowed.get(each.value, ())) for each in values)


def _summary(made: Field, node: Node, summarized: Callable[[str], str | None]) -> None:
    operation = node.text("summaryOperation")
    child, _, key = node.text("summaryForeignKey").partition(".")
    if operation not in ("count", "sum", "min", "max") or not key:
        raise SchemaError(f"{made.name}: a roll-up summary needs summaryOperation and summaryForeignKey")
    source = node.text("summarizedField") or None
    filters = []
    for item in node.all("summaryFilterItems"):
        if item.text("valueField"):
            raise SchemaError(f"{made.name}: a roll-up filter that compares two fields is not supported")
        filters.append((item.text("field").rpartition(".")[2], item.text("operation"), item.text("value")))
    made.summary = Summary(
        cast("Literal['count', 'sum', 'min', 'max']", operation),
        child,
        key,
        source.rpartition(".")[2] if source else None,
        tuple(filters),
    )
    made.createable = made.updateable = False
    made.type = (summarized(source) if source else None) or "double"
    if made.type not in ("double", "currency", "percent", "date", "datetime"):
        made.type = "double"
    made.precision = 18


def location_parts(made: Field) -> list[Field]:
    """The two number fields behind a geolocation."""
    return [
        Field(
            name=f"{made.name[:-1]}{part}__s",
            label=f"{made.label} ({part})",
            type="double",
            precision=3 + made.scale,
            scale=made.scale,
            custom=made.custom,
            compound=made.name,
            nillable=made.nillable,
        )
        for part in ("Latitude", "Longitude")
    ]
