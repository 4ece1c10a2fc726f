"""Functions of SOQL as SQL: aggregates, parts of dates, converted money."""

from __future__ import annotations

from dataclasses import replace

from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.schema.model import NUMBERS, Field
from hotfix_tui.localorg.soql.parse import located, malformed
from hotfix_tui.localorg.soql.scope import Resolved, Scope
from hotfix_tui.localorg.soql.tree import Function, Path

AGGREGATES = frozenset({"COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX"})
_MONTH = "CAST(substr({0}, 6, 2) AS INTEGER)"
_YEAR = "CAST(substr({0}, 1, 4) AS INTEGER)"
_DAY = "CAST(substr({0}, 9, 2) AS INTEGER)"
_IN_YEAR = "CAST(strftime('%j', substr({0}, 1, 10)) AS INTEGER)"
_DATE_PARTS = {
    "CALENDAR_YEAR": _YEAR,
    "CALENDAR_MONTH": _MONTH,
    "CALENDAR_QUARTER": f"({_MONTH} + 2) / 3",
    "DAY_IN_MONTH": _DAY,
    "DAY_IN_YEAR": _IN_YEAR,
    "DAY_IN_WEEK": "CAST(strftime('%w', substr({0}, 1, 10)) AS INTEGER) + 1",
    "WEEK_IN_MONTH": f"({_DAY} + 6) / 7",
    "WEEK_IN_YEAR": f"({_IN_YEAR} + 6) / 7",
    "HOUR_IN_DAY": "CAST(substr({0}, 12, 2) AS INTEGER)",
    "DAY_ONLY": "substr({0}, 1, 10)",
}
_FISCAL = {
    # Counted from the first month of the fiscal year, {1}; the year is called after the one in which it begins.
    "FISCAL_MONTH": f"({_MONTH} - {{1}} + 12) % 12 + 1",
    "FISCAL_QUARTER": f"(({_MONTH} - {{1}} + 12) % 12) / 3 + 1",
    "FISCAL_YEAR": f"{_YEAR} - ({_MONTH} < {{1}})",
}
_ONLY_DATETIME = frozenset({"HOUR_IN_DAY", "DAY_ONLY"})


def aggregates(what: Path | Function) -> bool:
    """Whether something selected adds rows up."""
    return isinstance(what, Function) and (
        what.name in AGGREGATES or (isinstance(what.argument, Function) and aggregates(what.argument))
    )


def function_sql(scope: Scope, function: Function, fiscal_month: int) -> Resolved:
    """The SQL and the type of a function's value. Raises MALFORMED_QUERY for what this org does not know."""
    if function.name == "COUNT" and function.argument is None:
        return Resolved("COUNT(*)", Field("count", "count", "int"), ())
    if function.argument is None:
        raise malformed(located(scope.text, function.at, "unexpected token: ')'"))
    inner = function.argument
    if isinstance(inner, Function):
        if function.name not in _DATE_PARTS and function.name not in _FISCAL and function.name != "FORMAT":
            raise _unexpected(scope, inner)
        if function.name != "FORMAT" and inner.name != "CONVERTTIMEZONE":
            raise _unexpected(scope, inner)
        found = function_sql(scope, inner, fiscal_month)
    else:
        found = scope.resolve(inner)
    return _applied(scope, function, found, fiscal_month)


def _applied(scope: Scope, function: Function, found: Resolved, fiscal_month: int) -> Resolved:
    name, field = function.name, found.field
    if name in AGGREGATES:
        return _aggregated(scope, function, found)
    if name == "FORMAT":
        return found
    if name == "CONVERTCURRENCY":
        if field.type != "currency" or len(scope.schema.currencies) < 2:
            message = (
                "convertCurrency() is only supported for currency fields of organizations with multiple currencies"
            )
            raise malformed(located(scope.text, function.at, message))
        return replace(found, sql=converted(scope, found), owner="")
    if name == "CONVERTTIMEZONE" and field.type == "datetime":
        return found
    form = _DATE_PARTS.get(name) or _FISCAL.get(name)
    if form is None:
        raise _unexpected(scope, function)
    if field.type != "datetime" and (field.type != "date" or name in _ONLY_DATETIME):
        message = f"field '{field.name}' can not be used with function {name}"
        raise malformed(located(scope.text, function.at, message))
    sql = form.format(found.sql, fiscal_month)
    return Resolved(f"({sql})", Field(name, name, "date" if name == "DAY_ONLY" else "int"), ())


