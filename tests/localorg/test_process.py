"""The process: started once, found, stopped; what it keeps, and what it says when something is wrong."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import stat
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotfix_tui.localorg import process, registry
from hotfix_tui.localorg.wanted import CannotStart, Wanted
from tests.localorg.small import SMALL, start, write
from tests.localorg.wire import Wire


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write(tmp_path / "small", SMALL)


@pytest.fixture(autouse=True)
def stopped_at_the_end() -> Iterator[None]:
    yield
    process.stop()


def test_start_writes_a_registry_that_only_its_owner_can_read(small: Path) -> None:
    found = start(small, now="2026-03-01T12:00:00Z")
    file = registry.registry_file()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert json.loads(file.read_text()) == found
    assert list(found["orgs"]) == ["one", "two"]
    one, two = found["orgs"]["one"], found["orgs"]["two"]
    assert one["username"] == "ann@small.example"
    assert two["username"] == "ann@small.example.two"
    assert list(two["users"]) == ["bob@small.example.two"]
    assert one["access_token"].startswith(one["org_id"][:15] + "!")
    assert found["changes"] == {"two": ["rename"]}
    assert [Path(path).read_text() for path in found["data_sets"]] == ["at = 2026-03-01T11:00:00Z\n"]
    assert found["now"].startswith("2026-03-01T12:00")
    assert [row["Name"] for row in Wire(one).query("SELECT Name FROM Account ORDER BY Name")] == ["Acme", "Bolt"]


def test_start_tells_its_progress_and_a_second_start_finds_the_first(small: Path) -> None:
    heard: list[str] = []
    first, new = process.start(Wanted(str(small)), heard.append)
    assert new
    assert [line.partition(":")[0] for line in heard] == ["one", "two"]
    second, new = process.start(Wanted(str(small)), heard.append)
    assert not new
    assert second == first


def test_state_ports_tokens_and_clock_are_kept_over_a_restart(small: Path) -> None:
    first = start(small, now="2030-05-05T05:05:05Z")
    Wire(first["orgs"]["one"]).rest("POST", "/sobjects/Account", {"Name": "Kept"})
    assert process.stop()
    assert registry.read() is None
    again = start(small)
    assert again["orgs"] == first["orgs"]
    assert again["pid"] != first["pid"]
    assert again["now"].startswith("2030-05-05T05:0")
    assert Wire(again["orgs"]["one"]).count("Account") == 3


def test_fresh_makes_the_orgs_anew(small: Path) -> None:
    first = start(small)
    Wire(first["orgs"]["one"]).rest("POST", "/sobjects/Account", {"Name": "Lost"})
    process.stop()
    again = start(small, fresh=True)
    assert Wire(again["orgs"]["one"]).count("Account") == 2


def test_other_sources_are_refused_with_what_to_do(small: Path, tmp_path: Path) -> None:
    start(small)
    other = write(tmp_path / "other", SMALL)
    with pytest.raises(CannotStart, match="running already"):
        start(other)
    process.stop()
    with pytest.raises(CannotStart, match=r"made from other sources.*--fresh"):
        start(other)
    start(other, fresh=True)


def test_a_registry_left_by_a_dead_process_is_not_believed(small: Path) -> None:
    found = start(small)
    os.kill(found["pid"], signal.SIGKILL)
    os.waitpid(found["pid"], 0)
    assert process.running() is None
    assert not registry.registry_file().exists()
    again = start(small)
    assert again["orgs"] == found["orgs"], "what was written before survives, at the same addresses"


def test_a_registry_whose_pid_belongs_to_somebody_else_is_not_believed(small: Path) -> None:
    found = start(small)
    process.stop()
    registry.write({**found, "pid": os.getpid()})
    assert process.running() is None


def test_a_port_that_is_taken_is_replaced(small: Path) -> None:
    first = start(small)
    process.stop()
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", urllib.parse.urlparse(first["orgs"]["one"]["instance_url"]).port))
        taken.listen()
        again = start(small)
    assert again["orgs"]["one"]["instance_url"] != first["orgs"]["one"]["instance_url"]
    assert again["orgs"]["two"]["instance_url"] == first["orgs"]["two"]["instance_url"]


@pytest.mark.slow
def test_two_processes_never_work_on_the_same_files(small: Path) -> None:
    with (registry.home() / "instance.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(CannotStart, match="Another process works on the local orgs' files") as refused:
            start(small)
        assert not refused.value.usage
    start(small)


def test_an_org_whose_making_was_interrupted_is_made_anew(small: Path) -> None:
    found = start(small)
    process.stop()
    (registry.home() / "orgs" / "two" / "unfinished").touch()
    (registry.home() / "orgs" / "two" / "org.sqlite").write_bytes(b"half")
    again = start(small)
    assert again["orgs"]["two"]["org_id"] == found["orgs"]["two"]["org_id"]
    assert Wire(again["orgs"]["two"]).count("Account") == 2


def test_sigterm_stops_it_and_takes_the_registry_away(small: Path) -> None:
    found = start(small)
    os.kill(found["pid"], signal.SIGTERM)
    os.waitpid(found["pid"], 0)
    assert not registry.registry_file().exists()


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"scenario.toml": "v = 2\n"}, "v = 2"),
        ({"scenario.toml": "v = \n"}, "is not TOML"),
        ({"scenario.toml": "v = 1\nname = 'x'\n"}, "lacks something"),
        ({"records/base/Account.json": "[]"}, "expected an object with `rows`"),
        ({"records/base/Nothing__c.json": '{"rows": [{"#": "a"}]}'}, "no such object"),
        ({"records/base/Account.json": '{"key": ["Name"], "rows": [{"Name": "A", "Nme": 1}]}'}, "no field Nme"),
        (
            {
                "records/base/Contact.json": '{"lookups": {"AccountId": ["Account"]},'
                ' "rows": [{"#": "c", "AccountId": "?"}]}'
            },
            "names Account \\?, which is not there",
        ),
        ({"metadata/base/classes/A.cls-meta.xml": "<ApexClass"}, "line 1"),
    ],
)
def test_a_scenario_that_is_wrong_is_named_and_leaves_nothing_behind(
    small: Path, files: dict[str, str], words: str
) -> None:
    write(small, files)
    with pytest.raises(CannotStart, match=words):
        start(small)
    assert process.running() is None
    shutil.rmtree(small)
    start(write(small, SMALL))
