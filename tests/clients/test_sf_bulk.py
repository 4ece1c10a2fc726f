"""The Salesforce CLI and Bulk 2.0: updates, deletions, jobs left alone and taken up again, and what is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.clients.programs import Sf
from tests.clients.running import Orgs
from tests.localorg.wire import Wire

pytestmark = pytest.mark.slow


@pytest.fixture
def prod(orgs: Orgs) -> Wire:
    return orgs.wire("prod")


def _shelves(prod: Wire, prefix: str, count: int) -> dict[str, str]:
    """Shelves by name, with their Ids."""
    for start in range(0, count, 200):
        numbers = range(start, min(start + 200, count))
        records = [{"attributes": {"type": "Shelf__c"}, "Name": f"{prefix}-{number:04}"} for number in numbers]
        prod.rest("POST", "/composite/sobjects", {"records": records})
    rows = prod.query(f"SELECT Id, Name FROM Shelf__c WHERE Name LIKE '{prefix}-%'")
    return {row["Name"]: row["Id"] for row in rows}


def test_records_are_updated_and_deleted(sf: Sf, prod: Wire, tmp_path: Path) -> None:
    made = _shelves(prod, "U", 300)
    file = tmp_path / "rows.csv"
    file.write_text("Id,Cap__c,Opened__c\n" + "".join(f"{each},12.5,2026-01-13\n" for each in made.values()))
    answer = sf.json("data", "update", "bulk", "-o", "prod", "-s", "Shelf__c", "-w", "2", "-f", str(file))
    assert (answer["processedRecords"], answer["failedRecords"]) == (300, 0)
    assert prod.count("Shelf__c", "WHERE Cap__c = 12.5 AND Opened__c = 2026-01-13 AND Name LIKE 'U-%'") == 300
    file.write_text("Id\n" + "".join(f"{each}\n" for each in made.values()))
    answer = sf.json("data", "delete", "bulk", "-o", "prod", "-s", "Shelf__c", "-w", "2", "-f", str(file))
    assert (answer["jobInfo"]["state"], answer["jobInfo"]["numberRecordsProcessed"]) == ("JobComplete", 300)
    assert prod.count("Shelf__c", "WHERE Name LIKE 'U-%'") == 0


def test_a_hard_deletion_is_refused_to_who_has_no_permission(sf: Sf, prod: Wire, tmp_path: Path) -> None:
    (made,) = _shelves(prod, "H", 1).values()
    file = tmp_path / "rows.csv"
    file.write_text(f"Id\n{made}\n")
    answer = sf.fails(
        "data", "delete", "bulk", "-o", "prod", "-s", "Shelf__c", "-w", "2", "-f", str(file), "--hard-delete"
    )
    assert "permission" in json.dumps(answer).lower()
    assert prod.count("Shelf__c", "WHERE Name LIKE 'H-%'") == 1


def test_a_job_is_left_alone_and_taken_up_again(sf: Sf, orgs: Orgs, prod: Wire, tmp_path: Path) -> None:
    orgs.control("POST", "/pace", {"bulk": 0.5})
    try:
        file = tmp_path / "rows.csv"
        file.write_text("Name\n" + "".join(f"R-{number:04}\n" for number in range(1000)))
        job = sf.json("data", "import", "bulk", "-o", "prod", "-s", "Shelf__c", "-f", str(file))["jobId"]
        assert job.startswith("750")
        answer = sf.json("data", "import", "resume", "-i", job, "-w", "2")
        assert (answer["processedRecords"], answer["successfulRecords"], answer["failedRecords"]) == (1000, 1000, 0)
    finally:
        orgs.control("POST", "/pace", {"bulk": 0})
    exported = tmp_path / "found.csv"
    soql = "SELECT Name, Owner.Name FROM Shelf__c WHERE Name LIKE 'R-%' ORDER BY Name"
    words = ("data", "export", "bulk", "-o", "prod", "-q", soql, "--output-file", str(exported))
    job = sf.json(*words, "--column-delimiter", "PIPE")["jobId"]
    sf.json("data", "export", "resume", "-i", job)
    found = list(csv.reader(exported.read_text().splitlines(), delimiter="|"))
    assert found[0] == ["Name", "Owner.Name"] and found[1] == ["R-0000", "Alex Admin"] and len(found) == 1001


def test_a_job_that_fails_says_why(sf: Sf, prod: Wire, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("Name,Colour__c\nF-1,red\n")
    words = ("data", "import", "bulk", "-o", "prod", "-s", "Shelf__c", "-w", "2", "-f", str(file))
    assert "InvalidBatch : Field name not found : Colour__c" in json.dumps(sf.fails(*words))
    file.write_bytes(b"Name\r\nF-1\r\n")
    answer = sf.fails(*words, "--line-ending", "LF")
    assert "LineEnding is invalid on user data. Current LineEnding setting is LF" in json.dumps(answer)
    assert prod.count("Shelf__c", "WHERE Name LIKE 'F-%'") == 0
    answer = sf.fails(
        *("data", "export", "bulk", "-o", "prod", "-w", "2", "--output-file", str(tmp_path / "x.csv")),
        *("-q", "SELECT Id, (SELECT Id FROM Books__r) FROM Shelf__c"),
    )
    assert "Aggregate Relationships not supported in Bulk Query" in json.dumps(answer)
