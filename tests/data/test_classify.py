"""Three-way: each class of a record in another org, and why what differs is left alone."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from hotfix_tui.data.changes import RowChange, rows_delta
from hotfix_tui.data.classify import classify, concerned, verify_changes
from hotfix_tui.data.plan_changes import plan_changes
from hotfix_tui.data.rows import DataRows, ObjectRows
from tests.data.worlds import DATA_SET, course, lesson, rows, worlds

BASE = rows(course("C1", title="one", fee=1), lesson("L1", "C1", code="A"), lesson("L2", "C1", code="B"))


def judged(now: DataRows, theirs: DataRows, coming: tuple[str, ...] = ()) -> dict[str, tuple[str, str]]:
    changes = rows_delta(BASE, now)
    return {
        one.change.key: (one.cell, one.reason)
        for one in classify(changes, replace(theirs, org="there"), now, coming=coming)
    }


def test_theirs_equal_to_the_base_is_applied_and_theirs_equal_to_ours_is_the_same() -> None:
    now = rows(course("C1", title="two", fee=1), lesson("L1", "C1", code="A"), lesson("L2", "C1", code="B"))
    assert judged(now, BASE) == {"C1": ("apply", "")}
    assert judged(now, rows(course("C1", title="two", fee=1))) == {"C1": ("same", "")}


def test_a_field_of_the_fix_that_moved_there_differs() -> None:
    now = rows(course("C1", title="two", fee=1), lesson("L1", "C1", code="A"), lesson("L2", "C1", code="B"))
    cell, reason = judged(now, rows(course("C1", title="three", fee=1)))["C1"]
    assert (cell, reason) == ("differs", "changed there: Title__c 'three' instead of 'one'")


def test_a_field_the_fix_does_not_touch_that_moved_there_is_left_for_a_merge() -> None:
    now = rows(course("C1", title="two", fee=1), lesson("L1", "C1", code="A"), lesson("L2", "C1", code="B"))
    cell, reason = judged(now, rows(course("C1", title="one", fee=9)))["C1"]
    assert cell == "differs"
    assert "the fix does not touch it" in reason


def test_an_insert_is_new_same_or_differs() -> None:
    now = rows(
        *[*BASE.objects["Course__c"].rows.values(), *BASE.objects["Lesson__c"].rows.values()],
        lesson("L3", "C1", code="N"),
    )
    assert judged(now, BASE) == {"L3": ("new", "")}
    assert judged(now, rows(course("C1"), lesson("L3", "C1", code="N"))) == {"L3": ("same", "")}
    assert judged(now, rows(course("C1"), lesson("L3", "C1", code="M")))["L3"][0] == "differs"


def test_an_insert_without_its_parent_differs_and_so_does_everything_below_it() -> None:
    now = rows(
        *BASE.objects["Course__c"].rows.values(),
        *BASE.objects["Lesson__c"].rows.values(),
        course("C2"),
        lesson("L3", "C2"),
        lesson("L4", "C1", Before__c="L3"),
    )
    assert {key: cell for key, (cell, _) in judged(now, BASE).items()} == {"C2": "new", "L3": "new", "L4": "new"}
    blocked = judged(now, rows(course("C2", title="other"), lesson("", "C1")))
    assert blocked["C2"][0] == "differs"
    assert blocked["L3"] == ("new", "")  # its parent is there, if with other values
    assert blocked["L4"] == ("differs", "its parent Course__c C1 is not there")


def test_a_row_with_the_same_second_key_and_no_key_is_ambiguous() -> None:
    now = rows(course("C1", title="one", fee=1), lesson("L1", "C1", code="Z"), lesson("L2", "C1", code="B"))
    theirs = rows(
        course("C1", title="one", fee=1),
        lesson("", "C1", code="z", record_id="a02p"),
        lesson("", "C1", code="Z", record_id="a02q"),
    )
    assert judged(now, theirs)["L1"] == ("differs", "2 rows there have its second key and no key")


def test_a_delete_is_applied_same_or_differs() -> None:
    now = rows(course("C1", title="one", fee=1), lesson("L2", "C1", code="B"))
    assert judged(now, BASE) == {"L1": ("apply", "")}
    assert judged(now, now) == {"L1": ("same", "")}
    assert judged(now, rows(course("C1"), lesson("L1", "C1", code="other")))["L1"][0] == "differs"
    cell, reason = judged(now, rows())["L1"]
    assert (cell, reason) == ("differs", "neither it nor its parent Course__c C1 is there")


def test_an_update_of_a_row_that_is_not_there_differs() -> None:
    now = rows(course("C1", title="two", fee=1), lesson("L1", "C1", code="A"), lesson("L2", "C1", code="B"))
    assert judged(now, rows()) == {"C1": ("differs", "it is not there")}


def test_a_field_that_is_not_there_differs_unless_the_fix_brings_it_first() -> None:
    now = rows(course("C1", title="one", fee=7), lesson("L1", "C1", code="A"), lesson("L2", "C1", code="B"))
    base = replace(BASE, objects={**BASE.objects})
    base.objects["Course__c"] = ObjectRows(BASE.objects["Course__c"].shape, {"C1": course("C1", title="one")})
    shape = BASE.objects["Course__c"].shape
    without = replace(shape, fields={name: one for name, one in shape.fields.items() if name != "Fee__c"})
    theirs = rows()
    theirs.objects["Course__c"] = ObjectRows(without, {"C1": course("C1", title="one")})
    changes = rows_delta(base, now)
    assert [one.cell for one in classify(changes, theirs, now)] == ["differs"]
    assert [one.cell for one in classify(changes, theirs, now, coming={"Course__c.Fee__c"})] == ["apply"]


def test_only_the_fields_of_the_fix_are_sent() -> None:
    now = rows(course("C1", title="two", fee=1), lesson("L2", "C1", code="B"), lesson("L3", "C1", code="N"))
    changes = rows_delta(BASE, now)
    plan = plan_changes(changes, replace(BASE, org="there"), DATA_SET, now)
    acts = {row.key: (row.act, row.values) for one in plan.objects for row in one.rows}
    assert acts["C1"] == ("update", {"Title__c": "two"})
    assert acts["L1"][0] == "delete"
    assert acts["L3"][0] == "insert"
    assert plan.blockers == []
    (before,) = [row.before for one in plan.objects for row in one.rows if row.key == "C1"]
    assert before == {"Id": "a01C1", "Title__c": "one"}


def test_changing_a_row_that_is_not_there_is_a_blocker() -> None:
    now = rows(course("C1", title="two", fee=1), lesson("L1", "C1", code="A"), lesson("L2", "C1", code="B"))
    assert plan_changes(rows_delta(BASE, now), rows(org="there"), DATA_SET, now).blockers


def test_what_was_promised_is_verified_row_by_row() -> None:
    now = rows(course("C1", title="two", fee=1), lesson("L2", "C1", code="B"), lesson("L3", "C1", code="N"))
    changes = rows_delta(BASE, now)
    good = verify_changes(changes, replace(now, org="there"), now)
    assert (good.matches, good.differs) == (3, ())
    bad = verify_changes(changes, replace(BASE, org="there"), now)
    assert (bad.matches, len(bad.differs)) == (0, 3)


@given(worlds(), worlds())
def test_an_org_equal_to_the_base_takes_every_change_that_is_not_fixed(base: DataRows, now: DataRows) -> None:
    """In the environment's twin nothing can differ, and after the plan nothing is left to send."""
    changes = rows_delta(base, now)
    cells = classify(changes, replace(base, org="there"), now)
    assert {one.cell for one in cells} <= {"apply", "new"}
    again = plan_changes(changes, replace(now, org="there"), DATA_SET, now)
    assert again.calls == 0


