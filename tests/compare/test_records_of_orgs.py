"""Records of two orgs over HTTP, compared: what is found, what is said of what cannot be, and that it only reads."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.compare import record_report as report
from hotfix_tui.compare.record_comparison import RecordComparison
from hotfix_tui.compare.record_details import differences, text
from hotfix_tui.compare.report import FolderTaken
from hotfix_tui.data.data_set import DataSet
from hotfix_tui.data.data_set_loader import load
from hotfix_tui.events.compare import RecordCompared, RecordsUnreadable
from hotfix_tui.salesforce.errors import SalesforceError
from tests.data import campus
from tests.data.campus import School
from tests.data.conftest import fill, standard_book


@pytest.fixture
def data_set(tmp_path: Path) -> DataSet:
    return campus.data_set(tmp_path)


@pytest.fixture
def prod(tmp_path: Path) -> Iterator[School]:
    with campus.served(tmp_path, "prod", "production") as school:
        fill(school)
        yield school


async def over_http(prod: School, box: School, data_set: DataSet, **options: Any) -> tuple[RecordComparison, list[Any]]:
    async with prod.connect() as a, box.connect() as b:
        comparison = RecordComparison(a, b, data_set, **options)
        return comparison, [event async for event in comparison]


def records(events: list[Any]) -> dict[tuple[str, str], RecordCompared]:
    return {(one.object, one.key): one for one in events if isinstance(one, RecordCompared)}


async def test_two_orgs_with_the_same_records_under_other_ids_do_not_differ_and_are_only_read(
    prod: School, tmp_path: Path, data_set: DataSet
) -> None:
    with campus.served(tmp_path, "copy") as box:
        box.put("Exercise__c", Name="moves every Id")
        fill(box)
        before = [len(list(one.traffic.requests.log)) for one in (prod, box)]
        comparison, events = await over_http(prod, box, data_set)
        assert {one.status for one in records(events).values()} == {"same"}
        assert sum(comparison.counts.values()) == 15
        for one, count in zip((prod, box), before, strict=True):
            assert {call["method"] for call in list(one.traffic.requests.log)[count:]} == {"GET"}
        course = next(row for row in comparison.rows if row.key == "C1")
        assert "Opening_Lesson (Opening_Lesson__c): Lesson__c L3 (Three)" in (text(comparison, course, "a") or "")
        swapped, _ = await over_http(box, prod, data_set)
        assert swapped.counts == comparison.counts


async def test_a_row_that_only_one_org_selects_is_found_in_the_other_by_its_key_with_its_children(
    prod: School, tmp_path: Path, data_set: DataSet
) -> None:
    with campus.served(tmp_path, "copy") as box:
        fill(box)
        box.save("Course__c", box.ids["C1"], Status__c="Closed")  # the data set leaves closed courses out
        box.put("Lesson__c", Name="New", Lesson_Key__c="L9", Course__c=box.ids["C1"])
        for a, b, only in ((prod, box, "only_in_b"), (box, prod, "only_in_a")):
            _, events = await over_http(a, b, data_set)
            found = {key: one for key, one in records(events).items() if one.status != "same"}
            assert {key: one.status for key, one in found.items()} == {
                ("Course__c", "C1"): "different",
                ("Lesson__c", "L9"): only,
            }
            assert set(found["Course__c", "C1"].changes) == {"Status__c"}
            assert ("Course__c", "C9") not in records(events)


async def test_what_differs_is_told_field_by_field_with_labels_and_parents_by_key(
    prod: School, tmp_path: Path, data_set: DataSet
) -> None:
    with campus.served(tmp_path, "copy") as box:
        fill(box)
        box.save("Lesson__c", box.ids["L3"], Before__c=box.ids["L4"], Hours__c=3, Note__c="now\x1b[2J")
        comparison, events = await over_http(prod, box, data_set)
        (row,) = [one for one in comparison.rows if one.status != "same"]
        assert records(events)["Lesson__c", "L3"].changes == {
            "Before__c": ("L2", "L4"),
            "Hours__c": (None, 3.0),
            "Note__c": (None, "now\x1b[2J"),
        }
        assert differences(comparison, row) == [
            ("Before (Before__c)", "Lesson__c L2 (Two)", "Lesson__c L4 (Four)"),
            ("Hours (Hours__c)", "(empty)", "3"),
            ("Note (Note__c)", "(empty)", "now\x1b[2J"),
        ]
        changed = records(events)["Lesson__c", "L3"]
        assert changed.a_changed["by"] and changed.a_changed["at"] and changed.b_changed["by"]


async def test_two_rows_of_one_key_are_shown_side_by_side(prod: School, tmp_path: Path, data_set: DataSet) -> None:
    with campus.served(tmp_path, "copy") as box:
        fill(box)
        other = box.put("Product2", Name="Another", ProductCode="KIT-1", IsActive=False)
        box.put("PricebookEntry", Product2Id=other, Pricebook2Id=standard_book(box), UnitPrice=1, IsActive=True)
        comparison, events = await over_http(prod, box, data_set)
        found = records(events)["Product2", "KIT-1"]
        assert (found.status, len(found.a_ids), len(found.b_ids)) == ("ambiguous", 1, 2)
        assert sorted(one["fields"]["Name"] for one in found.rows) == ["Another", "Kit KIT-1", "Kit KIT-1"]
        row = next(one for one in comparison.rows if one.key == "KIT-1")
        named = {line[0]: line for line in differences(comparison, row)}
        assert f"{other}: Another" in named["Product Name (Name)"][2]
        assert "IsActive" in "".join(named)


async def test_what_one_org_does_not_have_or_does_not_see_is_said(
    prod: School, tmp_path: Path, data_set: DataSet
) -> None:
    without = {
        path: None
        for path in campus.files()
        if "Exercise__c" in path or path == "objects/Course__c/fields/Rebate__c.field-meta.xml"
    }
    with campus.served(tmp_path, "bare", changed=without) as bare:
        bare.put("Course__c", Name="Alchemy", Course_Key__c="C1", Status__c="Open", Fee__c=100.5,
            Starts_On__c="2026-03-01", Opens_At__c="2026-02-01T08:00:00.000+0000")  # fmt: skip
        comparison, events = await over_http(prod, bare, data_set)
    unreadable = [one for one in events if isinstance(one, RecordsUnreadable)]
    assert [(one.side, one.object) for one in unreadable] == [("b", "Exercise__c")]
    assert records(events)["Exercise__c", "E1"].status == "only_in_a"
    assert "Rebate__c" not in records(events)["Course__c", "C1"].changes
    said = [note.text for note in comparison.notes]
    assert "Course__c: not compared, bare does not have it or our user cannot see it: Rebate__c" in said


async def test_an_object_that_cannot_be_matched_is_left_out_and_the_others_are_compared(
    prod: School, tmp_path: Path
) -> None:
    file = tmp_path / "odd.toml"
    file.write_text(
        'v = 1\nname = "odd"\n'
        '[[object]]\nname = "Course__c"\nroot = true\nwhere = "Nowhere__c = 1"\nkey = ["Course_Key__c"]\n'
        '[[object]]\nname = "Lesson__c"\nroot = true\nkey = ["Lesson_Code__c"]\n'
        '[[object]]\nname = "Product2"\nroot = true\nkey = ["ProductCode"]\n'
    )
    with campus.served(tmp_path, "copy") as box:
        fill(box)
        comparison, events = await over_http(prod, box, load(file))
    assert set(comparison.unreadable) == {"Course__c", "Lesson__c"}
    assert {key: one.status for key, one in records(events).items()} == {
        ("Product2", "KIT-1"): "same",
        ("Product2", "KIT-2"): "same",
    }


async def test_owners_are_compared_only_when_asked(prod: School, tmp_path: Path, data_set: DataSet) -> None:
    with campus.served(tmp_path, "copy") as box:
        fill(box)
        cy = box.inside.users.add_user("cy@school.example.copy", "Cy")
        box.save("Course__c", box.ids["C1"], OwnerId=cy)
        _, events = await over_http(prod, box, data_set)
        assert records(events)["Course__c", "C1"].status == "same"
        _, events = await over_http(prod, box, data_set, owners=True)
        assert records(events)["Course__c", "C1"].changes == {
            "OwnerId": ("bo@school.example", "cy@school.example.copy")
        }


async def test_what_differs_can_be_handed_on_and_harms_no_reader(
    prod: School, tmp_path: Path, data_set: DataSet
) -> None:
    with campus.served(tmp_path, "copy") as box:
        fill(box)
        box.save("Course__c", box.ids["C2"], Note__c='=HYPERLINK("x")|*_[a](b)', Fee__c=-2)
        box.inside.store.update_row("Lesson__c", box.ids["L4"], {"Lesson_Key__c": "L\n5"})
        comparison, _ = await over_http(prod, box, data_set)
    names = report.write(tmp_path / "out", comparison)
    assert names == ["records.md", "records.json", "records.csv"]
    with pytest.raises(FolderTaken):
        report.write(tmp_path / "out", comparison)
    lines = list(csv.DictReader((tmp_path / "out" / "records.csv").open(newline="")))
    assert [(one["key"], one["field"], one["a"], one["b"]) for one in lines if one["object"] == "Course__c"] == [
        ("C2", "Fee__c", "", "-2.0"),
        ("C2", "Note__c", "", '\'=HYPERLINK("x")|*_[a](b)'),
    ]
    listed = json.loads((tmp_path / "out" / "records.json").read_text())
    assert {(one["key"], one["status"]) for one in listed if one["object"] == "Lesson__c"} == {
        ("L4", "only_in_a"),
        ("L\n5", "only_in_b"),
    }
    text = (tmp_path / "out" / "records.md").read_text()
    assert "- L 5 Four: only in B" in text
    assert r"\=HYPERLINK" in text or r"=HYPERLINK\(" in text
    assert "\\*\\_\\[a\\]" in text
    one = next(row for row in comparison.rows if row.key == "L4")
    assert [row["key"] for row in json.loads(report.as_json(comparison, [one]))] == ["L4"]


@pytest.mark.slow
async def test_a_lost_org_ends_the_comparison_with_its_name_and_nothing_goes_on_reading_the_other(
    prod: School, tmp_path: Path, data_set: DataSet
) -> None:
    with campus.served(tmp_path, "copy") as box:
        fill(box)
        box.fault("reset", "query", times=999)
        with pytest.raises(SalesforceError) as lost:
            await over_http(prod, box, data_set)
        assert lost.value.org == "copy"
        asked = prod.traffic.requests.count
        await asyncio.sleep(0.3)
        assert prod.traffic.requests.count == asked
        box.faults.clear()
        _, events = await over_http(prod, box, data_set)
        assert {one.status for one in records(events).values()} == {"same"}
