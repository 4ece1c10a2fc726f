"""A script as it is typed: a file with a folder beside it, given to running orgs, and what was done shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotfix_tui.localorg import process
from tests.localorg.metadata.samples import tickets
from tests.localorg.small import SMALL, run, start, write
from tests.localorg.wire import Wire

SCRIPT = """
[[step]]
org = "one"
by = "bob"
do = "update"
object = "Account"
where = "Name = 'Acme'"
set = { Phone = "1" }
after = { call = "query" }
[[step]]
org = "one"
by = "bob"
do = "insert"
object = "Account"
rows = [{ Name = "Later" }]
at = 2026-01-13T12:00:00Z
[[step]]
org = "one"
by = "bob"
note = "the object first"
do = "deploy"
folder = "package"
"""


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Wire]:
    found = start(write(tmp_path / "small", SMALL), now="2026-01-13T10:00:00Z")
    process.control("POST", "/pace", {"seconds": 0})
    yield Wire(found["orgs"]["one"])
    process.stop()


@pytest.mark.slow
def test_a_script_in_a_file_is_played(one: Wire, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "package", tickets())
    (tmp_path / "script.toml").write_text(SCRIPT)
    assert run("control", "script", str(tmp_path / "nowhere.toml")) == 2
    assert run("control", "script", str(tmp_path / "script.toml"), "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert [step["when"] for step in answer["script"]] == ["after call 1 of query", "at 2026-01-13T12:00:00Z"]
    assert [entry["note"] for entry in answer["done"]] == ["the object first"]
    assert len(one.query("SELECT Id FROM Account")) == 2
    process.control("POST", "/clock", {"advance": 7200})
    soql = "SELECT Name, Phone, LastModifiedBy.Username FROM Account WHERE LastModifiedBy.Username LIKE 'bob%'"
    found: list[tuple[str, str | None]] = []
    for _ in range(200):
        found = sorted((row["Name"], row["Phone"]) for row in one.query(soql) if row["Phone"] or row["Name"] == "Later")
        if len(found) == 2:
            break
    assert found == [("Acme", "1"), ("Later", None)]
    assert run("control", "script") == 0
    shown = capsys.readouterr()
    assert "by=bob" in shown.out
    assert shown.err.strip().splitlines()[-1] == "3 in all"
    assert run("control", "script", "--clear") == 0
    assert process.control("GET", "/script") == {"script": [], "done": []}
