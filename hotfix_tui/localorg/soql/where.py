"""Conditions as SQL. A comparison with nothing is false, and NOT of it true: SOQL has no third truth value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from hotfix_tui.localorg.clock import api_datetime, parse_datetime
from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.schema.model import NUMBERS, Field
from hotfix_tui.localorg.soql.dates import Calendar, date_range
from hotfix_tui.localorg.soql.parse import located, malformed
from hotfix_tui.localorg.soql.tree import Compare, Condition, Logic, Membership, Not, Query, Value
from hotfix_tui.localorg.store.ids import to_18

# Of a function or field: the SQL, the field, and the SQL of its amount in the corporate currency.
Target = tuple[str, Field, str]
_KINDS = {
    "boolean": ("boolean", "boolean", False),
    "date": ("date", "date", False),
    "datetime": ("datetime", "dateTime", False),
    "int": ("number", "int", False),
    "double": ("number", "double", False),
    "currency": ("number", "currency", False),
    "percent": ("number", "percent", False),
}


class Where:
    """Turns conditions into SQL with parameters.

    `target` gives SQL and field of a path or function, `subquery` the SQL and parameters of a semi-join on a path.
    `rates` are the conversion rates by ISO code, empty in an organization of one currency.
    """

    def __init__(
        self,
        text: str,
        calendar: Calendar,
        target: Callable[[Any], Target],
        subquery: Callable[[Query, Any], tuple[str, list[Any]]],
        *,
        filterable: bool = True,
        rates: Mapping[str, float] | None = None,
    ) -> None:
        self.text = text
        self.calendar = calendar
        self.target = target
        self.subquery = subquery
        self.filterable = filterable
        self.rates = rates or {}
        self.parameters: list[Any] = []

    def sql(self, condition: Condition) -> str:
        """The SQL of a condition; its parameters are appended in order."""
        if isinstance(condition, Logic):
            return _joined([self.sql(part) for part in condition.parts], condition.operator.upper())
        if isinstance(condition, Not):
            return f"NOT IFNULL({self.sql(condition.part)}, 0)"
        left, field, money = self.target(condition.left)
        if field.type == "boolean":
            # Salesforce: a Boolean is never null in a WHERE; it is false, also where there is no such parent.
            left = f"IFNULL({left}, 0)"
        if _in_currency(condition):
            left = money
        if self.filterable and not field.filterable:
            raise self._error(condition.at, f"field '{field.name}' can not be filtered in a query call")
        if isinstance(condition, Membership):
            return self._membership(condition, left, field)
        return self._compare(condition, left, field)

    def _error(self, at: int, message: str, code: str = "INVALID_FIELD") -> ApiError:
        return ApiError(code, located(self.text, at, message))

    def _add(self, *values: Any) -> str:
        self.parameters.extend(values)
        return "?"

    def _compare(self, condition: Compare, left: str, field: Field) -> str:
        operator, right = condition.operator, condition.right
        if operator == "like":
            return self._like(condition, left, field)
        if field.type == "multipicklist" and operator not in ("=", "!="):
            raise self._error(condition.at, "invalid operator on multipicklist field", "INVALID_QUERY_FILTER_OPERATOR")
        if right.kind == "dateliteral":
            return self._range(operator, left, field, right)
        value = self.literal(field, right)
        if field.type == "boolean" and operator not in ("=", "!="):
            raise self._error(condition.at, "invalid operator on boolean field", "INVALID_QUERY_FILTER_OPERATOR")
        if value is None:
            if operator not in ("=", "!="):
                raise self._error(condition.at, "invalid operator", "INVALID_QUERY_FILTER_OPERATOR")
            return f"{left} IS {'NOT ' if operator == '!=' else ''}NULL"
        if operator in ("=", "!="):
            return f"{_collated(left, field)} IS {'NOT ' if operator == '!=' else ''}{self._add(value)}"
        return f"{_collated(left, field)} {operator} {self._add(value)}"

    def _like(self, condition: Compare, left: str, field: Field) -> str:
        if field.type in NUMBERS or field.type in ("boolean", "date", "datetime", "id", "reference", "time"):
            raise self._error(condition.at, f"invalid operator on {field.type} field", "INVALID_QUERY_FILTER_OPERATOR")
        if condition.right.kind == "null":
            return f"{left} IS NULL"
        if condition.right.kind != "string":
            raise self._wrong_kind(field, condition.right, "string", True)
        return f"sf_like({left}, {self._add(condition.right.pattern)})"

    def _membership(self, condition: Membership, left: str, field: Field) -> str:
        if condition.operator in ("includes", "excludes"):
            return self._multi(condition, left, field)
        negated = condition.operator == "not in"
        if condition.query is not None:
            if field.type not in ("id", "reference"):
                message = "The left operand of a semi join must be an id or reference field"
                raise self._error(condition.at, message, "INVALID_QUERY_FILTER_OPERATOR")
            sql, parameters = self.subquery(condition.query, condition.left)
            self._add(*parameters)
            return f"({left} IS NULL OR {left} NOT IN ({sql}))" if negated else f"{left} IN ({sql})"
        if any(value.kind == "dateliteral" for value in condition.values):
            parts = [self._range("=", left, field, value) for value in condition.values]
            found = "(" + " OR ".join(parts) + ")"
            return f"NOT IFNULL({found}, 0)" if negated else found
        values = [self.literal(field, value) for value in condition.values]
        given = [value for value in values if value is not None]
        marks = ", ".join(self._add(value) for value in given)
        collated = _collated(left, field)
        if negated:
            known = f"{collated} NOT IN ({marks})"
            return f"({left} IS NOT NULL AND {known})" if None in values else f"({left} IS NULL OR {known})"
        return f"({collated} IN ({marks}) OR {left} IS NULL)" if None in values else f"{collated} IN ({marks})"

    def _multi(self, condition: Membership, left: str, field: Field) -> str:
        if field.type != "multipicklist":
            message = f"invalid operator on {field.type} field"
            raise self._error(condition.at, message, "INVALID_QUERY_FILTER_OPERATOR")
        wanted = []
        for value in condition.values:
            if value.kind != "string":
                raise self._wrong_kind(field, value, "string", True)
            wanted.append(value.value)
        call = f"sf_includes({left}, {self._add(chr(31).join(wanted))})"
        return call if condition.operator == "includes" else f"NOT {call}"

    def _range(self, operator: str, left: str, field: Field, right: Value) -> str:
        if field.type not in ("date", "datetime"):
            name = right.value[0] if right.value[1] is None else f"{right.value[0]}:{right.value[1]}"
            raise malformed(located(self.text, right.at, f"unexpected token: '{name}'"))
        name, count = right.value
        start, end = date_range(name, count, self.calendar)
        first, after = _edge(field, start), _edge(field, end)
        match operator:
            case "=":
                return f"({left} >= {self._add(first)} AND {left} < {self._add(after)})"
            case "!=":
                return f"({left} IS NULL OR {left} < {self._add(first)} OR {left} >= {self._add(after)})"
            case "<":
                return f"{left} < {self._add(first)}"
            case "<=":
                return f"{left} < {self._add(after)}"
            case ">":
                return f"{left} >= {self._add(after)}"
            case _:
                return f"{left} >= {self._add(first)}"

    def _wrong_kind(self, field: Field, value: Value, kind: str, quotes: bool) -> ApiError:
        ending = "and should be enclosed in quotes" if quotes else "and should not be enclosed in quotes"
        return self._error(
            value.at, f"value of filter criterion for field '{field.name}' must be of type {kind} {ending}"
        )

    def literal(self, field: Field, value: Value) -> Any:
        """A literal as the field's column keeps it. Raises INVALID_FIELD when it is of the wrong kind."""
        if value.kind == "null":
            return 0 if field.type == "boolean" else None
        if value.kind == "currency" and value.value[0] not in self.rates:
            raise malformed(located(self.text, value.at, f"unexpected token: '{value.value[0]}'"))
        if field.type in _KINDS:
            wanted, word, quotes = _KINDS[field.type]
            kind = "number" if value.kind == "currency" and wanted == "number" else value.kind
            if kind != wanted:
                raise self._wrong_kind(field, value, word, quotes)
            return self._plain(field, value)
        if field.type == "time":
            if value.kind != "time":
                raise self._wrong_kind(field, value, "time", False)
            return f"{value.value[:8]}.{(value.value[9:-1] or '0').ljust(3, '0')[:3]}Z"
        if value.kind != "string":
            raise self._wrong_kind(field, value, "ID" if field.type in ("id", "reference") else "string", True)
        if field.type in ("id", "reference") and value.value:
            record_id = to_18(value.value)
            if record_id is None and not _keeps_names(field):
                raise self._error(value.at, f"invalid ID field: {value.value}", "INVALID_QUERY_FILTER_OPERATOR")
            if _keeps_names(field):
                return value.value[:15] if record_id else value.value
            return record_id or value.value
        return value.value or None

    def _plain(self, field: Field, value: Value) -> Any:
        if value.kind == "currency":
            code, amount = value.value
            return amount / self.rates[code]
        if field.type == "boolean":
            return int(value.value)
        try:
            if field.type == "datetime":
                return api_datetime(parse_datetime(value.value))
            if field.type == "date":
                return date.fromisoformat(value.value).isoformat()
        except ValueError:
            raise malformed(located(self.text, value.at, f"Invalid date: {value.value}")) from None
        return value.value


def _joined(parts: list[str], operator: str) -> str:
    """Parts joined as a balanced tree: SQLite takes a thousand levels, and queries list more alternatives than that."""
    while len(parts) > 1:
        parts = [
            f"({parts[index]} {operator} {parts[index + 1]})" if index + 1 < len(parts) else parts[index]
            for index in range(0, len(parts), 2)
        ]
    return parts[0]


def _in_currency(condition: Compare | Membership) -> bool:
    """Whether literals name a currency: then the converted amounts are compared."""
    values = condition.values if isinstance(condition, Membership) else (condition.right,)
    return any(value.kind == "currency" for value in values)


def _keeps_names(field: Field) -> bool:
    """References to EntityDefinition and FieldDefinition hold API names, of custom ones 15-character ids."""
    return any(name in ("EntityDefinition", "FieldDefinition") for name in field.reference_to)


def _edge(field: Field, day: date) -> str:
    return f"{day.isoformat()}T00:00:00.000+0000" if field.type == "datetime" else day.isoformat()


def _collated(left: str, field: Field) -> str:
    """Text compares without case unless the field says otherwise; columns carry that themselves."""
    return f"{left} COLLATE SF" if field.column is None or "(" in left else left
