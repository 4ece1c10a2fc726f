"""simple-salesforce as it is installed, unchanged: what it sends is taken, what it gets it understands.

It builds every address with https and its zeep client has a session of its own; the two lines in `client` that send
it to loopback over http are all that is special.
"""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceResourceNotFound,
)

from tests.clients.loopback import client
from tests.localorg.own_org import Api, an_object, field

pytestmark = pytest.mark.slow

_NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
_DONE = ("Succeeded", "SucceededPartial", "Failed", "Canceled")


@pytest.fixture
def sf(api: Api) -> Salesforce:
    """The client, logged in with a token."""
    api.org.deploys.pace = 0
    return client(api)


def _accounts(api: Api, count: int) -> None:
    with api.org.store.transaction():
        for number in range(count):
            api.org.records.raw_insert("Account", {"Name": f"A{number:05}"})


# Queries


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (2000, 1), (4321, 3)])
def test_query_all_follows_every_page(api: Api, sf: Salesforce, count: int, pages: int) -> None:
    _accounts(api, count)
    before = api.org.requests
    found = sf.query_all("SELECT Id, Name FROM Account ORDER BY Name")
    assert api.org.requests - before == pages
    assert (found["totalSize"], found["done"]) == (count, True)
    assert [row["Name"] for row in found["records"]] == [f"A{number:05}" for number in range(count)]
    assert all(row["attributes"]["type"] == "Account" and len(row["Id"]) == 18 for row in found["records"])


@pytest.mark.parametrize("by_url", [True, False])
def test_query_more_takes_the_page_by_address_and_by_locator(api: Api, sf: Salesforce, by_url: bool) -> None:
    _accounts(api, 2500)
    first = sf.query("SELECT Name FROM Account ORDER BY Name")
    assert (len(first["records"]), first["done"], first["totalSize"]) == (2000, False, 2500)
    address = first["nextRecordsUrl"]
    second = sf.query_more(address if by_url else address.rpartition("/")[2], identifier_is_url=by_url)
    assert second["done"] is True and "nextRecordsUrl" not in second
    assert [row["Name"] for row in second["records"]] == [f"A{number:05}" for number in range(2000, 2500)]


def test_parents_children_counts_and_deleted_rows(api: Api, sf: Salesforce) -> None:
    shelf = api.create("Shelf__c", Name="Top")
    books = [api.create("Book__c", Name=name, Shelf__c=shelf) for name in ("Emma", "Persuasion")]
    child = sf.query("SELECT Name, Shelf__r.Name, Shelf__r.Owner.Name FROM Book__c ORDER BY Name")["records"][0]
    assert (child["Shelf__r"]["Name"], child["Shelf__r"]["Owner"]["Name"]) == ("Top", "Ann Bee")
    parent = sf.query("SELECT Name, (SELECT Name FROM Books__r ORDER BY Name) FROM Shelf__c")["records"][0]
    assert [row["Name"] for row in parent["Books__r"]["records"]] == ["Emma", "Persuasion"]
    assert sf.query("SELECT COUNT() FROM Book__c")["totalSize"] == 2
    (row,) = sf.query("SELECT COUNT(Id) many, Shelf__c FROM Book__c GROUP BY Shelf__c")["records"]
    assert (row["many"], row["attributes"]["type"]) == (2, "AggregateResult")
    sf.Book__c.delete(books[0])
    assert sf.query("SELECT Id FROM Book__c")["totalSize"] == 1
    everything = sf.query_all("SELECT Id, IsDeleted FROM Book__c", include_deleted=True)["records"]
    assert {row["Id"]: row["IsDeleted"] for row in everything} == {books[0]: True, books[1]: False}


def test_text_in_a_query_is_escaped_by_the_client_and_found_by_the_org(sf: Salesforce) -> None:
    from simple_salesforce.format import format_soql

    name = 'O\'Neill \\ "Sons" & Co + 100 % äöü'
    made = sf.Account.create({"Name": name})["id"]
    found = sf.query(format_soql("SELECT Id FROM Account WHERE Name = {}", name))["records"]
    assert [row["Id"] for row in found] == [made]


# Records


