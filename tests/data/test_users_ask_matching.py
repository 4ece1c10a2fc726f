"""What people beg other tools for (the issues are named), on two orgs over HTTP: data sets, reading, planning, writing.

One test a complaint. The two schools are those of `campus`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from hotfix_tui.data.data_set import DataSet
from hotfix_tui.data.errors import PlanBlocked
from hotfix_tui.data.read import read_rows
from hotfix_tui.data.write import write_plan
from hotfix_tui.events import seed
from tests.data import campus
from tests.data.asked import by, data_set_of, writes, written
from tests.data.campus import School, collect
from tests.data.test_seed import of, planned, seeded

pytestmark = pytest.mark.slow


async def test_005_rows_with_one_key_stop_everything_before_the_first_write_and_are_named(
    prod: School, box: School, data_set: DataSet
) -> None:
    """SFDX-Data-Move-Utility#931: a second upsert turns 3 accounts into 5."""
    await seeded(prod, box, data_set)
    twin = box.put("Product2", Name="Kit again", ProductCode="kit-1", IsActive=True)
    first = by(box, "Product2", "Name")["Kit KIT-1"]["Id"]
    prod.save("Course__c", prod.ids["C1"], Note__c="would be written")
    plan = await planned(prod, box, data_set)
    assert [one for one in plan.blockers if first in one and twin in one and "KIT-1" in one]
    before = box.traffic.requests.count
    async with box.connect() as sandbox:
        with pytest.raises(PlanBlocked, match="KIT-1"):
            await collect(write_plan(sandbox, plan, purpose="seed"))
    assert writes(box, before) == []
    assert by(box, "Course__c", "Course_Key__c", "Note__c")["C1"]["Note__c"] is None
    box.inside.store.update_row("Product2", twin, {"ProductCode": "KIT-X"})
    assert (await planned(prod, box, data_set)).blockers == []


async def test_006_an_upsert_updates_what_is_there_however_its_key_is_written(
    prod: School, box: School, data_set: DataSet
) -> None:
    """SFDX-Data-Move-Utility#1040: upsert is behaving like insert."""
    await seeded(prod, box, data_set)
    ids = {obj: {row["Id"] for row in box.soql(f"SELECT Id FROM {obj}")} for obj in ("Course__c", "PricebookEntry")}
    course = by(box, "Course__c", "Course_Key__c")["C1"]["Id"]
    box.save("Course__c", course, Course_Key__c="c1")
    prod.save("Course__c", prod.ids["C1"], Fee__c=80)
    entry = prod.soql("SELECT Id FROM PricebookEntry WHERE Pricebook2.Name = 'School' AND UnitPrice = 6")[0]["Id"]
    prod.save("PricebookEntry", entry, UnitPrice=4)
    events = await seeded(prod, box, data_set)
    assert {one.act for one in of(seed.RowsWrite, events)} == {"update"}
    for obj, known in ids.items():
        assert {row["Id"] for row in box.soql(f"SELECT Id FROM {obj}")} == known
    assert box.soql(f"SELECT Fee__c FROM Course__c WHERE Id = '{course}'") == [{"Fee__c": 80.0}]


async def test_007_a_row_is_matched_also_when_the_target_does_not_meet_the_filter(
    prod: School, box: School, data_set: DataSet
) -> None:
    """SFDX-Data-Move-Utility#592: the match must not depend on the target also meeting the source filter."""
    there = box.put("Course__c", Name="Alchemy", Course_Key__c="C1", Status__c="Closed", Fee__c=1)
    events = await seeded(prod, box, data_set)
    assert written(events, "Course__c")["insert"] == ["C2"]
    rows = by(box, "Course__c", "Course_Key__c", "Status__c", "Fee__c")
    assert set(rows) == {"C1", "C2"}
    assert (rows["C1"]["Id"], rows["C1"]["Status__c"], rows["C1"]["Fee__c"]) == (there, "Open", 100.5)


NEEDS_ITS_PARENT = {
    "objects/Lesson__c/validationRules/Follows_Another.validationRule-meta.xml": campus._rule(
        "Follows_Another",
        "AND(ISBLANK(Before__c), Code__c &lt;&gt; &quot;A-1&quot;, Code__c &lt;&gt; &quot;B-1&quot;)",
        "Say what it follows.",
    ),
}


