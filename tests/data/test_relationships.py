"""The tree of relationships, match keys and 'from here', as an org's own describe calls give them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hotfix_tui.data.data_set import DataSet, ObjectSpec
from hotfix_tui.data.data_set_writer import save
from hotfix_tui.data.from_here import around
from hotfix_tui.data.match_keys import KeyCheck, check_key, suggest_keys
from hotfix_tui.data.plan import make_plan
from hotfix_tui.data.read import read_matching, read_rows
from hotfix_tui.data.relationships import Link, children, learned, parents, pruned, required, tick, ticked, untick
from hotfix_tui.salesforce.describe import object_describe
from hotfix_tui.salesforce.errors import NotFound, SalesforceError
from tests.data import campus
from tests.data.campus import School
from tests.data.conftest import fill


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    with campus.served(tmp_path_factory.mktemp("school"), "prod", "production") as made:
        fill(made)
        yield made


def of(links: list[Link], name: str) -> dict[str, Link]:
    return {one.field: one for one in links if one.object == name}


async def test_an_object_knows_its_parents_required_ones_first(school: School) -> None:
    async with school.connect() as org:
        lesson = parents(await org.describe("Lesson__c"))
        activity = parents(await org.describe("Task"))
    assert lesson[0] == Link("parent", "Lesson__c", "Course__c", "Course__c", required=True, master_detail=True)
    assert of(lesson, "Lesson__c")["Before__c"].words() == "parent by Before__c, self"
    assert {one.object for one in lesson} == {"Course__c", "Lesson__c"}, "no record type, no owner, no creator"
    assert of(activity, "Lead")["WhoId"].polymorphic == ("Contact", "Lead")
    assert "may be Contact or Lead" in of(activity, "Lead")["WhoId"].words()


async def test_an_object_knows_its_children_and_a_child_tells_more_of_its_lookup(school: School) -> None:
    async with school.connect() as org:
        writable = {one.name for one in (await org.describe_global()).values() if one.createable}
        found = children(await org.describe("Course__c"), writable)
        account = children(await org.describe("Account"), writable)
        link = learned(of(found, "Lesson__c")["Course__c"], await org.describe("Lesson__c"))
    assert found[0].object == "Lesson__c", "what a delete cascades over comes first"
    assert (link.required, link.master_detail) == (True, True)
    assert of(found, "Course__c")["Successor__c"].self_lookup
    assert "Contact" in {one.object for one in account}
    assert not [one.object for one in account if one.object.endswith(("Share", "History", "Feed", "ChangeEvent"))]


async def test_ticking_brings_required_parents_and_unticking_takes_all_that_came_with_it(school: School) -> None:
    async with school.connect() as org:
        told = {name: await org.describe(name) for name in ("Course__c", "Lesson__c", "Exercise__c", "PricebookEntry")}
    lookups = {(one.name, field.name): field.reference_to for one in told.values() for field in one.fields.values()}
    chosen = DataSet("some", (ObjectSpec("Course__c", ("Course_Key__c",), root=True),))
    lesson = of(children(told["Course__c"]), "Lesson__c")["Course__c"]
    exercise = of(children(told["Lesson__c"]), "Exercise__c")["Lesson__c"]
    kit = of(parents(told["Exercise__c"]), "Product2")["Kit__c"]
    for link in (lesson, exercise, kit):
        assert not ticked(chosen, link)
        chosen = tick(chosen, link, ("Name",))
        assert ticked(chosen, link)
    assert required(chosen, told["Lesson__c"]) == [], "the master it is found by is there"
    assert [one.field for one in required(chosen, told["PricebookEntry"])] == ["Pricebook2Id", "Product2Id"]
    assert chosen.names == ("Course__c", "Lesson__c", "Exercise__c", "Product2")
    left = untick(chosen, lesson, lambda name, field: lookups.get((name, field), ()))
    assert left.names == ("Course__c",)
    assert pruned(chosen, lambda name, field: lookups.get((name, field), ())) == chosen


async def test_keys_are_suggested_best_first(school: School) -> None:
    async with school.connect() as org:
        course = suggest_keys(await org.describe("Course__c"))
        exercise = suggest_keys(await org.describe("Exercise__c"))
        entry = suggest_keys(await org.describe("PricebookEntry"))
    assert [one.key for one in course][:2] == [("Course_Key__c",), ("Name",)]
    assert (course[-1].key, course[-1].second_key) == (("Id",), ("Name",))
    assert ("Lesson__c", "Name") in [one.key for one in exercise]
    assert entry[0].key == ("Pricebook2.Name", "Product2.ProductCode", "CurrencyIsoCode")


def test_an_orgs_own_external_id_comes_before_what_a_template_uses() -> None:
    described = object_describe(
        {
            "name": "Account",
            "fields": [
                {"name": "Name", "type": "string", "nameField": True, "createable": True},
                {"name": "AccountNumber", "type": "string", "createable": True},
                {"name": "Erp_Id__c", "type": "string", "createable": True, "externalId": True, "unique": True},
            ],
        }
    )
    assert [one.key for one in suggest_keys(described)][:2] == [("Erp_Id__c",), ("AccountNumber",)]


def test_what_no_org_shares_is_no_key() -> None:
    """An auto-number differs from org to org, a formula cannot be written, a long text cannot be asked for."""
    described = object_describe(
        {
            "name": "Thing__c",
            "fields": [
                {"name": "Name", "type": "string", "autoNumber": True, "nameField": True, "unique": True},
                {"name": "Formula__c", "type": "string", "calculated": True, "externalId": True, "createable": True},
                {"name": "Notes__c", "type": "textarea", "createable": True, "filterable": False},
            ],
        }
    )
    assert suggest_keys(described) == []


async def test_a_key_is_checked_without_reading_the_rows(school: School) -> None:
    school.put("Course__c", Name="Alchemy", Course_Key__c="C77", Status__c="Open")
    school.put("Course__c", Name="No key", Status__c="Open")
    school.traffic.requests.log.clear()
    async with school.connect() as org:
        assert (await check_key(org, "Course__c", ("Course_Key__c",))).words() == "1 of 5 rows have none"
        shared = await check_key(org, "Course__c", ("Name",))
        assert (shared.shared, shared.good) == ((("Alchemy", 2),), False)
        assert (await check_key(org, "Course__c", ("Name", "Status__c"), "Status__c = 'Draft'")).good
        books = await check_key(org, "PricebookEntry", ("Pricebook2.Name", "Product2.ProductCode", "CurrencyIsoCode"))
        assert books == KeyCheck(4, 0)
        with pytest.raises(SalesforceError):
            await check_key(org, "Course__c", ("Name",), "Nonsense__c = 1")
    asked = [one["path"] for one in school.traffic.requests.log if "FROM Course__c" in one["path"]]
    assert asked
    assert all("COUNT(" in one for one in asked)


async def test_a_data_set_around_a_record_seeds_that_record_with_its_tree(
    prod: School, box: School, tmp_path: Path
) -> None:
    async with prod.connect() as production, box.connect() as sandbox:
        made = await around(production, prod.ids["C1"])
        root = made.data_set.objects[0]
        assert (root.name, root.where, root.key) == ("Course__c", "Course_Key__c = 'C1'", ("Course_Key__c",))
        found = save(made.data_set, tmp_path / "around.toml", "\n".join(made.notes))
        rows = await read_rows(production, found)
        plan = make_plan(rows, await read_matching(sandbox, found, rows), found)
    assert [row.key for row in rows.objects["Course__c"].counted] == ["C1", "C2"], "C2 hangs on C1 by Successor__c"
    assert {row.key for row in rows.objects["Lesson__c"].counted} >= {"L1", "L2", "L3"}
    assert plan.blockers == []


async def test_required_parents_come_along_and_what_has_no_key_is_named(prod: School) -> None:
    async with prod.connect() as org:
        (entry,) = await org.query("SELECT Id FROM PricebookEntry WHERE UnitPrice = 8.25")
        made = await around(org, entry["Id"])
        assert set(made.data_set.names) == {"PricebookEntry", "Pricebook2", "Product2"}
        assert made.data_set.spec("Product2").parents_of == (("PricebookEntry", "Product2Id"),)
        where = made.data_set.objects[0].where
        assert where == "Pricebook2.Name = 'School' AND Product2.ProductCode = 'KIT-2'"
        with pytest.raises(NotFound, match="has no Course__c a00000000000001AAA"):
            await around(org, "a00000000000001AAA")
