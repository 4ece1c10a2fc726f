"""What a data set selects, masks and deletes, org to org over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.data.data_set import DataSet
from hotfix_tui.data.errors import DataError
from hotfix_tui.data.gone import read_gone
from hotfix_tui.data.plan import make_plan, plan_events
from hotfix_tui.data.plan_model import Plan
from hotfix_tui.data.read import read_matching, read_rows
from hotfix_tui.data.rows import DataRows
from hotfix_tui.data.rows_json import rows_to_bytes
from hotfix_tui.data.write import write_plan
from hotfix_tui.events import Event, seed
from tests.data import campus
from tests.data.campus import School, collect


def lessons(folder: Path, course: str = "", lesson: str = "", more: str = "") -> DataSet:
    """Courses and lessons, with more lines for each."""
    return campus.data_set(
        folder,
        f"""v = 1
name = "lessons"
{more}
[[object]]
name = "Course__c"
root = true
key = ["Course_Key__c"]
{course}
[[object]]
name = "Lesson__c"
children_of = ["Course__c"]
{lesson if "key =" in lesson else 'key = ["Lesson_Key__c"]' + chr(10) + lesson}
""",
    )


async def read(school: School, data_set: DataSet, **options: Any) -> DataRows:
    async with school.connect() as org:
        return await read_rows(org, data_set, **options)


def keys(rows: DataRows, name: str) -> list[str]:
    return sorted(row.key for row in rows.objects[name].counted)


async def planned(prod: School, box: School, data_set: DataSet) -> Plan:
    async with prod.connect() as production, box.connect() as sandbox:
        source = await read_rows(production, data_set)
        target = await read_matching(sandbox, data_set, source)
        return make_plan(source, target, data_set, gone=await read_gone(production, sandbox, data_set, source))


async def seeded(prod: School, box: School, data_set: DataSet) -> list[Event]:
    plan = await planned(prod, box, data_set)
    assert plan.blockers == []
    async with box.connect() as sandbox:
        return [*plan_events(plan), *await collect(write_plan(sandbox, plan, purpose="seed"))]


def written(events: list[Event]) -> tuple[int, int, int, int]:
    (end,) = [one for one in events if isinstance(one, seed.DataWritten)]
    return end.inserted, end.updated, end.deleted, end.refused


async def test_children_meet_a_condition_of_their_own(prod: School, tmp_path: Path) -> None:
    rows = await read(prod, lessons(tmp_path, lesson="where = \"Code__c LIKE 'A-%' OR Hours__c > 100\""))
    assert keys(rows, "Course__c") == ["C1", "C2", "C9"]
    assert keys(rows, "Lesson__c") == ["L1", "L2", "L3"]


async def test_a_limit_takes_the_first_rows_in_order_and_the_same_again(prod: School, tmp_path: Path) -> None:
    chosen = lessons(tmp_path, 'order_by = "Name DESC"\nlimit = 1', 'order_by = "Code__c DESC"\nlimit = 2')
    assert keys(await read(prod, chosen), "Course__c") == ["C9"]
    chosen = lessons(tmp_path, "where = \"Status__c != 'Closed'\"", 'order_by = "Code__c DESC"\nlimit = 2')
    first = await read(prod, chosen)
    assert keys(first, "Lesson__c") == ["L3", "L4"]
    assert rows_to_bytes(await read(prod, chosen)) == rows_to_bytes(first)
    # L3's self-lookups lead to lessons that the limit left out: matched by key, never written
    assert {row.key for row in first.objects["Lesson__c"].rows.values() if row.reference} == {"L1", "L2"}


async def test_only_named_fields_are_carried_with_keys_and_masters(prod: School, box: School, tmp_path: Path) -> None:
    chosen = lessons(tmp_path, 'fields = ["Name", "Fee__c"]', 'fields = ["Name"]')
    assert written(await seeded(prod, box, chosen)) == (7, 0, 0, 0)
    (course,) = box.soql("SELECT Name, Fee__c, Status__c, Starts_On__c FROM Course__c WHERE Course_Key__c = 'C1'")
    assert course == {"Name": "Alchemy", "Fee__c": 100.5, "Status__c": None, "Starts_On__c": None}
    found = box.soql("SELECT Code__c, Course__r.Course_Key__c FROM Lesson__c WHERE Lesson_Key__c = 'L4'")
    assert found == [{"Code__c": None, "Course__r": {"Course_Key__c": "C2"}}]
    assert written(await seeded(prod, box, chosen)) == (0, 0, 0, 0)


async def test_a_named_field_that_is_not_there_stops_the_plan(prod: School, box: School, tmp_path: Path) -> None:
    plan = await planned(prod, box, lessons(tmp_path, 'fields = ["Nmae"]', 'masks = { Teacher__c = "null" }'))
    assert [one.split(" is not in")[0] for one in plan.blockers] == ["Course__c.Nmae", "Lesson__c.Teacher__c"]


async def test_masked_values_leave_production_nowhere_and_keys_still_match(
    prod: School, box: School, tmp_path: Path
) -> None:
    """Name and a match key are masked; the plan, its events, kept rows and the target hold no value of them."""
    chosen = lessons(
        tmp_path,
        'masks = { Name = "fake", Fee__c = "fake", Starts_On__c = "null" }',
        'masks = { Lesson_Key__c = "hash", Code__c = "hash", Hours__c = { constant = 9 } }',
        'mask_seed = "s"',
    )
    source = await read(prod, chosen)
    events = await seeded(prod, box, chosen)
    assert written(events) == (7, 0, 0, 0)
    everything = (
        rows_to_bytes(source).decode() + repr(events) + repr(box.soql("SELECT FIELDS(ALL) FROM Course__c LIMIT 99"))
    )
    everything += repr(box.soql("SELECT FIELDS(ALL) FROM Lesson__c LIMIT 99"))
    for secret in ("Alchemy", "Botany", "100.5", "2026-03-01", "'L1'", '"L1"', "A-1", "B-1"):
        assert secret not in everything, secret
    assert {row["Hours__c"] for row in box.soql("SELECT Hours__c FROM Lesson__c")} == {9, None}
    assert len({row["Name"] for row in box.soql("SELECT Name FROM Course__c")}) == 3
    assert written(await seeded(prod, box, chosen)) == (0, 0, 0, 0)
    unmasked = await read(box, chosen, masked=False)
    assert keys(unmasked, "Lesson__c") == keys(source, "Lesson__c")


GONE = ('mode = "delete"\nwhere = "Status__c != \'Closed\'"', 'mode = "delete"')


async def test_what_is_gone_is_deleted_and_nothing_else(prod: School, box: School, tmp_path: Path) -> None:
    chosen = lessons(tmp_path, *GONE)
    assert written(await seeded(prod, box, chosen)) == (6, 0, 0, 0)
    c1 = box.soql("SELECT Id FROM Course__c WHERE Course_Key__c = 'C1'")[0]["Id"]
    for key in ("X1", "X2"):
        box.put("Lesson__c", Name="gone", Lesson_Key__c=key, Course__c=c1, Before__c=box.ids.get("X1"))
    box.put("Lesson__c", Name="no key", Course__c=c1)
    extra = box.put("Course__c", Name="gone", Course_Key__c="X9", Status__c="Draft")
    box.put("Lesson__c", Name="gone", Lesson_Key__c="X3", Course__c=extra)
    box.put("Course__c", Name="out of the filter", Course_Key__c="X8", Status__c="Closed")
    plan = await planned(prod, box, chosen)
    assert [(one.object, sorted(row.key for row in one.rows if row.act == "delete")) for one in plan.objects] == [
        ("Course__c", ["X9"]),
        ("Lesson__c", ["X1", "X2", "X3"]),
    ]
    assert {row.key: row.level for one in plan.objects for row in one.rows if row.act == "delete"}["X2"] == 1
    assert written(await seeded(prod, box, chosen)) == (0, 0, 4, 0)
    assert {row["Lesson_Key__c"] for row in box.soql("SELECT Lesson_Key__c FROM Lesson__c")} == {
        "L1", "L2", "L3", "L4", None,
    }  # fmt: skip
    assert written(await seeded(prod, box, chosen)) == (0, 0, 0, 0)


async def test_a_row_that_only_left_the_filter_in_production_is_not_gone(
    prod: School, box: School, tmp_path: Path
) -> None:
    chosen = lessons(tmp_path, *GONE)
    await seeded(prod, box, chosen)
    prod.save("Course__c", prod.ids["C2"], Status__c="Closed")
    plan = await planned(prod, box, chosen)
    assert plan.count("delete") == 0


async def test_a_parent_of_the_targets_own_keeps_its_children(prod: School, box: School, tmp_path: Path) -> None:
    chosen = lessons(tmp_path, lesson='mode = "delete"')
    await seeded(prod, box, chosen)
    own = box.put("Course__c", Name="own", Course_Key__c="X9", Status__c="Draft")
    box.put("Lesson__c", Name="own", Lesson_Key__c="X3", Course__c=own)
    assert (await planned(prod, box, chosen)).count("delete") == 0


async def test_a_data_set_deletes_nothing_under_production_rules(prod: School, tmp_path: Path) -> None:
    chosen = lessons(tmp_path, *GONE)
    async with prod.connect() as production:
        source = await read_rows(production, chosen)
        with pytest.raises(DataError, match="deletes nothing there"):
            await read_gone(production, production, chosen, source)


async def test_an_id_is_the_same_record_only_where_the_second_key_agrees(
    prod: School, box: School, tmp_path: Path
) -> None:
    """A sandbox copied from production: one row kept its code, one was given another, one is new in production."""
    ids = {row["Lesson_Key__c"]: row["Id"] for row in prod.soql("SELECT Id, Lesson_Key__c FROM Lesson__c")}
    course = box.put("Course__c", Name="Alchemy", Course_Key__c="C1")
    for key, code in (("L1", "A-1"), ("L2", "Z-9")):
        box.put("Lesson__c", Id=ids[key], Name="copied", Course__c=course, Code__c=code)
    chosen = lessons(tmp_path, lesson='key = ["Id"]\nsecond_key = ["Code__c"]\nmode = "update"\nfields = ["Name"]')
    plan = await planned(prod, box, chosen)
    (part,) = [one for one in plan.objects if one.object == "Lesson__c"]
    assert [(row.id, row.act, row.changes) for row in part.rows] == [(ids["L1"], "update", {"Name": ("copied", "One")})]
    assert any("1 rows of Lesson__c have the Id of a row in box" in one for one in plan.notes)


async def test_only_the_rows_of_a_parent_that_are_referred_to_are_read(prod: School, tmp_path: Path) -> None:
    """Users ask: two rows with a lookup into a huge object must not read the object (users-ask 15 and 16)."""
    for number in range(3_000):
        prod.put("Product2", Name=f"Other {number}", ProductCode=f"O-{number}", IsActive=True)
    chosen = campus.data_set(tmp_path)
    heard: dict[str, int] = {}
    async with prod.connect() as org:
        rows = await read_rows(org, chosen, advance=lambda name, count: heard.__setitem__(name, count))
    assert keys(rows, "Product2") == ["KIT-1", "KIT-2"]
    assert heard["Product2"] == 2
    asked = [one["path"] for one in prod.traffic.requests.log if " FROM Product2" in one["path"]]
    assert asked
    assert all("WHERE Id IN (" in one for one in asked), asked
