"""Values that are equal although they are written differently, and those that are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfix_tui.data.rows import join_key, only_part
from hotfix_tui.data.values import same_ref, same_user, same_value


@pytest.mark.parametrize(
    ("left", "right", "kind"),
    [
        (60, 60.0, "percent"),
        (0.1, "0.10", "double"),
        ("", None, "string"),
        (False, None, "boolean"),
        ("2026-01-13T10:00:00.000+0000", "2026-01-13T12:00:00.000+0200", "datetime"),
        ("2026-01-13T10:00:00Z", "2026-01-13T10:00:00.000+0000", "datetime"),
        ("Gold;Silver", "Silver;Gold", "multipicklist"),
        ("one\r\ntwo", "one\ntwo", "textarea"),
        ("10:00:00.000Z", "10:00:00Z", "time"),
    ],
)
def test_the_same_value_written_differently(left: object, right: object, kind: str) -> None:
    assert same_value(left, right, kind)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("left", "right", "kind"),
    [
        (60, 60.01, "percent"),
        (0, None, "double"),
        ("Gold", "gold", "picklist"),
        ("2026-01-13T10:00:00.000+0000", "2026-01-13T10:00:00.000+0100", "datetime"),
        ("Gold", "Gold;Silver", "multipicklist"),
        ("one\r\ntwo", "one\ntwo", "string"),
        (True, None, "boolean"),
    ],
)
def test_values_that_differ(left: object, right: object, kind: str) -> None:
    assert not same_value(left, right, kind)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("production", "sandbox", "both", "same"),
    [
        ("ana@shop.example", "ana@shop.example.hfx1", False, True),
        ("Ana@Shop.example", "ana@shop.EXAMPLE.hfx1", False, True),
        ("ana@shop.example", "ana@shop.examples", False, False),
        ("ana@shop.example.uat", "ana@shop.example.qa", False, False),
        ("ana@shop.example.uat", "ana@shop.example.qa", True, True),
        ("ana@shop.com", "ana@shop.org", True, False),
    ],
)
def test_a_sandbox_username_is_productions_with_a_suffix(production: str, sandbox: str, both: bool, same: bool) -> None:
    assert same_user(production, sandbox, both_sandboxes=both) is same
    assert same_user(sandbox, production, both_sandboxes=both) is same


def test_lookups_are_the_same_parent_whatever_the_case_of_a_key_that_folds() -> None:
    assert same_ref(("A", "r-1"), ("A", "R-1"))
    assert not same_ref(("A", "r-1"), ("A", "R-1"), fold_case=False)
    assert not same_ref(("A", "R-1"), ("B", "R-1"))
    assert not same_ref(("A", "R-1"), None)
    assert same_ref(None, None)


@given(st.lists(st.text(), min_size=1, max_size=4), st.lists(st.text(), min_size=1, max_size=4))
def test_different_parts_never_make_the_same_key(left: list[str], right: list[str]) -> None:
    assert (join_key(left) == join_key(right)) == (left == right)


@given(st.text(st.characters() | st.sampled_from("|\\")))
def test_a_key_of_one_part_gives_that_part_back(text: str) -> None:
    assert only_part(join_key([text])) == text
