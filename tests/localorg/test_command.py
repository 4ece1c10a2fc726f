"""`local-orgs …` as a person types it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotfix_tui.localorg import process
from tests.localorg.small import SMALL, run, write
from tests.localorg.wire import Wire


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write(tmp_path / "small", SMALL)


@pytest.fixture(autouse=True)
def stopped_at_the_end() -> Iterator[None]:
    yield
    process.stop()


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