def test_one_record_through_its_life(sf: Salesforce) -> None:
    made = sf.Shelf__c.create({"Name": "A", "Cap__c": 12.5, "Opened__c": "2026-01-13"})
    assert made["success"] is True and made["errors"] == []
    row = sf.Shelf__c.get(made["id"])
    assert (row["Name"], row["Cap__c"], row["Opened__c"], row["Key__c"]) == ("A", 12.5, "2026-01-13", None)
    assert row["CreatedDate"].startswith("2026-01-13T10:00:") and row["CreatedDate"].endswith("+0000")
    assert sf.Shelf__c.update(made["id"], {"Name": "B", "Cap__c": None}) == 204
    assert (sf.Shelf__c.get(made["id"])["Name"], sf.Shelf__c.get(made["id"])["Cap__c"]) == ("B", None)
    assert sf.Shelf__c.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound) as error:
        sf.Shelf__c.get(made["id"])
    assert error.value.content == [{"errorCode": "ENTITY_IS_DELETED", "message": "entity is deleted"}]


def test_upsert_by_external_id_says_whether_it_created(sf: Salesforce) -> None:
    created = sf.Shelf__c.upsert("Key__c/K-1", {"Name": "A"}, raw_response=True)
    body = created.json()
    assert (created.status_code, body["created"], body["success"], body["errors"]) == (201, True, True, [])
    updated = sf.Shelf__c.upsert("Key__c/K-1", {"Name": "B"}, raw_response=True)
    assert (updated.status_code, updated.json()["created"], updated.json()["id"]) == (200, False, body["id"])
    row = sf.Shelf__c.get_by_custom_id("Key__c", "K-1")
    assert (row["Id"], row["Name"], row["Key__c"]) == (body["id"], "B", "K-1")
    assert sf.query("SELECT COUNT() FROM Shelf__c")["totalSize"] == 1


def test_upsert_before_version_46_answers_nothing_when_it_changed_a_record(api: Api) -> None:
    old = client(api, version="45.0")
    assert old.Shelf__c.upsert("Key__c/K", {"Name": "A"}) == 201
    answer = old.Shelf__c.upsert("Key__c/K", {"Name": "B"}, raw_response=True)
    assert (answer.status_code, answer.content) == (204, b"")


def test_an_external_id_of_several_records_is_the_clients_own_error(api: Api, sf: Salesforce) -> None:
    for _ in range(2):
        api.org.records.raw_insert("Shelf__c", {"Name": "twin", "Key__c": "T"})
    with pytest.raises(SalesforceMoreThanOneRecord) as error:
        sf.Shelf__c.upsert("Key__c/T", {"Name": "x"})
    assert len(error.value.content) == 2
    assert {row["Name"] for row in sf.query("SELECT Name FROM Shelf__c")["records"]} == {"twin"}


def test_composite_calls_through_restful(sf: Salesforce) -> None:
    rows = [{"attributes": {"type": "Shelf__c"}, "Name": name, "Key__c": name} for name in ("a", "b")]
    made = sf.restful("composite/sobjects", method="POST", json={"allOrNone": True, "records": rows})
    assert [each["success"] for each in made] == [True, True]
    changed = sf.restful("composite/sobjects/Shelf__c/Key__c", method="PATCH", json={"records": rows}, timeout=9)
    assert [(each["id"], each["created"]) for each in changed] == [(each["id"], False) for each in made]


def test_changed_and_deleted_records_are_listed_by_time(api: Api, sf: Salesforce) -> None:
    kept, gone = api.create("Shelf__c", Name="kept"), api.create("Shelf__c", Name="gone")
    sf.Shelf__c.delete(gone)
    start, end = datetime(2026, 1, 13, 9, tzinfo=UTC), datetime(2026, 1, 13, 11, tzinfo=UTC)
    updated, deleted = sf.Shelf__c.updated(start, end), sf.Shelf__c.deleted(start, end)
    assert updated["ids"] == [kept] and "latestDateCovered" in updated
    assert [each["id"] for each in deleted["deletedRecords"]] == [gone]
    assert set(deleted) == {"deletedRecords", "earliestDateAvailable", "latestDateCovered"}
    earlier = (datetime(2026, 1, 12, tzinfo=UTC), datetime(2026, 1, 13, tzinfo=UTC))
    assert sf.Shelf__c.updated(*earlier)["ids"] == sf.Shelf__c.deleted(*earlier)["deletedRecords"] == []


# What the org is


