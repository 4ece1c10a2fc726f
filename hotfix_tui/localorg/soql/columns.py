"""What `columns=true` tells of a query: its columns instead of its rows.

Shape and values as real orgs gave them to the Salesforce CLI (salesforcecli/plugin-data, queryFields.exemplars).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.schema.model import NUMBERS, Field, SObject
from hotfix_tui.localorg.soql.shape import Child, Choice, Compiled, Leaf, Nest
from hotfix_tui.localorg.soql.tree import Function, Item, Path, Query

if TYPE_CHECKING:
    from hotfix_tui.localorg.schema import Schema

_APEX_TYPES = {
    "id": "Id",
    "reference": "Id",
    "boolean": "Boolean",
    "int": "Integer",
    "long": "Long",
    "double": "Double",
    "currency": "Double",
    "percent": "Double",
    "date": "Date",
    "datetime": "Datetime",
    "time": "Time",
    "base64": "Blob",
    "address": "Address",
    "location": "Location",
}


def columns(schema: Schema, query: Query, compiled: Compiled) -> dict[str, Any]:
    """The whole answer."""
    shape = compiled.shape
    found: list[dict[str, Any]] = []
    if shape is not None and compiled.aggregate:
        pairs = zip(query.items, shape.inner.items(), strict=True)
        found = [_grouped(item, name, inner) for item, (name, inner) in pairs]
    elif shape is not None:
        found = _columns(schema, compiled.source, shape)
    return {
        "columnMetadata": found,
        "entityName": compiled.source.name,
        "groupBy": compiled.aggregate and not compiled.counting,
        "idSelected": shape is not None and "Id" in shape.inner,
        "keyPrefix": compiled.source.key_prefix,
    }


def _entry(name: str, **more: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "aggregate": False,
        "apexType": None,
        "booleanType": False,
        "columnName": name,
        "custom": name.lower().endswith(("__c", "__r")),
        "displayName": name,
        "foreignKeyName": None,
        "insertable": False,
        "joinColumns": [],
        "numberType": False,
        "textType": False,
        "updatable": False,
    }
    return {**entry, **more}


def _field(name: str, field: Field, *, shown: bool = False) -> dict[str, Any]:
    kind = "String" if shown else _APEX_TYPES.get(field.type, "String")
    # What names a record is told as if it could not be written.
    return _entry(
        name,
        apexType=kind,
        booleanType=kind == "Boolean",
        insertable=field.createable and not field.name_field,
        numberType=field.type in NUMBERS and not shown,
        textType=kind == "String",
        updatable=field.updateable and not field.name_field,
    )


def _columns(schema: Schema, owner: SObject | None, shape: Nest) -> list[dict[str, Any]]:
    found = []
    for name, inner in shape.inner.items():
        if isinstance(inner, Leaf):
            entry = _field(name, inner.field, shown=inner.shown)
            if shape.type_name == "Name":
                # Of a parent that may be of several objects.
                entry.update(insertable=False, updatable=False)
            found.append(entry)
        elif isinstance(inner, Child):
            query = inner.query
            joined = _columns(schema, query.source, query.shape) if query.shape else []
            found.append(_entry(name, aggregate=True, joinColumns=joined))
        else:
            relation = owner.relationship(name) if owner else None
            single = relation is not None and not relation.polymorphic
            parent = schema.object(relation.reference_to[0]) if relation is not None and single else None
            key = relation.name if relation else None
            found.append(_entry(name, foreignKeyName=key, joinColumns=_parent(schema, parent, inner)))
    return found


def _parent(schema: Schema, parent: SObject | None, inner: Nest | Choice) -> list[dict[str, Any]]:
    if isinstance(inner, Nest):
        return _columns(schema, parent, inner)
    named = (each for name, nest in inner.nests.items() for each in _columns(schema, schema.object(name), nest))
    return list({each["columnName"]: each for each in named}.values())


def _grouped(item: Any, name: str, inner: Any) -> dict[str, Any]:
    """A column of a grouped query: a field, or a function with `expr0` or its alias for a name."""
    what = item.what if isinstance(item, Item) else None
    if not isinstance(inner, Leaf) or not isinstance(what, Function):
        field = inner.field if isinstance(inner, Leaf) else Field(name, name, "string")
        shown = str(what.parts[-1]) if isinstance(what, Path) else name
        return {**_field(name, field), "displayName": field.name or shown}
    number = inner.field.type in NUMBERS
    return _entry(
        name,
        aggregate=True,
        custom=False,
        displayName=_written(what),
        numberType=number,
        textType=_APEX_TYPES.get(inner.field.type, "String") == "String",
    )


def _written(what: Function | Path | None) -> str:
    if isinstance(what, Function):
        return f"{what.name.lower()}({_written(what.argument)})"
    return "" if what is None else str(what)
