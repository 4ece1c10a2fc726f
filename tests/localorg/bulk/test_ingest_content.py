"""What the CSV of an ingest job says: columns, parents by their keys, line endings, chunks."""

from __future__ import annotations

import pytest

from tests.localorg.bulk.conftest import Loader

# Columns


def test_parents_are_named_by_their_keys(loader: Loader) -> None:
    shelf = loader.api.create("Shelf__c", Name="A", Key__c="K1")
    job = loader.load("Name,Shelf__r.Key__c\nOne,K1\nTwo,K9\n", "Book__c")
    assert job["numberRecordsFailed"] == 1
    (row,) = loader.results(job, "failedResults")
    said = "INVALID_FIELD:Foreign key external ID: K9 not found for field Key__c in entity Shelf__c:--"
    assert (row["sf__Error"], row["Shelf__r.Key__c"]) == (said, "K9")
    assert loader.api.query("SELECT Shelf__c FROM Book__c")[0]["Shelf__c"] == shelf


def test_a_parent_of_several_objects_is_named_with_its_object(loader: Loader) -> None:
    bob = loader.org.users.add_user("bob@library.example", "Bob Ray", "Standard User")
    job = loader.load("Name,User:Owner.Username\nA,bob@library.example\n")
    assert job["numberRecordsFailed"] == 0
    assert loader.api.query("SELECT OwnerId FROM Shelf__c")[0]["OwnerId"] == bob


def test_a_row_does_not_find_a_parent_of_its_own_chunk(loader: Loader) -> None:
    shelf = loader.api.create("Shelf__c", Name="A", Key__c="K1")
    content = "Key__c,Name,Shelf__c,Sequel_Of__r.Key__c\nB1,One," + shelf + ",\nB2,Two," + shelf + ",B1\n"
    job = loader.load(content, "Book__c")
    assert [row["Key__c"] for row in loader.results(job, "failedResults")] == ["B2"]
    again = loader.load(content.replace("B1,One," + shelf + ",\n", ""), "Book__c")
    assert again["numberRecordsFailed"] == 0


_SEVERAL = "polymorphic foreign key references"
_SINGLE = f"non {_SEVERAL}"


@pytest.mark.parametrize(
    ("header", "operation", "message"),
    [
        ("Name,Colour__c", "insert", "Field name not found : Colour__c"),
        ("Name;Key__c", "insert", "Field name not found : Name;Key__c"),
        ("\ufeffName", "insert", "Field name not found : \ufeffName"),
        ("Name,Keeper__r.Key__c", "insert", "Field name not found : Keeper__r.Key__c"),
        ("Name,Owner:User.Username", "insert", "Unable to find relationship: User"),
        ("Name,Owner.Username", "insert", f"type is needed for {_SEVERAL}: Owner"),
        ("Name,User:CreatedBy.Id", "insert", f"type is not needed for {_SINGLE}: CreatedBy"),
        ("Name", "update", "Field name not found : Id"),
        ("Name", "upsert", "Field name not found : Key__c"),
        ("Id,Name", "delete", "The 'delete' batch must contain only ids"),
        ("Name,name", "insert", "Field name is used twice : name"),
    ],
)  # fmt: skip
def test_a_header_that_is_not_understood_fails_the_job_before_any_row(
    loader: Loader, header: str, operation: str, message: str
) -> None:
    more = {"externalIdFieldName": "Key__c"} if operation == "upsert" else {}
    row = ",".join("x" for _ in header.split(","))
    job = loader.load(f"{header}\n{row}\n{row}\n", operation=operation, **more)
    assert (job["state"], job["errorMessage"]) == ("Failed", f"InvalidBatch : {message}")
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (0, 0)
    assert len(loader.results(job, "unprocessedrecords")) == 2
    assert loader.results(job, "failedResults") == [] and loader.names() == []


_BAD = "InvalidBatch : Failed to parse CSV."
_ENDING = "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Name\nA,B\n", f"{_BAD} Row 1 has 2 columns where the header has 1"),
        ('Name\n"A\n', f"{_BAD} EOF reached before closing an opened quote"),
        ('Name\n"A"B\n', f"{_BAD} Found unescaped quote. A value with quote should be within a quote"),
        ("Name\r\nA\r\n", _ENDING),
        ("Name\nA\r\n", _ENDING),
        ("", "ClientInputError : No data was uploaded"),
    ],
)
def test_data_that_is_not_what_the_job_says_fails_it(loader: Loader, content: str, message: str) -> None:
    job = loader.load(content)
    assert (job["state"], job["errorMessage"]) == ("Failed", message)
    assert loader.names() == []


def test_lines_may_end_as_on_windows_if_the_job_says_so(loader: Loader) -> None:
    job = loader.load('Name\r\nA\r\n"B\nb"\r\n', lineEnding="CRLF")
    assert (job["state"], job["numberRecordsProcessed"]) == ("JobComplete", 2)
    answer = loader.api.call("GET", f"/jobs/ingest/{job['id']}/successfulResults")
    assert answer.text.count("\r\n") == 3
    assert loader.load("Name\nC\n", lineEnding="CRLF")["state"] == "Failed"


@pytest.mark.parametrize(
    ("name", "sign"),
    [("BACKQUOTE", "`"), ("CARET", "^"), ("COMMA", ","), ("PIPE", "|"), ("SEMICOLON", ";"), ("TAB", "\t")],
)
def test_every_column_delimiter(loader: Loader, name: str, sign: str) -> None:
    job = loader.load(f'Name{sign}Key__c\n"A{sign}B"{sign}K1\n', columnDelimiter=name)
    assert job["state"] == "JobComplete" and loader.names() == [f"A{sign}B"]
    text = loader.api.call("GET", f"/jobs/ingest/{job['id']}/successfulResults").text
    assert text.splitlines()[0] == sign.join(('"sf__Id"', '"sf__Created"', '"Name"', '"Key__c"'))
    row = text.splitlines()[1]
    assert row.endswith(f'"A{sign}B"{sign}"K1"')


# Chunks


def test_chunks_are_not_taken_in_the_order_of_the_file_and_results_belong_to_their_rows(loader: Loader) -> None:
    count = 1050
    job = loader.load("Name,Key__c\n" + "".join(f"N{number:05},K{number}\n" for number in range(count)))
    rows = loader.results(job, "successfulResults")
    assert len(rows) == job["numberRecordsProcessed"] == count
    first_of_chunk = [row["Name"] for row in rows][::200]
    assert first_of_chunk != sorted(first_of_chunk)
    stored = {row[0]: (row[1], row[2]) for row in loader.org.store.rows("SELECT Id, Name, Key__c FROM Shelf__c")}
    assert {row["sf__Id"]: (row["Name"], row["Key__c"]) for row in rows} == stored


def test_a_chunk_with_a_row_that_fails_does_not_fail_the_others(loader: Loader) -> None:
    keys = [f"K{number}" for number in range(1000)]
    keys[450] = keys[10]
    job = loader.load("Name,Key__c\n" + "".join(f"N,{key}\n" for key in keys))
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (1000, 1)
    (row,) = loader.results(job, "failedResults")
    assert row["Key__c"] == "K10"


def test_a_job_fails_when_the_days_batches_are_used_up(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotfix_tui.localorg.bulk.work.bulk_limit", lambda name: 0)
    job = loader.load("Name\nA\n")
    assert (job["state"], job["errorMessage"]) == ("Failed", "ExceededQuota : ApiBatchItems Limit exceeded.")
    assert [row["Name"] for row in loader.results(job, "unprocessedrecords")] == ["A"] and loader.names() == []
