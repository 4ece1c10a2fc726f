"""SFDMU with addresses and tokens in its export.json: records go from one org to the other and find their parents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.clients import install
from tests.clients.programs import ClosedWorld, Ran, Sf, needs
from tests.clients.running import Orgs
from tests.localorg.wire import Wire

pytestmark = pytest.mark.slow
_BOOKS = "SELECT Name, Key__c, Shelf__r.Key__c, Sequel_Of__r.Key__c, Genre__c, Price__c, Lent__c FROM Book__c"


@pytest.fixture
def sfdmu(orgs: Orgs, world: ClosedWorld, folder: Path) -> Sf:
    """The Salesforce CLI with the plugin, logged in nowhere."""
    needs(install.SF_FOLDER)
    needs(install.SFDMU_FOLDER)
    return Sf(world, folder, install.sfdmu_home())


def _fill(wire: Wire) -> None:
    shelves = {
        key: wire.rest("POST", "/sobjects/Shelf__c", {"Name": f"Shelf {key}", "Key__c": key, "Cap__c": 12.5})["id"]
        for key in ("S1", "S2")
    }
    books: dict[str, str] = {}
    for key, shelf, sequel in (("B1", "S1", ""), ("B2", "S2", "B1"), ("B3", "S2", "B2"), ("B0", "S1", "B3")):
        row = {"Name": f"Book {key}", "Key__c": key, "Shelf__c": shelves[shelf], "Genre__c": "Novel", "Price__c": 9.99}
        books[key] = wire.rest("POST", "/sobjects/Book__c", row | ({"Sequel_Of__c": books[sequel]} if sequel else {}))[
            "id"
        ]


def _migrate(sfdmu: Sf, orgs: Orgs, folder: Path, objects: list[dict[str, object]], **more: object) -> Ran:
    content = {
        **more,
        "orgs": [
            {"name": name, "instanceUrl": orgs[name]["instance_url"], "accessToken": orgs[name]["access_token"]}
            for name in ("prod", "dev")
        ],
        "objects": objects,
    }
    folder.mkdir()
    (folder / "export.json").write_text(json.dumps(content))
    return sfdmu.run("sfdmu", "run", "-s", "prod", "-u", "dev", "-p", str(folder), "--noprompt", "--json")


def _rows(wire: Wire) -> list[dict[str, object]]:
    return [
        {
            name: (value or {}).get("Key__c") if name.endswith("__r") else value
            for name, value in row.items()
            if name != "attributes"
        }
        for row in wire.query(f"{_BOOKS} ORDER BY Key__c")
    ]


def test_parents_children_and_lookups_to_the_same_object_are_upserted_by_external_id(
    orgs: Orgs, sfdmu: Sf, tmp_path: Path
) -> None:
    prod, dev = orgs.wire("prod"), orgs.wire("dev")
    _fill(prod)
    dev.rest("POST", "/sobjects/Shelf__c", {"Name": "before", "Key__c": "S1"})
    objects: list[dict[str, object]] = [
        {
            "query": "SELECT Name, Key__c, Cap__c FROM Shelf__c",
            "operation": "Upsert",
            "externalId": "Key__c",
        },
        {
            "query": "SELECT Name, Key__c, Shelf__c, Sequel_Of__c, Genre__c, Price__c, Lent__c FROM Book__c",
            "operation": "Upsert",
            "externalId": "Key__c",
        },
    ]
    ran = _migrate(sfdmu, orgs, tmp_path / "first", objects)
    assert ran.code == 0, ran.words
    assert _rows(dev) == _rows(prod)
    assert [row["Sequel_Of__r"] for row in _rows(dev)] == ["B3", None, "B1", "B2"]
    shelves = dev.query("SELECT Name, Key__c, Cap__c FROM Shelf__c ORDER BY Key__c")
    assert [(row["Name"], row["Cap__c"]) for row in shelves] == [("Shelf S1", 12.5), ("Shelf S2", 12.5)]

    prod.rest("PATCH", "/sobjects/Book__c/Key__c/B2", {"Name": "Changed"})
    before = {row["Id"] for row in dev.query("SELECT Id FROM Book__c")}
    ran = _migrate(sfdmu, orgs, tmp_path / "second", objects)
    assert ran.code == 0, ran.words
    assert _rows(dev) == _rows(prod)
    assert {row["Id"] for row in dev.query("SELECT Id FROM Book__c")} == before


@pytest.mark.parametrize(("version", "path"), [("1.0", "/services/async/"), ("2.0", "/jobs/ingest")])
def test_many_rows_go_by_bulk(orgs: Orgs, sfdmu: Sf, tmp_path: Path, version: str, path: str) -> None:
    prod, dev = orgs.wire("prod"), orgs.wire("dev")
    keys = [f"bulk-{version}-{number}" for number in range(150)]
    rows = [{"attributes": {"type": "Shelf__c"}, "Name": f'"{key}", ü', "Key__c": key} for key in keys]
    prod.rest("POST", "/composite/sobjects", {"allOrNone": True, "records": rows})
    dev.rest("POST", "/sobjects/Shelf__c", {"Name": "before", "Key__c": keys[0]})
    since = len(orgs.requests("dev"))
    query = f"SELECT Name, Key__c FROM Shelf__c WHERE Key__c LIKE 'bulk-{version}-%'"
    objects: list[dict[str, object]] = [{"query": query, "operation": "Upsert", "externalId": "Key__c"}]
    ran = _migrate(sfdmu, orgs, tmp_path / "run", objects, bulkThreshold=20, bulkApiVersion=version)
    assert ran.code == 0, ran.words
    found = dev.query(f"{query} ORDER BY Key__c")
    assert [(row["Key__c"], row["Name"]) for row in found] == sorted((key, f'"{key}", ü') for key in keys)
    assert any(path in entry["path"] for entry in orgs.requests("dev")[since:] if entry["method"] == "POST")
