"""Person accounts: Salesforce makes and keeps their contacts; lookups to these lead to the same person in every org."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from hotfix_tui.data.data_set import DataSet
from hotfix_tui.data.platform_rules import read_only_now
from hotfix_tui.data.rehearse import Rehearsal, rehearse_plan
from hotfix_tui.data.rows import PERSON_CONTACT
from hotfix_tui.data.rows_json import bytes_to_rows, rows_to_bytes
from hotfix_tui.data.write import no_checkpoint
from hotfix_tui.events import seed
from tests.data import campus
from tests.data.campus import School, collect
from tests.data.test_seed import of, planned, seeded

PEOPLE = """
v = 1
name = "People"
[[object]]
name = "Account"
root = true
key = ["AccountNumber"]
[[object]]
name = "Contact"
children_of = ["AccountId"]
key = ["AssistantPhone"]
[[object]]
name = "Case"
children_of = ["AccountId", "ContactId"]
key = ["SuppliedCompany"]
"""


@pytest.fixture
def people(tmp_path: Path) -> DataSet:
    return campus.data_set(tmp_path, PEOPLE)


@pytest.fixture
def prod(tmp_path: Path) -> Iterator[School]:
    with campus.served(tmp_path, "prod", "production") as school:
        school.inside.enable_person_accounts()
        fill(school)
        yield school


@pytest.fixture
def box(tmp_path: Path) -> Iterator[School]:
    with campus.served(tmp_path, "box") as school:
        school.inside.enable_person_accounts()
        yield school


def made(school: School, name: str, **fields: Any) -> str:
    """A record made over REST, under the org's rules."""
    address = f"{school.login.instance_url}/services/data/v60.0/sobjects/{name}"
    request = Request(address, json.dumps(fields).encode(), {"Content-Type": "application/json"}, method="POST")
    request.add_header("Authorization", f"Bearer {school.login.access_token}")
    with urlopen(request, timeout=20) as answer:
        return str(json.load(answer)["id"])


def contact_of(school: School, number: str) -> str:
    (row,) = school.soql(f"SELECT PersonContactId FROM Account WHERE AccountNumber = '{number}'")
    return str(row["PersonContactId"])


def fill(school: School) -> None:
    """A firm with a contact, a person, and a case of each."""
    firm = made(school, "Account", Name="Firm", AccountNumber="F1")
    clerk = made(school, "Contact", LastName="Clerk", AssistantPhone="C1", AccountId=firm)
    person = made(school, "Account", FirstName="Ada", LastName="Byron", AccountNumber="P1", PersonEmail="ada@x.example")
    made(school, "Case", SuppliedCompany="K1", AccountId=firm, ContactId=clerk)
    made(school, "Case", SuppliedCompany="K2", AccountId=person, ContactId=contact_of(school, "P1"))


def cases(school: School) -> dict[str, str]:
    return {
        row["SuppliedCompany"]: row["ContactId"] for row in school.soql("SELECT SuppliedCompany, ContactId FROM Case")
    }


def test_a_local_orgs_person_has_a_contact_of_its_own_and_takes_no_other(prod: School) -> None:
    (contact,) = prod.soql(
        "SELECT Id, Name, Email, AccountId, IsPersonAccount FROM Contact WHERE IsPersonAccount = true"
    )
    assert (contact["Name"], contact["Email"]) == ("Ada Byron", "ada@x.example")
    assert contact["Id"] == contact_of(prod, "P1")
    for name, fields, words in (
        ("Contact", {"LastName": "X", "AccountId": contact["AccountId"]}, "person account"),
        ("Account", {"Name": "X", "LastName": "X"}, "Unable to create/update fields: Name"),
        ("Account", {"Name": "X", "PersonEmail": "x@x.example"}, "bad field names on insert/update call: PersonEmail"),
    ):
        with pytest.raises(HTTPError) as refused:
            made(prod, name, **fields)
        assert words in refused.value.read().decode()


