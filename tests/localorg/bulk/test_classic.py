"""Bulk API 1.0 as clients of XML and CSV speak it, byte by byte; simple-salesforce's JSON is in tests/clients."""

from __future__ import annotations

import gzip
import time
from typing import Any
from xml.etree import ElementTree

import pytest
import requests

from tests.localorg.bulk.conftest import Loader, rows_of

_NS = "http://www.force.com/2009/06/asyncapi/dataload"
_JOB_FIELDS = [
    "id",
    "operation",
    "object",
    "createdById",
    "createdDate",
    "systemModstamp",
    "state",
    "concurrencyMode",
    "contentType",
    "numberBatchesQueued",
    "numberBatchesInProgress",
    "numberBatchesCompleted",
    "numberBatchesFailed",
    "numberBatchesTotal",
    "numberRecordsProcessed",
    "numberRetries",
    "apiVersion",
    "numberRecordsFailed",
    "totalProcessingTime",
    "apiActiveProcessingTime",
    "apexProcessingTime",
]


class Classic:
    """A client that speaks XML."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader
        self.token = loader.api.token

    def call(self, method: str, path: str, body: str | bytes = "", **headers: str) -> requests.Response:
        """One request below /services/async/66.0."""
        kind = {"Content-Type": "application/xml; charset=UTF-8", "X-SFDC-Session": self.token}
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"{self.loader.api.url}/services/async/66.0/{path}"
        return requests.request(method, url, data=body or None, headers={**kind, **given}, timeout=10)

    def job(self, operation: str = "insert", object: str = "Shelf__c", content: str = "CSV", more: str = "") -> str:
        """A new job's id."""
        answer = self.call("POST", "job", job_xml(operation, object, content, more))
        assert answer.status_code == 201, answer.text
        return text(answer, "id")

    def batch(self, job: str, content: str | bytes, kind: str = "text/csv; charset=UTF-8") -> str:
        """A new batch's id."""
        answer = self.call("POST", f"job/{job}/batch", content, Content_Type=kind)
        assert answer.status_code == 201, answer.text
        assert text(answer, "state") == "Queued" and text(answer, "jobId") == job
        return text(answer, "id")

    def ended(self, job: str, batch: str) -> requests.Response:
        """A batch, once it has ended."""
        until = time.monotonic() + 20
        while time.monotonic() < until:
            answer = self.call("GET", f"job/{job}/batch/{batch}")
            if text(answer, "state") not in ("Queued", "InProgress"):
                return answer
            time.sleep(0.005)
        raise AssertionError(f"batch {batch} does not end")

    def loaded(self, job: str, content: str | bytes) -> list[dict[str, str]]:
        """The results of a batch of CSV."""
        batch = self.batch(job, content)
        assert text(self.ended(job, batch), "state") == "Completed"
        answer = self.call("GET", f"job/{job}/batch/{batch}/result")
        assert answer.headers["content-type"].partition(";")[0] == "text/csv"
        return rows_of(answer.text)


def job_xml(operation: str, object: str, content: str, more: str = "") -> str:
    """What a client sends to make a job."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<jobInfo xmlns="{_NS}"><operation>{operation}</operation>'
        f"<object>{object}</object>{more}<contentType>{content}</contentType></jobInfo>"
    )


def state_xml(state: str) -> str:
    """What a client sends to close or abort a job."""
    return f'<jobInfo xmlns="{_NS}"><state>{state}</state></jobInfo>'


def text(answer: requests.Response, name: str) -> str:
    """An element's text."""
    found = ElementTree.fromstring(answer.content).find(f".//{{{_NS}}}{name}")
    assert found is not None, answer.text
    return found.text or ""


def names(answer: requests.Response) -> list[str]:
    """The names of the elements of an answer."""
    return [each.tag.rpartition("}")[2] for each in ElementTree.fromstring(answer.content)]


@pytest.fixture
def classic(loader: Loader) -> Classic:
    """The client."""
    return Classic(loader)


