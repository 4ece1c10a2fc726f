"""The screens given what they cannot use, in a real terminal; every byte that reaches it is looked at."""

from __future__ import annotations

import json
import re
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.end_to_end import small_orgs, wizard
from tests.end_to_end.small_orgs import DATA_SET, Home
from tests.end_to_end.terminal import Terminal, terminal

pytestmark = [pytest.mark.slow, pytest.mark.end_to_end, pytest.mark.timeout(300)]

# Markup that ends a careless program, a title and a bell, a cleared screen and scrollback, C1 forms of the same,
# text that runs backwards, and letters of no width.
HOSTILE = "[/foo][bold]x[/] \x1b]0;owned\x07 \x1b[2J\x1b[3J \x9b31m\x9d0;owned\x9c \u202egnp.exe \u200b\u2066$(tput)"
# XML holds no C0 control, so a component's label has the rest.
HOSTILE_XML = "[/foo][bold]x \x9b31m\x9d0;owned\x9c \u202egnp.exe \u200b"
# What Textual writes: CSI with plain parameters, and the shape of the mouse pointer.
_OF_TEXTUAL = re.compile(rb"\x1b\[[?>=<]?[0-9;:]*[ $]?[a-zA-Z]|\x1b\]22;[a-z]*\x07")


@pytest.fixture
def own(home: Path) -> Iterator[Home]:
    """The HOTFIX_HOME of the terminals."""
    made = Home(home)
    yield made
    made.run("local-orgs", "stop")


def nothing_planted(screen: Terminal) -> None:
    """No control of ours reached the terminal: only sequences that Textual draws with, and line ends."""
    screen.pause()
    # A program that goes on drawing may be read in the middle of a sequence; its second half is judged the next time.
    raw = (
        bytes(screen.raw) if screen.process.poll() is not None else re.sub(rb"\x1b[^a-zA-Z]*$", b"", bytes(screen.raw))
    )
    left = _OF_TEXTUAL.sub(b"", raw)
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", left), sorted(set(left) & set(range(32)))
    text = left.decode("utf-8", "replace")
    assert not re.search("[\x80-\x9f\u200b\u202a-\u202e\u2066-\u2069]", text)
    for planted in (b"\x1b[2J", b"\x1b[3J"):
        assert planted not in raw


@pytest.mark.parametrize("planted", [HOSTILE, HOSTILE_XML, "\x1b]0;owned\x07", "\x1b[2J", "\x9b31m", "\u202egnp", "\0"])
def test_what_would_steer_a_terminal_is_seen_in_its_bytes(planted: str) -> None:
    program = [sys.executable, "-c", f"print({planted!r})"]
    with terminal(program, {"PATH": "", "PYTHONIOENCODING": "utf-8"}) as screen:
        assert screen.wait_end() == 0
        screen.read()
        with pytest.raises(AssertionError):
            nothing_planted(screen)


def test_a_terminal_that_is_too_small_says_so_and_works_when_enlarged(
    open_terminal: Callable[..., Terminal], own: Home
) -> None:
    screen = open_terminal(columns=40, lines=10)
    screen.wait_for("This terminal is 40x10")
    shown = " ".join(screen.screen_text().split())
    assert "Enlarge it to at least 80x24" in shown
    assert "q leaves" in shown
    screen.press("n", "enter", "?", "x")
    screen.pause()
    assert "This terminal is 40x10" in screen.screen_text()
    screen.resize(80, 24)
    screen.wait_for("No hotfix yet. n begins one")
    screen.resize(20, 5)
    screen.wait_for("This terminal is")
    screen.resize(120, 40)
    screen.wait_for("No hotfix yet. n begins one")
    screen.resize(40, 10)
    screen.wait_for("This terminal is 40x10")
    screen.press("q")
    assert screen.wait_end() == 0
    assert b"Traceback" not in screen.raw


@pytest.mark.parametrize("size", [(1, 1), (2, 30), (200, 3), (79, 24), (80, 23)])
def test_no_size_ends_the_program(open_terminal: Callable[..., Terminal], own: Home, size: tuple[int, int]) -> None:
    screen = open_terminal(columns=size[0], lines=size[1])
    screen.pause()
    screen.pause()
    screen.resize(100, 30)
    screen.wait_for("No hotfix yet. n begins one")
    screen.press("q")
    assert screen.wait_end() == 0


def test_home_lists_a_journal_that_cannot_be_read_with_the_sentence(
    open_terminal: Callable[..., Terminal], own: Home
) -> None:
    broken = own.path / "hotfixes" / "HF-7.sqlite"
    broken.parent.mkdir(parents=True)
    content = b"nothing that SQLite knows" * 400
    broken.write_bytes(content)
    screen = open_terminal(columns=160)
    screen.wait_for(r"✗ +HF-7 +The journal HF-7\.sqlite cannot be read")
    screen.press("enter")
    screen.wait_for("This hotfix cannot be opened")
    screen.pause()
    shown = re.sub(r"[\s│]+", " ", screen.screen_text())
    assert "Nothing was changed" in shown
    screen.press("esc")
    screen.pause()
    screen.press("q")
    assert screen.wait_end() == 0
    assert broken.read_bytes() == content


