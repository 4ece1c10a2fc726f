"""Writing many rows: jobs of the Bulk API, several calls at once, and nothing twice whatever is lost on the way."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hotfix_tui.data.data_set import DataSet
from hotfix_tui.data.lanes import lanes
from hotfix_tui.data.plan_model import RowPlan
from hotfix_tui.data.settling import settle_rows
from hotfix_tui.data.write import write_plan
from hotfix_tui.events import Event, Keep, Settled, seed
from hotfix_tui.salesforce.bulk import BulkJob
from tests.data.campus import School, collect
from tests.data.test_seed import Stop, no_wait, of, planned

JOBS = "jobs/ingest"


def exercises(prod: School, count: int, **fields: Any) -> None:
    for number in range(count):
        lesson = prod.ids[f"L{number % 4 + 1}"]
        prod.put("Exercise__c", Exercise_Key__c=f"X{number:04}", Lesson__c=lesson, **fields)


async def bulk_seeded(prod: School, box: School, data_set: DataSet, **options: Any) -> list[Event]:
    plan = await planned(prod, box, data_set)
    async with box.connect() as sandbox:
        options = {"purpose": "seed", "pause": no_wait, "bulk_from": 20} | options
        return await collect(write_plan(sandbox, plan, **options))


def keys_in(box: School) -> list[str]:
    found = box.soql("SELECT Exercise_Key__c FROM Exercise__c WHERE Exercise_Key__c LIKE 'X%'")
    return sorted(row["Exercise_Key__c"] for row in found)


async def test_many_rows_go_as_a_job_and_each_gets_its_own_outcome(
    prod: School, box: School, data_set: DataSet
) -> None:
    exercises(prod, 40)
    prod.save("Exercise__c", prod.ids["X0003"], Name='Said "so",\nand more')
    prod.save("Exercise__c", prod.ids["X0004"], Name="#N/A")
    prod.save("Exercise__c", prod.ids["X0005"], Kit__c=prod.ids["KIT-1"])
    there = {row["ProductCode"]: row for row in box.soql("SELECT ProductCode FROM Product2")}
    assert there == {}
    events = await bulk_seeded(prod, box, data_set)
    assert of(seed.RowRefused, events) == []
    job, call = [event for event in of(seed.RowsWrite, events) if event.object == "Exercise__c"]
    assert (bool(job.job), job.rows, call.job, call.keys) == (True, 41, "", ("X0004",))
    assert keys_in(box) == [f"X{number:04}" for number in range(40)]
    rows = box.soql("SELECT Name, Kit__r.ProductCode FROM Exercise__c WHERE Exercise_Key__c IN ('X0003', 'X0005')")
    assert {row["Name"] for row in rows} >= {'Said "so",\nand more'}
    assert {(row["Kit__r"] or {}).get("ProductCode") for row in rows} == {None, "KIT-1"}
    assert (await planned(prod, box, data_set)).calls == 0


async def test_jobs_are_made_ready_one_at_a_time_and_the_org_works_on_one_while_we_prepare_the_next(
    prod: School, box: School, data_set: DataSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotfix_tui.data.dispatch.ROWS_A_JOB", 21)
    exercises(prod, 60)
    await bulk_seeded(prod, box, data_set)
    calls = [(one["method"], one["path"].partition(JOBS)[2]) for one in box.traffic.requests.log if JOBS in one["path"]]
    steps = {"POST": "made", "PUT": "uploaded", "PATCH": "started"}
    readying = [(steps[method], path.strip("/").partition("/")[0]) for method, path in calls if method in steps]
    assert [step for step, _ in readying] == ["made", "uploaded", "started"] * 3
    uploaded, started = ([job for step, job in readying if step == which] for which in ("uploaded", "started"))
    assert uploaded == started
    assert len(set(started)) == 3
    assert keys_in(box) == [f"X{number:04}" for number in range(60)]


async def test_an_org_without_any_such_row_is_not_asked_for_each(
    prod: School, box: School, data_set: DataSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotfix_tui.data.read._MANY", 10)
    exercises(prod, 40)
    await planned(prod, box, data_set)
    asked = [one for one in box.traffic.requests.log if "Exercise_Key__c IN" in one["path"]]
    assert asked == []
    await bulk_seeded(prod, box, data_set)
    assert (await planned(prod, box, data_set)).calls == 0, "what is there is found"


async def test_an_update_by_a_job_empties_what_is_empty_and_keeps_what_is_not_named(
    prod: School, box: School, data_set: DataSet
) -> None:
    exercises(prod, 30, Kit__c=prod.ids["KIT-1"])
    await bulk_seeded(prod, box, data_set)
    for number in range(30):
        change = {"Kit__c": None} if number % 2 else {"Name": f"new {number}"}
        prod.save("Exercise__c", prod.ids[f"X{number:04}"], **change)
    events = await bulk_seeded(prod, box, data_set)
    assert [bool(event.job) for event in of(seed.RowsWrite, events)] == [True]
    rows = box.soql("SELECT Name, Kit__c FROM Exercise__c WHERE Exercise_Key__c LIKE 'X%' ORDER BY Exercise_Key__c")
    assert [row["Kit__c"] is None for row in rows] == [number % 2 == 1 for number in range(30)]
    assert [row["Name"] for row in rows][::2] == [f"new {number}" for number in range(0, 30, 2)]


async def test_a_row_that_a_job_refuses_is_told_in_the_orgs_words(prod: School, box: School, data_set: DataSet) -> None:
    exercises(prod, 30)
    box.put("Course__c", Name="Taken", Course_Key__c="C1", Status__c="Draft")
    prod.save("Course__c", prod.ids["C1"], Fee__c=None)  # the rule of the box refuses an open course without a fee
    events = await bulk_seeded(prod, box, data_set, bulk_from=1)
    refused = {event.key: event for event in of(seed.RowRefused, events) if event.object == "Course__c"}
    assert set(refused) == {"C1"}
    assert (refused["C1"].code, refused["C1"].message) == ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Set a fee first.")


@pytest.mark.parametrize("mode", ["drop_after", "drop_before"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
async def test_a_lost_reply_of_a_job_sends_nothing_twice(
    prod: School, box: School, data_set: DataSet, method: str, mode: str
) -> None:
    exercises(prod, 30)
    await bulk_seeded(prod, box, data_set, bulk_from=1000)  # all but the exercises' changes
    for number in range(30):
        prod.put("Exercise__c", Exercise_Key__c=f"Y{number:04}", Lesson__c=prod.ids["L1"])
    box.fault(mode, JOBS, method=method, times=1)
    try:
        events = await bulk_seeded(prod, box, data_set)
    except Exception:
        assert method == "POST"  # an empty job may be left behind: it holds no row
        events = await bulk_seeded(prod, box, data_set)
    assert of(seed.RowRefused, events) == []
    assert {event.result for event in of(Settled, events)} <= {"done", "not_done"}
    found = box.soql("SELECT Exercise_Key__c FROM Exercise__c WHERE Exercise_Key__c LIKE 'Y%'")
    assert sorted(row["Exercise_Key__c"] for row in found) == [f"Y{number:04}" for number in range(30)]


async def test_a_runner_that_dies_at_any_point_of_a_job_leaves_what_the_next_one_settles(
    prod: School, box: School, data_set: DataSet
) -> None:
    """The stream is dropped at each event in turn: what is open then is looked up, and planned again."""
    exercises(prod, 30)
    at = 0
    while True:
        plan = await planned(prod, box, data_set)
        if not plan.calls:
            break
        at += 1
        left: list[seed.RowsWrite] = []
        async with box.connect() as sandbox:
            stream = write_plan(sandbox, plan, purpose="seed", pause=no_wait, bulk_from=20)
            number = 0
            kept: dict[str, bytes] = {}
            async for event in stream:
                number += 1
                if isinstance(event, Keep):
                    kept[event.name] = event.content
                if isinstance(event, seed.RowsWrite):
                    left.append(event)
                elif isinstance(event, Settled):
                    left = [one for one in left if one.key != event.key]
                if number >= at:
                    break
            await stream.aclose()
            for intent in left:
                settled = of(Settled, await collect(settle_rows(sandbox, intent, kept.get(intent.kept))))
                assert settled[0].result in ("done", "not_done")
    assert at > 3
    assert keys_in(box) == [f"X{number:04}" for number in range(30)]


async def test_a_cancel_gives_the_job_up_and_the_journal_knows_what_it_wrote(
    prod: School, box: School, data_set: DataSet
) -> None:
    exercises(prod, 430)
    await bulk_seeded(prod, box, data_set, bulk_from=1000)
    for number in range(430):
        prod.save("Exercise__c", prod.ids[f"X{number:04}"], Name=f"changed {number}")
    asked = 0

    async def checkpoint() -> None:
        nonlocal asked
        asked += 1
        if asked > 1:
            raise Stop

    events: list[Event] = []
    plan = await planned(prod, box, data_set)
    async with box.connect() as sandbox:
        with pytest.raises(Stop):
            async for event in write_plan(
                sandbox, plan, purpose="seed", checkpoint=checkpoint, pause=lambda _: asyncio.sleep(0), bulk_from=20
            ):
                events.append(event)
    (written,) = of(seed.RowsWritten, events)
    assert len(of(Settled, events)) == 1
    changed = box.soql("SELECT Id FROM Exercise__c WHERE Name LIKE 'changed%'")
    assert len(changed) == written.written
    assert (await planned(prod, box, data_set)).count("update") == 430 - written.written


async def test_calls_of_one_object_run_at_once_and_stop_together(prod: School, box: School, data_set: DataSet) -> None:
    exercises(prod, 1000)
    events = await bulk_seeded(prod, box, data_set, bulk_from=5000)
    names = [type(event).__name__ for event in events if getattr(event, "object", "") == "Exercise__c"]
    first = names.index("RowsWrite")
    assert names[first : first + 2] == ["RowsWrite", "RowsWrite"]  # two are open at once
    assert len(of(seed.RowsWrite, events)) == len(of(Settled, events))
    assert len(keys_in(box)) == 1000
    for number in range(1000):
        prod.save("Exercise__c", prod.ids[f"X{number:04}"], Name=f"changed {number}")
    box.fault(
        "status", "composite/sobjects", method="PATCH", status=403, body='[{"errorCode":"API_DISABLED"}]', times=1
    )
    stopped: list[Event] = []
    plan = await planned(prod, box, data_set)
    async with box.connect() as sandbox:
        with pytest.raises(Exception, match="API_DISABLED"):
            async for event in write_plan(sandbox, plan, purpose="seed", bulk_from=5000):
                stopped.append(event)
    assert len(of(seed.RowsWrite, stopped)) == len(of(Settled, stopped)) <= 2


def rows(*masters: str) -> list[RowPlan]:
    return [RowPlan("X", f"K{number}", "insert", master=master) for number, master in enumerate(masters)]


def test_rows_of_one_master_are_never_in_the_way_of_each_other() -> None:
    one_master = [rows("m", "m") for _ in range(12)]
    assert [len(lane) for lane in lanes(one_master, 4)] == [12]
    free = [rows("", "") for _ in range(12)]
    assert [len(lane) for lane in lanes(free, 4)] == [3, 3, 3, 3]
    edges = [rows(f"m{number}", f"m{number + 1}") for number in range(12)]
    assert [len(lane) for lane in lanes(edges, 4)] == [3, 3, 3, 3]
    assert lanes(free[:3], 4) == [free[:3]]


async def test_a_job_is_looked_at_when_it_should_end_but_never_much_more_often_than_the_org_is_used_to(
    prod: School, box: School, data_set: DataSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    exercises(prod, 40)
    waited: list[float] = []
    states = iter([("InProgress", 0), ("InProgress", 0), ("InProgress", 41), ("InProgress", 42), ("InProgress", 42)])

    async def pause(seconds: float) -> None:
        waited.append(seconds)
        await asyncio.sleep(0.01)

    async with box.connect() as sandbox:
        ask = sandbox.bulk_job

        async def told(job_id: str) -> BulkJob:
            state, processed = next(states, ("", 0))
            return BulkJob(job_id, "Exercise__c", "insert", state, processed) if state else await ask(job_id)

        monkeypatch.setattr(sandbox, "bulk_job", told)
        plan = await planned(prod, box, data_set)
        await collect(write_plan(sandbox, plan, purpose="seed", pause=pause, bulk_from=20))
    usual = [sandbox.timing.poll_first * 1.5**number for number in range(len(waited))]
    assert waited[:3] == pytest.approx(usual[:3]), "nothing is done yet, so nothing can be said"
    assert waited[3:6] == pytest.approx([one * 0.25 for one in usual[3:6]]), "it should end at once, and does not"
    assert keys_in(box) == [f"X{number:04}" for number in range(40)]
