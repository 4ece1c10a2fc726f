"""The rows of a plan are the same in memory and on disk, and so are the levels that numbers give and keys give."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfix_tui.data import spool
from hotfix_tui.data.levels import Forest
from hotfix_tui.data.ordering import row_levels
from hotfix_tui.data.row_plans import Act, RowPlan, RowPlans

ACTS: list[Act] = ["insert", "update", "delete", "equal"]
KEYS = st.text(max_size=3)


@st.composite
def row_plans(draw: st.DrawFn) -> RowPlan:
    row = RowPlan("Course__c", draw(KEYS), draw(st.sampled_from(ACTS)))
    if row.act == "equal":
        return row
    row.id = draw(st.sampled_from(["", "a01000000000001AAA"]))
    row.master = draw(st.sampled_from(["", "Course__c 1", "Course__c 2", "\ud800"]))
    row.level = draw(st.integers(0, 2))
    if draw(st.booleans()):
        row.values = {"Name": draw(KEYS), "Fee__c": draw(st.none() | st.floats(allow_nan=False))}
        row.changes = {"Name": ("", row.values["Name"])}
    if draw(st.booleans()):
        row.refs = {"Next__c": draw(st.sampled_from([None, ("Course__c", "C1")]))}
    if draw(st.booleans()):
        row.later = {"Opening__c": ("Lesson__c", "L1")}
    return row


def told(rows: Sequence[RowPlan]) -> list[tuple[str, str]]:
    return [(row.master, row.key) for row in rows]


@given(st.lists(row_plans(), max_size=30), st.integers(1, 4))
def test_rows_of_a_plan_are_counted_and_ordered_on_disk_as_in_memory(rows: list[RowPlan], page: int) -> None:
    ours = RowPlans(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool, "MOST_IN_MEMORY", 0)
        patch.setattr("hotfix_tui.data.row_plans._AT_ONCE", page)
        there = RowPlans(rows)
        assert list(there) == list(ours) == rows
        assert len(there) == len(rows)
        assert there.counts() == ours.counts()
        assert list(there.changing()) == list(ours.changing())
        for act in ACTS:
            assert there.levels(act) == ours.levels(act)
            for level in ours.levels(act):
                assert told(there.in_order(act, level)) == told(ours.in_order(act, level))
        assert told(there.in_second_pass()) == told(ours.in_second_pass())


@given(st.lists(row_plans(), min_size=1, max_size=20), st.data())
def test_levels_and_rows_can_be_set_on_disk(rows: list[RowPlan], data: st.DataObject) -> None:
    levels = data.draw(st.lists(st.integers(0, 3), min_size=len(rows), max_size=len(rows)))
    at = data.draw(st.integers(0, len(rows) - 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool, "MOST_IN_MEMORY", 0)
        there = RowPlans(rows)
        there.put(at, RowPlan("Course__c", "other", "insert", values={"Name": "other"}))
        before = [row.level for row in there]
        there.set_levels(levels.__getitem__)
        assert [row.level for row in there] == [one + more for one, more in zip(before, levels, strict=True)]
        assert there[at].values == {"Name": "other"}
        assert there.count("insert") == sum(1 for row in there if row.act == "insert")


def test_a_part_of_rows_on_disk_is_a_part_and_no_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "MOST_IN_MEMORY", 0)
    rows = RowPlans(RowPlan("Course__c", f"C{number}", "insert", values={"Name": "x"}) for number in range(9))
    part = rows.in_order("insert", 0)[2:6]
    assert not isinstance(part, list)
    assert [row.key for row in part] == ["C2", "C3", "C4", "C5"]
    assert (part[0].key, part[-1].key, len(part)) == ("C2", "C5", 4)


EDGES = st.lists(st.tuples(st.integers(0, 8), st.sampled_from(["A__c", "B__c"]), st.integers(0, 8)), max_size=16)


@given(EDGES)
def test_levels_by_number_are_those_by_key_cycles_included(edges: list[tuple[int, str, int]]) -> None:
    once = {(child, name): parent for child, name, parent in edges}
    forest = Forest()
    for (child, name), parent in once.items():
        forest.add(child, name, parent)
    parents: dict[str, dict[str, str]] = {str(number): {} for number in range(9)}
    for (child, name), parent in once.items():
        parents[str(child)][name] = str(parent)
    wanted, knots = row_levels(sorted(parents), parents)
    levels, deferred = forest.levels(str)
    assert {(str(number), name) for number, name in deferred} == knots
    found = {str(number): level for number, level in enumerate(levels)}
    assert {key: found.get(key, 0) for key in wanted} == wanted


def test_a_chain_of_self_lookups_longer_than_a_stack_has_its_levels() -> None:
    forest = Forest()
    for number in range(1, 20_000):
        forest.add(number, "ParentId", number - 1)
    levels, deferred = forest.levels(str)
    assert (levels[0], levels[19_999], deferred) == (0, 19_999, set())
