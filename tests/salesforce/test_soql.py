"""SOQL literals cannot be broken out of, and IN lists fit the address."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfix_tui.salesforce.soql import address_length, in_clauses, like, quote

_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
_UNESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "'": "'", "\\": "\\", '"': '"'}


def read_literal(literal: str) -> str:
    """A SOQL text literal as Salesforce's grammar reads it, written apart from `quote`."""
    assert literal[0] == "'"
    text, place = "", 1
    while literal[place] != "'":
        if literal[place] == "\\":
            place += 1
            text += _UNESCAPED[literal[place]]
        else:
            text += literal[place]
        place += 1
    assert place == len(literal) - 1, "the literal ends before its text does"
    return text


@given(_TEXT)
def test_text_comes_back_whole_and_ends_where_it_ends(text: str) -> None:
    literal = quote(text)
    assert read_literal(literal) == text
    assert not set("\n\r\t") & set(literal)


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-12, "-12"),
        (1e21, "1000000000000000000000"),
        (0.1, "0.1"),
        (Decimal("1E+3"), "1000"),
        (date(2026, 1, 13), "2026-01-13"),
        (datetime(2026, 1, 13, 9, 41, tzinfo=UTC), "2026-01-13T09:41:00.000+00:00"),
        (datetime(2026, 1, 13, 9, 41, tzinfo=timezone(timedelta(hours=-5))), "2026-01-13T09:41:00.000-05:00"),
        ("", "''"),
        ("x' OR Name != '", "'x\\' OR Name != \\''"),
    ],
)
def test_each_kind_of_value_has_its_form(value: object, literal: str) -> None:
    assert quote(value) == literal  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), "a\0b", "\ud800", datetime(2026, 1, 1)])
def test_what_soql_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        quote(value)  # type: ignore[arg-type]


def test_like_takes_its_wildcards_as_text() -> None:
    assert like("50%_off'") == "'50\\%\\_off\\''"


@given(st.lists(_TEXT, max_size=60), st.integers(min_value=20, max_value=400))
def test_in_lists_hold_each_value_once_in_order_and_fit(values: list[str], max_length: int) -> None:
    clauses = list(in_clauses(values, max_length))
    found: list[str] = []
    for clause in clauses:
        assert clause[0] == "("
        assert clause[-1] == ")"
        inside = _split(clause[1:-1])
        found += [read_literal(item) for item in inside]
        assert address_length(clause) <= max_length or len(inside) == 1
    assert found == list(dict.fromkeys(values))


def _split(items: str) -> list[str]:
    parts, start, place, inside = [], 0, 0, False
    while place < len(items):
        if items[place] == "\\":
            place += 1
        elif items[place] == "'":
            inside = not inside
        elif items[place] == "," and not inside:
            parts.append(items[start:place])
            start = place + 1
        place += 1
    return [*parts, items[start:]]


def test_no_values_make_no_list() -> None:
    assert list(in_clauses([])) == []


def test_numbers_and_text_that_look_alike_are_both_kept() -> None:
    assert list(in_clauses([1, "1", True, None])) == ["(1,'1',true,null)"]
