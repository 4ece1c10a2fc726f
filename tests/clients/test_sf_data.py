"""`sf data`, `sf sobject` and limits: what the CLI sends is done in the org, what it prints is what the org holds."""

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


def _shelf(wire: Wire, name: str, *books: str) -> str:
    shelf = str(wire.rest("POST", "/sobjects/Shelf__c", {"Name": name, "Key__c": name})["id"])
    for book in books:
        wire.rest("POST", "/sobjects/Book__c", {"Name": book, "Key__c": book, "Shelf__c": shelf})
    return shelf


def _names(wire: Wire, name: str, where: str) -> list[str]:
    return [row["Name"] for row in wire.query(f"SELECT Name FROM {name} WHERE {where} ORDER BY Name")]


def test_queries_go_up_to_parents_and_down_to_children(sf: Sf, prod: Wire) -> None:
    _shelf(prod, "Query", "Emma", "Persuasion")
    books = "(SELECT Name, Shelf__r.Key__c FROM Books__r ORDER BY Name)"
    soql = f"SELECT Name, Owner.Name, {books} FROM Shelf__c WHERE Key__c = 'Query'"
    (row,) = sf.json("data", "query", "-o", "prod", "-q", soql)["records"]
    assert (row["Name"], row["Owner"]["Name"]) == ("Query", "Alex Admin")
    assert [(book["Name"], book["Shelf__r"]["Key__c"]) for book in row["Books__r"]["records"]] == [
        ("Emma", "Query"),
        ("Persuasion", "Query"),
    ]
    table = sf.run("data", "query", "-o", "prod", "-r", "csv", "-q", "SELECT Name, Shelf__r.Owner.Name FROM Book__c")
    assert sorted(csv.reader(table.out.splitlines())) == [
        ["Emma", "Alex Admin"],
        ["Name", "Shelf__r.Owner.Name"],
        ["Persuasion", "Alex Admin"],
    ]
    answer = sf.fails("data", "query", "-o", "prod", "-q", "SELECT Nothing FROM Shelf__c")
    assert answer["name"] == "INVALID_FIELD" and "No such column 'Nothing' on entity 'Shelf__c'" in answer["message"]


def test_one_record_is_made_changed_read_and_deleted(sf: Sf, prod: Wire) -> None:
    values = "Name='Söhne & Co <3' Key__c=one Cap__c=12.5"
    made = sf.json("data", "create", "record", "-o", "prod", "-s", "Shelf__c", "-v", values)["id"]
    (row,) = prod.query(f"SELECT Name, Cap__c FROM Shelf__c WHERE Id = '{made}'")
    assert (row["Name"], row["Cap__c"]) == ("Söhne & Co <3", 12.5)
    changed = (
        "data",
        "update",
        "record",
        "-o",
        "prod",
        "-s",
        "Shelf__c",
        "-w",
        "Key__c=one",
        "-v",
        "Name=Top Cap__c=7",
    )
    assert sf.json(*changed)["id"] == made
    read = sf.json("data", "get", "record", "-o", "prod", "-s", "Shelf__c", "-i", made)
    assert (read["Id"], read["Name"], read["Cap__c"], read["Key__c"]) == (made, "Top", 7, "one")
    assert sf.json("data", "delete", "record", "-o", "prod", "-s", "Shelf__c", "-i", made)["success"] is True
    assert prod.count("Shelf__c", "WHERE Key__c = 'one'") == 0
    answer = sf.fails("data", "create", "record", "-o", "prod", "-s", "Book__c", "-v", "Name=Alone")
    assert answer["name"] == "REQUIRED_FIELD_MISSING" and "[Shelf__c]" in answer["message"]


def test_limits_count_what_is_asked_and_objects_are_described(sf: Sf) -> None:
    before = {row["name"]: row for row in sf.json("org", "list", "limits", "-o", "dev")}["DailyApiRequests"]
    after = {row["name"]: row for row in sf.json("org", "list", "limits", "-o", "dev")}["DailyApiRequests"]
    assert after["max"] == before["max"]
    assert after["remaining"] < before["remaining"] < before["max"]
    assert sf.json("sobject", "list", "-o", "dev", "-s", "custom") == ["Book__c", "Loan__c", "Shelf__c"]
    found = sf.json("sobject", "describe", "-o", "dev", "-s", "Book__c")
    fields = {field["name"]: field for field in found["fields"]}
    assert (found["custom"], fields["Shelf__c"]["referenceTo"]) == (True, ["Shelf__c"])
    assert (fields["Net__c"]["calculated"], fields["Key__c"]["externalId"]) == (True, True)