def test_describes_and_limits(sf: Salesforce) -> None:
    objects = {each["name"]: each for each in sf.describe()["sobjects"]}
    assert objects["Shelf__c"]["custom"] is True and objects["Account"]["keyPrefix"] == "001"
    assert sf.Shelf__c.metadata()["objectDescribe"] == objects["Shelf__c"]
    fields = {each["name"]: each for each in sf.Book__c.describe()["fields"]}
    assert fields["Shelf__c"]["referenceTo"] == ["Shelf__c"] and fields["Shelf__c"]["relationshipName"] == "Shelf__r"
    assert fields["Net__c"]["calculated"] is True and fields["Net__c"]["createable"] is False
    assert sf.is_sandbox() is False
    used = sf.limits()["DailyApiRequests"]
    assert used["Max"] == sf.api_usage["api-usage"].total
    assert used["Max"] - used["Remaining"] == sf.api_usage["api-usage"].used


def test_the_tooling_api_by_query_and_by_restful(api: Api, sf: Salesforce) -> None:
    answer = sf.toolingexecute("query/?q=SELECT+Id,Name+FROM+ApexClass")
    assert (answer["totalSize"], answer["entityTypeName"], answer["size"]) == (0, "ApexClass", 0)
    answer = sf.restful("tooling/query", params={"q": "SELECT DeveloperName FROM CustomField LIMIT 1"})
    assert answer["done"] is True
    assert "ApexTrigger" in {each["name"] for each in sf.restful("tooling/sobjects")["sobjects"]}


# Metadata


def _wait(check: Callable[[], Any], done: Callable[[Any], bool]) -> Any:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        found = check()
        if done(found):
            return found
        time.sleep(0.02)
    raise AssertionError("it does not end")


def _package(files: dict[str, bytes], wanted: dict[str, list[str]]) -> io.BytesIO:
    types = "".join(
        f"<types>{''.join(f'<members>{name}</members>' for name in names)}<name>{kind}</name></types>"
        for kind, names in wanted.items()
    )
    manifest = f'<Package xmlns="{_NAMESPACE}">{types}<version>63.0</version></Package>'
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path, body in {"package.xml": manifest.encode(), **files}.items():
            archive.writestr(path, body)
    content.seek(0)
    return content


def _seen_by_administrators() -> dict[str, bytes]:
    grant = "<editable>true</editable><field>Room__c.Seats__c</field><readable>true</readable>"
    inner = f"<fieldPermissions>{grant}</fieldPermissions>"
    return {"profiles/Admin.profile": f'<Profile xmlns="{_NAMESPACE}">{inner}</Profile>'.encode()}


def _room() -> dict[str, bytes]:
    inner = field("Seats__c", "Number", "<precision>4</precision><scale>0</scale>").decode().partition(">")[2]
    seats = inner.partition(">")[2].rpartition("</CustomField>")[0]
    return {"objects/Room__c.object": an_object("Room", inner=f"<fields>{seats}</fields>")}


def _deployed(sf: Salesforce, content: io.BytesIO, **options: Any) -> dict[str, Any]:
    started = sf.deploy(content, sandbox=False, **options)
    assert started["state"] == "Queued" and str(started["asyncId"]).startswith("0Af")
    finished: dict[str, Any] = _wait(
        lambda: sf.checkDeployStatus(started["asyncId"]), lambda found: found["state"] in _DONE
    )
    return finished


def test_a_deployment_is_followed_to_its_end_and_seen_at_once(api: Api, sf: Salesforce) -> None:
    done = _deployed(sf, _package(_room(), {"CustomObject": ["Room__c"]}))
    assert (done["state"], done["state_detail"]) == ("Succeeded", None)
    assert done["deployment_detail"] == {"total_count": "2", "failed_count": "0", "deployed_count": "2", "errors": []}
    fresh = client(api)
    assert "Seats__c" not in {each["name"] for each in fresh.Room__c.describe()["fields"]}
    assert _deployed(sf, _package(_seen_by_administrators(), {"Profile": ["Admin"]}))["state"] == "Succeeded"
    made = fresh.Room__c.create({"Name": "Attic", "Seats__c": 4})
    assert fresh.query("SELECT Seats__c FROM Room__c")["records"][0]["Seats__c"] == 4
    assert fresh.Room__c.get(made["id"])["Name"] == "Attic"


