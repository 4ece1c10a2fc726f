"""The process: started once, found, asked, stopped; what it keeps, and what it says when something is wrong."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import signal
import stat
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.localorg import command, process, registry
from hotfix_tui.localorg.client import HttpProblem
from hotfix_tui.localorg.wanted import CannotStart, Wanted
from tests.localorg.wire import Refused, Wire

SMALL = {
    "scenario.toml": """
v = 1
name = "small"
reads_at = 2026-01-13T10:00:00Z
[[user]]
handle = "ann"
username = "ann@small.example"
name = "Ann Lee"
login = true
[[user]]
handle = "bob"
username = "bob@small.example"
name = "Bob Ray"
[[org]]
alias = "one"
label = "The one"
kind = "production"
created = 2020-01-01T00:00:00Z
layers = ["base"]
[[org]]
alias = "two"
label = "The other"
kind = "developer"
created = 2026-01-12T00:00:00Z
layers = ["base"]
[layer.base]
at = 2025-01-01T00:00:00Z
by = "bob"
""",
    "records/base/Account.json": '{"key": ["Name"], "rows": [{"Name": "Acme"}, {"Name": "Bolt"}]}',
    "changes/two/rename/records.json": json.dumps(
        {
            "user": "bob",
            "steps": [{"do": "update", "object": "Account", "key": {"Name": "Acme"}, "set": {"Name": "Apex"}}],
        }
    ),
    "data-sets/all.toml": "at = {{2026-01-13T09:00:00Z}}\n",
}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write(tmp_path / "small", SMALL)


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture(autouse=True)
def stopped_at_the_end() -> Iterator[None]:
    yield
    process.stop()


def start(scenario: Path, **more: Any) -> dict[str, Any]:
    return process.start(Wanted(str(scenario), **more))[0]


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(words))


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
    import socket

    first = start(small)
    process.stop()
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", urllib.parse.urlparse(first["orgs"]["one"]["instance_url"]).port))
        taken.listen()
        again = start(small)
    assert again["orgs"]["one"]["instance_url"] != first["orgs"]["one"]["instance_url"]
    assert again["orgs"]["two"]["instance_url"] == first["orgs"]["two"]["instance_url"]


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


# Control


def test_control_wants_its_token(small: Path) -> None:
    found = start(small)
    parts = urllib.parse.urlparse(found["control"]["url"])
    for token in ("", "Bearer wrong", f"Bearer {found['orgs']['one']['access_token']}"):
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
        connection.request("GET", "/status", headers={"Authorization": token} if token else {})
        assert connection.getresponse().status == 401
    assert "access_token" not in json.dumps(process.status())


def test_the_request_log_counts_and_hides_tokens(small: Path) -> None:
    one = Wire(start(small)["orgs"]["one"])
    one.query("SELECT Id FROM Account")
    one.soap("<describeMetadata><asOfVersion>60.0</asOfVersion></describeMetadata>")
    with pytest.raises(Refused):
        one.call("GET", f"/services/data/v60.0/nowhere?oauth_token={one.token}")
    found = process.control("GET", "/orgs/one/requests")
    assert [(row["method"], row["operation"], row["status"]) for row in found["log"]] == [
        ("GET", "", 200),
        ("POST", "describeMetadata", 200),
        ("GET", "", 404),
    ]
    assert found["requests"] == 3
    assert found["busy_ms"] > 0
    assert all(row["bytes"] > 0 for row in found["log"])
    assert one.token not in json.dumps(found)
    assert process.control("GET", "/orgs/two/requests")["requests"] == 0


def test_drop_before_loses_the_request_and_drop_after_only_the_reply(small: Path) -> None:
    one = Wire(start(small)["orgs"]["one"])
    for mode, rows in (("drop_before", 2), ("drop_after", 3)):
        process.control("POST", "/faults", {"org": "one", "mode": mode, "method": "POST", "path": "/sobjects/Account"})
        with pytest.raises((http.client.HTTPException, OSError)):
            one.rest("POST", "/sobjects/Account", {"Name": mode})
        assert one.count("Account") == rows, mode
    one.rest("POST", "/sobjects/Account", {"Name": "goes through"})
    log = process.control("GET", "/orgs/one/requests")["log"]
    assert [row["fault"] for row in log if row["method"] == "POST"] == ["drop_before", "drop_after", ""]
    assert "Traceback" not in (registry.home() / "process.log").read_text()


def test_status_and_delay_faults_count_down_and_fit_by_soap_operation(small: Path) -> None:
    found = start(small)
    one, two = Wire(found["orgs"]["one"]), Wire(found["orgs"]["two"])
    body = '[{"errorCode": "SERVER_UNAVAILABLE", "message": "busy"}]'
    process.control(
        "POST", "/faults", {"faults": [
            {"org": "one", "mode": "status", "status": 503, "path": "/query", "times": 2, "body": body},
            {"org": "one", "mode": "delay", "seconds": 0.3, "path": "describeMetadata"},
        ]}
    )  # fmt: skip
    for _ in range(2):
        with pytest.raises(Refused, match="SERVER_UNAVAILABLE"):
            one.count("Account")
    assert one.count("Account") == two.count("Account") == 2
    began = time.monotonic()
    one.soap("<describeMetadata><asOfVersion>60.0</asOfVersion></describeMetadata>")
    assert time.monotonic() - began >= 0.3
    assert process.control("GET", "/faults")["faults"] == []


def test_faults_that_mean_nothing_are_refused_whole(small: Path) -> None:
    start(small)
    good = {"org": "one", "mode": "drop_before"}
    for bad in ({"mode": "explode"}, {"times": 0}, {"color": 1}, {"seconds": 9999}, {"org": "nowhere"}, {"status": 7}):
        with pytest.raises(HttpProblem) as refused:
            process.control("POST", "/faults", {"faults": [good, {**good, **bad}]})
        assert refused.value.status in (400, 404)
    assert process.control("GET", "/faults")["faults"] == []


def test_the_clock_is_one_for_all_orgs(small: Path) -> None:
    found = start(small, now="2026-01-13T10:00:00Z")
    process.control("POST", "/clock", {"now": "2027-07-07T07:07:07Z"})
    process.control("POST", "/clock", {"advance": 86400})
    for alias in ("one", "two"):
        org = Wire(found["orgs"][alias])
        made = org.rest("POST", "/sobjects/Account", {"Name": "Later"})
        (row,) = org.query(f"SELECT CreatedDate FROM Account WHERE Id = '{made['id']}'")
        assert row["CreatedDate"].startswith("2027-07-08T07:0")
    with pytest.raises(HttpProblem, match="no time"):
        process.control("POST", "/clock", {"now": "tomorrow"})


def test_a_change_is_made_as_its_user_once(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    two = Wire(start(small)["orgs"]["two"])
    assert run("apply", "two", "rename") == 0
    assert "rename is in two now." in capsys.readouterr().out
    (row,) = two.query("SELECT LastModifiedBy.Username FROM Account WHERE Name = 'Apex'")
    assert row["LastModifiedBy"]["Username"] == "bob@small.example.two"
    assert run("apply", "two", "rename") == 3
    assert run("apply", "one", "rename") == 2
    assert run("apply", "three", "rename") == 2
    errors = capsys.readouterr().err.splitlines()
    assert errors[0] == "rename is in two already."
    assert "one; it has none" in errors[1]
    assert errors[2].startswith("There is no org three.")
    process.stop()
    start(small)
    assert run("apply", "two", "rename") == 3, "remembered over a restart"


# The command


def test_the_command_starts_shows_and_stops(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("start", "--scenario", str(small), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["orgs"]["one"]["access_token"]
    assert run("start", "--scenario", str(small)) == 0
    assert "were running already" in capsys.readouterr().err
    assert run("status") == 0
    shown = capsys.readouterr().out
    assert found["orgs"]["two"]["instance_url"] in shown
    assert found["orgs"]["two"]["access_token"] not in shown
    assert run("status", "--json") == 0
    assert json.loads(capsys.readouterr().out)["orgs"]["one"]["kind"] == "production"
    assert run("control", "pace", "0") == 0
    assert run("control", "fault", "--org", "one", "--mode", "delay", "--seconds", "1") == 0
    assert run("control", "faults", "--clear", "--json") == 0
    assert run("control", "requests", "one") == 0
    assert run("control", "fired", "nowhere") == 2
    assert run("stop") == 0
    capsys.readouterr()
    assert run("stop") == 0
    assert capsys.readouterr().out == "No local orgs were running.\n"
    assert run("status") == 3
    assert "local-orgs start" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--scenario", "nothing-like-this"], 2, "There is no scenario nothing-like-this. Shipped: incident"),
        (["--load", "x=/no/such/folder"], 2, "/no/such/folder is not a folder."),
        (["--load", "x"], 2, "takes NAME="),
        (["--type", "x=developer"], 2, "belongs to no --load"),
        (["--load", "x={here}", "--type", "x=trial"], 2, "trial is no kind of org"),
        (["--load", "x={here}", "--plan", "x=/no/plan.json"], 2, "/no/plan.json is not a file"),
        (["--load", "x={here}"], 2, "holds no Salesforce metadata"),
        (["--load", "x={here}", "--now", "soon"], 2, "soon is no instant"),
        (["--scenario", "{here}"], 2, "it has no scenario.toml"),
    ],
)
def test_what_is_typed_wrong_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, says: str
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    assert run("start", *(word.format(here=here) for word in words)) == code
    captured = capsys.readouterr()
    assert says in captured.err
    assert "Traceback" not in captured.err
    assert process.running() is None


def test_an_org_is_loaded_from_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(
        tmp_path / "project",
        {
            "force-app/main/default/objects/Boat__c/Boat__c.object-meta.xml": (
                '<CustomObject xmlns="http://soap.sforce.com/2006/04/metadata">'
                "<deploymentStatus>Deployed</deploymentStatus><label>Boat</label><nameField><label>Name</label><type>Text</type></nameField>"
                "<pluralLabel>Boats</pluralLabel><sharingModel>ReadWrite</sharingModel></CustomObject>"
            ),
            "data/boats.json": '{"records": [{"attributes": {"type": "Boat__c", "referenceId": "b"}, "Name": "Dory"}]}',
            "data/plan.json": '[{"sobject": "Boat__c", "files": ["boats.json"]}]',
        },
    )
    assert run("start", "--load", f"yard={folder}", "--type", "yard=production", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["scenario"] is None
    yard = Wire(found["orgs"]["yard"])
    assert [row["Name"] for row in yard.query("SELECT Name FROM Boat__c")] == ["Dory"]
    assert found["orgs"]["yard"]["kind"] == "production"
    assert list(found["orgs"]["yard"]["users"]) == ["colleague@yard.example"]


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("--help")
    shown = capsys.readouterr().out
    for word in ("start", "stop", "status", "apply", "control", "examples:", "--load"):
        assert word in shown
