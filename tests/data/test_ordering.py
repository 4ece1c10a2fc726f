"""Orders of writing: hypothesis builds graphs, the promises hold for all of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfix_tui.data.ordering import Edge, NoOrder, object_order, row_levels

NAMES = [f"O{number}" for number in range(7)]
EDGES = st.lists(
    st.builds(
        Edge,
        child=st.sampled_from(NAMES),
        field=st.sampled_from(["A__c", "B__c"]),
        parent=st.sampled_from(NAMES),
        fixed=st.booleans(),
    ),
    max_size=14,
)
ROWS = list(range(12))
PARENTS = st.dictionaries(
    st.sampled_from(ROWS),
    st.dictionaries(st.sampled_from(["Parent__c", "Fallback__c"]), st.sampled_from(ROWS), max_size=2),
)


def reachable(start: object, steps: dict[object, set[object]]) -> set[object]:
    seen: set[object] = set()
    todo = [start]
    while todo:
        for one in steps.get(todo.pop(), set()) - seen:
            seen.add(one)
            todo.append(one)
    return seen


@given(EDGES)
def test_parents_come_before_children_unless_their_lookup_waits(edges: list[Edge]) -> None:
    try:
        order, deferred = object_order(NAMES, edges)
    except NoOrder:
        fixed: dict[object, set[object]] = {}
        for edge in edges:
            if edge.fixed and edge.child != edge.parent:
                fixed.setdefault(edge.child, set()).add(edge.parent)
        assert any(name in reachable(name, fixed) for name in NAMES), "refused although the fixed edges have an order"
        return
    assert sorted(order) == sorted(NAMES)
    for edge in edges:
        if edge.child != edge.parent and edge not in deferred:
            assert order.index(edge.parent) < order.index(edge.child)
    assert not any(edge.fixed for edge in deferred)


@given(EDGES)
def test_only_lookups_of_true_cycles_wait(edges: list[Edge]) -> None:
    try:
        _, deferred = object_order(NAMES, edges)
    except NoOrder:
        return
    steps: dict[object, set[object]] = {}
    for edge in edges:
        steps.setdefault(edge.child, set()).add(edge.parent)
    for edge in deferred:
        assert edge.child in reachable(edge.parent, steps), "a lookup waits that is in no cycle"


def test_a_master_detail_and_a_lookup_back_leave_only_the_lookup_for_later() -> None:
    order, deferred = object_order(
        ["Course__c", "Lesson__c"],
        [
            Edge("Course__c", "Opening_Lesson__c", "Lesson__c"),
            Edge("Lesson__c", "Course__c", "Course__c", fixed=True),
        ],
    )
    assert order == ["Course__c", "Lesson__c"]
    assert [edge.field for edge in deferred] == ["Opening_Lesson__c"]


def test_two_objects_that_each_need_the_other_first_have_no_order() -> None:
    with pytest.raises(NoOrder, match="A__c and B__c"):
        object_order(["A__c", "B__c"], [Edge("A__c", "B__c", "B__c", True), Edge("B__c", "A__c", "A__c", True)])


def test_objects_without_lookups_keep_the_order_of_the_file() -> None:
    assert object_order(["C", "A", "B"], []) == (["C", "A", "B"], [])


@given(PARENTS)
def test_each_row_is_deeper_than_all_its_parents_that_do_not_wait(parents: dict[int, dict[str, int]]) -> None:
    levels, deferred = row_levels(ROWS, parents)
    assert set(levels) == set(ROWS)
    for row, lookups in parents.items():
        for field, parent in lookups.items():
            if (row, field) not in deferred:
                assert levels[parent] < levels[row]
    for row in ROWS:
        kept = [parent for field, parent in parents.get(row, {}).items() if (row, field) not in deferred]
        assert levels[row] == 1 + max((levels[parent] for parent in kept), default=-1)


@given(PARENTS)
def test_rows_wait_only_where_they_are_their_own_ancestor(parents: dict[int, dict[str, int]]) -> None:
    _, deferred = row_levels(ROWS, parents)
    steps: dict[object, set[object]] = {row: set(lookups.values()) for row, lookups in parents.items()}
    for row, field in deferred:
        assert row in reachable(parents[row][field], steps) or parents[row][field] == row


def test_a_chain_longer_than_pythons_stack_has_levels() -> None:
    rows = list(range(5_000))
    levels, deferred = row_levels(rows, {row: {"Parent__c": row - 1} for row in rows[1:]})
    assert (levels[0], levels[4_999], deferred) == (0, 4_999, set())


def test_the_order_of_rows_does_not_change_their_levels() -> None:
    parents = {1: {"Parent__c": 0}, 2: {"Fallback__c": 1, "Parent__c": 0}, 3: {"Fallback__c": 2}}
    forward, _ = row_levels([0, 1, 2, 3], parents)
    backward, _ = row_levels([3, 2, 1, 0], parents)
    assert forward == backward == {0: 0, 1: 1, 2: 2, 3: 3}
