"""Bulk API 2.0, ingest: what is loaded, what is said about each row, and what a job goes through."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest

from tests.localorg.bulk.conftest import Loader, hard_delete_granted

_ID = "750"


# Jobs


def test_a_new_job_says_where_its_data_goes(loader: Loader) -> None:
    job = loader.job(operation="upsert", externalIdFieldName="key__c")
    assert job["id"].startswith(_ID) and len(job["id"]) == 18
    assert list(job) == [
        "id",
        "operation",
        "object",
        "createdById",
        "createdDate",
        "systemModstamp",
        "state",
        "externalIdFieldName",
        "concurrencyMode",
        "contentType",
        "apiVersion",
        "contentUrl",
        "lineEnding",
        "columnDelimiter",
    ]
    assert job["contentUrl"] == f"services/data/v66.0/jobs/ingest/{job['id']}/batches"
    assert (job["state"], job["concurrencyMode"], job["contentType"]) == ("Open", "Parallel", "CSV")
    assert (job["lineEnding"], job["columnDelimiter"], job["externalIdFieldName"]) == ("LF", "COMMA", "Key__c")
    assert job["apiVersion"] == 66.0


def test_a_job_that_is_done_says_how_much_it_did(loader: Loader) -> None:
    job = loader.load("Name\nA\nB\n")
    assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == ("JobComplete", 2, 0)
    assert job["jobType"] == "V2Ingest" and "contentUrl" not in job and "errorMessage" not in job
    for name in ("retries", "totalProcessingTime", "apiActiveProcessingTime", "apexProcessingTime"):
        assert isinstance(job[name], int)
    assert loader.names() == ["A", "B"]


_NO_HARD_DELETE = (
    "hardDelete operation requires special user profile permission, please contact your system administrator"
)


@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ("object=Nope__c", "INVALIDJOB", "InvalidJob : Unable to find object: Nope__c"),
        ("operation=merge", "API_ERROR", "Invalid value: 'merge' supplied for property: 'operation'"),
        ("contentType=JSON", "API_ERROR", "Invalid value: 'JSON' supplied for property: 'contentType'"),
        ("columnDelimiter=DOT", "API_ERROR", "Invalid value: 'DOT' supplied for property: 'columnDelimiter'"),
        (
            "operation=upsert",
            "INVALIDJOB",
            "InvalidJob : External ID was blank for Shelf__c. An External ID must be specified for upsert.",
        ),
        (
            "operation=upsert&externalIdFieldName=Cap__c",
            "INVALIDJOB",
            "InvalidJob : Field name provided, Cap__c does not match an External ID for Shelf__c",
        ),
        ("operation=hardDelete", "FEATURENOTENABLED", _NO_HARD_DELETE),
        ("assignmentRuleId=01Q0", "INVALIDJOB", "InvalidJob : Invalid assignmentRuleId: 01Q0"),
        ("colour=red", "JSON_PARSER_ERROR", 'Unrecognized field "colour"'),
    ],
)
def test_a_job_that_cannot_be_is_refused_in_salesforces_words(
    loader: Loader, fields: str, code: str, message: str
) -> None:
    body = {"object": "Shelf__c", "operation": "insert", **dict(parse_qsl(fields))}
    answer = loader.api.call("POST", "/jobs/ingest", body)
    assert (answer.status_code, answer.json()) == (400, [{"message": message, "errorCode": code}])
    assert loader.api.call("GET", "/jobs/ingest").json()["records"] == []


def test_data_can_be_sent_in_pieces(loader: Loader) -> None:
    job = loader.job()
    pieces = (piece.encode() for piece in ("Na", "me\nA\n", 'B"', "B\n", "C"))
    headers = {"Content-Type": "text/csv; charset=UTF-8"}
    answer = loader.api.call("PUT", f"/jobs/ingest/{job['id']}/batches/", data=pieces, headers=headers)
    assert (answer.status_code, answer.content) == (201, b"")
    loader.state(job["id"], "UploadComplete")
    assert loader.ended(job["id"])["numberRecordsProcessed"] == 3
    assert loader.names() == ["A", 'B"B', "C"]


def test_data_is_sent_once(loader: Loader) -> None:
    job = loader.job()
    assert loader.upload(job["id"], "Name\nA\n").status_code == 201
    (problem,) = loader.upload(job["id"], "Name\nB\n").json()
    assert problem["errorCode"] == "BULK_API_ERROR"
    assert problem["message"].startswith(f"Found multipe contents for job: <{job['id'][:15]}>, please 'Close'")
    loader.state(job["id"], "UploadComplete")
    loader.ended(job["id"])
    assert loader.names() == ["A"]


def test_a_second_upload_while_the_first_is_coming_is_refused(loader: Loader) -> None:
    job = loader.job()
    seen: list[str] = []

    def pieces() -> Iterator[bytes]:
        # More than both ends of a connection hold (10 MB where they may grow), so that the org has begun to read.
        yield b"Name\nA\n" + b"B\n" * 12_000_000
        seen.extend(each["errorCode"] for each in loader.upload(job["id"], "Name\nC\n").json())
        seen.extend(each["errorCode"] for each in loader.state(job["id"], "UploadComplete").json())

    headers = {"Content-Type": "text/csv"}
    first = loader.api.call("PUT", f"/jobs/ingest/{job['id']}/batches", data=pieces(), headers=headers)
    assert (first.status_code, seen) == (201, ["BULK_API_ERROR", "INVALIDJOBSTATE"])
    loader.state(job["id"], "Aborted")


def test_a_multipart_request_makes_the_job_and_closes_it(loader: Loader) -> None:
    body = (
        '--BOUNDARY\r\nContent-Type: application/json\r\nContent-Disposition: form-data; name="job"\r\n\r\n'
        '{"object":"Shelf__c","contentType":"CSV","operation":"insert"}\r\n\r\n--BOUNDARY\r\nContent-Type: text/csv\r\n'
        'Content-Disposition: form-data; name="content"; filename="content"\r\n\r\n'
        'Name\nA\n"B\r\nC"\n\r\n--BOUNDARY--\r\n'
    )
    headers = {"Content-Type": 'multipart/form-data; boundary="BOUNDARY"'}
    answer = loader.api.call("POST", "/jobs/ingest/", data=body.encode(), headers=headers)
    assert (answer.status_code, answer.json()["state"]) == (200, "UploadComplete")
    job = loader.ended(answer.json()["id"])
    assert (job["state"], job["numberRecordsProcessed"]) == ("JobComplete", 2)
    assert loader.names() == ["A", "B\r\nC"]


def test_a_multipart_request_holds_at_most_100000_characters(loader: Loader) -> None:
    body = (
        '--B\r\nContent-Disposition: form-data; name="job"\r\n\r\n{"object":"Shelf__c","operation":"insert"}\r\n'
        f'--B\r\nContent-Disposition: form-data; name="content"\r\n\r\nName\n{"x" * 100_000}\r\n--B--'
    )
    headers = {"Content-Type": "multipart/form-data; boundary=B"}
    answer = loader.api.call("POST", "/jobs/ingest", data=body.encode(), headers=headers)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (413, "EXCEEDED_MAX_SIZE_REQUEST")


def test_more_than_150_megabytes_in_base64_are_refused_and_leave_no_file(
    loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotfix_tui.localorg.bulk.ingest_api.MAX_UPLOAD", 3_000_000)
    job = loader.job()
    answer = loader.upload(job["id"], b"Name\n" + b"x" * 3_000_000)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (413, "EXCEEDED_MAX_SIZE_REQUEST")
    assert loader.state(job["id"], "UploadComplete").status_code == 400
    assert list(loader.org.bulk.keeping.folder(job["id"]).iterdir()) == []
    assert loader.upload(job["id"], b"Name\n" + b"x" * 2_000_000).status_code == 201


@pytest.mark.parametrize(
    ("before", "state", "message"),
    [
        ("UploadComplete", "UploadComplete", "Closing already Completed Job not allowed"),
        ("UploadComplete", "Aborted", "Aborting already Completed Job not allowed"),
        ("Aborted", "UploadComplete", "Closing already Aborted Job not allowed"),
    ],
)
def test_a_job_that_is_over_cannot_be_changed(loader: Loader, before: str, state: str, message: str) -> None:
    job = loader.job()
    loader.upload(job["id"], "Name\nA\n")
    loader.state(job["id"], before)
    loader.ended(job["id"])
    answer = loader.state(job["id"], state)
    assert (answer.status_code, answer.json()) == (400, [{"message": message, "errorCode": "INVALIDJOBSTATE"}])


def test_only_a_job_that_is_over_can_be_deleted(loader: Loader) -> None:
    job = loader.job()
    answer = loader.api.call("DELETE", f"/jobs/ingest/{job['id']}")
    text = "Error encountered when deleting the job because the job is not terminated"
    assert (answer.status_code, answer.json()) == (400, [{"message": text, "errorCode": "API_ERROR"}])
    loader.state(job["id"], "Aborted")
    answer = loader.api.call("DELETE", f"/jobs/ingest/{job['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert loader.api.call("GET", f"/jobs/ingest/{job['id']}").json()[0]["errorCode"] == "NOT_FOUND"


def test_an_aborted_job_keeps_what_it_saved_and_names_what_it_did_not(loader: Loader) -> None:
    loader.org.bulk.work.pace = 0.2
    job = loader.job()
    loader.upload(job["id"], "Name\n" + "".join(f"N{number:04}\n" for number in range(3000)))
    loader.state(job["id"], "UploadComplete")
    while loader.api.call("GET", f"/jobs/ingest/{job['id']}").json()["numberRecordsProcessed"] == 0:
        pass
    assert loader.state(job["id"], "Aborted").json()["state"] == "Aborted"
    done = loader.ended(job["id"])
    saved, left = loader.results(done, "successfulResults"), loader.results(done, "unprocessedRecords")
    assert 0 < len(saved) < 3000 and len(saved) == done["numberRecordsProcessed"]
    assert {row["Name"] for row in saved} == set(loader.names())
    assert sorted(row["Name"] for row in [*saved, *left]) == [f"N{number:04}" for number in range(3000)]


def test_jobs_are_listed_newest_first_and_filtered(loader: Loader) -> None:
    first, second = loader.job()["id"], loader.job("Book__c")["id"]
    query = loader.query("SELECT Id FROM Shelf__c")["id"]

    def ids(path: str) -> list[str]:
        answer = loader.api.call("GET", path).json()
        assert answer["done"] is True
        return [job["id"] for job in answer["records"]]

    assert ids("/jobs/ingest") == [second, first]
    assert ids("/jobs/ingest?jobType=V2Ingest&concurrencyMode=parallel") == [second, first]
    assert ids("/jobs/ingest?concurrencyMode=serial") == ids("/jobs/ingest?isPkChunkingEnabled=true") == []
    assert ids("/jobs/query") == ids("/jobs/query?jobType=V2Query") == [query]
    assert ids("/jobs/ingest?jobType=Classic") == []
    assert loader.api.call("GET", "/jobs/ingest?colour=red").status_code == 400


def test_a_long_list_of_jobs_comes_in_pages(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotfix_tui.localorg.bulk.info._JOBS_A_PAGE", 2)
    made = [loader.job()["id"] for _ in range(5)]
    seen: list[str] = []
    path = "/jobs/ingest"
    for _ in range(3):
        answer = loader.api.call("GET", path).json()
        seen += [job["id"] for job in answer["records"]]
        path = answer.get("nextRecordsUrl", "").removeprefix("/services/data/v66.0")
    assert (seen, answer["done"], path) == (made[::-1], True, "")


def test_a_job_is_gone_seven_days_after_it_ended(loader: Loader) -> None:
    job = loader.load("Name\nA\n")
    folder = loader.org.bulk.keeping.folder(job["id"])
    clock = loader.org.clock
    try:
        clock.advance(6.9 * 86_400)
        assert loader.api.call("GET", f"/jobs/ingest/{job['id']}").status_code == 200
        clock.advance(0.2 * 86_400)
        assert loader.api.call("GET", f"/jobs/ingest/{job['id']}").status_code == 404
    finally:
        clock.advance(-7.1 * 86_400)
    assert not folder.exists()


def test_others_jobs_are_not_shown_to_who_may_not_see_all_data(loader: Loader) -> None:
    job = loader.load("Name\nA\n")
    bob = loader.org.users.add_user("bob@library.example", "Bob Ray", "Standard User")
    own = Loader(type(loader.api)(loader.api.url, loader.org.users.token_for(bob), loader.org))
    assert own.api.call("GET", "/jobs/ingest").json()["records"] == []
    answer = own.api.call("GET", f"/jobs/ingest/{job['id']}")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALIDUSER")
    eve = loader.org.users.add_user("eve@library.example", "Eve Fox")
    admin = Loader(type(loader.api)(loader.api.url, loader.org.users.token_for(eve), loader.org))
    assert [each["id"] for each in admin.api.call("GET", "/jobs/ingest").json()["records"]] == [job["id"]]


# Rows


def test_each_row_is_saved_or_not_for_itself_and_shown_with_its_own_columns(loader: Loader) -> None:
    job = loader.load("Cap__c,Name,Key__c\n12.5,A,K1\nmany,B,K2\n,C,K1\n")
    assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == ("JobComplete", 3, 2)
    (saved,) = loader.results(job, "successfulresults")
    assert list(saved) == ["sf__Id", "sf__Created", "Cap__c", "Name", "Key__c"]
    assert (saved["sf__Created"], saved["Name"], saved["Cap__c"]) == ("true", "A", "12.5")
    wrong, twin = loader.results(job, "failedResults")
    assert list(wrong) == ["sf__Id", "sf__Error", "Cap__c", "Name", "Key__c"]
    said = "Failed to deserialize field at col 0. Due to, 'many' is not a valid value for the type xsd:double"
    assert (wrong["sf__Id"], wrong["sf__Error"]) == ("", f"INVALID_FIELD:{said}:Cap__c --")
    found = f"duplicate value found: Key__c duplicates value on record with id: {saved['sf__Id']}"
    assert twin["sf__Error"] == f"DUPLICATE_VALUE:{found}:--"
    assert loader.results(job, "unprocessedRecords") == []


def test_a_required_field_is_named_in_the_error(loader: Loader) -> None:
    job = loader.load("FirstName,LastName\nAnn,\n", "Contact")
    (row,) = loader.results(job, "failedResults")
    assert row["sf__Error"] == "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --"


def test_an_empty_cell_leaves_a_field_alone_and_na_empties_it(loader: Loader) -> None:
    made = [loader.api.create("Shelf__c", Name=name, Key__c=name, Cap__c=5, Opened__c="2026-01-01") for name in "AB"]
    job = loader.load(f"Id,Cap__c,Opened__c\n{made[0]},,#N/A\n{made[1]},#N/A,\n", operation="update")
    assert job["numberRecordsFailed"] == 0
    rows = loader.api.query("SELECT Cap__c, Opened__c FROM Shelf__c ORDER BY Name")
    assert [(row["Cap__c"], row["Opened__c"]) for row in rows] == [(5, None), (None, "2026-01-01")]


def test_upsert_says_which_rows_it_created(loader: Loader) -> None:
    known = loader.api.create("Shelf__c", Name="old", Key__c="K1")
    job = loader.load(
        "Key__c,Name\nK1,new\nK2,fresh\n,none\nK3,twice\nK3,twice\n", operation="upsert", externalIdFieldName="Key__c"
    )
    saved = {row["Key__c"]: row for row in loader.results(job, "successfulResults")}
    assert (saved["K1"]["sf__Id"], saved["K1"]["sf__Created"]) == (known, "false")
    assert saved["K2"]["sf__Created"] == "true" and set(saved) == {"K1", "K2"}
    errors = [row["sf__Error"] for row in loader.results(job, "failedResults")]
    assert errors == ["MISSING_ARGUMENT:Key__c not specified:Key__c --"] + 2 * [
        "DUPLICATE_VALUE:Duplicate external id specified: k3:--"
    ]


def test_delete_puts_rows_into_the_recycle_bin_and_refuses_other_objects(loader: Loader) -> None:
    shelf, account = loader.api.create("Shelf__c", Name="A"), loader.api.create("Account", Name="B")
    job = loader.load(f"Id\n{shelf}\n{account}\n", operation="delete")
    assert [row["sf__Id"] for row in loader.results(job, "successfulResults")] == [shelf]
    (row,) = loader.results(job, "failedResults")
    assert row["sf__Error"] == f"MALFORMED_ID:Shelf ID: id value of incorrect type: {account}:Id --"
    assert loader.org.records.undelete(job["createdById"], shelf).success


def test_hard_delete_needs_its_permission_and_leaves_nothing(loader: Loader) -> None:
    shelf = loader.api.create("Shelf__c", Name="A")
    book = loader.api.create("Book__c", Name="B", Shelf__c=shelf)
    with hard_delete_granted(loader.org):
        job = loader.load(f"Id\n{shelf}\n", operation="hardDelete")
    assert job["numberRecordsFailed"] == 0
    assert loader.org.store.get("Shelf__c", shelf) is None and loader.org.store.get("Book__c", book) is None
    assert not loader.org.records.undelete(job["createdById"], shelf).success
