"""Entry conditions of flows and workflow rules, and filters of duplicate rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.clock import parse_datetime
from hotfix_tui.localorg.formula import FormulaError
from hotfix_tui.localorg.formula.functions import is_blank, text_of

if TYPE_CHECKING:
    from hotfix_tui.localorg.records.formulas import RecordContext

_OPERATORS = {
    "EqualTo": "equals",
    "NotEqualTo": "notEqual",
    "GreaterThan": "greaterThan",
    "LessThan": "lessThan",
    "GreaterThanOrEqualTo": "greaterOrEqual",
    "LessThanOrEqualTo": "lessOrEqual",
    "StartsWith": "startsWith",
    "Contains": "contains",
}


@dataclass(frozen=True)
class Criterion:
    """`field operation value`; `kind` is the flow's value element (stringValue, elementReference …) or empty."""

    field: str
    operation: str
    value: str | None
    kind: str = ""


def holds(criteria: Sequence[Criterion], logic: str, context: RecordContext) -> bool:
    """Whether the criteria hold for a record. What is not understood counts as met."""
    return combined(logic, [_met(each, context) for each in criteria])


def compare(operation: str, actual: Any, wanted: str) -> bool:
    """Whether a value meets `operation wanted`; the words are those of metadata filters. KeyError for unknown ones."""
    return _TESTS[operation](actual, wanted)


def combined(logic: str, results: Sequence[bool]) -> bool:
    """Results joined by `and`, `or` or numbers (`1 and (2 or 3)`)."""
    logic = (logic or "and").strip().lower()
    if logic == "and":
        return all(results)
    if logic == "or":
        return any(results)
    return _numbered(logic, list(results))


def _numbered(logic: str, results: list[bool]) -> bool:
    """Logic such as `1 and (2 or 3)`."""
    tokens = re.findall(r"\d+|and|or|not|\(|\)", logic)
    if "".join(tokens) != re.sub(r"\s+", "", logic):
        return True
    parser = _Logic(tokens, results)
    try:
        return parser.either()
    except (IndexError, ValueError):
        return True


class _Logic:
    def __init__(self, tokens: list[str], results: list[bool]) -> None:
        self.tokens = tokens
        self.results = results

    def _taken(self, word: str) -> bool:
        if self.tokens and self.tokens[0] == word:
            self.tokens.pop(0)
            return True
        return False

    def either(self) -> bool:
        found = self.both()
        while self._taken("or"):
            found = self.both() or found
        return found

    def both(self) -> bool:
        found = self.one()
        while self._taken("and"):
            found = self.one() and found
        return found

    def one(self) -> bool:
        if self._taken("not"):
            return not self.one()
        if self._taken("("):
            found = self.either()
            if not self._taken(")"):
                raise ValueError("unbalanced")
            return found
        return self.results[int(self.tokens.pop(0)) - 1]


def _met(each: Criterion, context: RecordContext) -> bool:
    path = tuple(each.field.replace("$Record.", "").split("."))
    try:
        if each.operation == "IsChanged":
            return context.is_changed(path) == (each.value == "true")
        actual = context.value(path)
    except FormulaError:
        return True
    if each.operation == "IsNull":
        return is_blank(actual) == (each.value == "true")
    if each.kind == "elementReference":
        return True
    test = _TESTS.get(_OPERATORS.get(each.operation, each.operation))
    return True if test is None else test(actual, each.value or "")


def _same(actual: Any, wanted: str) -> bool:
    if is_blank(actual) or wanted == "":
        return is_blank(actual) and wanted == ""
    converted = _like(actual, wanted)
    if isinstance(actual, str) and isinstance(converted, str):
        return actual.casefold() == converted.casefold()
    return bool(actual == converted)


def _like(actual: Any, wanted: str) -> Any:
    """The criterion's text as a value of the record's kind."""
    try:
        if isinstance(actual, bool):
            return wanted.lower() in ("true", "1")
        if isinstance(actual, Decimal):
            return Decimal(wanted.rstrip("%")) / (100 if wanted.endswith("%") else 1)
        if hasattr(actual, "hour"):
            return parse_datetime(wanted)
        if isinstance(actual, date):
            return date.fromisoformat(wanted)
    except (ArithmeticError, ValueError):
        return wanted
    return wanted


def _order(compare: Callable[[Any, Any], bool]) -> Callable[[Any, str], bool]:
    def test(actual: Any, wanted: str) -> bool:
        if is_blank(actual):
            return False
        try:
            return compare(actual, _like(actual, wanted))
        except TypeError:
            return True

    return test


def _any_of(test: Callable[[Any, str], bool]) -> Callable[[Any, str], bool]:
    """Workflow criteria list alternatives with commas."""
    return lambda actual, wanted: test(actual, wanted) or any(test(actual, each.strip()) for each in wanted.split(","))


_TESTS: dict[str, Callable[[Any, str], bool]] = {
    "equals": _any_of(_same),
    "notEqual": lambda actual, wanted: not _any_of(_same)(actual, wanted),
    "greaterThan": _order(lambda a, b: a > b),
    "lessThan": _order(lambda a, b: a < b),
    "greaterOrEqual": _order(lambda a, b: a >= b),
    "lessOrEqual": _order(lambda a, b: a <= b),
    "startsWith": lambda actual, wanted: text_of(actual).casefold().startswith(wanted.casefold()),
    "contains": lambda actual, wanted: wanted.casefold() in text_of(actual).casefold(),
    "notContain": lambda actual, wanted: wanted.casefold() not in text_of(actual).casefold(),
    "includes": _any_of(lambda actual, wanted: wanted in text_of(actual).split(";")),
}