def insert(home: Home, alias: str, rows: list[dict[str, str]]) -> None:
    """Puts records into an org, past our own client."""
    org = home.orgs.orgs[alias]
    records = [{"attributes": {"type": "Thing__c"}, **row} for row in rows]
    request = urllib.request.Request(
        org.url + "/services/data/v67.0/composite/sobjects",
        data=json.dumps({"allOrNone": False, "records": records}).encode(),
        headers={"Authorization": f"Bearer {org.token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        saved = json.load(answer)
    assert all(one["success"] for one in saved), saved


@pytest.fixture
def hostile(own: Home, tmp_path: Path) -> Home:
    """Production full of markup and escape sequences: a label, code, records, their keys, and the orgs' own labels."""
    good = small_orgs.source(tmp_path / "good")
    evil = small_orgs.source(tmp_path / "evil", label=HOSTILE_XML, class_body=f"// {HOSTILE}")
    small_orgs.write(evil, "main/default/classes/Later.cls", f"public class Later {{ /* {HOSTILE} */ }}")
    meta = (evil / "main/default/classes/Engine.cls-meta.xml").read_text()
    small_orgs.write(evil, "main/default/classes/Later.cls-meta.xml", meta)
    loads = [("prod", evil, "production"), ("box", good, "developer")]
    small_orgs.start(own.path, loads)
    insert(own, "prod", [{"Name": HOSTILE[:80], "Key__c": f"K{number} {HOSTILE}"} for number in range(3)])
    insert(own, "box", [{"Name": f"other {HOSTILE}"[:80], "Key__c": f"K0 {HOSTILE}"}])
    for alias in ("prod", "box"):
        own.registry(alias, label=f"{alias} {HOSTILE}")
    own.registry(f"dead {HOSTILE}", instance_url="http://127.0.0.1:9")
    small_orgs.write(own.path, "data-sets/things.toml", DATA_SET)
    return own


def fault(home: Home, alias: str, path: str, message: str) -> None:
    """Makes the org refuse the next requests to `path` in these words."""
    body = json.dumps([{"errorCode": "TROUBLE", "message": message}])
    spec = {"org": alias, "mode": "status", "path": path, "status": 400, "body": body}
    home.orgs.control("/faults", {"faults": [spec]})


def test_what_an_org_says_never_steers_the_terminal(open_terminal: Callable[..., Terminal], hostile: Home) -> None:
    screen = open_terminal(columns=200, lines=50)
    screen.wait_for("PRODUCTION +connected")
    screen.wait_for(r"dead \[/foo\]\[bold\]x\[/\] \\x1b\]0;owned\\x07 .* no answer")
    screen.press("o")
    screen.pause()  # o asks every org again; the list is whole when they have answered
    screen.wait_for("PRODUCTION +connected")
    screen.press("g", "enter")  # the cursor stays with the org that answered first, whichever that was
    screen.wait_for(r"Name +prod \[/foo\]\[bold\]x\[/\] \\x1b\]0;owned\\x07 \\x1b\[2J")
    screen.pause()
    screen.press("esc")
    screen.wait_for("─ Orgs ─")
    fault(hostile, "box", "FROM Organization", HOSTILE)
    screen.press("o")
    screen.wait_for("box +.*no answer")
    screen.press("g", "down", "enter")
    screen.wait_for(r"TROUBLE: \[/foo\]")
    screen.pause()
    screen.press("esc")
    screen.wait_for("─ Orgs ─")
    screen.press("o")
    screen.wait_for("box +.* connected")
    nothing_planted(screen)

    wizard.new_hotfix(screen, "markup [/foo]")
    wizard.choose_environment(screen, "box")
    screen.press("c")
    screen.wait_for("Compare done", 60)
    for name in ("Engine", "Later", "Thing__c"):
        wizard.filtered(screen, name)
        screen.press("enter")
        screen.wait_for(r"\\x9b31m")
        screen.pause()
        screen.press("esc")
        screen.pause()
    nothing_planted(screen)

    screen.press("t")
    screen.wait_for(r"\[2 Seed: Data")
    screen.press("d")
    screen.wait_for(r"\(things\)")
    screen.pause()
    screen.press("enter")
    screen.pause()
    screen.press("p")
    screen.wait_for("Plan done", 60)
    screen.press("enter")
    screen.wait_for(r"K\d \[/foo\]\[bold\]x\[/\] \\x1b\]0;owned\\x07")
    screen.pause()
    screen.press("esc")
    screen.pause()
    fault(hostile, "box", "FROM Thing__c", HOSTILE)
    screen.press("p")
    screen.wait_for(r"Plan could not finish", 60)
    screen.wait_for(r"TROUBLE: \[/foo\]\[bold\]x\[/\] \\x1b\]0;owned\\x07")
    screen.press("q")
    assert screen.wait_end() == 0
    nothing_planted(screen)
