"""Commands given what they cannot use: a sentence, the right exit code, nothing half written."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end import small_orgs
from tests.end_to_end.small_orgs import DATA_SET, Ended, Home

DIFFERENCES, USAGE, UNFINISHED, REFUSED = 1, 2, 3, 4


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """`prod`, `second` (both production) and `box`, and the hotfix HF-1 of `prod` in `box`."""
    folder = tmp_path_factory.mktemp("world")
    source = small_orgs.source(folder / "source")
    loads = [("prod", source, "production"), ("second", source, "production"), ("box", source, "developer")]
    home = small_orgs.start(folder / "hotfix", loads)
    try:
        begun = home.run("new", "bad input", "--production", "prod", "--environment", "box")
        assert begun.code == 0, begun.err
        home.wait_idle("HF-1")
        yield home
    finally:
        home.run("local-orgs", "stop")


@pytest.fixture
def home(world: Home, tmp_path: Path) -> Home:
    """A copy whose registry, journals and data sets a test may spoil; the orgs are the same."""
    return small_orgs.copy(world, tmp_path / "copy")


def told(ended: Ended, code: int, *words: str) -> None:
    """It ended with `code` and said `words` on stderr, in a sentence and nothing like a crash."""
    assert ended.code == code, ended
    for word in words:
        assert word in ended.err
    assert "Traceback" not in ended.out + ended.err
    assert "mistake" not in ended.err
    assert len(ended.err) < 700


UNKNOWN = [
    ("compare", "prd", "box"),
    ("compare", "box", "prd"),
    ("new", "x", "--production", "prd", "--environment", "box"),
    ("new", "x", "--production", "prod", "--environment", "prd"),
    ("sync", "HF-1", "--to", "prd"),
]


@pytest.mark.parametrize("words", UNKNOWN, ids=" ".join)
def test_an_unknown_alias_names_the_nearest(home: Home, words: tuple[str, ...]) -> None:
    before = home.changes()
    told(home.run(*words), USAGE, "No org is called 'prd'. Did you mean 'prod'?", "box, prod, second")
    ended = home.run(*words, "--json")
    assert ended.failed["org"] == "prd"
    assert ended.code == USAGE
    assert home.hotfixes() == ["HF-1"]
    assert home.changes() == before


NEEDS_BOX = [
    ("compare", "prod", "box"),
    ("new", "x", "--production", "prod", "--environment", "box"),
    ("seed", "HF-1", "--data-set", "things"),
]


@pytest.mark.parametrize("words", NEEDS_BOX, ids=" ".join)
def test_a_dead_org_is_told_and_nothing_is_begun(home: Home, words: tuple[str, ...]) -> None:
    small_orgs.write(home.path, "data-sets/things.toml", DATA_SET)
    before = home.changes()
    home.registry("box", instance_url="http://127.0.0.1:9")
    told(home.run(*words), UNFINISHED, "box does not answer: the connection is refused", "Check that box is up")
    ended = home.run(*words, "--json")
    assert (ended.code, ended.failed["org"]) == (UNFINISHED, "box")
    assert home.hotfixes() == ["HF-1"]
    assert {"prod": home.changes()["prod"]} == {"prod": before["prod"]}


@pytest.mark.parametrize("words", NEEDS_BOX, ids=" ".join)
def test_an_ended_session_is_told_without_the_token(home: Home, world: Home, words: tuple[str, ...]) -> None:
    small_orgs.write(home.path, "data-sets/things.toml", DATA_SET)
    before = home.changes()
    with world.session_ended("box"):
        person, program = home.run(*words), home.run(*words, "--json")
    told(person, UNFINISHED, "box does not accept the session", "Log in to box again")
    assert (program.code, program.failed["org"]) == (UNFINISHED, "box")
    for said in (person.out, person.err, program.out, program.err):
        assert home.orgs.orgs["box"].token not in said
    assert home.hotfixes() == ["HF-1"]
    assert home.changes() == before


def test_orgs_lists_those_that_cannot_be_used_with_the_reason(home: Home, world: Home) -> None:
    home.registry("second", instance_url="http://127.0.0.1:9")
    with world.session_ended("box"):
        ended = home.run("orgs")
    assert ended.code == DIFFERENCES
    lines = {line.split()[0]: line for line in ended.out.splitlines()}
    assert "does not answer" in lines["second"]
    assert "does not accept the session" in lines["box"]
    assert "PRODUCTION" in lines["prod"]


@pytest.fixture(params=["photos", "empty", "absent", "a file", "torn"])
def no_metadata(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """What is no folder of metadata, and a word of the sentence about it."""
    place = tmp_path / str(request.param)
    if request.param == "photos":
        small_orgs.write(place, "2026/beach.jpg", "no metadata")
    elif request.param == "empty":
        place.mkdir()
    elif request.param == "a file":
        place.write_text("no folder")
    elif request.param == "torn":
        small_orgs.write(place, "objects/Thing__c/Thing__c.object-meta.xml", "<CustomObject><label>Thi")
    words = {"absent": "folder", "a file": "a", "torn": "Thing__c"}
    return str(place), words.get(str(request.param), "no Salesforce metadata")


def test_a_folder_that_is_no_metadata_is_not_compared(home: Home, no_metadata: tuple[str, str]) -> None:
    place, word = no_metadata
    before = home.changes()
    if place.endswith("torn"):
        # One file that cannot be read does not hide the others: the component is listed so.
        ended = home.run("compare", place, "box", "--json")
        assert ended.code == DIFFERENCES
        assert '"Thing__c", "status": "unreadable"' in ended.out
    else:
        told(home.run("compare", place, "box"), USAGE, word, place)
        told(home.run("compare", "box", place), USAGE, word, place)
        ended = home.run("compare", place, "box", "--json")
        assert ended.code == USAGE
        assert place in ended.failed["what"]
    assert home.changes() == before


@pytest.mark.parametrize("no_metadata", ["photos", "absent", "torn"], indirect=True)
def test_an_org_is_not_made_from_a_folder_that_is_no_metadata(no_metadata: tuple[str, str], tmp_path: Path) -> None:
    home = Home(tmp_path / "own")
    place, word = no_metadata
    good = small_orgs.source(tmp_path / "good")
    told(home.run("local-orgs", "start", "--load", f"good={good}", "--load", f"bad={place}"), USAGE, word)
    assert not (home.path / "local-orgs" / "registry.json").exists()
    assert list(home.path.rglob("org.sqlite")) == []
    assert not (home.path / "local-orgs" / "instance.json").exists()


def spoil(journal: Path, how: str) -> bytes:
    """Damages a journal; its bytes then."""
    content = bytearray(journal.read_bytes())
    if how == "middle":
        content[4096:12288] = b"\xff" * 8192
    elif how == "cut":
        del content[5000:]
    elif how == "empty":
        content.clear()
    else:
        content[:] = b"nothing that SQLite knows" * 400
    journal.write_bytes(content)
    return bytes(content)


COMMANDS = [
    ("status", "HF-2"),
    ("seed", "HF-2", "--data-set", "things"),
    ("promote", "HF-2", "--confirm", "prod"),
    ("sync", "HF-2"),
    ("restore", "HF-2"),
    ("resume", "HF-2"),
    ("cancel", "HF-2"),
]


@pytest.mark.parametrize("how", ["middle", "cut", "empty", "garbage"])
def test_a_journal_that_cannot_be_read_is_told_and_left_as_it_is(home: Home, how: str) -> None:
    small_orgs.write(home.path, "data-sets/things.toml", DATA_SET)
    broken = home.path / "hotfixes" / "HF-2.sqlite"
    broken.write_bytes((home.path / "hotfixes" / "HF-1.sqlite").read_bytes())
    content, before = spoil(broken, how), home.changes()
    for words in COMMANDS if how == "middle" else COMMANDS[:1]:
        ended = home.run(*words)
        told(ended, UNFINISHED, "HF-2.sqlite cannot be read", "Nothing was changed")
        assert broken.read_bytes() == content, words
    everything = home.run("status")
    told(everything, UNFINISHED, "HF-2.sqlite cannot be read")
    assert everything.err.count("HF-2.sqlite cannot be read") == 1
    assert "HF-1  bad input" in everything.out
    # What an unreadable journal left switched off cannot be told; "nothing is off" would be a lie.
    told(home.run("restore"), UNFINISHED, "HF-2.sqlite cannot be read")
    assert home.run("restore", "--json").failed["what"].startswith("The journal HF-2.sqlite")
    assert home.changes() == before


BAD_DATA_SETS = {
    "is not TOML": "v = 1\n[[object]\n",
    "v must be 1": 'v = 9\nname = "x"\n',
    "object": 'v = 1\nname = "x"\n',
    "key": 'v = 1\nname = "x"\n[[object]]\nname = "Thing__c"\nroot = true\n',
    "colour": DATA_SET + 'colour = "red"\n',
    "mode": DATA_SET + 'mode = "guess"\n',
    "Thing__c; DELETE": DATA_SET.replace('"Thing__c"', '"Thing__c; DELETE"'),
}


@pytest.mark.parametrize("word", BAD_DATA_SETS)
def test_a_wrong_data_set_is_refused_before_anything_runs(home: Home, word: str) -> None:
    small_orgs.write(home.path, "x.toml", BAD_DATA_SETS[word])
    file, before, requests = home.path / "x.toml", home.run("status", "HF-1", "--json").out, home.changes()
    told(home.run("seed", "HF-1", "--data-set", str(file)), USAGE, word, "x.toml")
    assert word in home.run("seed", "HF-1", "--data-set", str(file), "--json").failed["what"]
    assert home.run("status", "HF-1", "--json").out == before
    assert home.changes() == requests


@pytest.mark.parametrize("name", ["nothing", "./nothing.toml", "/dev/null/x.toml"])
def test_a_data_set_that_is_not_there(home: Home, name: str) -> None:
    told(home.run("seed", "HF-1", "--data-set", name), USAGE, "nothing" if "nothing" in name else "x.toml")


def test_a_data_set_of_objects_that_the_orgs_lack_writes_nothing(home: Home) -> None:
    small_orgs.write(home.path, "ghost.toml", DATA_SET.replace("Thing__c", "Ghost__c"))
    before = home.changes()
    ended = home.run("seed", "HF-1", "--data-set", str(home.path / "ghost.toml"))
    told(ended, REFUSED, "Ghost__c")
    assert home.changes() == before


@pytest.mark.parametrize("words", [words for words in COMMANDS if words[0] != "seed"], ids=" ".join)
def test_an_unknown_hotfix(home: Home, words: tuple[str, ...]) -> None:
    told(home.run(*words), USAGE, "There is no hotfix HF-2.")
    assert home.hotfixes() == ["HF-1"]


@pytest.mark.parametrize("typed", ["box", "Prod", "prod ", "", "second"])
def test_a_wrong_confirmation_sends_production_nothing(home: Home, typed: str) -> None:
    seen = len(home.orgs.control("/orgs/prod/requests")["log"])
    told(home.run("promote", "HF-1", "--confirm", typed), REFUSED, "Nothing was permitted", "typed in full")
    ended = home.run("promote", "HF-1", "--confirm", typed, "--validate-only", "--json")
    assert (ended.code, ended.failed["not_written"]) == (REFUSED, "everything")
    assert len(home.orgs.control("/orgs/prod/requests")["log"]) == seen


def test_no_confirmation_is_no_permit(home: Home) -> None:
    seen = len(home.orgs.control("/orgs/prod/requests")["log"])
    told(home.run("promote", "HF-1"), USAGE, "--confirm")
    assert len(home.orgs.control("/orgs/prod/requests")["log"]) == seen


def test_promoting_without_a_fix_is_refused(home: Home) -> None:
    before = home.changes()
    told(home.run("promote", "HF-1", "--confirm", "prod"), REFUSED, "baseline was not taken")
    assert home.changes() == before


@pytest.mark.parametrize(
    ("production", "environment", "words"),
    [
        ("prod", "prod", "prod is production itself"),
        ("prod", "second", "second is PRODUCTION"),
        ("box", "prod", "prod is PRODUCTION"),
        ("box", "box", "box"),
    ],
)
def test_production_is_no_environment_and_a_sandbox_no_production(
    home: Home, production: str, environment: str, words: str
) -> None:
    before = home.changes()
    ended = home.run("new", "x", "--production", production, "--environment", environment)
    told(ended, REFUSED, words)
    assert home.hotfixes() == ["HF-1"]
    assert home.changes() == before


def test_while_a_runner_is_at_work_a_second_command_waits_its_turn_and_says_so(home: Home) -> None:
    small_orgs.write(home.path, "data-sets/things.toml", DATA_SET)
    slow = {"org": "box", "mode": "delay", "path": "describeMetadata", "seconds": 2}
    home.orgs.control("/faults", {"faults": [slow]})
    first = home.begin("seed", "HF-1", "--data-set", "things")
    until = time.monotonic() + 20
    while "running      compare" not in home.run("status", "HF-1").out:
        assert time.monotonic() < until
    second = home.run("restore", "HF-1")
    told(second, 0, "A runner is at work on HF-1 (compare); restore waits until it has ended.")
    assert Ended.of(first).code == 0
    lines = home.run("status", "HF-1", "--json").out.splitlines()
    steps = [json.loads(line) for line in lines if '"StepStarted"' in line or '"StepFinished"' in line]
    assert {"compare", "restore", "seed", "baseline"} <= {step["name"] for step in steps}
    for begun, ended in zip(steps[::2], steps[1::2], strict=True):
        assert (begun["event"], ended["event"]) == ("StepStarted", "StepFinished"), "never two at once"
        assert begun["request"] == ended["request"]
