"""Random formulas of arithmetic and logic: the org's evaluation and one in exact fractions agree."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hotfix_tui.localorg.formula import FormulaError, evaluate, parse

FIELDS = ("A", "B", "C")


class Undefined(Exception):
    """A formula without a value: it divides by zero."""


@dataclass
class Values:
    """Three number fields, as formulas see them."""

    fields: Mapping[str, Decimal | None]
    blank_as_zero: bool

    def value(self, path: tuple[str, ...]) -> Any:
        return self.fields[path[0]]

    def prior(self, path: tuple[str, ...]) -> Any:
        return self.fields[path[0]]

    def is_new(self) -> bool:
        return False

    def is_changed(self, path: tuple[str, ...]) -> bool:
        return False

    def now(self) -> datetime:
        return datetime(2026, 1, 13, tzinfo=UTC)

    def is_number(self, path: tuple[str, ...]) -> bool:
        return True


# A formula is a nested tuple: ("+", left, right), ("IF", test, one, other), a field's name, or a number.


def written(node: Any) -> str:
    """The formula as text, with brackets everywhere."""
    if isinstance(node, str):
        return node
    if isinstance(node, Decimal):
        return str(node)
    if isinstance(node, bool):
        return str(node).upper()
    head, *rest = node
    parts = [written(each) for each in rest]
    if head == "neg":
        return f"(-{parts[0]})"
    if head.isalpha():
        return f"{head}({', '.join(parts)})"
    return f"({parts[0]} {head} {parts[1]})"


def worked_out(node: Any, fields: Mapping[str, Decimal | None], zero: bool) -> Any:
    """Its value as a Fraction, a bool or None, said again from Salesforce's documentation."""
    if isinstance(node, bool):
        return node
    if isinstance(node, Decimal):
        return Fraction(node)
    if isinstance(node, str):
        value = fields[node]
        return Fraction(value) if value is not None else Fraction(0) if zero else None
    head, *rest = node
    if head == "IF":
        return worked_out(rest[1] if worked_out(rest[0], fields, zero) else rest[2], fields, zero)
    if head in ("AND", "OR"):
        return (all if head == "AND" else any)(worked_out(each, fields, zero) for each in rest)
    if head == "ISBLANK":
        return fields[rest[0]] is None
    if head == "BLANKVALUE":
        return Fraction(fields[rest[0]]) if fields[rest[0]] is not None else worked_out(rest[1], fields, zero)
    return _applied(head, [worked_out(each, fields, zero) for each in rest])


def _applied(head: str, values: list[Any]) -> Any:
    if head == "NOT":
        return not values[0]
    if head in _COMPARISONS:
        return _compared(head, *values)
    if head in ("MIN", "MAX", "ABS", "FLOOR", "CEILING", "ROUND", "MOD"):
        return _function(head, [value or Fraction(0) for value in values])
    if any(value is None for value in values):
        return None
    left, right = values if len(values) == 2 else (values[0], Fraction(0))
    if head == "/" and not right:
        raise Undefined
    return {
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "/": lambda: left / right,
        "neg": lambda: -left,
    }[head]()


_COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")


def _compared(operator: str, left: Any, right: Any) -> bool:
    if operator in ("=", "<>"):
        return (left == right) == (operator == "=")
    if left is None or right is None:
        return False
    return bool({"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator])


def _function(head: str, values: list[Fraction]) -> Fraction:
    first = values[0]
    if head in ("MIN", "MAX"):
        return min(values) if head == "MIN" else max(values)
    if head == "ABS":
        return abs(first)
    if head == "FLOOR":  # Salesforce rounds towards zero here, and away from it in CEILING
        return Fraction(math.floor(first) if first > 0 else math.ceil(first))
    if head == "CEILING":
        return Fraction(math.ceil(first) if first > 0 else math.floor(first))
    if head == "ROUND":
        scaled = abs(first) * 100
        return Fraction(math.floor(scaled + Fraction(1, 2)), 100) * (-1 if first < 0 else 1)
    if not values[1]:
        raise Undefined
    return first - values[1] * math.floor(first / values[1])


_FIELD = st.sampled_from(FIELDS)
_NUMBERS = st.decimals(-50, 50, places=2) | st.integers(-5, 5).map(Decimal)


def _deeper(inner: Any) -> Any:
    test = st.tuples(st.sampled_from(_COMPARISONS), inner, inner) | st.tuples(st.just("ISBLANK"), _FIELD)
    logic = st.one_of(
        test,
        st.tuples(st.sampled_from(["AND", "OR"]), test, test),
        st.tuples(st.just("NOT"), test),
    )
    return st.one_of(
        st.tuples(st.sampled_from(["+", "-", "*", "/", "MOD", "MIN", "MAX"]), inner, inner),
        st.tuples(st.sampled_from(["neg", "ABS", "FLOOR", "CEILING"]), inner),
        st.tuples(st.just("ROUND"), inner, st.just(Decimal(2))),
        st.tuples(st.just("IF"), logic, inner, inner),
        st.tuples(st.just("BLANKVALUE"), _FIELD, inner),
    )


_FORMULAS = st.recursive(_FIELD | _NUMBERS, _deeper, max_leaves=8)


@settings(max_examples=400, deadline=None)
@given(
    formula=_FORMULAS,
    fields=st.fixed_dictionaries({name: st.none() | _NUMBERS for name in FIELDS}),
    zero=st.booleans(),
)
def test_arithmetic_and_logic_give_what_fractions_give(
    formula: Any, fields: Mapping[str, Decimal | None], zero: bool
) -> None:
    text = written(formula)
    try:
        wanted = worked_out(formula, fields, zero)
    except Undefined:
        wanted = Undefined
    try:
        got: Any = evaluate(parse(text), Values(fields, zero))
    except FormulaError:
        got = Undefined
    if isinstance(wanted, Fraction) and isinstance(got, Decimal):
        close = abs(Fraction(got) - wanted) <= abs(wanted) * Fraction(1, 10**15) + Fraction(1, 10**12)
        assert close or _at_an_edge(formula), text
    else:
        assert got == wanted or _at_an_edge(formula), text


def _at_an_edge(formula: Any) -> bool:
    """A quotient that never ends is cut off after 28 digits: steps and comparisons just there may fall either way."""
    text = written(formula)
    return text.count("/") > 1 or (
        "/" in text and any(word in text for word in ("FLOOR", "CEIL", "MOD", "ROUND", "IF"))
    )
