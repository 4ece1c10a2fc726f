"""What people beg other tools for (the issues are named), on two orgs over HTTP: volume, resuming, outcome, modes.

One test a complaint. The two schools are those of `campus`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest

from hotfix_tui.data.data_set import DataSet
from hotfix_tui.data.errors import PlanBlocked
from hotfix_tui.data.read import read_rows
from hotfix_tui.data.write import write_plan
from hotfix_tui.events import seed
from tests.data import campus
from tests.data.asked import by, data_set_of, queries, writes, written
from tests.data.campus import School, collect
from tests.data.conftest import standard_book
from tests.data.test_seed import no_wait, of, planned, seeded

pytestmark = pytest.mark.slow


async def test_015_of_a_large_table_only_the_rows_referred_to_are_read(
    prod: School, box: School, data_set: DataSet
) -> None:
    """SFDX-Data-Move-Utility#119: under 2,000 records selected, heap out of memory; 200,000 accounts were pulled."""
    for number in range(3_000):
        prod.put("Product2", Name=f"Other {number}", ProductCode=f"O-{number}", IsActive=True)
        box.put("Product2", Name=f"Other {number}", ProductCode=f"O-{number}", IsActive=True)
    since = [len(prod.traffic.requests.log), len(box.traffic.requests.log)]
    plan = await planned(prod, box, data_set)
    assert plan.rows == 15
    asked = queries(prod, since[0], "Product2"), queries(box, since[1], "Product2")
    assert asked[0] and all("WHERE Id IN (" in one for one in asked[0])
    assert asked[1] and all("WHERE ProductCode IN (" in one for one in asked[1])
    for school, start in zip((prod, box), since, strict=True):
        calls = [one for one in list(school.traffic.requests.log)[start:] if "Product2 " in unquote_plus(one["path"])]
        assert sum(one["bytes"] for one in calls) < 10_000


async def test_016_one_lookup_into_a_huge_table_costs_one_row(prod: School, box: School) -> None:
    """SFDX-Data-Move-Utility#665: 8 records with one lookup into 9.5 million cases; the run stops without an error."""
    chosen = data_set_of("""
[[object]]
name = "Exercise__c"
root = true
where = "Exercise_Key__c = 'E1'"
key = ["Exercise_Key__c"]
[[object]]
name = "Lesson__c"
parents_of = ["Exercise__c.Lesson__c"]
key = ["Lesson_Key__c"]
[[object]]
name = "Course__c"
parents_of = ["Lesson__c.Course__c"]
key = ["Course_Key__c"]
[[object]]
name = "Product2"
parents_of = ["Exercise__c.Kit__c"]
key = ["ProductCode"]
""")
    for number in range(2_500):
        prod.put("Lesson__c", Name=f"Other {number}", Lesson_Key__c=f"O-{number}", Course__c=prod.ids["C1"])
    since = len(prod.traffic.requests.log)
    async with prod.connect() as org:
        rows = await read_rows(org, chosen)
    assert {name: len(one.rows) for name, one in rows.objects.items()} == {
        # The opening lesson of the course is read so that its lookup has a key.
        "Exercise__c": 1, "Lesson__c": 2, "Course__c": 1, "Product2": 1,
    }  # fmt: skip
    assert len(rows.objects["Lesson__c"].counted) == 1
    assert all("WHERE Id IN (" in one for one in queries(prod, since, "Lesson__c"))
    await seeded(prod, box, chosen)
    assert set(by(box, "Lesson__c", "Lesson_Key__c")) == {"L1"}


async def test_017_after_a_lost_connection_only_what_is_missing_is_written(
    prod: School, box: School, data_set: DataSet
) -> None:
    """SFDX-Data-Move-Utility#419: connection reset, start over again, and it takes forever."""
    for number in range(500):
        prod.put("Exercise__c", Exercise_Key__c=f"X{number:04}", Lesson__c=prod.ids["L1"])
    plan = await planned(prod, box, data_set)
    box.fault("reset", "composite/sobjects", method="POST", nth=7, times=999)
    async with box.connect() as sandbox:
        first = await collect(write_plan(sandbox, plan, purpose="seed", pause=no_wait))
    assert "REPLY_LOST" in {one.code for one in of(seed.RowRefused, first)}
    box.faults.clear()
    done = {(one.object, key) for one in of(seed.RowsWritten, first) for key in one.ids}
    assert 0 < len(done) < plan.rows
    rest = await seeded(prod, box, data_set)
    again = {(one.object, key) for one in of(seed.RowsWrite, rest) if one.act == "insert" for key in one.keys}
    assert not again & done
    assert len(again | done) == plan.rows
    keys = [row["Exercise_Key__c"] for row in box.soql("SELECT Exercise_Key__c FROM Exercise__c")]
    assert len(keys) == len(set(keys)) == 502
    assert (await planned(prod, box, data_set)).calls == 0


