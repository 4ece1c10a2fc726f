"""The records of the fix: what changed between two readings, and the way back through bytes."""

from __future__ import annotations

import pytest
from hypothesis import given

from hotfix_tui.data.changes import change_events, patched, rows_delta
from hotfix_tui.data.errors import DataError
from hotfix_tui.data.rows import DataRows
from hotfix_tui.data.rows_json import bytes_to_rows, rows_to_bytes
from hotfix_tui.events.promote import FixRecord
from tests.data.worlds import course, lesson, rows, worlds


def content(some: DataRows) -> dict[str, dict[str, object]]:
    return {
        name: {key: (row.fields, row.lookups) for key, row in one.rows.items()} for name, one in some.objects.items()
    }


@given(worlds(), worlds())
def test_a_delta_put_on_its_base_gives_the_later_rows(base: DataRows, now: DataRows) -> None:
    assert content(patched(base, rows_delta(base, now))) == content(now)


@given(worlds())
def test_rows_that_did_not_change_have_no_delta(some: DataRows) -> None:
    assert rows_delta(some, some) == []


@given(worlds())
def test_rows_come_back_from_bytes_as_they_were(some: DataRows) -> None:
    again = bytes_to_rows(rows_to_bytes(some))
    assert again == some
    assert rows_to_bytes(again) == rows_to_bytes(some)


def test_bytes_that_are_no_rows_are_a_sentence() -> None:
    for content in (b"", b"[]", b'{"v": 1}', b'{"v": 9}'):
        with pytest.raises(DataError):
            bytes_to_rows(content)


def test_a_change_reads_lookups_by_key_and_names_only_what_moved() -> None:
    base = rows(course("C1", title="one", fee=3), lesson("L1", "C1"), lesson("L2", "C1", Before__c="L1"))
    now = rows(course("C1", title="one", fee=3.0), lesson("L2", "C1", Instead__c="L3"), lesson("L3", "C1"))
    facts = list(change_events(rows_delta(base, now), {("Lesson__c", "L2"): "moved"}))
    assert facts == [
        FixRecord(
            object="Lesson__c",
            key="L2",
            change="update",
            changes={"Before__c": ("L1", None), "Instead__c": (None, "L3")},
            drift=True,
        ),
        FixRecord(
            object="Lesson__c", key="L3", change="insert", changes={"Key__c": (None, "L3"), "Course__c": (None, "C1")}
        ),
        FixRecord(
            object="Lesson__c", key="L1", change="delete", changes={"Key__c": ("L1", None), "Course__c": ("C1", None)}
        ),
    ]


def test_a_lookup_to_something_nobody_can_name_is_listed_as_left() -> None:
    base = rows(course("C1"))
    now = rows(course("C1"))
    row = now.objects["Course__c"].rows["C1"]
    row.outside["Opening__c"] = "a02X"
    del row.lookups["Opening__c"]
    (change,) = rows_delta(base, now)
    assert (change.fields, change.left) == ((), ("Opening__c",))
