"""Two schools over HTTP: production with records, a sandbox without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hotfix_tui.data.data_set import DataSet
from tests.data import campus
from tests.data.campus import School


@pytest.fixture
def data_set(tmp_path: Path) -> DataSet:
    return campus.data_set(tmp_path)


@pytest.fixture
def prod(tmp_path: Path) -> Iterator[School]:
    with campus.served(tmp_path, "prod", "production") as school:
        fill(school)
        yield school


@pytest.fixture
def box(tmp_path: Path) -> Iterator[School]:
    with campus.served(tmp_path, "box") as school:
        yield school


def record_type(school: School, name: str) -> str:
    (row,) = school.soql(f"SELECT Id FROM RecordType WHERE DeveloperName = '{name}'")
    return str(row["Id"])


def standard_book(school: School) -> str:
    (row,) = school.soql("SELECT Id FROM Pricebook2 WHERE IsStandard = true")
    return str(row["Id"])


def fill(school: School) -> None:
    """Courses, lessons with two self-lookups, a lookup back from the course, products with prices."""
    put, ids = school.put, school.ids
    bo = school.inside.users.add_user("bo@school.example", "Bo")
    put("Course__c", Name="Alchemy", Course_Key__c="C1", Status__c="Open", Fee__c=100.5, Rebate__c=12.5, OwnerId=bo,
        Starts_On__c="2026-03-01", Opens_At__c="2026-02-01T08:00:00.000+0000")  # fmt: skip
    put("Course__c", Name="Botany", Course_Key__c="C2", Status__c="Draft", Successor__c=ids["C1"])
    put("Course__c", Name="Old", Course_Key__c="C9", Status__c="Closed")
    lecture, workshop = record_type(school, "Lecture"), record_type(school, "Workshop")
    put(
        "Lesson__c",
        Name="One",
        Lesson_Key__c="L1",
        Course__c=ids["C1"],
        Code__c="A-1",
        RecordTypeId=lecture,
        Hours__c=2,
    )
    put("Lesson__c", Name="Two", Lesson_Key__c="L2", Course__c=ids["C1"], Code__c="A-2", RecordTypeId=workshop,
        Before__c=ids["L1"])  # fmt: skip
    put("Lesson__c", Name="Three", Lesson_Key__c="L3", Course__c=ids["C1"], Code__c="A-3", RecordTypeId=lecture,
        Before__c=ids["L2"], Instead__c=ids["L1"])  # fmt: skip
    put("Lesson__c", Name="Four", Lesson_Key__c="L4", Course__c=ids["C2"], Code__c="B-1", RecordTypeId=lecture)
    school.save("Course__c", ids["C1"], Opening_Lesson__c=ids["L3"])
    for code in ("KIT-1", "KIT-2"):
        put("Product2", Name=f"Kit {code}", ProductCode=code, IsActive=True)
    book = put("Pricebook2", Name="School", IsActive=True)
    for code, price in (("KIT-1", 5), ("KIT-2", 7.25)):
        put("PricebookEntry", Product2Id=ids[code], Pricebook2Id=book, UnitPrice=price + 1, IsActive=True)
        put("PricebookEntry", Product2Id=ids[code], Pricebook2Id=standard_book(school), UnitPrice=price, IsActive=True)
    put("Exercise__c", Name="Ex 1", Exercise_Key__c="E1", Lesson__c=ids["L1"], Kit__c=ids["KIT-1"])
    put("Exercise__c", Name="Ex 2", Exercise_Key__c="E2", Lesson__c=ids["L4"], Kit__c=ids["KIT-2"])
