"""A record and what is related to it."""

from __future__ import annotations

import pytest

from hotfix_tui.data.related import Children, Parent, object_of_record, related
from hotfix_tui.salesforce.errors import NotFound
from tests.data.campus import School


async def test_a_record_has_its_parents_by_name_and_its_children_by_number(prod: School) -> None:
    async with prod.connect() as org:
        course = await related(org, prod.ids["C1"])
        assert (course.object, course.name, course.uncounted) == ("Course__c", "Alchemy", 0)
        assert {(one.field, one.object, one.name) for one in course.parents} == {
            ("OwnerId", "User", "Bo"),
            ("Opening_Lesson__c", "Lesson__c", "Three"),
        }
        assert course.children == (
            Children("Lesson__c", "Course__c", 3, detail=True),
            Children("Course__c", "Successor__c", 1, detail=False),
        )
        lesson = await related(org, prod.ids["L3"])
        assert Parent("Before__c", "Lesson__c", prod.ids["L2"], "Two") in lesson.parents
        assert {one.object for one in lesson.parents} == {"Lesson__c", "Course__c", "RecordType"}
        assert (await related(org, prod.ids["L3"][:15])).id == prod.ids["L3"]


async def test_what_is_no_record_there_is_said(prod: School, box: School) -> None:
    async with box.connect() as org:
        with pytest.raises(NotFound, match="box has no Course__c"):
            await related(org, prod.ids["C1"])
        assert await object_of_record(org, prod.ids["L1"]) == "Lesson__c"
        with pytest.raises(NotFound, match="of no object"):
            await related(org, "zz9000000000001AAA")
