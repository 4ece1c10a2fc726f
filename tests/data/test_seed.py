"""Reading, planning and writing records between two orgs over real HTTP."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.data.data_set import DataSet, available
from hotfix_tui.data.data_set_loader import load
from hotfix_tui.data.errors import DuplicateKeys, PlanBlocked
from hotfix_tui.data.plan import make_plan, plan_events
from hotfix_tui.data.plan_model import Plan
from hotfix_tui.data.read import read_matching, read_rows
from hotfix_tui.data.rows import DataRows
from hotfix_tui.data.write import write_plan
from hotfix_tui.events import Event, Intent, Settled, seed
from hotfix_tui.salesforce.errors import WriteRefused, WrongOrg
from tests.data import campus
from tests.data.campus import School, collect

OBJECTS = ("Course__c", "Lesson__c", "Exercise__c", "Product2", "Pricebook2", "PricebookEntry")


async def no_wait(_: float) -> None:
    """For tests that need no back-off."""


async def planned(prod: School, box: School, data_set: DataSet, **options: Any) -> Plan:
    async with prod.connect() as production, box.connect() as sandbox:
        source = await read_rows(production, data_set)
        return make_plan(source, await read_matching(sandbox, data_set, source), data_set, **options)


async def seeded(prod: School, box: School, data_set: DataSet, **options: Any) -> list[Event]:
    plan = await planned(prod, box, data_set, **options)
    async with box.connect() as sandbox:
        return await collect(write_plan(sandbox, plan, purpose="seed", pause=no_wait))


def of(kind: type[Any], events: list[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


async def test_roots_children_and_what_they_refer_to_are_read(prod: School, data_set: DataSet) -> None:
    async with prod.connect() as org:
        rows = await read_rows(org, data_set)
    counts = {name: len(one.counted) for name, one in rows.objects.items()}
    assert counts == {
        "Course__c": 2,
        "Lesson__c": 4,
        "Exercise__c": 2,
        "Product2": 2,
        "Pricebook2": 1,
        "PricebookEntry": 4,
    }
    lesson = rows.objects["Lesson__c"].rows["L3"]
    assert lesson.lookups["Course__c"] == ("Course__c", "C1")
    assert lesson.lookups["Before__c"] == ("Lesson__c", "L2")
    assert lesson.lookups["RecordTypeId"] == ("RecordType", "Lecture")
    assert rows.objects["Course__c"].rows["C1"].lookups["OwnerId"] == ("User", "bo@school.example")
    assert sorted(rows.objects["PricebookEntry"].rows) == [
        "IsStandard|KIT-1",
        "IsStandard|KIT-2",
        "School|KIT-1",
        "School|KIT-2",
    ]
    assert rows.objects["Pricebook2"].rows["IsStandard"].reference
    assert "Twice_Fee__c" not in rows.objects["Course__c"].rows["C1"].fields


async def test_an_empty_org_gets_everything_parent_first_and_a_second_run_writes_nothing(
    prod: School, box: School, data_set: DataSet
) -> None:
    plan = await planned(prod, box, data_set)
    assert plan.blockers == []
    facts = list(plan_events(plan))
    objects = {one.object: one for one in of(seed.ObjectPlanned, facts)}
    assert objects["Lesson__c"].levels == (2, 1, 1)
    assert {name: one.second_pass for name, one in objects.items() if one.second_pass} == {
        "Course__c": ("Opening_Lesson__c",)
    }
    async with box.connect() as sandbox:
        events = await collect(write_plan(sandbox, plan, purpose="seed", pause=no_wait))
    (written,) = of(seed.DataWritten, events)
    assert (written.inserted, written.updated, written.refused) == (15, 0, 0)
    again = await planned(prod, box, data_set)
    assert (again.calls, again.count("equal")) == (0, 15)
    for key, of_lesson in (("L3", {"Before__r": "L2", "Instead__r": "L1"}), ("L2", {"Before__r": "L1"})):
        (row,) = box.soql(
            "SELECT Course__r.Course_Key__c, Before__r.Lesson_Key__c, Instead__r.Lesson_Key__c "
            f"FROM Lesson__c WHERE Lesson_Key__c = '{key}'"
        )
        assert {name: row[name]["Lesson_Key__c"] for name in ("Before__r", "Instead__r") if row[name]} == of_lesson
    (course,) = box.soql(
        "SELECT Fee__c, Rebate__c, Starts_On__c, Opens_At__c, Opening_Lesson__r.Lesson_Key__c, Twice_Fee__c "
        "FROM Course__c WHERE Course_Key__c = 'C1'"
    )
    assert (course["Fee__c"], course["Rebate__c"], course["Starts_On__c"]) == (100.5, 12.5, "2026-03-01")
    assert course["Opening_Lesson__r"]["Lesson_Key__c"] == "L3"
    assert course["Twice_Fee__c"] == 201


async def test_an_intent_is_out_before_each_call_and_settled_after_it(
    prod: School, box: School, data_set: DataSet
) -> None:
    plan = await planned(prod, box, data_set)
    open_intents: set[str] = set()
    async with box.connect() as sandbox:
        before = box.traffic.requests.count
        async for event in write_plan(sandbox, plan, purpose="seed", pause=no_wait):
            if isinstance(event, Intent):
                assert not [one for one in list(box.traffic.requests.log)[before:] if one["method"] != "GET"]
                open_intents.add(event.key)
            if isinstance(event, Settled):
                open_intents.remove(event.key)
                before = box.traffic.requests.count
    assert open_intents == set()


async def test_standard_prices_come_before_the_others_and_the_standard_book_is_not_copied(
    prod: School, box: School, data_set: DataSet
) -> None:
    box.save(
        "Pricebook2", box.soql("SELECT Id FROM Pricebook2 WHERE IsStandard = true")[0]["Id"], Name="Standardpreise"
    )
    events = await seeded(prod, box, data_set)
    calls = [event.keys for event in of(seed.RowsWrite, events) if event.object == "PricebookEntry"]
    assert calls == [("IsStandard|KIT-1", "IsStandard|KIT-2"), ("School|KIT-1", "School|KIT-2")]
    books = box.soql("SELECT Name FROM Pricebook2 ORDER BY Name")
    assert [row["Name"] for row in books] == ["School", "Standardpreise"]


async def test_prices_that_are_there_get_only_what_may_change(prod: School, box: School, data_set: DataSet) -> None:
    await seeded(prod, box, data_set)
    (entry,) = box.soql(
        "SELECT Id FROM PricebookEntry WHERE Pricebook2.Name = 'School' AND Product2.ProductCode = 'KIT-1'"
    )
    box.save("PricebookEntry", entry["Id"], UnitPrice=99, IsActive=False)
    plan = await planned(prod, box, data_set)
    (row,) = [row for one in plan.objects for row in one.rows if row.act != "equal"]
    assert (row.act, row.key, row.values, row.refs) == (
        "update",
        "School|KIT-1",
        {"UnitPrice": 6.0, "IsActive": True},
        {},
    )
    events = await seeded(prod, box, data_set)
    (intent,) = of(seed.RowsWrite, events)
    assert intent.before == {"School|KIT-1": {"Id": entry["Id"], "UnitPrice": 99.0, "IsActive": False}}


async def test_a_refused_parent_keeps_its_children_back_and_planning_again_sends_only_those(
    prod: School, box: School, data_set: DataSet
) -> None:
    prod.save("Course__c", prod.ids["C1"], Fee__c=None)  # the rule of the box refuses an open course without a fee
    events = await seeded(prod, box, data_set)
    refused = {event.key: event for event in of(seed.RowRefused, events)}
    assert set(refused) == {"C1", "C2", "L1", "L2", "L3", "L4", "E1", "E2"}
    assert refused["C1"].code == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    assert refused["L1"].message == "its parent Course__c C1 was not written"
    sent = {key for intent in of(seed.RowsWrite, events) for key in intent.keys}
    assert not sent & {"L1", "L2", "L3", "L4", "E1", "E2"}
    assert box.soql("SELECT Id FROM Lesson__c") == []
    prod.save("Course__c", prod.ids["C1"], Fee__c=100.5)
    again = await seeded(prod, box, data_set)
    assert {key for intent in of(seed.RowsWrite, again) for key in intent.keys} == set(refused)
    assert (await planned(prod, box, data_set)).calls == 0


async def test_owners_are_matched_by_username_or_left_to_our_user(prod: School, box: School, data_set: DataSet) -> None:
    plan = await planned(prod, box, data_set)
    assert any(note.startswith("bo@school.example is not an active user") for note in plan.notes)
    bo = box.inside.users.add_user("bo@school.example.box", "Bo")
    await seeded(prod, box, data_set)
    owners = {row["Course_Key__c"]: row["OwnerId"] for row in box.soql("SELECT Course_Key__c, OwnerId FROM Course__c")}
    assert owners["C1"] == bo


async def test_rows_whose_owner_is_not_there_go_to_the_first_of_those_named_who_is(
    prod: School, box: School, data_set: DataSet
) -> None:
    named = replace(data_set, owner_fallback=("cy@school.example", "Registry", "Pool"))
    plan = await planned(prod, box, named)
    assert any("our user becomes the owner" in note for note in plan.notes)
    pool = box.put("Group", Name="Pool", DeveloperName="Pool", Type="Queue")
    box.put("QueueSobject", QueueId=pool, SobjectType="Course__c")
    plan = await planned(prod, box, named)
    said = "bo@school.example is not an active user or queue of box: Pool becomes the owner of 1 row"
    assert said in plan.notes
    assert not any("our user becomes" in note for note in plan.notes)
    await seeded(prod, box, named)
    owners = {row["Course_Key__c"]: row["OwnerId"] for row in box.soql("SELECT Course_Key__c, OwnerId FROM Course__c")}
    assert owners["C1"] == pool
    cy = box.inside.users.add_user("cy@school.example.box", "Cy")
    assert (await planned(prod, box, named)).calls == 0, "who owns a row that is there is left alone"
    assert cy not in owners.values()


async def test_a_probable_twin_is_adopted_only_when_asked(prod: School, box: School, data_set: DataSet) -> None:
    await seeded(prod, box, data_set)
    lesson = box.soql("SELECT Id FROM Lesson__c WHERE Lesson_Key__c = 'L4'")[0]["Id"]
    box.save("Lesson__c", lesson, Lesson_Key__c=None, Code__c="b-1")
    plan = await planned(prod, box, data_set)
    assert [(twin.key, twin.record_id) for twin in plan.twins] == [("L4", lesson)]
    assert plan.count("insert") == 1
    adopting = await planned(prod, box, data_set, adopt=True)
    assert (adopting.count("insert"), adopting.count("update")) == (0, 1)
    await seeded(prod, box, data_set, adopt=True)
    assert box.soql("SELECT Id FROM Lesson__c WHERE Lesson_Key__c = 'L4'") == [{"Id": lesson}]
    assert (await planned(prod, box, data_set)).calls == 0


async def test_keys_that_are_there_twice_stop_before_the_first_write(
    prod: School, box: School, data_set: DataSet
) -> None:
    first = prod.put("Product2", Name="Copy", ProductCode="KIT-1", IsActive=True)
    assert first
    prod.put("Exercise__c", Name="Ex 3", Exercise_Key__c="E3", Lesson__c=prod.ids["L1"], Kit__c=first)
    async with prod.connect() as production, box.connect() as sandbox:
        rows = await read_rows(production, data_set)
        with pytest.raises(DuplicateKeys, match="Product2 KIT-1 is the key of 2 rows"):
            rows.check_keys()
        plan = make_plan(rows, await read_matching(sandbox, data_set, rows), data_set)
        count = len(list(box.traffic.requests.log))
        with pytest.raises(PlanBlocked, match="KIT-1"):
            await collect(write_plan(sandbox, plan, purpose="seed"))
    assert [one for one in list(box.traffic.requests.log)[count:] if one["method"] != "GET"] == []


async def test_a_lost_reply_after_the_write_is_settled_by_what_the_org_has(
    prod: School, box: School, data_set: DataSet
) -> None:
    box.fault("drop_after", "composite/sobjects", method="POST", times=1)
    events = await seeded(prod, box, data_set)
    assert of(seed.RowRefused, events) == []
    first = of(Settled, events)[0]
    assert first.result == "done"
    assert "the reply was lost" in first.detail
    assert (await planned(prod, box, data_set)).calls == 0
    assert len(box.soql("SELECT Id FROM Course__c")) == 2


async def test_a_request_that_never_arrived_is_sent_again_once_the_org_was_asked(
    prod: School, box: School, data_set: DataSet
) -> None:
    await seeded(prod, box, data_set)
    prod.save("Course__c", prod.ids["C2"], Note__c="later")
    box.fault("drop_before", "composite/sobjects", method="PATCH", times=1)
    events = await seeded(prod, box, data_set)
    assert [event.result for event in of(Settled, events)] == ["not_done", "done"]
    assert len(of(seed.RowsWrite, events)) == 2
    assert box.soql("SELECT Note__c FROM Course__c WHERE Course_Key__c = 'C2'") == [{"Note__c": "later"}]


async def test_locked_rows_are_tried_again_with_growing_pauses(prod: School, box: School, data_set: DataSet) -> None:
    await seeded(prod, box, data_set)
    prod.save("Course__c", prod.ids["C2"], Note__c="later")
    locked = (
        '[{"success":false,"errors":[{"statusCode":"UNABLE_TO_LOCK_ROW","message":"unable to obtain","fields":[]}]}]'
    )
    box.fault("status", "composite/sobjects", method="PATCH", status=200, body=locked, times=2)
    waits: list[float] = []

    async def pause(seconds: float) -> None:
        waits.append(seconds)

    plan = await planned(prod, box, data_set)
    async with box.connect() as sandbox:
        events = await collect(write_plan(sandbox, plan, purpose="seed", pause=pause))
    assert of(seed.RowRefused, events) == []
    assert len(of(seed.RowsWrite, events)) == 3
    assert waits == sorted(waits)
    assert len(waits) == 2
    assert box.soql("SELECT Note__c FROM Course__c WHERE Course_Key__c = 'C2'") == [{"Note__c": "later"}]


async def test_rows_that_stay_locked_are_refused_in_the_orgs_words(
    prod: School, box: School, data_set: DataSet
) -> None:
    await seeded(prod, box, data_set)
    prod.save("Course__c", prod.ids["C2"], Note__c="later")
    locked = (
        '[{"success":false,"errors":[{"statusCode":"UNABLE_TO_LOCK_ROW","message":"unable to obtain","fields":[]}]}]'
    )
    box.fault("status", "composite/sobjects", method="PATCH", status=200, body=locked, times=99)
    (refused,) = of(seed.RowRefused, await seeded(prod, box, data_set))
    assert (refused.key, refused.code, refused.message) == ("C2", "UNABLE_TO_LOCK_ROW", "unable to obtain")


class Stop(Exception):
    """What a checkpoint raises."""


async def test_a_checkpoint_stops_between_calls_and_a_new_plan_goes_on(
    prod: School, box: School, data_set: DataSet
) -> None:
    plan = await planned(prod, box, data_set)
    calls = 0

    async def checkpoint() -> None:
        nonlocal calls
        calls += 1
        if calls > 3:
            raise Stop

    events: list[Event] = []
    async with box.connect() as sandbox:
        with pytest.raises(Stop):
            async for event in write_plan(sandbox, plan, purpose="seed", checkpoint=checkpoint):
                events.append(event)
    assert len(of(seed.RowsWrite, events)) == len(of(Settled, events)) == 3
    rest = await seeded(prod, box, data_set)
    done = sum(event.written for event in of(seed.RowsWritten, events + rest))
    assert done == 15 + 1  # the second pass writes one row again
    assert (await planned(prod, box, data_set)).calls == 0


async def test_no_call_has_more_than_200_rows_and_rows_of_one_master_stay_together(
    prod: School, box: School, data_set: DataSet
) -> None:
    for number in range(430):
        prod.put("Exercise__c", Exercise_Key__c=f"X{number:04}", Lesson__c=prod.ids["L1" if number % 2 else "L4"])
    events = await seeded(prod, box, data_set)
    keys = [event.keys for event in of(seed.RowsWrite, events) if event.object == "Exercise__c"]
    assert [len(one) for one in keys] == [200, 200, 32]
    order = ["L1" if int(key[1:]) % 2 else "L4" for call in keys for key in call if key.startswith("X")]
    assert order == sorted(order)
    assert len(box.soql("SELECT Id FROM Exercise__c WHERE Exercise_Key__c LIKE 'X%'")) == 430


async def test_production_is_not_written_to_without_a_permit(prod: School, box: School, data_set: DataSet) -> None:
    await seeded(prod, box, data_set)
    box.save("Course__c", box.soql("SELECT Id FROM Course__c WHERE Course_Key__c = 'C2'")[0]["Id"], Note__c="x")
    plan = await planned(box, prod, data_set)
    assert plan.count("update") == 1
    async with prod.connect() as production:
        with pytest.raises(WriteRefused):
            await collect(write_plan(production, plan, purpose="promote"))
        permitted = production.under(campus.Permit(prod.inside.org_id))
        await collect(write_plan(permitted, plan, purpose="promote"))
    assert prod.soql("SELECT Note__c FROM Course__c WHERE Course_Key__c = 'C2'") == [{"Note__c": "x"}]


async def test_a_plan_is_not_carried_out_in_another_org(prod: School, box: School, data_set: DataSet) -> None:
    plan = await planned(prod, box, data_set)
    async with prod.connect() as production:
        with pytest.raises(WrongOrg):
            await collect(write_plan(production, plan, purpose="seed"))


async def test_a_row_that_left_the_filter_is_read_again_and_not_taken_for_deleted(
    prod: School, data_set: DataSet
) -> None:
    async with prod.connect() as org:
        base: DataRows = await read_rows(org, data_set)
        prod.save("Course__c", prod.ids["C2"], Status__c="Closed")
        assert "C2" not in (await read_rows(org, data_set)).objects["Course__c"].rows
        assert "C2" in (await read_rows(org, data_set, also=base)).objects["Course__c"].rows


async def test_a_record_type_the_target_lacks_is_a_blocker(prod: School, tmp_path: Path, data_set: DataSet) -> None:
    without = {"objects/Lesson__c/recordTypes/Workshop.recordType-meta.xml": None}
    with campus.served(tmp_path, "bare", changed=without) as bare:
        plan = await planned(prod, bare, data_set)
    assert plan.blockers == ["bare does not have the record type Lesson__c.Workshop, which 1 rows need"]


async def test_the_shipped_template_brings_products_and_prices(prod: School, box: School) -> None:
    shipped = load(available()["price_books_and_products"])
    plan = await planned(prod, box, shipped)
    assert [(one.object, one.rows.count("insert")) for one in plan.objects if one.rows] == [
        ("Product2", 2),
        ("Pricebook2", 1),
        ("PricebookEntry", 4),
    ]
    assert of(seed.RowRefused, await seeded(prod, box, shipped)) == []
    assert (await planned(prod, box, shipped)).calls == 0