async def failed_then_retried(prod: School, box: School, data_set: DataSet, **mended: Any) -> set[tuple[str, str]]:
    """Seeds, mends production's record (`mended`: its key, then its fields), and seeds again; what failed at first.

    Exactly that is sent the second time, and afterwards nothing is left to do.
    """
    first = await seeded(prod, box, data_set)
    failed = {(one.object, one.key) for one in of(seed.RowRefused, first)}
    taken = {(one.object, key) for one in of(seed.RowsWritten, first) for key in one.ids}
    assert failed and taken and not failed & taken
    prod.save("Course__c", prod.ids[mended.pop("key")], **mended)
    again = await seeded(prod, box, data_set)
    assert {(one.object, key) for one in of(seed.RowsWrite, again) for key in one.keys} == failed
    assert of(seed.RowRefused, again) == []
    assert (await planned(prod, box, data_set)).calls == 0
    return failed


async def test_018_retrying_sends_the_rows_that_a_rule_refused_and_what_hangs_on_them(
    prod: School, box: School, data_set: DataSet
) -> None:
    """SFDX-Data-Move-Utility#367: retry only what failed; wontfix."""
    prod.save("Course__c", prod.ids["C1"], Fee__c=None)  # the rule of the box refuses an open course without a fee
    prod.save("Course__c", prod.ids["C2"], Successor__c=None)
    failed = await failed_then_retried(prod, box, data_set, key="C1", Fee__c=100.5)
    assert failed == {("Course__c", "C1"), *(("Lesson__c", f"L{n}") for n in (1, 2, 3)), ("Exercise__c", "E1")}


async def test_019_one_refused_row_of_a_call_does_not_make_the_others_be_sent_again(
    prod: School, tmp_path: Path, data_set: DataSet
) -> None:
    """CumulusCI#2508: retry only failed records."""
    path = "objects/Course__c/fields/Status__c.field-meta.xml"
    values = campus._picklist("Draft", "Open", "Closed")  # without Held
    with campus.served(tmp_path, "older", changed={path: campus._field("Status__c", "Picklist", values)}) as older:
        prod.save("Course__c", prod.ids["C2"], Status__c="Held")
        failed = await failed_then_retried(prod, older, data_set, key="C2", Status__c="Draft")
    assert failed == {("Course__c", "C2"), ("Lesson__c", "L4"), ("Exercise__c", "E2")}


async def test_020_what_the_plan_says_is_what_happens_row_by_row(prod: School, box: School, data_set: DataSet) -> None:
    """SFDX-Data-Move-Utility#703: the simulation shows no failure, the real run shows many."""
    await seeded(prod, box, data_set)
    async with box.connect() as org:
        (gone,) = await org.delete([by(box, "Exercise__c", "Exercise_Key__c")["E1"]["Id"]])
        assert gone.success
    prod.save("Lesson__c", prod.ids["L2"], Hours__c=9, Before__c=None)
    prod.put("Course__c", Name="Geometry", Course_Key__c="C3", Status__c="Draft", Successor__c=prod.ids["C2"])
    plan = await planned(prod, box, data_set)
    promised = {(row.object, row.key): row.act for one in plan.objects for row in one.rows if row.act != "equal"}
    assert set(promised.values()) == {"insert", "update"}
    before = box.traffic.requests.count
    async with box.connect() as sandbox:
        events = await collect(write_plan(sandbox, plan, purpose="seed", pause=no_wait))
    assert {(one.object, key): one.act for one in of(seed.RowsWritten, events) for key in one.ids} == promised
    assert len(writes(box, before)) == plan.calls
    (sums,) = of(seed.DataWritten, events)
    assert (sums.inserted, sums.updated, sums.refused) == (plan.count("insert"), plan.count("update"), 0)