@given(worlds(), worlds())
def test_what_a_change_concerns_holds_every_parent_it_names(base: DataRows, now: DataRows) -> None:
    changes: list[RowChange] = rows_delta(base, now)
    some = concerned(changes, now)
    for change in changes:
        for ref in (change.now.lookups if change.now else {}).values():
            assert ref is None or some.find(ref) is not None


def test_a_masked_field_is_not_compared_and_a_change_of_it_is_carried_nowhere() -> None:
    """The environment holds a mask where production holds the value: neither is said, neither is written."""

    def masked(some: DataRows) -> DataRows:
        some.objects["Course__c"].masked = ("Title__c",)
        return some

    base = masked(rows(course("C1", title="mask", fee=1)))
    now = masked(rows(course("C1", title="changed mask", fee=2)))
    theirs = rows(course("C1", title="Secret", fee=1))
    (change,) = rows_delta(base, now)
    assert (change.fields, change.left) == (("Fee__c",), ("Title__c",))
    (cell,) = classify([change], theirs, now)
    assert (cell.cell, cell.reason) == ("apply", "")
    (gone,) = rows_delta(base, masked(rows()))
    (cell,) = classify([gone], rows(course("C1", title="Secret", fee=3)), masked(rows()))
    assert cell.cell == "differs"
    assert "Secret" not in cell.reason
