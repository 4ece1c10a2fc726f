"""Commands without a whole story: help that teaches, bad input, exit codes, what goes to stdout and what to stderr."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hotfix_tui import __version__, paths
from hotfix_tui.cli import main
from hotfix_tui.events.base import Envelope
from hotfix_tui.events.promote import FixComponent
from hotfix_tui.events.session import HotfixCreated
from hotfix_tui.headless import codes
from hotfix_tui.headless.output import as_json, printable
from hotfix_tui.hotfix.client import path_of
from hotfix_tui.journal import Journal

COMMANDS = [
    "new",
    "seed",
    "promote",
    "sync",
    "restore",
    "resume",
    "cancel",
    "compare",
    "status",
    "orgs",
    "paths",
    "data-sets",
    "demo",
]


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def hotfix() -> str:
    with Journal.create(path_of("HF-1"), "HF-1") as journal:
        journal.append(HotfixCreated(name="n", production="prod", production_id="00D000000000001AAA"), "new")
    return "HF-1"


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"hotfix-tui {__version__}\n"


def test_help_names_every_command_and_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for command in [*COMMANDS, "local-orgs"]:
        assert f"\n    {command} " in text or f"\n    {command}\n" in text, command
    for code in (0, 1, 2, 3, 4, 130):
        assert f"\n  {code} " in text


@pytest.mark.parametrize("command", COMMANDS)
def test_each_commands_help_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    text = capsys.readouterr().out
    assert "exit codes:" in text
    assert len(text.split("\n\n")[1]) > 20


def test_help_loads_neither_http_nor_screens() -> None:
    code = (
        "import sys; from hotfix_tui.cli import main; main(['--help']); "
        "bad = {'requests', 'textual', 'lxml', 'simple_salesforce', 'starlette', 'sqlite3'} & set(sys.modules); "
        "sys.exit(str(bad) if bad else 0)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["new"], ["promote", "HF-1"], ["seed", "HF-1"], ["compare", "a"], ["sync", "HF-1", "--to"]],
)
def test_what_is_typed_wrong_is_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == codes.USAGE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "usage:" in captured.err


@pytest.mark.parametrize("command", [["status"], ["seed", "--data-set", "x"], ["cancel"], ["sync"], ["restore"]])
def test_a_hotfix_that_is_not_there(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command[0], "HF-9", *command[1:]]) == codes.USAGE
    assert "There is no hotfix HF-9." in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../x", "a/b", "", "x\0"])
def test_an_id_that_is_a_path_reaches_no_file(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cancel", name]) == codes.USAGE
    assert "is not a hotfix's id" in capsys.readouterr().err


def test_an_unknown_org(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "n", "--production", "prod", "--environment", "hfx1", "--json"]) == codes.USAGE
    captured = capsys.readouterr()
    failed = json.loads(captured.out)
    assert (failed["event"], failed["hotfix"], failed["org"]) == ("Failed", None, "hfx1")
    assert {"what", "org", "written", "not_written", "next"} <= set(failed)
    assert "No org is called 'hfx1'" in captured.err
    assert list(paths.hotfixes().iterdir()) == []


def test_a_folder_that_is_no_metadata(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "photos").mkdir()
    assert main(["compare", str(tmp_path / "photos"), str(tmp_path)]) == codes.USAGE
    assert "holds no Salesforce metadata" in capsys.readouterr().err


def test_an_unknown_data_set(hotfix: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["seed", hotfix, "--data-set", "nothing"]) == codes.USAGE
    assert "There is no data set 'nothing'" in capsys.readouterr().err


def test_a_corrupt_journal(hotfix: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = path_of("HF-2")
    path.write_bytes(b"this is not a journal at all" * 100)
    assert main(["status", "HF-2"]) == codes.UNFINISHED
    assert "cannot be read" in capsys.readouterr().err
    assert main(["status", "--json"]) == codes.UNFINISHED
    events = lines(capsys)
    assert {"Failed", "HotfixCreated"} <= {str(event["event"]) for event in events}
    assert path.read_bytes() == b"this is not a journal at all" * 100


def test_a_wrong_confirmation_is_refused_before_anything_runs(hotfix: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["promote", hotfix, "--confirm", "Prod"]) == codes.REFUSED
    assert "typed in full" in capsys.readouterr().err
    with Journal.open(path_of(hotfix)) as journal:
        assert not journal.work_left()


def test_comparing_folders_says_same_or_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, body in (("a", "x"), ("b", "y")):
        classes = tmp_path / name / "main" / "default" / "classes"
        classes.mkdir(parents=True)
        (classes / "A.cls").write_text(f"class A {{ Object {body}; }}")
        (classes / "A.cls-meta.xml").write_text(
            '<ApexClass xmlns="http://soap.sforce.com/2006/04/metadata"><apiVersion>63.0</apiVersion></ApexClass>'
        )
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "a"), "--json"]) == codes.DONE
    same = lines(capsys)
    assert [event["status"] for event in same if event["event"] == "ComponentCompared"] == ["same"]
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b"), "--json"]) == codes.DIFFERENCES
    differing = [event for event in lines(capsys) if event["event"] == "ComponentCompared"]
    assert [(event["type"], event["full_name"], event["status"]) for event in differing] == [
        ("ApexClass", "A", "different")
    ]
    assert [event["seq"] for event in same] == list(range(1, len(same) + 1))


@pytest.fixture
def two_folders(tmp_path: Path) -> tuple[str, str]:
    """Two projects: a class differs (with a tab, a fence and a control in it), each has one that the other has not."""
    meta = '<ApexClass xmlns="http://soap.sforce.com/2006/04/metadata"><apiVersion>63.0</apiVersion></ApexClass>'
    for side, own, line in (("a", "OnlyA", "\tInteger x; // ```\x1b[2J"), ("b", "OnlyB", "\tInteger y;")):
        classes = tmp_path / side / "main" / "default" / "classes"
        classes.mkdir(parents=True)
        for name, body in (("Both", f"class Both {{\n{line}\n}}"), (own, f"class {own} {{}}")):
            (classes / f"{name}.cls").write_text(body)
            (classes / f"{name}.cls-meta.xml").write_text(meta)
    return str(tmp_path / "a"), str(tmp_path / "b")


def test_a_comparison_is_printed_as_a_document(
    two_folders: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", *two_folders, "--md"]) == codes.DIFFERENCES
    text = capsys.readouterr().out
    assert text.startswith("# Comparison\n")
    assert "0 same, 1 different, 1 only in A, 1 only in B, 0 unreadable, 0 ignored" in text
    assert "- OnlyA: only in A" in text and "- OnlyB: only in B" in text
    assert "````diff" in text and "-    Integer x; // ```\\x1b[2J" in text and "+    Integer y;" in text
    assert "\x1b" not in text and "\t" not in text
    assert main(["compare", *two_folders, "--md", "--json"]) == codes.USAGE


def test_a_comparison_gives_the_manifests_that_would_make_b_what_a_is(
    two_folders: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "out"
    assert main(["compare", *two_folders, "--manifests", str(place)]) == codes.DIFFERENCES
    package, gone = (place / name for name in ("package.xml", "destructiveChanges.xml"))
    assert re.findall(r"<members>(\w+)</members>", package.read_text()) == ["Both", "OnlyA"]
    assert re.findall(r"<members>(\w+)</members>", gone.read_text()) == ["OnlyB"]
    assert "<version>" in package.read_text() and "<version>" not in gone.read_text()
    before = package.read_bytes()
    assert main(["compare", *reversed(two_folders), "--manifests", str(place)]) == codes.USAGE
    assert package.read_bytes() == before
    assert "is there already and stays as it is" in capsys.readouterr().err


def test_ignore_rules_hold_unless_told_otherwise_and_a_mistake_in_them_is_a_usage_error(
    two_folders: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    rules = paths.config() / "config.toml"
    rules.write_text('[[compare.ignore]]\nname = "Only*"\n[[compare.ignore]]\nvalue = "Integer"\n')
    assert main(["compare", *two_folders, "--json"]) == codes.DONE
    assert lines(capsys)[-1]["ignored"] == 3
    assert main(["compare", *two_folders, "--no-ignore"]) == codes.DIFFERENCES
    rules.write_text("[[compare.ignore]]\n")
    capsys.readouterr()
    assert main(["compare", *two_folders]) == codes.USAGE
    assert "would ignore everything" in capsys.readouterr().err


def test_nothing_to_restore_or_cancel_is_no_error(hotfix: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["restore"]) == codes.DONE
    assert main(["cancel", hotfix]) == codes.DONE
    assert main(["resume", hotfix]) == codes.DONE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Nothing is left switched off." in captured.err


def test_paths_are_all_under_home(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["paths"]) == codes.DONE
    shown = [line.split(maxsplit=1)[-1].split()[-1] for line in capsys.readouterr().out.splitlines()]
    assert len(shown) >= 6
    assert all(path.startswith(os.environ["HOTFIX_HOME"]) for path in shown)


def test_the_screens_want_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    ran = subprocess.run([sys.executable, "-m", "hotfix_tui"], capture_output=True, text=True, check=False)
    assert ran.returncode == codes.USAGE
    assert "need a terminal" in ran.stderr


def test_a_reader_that_goes_away_is_no_crash(hotfix: str) -> None:
    ran = subprocess.run(
        f"{sys.executable} -m hotfix_tui status {hotfix} --json | true",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in ran.stderr


def test_an_events_own_field_never_hides_the_lines(hotfix: str) -> None:
    event = FixComponent(type="ApexClass", full_name="A", change="new", at="2026-01-13T09:00:00Z")
    line = as_json(Envelope(seq=7, at="2026-01-13T10:00:00Z", hotfix="HF-1", step="find_fix", event=event))
    assert (line["seq"], line["at"], line["changed_at"]) == (7, "2026-01-13T10:00:00Z", "2026-01-13T09:00:00Z")


def test_what_an_org_says_steers_no_terminal() -> None:
    assert printable("a\x1b]0;evil\x07b\x9bc\nd é 🎉") == "a\\x1b]0;evil\\x07b\\x9bc\nd é 🎉"


def test_several_steps_end_with_the_worst_code() -> None:
    assert codes.worst([]) == 0
    assert codes.worst([0, 1, 0]) == 1
    assert codes.worst([1, 3]) == 3
    assert codes.worst([4, 130]) == 130


def registry(port: int) -> None:
    """A registry of local orgs that names one org at `port`."""
    org = {
        "alias": "prod",
        "org_id": "00D000000000001AAA",
        "instance_url": f"http://127.0.0.1:{port}",
        "username": "u@example.com",
        "access_token": "00D000000000001AAA!notATokenOfAnyOrg",
        "kind": "production",
        "label": "Production",
    }
    (paths.local_orgs() / "registry.json").write_text(json.dumps({"v": 1, "orgs": {"prod": org, "hfx1": org}}))


def test_a_dead_org_is_told_and_nothing_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    registry(port)
    assert main(["new", "n", "--production", "prod", "--environment", "hfx1", "--json"]) == codes.UNFINISHED
    captured = capsys.readouterr()
    assert json.loads(captured.out)["event"] == "Failed"
    assert "notAToken" not in captured.out + captured.err
    assert list(paths.hotfixes().iterdir()) == []
    assert main(["orgs"]) == codes.DIFFERENCES
    assert main(["compare", "prod", "prod"]) == codes.UNFINISHED


def test_production_is_never_the_environment(capsys: pytest.CaptureFixture[str]) -> None:
    registry(1)
    assert main(["new", "n", "--production", "prod", "--environment", "prod"]) == codes.REFUSED
    assert "production itself" in capsys.readouterr().err
    assert list(paths.hotfixes().iterdir()) == []