def test_a_job_says_what_it_is_and_how_far(classic: Classic) -> None:
    answer = classic.call("POST", "job", job_xml("insert", "shelf__c", "CSV"))
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (201, "application/xml")
    assert answer.text.startswith('<?xml version="1.0" encoding="UTF-8"?><jobInfo\n   xmlns="' + _NS + '">')
    assert names(answer) == _JOB_FIELDS
    assert (text(answer, "state"), text(answer, "object"), text(answer, "apiVersion")) == ("Open", "Shelf__c", "66.0")
    assert (text(answer, "concurrencyMode"), text(answer, "numberBatchesTotal")) == ("Parallel", "0")
    assert text(answer, "createdDate").startswith("2026-01-13T10:00:") and text(answer, "createdDate").endswith("Z")
    job = text(answer, "id")
    batch = classic.batch(job, "Name\nA\nB\n")
    classic.ended(job, batch)
    closed = classic.call("POST", f"job/{job}", state_xml("Closed"))
    assert (closed.status_code, text(closed, "state")) == (200, "Closed")
    answer = classic.call("GET", f"job/{job}")
    assert [text(answer, f"number{each}") for each in ("BatchesCompleted", "BatchesTotal", "RecordsProcessed")] == [
        "1",
        "1",
        "2",
    ]


def test_results_are_in_the_order_of_the_rows(classic: Classic) -> None:
    job = classic.job()
    content = "Name,Key__c\n" + "".join(f"N{number:04},K{number % 900}\n" for number in range(1000))
    rows = classic.loaded(job, content)
    assert list(rows[0]) == ["Id", "Success", "Created", "Error"] and len(rows) == 1000
    stored = dict(classic.loader.org.store.rows("SELECT Id, Name FROM Shelf__c"))
    assert [stored[row["Id"]] for row in rows[:900]] == [f"N{number:04}" for number in range(900)]
    for row in rows[900:]:
        assert (row["Id"], row["Success"], row["Created"]) == ("", "false", "false")
        assert row["Error"].startswith("DUPLICATE_VALUE:duplicate value found: Key__c") and row["Error"].endswith(":--")


def test_batches_of_a_serial_job_are_processed_in_the_order_they_came(classic: Classic) -> None:
    work = classic.loader.org.bulk.work
    work.pace = 0.02
    job = classic.job(more="<concurrencyMode>Serial</concurrencyMode>")
    batches = [classic.batch(job, "Name\n" + f"{number}\n" * 3) for number in range(6)]
    for batch in batches:
        classic.ended(job, batch)
    found = [row[0] for row in classic.loader.org.store.rows("SELECT Name FROM Shelf__c ORDER BY rowid")]
    assert found == sorted(found) and len(found) == 6 * 3


def test_an_aborted_job_does_not_process_what_is_queued(classic: Classic) -> None:
    classic.loader.org.bulk.work.pace = 0.3
    job = classic.job(more="<concurrencyMode>Serial</concurrencyMode>")
    batches = [classic.batch(job, "Name\nA\n") for _ in range(3)]
    while text(classic.call("GET", f"job/{job}/batch/{batches[0]}"), "state") == "Queued":
        pass
    aborted = classic.call("POST", f"job/{job}", state_xml("Aborted"))
    assert text(aborted, "state") == "Aborted"
    states = [text(classic.ended(job, batch), "state") for batch in batches]
    assert states == ["Completed", "NotProcessed", "NotProcessed"]
    answer = classic.call("GET", f"job/{job}/batch/{batches[1]}/result")
    assert (answer.status_code, text(answer, "exceptionMessage")) == (400, "Records not processed")
    answer = classic.call("POST", f"job/{job}", state_xml("Aborted"))
    assert (answer.status_code, text(answer, "exceptionCode")) == (400, "InvalidJobState")
    assert classic.loader.org.store.value("SELECT COUNT(*) FROM Shelf__c") == 1


def test_upsert_and_delete_by_csv(classic: Classic) -> None:
    job = classic.job("upsert", more="<externalIdFieldName>Key__c</externalIdFieldName>")
    first = classic.loaded(job, "Key__c,Name,Opened__c\nK1,A,2026-01-01\n")
    second = classic.loaded(job, "Key__c,Name,Opened__c\nK1,,#N/A\nK2,B,\n")
    assert [row["Created"] for row in [*first, *second]] == ["true", "false", "true"]
    rows = classic.loader.api.query("SELECT Name, Opened__c FROM Shelf__c ORDER BY Name")
    assert [(row["Name"], row["Opened__c"]) for row in rows] == [("A", None), ("B", None)]
    deleting = classic.job("delete")
    assert [row["Success"] for row in classic.loaded(deleting, f"Id\n{first[0]['Id']}\n")] == ["true"]


