"""The SQL for a field's value: its column, or what works it out."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from hotfix_tui.localorg.clock import api_datetime, parse_datetime
from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.schema.model import NUMBERS, Field, SObject

if TYPE_CHECKING:
    from hotfix_tui.localorg.schema import Schema

_ORDERED = {"lessThan": "<", "lessOrEqual": "<=", "greaterThan": ">", "greaterOrEqual": ">="}
_PATTERNS = {"contains": "%{}%", "notContain": "%{}%", "startsWith": "{}%"}


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
    schema = schema.whole  # A total counts all details, also those its reader does not see.
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
        # Decimal arithmetic: what binary fractions leave behind is rounded off.
        total = f"ROUND(CAST(TOTAL({value}) AS REAL), {source.scale})"
    return f'(SELECT {total} FROM "{child.name}" d WHERE {where})'  # noqa: S608


def _filter(schema: Schema, child: SObject, name: str, operation: str, value: str) -> str:
    """One filter of a roll-up; `equals` and the like take alternatives divided by commas, an empty value is no value.

    Raises INVALID_FIELD for a filter this org cannot follow.
    """
    field = child.field(name)
    if field is None:
        raise _unknown(child, name, operation)
    left = expression(schema, child, field, "d")
    choices = [each.strip() for each in value.split(",")]
    if operation in ("equals", "notEqual"):
        found = " OR ".join(f"{left} IS {_literal(field, each)}" for each in choices)
        return f"({found})" if operation == "equals" else f"NOT ({found})"
    if operation in _ORDERED:
        return f"IFNULL({left} {_ORDERED[operation]} {_literal(field, value.strip())}, 0)"
    if operation in _PATTERNS and field.type not in NUMBERS:
        found = " OR ".join(f"sf_like({left}, {_text(_PATTERNS[operation].format(_plain(each)))})" for each in choices)
        return f"NOT ({found})" if operation == "notContain" else f"({found})"
    if operation in ("includes", "excludes") and field.type == "multipicklist":
        found = f"sf_includes({left}, {_text(chr(31).join(choices))})"
        return f"NOT {found}" if operation == "excludes" else found
    raise _unknown(child, name, operation)


def _unknown(child: SObject, name: str, operation: str) -> ApiError:
    return ApiError("INVALID_FIELD", f"roll-up filter on {child.name}.{name} ({operation}) is not supported")


def _literal(field: Field, value: str) -> str:
    if value == "" and field.type != "boolean":
        return "NULL"
    if field.type == "boolean":
        return "1" if value.lower() in ("true", "1") else "0"
    try:
        if field.type in NUMBERS:
            return repr(float(value.rstrip("%")))
        if field.type in ("date", "datetime"):
            return _text(_day(field, value))
    except ValueError:
        raise ApiError("INVALID_FIELD", f"roll-up filter on {field.name}: {value} is no {field.type}") from None
    return _text(value)


def _day(field: Field, value: str) -> str:
    """A day as metadata writes it: 2026-01-31 or 1/31/2026, with a time of day or not."""
    if "/" in value:
        day, _, clock = value.partition(" ")
        month, number, year = (int(part) for part in day.split("/"))
        moment = datetime(year, month, number)
        if clock.strip():
            hours = datetime.strptime(clock.strip().upper(), "%I:%M %p")
            moment = moment.replace(hour=hours.hour, minute=hours.minute)
    else:
        moment = parse_datetime(value)
    return moment.date().isoformat() if field.type == "date" else api_datetime(moment)


def _plain(value: str) -> str:
    """A text in which the wild cards of LIKE stand for themselves."""
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
