"""What people beg other data loaders for, one test a complaint; the number is its issue."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hotfix_tui.data.data_set import DataSet
from hotfix_tui.data.read import read_rows
from hotfix_tui.data.rehearse import Rehearsal, rehearse_plan
from hotfix_tui.data.write import no_checkpoint, write_plan
from hotfix_tui.events import seed
from tests.data import campus
from tests.data.campus import School, collect
from tests.data.test_seed import of, planned, seeded

pytestmark = pytest.mark.slow


def with_text(folder: Path, old: str, new: str) -> DataSet:
    assert old in campus.DATA_SET
    return campus.data_set(folder, campus.DATA_SET.replace(old, new))


async def test_931_a_second_upsert_adds_no_rows(prod: School, box: School, data_set: DataSet) -> None:
    """SFDMU 931: "second upsert turns 3 accounts into 5"; 1040: "upsert is behaving like insert"."""
    for _ in range(3):
        await seeded(prod, box, data_set)
    assert len(box.soql("SELECT Id FROM Course__c")) == 2
    assert len(box.soql("SELECT Id FROM PricebookEntry")) == 4


async def test_592_a_row_is_matched_although_it_does_not_meet_the_filter_in_the_target(
    prod: School, box: School, data_set: DataSet
) -> None:
    """SFDMU 592: the match must not depend on the target also meeting the source's filter."""
    box.put("Course__c", Name="Botany", Course_Key__c="C2", Status__c="Closed")  # the filter leaves Closed out
    await seeded(prod, box, data_set)
    assert box.soql("SELECT Status__c FROM Course__c WHERE Course_Key__c = 'C2'") == [{"Status__c": "Draft"}]


async def test_1084_parents_go_first_and_no_row_is_updated_to_get_its_parent(
    prod: School, box: School, data_set: DataSet
) -> None:
    """SFDMU 1084 and 593: a rule that requires the parent must not block the load; no update triggers fire."""
    events = await seeded(prod, box, data_set)
    updates = [event for event in of(seed.RowsWrite, events) if event.act == "update"]
    assert [(event.object, event.keys) for event in updates] == [("Course__c", ("C1",))]  # the one true cycle


async def test_1215_both_lookups_to_one_object_are_resolved(prod: School, box: School, data_set: DataSet) -> None:
    """SFDMU 1215: "two lookups to the same object: only one resolves"."""
    await seeded(prod, box, data_set)
    (lesson,) = box.soql("SELECT Before__r.Name, Instead__r.Name FROM Lesson__c WHERE Lesson_Key__c = 'L3'")
    assert lesson == {"Before__r": {"Name": "Two"}, "Instead__r": {"Name": "One"}}


async def test_706_standard_prices_come_first_and_704_each_price_finds_its_own_book(
    prod: School, box: School, data_set: DataSet
) -> None:
    """SFDMU 706 and 704, texei-sfdx-plugin 52, forcedotcom/cli 710: the standard book is looked up, never copied."""
    assert of(seed.RowRefused, await seeded(prod, box, data_set)) == []
    soql = "SELECT Pricebook2.IsStandard, Product2.ProductCode, UnitPrice FROM PricebookEntry ORDER BY UnitPrice"
    assert [
        (row["Pricebook2"]["IsStandard"], row["Product2"]["ProductCode"], row["UnitPrice"]) for row in box.soql(soql)
    ] == [(True, "KIT-1", 5), (False, "KIT-1", 6), (True, "KIT-2", 7.25), (False, "KIT-2", 8.25)]
    assert len(box.soql("SELECT Id FROM Pricebook2 WHERE IsStandard = true")) == 1


async def test_119_of_a_parent_only_the_rows_that_are_referred_to_are_read(prod: School, data_set: DataSet) -> None:
    """SFDMU 119 (200,000 related accounts pulled) and 665 (one lookup into 9.5 million cases)."""
    for number in range(300):
        prod.put("Product2", Name=f"Other {number}", ProductCode=f"OTHER-{number}", IsActive=True)
    before = prod.traffic.requests.count
    async with prod.connect() as org:
        rows = await read_rows(org, data_set)
    assert len(rows.objects["Product2"].rows) == 2
    asked = [one["path"] for one in list(prod.traffic.requests.log)[before:]]
    assert not [path for path in asked if "FROM Product2" in path and "WHERE" not in path]


