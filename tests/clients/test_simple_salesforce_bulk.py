"""simple-salesforce's Bulk clients, 2.0 and 1.0: what they upload is in the org, and the other way round."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from simple_salesforce import Salesforce

from tests.clients.loopback import client
from tests.localorg.own_org import Api

_SOON = 0.05  # seconds between two looks at a job


@pytest.fixture
def sf(api: Api) -> Salesforce:
    """The client, logged in with a token."""
    return client(api)


def _rows(many: int) -> list[dict[str, str]]:
    return [{"Key__c": f"K{number:04}", "Name": f'Shelf, "{number}"'} for number in range(many)]


def _held(api: Api) -> dict[str, str]:
    return {row["Key__c"]: row["Name"] for row in api.query("SELECT Key__c, Name FROM Shelf__c")}


def test_rows_are_inserted_updated_upserted_and_deleted_by_bulk_2(api: Api, sf: Salesforce) -> None:
    rows = _rows(450)
    (job,) = sf.bulk2.Shelf__c.insert(records=rows, wait=_SOON)
    assert (job["numberRecordsTotal"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (450, 450, 0)
    assert _held(api) == {row["Key__c"]: row["Name"] for row in rows}
    done = sf.bulk2.Shelf__c.get_successful_records(job["job_id"]).splitlines()
    assert len(done) == 451 and done[0].startswith('"sf__Id","sf__Created"')

    changed = [{"Key__c": "K0001", "Name": "Changed"}, {"Key__c": "New", "Name": "Made"}]
    (job,) = sf.bulk2.Shelf__c.upsert(records=changed, external_id_field="Key__c", wait=_SOON)
    assert job["numberRecordsFailed"] == 0
    assert (_held(api)["K0001"], _held(api)["New"], len(_held(api))) == ("Changed", "Made", 451)

    ids = [row["Id"] for row in api.query("SELECT Id FROM Shelf__c WHERE Key__c IN ('K0002', 'New')")]
    (job,) = sf.bulk2.Shelf__c.update(records=[{"Id": each, "Name": "Both"} for each in ids], wait=_SOON)
    assert list(_held(api).values()).count("Both") == 2
    (job,) = sf.bulk2.Shelf__c.delete(records=[{"Id": each} for each in ids], wait=_SOON)
    assert job["numberRecordsProcessed"] == 2
    assert len(_held(api)) == 449


def test_rows_that_fail_come_back_with_their_error(api: Api, sf: Salesforce) -> None:
    shelf = api.create("Shelf__c", Name="Top")
    rows = [
        {"Name": "Fits", "Shelf__c": shelf, "Genre__c": "Novel"},
        {"Name": "Does not", "Shelf__c": shelf, "Genre__c": "Cookery"},
    ]
    (job,) = sf.bulk2.Book__c.insert(records=rows, wait=_SOON)
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (2, 1)
    found = sf.bulk2.Book__c.get_all_ingest_records(job["job_id"])
    assert [row["Name"] for row in found["successfulRecords"]] == ["Fits"]
    (failed,) = found["failedRecords"]
    assert failed["Name"] == "Does not"
    assert failed["sf__Error"].startswith("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")
    assert found["unprocessedRecords"] == []
    assert [row["Name"] for row in api.query("SELECT Name FROM Book__c")] == ["Fits"]


def test_a_query_of_bulk_2_comes_in_pages_and_into_files(api: Api, sf: Salesforce, tmp_path: Path) -> None:
    with api.org.store.transaction():
        for row in _rows(1234):
            api.org.records.raw_insert("Shelf__c", row)
    soql = "SELECT Key__c, Name FROM Shelf__c ORDER BY Key__c"
    pages = list(sf.bulk2.Shelf__c.query(soql, max_records=500, wait=_SOON))
    assert [len(page.splitlines()) for page in pages] == [501, 501, 235]
    assert pages[0].splitlines()[:2] == ['"Key__c","Name"', '"K0000","Shelf, ""0"""']
    files = sf.bulk2.Shelf__c.download(soql, str(tmp_path), max_records=1000, wait=_SOON)
    assert sorted(each["number_of_records"] for each in files) == [234, 1000]
    assert sum(len(Path(each["file"]).read_text().splitlines()) - 1 for each in files) == 1234


def test_rows_go_in_and_out_by_bulk_1_in_json(api: Api, sf: Salesforce) -> None:
    made: list[dict[str, Any]] = sf.bulk.Shelf__c.insert(_rows(250), batch_size=100)
    assert [(each["success"], each["created"], each["errors"]) for each in made] == [(True, True, [])] * 250
    assert len(_held(api)) == 250
    upserted = sf.bulk.Shelf__c.upsert(
        [{"Key__c": "K0000", "Name": "Changed"}, {"Key__c": "K9", "Name": "x" * 99}], "Key__c"
    )
    assert [(each["success"], each["created"]) for each in upserted] == [(True, False), (False, False)]
    assert upserted[1]["errors"][0]["statusCode"] == "STRING_TOO_LONG"
    found = sf.bulk.Shelf__c.query("SELECT Id, Name FROM Shelf__c WHERE Key__c = 'K0000'")
    assert [row["Name"] for row in found] == ["Changed"]
    gone = sf.bulk.Shelf__c.delete([{"id": row["Id"]} for row in found])
    assert gone[0]["success"] is True
    assert "K0000" not in _held(api)
