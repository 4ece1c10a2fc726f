"""A look at an org that holds all rows already: it tells so only when the ordinary way would, and keeps no row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hotfix_tui.data import spool
from hotfix_tui.data.data_set import DataSet
from hotfix_tui.data.looking import nothing_to_write
from hotfix_tui.data.plan import make_plan
from hotfix_tui.data.plan_model import Plan
from hotfix_tui.data.read import read_matching, read_rows
from tests.data import campus
from tests.data.campus import School
from tests.data.conftest import fill, record_type
from tests.data.test_seed import planned, seeded

GUIDES = """
@Guide__c a9Z "Guide" "Guides" create update delete audit owner
  Name string(80) required name "Name"
  Key__c string(20) "Key"
  Mentor__c reference >User ~Mentor__r "Mentor"
"""
LOOKED = (
    campus.DATA_SET[: campus.DATA_SET.index('[[object]]\nname = "Pricebook2"')]
    + """
[[object]]
name = "Guide__c"
root = true
key = ["Key__c"]
"""
)


@pytest.fixture(autouse=True)
def on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "MOST_IN_MEMORY", 1)


@pytest.fixture
def prod(tmp_path: Path) -> Iterator[School]:
    with campus.served(tmp_path, "prod", "production", objects=GUIDES) as school:
        fill(school)
        school.put("Guide__c", Name="Map", Key__c="G1", Mentor__c=school.user_id)
        yield school


@pytest.fixture
def box(tmp_path: Path) -> Iterator[School]:
    with campus.served(tmp_path, "box", objects=GUIDES) as school:
        school.inside.users.add_user("bo@school.example.box", "Bo")
        yield school


@pytest.fixture
def looked(tmp_path: Path) -> DataSet:
    return campus.data_set(tmp_path, LOOKED)


async def look(prod: School, box: School, data_set: DataSet) -> Plan | None:
    async with prod.connect() as production, box.connect() as sandbox:
        return await nothing_to_write(sandbox, data_set, await read_rows(production, data_set))


def row(school: School, name: str, key: str, value: str) -> str:
    (found,) = school.soql(f"SELECT Id FROM {name} WHERE {key} = '{value}'")
    return str(found["Id"])


async def test_an_org_that_holds_all_rows_is_told_by_a_look(prod: School, box: School, looked: DataSet) -> None:
    assert await look(prod, box, looked) is None, "nothing is there yet"
    await seeded(prod, box, looked)
    box.save("Course__c", row(box, "Course__c", "Course_Key__c", "C1"), OwnerId=box.user_id)  # its own affair
    box.put("Course__c", Name="Theirs", Course_Key__c="X1", Status__c="Draft")
    plan = await look(prod, box, looked)
    assert plan is not None
    ordinary = await planned(prod, box, looked)
    assert {one.object: one.rows.count("equal") for one in plan.objects} == {
        one.object: one.rows.count("equal") for one in ordinary.objects
    }
    assert (plan.rows, plan.calls, plan.written_objects) == (ordinary.rows, 0, [])
    assert not any(list(one.rows.changing()) for one in plan.objects)


CHANGES: dict[str, Callable[[School], object]] = {
    "a value": lambda box: box.save("Lesson__c", row(box, "Lesson__c", "Lesson_Key__c", "L1"), Hours__c=3),
    "a value that is gone": lambda box: box.save(
        "Course__c", row(box, "Course__c", "Course_Key__c", "C1"), Fee__c=None
    ),
    "another parent": lambda box: box.save(
        "Lesson__c",
        row(box, "Lesson__c", "Lesson_Key__c", "L2"),
        Before__c=row(box, "Lesson__c", "Lesson_Key__c", "L4"),
    ),
    "a parent that none of the rows is": lambda box: box.save(
        "Course__c",
        row(box, "Course__c", "Course_Key__c", "C2"),
        Successor__c=box.put("Course__c", Name="Theirs", Course_Key__c="X1", Status__c="Draft"),
    ),
    "a lookup that is empty": lambda box: box.save(
        "Lesson__c", row(box, "Lesson__c", "Lesson_Key__c", "L3"), Instead__c=None
    ),
    "a lookup that is not": lambda box: box.save(
        "Lesson__c",
        row(box, "Lesson__c", "Lesson_Key__c", "L1"),
        Instead__c=row(box, "Lesson__c", "Lesson_Key__c", "L4"),
    ),
    "another record type": lambda box: box.save(
        "Lesson__c", row(box, "Lesson__c", "Lesson_Key__c", "L1"), RecordTypeId=record_type(box, "Workshop")
    ),
    "another person": lambda box: box.save(
        "Guide__c", row(box, "Guide__c", "Key__c", "G1"), Mentor__c=row(box, "User", "Name", "Bo")
    ),
    "a row that is gone": lambda box: box.inside.store.execute("DELETE FROM Exercise__c WHERE Exercise_Key__c = 'E2'"),
    "a second row of its key": lambda box: box.put("Guide__c", Name="Map", Key__c="G1", Mentor__c=box.user_id),
    "no key any more": lambda box: box.save("Guide__c", row(box, "Guide__c", "Key__c", "G1"), Key__c=None),
}


@pytest.mark.parametrize("what", CHANGES)
async def test_a_single_difference_is_left_to_the_ordinary_way(
    prod: School, box: School, looked: DataSet, what: str
) -> None:
    await seeded(prod, box, looked)
    assert await look(prod, box, looked) is not None
    CHANGES[what](box)
    assert await look(prod, box, looked) is None


async def test_few_rows_and_what_needs_more_than_a_look_are_planned_the_ordinary_way(
    prod: School, box: School, looked: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await seeded(prod, box, looked)
    for change in (
        ('key = ["Key__c"]', 'key = ["Key__c"]\nmasks = { Name = "hash" }'),
        ('root = true\nkey = ["Key__c"]', 'root = true\nmode = "delete"\nkey = ["Key__c"]'),
        ('key = ["Key__c"]', 'key = ["Key__c"]\nfields = ["Name", "Key__c", "Mentor__c", "Nowhere__c"]'),
        ('key = ["Key__c"]', 'key = ["Id"]\nsecond_key = ["Key__c"]\nmode = "update"'),
    ):
        assert await look(prod, box, campus.data_set(tmp_path, LOOKED.replace(*change))) is None
    assert await look(prod, box, campus.data_set(tmp_path)) is None, "the standard price book has no key of its own"
    monkeypatch.setattr(spool, "MOST_IN_MEMORY", 5_000)
    assert await look(prod, box, looked) is None


async def test_a_look_at_an_empty_org_asks_once(prod: School, box: School, looked: DataSet) -> None:
    async with prod.connect() as production, box.connect() as sandbox:
        source = await read_rows(production, looked)
        asked: list[str] = []
        sandbox.on_request = lambda done: asked.append(done.what)
        assert await nothing_to_write(sandbox, looked, source) is None
        queries = [what for what in asked if what.startswith("the query") or "query" in what]
        assert len(queries) <= 2, asked
        ordinary = make_plan(source, await read_matching(sandbox, looked, source), looked)
    assert ordinary.count("insert") == len(source)
