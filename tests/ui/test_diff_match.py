"""Lines and words that belong together."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfix_tui.ui.widgets import diff_match, diff_words
from hotfix_tui.ui.widgets.diff_match import Stopped, align

SHORT = st.lists(st.sampled_from("abcdef"), max_size=40)


def check(left: list[str], right: list[str]) -> int:
    """Each stretch is where the one before ended, equal ones are equal, and nothing is left over. The equal items."""
    i = j = kept = 0
    before = None
    for equal, i1, i2, j1, j2 in align(left, right):
        assert (i1, j1) == (i, j) and (i2 > i1 or j2 > j1)
        assert equal != before
        if equal:
            assert left[i1:i2] == right[j1:j2]
            kept += i2 - i1
        i, j, before = i2, j2, equal
    assert (i, j) == (len(left), len(right))
    return kept


@given(SHORT, SHORT)
def test_stretches_cover_both_sides(left: list[str], right: list[str]) -> None:
    check(left, right)


@given(SHORT, SHORT)
def test_so_does_each_way_of_finding_them(left: list[str], right: list[str]) -> None:
    exact = diff_match._EXACT
    diff_match._EXACT = 0  # as if every stretch were long
    try:
        check(left, right)
    finally:
        diff_match._EXACT = exact


@given(st.lists(st.sampled_from("ab"), min_size=150, max_size=300), st.integers(0, 149), st.randoms())
def test_one_item_gone_from_a_long_stretch_of_few_kinds_is_all_that_differs(
    left: list[str], place: int, rng: random.Random
) -> None:
    assert check(left, left[:place] + left[place + 1 :]) == len(left) - 1
    other = [*left[:place], "x", *left[place:], "y"]
    assert check(left, other) == len(left)


def test_a_hundred_thousand_lines_are_aligned_without_looking_at_each_pair() -> None:
    left = [f"line {number}" if number % 5 else "}" for number in range(100_000)]
    right = [f"{line}!" if number % 1_000 == 7 else line for number, line in enumerate(left)]
    looked = 0

    def alive() -> bool:
        nonlocal looked
        looked += 1
        return True

    ops = align(left, right, alive)
    assert sum(not op[0] for op in ops) == 100
    assert looked < 200_000


def test_what_is_all_different_and_has_nothing_to_hold_on_to_is_one_replaced_block() -> None:
    rng = random.Random(5)
    left, right = [[rng.choice("abc") for _ in range(3_000)] for _ in range(2)]
    check(left, right)


def test_it_stops_when_nobody_waits() -> None:
    with pytest.raises(Stopped):
        align(["a"], ["b"], lambda: False)


@pytest.mark.parametrize(
    ("left", "right", "marked"),
    [
        ("Total__c > 70", "Total__c > 0.70", ([], ["0."])),
        ("  return a + b;", "  return a - b;", (["+"], ["-"])),
        ("<active>true</active>", "<active>false</active>", (["true"], ["false"])),
        ("Integer x = 1;", "Integer x = 1; // why", ([], ["// why"])),
        ("nothing alike here", "qwertz {", ([], [])),
        ("same", "same", ([], [])),
    ],
)
def test_the_words_that_differ_are_marked(left: str, right: str, marked: tuple[list[str], list[str]]) -> None:
    spans = diff_words.changed(left, right)
    found = tuple([text[a:b].strip() for a, b in side] for text, side in zip((left, right), spans, strict=True))
    assert found == marked


@given(st.text("ab (),.=1", max_size=60), st.text("ab (),.=1", max_size=60))
def test_without_the_marked_words_both_lines_are_alike(left: str, right: str) -> None:
    spans = diff_words.changed(left, right)
    if any(spans):
        rest = []
        for text, side in zip((left, right), spans, strict=True):
            assert list(side) == sorted(side) and all(0 <= a < b <= len(text) for a, b in side)
            rest.append("".join(c for place, c in enumerate(text) if not any(a <= place < b for a, b in side)))
        assert rest[0].replace(" ", "") == rest[1].replace(" ", "")


def test_a_formula_of_5000_characters_is_marked_at_its_one_change() -> None:
    formula = "AND(" + ", ".join(f"OR(F_{n % 40}__c > {n % 7}, ISBLANK(F_{n % 40}__c))" for n in range(150)) + ")"
    other = formula[:4000] + "NOT " + formula[4000:]
    assert len(formula) > 5_000
    left, right = diff_words.changed(formula, other)
    assert sum(b - a for a, b in left) < 20 and sum(b - a for a, b in right) < 20
    assert any(a <= 4000 < b for a, b in right)


def test_a_line_longer_than_any_formula_is_marked_by_how_it_begins_and_ends() -> None:
    left = "x" * 50_000
    assert diff_words.changed(left, left[:30_000] + "Y" + left[30_001:]) == (((30_000, 30_001),), ((30_000, 30_001),))


def test_lines_of_a_block_stand_beside_those_they_are_like() -> None:
    left = ["a = 1;", "call(first, second);", "done"]
    right = ["new line here", "another new one", "call(first, third);", "done now"]
    assert diff_words.pairs(left, right) == [(0, 0), (-1, 1), (1, 2), (2, 3)]


@given(st.lists(st.text("ab ", max_size=5), max_size=8), st.lists(st.text("ab ", max_size=5), max_size=8))
def test_every_line_of_a_block_is_in_one_pair(left: list[str], right: list[str]) -> None:
    pairs = diff_words.pairs(left, right)
    assert [i for i, _ in pairs if i >= 0] == list(range(len(left)))
    assert [j for _, j in pairs if j >= 0] == list(range(len(right)))
