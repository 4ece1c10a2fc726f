"""Bulk API 2.0, queries: results in pages, columns as Salesforce prints them, what is not run."""

from __future__ import annotations

import csv
import io

import pytest

from hotfix_tui.localorg.bulk.queries import java_double
from tests.localorg.bulk.conftest import Loader, rows_of


def _shelves(loader: Loader, count: int) -> None:
    with loader.org.store.transaction():
        for number in range(count):
            loader.org.records.raw_insert("Shelf__c", {"Name": f"N{number:04}"})


def test_a_new_query_job_is_on_its_way(loader: Loader) -> None:
    body = {"operation": "queryAll", "query": "SELECT Id FROM shelf__c"}
    job = loader.api.call("POST", "/jobs/query", body).json()
    assert (job["id"][:3], job["operation"], job["object"], job["state"]) == (
        "750",
        "queryAll",
        "Shelf__c",
        "UploadComplete",
    )
    assert list(job)[-2:] == ["lineEnding", "columnDelimiter"] and "contentUrl" not in job
    done = loader.ended(job["id"], "query")
    assert (done["state"], done["jobType"], done["numberRecordsProcessed"]) == ("JobComplete", "V2Query", 0)


def test_results_come_in_pages_with_the_header_on_each(loader: Loader) -> None:
    _shelves(loader, 2503)
    job = loader.query("SELECT Name FROM Shelf__c ORDER BY Name")
    names: list[str] = []
    locator, counts = "", []
    while locator != "null":
        query = f"maxRecords=1001{f'&locator={locator}' if locator else ''}"
        answer = loader.api.call("GET", f"/jobs/query/{job['id']}/results?{query}")
        assert answer.status_code == 200 and answer.text.startswith('"Name"\n"N')
        counts.append(int(answer.headers["Sforce-NumberOfRecords"]))
        names += [row["Name"] for row in rows_of(answer.text)]
        locator = answer.headers["Sforce-Locator"]
    assert counts == [1001, 1001, 501]
    assert names == [f"N{number:04}" for number in range(2503)]


def test_a_page_can_be_read_again_and_its_locator_is_the_number_of_rows_before_it(loader: Loader) -> None:
    _shelves(loader, 10)
    path = f"/jobs/query/{loader.query('SELECT Name FROM Shelf__c ORDER BY Name')['id']}/results"
    first = loader.api.call("GET", f"{path}?maxRecords=4")
    assert first.headers["Sforce-Locator"] == "NA"
    for _ in range(2):
        second = loader.api.call("GET", f"{path}?maxRecords=4&locator=NA")
        assert [row["Name"] for row in rows_of(second.text)] == ["N0004", "N0005", "N0006", "N0007"]
    for wrong in ("locator=OTk5", "locator=%21", "locator=wrI", "maxRecords=0", "maxRecords=x", "maxRecords=%C2%B2"):
        assert loader.api.call("GET", f"{path}?{wrong}").status_code == 400


def test_columns_are_in_the_order_of_the_select_list_with_the_paths_of_parents(loader: Loader) -> None:
    shelf = loader.api.create("Shelf__c", Name="A", Key__c="K")
    loader.api.create("Book__c", Name="B", Shelf__c=shelf, Price__c=2, Lent__c=True, Bought__c="2026-01-01T10:00:00Z")
    soql = (
        "SELECT shelf__r.name, Name, Shelf__r.Owner.Username, shelf__r.KEY__c, Sequel_Of__r.Name, Price__c FROM Book__c"
    )
    (row,) = rows_of(loader.found(soql))
    assert row == {
        "Shelf__r.Name": "A",
        "Name": "B",
        "Shelf__r.Owner.Username": "ann@library.example",
        "Shelf__r.Key__c": "K",
        "Sequel_Of__r.Name": "",
        "Price__c": "2.0",
    }
    assert next(iter(row)) == "Shelf__r.Name" and list(row)[3:] == ["Shelf__r.Key__c", "Sequel_Of__r.Name", "Price__c"]
    everything = loader.found("SELECT FIELDS(CUSTOM) FROM Shelf__c LIMIT 1")
    assert next(csv.reader(io.StringIO(everything))) == ["Key__c", "Cap__c", "Opened__c", "Total__c"]


def test_values_are_written_as_in_salesforces_csv(loader: Loader) -> None:
    shelf = loader.api.create("Shelf__c", Name='A "b", c\nd', Opened__c="2026-01-13")
    loader.api.create("Book__c", Name="B", Shelf__c=shelf, Lent__c=True, Bought__c="2026-01-01T10:00:00Z")
    text = loader.found("SELECT Name, Opened__c, Cap__c FROM Shelf__c")
    assert text == '"Name","Opened__c","Cap__c"\n"A ""b"", c\nd","2026-01-13",""\n'
    assert loader.found("SELECT Lent__c, Bought__c FROM Book__c").splitlines()[1] == '"true","2026-01-01T10:00:00.000Z"'


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.0, "0.0"), (12.5, "12.5"), (1234567.0, "1234567.0"), (3.5e8, "3.5E8"), (1e7, "1.0E7"), (-0.0005, "-5.0E-4")],
)
def test_numbers_are_written_as_java_writes_them(number: float, text: str) -> None:
    assert java_double(number) == text and float(java_double(number)) == number


