"""`compare` with orgs that fail, change or send what they should not: a right partial result or a clear error."""

from __future__ import annotations

import json
import socket
import struct
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.cli import main
from hotfix_tui.headless import codes
from tests.compare import folders
from tests.compare.hostile import INSIDE, HostileOrg, hostile_xml, two_orgs, unzipped, zipped

pytestmark = pytest.mark.slow

Events = list[dict[str, Any]]
Orgs = tuple[HostileOrg, HostileOrg]


@pytest.fixture
def orgs(tmp_path: Path) -> Iterator[Orgs]:
    a, b = folders.generate_pair(tmp_path)
    with two_orgs(tmp_path, a, b) as both:
        yield both


def run(capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, Events]:
    code = main(["compare", "a", "b", "--json", *more])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def statuses(events: Events) -> dict[str, str]:
    return {f"{one['type']}:{one['full_name']}": one["status"] for one in events if one["event"] == "ComponentCompared"}


def last(events: Events, name: str) -> dict[str, Any]:
    return [one for one in events if one["event"] == name][-1]


def test_a_fault_that_passes_changes_nothing_of_the_result(orgs: Orgs, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = orgs
    whole = run(capsys, "--fresh")
    a.fault("drop_before", call="retrieve-status", nth=1)
    b.fault("reset", call="list", nth=2)
    a.fault("unavailable", call="retrieve", retry_after=0)
    b.fault("truncate", call="retrieve-status", bytes=200)
    a.fault("delay", call="list", seconds=0.3, times=2)
    code, events = run(capsys, "--fresh")
    assert (code, statuses(events)) == (whole[0], statuses(whole[1])) and code == codes.DIFFERENCES
    assert not list(a.local.faults) and not list(b.local.faults)


@pytest.mark.parametrize(
    ("mode", "call", "words"),
    [
        ("drop_before", "retrieve-status", ""),
        ("reset", "list", ""),
        ("unavailable", "retrieve", "temporarily unavailable"),
        ("truncate", "retrieve-status", ""),
    ],
)
def test_a_side_that_stays_away_is_a_sentence_and_no_result(
    orgs: Orgs, capsys: pytest.CaptureFixture[str], mode: str, call: str, words: str
) -> None:
    orgs[0].fault(mode, call=call, times=500, **({"retry_after": 0} if mode == "unavailable" else {}))
    code, events = run(capsys)
    assert code == codes.UNFINISHED
    failed = last(events, "Failed")
    assert failed["what"].strip() and words in failed["what"]
    assert "a" in failed["org"] or "a" in failed["what"].split()
    assert not [one for one in events if one["event"] == "CompareFinished"]


def test_a_session_that_ends_is_said_in_words(orgs: Orgs, capsys: pytest.CaptureFixture[str]) -> None:
    orgs[1].fault("session_expiry", call="retrieve", times=500)
    code, events = run(capsys)
    assert code == codes.UNFINISHED
    words = last(events, "Failed")["what"].lower()
    assert "session" in words or "log in" in words


def test_a_type_that_always_fails_is_unreadable_and_the_others_come(
    orgs: Orgs, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = statuses(run(capsys, "--fresh")[1])
    orgs[1].refuse.add("Layout")
    code, events = run(capsys, "--fresh")
    assert code == codes.DIFFERENCES
    unread = last(events, "TypeUnreadable")
    assert (unread["type"], unread["side"]) == ("Layout", "b") and "Layout is broken today" in unread["why"]
    found = statuses(events)
    layouts = {name for name in expected if name.startswith("Layout:")}
    assert layouts and {found[name] for name in layouts} == {"unreadable"}
    assert {name: found[name] for name in found if name not in layouts} == {
        name: status for name, status in expected.items() if name not in layouts
    }
    assert last(events, "CompareFinished")["unreadable"] == len(layouts)


ENGINE = "classes/Engine.cls"


def test_what_a_colleague_does_between_list_and_retrieve_is_seen_or_said(
    orgs: Orgs, capsys: pytest.CaptureFixture[str]
) -> None:
    a = orgs[0]
    before = statuses(run(capsys, "--fresh")[1])
    changed, gone = (
        next(name for name, status in before.items() if status == "same" and name.startswith(kind))
        for kind in ("CustomField:", "ListView:")
    )
    a.meanwhile(
        {"do": "edit", "component": changed, "set": {"label": "Changed while we read"}},
        {"do": "remove", "component": gone},
    )
    code, events = run(capsys, "--fresh")
    assert [entry.get("problem") for entry in a.director.log] == [None, None]
    found = statuses(events)
    assert code == codes.DIFFERENCES
    assert found[changed] == "different"
    assert found[gone] == "only_in_b"
    assert {name: found[name] for name in found if name not in (changed, gone)} == {
        name: before[name] for name in before if name not in (changed, gone)
    }
    # And the next comparison, from the cache, is of what is there now.
    assert statuses(run(capsys)[1]) == found


@pytest.mark.timeout(900)
def test_a_component_of_20_mb_is_compared_like_any_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sides = []
    for name in ("a", "b"):
        folder = folders.generate(tmp_path / name)
        base = "force-app/main/default/"
        body = "".join(
            f"<fieldPermissions><editable>{name == 'a' and number == 77_777}</editable>"
            f"<field>Account.Field_{number}__c</field><readable>true</readable></fieldPermissions>\n"
            for number in range(130_000)
        )
        folders.write(folder, f"{base}permissionsets/Huge.permissionset-meta.xml", folders.xml("PermissionSet", body))
        folders.write(folder, f"{base}staticresources/big.js", f"// {name}\n" + "const value = 'x';\n" * 1_000_000)
        resource = "<cacheControl>Private</cacheControl><contentType>application/javascript</contentType>"
        folders.write(folder, f"{base}staticresources/big.resource-meta.xml", folders.xml("StaticResource", resource))
        sides.append(folder)
    with two_orgs(tmp_path, sides[0], sides[1]):
        code, events = run(capsys)
    assert code == codes.DIFFERENCES
    differing = {name for name, status in statuses(events).items() if status != "same"}
    assert differing == {"PermissionSet:Huge", "StaticResource:big"}


# -- what an org sends


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """An address that must never be called, and who called it."""
    called: list[str] = []
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()

        def take() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                called.append("called")
                connection.close()

        threading.Thread(target=take, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", called
        server.shutdown(socket.SHUT_RDWR)


LAYOUT = ("Layout:Thing_1__c-Thing Layout", "layouts/Thing_1__c-Thing Layout.layout", "Layout")


def test_xml_that_no_metadata_is_makes_its_component_unreadable_and_nothing_else(
    orgs: Orgs, capsys: pytest.CaptureFixture[str], tmp_path: Path, listener: tuple[str, list[str]]
) -> None:
    name, path, root = LAYOUT
    secret = tmp_path / "secret.txt"
    secret.write_text("what is on this machine")
    before = statuses(run(capsys, "--fresh")[1])
    assert name in before
    for what, content in hostile_xml(root, secret, listener[0]).items():
        orgs[1].replace(path, content)
        code, events = run(capsys, "--fresh", "--dependencies")
        assert code == codes.DIFFERENCES, what
        found = statuses(events)
        assert found.pop(name) == "unreadable", what
        assert found == {key: status for key, status in before.items() if key != name}, what
        words = [one["text"] for one in events if one["event"] == "Finding" and name in one["text"]]
        assert words and "cannot be compared" in words[0], what
        assert "what is on this machine" not in json.dumps(events), what
        assert main(["compare", "a", "b", "--fresh", "--md"]) == codes.DIFFERENCES, what
        document = capsys.readouterr().out
        assert "could not be read" in document and "what is on this machine" not in document, what
    assert listener[1] == []


def test_code_with_bytes_that_are_no_text_is_different_and_harmless(
    orgs: Orgs, capsys: pytest.CaptureFixture[str]
) -> None:
    for content in (b"public class Engine { // \xff\xfe }", b"class Engine {\0}", b"// \x1b]0;title\x07\x9b2J\ncl"):
        orgs[1].replace(ENGINE, content)
        code, events = run(capsys, "--fresh")
        assert code == codes.DIFFERENCES and statuses(events)["ApexClass:Engine"] == "different"
        assert main(["compare", "a", "b", "--fresh"]) == codes.DIFFERENCES
        shown = capsys.readouterr()
        assert "\x1b" not in shown.out + shown.err and "\x9b" not in shown.out


def bomb(package: bytes) -> bytes:
    """A package with a file that unpacks to 300 MB, said truly."""
    return zipped({**unzipped(package), f"{INSIDE}classes/Bomb.cls": bytes(300_000_000)})


def lying_bomb(package: bytes) -> bytes:
    """A package with a file that says it has 10 bytes, and unpacks to 300 MB."""
    packed = zipped({**unzipped(package), f"{INSIDE}classes/Bomb.cls": bytes(300_000_000)})
    size = struct.pack("<I", 300_000_000)
    return packed.replace(size, struct.pack("<I", 10))


WRONG = {
    "a path that leaves": lambda package: zipped({**unzipped(package), "../../.bashrc": b"x"}),
    "an absolute path": lambda package: zipped({**unzipped(package), "/etc/cron.d/x": b"x"}),
    "a bomb": bomb,
    "a bomb that lies": lying_bomb,
    "no zip": lambda _package: b"PK\x03\x04 not a zip",
    "nothing": lambda _package: b"",
    "cut off": lambda package: package[: len(package) // 2],
    "other bytes inside": lambda package: package[:100] + zlib.compress(b"x" * 50) + package[130:],
}


@pytest.mark.parametrize("what", WRONG)
def test_a_package_that_is_none_is_unreadable_in_words(
    orgs: Orgs, capsys: pytest.CaptureFixture[str], what: str, tmp_path: Path
) -> None:
    whole = statuses(run(capsys, "--fresh", "--type", "ApexClass", "--type", "Layout")[1])
    files = {path for path in tmp_path.rglob("*") if "orgs" not in path.parts}

    def only_classes(package: bytes) -> bytes:
        found = unzipped(package)
        return WRONG[what](package) if any(path.startswith(f"{INSIDE}classes/") for path in found) else package

    orgs[1].rewrite = only_classes
    code, events = run(capsys, "--fresh", "--type", "ApexClass", "--type", "Layout")
    assert code == codes.DIFFERENCES, events[-1]["what"]
    assert last(events, "TypeUnreadable")["type"] == "ApexClass" and last(events, "TypeUnreadable")["why"]
    found = statuses(events)
    for name, status in whole.items():
        assert found[name] == ("unreadable" if name.startswith("ApexClass:") else status)
    new = {path for path in tmp_path.rglob("*") if "orgs" not in path.parts} - files
    assert not [path for path in new if path.name in (".bashrc", "x", "Bomb.cls")]