def test_a_tree_is_exported_with_its_plan_and_imported_elsewhere(
    orgs: Orgs, sf: Sf, prod: Wire, tmp_path: Path
) -> None:
    _shelf(prod, "Tree A", "T1", "T2")
    _shelf(prod, "Tree B", "T3")
    soql = "SELECT Name, Key__c, Cap__c, (SELECT Name, Key__c FROM Books__r) FROM Shelf__c WHERE Key__c LIKE 'Tree%'"
    sf.json("data", "export", "tree", "-o", "prod", "-q", soql, "--plan", "-d", str(tmp_path))
    (plan,) = tmp_path.glob("*plan.json")
    entries = json.loads(plan.read_text())
    assert [entry["sobject"] for entry in entries] == ["Shelf__c", "Book__c"]
    imported = sf.json("data", "import", "tree", "-o", "dev", "-p", str(plan))
    dev = orgs.wire("dev")
    assert {(row["type"], row["id"]) for row in imported} == {
        (kind, row["Id"])
        for kind, where in (("Shelf__c", "Key__c LIKE 'Tree%'"), ("Book__c", "Key__c LIKE 'T_'"))
        for row in dev.query(f"SELECT Id FROM {kind} WHERE {where}")
    }
    rows = dev.query("SELECT Name, Shelf__r.Name FROM Book__c WHERE Key__c LIKE 'T_' ORDER BY Name")
    assert [(row["Name"], row["Shelf__r"]["Name"]) for row in rows] == [
        ("T1", "Tree A"),
        ("T2", "Tree A"),
        ("T3", "Tree B"),
    ]
    again = sf.fails("data", "import", "tree", "-o", "dev", "-p", str(plan))
    assert "duplicate value found: Key__c duplicates value on record with id" in json.dumps(again)
    assert dev.count("Shelf__c", "WHERE Key__c LIKE 'Tree%'") == 2


def test_many_records_are_upserted_imported_and_exported_in_bulk(sf: Sf, prod: Wire, tmp_path: Path) -> None:
    _shelf(prod, "bulk-0001")
    upserted, imported, exported = (tmp_path / f"{name}.csv" for name in ("upserted", "imported", "exported"))
    rows = "".join(f'bulk-{number:04},"Changed, {number}"\n' for number in range(1, 1201))
    upserted.write_text("Key__c,Name\n" + rows)
    answer = sf.json(
        *("data", "upsert", "bulk", "-o", "prod", "-s", "Shelf__c", "-i", "Key__c", "-w", "2"), "-f", str(upserted)
    )
    info = answer["jobInfo"]
    assert (info["state"], info["numberRecordsProcessed"], info["numberRecordsFailed"]) == ("JobComplete", 1200, 0)
    assert [row["sf__Created"] for row in answer["records"]["successfulResults"]].count("false") == 1
    assert prod.count("Shelf__c", "WHERE Key__c LIKE 'bulk-%' AND Name LIKE 'Changed, %'") == 1200

    shelf = prod.query("SELECT Id FROM Shelf__c WHERE Key__c = 'bulk-0001'")[0]["Id"]
    imported.write_text(f"Name,Shelf__c,Genre__c\nA,{shelf},Novel\nB,{shelf},Cookery\nC,{shelf},Poetry\n")
    ran = sf.run(*("data", "import", "bulk", "-o", "prod", "-s", "Book__c", "-w", "2"), "-f", str(imported), "--json")
    assert ran.code == 1, "one of three is no genre"
    assert _names(prod, "Book__c", f"Shelf__c = '{shelf}'") == ["A", "C"]
    job = json.loads(ran.out)["data"]["jobId"] if "data" in json.loads(ran.out) else ""
    failed = sf.run("data", "bulk", "results", "-o", "prod", "-i", job, "--json")
    assert failed.code == 0, failed.words

    soql = "SELECT Key__c, Name FROM Shelf__c WHERE Key__c LIKE 'bulk-%' ORDER BY Key__c"
    answer = sf.json("data", "export", "bulk", "-o", "prod", "-q", soql, "-w", "2", "--output-file", str(exported))
    assert answer["totalSize"] == 1200
    found = list(csv.reader(exported.read_text().splitlines()))
    assert found[:3] == [["Key__c", "Name"], ["bulk-0001", "Changed, 1"], ["bulk-0002", "Changed, 2"]]
    assert len(found) == 1201