async def test_008_a_rule_that_demands_the_parent_does_not_block_a_self_lookup(
    prod: School, tmp_path: Path, data_set: DataSet
) -> None:
    """SFDX-Data-Move-Utility#1084: self-lookup always inserted null first."""
    with campus.served(tmp_path, "strict", changed=NEEDS_ITS_PARENT) as strict:
        async with strict.connect() as org:
            (refused,) = await org.insert("Course__c", [{"Name": "Probe", "Course_Key__c": "P"}])
            (lesson,) = await org.insert("Lesson__c", [{"Course__c": refused.id, "Code__c": "A-9"}])
        assert not lesson.success and "Say what it follows." in lesson.errors[0].message
        events = await seeded(prod, strict, data_set)
        assert of(seed.RowRefused, events) == []
        lessons = by(strict, "Lesson__c", "Lesson_Key__c", "Before__r.Lesson_Key__c")
        assert {key: (row["Before__r"] or {}).get("Lesson_Key__c") for key, row in lessons.items()} == {
            "L1": None,
            "L2": "L1",
            "L3": "L2",
            "L4": None,
        }


async def test_009_parents_are_inserted_then_children_and_nothing_is_updated_afterwards(
    prod: School, box: School, data_set: DataSet
) -> None:
    """SFDX-Data-Move-Utility#593: parents, then children, instead of insert and update, which fires update triggers."""
    prod.save("Course__c", prod.ids["C1"], Opening_Lesson__c=None)  # the one true cycle; the next test has it
    events = await seeded(prod, box, data_set)
    order = [(one.object, one.act) for one in of(seed.RowsWrite, events)]
    assert {act for _, act in order} == {"insert"}
    places = {
        obj: [place for place, (name, _) in enumerate(order) if name == obj] for obj in ("Course__c", "Lesson__c")
    }
    assert max(places["Course__c"]) < min(places["Lesson__c"])
    assert written(events, "Lesson__c") == {"insert": ["L1", "L4", "L2", "L3"]}


async def test_009_only_a_true_cycle_takes_a_second_write_and_only_of_its_field(
    prod: School, box: School, data_set: DataSet
) -> None:
    """The same complaint: what cannot be avoided is one update of one field of one row."""
    plan = await planned(prod, box, data_set)
    assert {one.object: one.second_pass for one in plan.objects if one.second_pass} == {
        "Course__c": ("Opening_Lesson__c",)
    }
    events = await seeded(prod, box, data_set)
    updates = [one for one in of(seed.RowsWrite, events) if one.act == "update"]
    assert [(one.object, one.keys) for one in updates] == [("Course__c", ("C1",))]
    assert set(updates[0].before["C1"]) - {"Id"} == {"Opening_Lesson__c"}


async def test_010_two_lookups_to_one_object_are_both_set(prod: School, box: School, data_set: DataSet) -> None:
    """SFDX-Data-Move-Utility#1215: of two lookups to the same object only one resolves."""
    await seeded(prod, box, data_set)
    row = by(box, "Lesson__c", "Lesson_Key__c", "Before__r.Lesson_Key__c", "Instead__r.Lesson_Key__c")["L3"]
    assert (row["Before__r"]["Lesson_Key__c"], row["Instead__r"]["Lesson_Key__c"]) == ("L2", "L1")


async def test_011_the_standard_price_comes_first_without_anybody_saying_so(
    prod: School, box: School, data_set: DataSet
) -> None:
    """SFDX-Data-Move-Utility#706: before creating a custom price, create a standard price."""
    async with box.connect() as org:
        (product,) = await org.insert("Product2", [{"Name": "Probe", "ProductCode": "P", "IsActive": True}])
        (book,) = await org.insert("Pricebook2", [{"Name": "Probe", "IsActive": True}])
        price = {"Product2Id": product.id, "Pricebook2Id": book.id, "UnitPrice": 1, "IsActive": True}
        (refused,) = await org.insert("PricebookEntry", [price])
    assert refused.errors[0].code == "STANDARD_PRICE_NOT_DEFINED"  # the org does refuse it
    events = await seeded(prod, box, data_set)
    assert of(seed.RowRefused, events) == []
    keys = written(events, "PricebookEntry")["insert"]
    assert [key.partition("|")[0] for key in keys] == ["IsStandard", "IsStandard", "School", "School"]