def test_a_header_that_is_not_understood_fails_the_batch(classic: Classic) -> None:
    job = classic.job()
    answer = classic.ended(job, classic.batch(job, "Colour__c\nred\n"))
    assert text(answer, "state") == "Failed"
    assert text(answer, "stateMessage") == "InvalidBatch : Field name not found : Colour__c"
    assert names(answer)[2:4] == ["state", "stateMessage"]
    assert text(classic.call("GET", f"job/{job}"), "numberBatchesFailed") == "1"


def test_the_batches_of_a_job_and_what_was_sent(classic: Classic) -> None:
    job = classic.job()
    batches = [classic.batch(job, f"Name\n{name}\n") for name in "AB"]
    for batch in batches:
        classic.ended(job, batch)
    answer = classic.call("GET", f"job/{job}/batch")
    found = ElementTree.fromstring(answer.content).findall(f"{{{_NS}}}batchInfo/{{{_NS}}}id")
    assert [each.text for each in found] == batches
    assert classic.call("GET", f"job/{job}/batch/{batches[1]}/request").text == "Name\nB\n"


def test_a_batch_may_be_gzipped(classic: Classic) -> None:
    job = classic.job()
    headers = {"Content_Type": "text/csv", "Content_Encoding": "gzip"}
    answer = classic.call("POST", f"job/{job}/batch", gzip.compress(b"Name\nA\n"), **headers)
    assert text(classic.ended(job, text(answer, "id")), "numberRecordsProcessed") == "1"
    answer = classic.call("POST", f"job/{job}/batch", b"Name\nA\n", **headers)
    assert (answer.status_code, text(answer, "exceptionCode")) == (400, "ClientInputError")


def test_a_batch_holds_at_most_ten_million_bytes_and_ten_thousand_rows(classic: Classic) -> None:
    job = classic.job()
    headers = {"Content_Type": "text/csv"}
    answer = classic.call("POST", f"job/{job}/batch", b"Name\n" + b"A" * 10_000_000, **headers)
    assert (answer.status_code, text(answer, "exceptionCode")) == (400, "ClientInputError")
    assert text(answer, "exceptionMessage") == "Failed to read request. Exceeded max size limit of 10000000"
    answer = classic.ended(job, classic.batch(job, "Name\n" + "A\n" * 10_001))
    most = "Number of records should be less than or equal to 10000"
    assert text(answer, "stateMessage") == f"InvalidBatch : Exceeded number of records : 10001. {most}"
    assert classic.loader.org.store.value("SELECT COUNT(*) FROM Shelf__c") == 0


def test_a_query_by_csv(classic: Classic) -> None:
    shelf = classic.loader.api.create("Shelf__c", Name="A")
    classic.loader.api.create("Book__c", Name="B", Shelf__c=shelf)
    job = classic.job("query", "Book__c")
    batch = classic.batch(job, "SELECT Name, Shelf__r.Name FROM Book__c")
    classic.ended(job, batch)
    listed = classic.call("GET", f"job/{job}/batch/{batch}/result")
    result = text(listed, "result")
    assert listed.text.startswith('<?xml version="1.0" encoding="UTF-8"?><result-list') and result.startswith("752")
    answer = classic.call("GET", f"job/{job}/batch/{batch}/result/{result}")
    assert answer.text == '"Name","Shelf__r.Name"\n"B","A"\n'
    empty = classic.batch(job, "SELECT Id FROM Book__c WHERE Name = 'Z'")
    classic.ended(job, empty)
    result = text(classic.call("GET", f"job/{job}/batch/{empty}/result"), "result")
    assert (
        classic.call("GET", f"job/{job}/batch/{empty}/result/{result}").text == '"Records not found for this query"\n'
    )


def test_a_query_that_is_not_run_fails_its_batch(classic: Classic) -> None:
    job = classic.job("query")
    said = {
        "SELECT Nope__c FROM Shelf__c": "InvalidBatch : Failed to process query: INVALID_FIELD: ",
        "SELECT Id, (SELECT Id FROM Books__r) FROM Shelf__c": (
            "InvalidBatch : Failed to process query: FUNCTIONALITY_NOT_ENABLED:"
            " Aggregate Relationships not supported in Bulk Query"
        ),
        "SELECT Id FROM Book__c": "InvalidBatch : ",
    }
    for soql, message in said.items():
        answer = classic.ended(job, classic.batch(job, soql))
        assert text(answer, "state") == "Failed" and text(answer, "stateMessage").startswith(message)