async def test_419_after_a_connection_reset_only_the_rest_is_sent(prod: School, box: School, data_set: DataSet) -> None:
    """SFDMU 419: connection reset, "have to start over again and it's taking forever"."""
    box.fault("drop_after", "composite/sobjects", method="POST", times=99)
    plan = await planned(prod, box, data_set)
    sent: list[str] = []
    async with box.connect() as org:
        async for event in write_plan(org, plan, purpose="seed", pause=lambda _: asyncio.sleep(0)):
            if isinstance(event, seed.RowsWrite):
                sent += [f"{event.object} {key}" for key in event.keys if event.act == "insert"]
    assert len(sent) == len(set(sent)) == 15  # every reply was lost, and nothing went out twice
    assert (await planned(prod, box, data_set)).calls == 0


async def test_367_only_what_failed_is_sent_again(prod: School, box: School, data_set: DataSet) -> None:
    """SFDMU 367 (wontfix), CumulusCI 2508: retry only failed records."""
    prod.save("Course__c", prod.ids["C1"], Fee__c=None)
    refused = {event.key for event in of(seed.RowRefused, await seeded(prod, box, data_set))}
    prod.save("Course__c", prod.ids["C1"], Fee__c=100.5)
    prod.save("PricebookEntry", prod.soql("SELECT Id FROM PricebookEntry LIMIT 1")[0]["Id"], UnitPrice=99)
    plan = await planned(prod, box, data_set)
    plan.keep_only({(one.object, row.key) for one in plan.objects for row in one.rows if row.key in refused})
    async with box.connect() as org:
        again = await collect(write_plan(org, plan, purpose="seed"))
    assert {key for event in of(seed.RowsWrite, again) for key in event.keys} == refused


async def test_703_the_simulation_shows_what_the_run_shows(prod: School, box: School, data_set: DataSet) -> None:
    """SFDMU 703: "simulation shows no failure, the real run shows many"."""
    prod.save("Course__c", prod.ids["C1"], Fee__c=None)
    found = Rehearsal()
    plan = await planned(prod, box, data_set)
    async with box.connect() as org:
        await collect(rehearse_plan(org, plan, mode="as_it_is", checkpoint=no_checkpoint, found=found))
    really = {e.key for e in of(seed.RowRefused, await seeded(prod, box, data_set)) if e.code != "PARENT_NOT_WRITTEN"}
    assert {one.key for one in found.refused.values()} == really


async def test_3360_records_that_are_there_are_referred_to_and_never_written(
    prod: School, box: School, tmp_path: Path
) -> None:
    """CumulusCI 3360: read-only reference to records already in the org by external Id."""
    only_there = with_text(
        tmp_path, 'parents_of = ["Exercise__c.Kit__c"]', 'parents_of = ["Exercise__c.Kit__c"]\nmode = "reference"'
    )
    kit = box.put("Product2", Name="Kit of the box", ProductCode="KIT-1", IsActive=True)
    events = await seeded(prod, box, only_there)
    assert not [event for event in of(seed.RowsWrite, events) if event.object == "Product2"]
    assert box.soql("SELECT Kit__c FROM Exercise__c WHERE Exercise_Key__c = 'E1'") == [{"Kit__c": kit}]
    assert box.soql("SELECT Name FROM Product2") == [{"Name": "Kit of the box"}]


async def test_1334_a_typo_in_a_key_does_not_insert(prod: School, box: School, tmp_path: Path) -> None:
    """Salesforce-Inspector-reloaded 1334: "upsert, update only"."""
    only_updates = with_text(tmp_path, 'key = ["Course_Key__c"]', 'key = ["Course_Key__c"]\nmode = "update"')
    box.put("Course__c", Name="Old name", Course_Key__c="C1", Status__c="Draft")
    plan = await planned(prod, box, only_updates)
    (courses,) = [one for one in plan.objects if one.object == "Course__c"]
    assert [(row.act, row.key) for row in courses.rows] == [("update", "C1")]
    assert any("C2" in note or "1 rows of Course__c are not in box" in note for note in plan.notes)