def test_another_delimiter_and_line_ending(loader: Loader) -> None:
    loader.api.create("Shelf__c", Name="A|B", Key__c="K")
    job = loader.query("SELECT Name, Key__c FROM Shelf__c", columnDelimiter="PIPE", lineEnding="CRLF")
    text = loader.api.call("GET", f"/jobs/query/{job['id']}/results").content.decode()
    assert text == '"Name"|"Key__c"\r\n"A|B"|"K"\r\n'


def test_old_versions_sort_the_columns(loader: Loader) -> None:
    loader.api.create("Shelf__c", Name="A", Key__c="K")
    base = f"{loader.api.url}/services/data/v49.0"
    import requests

    headers = {"Authorization": f"Bearer {loader.api.token}"}
    body = {"operation": "query", "query": "SELECT Name, Key__c FROM Shelf__c"}
    job = requests.post(f"{base}/jobs/query", json=body, headers=headers, timeout=10).json()
    loader.ended(job["id"], "query")
    text = requests.get(f"{base}/jobs/query/{job['id']}/results", headers=headers, timeout=10).text
    assert next(csv.reader(io.StringIO(text))) == ["Key__c", "Name"]
    assert loader.api.call("GET", f"/jobs/query/{job['id']}/results").status_code == 409


@pytest.mark.parametrize(
    ("soql", "code", "message"),
    [
        ("SELECT Id FROM", "MALFORMED_QUERY", "unexpected token"),
        ("SELECT Nope__c FROM Shelf__c", "INVALID_FIELD", "No such column 'Nope__c'"),
        ("SELECT Id FROM Nope__c", "INVALID_TYPE", "sObject type 'Nope__c' is not supported"),
        ("SELECT Id, (SELECT Id FROM Books__r) FROM Shelf__c", "API_ERROR", "Aggregate Relationships not supported"),
        ("SELECT COUNT() FROM Shelf__c", "API_ERROR", "not supported in Bulk Query"),
        ("SELECT Name, COUNT(Id) FROM Shelf__c GROUP BY Name", "API_ERROR", "not supported in Bulk Query"),
        ("SELECT Id FROM Shelf__c LIMIT 5 OFFSET 5", "API_ERROR", "OFFSET not supported in Bulk Query"),
        ("SELECT BillingAddress FROM Account", "API_ERROR", "Selecting compound data not supported in Bulk Query"),
        ("", "API_ERROR", "The query is required"),
    ],
)  # fmt: skip
def test_what_a_bulk_query_cannot_run_is_refused_at_once(loader: Loader, soql: str, code: str, message: str) -> None:
    before = loader.api.call("GET", "/limits").json()["DailyBulkV2QueryJobs"]
    answer = loader.api.call("POST", "/jobs/query", {"operation": "query", "query": soql})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)
    assert message in answer.json()[0]["message"]
    assert loader.api.call("GET", "/limits").json()["DailyBulkV2QueryJobs"] == before


def test_a_query_job_is_aborted_and_deleted(loader: Loader) -> None:
    job = loader.query("SELECT Id FROM Shelf__c")
    path = f"/jobs/query/{job['id']}"
    answer = loader.api.call("PATCH", path, {"state": "Aborted"})
    text = "Aborting already Completed Job not allowed"
    assert (answer.status_code, answer.json()) == (400, [{"message": text, "errorCode": "INVALIDJOBSTATE"}])
    assert loader.api.call("DELETE", path).status_code == 204
    assert loader.api.call("GET", f"{path}/results").status_code == 404


def test_results_are_not_there_before_the_job_is_complete(loader: Loader) -> None:
    job = loader.query("SELECT Id FROM Shelf__c")
    loader.org.bulk.set_state(loader.org.bulk.keeping.jobs()[0], "InProgress")
    answer = loader.api.call("GET", f"/jobs/query/{job['id']}/results")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")
    answer = loader.api.call("DELETE", f"/jobs/query/{job['id']}")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "API_ERROR")


def test_jobs_and_batches_count_against_the_days_limits(loader: Loader) -> None:
    def left() -> tuple[int, int]:
        limits = loader.api.call("GET", "/limits").json()
        return limits["DailyBulkApiBatches"]["Remaining"], limits["DailyBulkV2QueryJobs"]["Remaining"]

    batches, queries = left()
    loader.load("Name\n" + "A\n" * 20)
    loader.query("SELECT Id FROM Shelf__c")
    assert left() == (batches - 1, queries - 1)
    try:
        loader.org.clock.advance(86_401)
        assert left() == (15_000, 10_000)
    finally:
        loader.org.clock.advance(-86_401)


def test_a_used_up_limit_refuses_further_query_jobs(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotfix_tui.localorg.bulk.service.bulk_limit", lambda name: 0)
    answer = loader.api.call("POST", "/jobs/query", {"operation": "query", "query": "SELECT Id FROM Shelf__c"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "EXCEEDEDQUOTA")
