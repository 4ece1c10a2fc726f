"""Whole folders as local orgs, compared by the program: counted and compared by code that shares nothing with it."""

from __future__ import annotations

import json
import random
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.compare import folders, independent
from tests.compare.independent import Name
from tests.compare.shuffling import files, shuffle
from tests.end_to_end.outside import METADATA, OutsideView, instance

Command = Callable[..., "subprocess.CompletedProcess[str]"]
GENERATED = "generated"
PAIRS = [("coral-cloud-2026-07", "coral-cloud-2024-12"), ("ebikes-2026-07", "ebikes-2021-11")]
# Types that an org lists of its own, whatever was loaded into it.
_STANDARD = {"CustomObject"}
_UNLISTED = "StandardValueSet"


def real(name: str) -> Path:
    folder = folders.CORPUS / name
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here")
    return folder


def with_records(folder: Path) -> Path:
    """Gives a generated folder two plans: one that resolves alone, and a larger one that does not."""
    data = folder / "data"
    data.mkdir()

    def tree(kind: str, name: str, rows: list[dict[str, Any]]) -> None:
        records = [{"attributes": {"type": kind, "referenceId": f"{kind}{n}"}, **row} for n, row in enumerate(rows)]
        (data / f"{name}.json").write_text(json.dumps({"records": records}))

    tree("Account", "accounts", [{"Name": f"Account & {n}"} for n in range(7)])
    tree("Contact", "contacts", [{"LastName": f"O'Neill {n}", "AccountId": f"@Account{n % 7}"} for n in range(230)])
    tree("Thing_0__c", "things", [{"Name": f"Thing {n} ☃"} for n in range(12)])
    steps = [{"sobject": kind, "files": [f"{name}.json"]} for kind, name in (("Account", "accounts"),)]
    steps += [{"sobject": "Contact", "files": ["contacts.json"]}, {"sobject": "Thing_0__c", "files": ["things.json"]}]
    (data / "whole-plan.json").write_text(json.dumps(steps))
    (data / "torn-plan.json").write_text(json.dumps([*steps, {"sobject": "Lead", "files": ["absent.json"]}]))
    return folder


@pytest.fixture(params=[*(pytest.param(one, marks=pytest.mark.slow) for one in PAIRS), GENERATED], ids=str)
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Path]:
    """Two folders that differ."""
    if request.param == GENERATED:
        a, b = folders.generate_pair(tmp_path)
        return with_records(a), with_records(b)
    return real(request.param[0]), real(request.param[1])


@pytest.fixture(params=[*(pytest.param(name, marks=pytest.mark.slow) for name in folders.REAL_SINGLES), GENERATED])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == GENERATED:
        return with_records(folders.generate(tmp_path / "made"))
    return real(request.param)


@pytest.fixture
def start(command: Command, home: Path) -> Iterator[Callable[..., dict[str, OutsideView]]]:
    """Starts local orgs from folders; they are stopped with the test."""

    def started(**loads: Path) -> dict[str, OutsideView]:
        words = [word for name, folder in loads.items() for word in ("--load", f"{name}={folder}")]
        done = command("local-orgs", "start", *words)
        assert done.returncode == 0, done.stderr
        return instance(home).orgs

    yield started
    command("local-orgs", "stop")


def compared(command: Command, a: str, b: str, *options: str) -> tuple[int, dict[str, set[Name]]]:
    """The exit code of `compare A B --json`, and the components it lists by status. Each is on one line only."""
    done = command("compare", a, b, "--json", *options)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert not [event for event in events if event["event"] in ("Failed", "TypeUnreadable")], done.stderr
    found: dict[str, set[Name]] = {}
    lines = [event for event in events if event["event"] == "ComponentCompared"]
    for event in lines:
        found.setdefault(event["status"], set()).add((event["type"], event["full_name"]))
    assert sum(map(len, found.values())) == len(lines)
    [end] = [event for event in events if event["event"] == "CompareFinished"]
    assert {status: end[status] for status in found} == {status: len(names) for status, names in found.items()}
    return done.returncode, found


def without_own(found: dict[str, set[Name]], folders_have: set[Name]) -> dict[str, set[Name]]:
    """`found` without the standard value sets that every org has of its own, whatever was loaded into it."""
    kept = {
        status: {name for name in names if name[0] != _UNLISTED or name in folders_have}
        for status, names in found.items()
    }
    return {status: names for status, names in kept.items() if names}