def test_a_deployment_that_fails_says_why_and_leaves_nothing(api: Api, sf: Salesforce) -> None:
    trigger = {
        "triggers/Count.trigger": b"trigger Count on Room__c (before insert) {\n    new Room__c(Nope__c = 1);\n}",
        "triggers/Count.trigger-meta.xml": f'<ApexTrigger xmlns="{_NAMESPACE}"><apiVersion>63.0</apiVersion>'
        "<status>Active</status></ApexTrigger>".encode(),
    }
    content = _package({**_room(), **trigger}, {"CustomObject": ["Room__c"], "ApexTrigger": ["Count"]})
    done = _deployed(sf, content)
    assert done["state"] == "Failed" and done["deployment_detail"]["failed_count"] == "1"
    (problem,) = done["deployment_detail"]["errors"]
    assert (problem["type"], problem["file"]) == ("ApexTrigger", "triggers/Count.trigger")
    assert "Nope__c" in problem["message"]
    assert "Room__c" not in {each["name"] for each in client(api).describe()["sobjects"]}


def test_check_only_deploys_nothing(api: Api, sf: Salesforce) -> None:
    assert _deployed(sf, _package(_room(), {"CustomObject": ["Room__c"]}), checkOnly=True)["state"] == "Succeeded"
    with pytest.raises(SalesforceResourceNotFound):
        client(api).Room__c.describe()


def test_retrieve_gives_the_zip(sf: Salesforce) -> None:
    assert _deployed(sf, _package(_room(), {"CustomObject": ["Room__c"]}))["state"] == "Succeeded"
    # The call has a positional id that it only puts into the address.
    wanted = {"CustomObject": ["Room__c", "Attic__c"]}
    job, state = sf.mdapi.retrieve("new", unpackaged=wanted, single_package=True)
    assert str(job).startswith("09S") and state in ("Queued", None)
    state, problem, _ = _wait(lambda: sf.mdapi.check_retrieve_status(job), lambda found: found[0] == "Succeeded")
    assert problem is None
    state, _, _, content = sf.mdapi.retrieve_zip(job)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert set(archive.namelist()) == {"package.xml", "objects/Room__c.object"}
        assert b"Seats__c" in archive.read("objects/Room__c.object")


def test_describe_and_list_metadata_fit_the_wsdl_strictly(sf: Salesforce) -> None:
    from zeep.settings import Settings

    assert _deployed(sf, _package(_room(), {"CustomObject": ["Room__c"]}))["state"] == "Succeeded"
    mdapi = sf.mdapi
    mdapi._client.settings = Settings(strict=True, xsd_ignore_sequence_order=False)
    described = mdapi.describe_metadata()
    types = {each.xmlName: each for each in described.metadataObjects}
    assert "CustomField" in types["CustomObject"].childXmlNames and types["Report"].inFolder is True
    assert (described.testRequired, described.partialSaveAllowed) == (True, False)
    queries = [mdapi.ListMetadataQuery(type=kind) for kind in ("CustomObject", "CustomField", "ApexClass")]
    listed = {(each.type, each.fullName): each for each in mdapi.list_metadata(queries)}
    room = listed["CustomObject", "Room__c"]
    assert (room.createdByName, room.fileName) == ("Ann Bee", "objects/Room__c.object")
    assert room.lastModifiedDate.date().isoformat() == "2026-01-13"
    assert ("CustomField", "Room__c.Seats__c") in listed
    assert mdapi.list_metadata([mdapi.ListMetadataQuery(type="ApexClass")]) == []


# Errors


def test_each_refusal_is_the_clients_own_error_class(api: Api, sf: Salesforce) -> None:
    with pytest.raises(SalesforceMalformedRequest) as malformed:
        sf.query("SELECT Foo FROM Account")
    assert malformed.value.status == 400
    assert malformed.value.content[0]["errorCode"] == "INVALID_FIELD"
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.Account.create({"Industry": "Banking"})
    assert refused.value.content == [
        {
            "message": "Required fields are missing: [Name]",
            "errorCode": "REQUIRED_FIELD_MISSING",
            "fields": ["Name"],
        }
    ]
    for missing in (lambda: sf.Nothing__c.describe(), lambda: sf.Account.get("001000000000009AAA")):
        with pytest.raises(SalesforceResourceNotFound) as absent:
            missing()
        assert absent.value.content[0]["errorCode"] == "NOT_FOUND"
    with pytest.raises(SalesforceExpiredSession) as expired:
        client(api, token="00Dx!gone").query("SELECT Id FROM Account")
    assert expired.value.content == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


def test_an_expired_session_in_the_metadata_api_is_a_fault(api: Api) -> None:
    from zeep.exceptions import Fault

    with pytest.raises(Fault, match="Invalid Session ID found in SessionHeader") as error:
        client(api, token="00Dx!gone").mdapi.describe_metadata()
    assert error.value.code == "sf:INVALID_SESSION_ID"
