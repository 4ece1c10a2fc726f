"""A sandbox that is refreshed: another org under the old address, with production's products and nobody's session."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotfix_tui.localorg import process, registry
from hotfix_tui.localorg.client import HttpProblem
from tests.localorg.small import SMALL, run, start, write
from tests.localorg.wire import Refused, Wire

FILES = {
    **SMALL,
    "scenario.toml": SMALL["scenario.toml"].replace(
        'kind = "developer"\ncreated = 2026-01-12T00:00:00Z\nlayers = ["base"]',
        'kind = "developer"\ncreated = 2026-01-12T00:00:00Z\nlayers = ["base"]\n'
        '[[org]]\nalias = "full"\nlabel = "Full"\nkind = "full"\ncreated = 2026-01-01T00:00:00Z\nlayers = ["base"]',
    ),
    "records/base/Product2.json": '{"key": ["Name"], "rows": [{"Name": "Chair", "IsActive": true}]}',
}


@pytest.fixture
def orgs(tmp_path: Path) -> Iterator[dict[str, Wire]]:
    found = start(write(tmp_path / "small", FILES))
    process.control("POST", "/pace", {"seconds": 0})
    yield {alias: Wire(entry) for alias, entry in found["orgs"].items()}
    process.stop()


def _wire(alias: str) -> Wire:
    found = registry.read()
    assert found is not None
    return Wire(found["orgs"][alias])


@pytest.mark.slow
def test_a_refreshed_developer_sandbox_is_another_org_with_only_productions_products(
    orgs: dict[str, Wire], capsys: pytest.CaptureFixture[str]
) -> None:
    old = orgs["two"]
    old.rest("POST", "/sobjects/Account", {"Name": "Made in the sandbox"})
    orgs["one"].rest("POST", "/sobjects/Product2", {"Name": "Table", "IsActive": True})
    products = {row["Name"]: row["Id"] for row in orgs["one"].query("SELECT Id, Name FROM Product2")}
    users = {row["Id"] for row in orgs["one"].query("SELECT Id FROM User")}
    assert run("control", "refresh", "two") == 0
    told = json.loads(capsys.readouterr().out)

    with pytest.raises(Refused, match="INVALID_SESSION_ID"):
        old.query("SELECT Id FROM Account")
    new = _wire("two")
    assert (new.url, new.entry["username"]) == (old.url, "ann@small.example.two")
    assert told["org_id"] == new.entry["org_id"] != old.entry["org_id"]
    assert new.token != old.token
    (row,) = new.query("SELECT Id, IsSandbox, CreatedDate FROM Organization")
    assert (row["Id"], row["IsSandbox"]) == (new.entry["org_id"], True)
    assert row["CreatedDate"] > "2026-01-12"
    assert {row["Name"]: row["Id"] for row in new.query("SELECT Id, Name FROM Product2")} == products
    assert new.count("Account") == 0
    assert {row["Id"] for row in new.query("SELECT Id FROM User")} == users
    mails = {row["Username"]: row["Email"] for row in new.query("SELECT Username, Email FROM User")}
    assert mails["bob@small.example.two"] == "bob@small.example.invalid"
    made = new.rest("POST", "/sobjects/Account", {"Name": "New here"})
    assert made["id"][3:5] != products["Chair"][3:5], "ids of the new org are its own"


@pytest.mark.slow
def test_a_full_copy_has_productions_records_and_survives_a_restart(orgs: dict[str, Wire], tmp_path: Path) -> None:
    orgs["full"].rest("POST", "/sobjects/Account", {"Name": "Made in the sandbox"})
    accounts = orgs["one"].query("SELECT Id, Name FROM Account ORDER BY Name")
    process.control("POST", "/orgs/full/refresh")
    before = _wire("full")
    process.stop()
    start(tmp_path / "small")
    after = _wire("full")
    assert (after.entry["org_id"], after.token) == (before.entry["org_id"], before.token)
    found = after.query("SELECT Id, Name FROM Account ORDER BY Name")
    assert [(row["Id"], row["Name"]) for row in found] == [(row["Id"], row["Name"]) for row in accounts]
    assert len({org["org_id"] for org in (registry.read() or {})["orgs"].values()}) == 3


@pytest.mark.slow
def test_only_a_sandbox_of_one_production_can_be_refreshed(orgs: dict[str, Wire]) -> None:
    with pytest.raises(HttpProblem, match="no sandbox") as refused:
        process.control("POST", "/orgs/one/refresh")
    assert refused.value.status == 409
    assert orgs["one"].count("Account") == 2