async def test_persons_are_seeded_as_accounts_and_what_refers_to_their_contacts_finds_them(
    prod: School, box: School, people: DataSet
) -> None:
    plan = await planned(prod, box, people)
    assert {one.object: one.rows.count("insert") for one in plan.objects} == {"Account": 2, "Contact": 1, "Case": 2}
    assert [one.object for one in plan.objects] == ["Account", "Contact", "Case"]
    events = await seeded(prod, box, people)
    assert of(seed.RowRefused, events) == []
    assert cases(box)["K2"] == contact_of(box, "P1")
    (firm,) = box.soql("SELECT Contact.AssistantPhone FROM Case WHERE SuppliedCompany = 'K1'")
    assert firm["Contact"]["AssistantPhone"] == "C1"
    assert len(box.soql("SELECT Id FROM Contact")) == 2
    (person,) = box.soql("SELECT Name, PersonEmail FROM Account WHERE IsPersonAccount = true")
    assert (person["Name"], person["PersonEmail"]) == ("Ada Byron", "ada@x.example")
    again = await planned(prod, box, people)
    assert not any(one.changing for one in again.objects), "the same persons are the same in both orgs"


async def test_a_case_that_moves_to_a_person_who_is_there_is_updated(
    prod: School, box: School, people: DataSet
) -> None:
    await seeded(prod, box, people)
    (case,) = prod.soql("SELECT Id FROM Case WHERE SuppliedCompany = 'K1'")
    prod.save("Case", case["Id"], ContactId=contact_of(prod, "P1"))
    events = await seeded(prod, box, people)
    assert of(seed.DataWritten, events)[0].updated == 1
    assert cases(box)["K1"] == contact_of(box, "P1")


async def test_what_needs_a_person_that_was_refused_is_not_sent(prod: School, box: School, people: DataSet) -> None:
    box.inside.schema.apply_component(
        "ValidationRule", "Account.No_Persons", campus._rule("No_Persons", "IsPersonAccount", "no persons").encode()
    )
    events = await seeded(prod, box, people)
    (below,) = (one for one in of(seed.RowRefused, events) if one.object == "Case")
    assert below.message == "its parent the contact of the person account p1 was not written"
    refused = {(one.object, one.key): one.code for one in of(seed.RowRefused, events)}
    assert refused == {
        ("Account", "P1"): "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        ("Case", "K2"): "PARENT_NOT_WRITTEN",
    }
    assert set(cases(box)) == {"K1"}


async def test_a_person_that_only_a_lookup_names_is_matched_with_its_account(
    prod: School, box: School, tmp_path: Path
) -> None:
    text = PEOPLE.replace("root = true", 'parents_of = ["Contact.AccountId"]\nmode = "reference"')
    text = text.replace('children_of = ["AccountId"]', 'parents_of = ["Case.ContactId"]\nmode = "reference"')
    cases_only = campus.data_set(tmp_path, text.replace('children_of = ["AccountId", "ContactId"]', "root = true"))
    made(box, "Account", LastName="Byron", AccountNumber="P1")
    events = await seeded(prod, box, cases_only)
    assert of(seed.DataWritten, events)[0].inserted == 2
    assert cases(box) == {"K1": None, "K2": contact_of(box, "P1")}


async def test_a_rehearsal_says_that_a_new_persons_contact_cannot_be_tried(
    prod: School, box: School, people: DataSet
) -> None:
    plan = await planned(prod, box, people)
    found = Rehearsal()
    async with box.connect() as org:
        await collect(rehearse_plan(org, plan, mode="as_it_is", checkpoint=no_checkpoint, found=found))
    assert (found.covered, found.refused) == (4, {})
    assert [(count, "person account" in why) for why, count in found.not_covered.items()] == [(1, True)]
    assert box.soql("SELECT Id FROM Account") == []


async def test_the_names_of_persons_survive_a_baseline(prod: School, box: School, people: DataSet) -> None:
    await seeded(prod, box, people)
    there = (await planned(prod, box, people)).target
    assert dict(there.names[PERSON_CONTACT]) == {"p1": contact_of(box, "P1")}
    assert bytes_to_rows(rows_to_bytes(there)).names == {kind: dict(names) for kind, names in there.names.items()}


def test_a_firm_takes_no_field_of_a_person_and_a_person_no_name() -> None:
    fields = {"Name": "", "LastName": None, "PersonEmail": None, "PersonHasOptedOutOfEmail": False, "Colour__pc": None}
    own = {"Personal_Note__c": None, "Person_Type__c": None}
    assert read_only_now("Account", {**fields, **own}) == frozenset({*fields} - {"Name"})
    assert read_only_now("Account", {**fields, "LastName": "Byron"}) == {"Name"}
