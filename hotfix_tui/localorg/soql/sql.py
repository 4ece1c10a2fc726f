"""The SQL for a field's value: its column, or what works it out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.schema.model import NUMBERS, Field, SObject

if TYPE_CHECKING:
    from hotfix_tui.localorg.schema import Schema

_FILTERS = {
    "equals": "=",
    "notEqual": "IS NOT",
    "lessThan": "<",
    "lessOrEqual": "<=",
    "greaterThan": ">",
    "greaterOrEqual": ">=",
}


def expression(schema: Schema, owner: SObject, field: Field, alias: str) -> str:
    """SQL for a field of the row `alias`; for a compound field that of its Id (its parts are read apart)."""
    if field.formula is not None:
        return f"sf_formula('{owner.name}', '{field.name}', {alias}.\"Id\")"
    if field.summary is not None:
        return roll_up(schema, field, f'{alias}."Id"')
    if field.column is None:
        return "NULL"
    return f'{alias}."{field.name}"'


def roll_up(schema: Schema, field: Field, master_id: str) -> str:
    """SQL for a roll-up summary of one master's details. Raises ApiError when its definition cannot be followed."""
    summary = field.summary
    child = schema.object(summary.child) if summary else None
    if summary is None or child is None or child.field(summary.foreign_key) is None:
        return "NULL"
    conditions = [f'd."{summary.foreign_key}" = {master_id}', 'd."IsDeleted" = 0']
    for name, operation, value in summary.filters:
        conditions.append(_filter(schema, child, name, operation, value))
    where = " AND ".join(conditions)
    if summary.operation == "count":
        return f'(SELECT CAST(COUNT(*) AS REAL) FROM "{child.name}" d WHERE {where})'  # noqa: S608
    source = child.field(summary.summarized or "")
    if source is None:
        return "NULL"
    value = expression(schema, child, source, "d")
    total = f"{summary.operation.upper()}({value})"
    if summary.operation == "sum":
        total = f"CAST(TOTAL({value}) AS REAL)"
    return f'(SELECT {total} FROM "{child.name}" d WHERE {where})'  # noqa: S608


def _filter(schema: Schema, child: SObject, name: str, operation: str, value: str) -> str:
    field = child.field(name)
    if field is None or operation not in _FILTERS:
        raise ApiError("INVALID_FIELD", f"roll-up filter on {child.name}.{name} ({operation}) is not supported")
    left = expression(schema, child, field, "d")
    choices = [_literal(field, each.strip()) for each in value.split(",")]
    if operation == "equals":
        return f"{left} IN ({', '.join(choices)})"
    if operation == "notEqual":
        return f"({left} IS NULL OR {left} NOT IN ({', '.join(choices)}))"
    return f"{left} {_FILTERS[operation]} {choices[0]}"


def _literal(field: Field, value: str) -> str:
    if field.type == "boolean":
        return "1" if value.lower() in ("true", "1") else "0"
    if field.type in NUMBERS:
        return repr(float(value))
    return "'" + value.replace("'", "''") + "'"