SALES = """
[[object]]
name = "Opportunity"
root = true
key = ["Name"]
fields = ["Name", "StageName", "CloseDate", "Pricebook2Id"]
[[object]]
name = "OpportunityLineItem"
children_of = ["OpportunityId"]
key = ["OpportunityId", "PricebookEntryId"]
fields = ["OpportunityId", "PricebookEntryId", "Quantity", "UnitPrice"]
create_only = ["OpportunityId", "PricebookEntryId"]
[[object]]
name = "PricebookEntry"
children_of = ["Product2Id"]
parents_of = ["OpportunityLineItem.PricebookEntryId"]
key = ["Pricebook2.Name", "Product2.ProductCode", "CurrencyIsoCode"]
create_only = ["Product2Id", "Pricebook2Id", "CurrencyIsoCode"]
[[object]]
name = "Product2"
parents_of = ["PricebookEntry.Product2Id"]
key = ["ProductCode"]
[[object]]
name = "Pricebook2"
parents_of = ["PricebookEntry.Pricebook2Id", "Opportunity.Pricebook2Id"]
key = ["Name"]
reference_where = "IsStandard = true"
"""


async def test_012_a_line_gets_the_entry_of_its_own_price_book(prod: School, box: School) -> None:
    """SFDX-Data-Move-Utility#704: it picks the first entry of a product, not the one of the right price book."""
    books = {name: prod.soql(f"SELECT Id FROM Pricebook2 WHERE Name = '{name}'")[0]["Id"] for name in ("School",)}
    books["Outlet"] = prod.put("Pricebook2", Name="Outlet", IsActive=True)
    price = {"Product2Id": prod.ids["KIT-1"], "Pricebook2Id": books["Outlet"], "UnitPrice": 2, "IsActive": True}
    prod.put("PricebookEntry", **price)
    for name, book in books.items():
        entry = prod.soql(
            f"SELECT Id FROM PricebookEntry WHERE Pricebook2Id = '{book}' AND Product2.ProductCode = 'KIT-1'"
        )[0]["Id"]
        deal = prod.put("Opportunity", Name=name, StageName="Prospecting", CloseDate="2026-04-01", Pricebook2Id=book)
        async with prod.connect() as org:
            line = {"OpportunityId": deal, "PricebookEntryId": entry, "Quantity": 3, "UnitPrice": 9}
            (saved,) = await org.under(campus.Permit(org.org_id)).insert("OpportunityLineItem", [line])
            assert saved.success, saved.errors
    events = await seeded(prod, box, data_set_of(SALES))
    assert of(seed.RowRefused, events) == []
    lines = box.soql("SELECT Opportunity.Name, PricebookEntry.Pricebook2.Name, Quantity FROM OpportunityLineItem")
    found = {(row["Opportunity"]["Name"], row["PricebookEntry"]["Pricebook2"]["Name"]) for row in lines}
    assert found == {("School", "School"), ("Outlet", "Outlet")}
    assert (await planned(prod, box, data_set_of(SALES))).calls == 0


async def test_013_a_price_book_entry_has_both_its_references(prod: School, box: School, data_set: DataSet) -> None:
    """texei-sfdx-plugin#52: PricebookEntry exported without its two references."""
    async with prod.connect() as org:
        rows = await read_rows(org, data_set)
    for entry in rows.objects["PricebookEntry"].counted:
        book, product = entry.key.split("|")
        assert entry.lookups["Pricebook2Id"] == ("Pricebook2", book)
        assert entry.lookups["Product2Id"] == ("Product2", product)
    await seeded(prod, box, data_set)
    entries = box.soql("SELECT Pricebook2.Name, Product2.ProductCode FROM PricebookEntry")
    assert all(row["Pricebook2"]["Name"] and row["Product2"]["ProductCode"] for row in entries)
    assert len(entries) == 4


async def test_014_a_parent_that_is_brought_along_has_all_its_fields(
    prod: School, box: School, data_set: DataSet
) -> None:
    """SFDX-Data-Move-Utility#470: related parents pulled with Id and Name only, so the upsert fails."""
    filled = {"Description": "Glass and copper", "Family": None, "QuantityUnitOfMeasure": None, "IsActive": False}
    prod.save("Product2", prod.ids["KIT-1"], **filled)
    await seeded(prod, box, data_set)
    (row,) = box.soql("SELECT Description, IsActive, Name FROM Product2 WHERE ProductCode = 'KIT-1'")
    assert row == {"Description": "Glass and copper", "IsActive": False, "Name": "Kit KIT-1"}
