"""What forbids or hinders a plan beyond its rows: room, calls, currencies, keys that are twice; and who is who."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hotfix_tui.data.data_set import DataSet
from hotfix_tui.data.people import find_by_other_marks
from hotfix_tui.data.plan import make_plan
from hotfix_tui.data.plan_checks import check_currencies, check_room, duplicates_in
from hotfix_tui.data.plan_model import Plan
from hotfix_tui.data.platform_rules import read_only_now
from hotfix_tui.data.read import read_matching, read_rows
from tests.data.campus import School
from tests.data.test_seed import planned, seeded


def limits(school: School, **left: tuple[int, int]) -> None:
    body = {name: {"Max": most, "Remaining": remaining} for name, (most, remaining) in left.items()}
    school.fault("status", "limits", method="GET", status=200, body=json.dumps(body), times=9)


async def checked(prod: School, box: School, data_set: DataSet) -> Plan:
    plan = await planned(prod, box, data_set)
    async with box.connect() as org:
        await check_room(org, plan)
    return plan


async def test_a_plan_that_does_not_fit_the_storage_left_is_blocked(
    prod: School, box: School, data_set: DataSet
) -> None:
    limits(box, DataStorageMB=(200, 0), DailyApiRequests=(100_000, 99_000))
    plan = await checked(prod, box, data_set)
    assert plan.blockers == ["box has 0 of 200 MB of data storage left; the new rows take 0.0 MB"]
    assert plan.storage_left == 0


@pytest.mark.parametrize(("left", "where"), [(3, "blockers"), (15, "notes"), (5000, "")])
async def test_calls_are_held_against_those_left_today(
    prod: School, box: School, data_set: DataSet, left: int, where: str
) -> None:
    limits(box, DataStorageMB=(200, 100), DailyApiRequests=(15_000, left))
    plan = await checked(prod, box, data_set)
    said = f"box has {left:,} of 15,000 API calls left today; the plan takes {plan.calls:,}"
    assert (said in plan.blockers, said in plan.notes) == (where == "blockers", where == "notes")


async def test_a_currency_that_is_not_active_is_a_blocker_and_not_a_refusal_of_each_row(
    prod: School, box: School, data_set: DataSet
) -> None:
    plan = await planned(prod, box, data_set)
    asked: list[str] = []

    class Org:
        alias = "box"

        async def query(self, soql: str) -> list[dict[str, Any]]:
            asked.append(soql)
            return [{"IsoCode": "EUR"}]

    await check_currencies(Org(), plan)  # type: ignore[arg-type]
    assert asked == []  # this org has one currency, so nobody is asked
    (entries,) = [one for one in plan.objects if one.object == "PricebookEntry"]
    shape = plan.target.objects["PricebookEntry"].shape
    shape.fields["CurrencyIsoCode"] = shape.fields["UnitPrice"]
    for number, row in enumerate(entries.rows):
        row.values["CurrencyIsoCode"] = "EUR" if number else "CHF"
        entries.rows.put(number, row)
    await check_currencies(Org(), plan)  # type: ignore[arg-type]
    assert plan.blockers == ["CHF is not an active currency of box: 1 row has it"]


async def test_rows_that_share_a_key_are_shown_side_by_side_and_nothing_is_written(
    prod: School, box: School, data_set: DataSet
) -> None:
    copy = prod.put("Product2", Name="Copy", ProductCode="KIT-1", IsActive=True)
    prod.put("Exercise__c", Name="Ex 3", Exercise_Key__c="E3", Lesson__c=prod.ids["L1"], Kit__c=copy)
    async with prod.connect() as production:
        source = await read_rows(production, data_set)
        (found,) = await duplicates_in(production, source)
    assert (found.org, found.object, found.key, len(found.ids)) == ("prod", "Product2", "KIT-1", 2)
    assert [row["Name"] for row in found.rows] == ["Kit KIT-1", "Copy"]
    assert all(row["LastModifiedDate"] and row["Id"] in found.ids for row in found.rows)
    assert "ProductCode" not in found.rows[0]  # they agree in it


@pytest.mark.parametrize("mark", ["federation id", "e-mail"])
async def test_a_person_whose_username_differs_is_known_by_another_mark(
    prod: School, box: School, data_set: DataSet, mark: str
) -> None:
    (bo,) = prod.soql("SELECT Id, Email FROM User WHERE Username = 'bo@school.example'")
    there = box.inside.users.add_user("robert@school.example.box", "Bo")
    if mark == "federation id":
        prod.save("User", bo["Id"], FederationIdentifier="F-7", Email="old@school.example")
        box.save("User", there, FederationIdentifier="F-7", Email="new@school.example")
    else:
        prod.save("User", bo["Id"], Email="bo@mail.example")
        box.save("User", there, Email="bo@mail.example.invalid")
    async with prod.connect() as production, box.connect() as sandbox:
        source = await read_rows(production, data_set)
        target = await read_matching(sandbox, data_set, source)
        notes = await find_by_other_marks(production, sandbox, source, target)
        assert notes == [f"bo@school.example is robert@school.example.box in box: the same {mark}"]
        plan = make_plan(source, target, data_set)
        assert not any("bo@school.example" in note for note in plan.notes)
        (course,) = [row for one in plan.objects for row in one.rows if row.key == "C1"]
        assert course.refs["OwnerId"] == ("User", "bo@school.example")
    # It is the same person on the second look too, though the usernames differ.
    await seeded(prod, box, data_set)
    box.save("Course__c", box.soql("SELECT Id FROM Course__c WHERE Course_Key__c = 'C1'")[0]["Id"], OwnerId=there)
    assert (await planned(prod, box, data_set)).calls == 0


def test_a_person_account_is_named_in_parts_and_another_account_has_none() -> None:
    person = {"Name": "Ana Lee", "LastName": "Lee", "FirstName": "Ana", "Kind__pc": "x", "Phone": "1"}
    assert read_only_now("Account", person) == {"Name"}
    firm = {"Name": "Lee Ltd", "LastName": None, "FirstName": None, "Kind__pc": None, "Phone": "1"}
    assert read_only_now("Account", firm) == {"LastName", "FirstName", "Kind__pc"}
    assert read_only_now("Account", {"Name": "Plain"}) == frozenset()
