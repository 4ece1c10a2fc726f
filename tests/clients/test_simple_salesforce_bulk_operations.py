"""Every operation of simple-salesforce's two bulk modules: `bulk` speaks JSON to Bulk 1.0, `bulk2` CSV to Bulk 2.0."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path
from typing import Any

import pytest
from simple_salesforce import Salesforce
from simple_salesforce.bulk2 import ColumnDelimiter, LineEnding
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceOperationError

from tests.clients.loopback import client
from tests.localorg.bulk.conftest import hard_delete_granted
from tests.localorg.own_org import Api

_WAIT: Any = 0.01


@pytest.fixture
def sf(api: Api, monkeypatch: pytest.MonkeyPatch) -> Salesforce:
    """The client, logged in with a token; it looks often, where it would sleep five seconds."""
    monkeypatch.setattr("simple_salesforce.bulk.sleep", lambda seconds: time.sleep(_WAIT))
    return client(api)


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def _names(api: Api, object: str = "Shelf__c") -> list[str]:
    return [row["Name"] for row in api.query(f"SELECT Name FROM {object} ORDER BY Name")]


# bulk2


def test_bulk2_loads_in_several_jobs_and_gives_each_row_back(api: Api, sf: Salesforce) -> None:
    records: Any = [{"Name": f"N{number:04}", "Key__c": f"K{number}"} for number in range(700)]
    jobs: Any = sf.bulk2.Shelf__c.insert(records=records, batch_size=300, wait=_WAIT)
    assert [job["numberRecordsProcessed"] for job in jobs] == [300, 300, 100]
    assert [job["numberRecordsTotal"] for job in jobs] == [300, 300, 100]
    rows = [row for job in jobs for row in _rows(sf.bulk2.Shelf__c.get_successful_records(job["job_id"]))]
    assert sorted(row["Name"] for row in rows) == _names(api) == [each["Name"] for each in records]
    assert all(row["sf__Created"] == "true" and row["sf__Id"].startswith("a") for row in rows)


def test_bulk2_changes_and_deletes(api: Api, sf: Salesforce) -> None:
    ids = [api.create("Shelf__c", Name=name, Key__c=name) for name in "ABCD"]
    changed: Any = [{"Id": ids[0], "Name": "A2"}]
    assert sf.bulk2.Shelf__c.update(records=changed, wait=_WAIT)[0]["numberRecordsFailed"] == 0
    upserted: Any = [{"Key__c": "B", "Name": "B2"}, {"Key__c": "E", "Name": "E"}]
    (job,) = sf.bulk2.Shelf__c.upsert(records=upserted, external_id_field="Key__c", wait=_WAIT)
    rows = _rows(sf.bulk2.Shelf__c.get_successful_records(str(job["job_id"])))
    assert {row["Name"]: row["sf__Created"] for row in rows} == {"B2": "false", "E": "true"}
    gone: Any = [{"Id": ids[2]}]
    sf.bulk2.Shelf__c.delete(records=gone, wait=_WAIT)
    purged: Any = [{"Id": ids[3]}]
    with hard_delete_granted(api.org):
        sf.bulk2.Shelf__c.hard_delete(records=purged, wait=_WAIT)
    assert _names(api) == ["A2", "B2", "E"]
    deleted = sf.query_all("SELECT Name FROM Shelf__c WHERE IsDeleted = true", include_deleted=True)["records"]
    assert [row["Name"] for row in deleted] == ["C"]


def test_bulk2_reads_a_file_in_another_dialect(api: Api, sf: Salesforce, tmp_path: Path) -> None:
    file = tmp_path / "shelves.csv"
    file.write_bytes(b'Name\tKey__c\r\n"A\tA"\tK1\r\nB\tK2\r\n')
    (job,) = sf.bulk2.Shelf__c.insert(
        csv_file=str(file), column_delimiter=ColumnDelimiter.TAB, line_ending=LineEnding.CRLF, wait=_WAIT
    )
    assert job["numberRecordsFailed"] == 0 and _names(api) == ["A\tA", "B"]


def test_bulk2_raises_what_the_job_says(sf: Salesforce) -> None:
    wrong: Any = [{"Colour__c": "red"}]
    with pytest.raises(SalesforceOperationError, match="InvalidBatch : Field name not found : Colour__c"):
        sf.bulk2.Shelf__c.insert(records=wrong, wait=_WAIT)


def test_bulk2_query_all_finds_deleted_rows(api: Api, sf: Salesforce) -> None:
    made = [api.create("Shelf__c", Name=name) for name in "AB"]
    sf.Shelf__c.delete(made[0])
    soql = "SELECT Name, IsDeleted FROM Shelf__c ORDER BY Name"
    (everything,) = sf.bulk2.Shelf__c.query_all(soql, wait=_WAIT)
    assert [(row["Name"], row["IsDeleted"]) for row in _rows(everything)] == [("A", "true"), ("B", "false")]
    (live,) = sf.bulk2.Shelf__c.query(soql, wait=_WAIT)
    assert [row["Name"] for row in _rows(str(live))] == ["B"]
    (none,) = sf.bulk2.Shelf__c.query("SELECT Name FROM Shelf__c WHERE Name = 'Z'", wait=_WAIT)
    assert _rows(str(none)) == []


def test_bulk2_client_aborts_and_deletes_jobs(api: Api, sf: Salesforce) -> None:
    from simple_salesforce.bulk2 import Operation, _Bulk2Client

    handler = sf.bulk2.Shelf__c
    jobs: _Bulk2Client = handler._client
    job = jobs.create_job(Operation.insert)
    assert jobs.abort_job(job["id"], False)["state"] == "Aborted"
    with pytest.raises(SalesforceMalformedRequest) as error:
        jobs.abort_job(job["id"], False)
    assert error.value.content[0]["errorCode"] == "INVALIDJOBSTATE"
    # The client cannot read the answer 204, but the job is gone.
    with pytest.raises(ValueError):
        jobs.delete_job(job["id"], False)
    assert api.call("GET", f"/jobs/ingest/{job['id']}").status_code == 404


# bulk


@pytest.mark.parametrize("serial", [False, True])
def test_bulk_inserts_in_batches_and_answers_in_the_order_of_the_rows(api: Api, sf: Salesforce, serial: bool) -> None:
    data = [{"Name": f"N{number:03}", "Key__c": f"K{number % 400}"} for number in range(450)]
    results: Any = sf.bulk.Shelf__c.insert(data, batch_size=150, use_serial=serial)
    assert len(results) == 450
    assert [each["success"] for each in results].count(True) == 400
    saved = dict(api.org.store.rows("SELECT Id, Name FROM Shelf__c"))
    assert all(saved[each["id"]] == row["Name"] for each, row in zip(results, data, strict=True) if each["success"])
    wrong = next(each for each in results if not each["success"])
    assert (wrong["created"], wrong["id"]) == (False, None)
    assert wrong["errors"][0]["statusCode"] == "DUPLICATE_VALUE" and wrong["errors"][0]["fields"] == []


def test_bulk_changes_upserts_and_deletes(api: Api, sf: Salesforce) -> None:
    ids = [api.create("Shelf__c", Name=name, Key__c=name, Cap__c=1) for name in "ABC"]
    results: Any = sf.bulk.Shelf__c.update([{"Id": ids[0], "Name": "A2", "Cap__c": None}])
    assert [(each["id"], each["created"]) for each in results] == [(ids[0], False)]
    results = sf.bulk.Shelf__c.upsert([{"Key__c": "B", "Name": "B2"}, {"Key__c": "D", "Name": "D"}], "Key__c")
    assert [each["created"] for each in results] == [False, True]
    results = sf.bulk.Shelf__c.delete([{"Id": ids[1]}])
    with hard_delete_granted(api.org):
        results = sf.bulk.Shelf__c.hard_delete([{"Id": ids[2]}])
    assert [each["success"] for each in results] == [True]
    rows = api.query("SELECT Name, Cap__c FROM Shelf__c ORDER BY Name")
    assert [(row["Name"], row["Cap__c"]) for row in rows] == [("A2", None), ("D", None)]


def test_bulk_names_parents_and_gives_requests_back(api: Api, sf: Salesforce) -> None:
    api.create("Shelf__c", Name="A", Key__c="K1")
    data = [{"Name": "One", "Shelf__r": {"Key__c": "K1"}}, {"Name": "Two", "Shelf__r": {"Key__c": "K9"}}]
    results: Any = sf.bulk.submit_dml("Book__c", "insert", data, include_detailed_results=True)
    assert [(each["Name"], each["Shelf__r.Key__c"], each["success"]) for each in results] == [
        ("One", "K1", True),
        ("Two", "K9", False),
    ]
    assert _names(api, "Book__c") == ["One"]


def test_bulk_hard_delete_without_the_permission_is_refused(api: Api, sf: Salesforce) -> None:
    made = api.create("Shelf__c", Name="A")
    with pytest.raises(SalesforceMalformedRequest) as error:
        sf.bulk.Shelf__c.hard_delete([{"Id": made}])
    assert error.value.content["exceptionCode"] == "FeatureNotEnabled"
    assert _names(api) == ["A"]


def test_bulk_queries(api: Api, sf: Salesforce) -> None:
    shelf = api.create("Shelf__c", Name="A")
    for name in ("One", "Two"):
        api.create("Book__c", Name=name, Shelf__c=shelf, Price__c=3)
    rows: Any = sf.bulk.Book__c.query("SELECT Name, Price__c, Shelf__r.Name FROM Book__c ORDER BY Name")
    assert [(row["Name"], row["Price__c"], row["Shelf__r"]["Name"]) for row in rows] == [
        ("One", 3, "A"),
        ("Two", 3, "A"),
    ]
    sf.Book__c.delete(rows[0]["attributes"]["url"].rpartition("/")[2])
    everything: Any = sf.bulk.Book__c.query_all("SELECT Name, IsDeleted FROM Book__c ORDER BY Name")
    assert [row["IsDeleted"] for row in everything] == [True, False]
    assert sf.bulk.Book__c.query("SELECT Id FROM Book__c WHERE Name = 'Z'") == []


def test_bulk_says_which_field_is_not_there(sf: Salesforce) -> None:
    with pytest.raises(SalesforceMalformedRequest) as error:
        sf.bulk.Shelf__c.insert([{"Colour__c": "red"}])
    assert error.value.content == {"exceptionCode": "InvalidBatch", "exceptionMessage": "Records not processed"}
