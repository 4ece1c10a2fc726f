"""The fix's records from one org to another over real HTTP, and acts that lost their process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hotfix_tui.data.changes import RowChange, rows_delta
from hotfix_tui.data.classify import classify, read_for_changes, verify_changes
from hotfix_tui.data.data_set import DataSet
from hotfix_tui.data.errors import DataError
from hotfix_tui.data.plan_changes import plan_changes
from hotfix_tui.data.production import plan_record_change, record_change_event, verify_record_change
from hotfix_tui.data.read import read_rows
from hotfix_tui.data.rows import DataRows
from hotfix_tui.data.rows_json import bytes_to_rows, rows_to_bytes
from hotfix_tui.data.settling import settle_rows
from hotfix_tui.data.write import write_plan
from hotfix_tui.events import Settled, seed
from hotfix_tui.salesforce.errors import WrongOrg
from tests.data import campus
from tests.data.campus import Permit, School, collect
from tests.data.conftest import fill
from tests.data.test_seed import no_wait, of, planned, seeded


@pytest.fixture
def uat(tmp_path: Path) -> Iterator[School]:
    with campus.served(tmp_path, "uat") as school:
        fill(school)
        yield school


async def fixed(prod: School, box: School, data_set: DataSet) -> tuple[list[RowChange], DataRows]:
    """Seeds the box, takes its baseline, makes a fix there by hand: two updates, an insert with a child, a delete."""
    await seeded(prod, box, data_set)
    async with box.connect() as org:
        base = bytes_to_rows(rows_to_bytes(await read_rows(org, data_set)))
        ids = {row["Lesson_Key__c"]: row["Id"] for row in box.soql("SELECT Id, Lesson_Key__c FROM Lesson__c")}
        (course,) = box.soql("SELECT Id FROM Course__c WHERE Course_Key__c = 'C1'")
        box.save("Course__c", course["Id"], Fee__c=80, Opening_Lesson__c=ids["L1"])
        box.save("Lesson__c", ids["L3"], Before__c=None)
        new = box.put("Lesson__c", Name="Five", Lesson_Key__c="L5", Course__c=course["Id"], Before__c=ids["L3"])
        box.put("Exercise__c", Name="Ex 5", Exercise_Key__c="E5", Lesson__c=new)
        (exercise,) = box.soql("SELECT Id FROM Exercise__c WHERE Exercise_Key__c = 'E2'")
        await org.delete([exercise["Id"]])
        now = await read_rows(org, data_set, also=base)
    return rows_delta(base, now), now


async def test_the_fix_is_what_changed_since_the_baseline(prod: School, box: School, data_set: DataSet) -> None:
    changes, _ = await fixed(prod, box, data_set)
    assert {(change.act, change.key): sorted(change.fields) for change in changes if change.act == "update"} == {
        ("update", "C1"): ["Fee__c", "Opening_Lesson__c"],
        ("update", "L3"): ["Before__c"],
    }
    assert {(change.act, change.key) for change in changes if change.act != "update"} == {
        ("insert", "L5"),
        ("insert", "E5"),
        ("delete", "E2"),
    }


async def test_the_fix_comes_to_an_org_with_other_ids_and_nothing_else_moves(
    prod: School, box: School, uat: School, data_set: DataSet
) -> None:
    changes, now = await fixed(prod, box, data_set)
    untouched = uat.soql(
        "SELECT Id, LastModifiedDate FROM Lesson__c WHERE Lesson_Key__c IN ('L1','L2','L4') ORDER BY Id"
    )
    async with uat.connect() as org:
        theirs = await read_for_changes(org, data_set, changes, now)
        cells = classify(changes, theirs, now)
        assert {one.change.key: one.cell for one in cells} == {
            "C1": "apply",
            "L3": "apply",
            "L5": "new",
            "E5": "new",
            "E2": "apply",
        }
        plan = plan_changes([one.change for one in cells], theirs, data_set, now)
        events = await collect(write_plan(org, plan, purpose="sync", pause=no_wait))
        (written,) = of(seed.DataWritten, events)
        assert (written.inserted, written.updated, written.deleted, written.refused) == (2, 2, 1, 0)
        after = await read_for_changes(org, data_set, changes, now)
        assert verify_changes(changes, after, now).differs == ()
        assert {one.cell for one in classify(changes, after, now)} == {"same"}
    assert untouched == uat.soql(
        "SELECT Id, LastModifiedDate FROM Lesson__c WHERE Lesson_Key__c IN ('L1','L2','L4') ORDER BY Id"
    )
    (course,) = uat.soql(
        "SELECT Fee__c, Rebate__c, Opening_Lesson__r.Lesson_Key__c FROM Course__c WHERE Course_Key__c='C1'"
    )
    assert (course["Fee__c"], course["Rebate__c"], course["Opening_Lesson__r"]["Lesson_Key__c"]) == (80, 12.5, "L1")
    delete = of(seed.RowsWrite, events)[-1]
    assert (delete.act, delete.keys) == ("delete", ("E2",))
    assert delete.before["E2"]["Kit__c"] == uat.ids["KIT-2"]


async def test_a_master_with_details_of_others_is_not_deleted(
    prod: School, box: School, uat: School, data_set: DataSet
) -> None:
    await seeded(prod, box, data_set)
    async with box.connect() as org:
        base = await read_rows(org, data_set)
        rows = box.soql("SELECT Id FROM Exercise__c WHERE Exercise_Key__c = 'E2'")
        rows += box.soql("SELECT Id FROM Lesson__c WHERE Lesson_Key__c = 'L4'")
        for row in rows:
            await org.delete([row["Id"]])
        now = await read_rows(org, data_set, also=base)
    changes = rows_delta(base, now)
    others = uat.put("Exercise__c", Name="Theirs", Lesson__c=uat.ids["L4"])
    async with uat.connect() as org:
        plan = plan_changes(changes, await read_for_changes(org, data_set, changes, now), data_set, now)
        (refused,) = of(seed.RowRefused, await collect(write_plan(org, plan, purpose="sync", pause=no_wait)))
        assert (refused.key, refused.code) == ("L4", "HAS_DETAILS")
        assert f"Exercise__c {others}" in refused.message
        assert uat.soql("SELECT Exercise_Key__c FROM Exercise__c WHERE Exercise_Key__c = 'E2'") == []
        await org.delete([others])
        again = plan_changes(changes, await read_for_changes(org, data_set, changes, now), data_set, now)
        assert of(seed.RowRefused, await collect(write_plan(org, again, purpose="sync", pause=no_wait))) == []
    assert uat.soql("SELECT Id FROM Lesson__c WHERE Lesson_Key__c = 'L4'") == []


async def test_rows_others_changed_are_left_alone_with_the_reason(
    prod: School, box: School, uat: School, data_set: DataSet
) -> None:
    changes, now = await fixed(prod, box, data_set)
    uat.save("Course__c", uat.ids["C1"], Fee__c=15)
    uat.save("Lesson__c", uat.ids["L3"], Lesson_Key__c=None)
    async with uat.connect() as org:
        cells = {
            one.change.key: one for one in classify(changes, await read_for_changes(org, data_set, changes, now), now)
        }
    assert "Fee__c 15" in cells["C1"].reason
    assert cells["L3"].reason == "a row there has its second key and no key"
    assert cells["L5"].reason == "its parent Lesson__c L3 is not there"
    assert cells["E5"].reason == "its parent Lesson__c L5 is not there"


async def test_a_killed_insert_is_settled_by_asking_the_org(prod: School, box: School, data_set: DataSet) -> None:
    plan = await planned(prod, box, data_set)
    async with box.connect() as org:
        steps = write_plan(org, plan, purpose="seed")
        intents: list[seed.RowsWrite] = []
        async for event in steps:
            if isinstance(event, seed.RowsWrite):
                intents.append(event)
            if isinstance(event, seed.RowsWrite) and event.object == "Lesson__c":
                await steps.aclose()  # as if the process had died between the intent and the call
                break
        never_sent = await collect(settle_rows(org, intents[-1]))
        sent = await collect(settle_rows(org, intents[0]))
    assert of(Settled, never_sent)[0].result == "not_done"
    assert of(Settled, sent)[0].result == "done"
    assert set(of(seed.RowsWritten, sent)[0].ids) == set(intents[0].keys)


async def test_a_killed_update_or_delete_is_settled_by_what_was_there_before(
    prod: School, box: School, data_set: DataSet
) -> None:
    await seeded(prod, box, data_set)
    (course,) = box.soql("SELECT Id, Fee__c FROM Course__c WHERE Course_Key__c = 'C1'")
    common = {"key": "k", "org": "box", "org_id": box.inside.org_id, "object": "Course__c", "keys": ("C1",)}
    before = {"C1": {"Id": course["Id"], "Fee__c": 100.50}}
    async with box.connect() as org:

        async def outcome(act: str) -> str:
            intent = seed.RowsWrite(**common, act=act, before=before)  # type: ignore[arg-type]
            return str(of(Settled, await collect(settle_rows(org, intent)))[0].result)

        assert (await outcome("update"), await outcome("delete")) == ("not_done", "not_done")
        box.save("Course__c", course["Id"], Fee__c=1)
        assert await outcome("update") == "done"
        await org.delete([course["Id"]])
        assert await outcome("delete") == "done"
    async with prod.connect() as other:
        with pytest.raises(WrongOrg):
            await collect(settle_rows(other, seed.RowsWrite(**common, act="delete", before=before)))  # type: ignore[arg-type]


async def test_a_production_change_writes_what_its_condition_finds_and_then_finds_nothing(
    prod: School, data_set: DataSet
) -> None:
    (change,) = data_set.production_changes
    async with prod.connect() as org:
        plan = await plan_record_change(org, change)
        fact = record_change_event(change, plan)
        assert (fact.rows, fact.set) == (1, {"Status__c": "Draft"})
        permitted = org.under(Permit(org.org_id))
        events = await collect(write_plan(permitted, plan, purpose="promote"))
        (intent,) = of(seed.RowsWrite, events)
        assert intent.before == {prod.ids["C1"]: {"Id": prod.ids["C1"], "Status__c": "Open"}}
        assert (await plan_record_change(org, change)).rows == 0
    assert prod.soql("SELECT Status__c FROM Course__c WHERE Course_Key__c = 'C1'") == [{"Status__c": "Draft"}]


async def test_a_production_change_of_a_field_that_cannot_be_written_is_a_sentence(
    prod: School, tmp_path: Path
) -> None:
    text = campus.DATA_SET.replace('set = { Status__c = "Draft" }', "set = { Twice_Fee__c = 1 }")
    (change,) = campus.data_set(tmp_path, text).production_changes
    async with prod.connect() as org:
        with pytest.raises(DataError, match=r"cannot write Course__c\.Twice_Fee__c in prod"):
            await plan_record_change(org, change)


async def test_a_row_that_changed_after_the_plan_is_not_written_over(
    prod: School, box: School, uat: School, data_set: DataSet
) -> None:
    changes, now = await fixed(prod, box, data_set)
    (lesson,) = [change for change in changes if change.key == "E2"]
    assert lesson.act == "delete"
    async with uat.connect() as org:
        plan = plan_changes(changes, await read_for_changes(org, data_set, changes, now), data_set, now)
        uat.save("Course__c", uat.ids["C1"], Fee__c=15)
        uat.save("Exercise__c", uat.ids["E2"], Name="mine")
        events = await collect(write_plan(org, plan, purpose="sync", pause=no_wait, unmoved=True))
    refused = {(one.key, one.act): one for one in of(seed.RowRefused, events)}
    assert set(refused) == {("C1", "update"), ("E2", "delete")}
    assert refused["C1", "update"].code == "CHANGED_MEANWHILE"
    assert "Fee__c" in refused["C1", "update"].fields
    assert uat.soql("SELECT Fee__c FROM Course__c WHERE Course_Key__c = 'C1'") == [{"Fee__c": 15}]
    assert uat.soql("SELECT Name FROM Exercise__c WHERE Exercise_Key__c = 'E2'") == [{"Name": "mine"}]
    assert uat.soql("SELECT Lesson_Key__c FROM Lesson__c WHERE Lesson_Key__c = 'L5'") == [{"Lesson_Key__c": "L5"}]


async def test_a_production_change_leaves_a_row_that_no_longer_meets_its_condition(
    prod: School, data_set: DataSet
) -> None:
    (change,) = data_set.production_changes
    async with prod.connect() as org:
        plan = await plan_record_change(org, change)
        other = {"Status__c": "Closed"}
        prod.save("Course__c", prod.ids["C1"], **other)
        permitted = org.under(Permit(org.org_id))
        events = await collect(write_plan(permitted, plan, purpose="promote", unmoved=True))
    assert [one.code for one in of(seed.RowRefused, events)] == ["CHANGED_MEANWHILE"]
    assert of(seed.RowsWrite, events) == []
    assert prod.soql("SELECT Status__c FROM Course__c WHERE Course_Key__c = 'C1'") == [other]


async def test_a_production_change_is_verified_row_by_row_even_when_its_condition_finds_nothing_more(
    prod: School, data_set: DataSet
) -> None:
    (change,) = data_set.production_changes
    async with prod.connect() as org:
        plan = await plan_record_change(org, change)
        before = await verify_record_change(org, change, plan)
        await collect(write_plan(org.under(Permit(org.org_id)), plan, purpose="promote", unmoved=True))
        written = await verify_record_change(org, change, plan)
        prod.save("Course__c", prod.ids["C1"], Status__c="Closed")
        lost = await verify_record_change(org, change, plan)
    assert (before.matches, before.differs) == (0, (prod.ids["C1"],))
    assert (written.matches, written.differs) == (1, ())
    assert (lost.matches, lost.differs) == (0, (prod.ids["C1"],))
