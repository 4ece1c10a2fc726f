"""Rows of two orgs, by key and field by field: made by hand and by hypothesis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfix_tui.compare.records import ComparedRow, RowComparer
from hotfix_tui.data.data_set import ObjectSpec
from hotfix_tui.data.rows import DataRows, ObjectRows, Row
from hotfix_tui.data.shape import FieldShape
from tests.data import worlds

SWAPPED = {"only_in_a": "only_in_b", "only_in_b": "only_in_a"}


@dataclass
class Kept:
    """One side whose rows were made by hand: Ids are numbered, so that no two rows share one."""

    data: DataRows
    org: str = "here"
    sandbox: bool = False

    def __post_init__(self) -> None:
        self.by_id: dict[str, dict[str, Row]] = {}
        for name, rows in self.data.objects.items():
            every = [*rows.rows.values(), *rows.keyless]
            self.by_id[name] = {f"{name}{place}": row for place, row in enumerate(every)}

    def fields(self, name: str) -> dict[str, FieldShape]:
        return {one.name: one for one in self.data.objects[name].shape.carried()}

    def fold_case(self, name: str) -> bool:
        return True

    def rows(self, name: str) -> Iterator[tuple[str, str]]:
        yield from ((record_id, row.key) for record_id, row in self.by_id[name].items())

    def row(self, name: str, record_id: str) -> Row:
        return self.by_id[name][record_id]

    def changed(self, name: str, record_id: str) -> dict[str, Any]:
        return {}


def compared(a: DataRows | Kept, b: DataRows | Kept) -> list[ComparedRow]:
    left, right = (one if isinstance(one, Kept) else Kept(one) for one in (a, b))
    return [row for spec in worlds.DATA_SET.objects for row in RowComparer(left, right, spec, worlds.DATA_SET)]


def differing(a: DataRows, b: DataRows) -> list[ComparedRow]:
    return [row for row in compared(a, b) if row.status != "same"]


def written_otherwise(row: Row) -> Row:
    """The same record as another org would write it: key in capitals or not, numbers with or without a fraction."""
    lookups = {name: ref and (ref[0], ref[1].lower()) for name, ref in row.lookups.items()}
    fields = {
        name: "" if value is None and name != "Fee__c" else int(value) if value == 1.0 else value
        for name, value in row.fields.items()
    }
    return replace(row, key=row.key.lower(), id="x", lookups=lookups, fields={**fields, "Key__c": row.fields["Key__c"]})


@settings(deadline=None)
@given(worlds.worlds())
def test_an_org_and_its_copy_do_not_differ(org: DataRows) -> None:
    copy = worlds.rows(*(written_otherwise(row) for one in org.objects.values() for row in one.rows.values()))
    assert differing(org, copy) == []
    assert len(compared(org, copy)) == len(org)


@settings(deadline=None)
@given(worlds.worlds(), st.data())
def test_one_changed_field_anywhere_is_found_and_nothing_else(org: DataRows, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([name for name, one in org.objects.items() if one.rows]))
    key = data.draw(st.sampled_from(sorted(org.objects[name].rows)))
    row = org.objects[name].rows[key]
    field = data.draw(st.sampled_from(sorted({*row.fields, *row.lookups} - {"Key__c"})))
    if field in row.fields:
        changed = replace(row, fields={**row.fields, field: 7.5 if field == "Fee__c" else "other"})
    else:
        ref = row.lookups[field]
        parent = "Course__c" if field in ("Next__c", "Course__c") else "Lesson__c"
        changed = replace(row, lookups={**row.lookups, field: None if ref else (parent, "Z")})
    others = [one for rows in org.objects.values() for one in rows.rows.values() if one != row]
    (found,) = differing(org, worlds.rows(*others, changed))
    assert (found.object, found.key, found.status, found.fields) == (name, key, "different", (field,))


@settings(deadline=None)
@given(worlds.worlds(), worlds.worlds())
def test_swapping_the_sides_swaps_the_result_and_nothing_else(one: DataRows, other: DataRows) -> None:
    there = {(row.object, row.key.casefold()): row for row in compared(one, other)}
    back = {(row.object, row.key.casefold()): row for row in compared(other, one)}
    assert there.keys() == back.keys()
    for key, row in there.items():
        assert back[key].status == SWAPPED.get(row.status, row.status)
        assert (back[key].a, back[key].b, back[key].fields) == (row.b, row.a, row.fields)


@settings(deadline=None)
@given(worlds.worlds(), worlds.worlds())
def test_every_row_of_both_sides_is_in_the_result_once(one: DataRows, other: DataRows) -> None:
    rows = compared(one, other)
    assert sum(len(row.a) for row in rows) == len(one)
    assert sum(len(row.b) for row in rows) == len(other)


def test_rows_without_a_key_look_like_the_one_with_their_second_key_or_are_ambiguous() -> None:
    a = worlds.rows(worlds.course("C1"), worlds.lesson("L1", "C1", code="x"), worlds.lesson("L2", "C1", code="y"))
    bare = [worlds.lesson("", "C1", code=code, record_id=f"a02{place}") for place, code in enumerate(["x", "Y", "y"])]
    b = worlds.rows(worlds.course("C1"), *bare)
    for left, right, only in ((a, b, "only_in_a"), (b, a, "only_in_b")):
        rows = {(row.key, row.status): row for row in differing(left, right)}
        assert set(rows) == {("L1", only), ("L2", "ambiguous"), ("", "keyless")}
        assert sorted(map(len, (rows["L2", "ambiguous"].a, rows["L2", "ambiguous"].b))) == [1, 2]
        assert rows["", "keyless"].like == "L1"
        (twin,) = {*rows["", "keyless"].a, *rows["", "keyless"].b}
        assert rows["L1", only].like == twin


def test_a_parent_that_is_ambiguous_on_one_side_does_not_make_its_children_different() -> None:
    a = worlds.rows(worlds.course("C1"), worlds.lesson("L1", "C1", code="x"), worlds.lesson("L2", "C1", Before__c="L1"))
    child = a.objects["Lesson__c"].rows["L2"]
    ours = Kept(worlds.rows(*a.objects["Course__c"].rows.values(), worlds.lesson("L1", "C1", code="x"),
        replace(child, ids={"Before__c": "Lesson__c0"})))  # fmt: skip
    bare = [worlds.lesson("", "C1", code="x", record_id=f"a02{place}") for place in (1, 2)]
    lookups = {**child.lookups}
    del lookups["Before__c"]
    theirs = Kept(worlds.rows(worlds.course("C1"), *bare,
        replace(child, lookups={**lookups, "Before__c": None} , outside={"Before__c": "Lesson__c1"})))  # fmt: skip
    for left, right in ((ours, theirs), (theirs, ours)):
        assert {row.key: row.status for row in compared(left, right)} == {"C1": "same", "L1": "ambiguous", "L2": "same"}


@settings(deadline=None)
@given(worlds.worlds(), worlds.worlds())
def test_what_deepdiff_finds_of_two_rows_is_what_we_find(one: DataRows, other: DataRows) -> None:
    """An oracle that knows nothing of our comparing: the fields as people read them, in two dicts."""
    from deepdiff import DeepDiff

    left, right = Kept(one), Kept(other)
    for row in compared(left, right):
        if row.a and row.b:
            a, b = left.row(row.object, row.a[0]), right.row(row.object, row.b[0])
            found = DeepDiff({**a.fields, **a.lookups}, {**b.fields, **b.lookups}, view="tree")
            places = {str(change.path(output_format="list")[0]) for changes in found.values() for change in changes}
            assert places == set(row.fields), row.key


@pytest.mark.parametrize(
    ("kind", "one", "other", "same"),
    [
        ("multipicklist", "A;B", "B;A", True),
        ("multipicklist", "A;B", "A", False),
        ("textarea", "one\r\ntwo", "one\ntwo", True),
        ("textarea", "one\n", "one", False),
        ("string", "", None, True),
        ("string", "a", "A", False),
        ("boolean", None, False, True),
        ("boolean", True, None, False),
        ("double", 7, 7.0, True),
        ("currency", 0, None, False),
        ("percent", 0.1, "0.10", True),
        ("datetime", "2026-01-13T09:41:00.000+0000", "2026-01-13T10:41:00.000+0100", True),
        ("datetime", "2026-01-13T09:41:00.000+0000", "2026-01-13T09:41:01.000+0000", False),
        ("date", "2026-01-13", "2026-01-14", False),
        ("time", "09:41:00.000Z", "09:41:00", True),
    ],
)
def test_values_count_by_what_they_mean(kind: str, one: Any, other: Any, same: bool) -> None:
    spec = ObjectSpec("Course__c", ("Key__c",), root=True)
    sides = []
    for value in (one, other):
        rows = worlds.rows(worlds.course("C1"))
        shape = replace(worlds.COURSE, fields={**worlds.COURSE.fields, "Odd__c": FieldShape("Odd__c", kind)})
        row = rows.objects["Course__c"].rows["C1"]
        rows.objects["Course__c"] = ObjectRows(shape, {"C1": replace(row, fields={**row.fields, "Odd__c": value})})
        sides.append(Kept(rows))
    (found,) = RowComparer(sides[0], sides[1], spec, worlds.DATA_SET)
    assert found.fields == (() if same else ("Odd__c",))


def test_rows_matched_by_id_are_one_record_only_when_their_second_keys_agree() -> None:
    spec = ObjectSpec("Lesson__c", ("Id",), second_key=("Code__c",), mode="update")
    sides = [
        Kept(worlds.rows(worlds.lesson("id-1", "C1", code="x"), worlds.lesson("id-2", "C1", code=code)))
        for code in ("y", "z")
    ]
    found = {row.key: row for row in RowComparer(sides[0], sides[1], spec, worlds.DATA_SET)}
    assert (found["id-1"].status, found["id-2"].status) == ("same", "ambiguous")
    assert (len(found["id-2"].a), len(found["id-2"].b)) == (1, 1)
