"""From the cells of a row to the values of a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hotfix_tui.localorg.bulk.columns import Column
from hotfix_tui.localorg.records.outcome import SaveError
from hotfix_tui.localorg.schema.model import Field

NULL = "#N/A"
Record = dict[str, Any]
# "Valid Date Format in Records": a checkbox takes these, in any case (Bulk API Developer Guide).
_BOOLEANS = dict.fromkeys(("true", "yes", "y", "on", "1"), "true") | dict.fromkeys(
    ("false", "no", "n", "off", "0"), "false"
)
_XSD = {
    "boolean": "boolean",
    "int": "int",
    "long": "long",
    "double": "double",
    "currency": "double",
    "percent": "double",
    "date": "date",
    "datetime": "dateTime",
    "time": "time",
}


def record_of(columns: Sequence[Column], cells: Sequence[str]) -> Record:
    """The values of a CSV row: an empty cell says nothing about its field, `#N/A` empties it."""
    out: Record = {}
    for column, cell in zip(columns, cells, strict=True):
        if cell == "":
            continue
        value = None if cell == NULL else cell
        if column.parent is None:
            out[column.field.name] = _BOOLEANS.get(cell.lower(), cell) if column.field.type == "boolean" else value
        elif value is None:
            out[column.field.relationship_name or ""] = None
        else:
            nested = {"attributes": {"type": column.parent.name}, column.key: value}
            out[column.field.relationship_name or ""] = nested
    return out


def fields_of(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """The columns that JSON or XML records use, as a header would have them; the order is that of first use."""
    seen: dict[str, None] = {}
    for record in records:
        for name, value in record.items():
            if name == "attributes":
                continue
            if isinstance(value, Mapping):
                seen.update(dict.fromkeys(_parent_columns(name, value)))
            else:
                seen[name] = None
    return list(seen)


def _parent_columns(name: str, value: Mapping[str, Any]) -> list[str]:
    attributes = value.get("attributes")
    kind = attributes.get("type", "") if isinstance(attributes, Mapping) else ""
    return [f"{kind}:{name}.{key}" if kind else f"{name}.{key}" for key in value if key != "attributes"]


def bulk_error(
    error: SaveError, columns: Sequence[Column], cells: Mapping[str, Any]
) -> tuple[str, str, tuple[str, ...]]:
    """An error of a save in the words of the Bulk API: a text that does not fit its field's type is not parsed."""
    if error.code != "JSON_PARSER_ERROR" or len(error.fields) != 1:
        return error.code, error.message, tuple(error.fields)
    name = error.fields[0]
    index, field = next(((i, c.field) for i, c in enumerate(columns) if c.field.name == name), (-1, None))
    if field is None:
        return error.code, error.message, tuple(error.fields)
    text = (
        f"Failed to deserialize field at col {index}. Due to, '{cells.get(name)}' is not a valid value for the type"
        f" xsd:{_xsd(field)}"
    )
    return "INVALID_FIELD", text, (name,)


def _xsd(field: Field) -> str:
    return _XSD.get(field.type, "string")