async def test_020_what_cannot_work_is_in_the_plan_and_not_first_in_the_run(
    prod: School, tmp_path: Path, data_set: DataSet
) -> None:
    """The same complaint, the other way round."""
    without: dict[str, str | None] = {
        "objects/Lesson__c/recordTypes/Workshop.recordType-meta.xml": None,
        "objects/Course__c/fields/Rebate__c.field-meta.xml": None,
    }
    with campus.served(tmp_path, "bare", changed=without) as bare:
        plan = await planned(prod, bare, data_set)
        assert any("record type Lesson__c.Workshop" in one for one in plan.blockers)
        assert any("Course__c.Rebate__c" in one for one in plan.notes)
        async with bare.connect() as org:
            with pytest.raises(PlanBlocked):
                await collect(write_plan(org, plan, purpose="seed"))
        assert writes(bare) == []


async def test_021_a_reference_is_found_by_its_external_id_and_never_written(prod: School, box: School) -> None:
    """CumulusCI#3360: read-only reference to records already in the org by external Id."""
    chosen = data_set_of("""
[[object]]
name = "Lesson__c"
root = true
key = ["Lesson_Key__c"]
[[object]]
name = "Course__c"
parents_of = ["Lesson__c.Course__c"]
key = ["Course_Key__c"]
mode = "reference"
""")
    there = {key: box.put("Course__c", Name="Theirs", Course_Key__c=key, Status__c="Draft") for key in ("C1", "C2")}
    events = await seeded(prod, box, chosen)
    assert written(events, "Course__c") == {}
    assert written(events, "Lesson__c")["insert"] == ["L1", "L4", "L2", "L3"]
    lessons = by(box, "Lesson__c", "Lesson_Key__c", "Course__c")
    assert {row["Course__c"] for row in lessons.values()} == set(there.values())
    assert {row["Name"] for row in box.soql("SELECT Name FROM Course__c")} == {"Theirs"}


async def test_021_a_reference_that_is_not_there_is_never_made(prod: School, box: School) -> None:
    """The same complaint: the rows that need it are refused with its name, the others are written."""
    chosen = data_set_of("""
[[object]]
name = "Lesson__c"
root = true
key = ["Lesson_Key__c"]
[[object]]
name = "Course__c"
parents_of = ["Lesson__c.Course__c"]
key = ["Course_Key__c"]
mode = "reference"
""")
    box.put("Course__c", Name="Theirs", Course_Key__c="C2", Status__c="Draft")
    events = await seeded(prod, box, chosen)
    assert written(events, "Lesson__c")["insert"] == ["L4"]
    refused = {one.key: one.message for one in of(seed.RowRefused, events)}
    assert set(refused) == {"L1", "L2", "L3"}
    assert "Course__c C1 is not in box" in refused["L1"]
    assert len(box.soql("SELECT Id FROM Course__c")) == 1


async def test_022_the_standard_price_book_is_looked_up_whatever_its_name(
    prod: School, box: School, data_set: DataSet
) -> None:
    """cli#710: tree import must look up existing records (standard price book)."""
    box.save("Pricebook2", standard_book(box), Name="Catalogue général")
    events = await seeded(prod, box, data_set)
    assert written(events, "Pricebook2") == {"insert": ["School"]}
    entries = box.soql(f"SELECT Id FROM PricebookEntry WHERE Pricebook2Id = '{standard_book(box)}'")
    assert len(entries) == 2
    assert box.soql("SELECT Name FROM Pricebook2 WHERE IsStandard = true") == [{"Name": "Catalogue général"}]


async def test_023_update_only_never_inserts(prod: School, box: School) -> None:
    """Salesforce-Inspector-reloaded#1334: "upsert, update only", so that a typo does not insert."""
    chosen = data_set_of("""
[[object]]
name = "Course__c"
root = true
key = ["Course_Key__c"]
mode = "update"
""")
    box.put("Course__c", Name="Alchemy", Course_Key__c="C1", Status__c="Draft", Fee__c=1)
    box.put("Course__c", Name="Botany", Course_Key__c="C-2", Status__c="Draft")  # the typo
    plan = await planned(prod, box, chosen)
    assert plan.count("insert") == 0
    assert any("2 rows of Course__c are not in box" in note for note in plan.notes)
    events = await seeded(prod, box, chosen)
    assert written(events, "Course__c") == {"update": ["C1"]}
    assert set(by(box, "Course__c", "Course_Key__c")) == {"C1", "C-2"}
