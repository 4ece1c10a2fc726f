"""Taking a seed back: the box is as it was, what others did in it is left alone, and nothing is done twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.data.data_set import DataSet
from hotfix_tui.data.undo import WrittenRows, undo_rows
from hotfix_tui.data.write import no_checkpoint, write_plan
from hotfix_tui.events import Event, Settled, seed
from hotfix_tui.hotfix.seeded import failed_rows, written_rows
from hotfix_tui.journal import Journal
from tests.data.campus import School
from tests.data.test_seed import OBJECTS, no_wait, of, planned

FIELDS = {
    "Course__c": "Name, Course_Key__c, Status__c, Fee__c, Note__c, Opening_Lesson__c",
    "Lesson__c": "Name, Lesson_Key__c, Course__c, Before__c",
    "Exercise__c": "Exercise_Key__c, Lesson__c, Kit__c",
    "Product2": "Name, ProductCode",
    "Pricebook2": "Name",
    "PricebookEntry": "UnitPrice, IsActive, Product2Id, Pricebook2Id",
}


def content(school: School) -> dict[str, list[dict[str, Any]]]:
    return {name: school.soql(f"SELECT Id, {FIELDS[name]} FROM {name} ORDER BY Id") for name in OBJECTS}


class Diary:
    """Seeds and undos of one box, each event written down as a runner would."""

    def __init__(self, journal: Journal, prod: School, box: School, data_set: DataSet) -> None:
        self.journal, self._prod, self._box, self._data_set = journal, prod, box, data_set

    async def seed(self, bulk_from: int = 2000) -> list[Event]:
        plan = await planned(self._prod, self._box, self._data_set)
        async with self._box.connect() as org:
            return await self._written(
                write_plan(org, plan, purpose="seed", pause=no_wait, bulk_from=bulk_from), "seed"
            )

    async def undo(self, bulk_from: int = 2000) -> list[Event]:
        async with self._box.connect() as org:
            undoing = undo_rows(org, self.written, checkpoint=no_checkpoint, pause=no_wait, bulk_from=bulk_from)
            return await self._written(undoing, "undo_seed")

    @property
    def written(self) -> dict[str, WrittenRows]:
        return written_rows(self.journal, self._box.login.org_id)

    async def _written(self, events: Any, step: str) -> list[Event]:
        heard = []
        async for event in events:
            self.journal.append(event, step)
            heard.append(event)
        return heard


@pytest.fixture
def diary(tmp_path: Path, prod: School, box: School, data_set: DataSet) -> Any:
    with Journal.create(tmp_path / "HF-1.sqlite", "HF-1") as journal:
        yield Diary(journal, prod, box, data_set)


def own(school: School) -> None:
    """What the box has of its own: one course and one product that the seed will change."""
    school.put("Course__c", Name="Botany of the box", Course_Key__c="C2", Status__c="Held", Note__c="mine")
    school.put("Product2", Name="Kit of the box", ProductCode="KIT-1", IsActive=False)


@pytest.mark.parametrize("bulk_from", [2000, 1])
async def test_after_an_undo_the_box_is_as_it_was(
    diary: Diary, prod: School, box: School, data_set: DataSet, bulk_from: int
) -> None:
    own(box)
    before = content(box)
    await diary.seed(bulk_from)
    assert content(box) != before
    events = await diary.undo(bulk_from)
    assert of(seed.RowRefused, events) == []
    assert content(box) == before
    (sums,) = of(seed.DataWritten, events)
    assert (sums.purpose, sums.deleted, sums.updated, sums.refused) == ("undo", 13, 2, 0)
    assert diary.written == {}
    assert of(seed.RowsWrite, await diary.undo(bulk_from)) == []
    await diary.seed(bulk_from)
    assert (await planned(prod, box, data_set)).calls == 0
    await diary.undo(bulk_from)
    assert content(box) == before


async def test_rows_that_somebody_else_works_with_are_left_and_named(diary: Diary, box: School) -> None:
    own(box)
    await diary.seed()
    eve = box.inside.users.add_user("eve@school.example.box", "Eve")
    (lesson,) = box.soql("SELECT Id FROM Lesson__c WHERE Lesson_Key__c = 'L4'")
    (course,) = box.soql("SELECT Id FROM Course__c WHERE Course_Key__c = 'C1'")
    (taken,) = box.soql("SELECT Id FROM Course__c WHERE Course_Key__c = 'C2'")
    assert box.inside.records.update(eve, "Lesson__c", lesson["Id"], {"Note__c": "Eve's"}).success
    assert box.inside.records.update(eve, "Course__c", taken["Id"], {"Note__c": "Eve's"}).success
    assert box.inside.records.insert(eve, "Lesson__c", {"Name": "Five", "Course__c": course["Id"]}).success
    events = await diary.undo()
    refused = {event.key: (event.code, event.message) for event in of(seed.RowRefused, events)}
    assert set(refused) == {"L4", "C2", "C1"}
    assert refused["L4"][0] == refused["C2"][0] == "CHANGED_MEANWHILE"
    assert "Eve has changed it since" in refused["L4"][1]
    assert (refused["C1"][0], "which the seed did not make" in refused["C1"][1]) == ("HAS_DETAILS", True)
    assert box.soql("SELECT Name FROM Lesson__c ORDER BY Name") == [{"Name": "Five"}, {"Name": "Four"}]
    assert box.soql("SELECT Note__c FROM Course__c WHERE Course_Key__c = 'C2'") == [{"Note__c": "Eve's"}]


async def test_what_a_seed_deleted_comes_back_with_its_id(diary: Diary, box: School) -> None:
    own(box)
    (course,) = box.soql("SELECT Id FROM Course__c WHERE Course_Key__c = 'C2'")
    lesson = box.put("Lesson__c", Name="Detail", Course__c=course["Id"])
    before = content(box)
    assert box.inside.records.delete(box.user_id, course["Id"]).success
    org_id = box.login.org_id
    for event in (
        seed.RowsWrite(key="rows/seed/box/Course__c/1", org="box", org_id=org_id, object="Course__c", act="delete",
                       keys=("C2",), before={"C2": {"Id": course["Id"]}}),
        seed.RowsWritten(key="rows/seed/box/Course__c/1", org="box", object="Course__c", act="delete", written=1,
                         refused=0, ids={"C2": course["Id"]}),
    ):  # fmt: skip
        diary.journal.append(event, "seed")
    events = await diary.undo()
    assert [event.act for event in of(seed.RowsWrite, events)] == ["undelete"]
    assert content(box) == before
    assert box.soql("SELECT Id FROM Lesson__c") == [{"Id": lesson}]


@pytest.mark.parametrize("mode", ["drop_after", "drop_before"])
async def test_an_undo_whose_replies_are_lost_does_nothing_twice(diary: Diary, box: School, mode: str) -> None:
    own(box)
    before = content(box)
    await diary.seed()
    for method in ("PATCH", "DELETE"):
        box.fault(mode, "composite/sobjects", method=method, times=1)
    events = await diary.undo()
    assert {event.result for event in of(Settled, events)} <= {"done", "not_done"}
    assert content(box) == before


async def test_the_last_word_on_a_row_says_whether_it_failed(diary: Diary, prod: School) -> None:
    prod.save("Course__c", prod.ids["C1"], Fee__c=None)  # the rule of the box refuses an open course without a fee
    await diary.seed()
    assert {key for _, key in failed_rows(diary.journal)} == {"C1", "C2", "L1", "L2", "L3", "L4", "E1", "E2"}
    prod.save("Course__c", prod.ids["C1"], Fee__c=100.5)
    await diary.seed()
    assert failed_rows(diary.journal) == set()