def test_rows_and_answers_in_xml(classic: Classic) -> None:
    classic.loader.api.create("Shelf__c", Name="A", Key__c="K1")
    job = classic.job("insert", "Book__c", "XML")
    rows = (
        f'<sObjects xmlns="{_NS}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        "<sObject><Name>One &amp; all</Name><Genre__c>Novel</Genre__c>"
        "<Shelf__r><sObject><Key__c>K1</Key__c></sObject></Shelf__r></sObject>"
        '<sObject><Name>Two</Name><Genre__c xsi:nil="true"/></sObject></sObjects>'
    )
    batch = classic.batch(job, rows, "application/xml")
    classic.ended(job, batch)
    answer = classic.call("GET", f"job/{job}/batch/{batch}/result")
    root = ElementTree.fromstring(answer.content)
    saved, wrong = root.findall(f"{{{_NS}}}result")
    assert [each.tag.rpartition("}")[2] for each in saved] == ["id", "success", "created"]
    assert wrong.findtext(f"{{{_NS}}}errors/{{{_NS}}}statusCode") == "REQUIRED_FIELD_MISSING"
    assert wrong.findtext(f"{{{_NS}}}errors/{{{_NS}}}fields") == "Shelf__c"
    assert wrong.findtext(f"{{{_NS}}}success") == "false"
    querying = classic.job("query", "Book__c", "XML")
    batch = classic.batch(querying, "SELECT Name, Shelf__r.Key__c, Notes__c FROM Book__c", "application/xml")
    classic.ended(querying, batch)
    result = text(classic.call("GET", f"job/{querying}/batch/{batch}/result"), "result")
    found = classic.call("GET", f"job/{querying}/batch/{batch}/result/{result}")
    assert (text(found, "Name"), text(found, "Key__c"), text(found, "type")) == ("One & all", "K1", "Book__c")


_SYSTEM = "<createdById>x</createdById>"
_DOCTYPE = '<!DOCTYPE a [<!ENTITY x "y">]><jobInfo>&x;</jobInfo>'


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (job_xml("insert", "Nope__c", "CSV"), "InvalidJob", "Unable to find object: Nope__c"),
        (job_xml("merge", "Shelf__c", "CSV"), "InvalidJob", "Invalid operation: merge"),
        (job_xml("upsert", "Shelf__c", "CSV"), "InvalidJob", "External ID was blank for Shelf__c."),
        (job_xml("insert", "Shelf__c", "ZIP_CSV"), "InvalidJob", "Unsupported value: ZIP_CSV"),
        (job_xml("insert", "Shelf__c", "CSV", _SYSTEM), "InvalidJob", "CreatedById cannot be specified"),
        (job_xml("hardDelete", "Shelf__c", "CSV"), "FeatureNotEnabled", "hardDelete operation requires special user"),
        (_DOCTYPE, "InvalidXML", "Unable to parse Job: DOCTYPE is disallowed"),
        ("<jobInfo>", "InvalidXML", "Unable to parse Job"),
        ("<other/>", "InvalidJob", "Unable to parse Job"),
    ],
)
def test_a_job_that_cannot_be_is_refused(classic: Classic, body: str, code: str, message: str) -> None:
    answer = classic.call("POST", "job", body)
    assert (answer.status_code, text(answer, "exceptionCode")) == (400, code)
    assert text(answer, "exceptionMessage").startswith(message)


@pytest.mark.parametrize(
    ("soql", "found"),
    [
        ("SELECT Name FROM Shelf__c", 25),
        ("SELECT Name FROM Shelf__c WHERE Name != 'N04' OR Name = 'where (x'", 24),
        ("SELECT Name FROM Shelf__c WHERE Id IN (SELECT Shelf__c FROM Book__c WHERE Name = 'B')", 1),
        ("SELECT Name FROM Shelf__c WHERE NOT Name = 'N04'", 24),
    ],
)
def test_a_query_is_cut_by_ids_into_batches(classic: Classic, soql: str, found: int) -> None:
    shelves = [classic.loader.api.create("Shelf__c", Name=f"N{number:02}") for number in range(25)]
    classic.loader.api.create("Book__c", Name="B", Shelf__c=shelves[7])
    body = job_xml("query", "Shelf__c", "CSV")
    job = text(classic.call("POST", "job", body, Sforce_Enable_PKChunking="chunkSize=10"), "id")
    whole = classic.batch(job, soql)
    assert text(classic.ended(job, whole), "state") == "NotProcessed"
    root = ElementTree.fromstring(classic.call("GET", f"job/{job}/batch").content)
    batches = [each.text or "" for each in root.findall(f"{{{_NS}}}batchInfo/{{{_NS}}}id")]
    assert batches[0] == whole and len(batches) == 4
    rows: list[str] = []
    for batch in batches[1:]:
        assert text(classic.ended(job, batch), "state") == "Completed"
        result = text(classic.call("GET", f"job/{job}/batch/{batch}/result"), "result")
        content = classic.call("GET", f"job/{job}/batch/{batch}/result/{result}").text
        rows += [row["Name"] for row in rows_of(content) if "Name" in row]
    assert len(rows) == len(set(rows)) == found
    listed = classic.loader.api.call("GET", "/jobs/query?isPkChunkingEnabled=true").json()["records"]
    assert [each["id"] for each in listed] == [job]