def planned(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The records by object of the largest plan whose files are all there and whose references are all in it."""
    best: list[dict[str, Any]] = []
    for path in sorted((folder / "data").glob("*lan*.json")):
        names = [name for step in json.loads(path.read_text()) for name in step["files"]]
        if not all((path.parent / name).is_file() for name in names):
            continue
        records = [record for name in names for record in json.loads((path.parent / name).read_text())["records"]]
        known = {record["attributes"]["referenceId"] for record in records}
        values = [value for record in records for value in record.values() if isinstance(value, str)]
        # What only looks like a reference ("@handle" in a text) would need the schema; these folders have none.
        if all(value[1:] in known for value in values if value.startswith("@")) and len(records) > len(best):
            best = records
    found: dict[str, list[dict[str, Any]]] = {}
    for record in best:
        found.setdefault(record["attributes"]["type"], []).append(record)
    return found


def holds(org: OutsideView, folder: Path) -> None:
    """The org has the components and the plan's records of the folder, asked from outside."""
    expected = set(independent.components(folder, ordered=True))
    described = org.soap("<describeMetadata><asOfVersion>67.0</asOfVersion></describeMetadata>")
    types = {
        found.text or "" for tag in ("xmlName", "childXmlNames") for found in described.iter(f"{{{METADATA}}}{tag}")
    }
    assert {kind for kind, _ in expected} <= types
    # Listing leaves standard value sets out, as Salesforce does; they are there by name.
    asked = {name for name in expected if name[0] == _UNLISTED}
    content = b"".join(org.retrieve({_UNLISTED: [name for _, name in asked]}).values()) if asked else b""
    assert content.count(b"</StandardValueSet>") == len(asked)
    listed: set[Name] = set()
    for kind in sorted(types):
        answer = org.soap(f"<listMetadata><queries><type>{kind}</type></queries></listMetadata>")
        listed |= {(kind, found.text or "") for found in answer.iter(f"{{{METADATA}}}fullName")}
    assert expected - listed == asked
    own = {kind for kind, _ in listed - expected} - _STANDARD
    assert not own & {kind for kind, _ in expected}

    plan = planned(folder)
    assert sum(map(len, plan.values())) > 20
    for kind, records in plan.items():
        fields = sorted({field for record in records for field in record if field != "attributes"})
        rows = org.soql(f"SELECT {', '.join(fields)} FROM {kind}")
        assert len(rows) == len(records), kind
        by_lower = [{name.lower(): value for name, value in row.items()} for row in rows]
        for field in fields:
            values = Counter(said(record.get(field)) for record in records)
            assert Counter(said(row[field.lower()], values) for row in by_lower) == values, f"{kind}.{field}"


def said(value: Any, expected: Counter[str] | None = None) -> str:
    """A value as text that is equal where the value is; references (an id in the org) only say that they are one."""
    text = "" if value is None else str(value).replace("\r\n", "\n").strip()
    if text.startswith("@") or (expected and "@" in expected and len(text) == 18):
        return "@"
    try:
        return str(float(text))
    except ValueError:
        return text


def test_two_folders_load_whole_and_differ_as_their_files_do(
    command: Command, start: Callable[..., dict[str, OutsideView]], pair: tuple[Path, Path]
) -> None:
    orgs = start(prod=pair[0], dev=pair[1])
    holds(orgs["prod"], pair[0])
    holds(orgs["dev"], pair[1])
    only_a, only_b, different = independent.differences(*pair, ordered=True)
    _, _, surely_different = independent.differences(*pair, ordered=False)
    assert different
    assert only_a | only_b
    names = [set(independent.components(folder, ordered=True)) for folder in pair]
    code, found = compared(command, "prod", "dev", "--managed")  # one of them holds a part of a package
    assert code == 1
    found = without_own(found, names[0] | names[1])
    assert found.get("only_in_a", set()) == only_a
    assert found.get("only_in_b", set()) == only_b
    # What only the order of elements tells apart is for the rules about order; the shuffled folders hold those.
    assert surely_different <= found["different"] <= different
    everything = set().union(*found.values())
    assert everything == names[0] | names[1]


def test_a_folder_its_org_and_a_shuffled_copy_are_the_same_and_one_planted_value_is_found(
    command: Command, start: Callable[..., dict[str, OutsideView]], folder: Path, tmp_path: Path
) -> None:
    shuffled = shuffle(folder, tmp_path / "shuffled", random.Random(5))
    assert any(path.read_bytes() != (folder / path.relative_to(shuffled)).read_bytes() for path in files(shuffled))
    other = shuffle(folder, tmp_path / "other", random.Random(6))
    planted = plant(other)
    orgs = start(prod=folder, dev=shuffled, qa=other)
    for org in orgs.values():
        holds(org, folder)
    everything = set(independent.components(folder, ordered=True))
    code, found = compared(command, "prod", "dev")
    assert (code, list(found), without_own(found, everything)) == (0, ["same"], {"same": everything})
    # An org beside a folder has its own value sets more; nothing else of it is without a file.
    for sides, only in ((("prod", str(folder)), "only_in_a"), ((str(shuffled), "prod"), "only_in_b")):
        _, found = compared(command, *sides)
        assert set(found) <= {"same", only}
        assert without_own(found, everything) == {"same": everything}
    code, found = compared(command, "prod", "qa")
    assert (code, without_own(found, everything)) == (1, {"same": everything - {planted}, "different": {planted}})


def plant(folder: Path) -> Name:
    """Changes the label of one permission set; its name."""
    victim = min(folder.rglob("*.permissionset-meta.xml"))
    root = ET.fromstring(victim.read_bytes())
    label = next(node for node in root.iter() if independent.plain(node.tag) == "label")
    label.text = "Planted"
    victim.write_bytes(ET.tostring(root))
    return "PermissionSet", victim.name.removesuffix(".permissionset-meta.xml")
