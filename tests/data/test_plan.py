"""Plans over rows made by hand: matching, order, second pass, twins, blockers."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from hotfix_tui.data.data_set import DataSet
from hotfix_tui.data.plan import make_plan, plan_events
from hotfix_tui.data.plan_model import Plan, RowPlan
from hotfix_tui.data.rows import DataRows, ObjectRows
from hotfix_tui.events import seed, session
from tests.data.worlds import DATA_SET, course, lesson, rows, worlds

EMPTY = rows(org="there")


def planned(plan: Plan, key: str) -> RowPlan:
    (found,) = [row for one in plan.objects for row in one.rows if row.key == key]
    return found


def there(*made: object) -> DataRows:
    return rows(*made, org="there")  # type: ignore[arg-type]


@given(worlds())
def test_an_org_that_holds_the_rows_already_is_not_written_to(some: DataRows) -> None:
    plan = make_plan(some, replace(some, org="there"), DATA_SET)
    assert (plan.count("insert"), plan.count("update"), plan.calls) == (0, 0, 0)
    assert plan.count("equal") == len(some)


@given(worlds(), worlds())
def test_every_lookup_is_sent_after_its_parent_is_there(source: DataRows, target: DataRows) -> None:
    """Plays the plan: a lookup may only name a row of the target or one that an earlier call inserted."""
    plan = make_plan(source, replace(target, org="there"), DATA_SET)
    assert plan.blockers == []
    known = {(name, key) for name, one in target.objects.items() for key in one.rows}
    sent: dict[tuple[str, str], dict[str, object]] = {}
    for one in plan.objects:
        for level in one.levels:
            for act in ("insert", "update"):
                batch = one.in_order(act, level)  # type: ignore[arg-type]
                for row in batch:
                    assert {ref for ref in row.refs.values() if ref} <= known
                    sent[row.object, row.key] = {**row.values, **row.refs}
                known |= {(row.object, row.key) for row in batch}
    for one in plan.objects:
        for row in one.rows:
            assert set(row.later.values()) <= known
            sent.setdefault((row.object, row.key), {}).update(row.later)
    for name, one_source in source.objects.items():
        for key, row in one_source.rows.items():
            theirs = target.objects[name].rows.get(key)
            result = {**(theirs.fields | theirs.lookups if theirs else {}), **sent.get((name, key), {})}
            fixed = {"Course__c"} if theirs else set()  # a master cannot be changed after creation
            assert {field: value for field, value in result.items() if field not in fixed and value is not None} == {
                field: value
                for field, value in (row.fields | row.lookups).items()
                if field not in fixed and value is not None
            }


@given(worlds())
def test_only_rows_of_a_cycle_wait_for_the_second_pass(source: DataRows) -> None:
    acyclic = replace(
        source,
        objects={
            name: replace(
                one,
                rows={
                    key: replace(row, lookups={**row.lookups, **dict.fromkeys(set(row.lookups) - {"Course__c"})})
                    for key, row in one.rows.items()
                },
            )
            for name, one in source.objects.items()
        },
    )
    plan = make_plan(acyclic, EMPTY, DATA_SET)
    assert all(one.second_pass == () for one in plan.objects)


def test_a_two_object_cycle_is_named_and_several_self_lookups_are_written_at_once() -> None:
    source = rows(
        course("C1", Opening__c="L3"),
        lesson("L1", "C1"),
        lesson("L2", "C1", Before__c="L1"),
        lesson("L3", "C1", Before__c="L1", Instead__c="L2"),
    )
    plan = make_plan(source, EMPTY, DATA_SET)
    first, second = plan.objects
    assert (first.object, first.second_pass, first.tree) == ("Course__c", ("Opening__c",), (1,))
    assert (second.object, second.second_pass, second.tree) == ("Lesson__c", (), (1, 1, 1))
    assert planned(plan, "C1").later == {"Opening__c": ("Lesson__c", "L3")}
    assert planned(plan, "L3").refs["Instead__c"] == ("Lesson__c", "L2")


def test_a_lookup_to_a_row_that_is_there_already_needs_no_second_pass() -> None:
    source = rows(course("C1"), course("C2", Opening__c="L1"), lesson("L1", "C1"))
    plan = make_plan(source, there(course("C1"), lesson("L1", "C1")), DATA_SET)
    assert planned(plan, "C2").refs["Opening__c"] == ("Lesson__c", "L1")
    assert all(one.second_pass == () for one in plan.objects)


def test_keys_match_whatever_their_case_and_values_by_what_they_mean() -> None:
    plan = make_plan(rows(course("C1", fee=5)), there(course("C1", fee=5.0)), DATA_SET)
    assert planned(plan, "C1").act == "equal"
    lower = there(course("c1", fee=5.0))
    assert planned(make_plan(rows(course("C1", fee=6)), lower, DATA_SET), "C1").act == "update"


def test_fields_that_cannot_be_written_are_not_sent() -> None:
    source = rows(course("C1", title="x"))
    source.objects["Course__c"].rows["C1"].fields["Serial__c"] = "7"
    plan = make_plan(source, EMPTY, DATA_SET)
    assert "Serial__c" not in planned(plan, "C1").values


def test_create_only_fields_are_not_sent_on_update_and_the_difference_is_told() -> None:
    spec = replace(DATA_SET.spec("Course__c"), create_only=("Title__c",))
    data_set = DataSet("courses", (spec, DATA_SET.spec("Lesson__c")))
    plan = make_plan(rows(course("C1", title="one", fee=2)), there(course("C1", title="two", fee=1)), data_set)
    assert planned(plan, "C1").values == {"Fee__c": 2}
    assert any("Course__c.Title__c differs and cannot be changed" in note for note in plan.notes)
    assert planned(make_plan(rows(course("C1", title="one")), EMPTY, data_set), "C1").values["Title__c"] == "one"


def test_two_rows_of_one_key_stop_before_the_first_write_and_are_named() -> None:
    twice = rows(course("C1"), replace(course("C1"), id="a01other"))
    plan = make_plan(twice, EMPTY, DATA_SET)
    assert plan.blockers == ["Course__c C1 is the key of 2 rows: a01C1, a01other"]


def test_a_row_of_the_source_without_a_key_stops_before_the_first_write() -> None:
    plan = make_plan(rows(course("C1"), lesson("", "C1", record_id="a02blank")), EMPTY, DATA_SET)
    assert plan.blockers == ["Lesson__c has 1 without a key: a02blank"]


def test_a_twin_is_told_and_not_touched_until_a_person_adopts_it() -> None:
    source = rows(course("C1"), lesson("L1", "C1", code="X-1"), lesson("L2", "C1", Before__c="L1"))
    target = there(course("C1"), lesson("", "C1", code="x-1", record_id="a02twin"))
    plan = make_plan(source, target, DATA_SET)
    (twin,) = [event for event in plan_events(plan) if isinstance(event, seed.TwinFound)]
    assert (twin.key, twin.record_id) == ("L1", "a02twin")
    assert planned(plan, "L1").act == "insert"
    adopting = make_plan(source, target, DATA_SET, adopt=True)
    row = planned(adopting, "L1")
    assert (row.act, row.id, row.values) == ("update", "a02twin", {"Key__c": "L1", "Code__c": "X-1"})
    assert planned(adopting, "L2").refs["Before__c"] == ("Lesson__c", "L1")
    assert make_plan(source, target, DATA_SET, adopt=["a02twin"]).count("update") == 1
    assert make_plan(source, target, DATA_SET, adopt=["a02someone"]).count("update") == 0


def test_an_ambiguous_twin_cannot_be_adopted() -> None:
    source = rows(course("C1"), lesson("L1", "C1", code="X-1"))
    target = there(
        course("C1"),
        lesson("", "C1", code="X-1", record_id="a02one"),
        lesson("", "C1", code="X-1", record_id="a02two"),
    )
    assert make_plan(source, target, DATA_SET).blockers == []
    (blocker,) = make_plan(source, target, DATA_SET, adopt=True).blockers
    assert "a02one, a02two" in blocker


def test_modes_insert_and_update_leave_the_other_rows() -> None:
    source = rows(course("C1", title="new"), course("C2", title="new"))
    target = there(course("C1", title="old"))
    for mode, acts in (("insert", {"C1": "equal", "C2": "insert"}), ("update", {"C1": "update"})):
        spec = replace(DATA_SET.spec("Course__c"), mode=mode)  # type: ignore[arg-type]
        plan = make_plan(source, target, DataSet("courses", (spec, DATA_SET.spec("Lesson__c"))))
        assert {row.key: row.act for one in plan.objects for row in one.rows} == acts


def test_reference_rows_are_matched_not_written_and_not_counted() -> None:
    source = rows(replace(course("C1", title="ours"), reference=True), lesson("L1", "C1"))
    plan = make_plan(source, there(course("C1", title="theirs")), DATA_SET)
    assert (plan.rows, plan.count("insert"), plan.count("update")) == (1, 1, 0)
    assert planned(plan, "L1").refs["Course__c"] == ("Course__c", "C1")


def test_a_row_whose_master_is_not_there_is_planned_with_the_reason() -> None:
    source = rows(replace(course("C1"), reference=True), lesson("L1", "C1"))
    assert planned(make_plan(source, EMPTY, DATA_SET), "L1").reason == "its parent Course__c C1 is not in there"


def test_a_field_the_target_lacks_is_told_once_with_its_rows() -> None:
    target = there()
    shape = target.objects["Course__c"].shape
    fields = {name: field for name, field in shape.fields.items() if name != "Fee__c"}
    target.objects["Course__c"] = ObjectRows(replace(shape, fields=fields))
    plan = make_plan(rows(course("C1", fee=1), course("C2", fee=2), course("C3")), target, DATA_SET)
    assert [note for note in plan.notes if "Fee__c" in note] == [
        "Course__c.Fee__c is not in there (or our user cannot see it): not sent for 2 rows"
    ]


def test_the_facts_of_a_plan_add_up() -> None:
    source = rows(course("C1", fee=1), course("C2"), lesson("L1", "C1"))
    events = list(plan_events(make_plan(source, there(course("C1", fee=2), course("C2")), DATA_SET)))
    finished = events[-1]
    assert isinstance(finished, seed.PlanFinished)
    objects = [event for event in events if isinstance(event, seed.ObjectPlanned)]
    for name in ("rows", "insert", "update", "equal"):
        assert getattr(finished, name) == sum(getattr(one, name) for one in objects)
    assert (finished.rows, finished.insert, finished.update, finished.equal) == (3, 1, 1, 1)
    assert (finished.calls, finished.size) == (2, 3 * 2048)
    changed = [event for event in events if isinstance(event, seed.RowPlanned) and event.act == "update"]
    assert [(one.key, one.changes) for one in changed] == [("C1", {"Fee__c": (2, 1)})]
    assert not [event for event in events if isinstance(event, session.Finding)]