def test_chunks_begin_at_the_row_that_is_named_and_other_clauses_are_not_cut(classic: Classic) -> None:
    shelves = [classic.loader.api.create("Shelf__c", Name=f"N{number}") for number in range(5)]
    body = job_xml("query", "Shelf__c", "CSV")
    header = f"chunkSize=2; startRow={shelves[2][:15]}"
    job = text(classic.call("POST", "job", body, Sforce_Enable_PKChunking=header), "id")
    classic.ended(job, classic.batch(job, "SELECT Name FROM Shelf__c"))
    answer = classic.call("GET", f"job/{job}")
    assert text(answer, "numberBatchesTotal") == "3"
    refused = classic.ended(job, classic.batch(job, "SELECT Name FROM Shelf__c ORDER BY Name"))
    assert text(refused, "state") == "Failed" and "PK chunking" in text(refused, "stateMessage")
    for wrong in ("chunkSize=0", "chunkSize=250001", "parent=Account", "startRow=x"):
        answer = classic.call("POST", "job", body, Sforce_Enable_PKChunking=wrong)
        assert (answer.status_code, text(answer, "exceptionCode")) == (400, "InvalidJob")
    assert classic.call("POST", "job", body, Sforce_Enable_PKChunking="FALSE").status_code == 201


def test_errors_come_in_the_dialect_that_was_asked_for(classic: Classic) -> None:
    answer = classic.call("GET", "job/750000000000000AAA")
    assert (answer.status_code, text(answer, "exceptionCode")) == (400, "InvalidJob")
    answer = classic.call("GET", "job/750000000000000AAA", Content_Type="application/json")
    assert answer.json() == {"exceptionCode": "InvalidJob", "exceptionMessage": "Invalid job id: 750000000000000AAA"}
    classic.token = "wrong"
    answer = classic.call("POST", "job", job_xml("insert", "Shelf__c", "CSV"))
    assert (answer.status_code, text(answer, "exceptionCode")) == (400, "InvalidSessionId")


def test_paths_and_versions_that_are_not_there(classic: Classic) -> None:
    answer = classic.call("GET", "jobs")
    assert (answer.status_code, text(answer, "exceptionCode")) == (404, "InvalidUrl")
    url = f"{classic.loader.api.url}/services/async/25.0/job"
    answer = requests.post(
        url, data=job_xml("insert", "Shelf__c", "CSV"), headers={"X-SFDC-Session": classic.token}, timeout=10
    )
    assert (answer.status_code, text(answer, "exceptionCode")) == (400, "InvalidVersion")


def test_a_closed_job_takes_no_more_batches(classic: Classic) -> None:
    job = classic.job()
    classic.call("POST", f"job/{job}", state_xml("Closed"))
    answer = classic.call("POST", f"job/{job}/batch", "Name\nA\n", Content_Type="text/csv")
    assert (answer.status_code, text(answer, "exceptionCode")) == (400, "InvalidJobState")


def test_jobs_of_both_apis_are_in_one_list(classic: Classic) -> None:
    job = classic.job("query")
    found: Any = classic.loader.api.call("GET", "/jobs/query?jobType=Classic").json()["records"]
    assert [(each["id"], each["jobType"], each["operation"]) for each in found] == [(job, "Classic", "query")]


def test_each_batch_counts_against_the_days_limit(classic: Classic) -> None:
    def left() -> int:
        return int(classic.loader.api.call("GET", "/limits").json()["DailyBulkApiBatches"]["Remaining"])

    before = left()
    job = classic.job()
    for _ in range(3):
        classic.ended(job, classic.batch(job, "Name\nA\n"))
    assert left() == before - 3