def converted(scope: Scope, found: Resolved) -> str:
    """Money in the corporate currency: what a user sees and what adds up."""
    if found.field.type != "currency" or len(scope.schema.currencies) < 2 or not found.alias:
        return found.sql
    owner = scope.schema.require(found.owner)
    if owner.field("CurrencyIsoCode") is None:
        return found.sql
    rate = f'(SELECT r."ConversionRate" FROM "CurrencyType" r WHERE r."IsoCode" = {found.alias}."CurrencyIsoCode")'  # noqa: S608
    return f"({found.sql} / IFNULL({rate}, 1))"


def _aggregated(scope: Scope, function: Function, found: Resolved) -> Resolved:
    field, sql = found.field, found.sql
    counts = function.name in ("COUNT", "COUNT_DISTINCT")
    if (function.name in ("SUM", "AVG") and field.type not in NUMBERS) or not (field.aggregatable or counts):
        message = f"field {field.name} does not support aggregate operator {function.name}"
        raise malformed(located(scope.text, function.at, message))
    if counts and (not field.filterable or field.type in ("address", "location", "base64")):
        message = f"field {field.name} does not support aggregate operator {function.name}"
        raise malformed(located(scope.text, function.at, message))
    if field.column is None and field.type not in NUMBERS:
        sql = f"{sql} COLLATE SF"
    # Adding up is decimal arithmetic in Salesforce: what binary fractions leave behind is rounded off.
    money = converted(scope, found)
    total = f"ROUND(SUM({money}), {field.scale})" if field.type != "int" else f"SUM({money})"
    match function.name:
        case "COUNT":
            return Resolved(f"COUNT({sql})", Field("count", "count", "int"), ())
        case "COUNT_DISTINCT":
            return Resolved(f"COUNT(DISTINCT {sql})", Field("count", "count", "int"), ())
        case "SUM":
            return Resolved(total, field, ())
        case "AVG":
            return Resolved(f"({total} * 1.0 / COUNT({sql}))", replace(field, type="double"), ())
        case name:
            return Resolved(f"{name}({money if money != found.sql else sql})", field, ())


def _unexpected(scope: Scope, function: Function) -> ApiError:
    return malformed(located(scope.text, function.at, f"unexpected token: '{function.name}'"))


def named(what: Path | Function) -> str:
    """What refusals call it."""
    return str(what) if isinstance(what, Path) else what.name


def label_sql(scope: Scope, function: Function) -> str:
    """The SQL of toLabel(): a picklist value's label; the value itself where it has none. Raises MALFORMED_QUERY."""
    assert isinstance(function.argument, Path)
    found = scope.resolve(function.argument)
    if found.field.type == "multipicklist":
        labels = "".join(f"{each.value}\x1f{each.label}\x1e" for each in found.field.values)
        return f"sf_labels({found.sql}, {text_sql(labels)})"
    if found.field.type != "picklist" and not found.field.name_field:
        message = f"toLabel is not supported for the field {found.field.name}"
        raise malformed(located(scope.text, function.at, message))
    whens = " ".join(f"WHEN {text_sql(v.value)} THEN {text_sql(v.label)}" for v in found.field.values)
    return f"(CASE {found.sql} {whens} ELSE {found.sql} END)" if whens else found.sql


def text_sql(value: str) -> str:
    """A text as SQL has it."""
    return "'" + value.replace("'", "''") + "'"
