"""`compare` narrowed by a filter or an impact, and with what depends on what."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.cli import main
from hotfix_tui.headless import codes
from tests.compare import folders


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    a, b = folders.generate_pair(tmp_path_factory.mktemp("pair"))
    return str(a), str(b)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    code = main(["compare", *arguments, "--json"])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def named(events: list[dict[str, Any]], name: str = "ComponentCompared") -> set[str]:
    return {f"{one['type']}:{one['full_name']}" for one in events if one["event"] == name}


def test_counts_and_code_are_of_what_a_filter_leaves(pair: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    code, events = run(capsys, *pair, "--filter", "type:Flow !status:same")
    assert (code, named(events)) == (codes.DIFFERENCES, {"Flow:Flow_1", "Flow:Flow_2", "Flow:Flow_9"})
    end = events[-1]
    assert (end["event"], end["same"], end["different"], end["only_in_a"], end["only_in_b"]) == (
        "CompareFinished", 0, 1, 1, 1,
    )  # fmt: skip
    assert run(capsys, *pair, "--filter", "Flow_0")[0] == codes.DONE
    assert main(["compare", *pair, "--filter", "since:soon"]) == codes.USAGE
    assert "since" not in capsys.readouterr().out


def test_an_impact_leaves_what_belongs_to_it(pair: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    code, events = run(capsys, *pair, "--impact", "ValidationRule:Thing_1__c.Check")
    found = named(events)
    assert code == codes.DIFFERENCES and all(one["impact"] for one in events if one["event"] == "ComponentCompared")
    assert {"CustomField:Thing_1__c.F0__c", "PermissionSet:Users", "Layout:Thing_1__c-Thing Layout"} <= found
    assert not {name for name in found if "Thing_2__c" in name or name.startswith("ApexClass")}
    assert named(run(capsys, *pair, "--impact", "Thing_1__c")[1]) == found
    assert named(run(capsys, *pair, "--impact", "Thing_1__c", "--filter", "type:Layout")[1]) == {
        "Layout:Thing_1__c-Thing Layout"
    }


@pytest.mark.parametrize(
    ("of", "words"),
    [
        ("Nothing__c", "Neither side"),
        ("Flow:None", "Neither side"),
        ("a b", "no record id"),
        ("001000000000001", "org"),
    ],
)
def test_an_impact_of_nothing_is_a_mistake_in_words(
    pair: tuple[str, str], capsys: pytest.CaptureFixture[str], of: str, words: str
) -> None:
    assert main(["compare", *pair, "--impact", of]) == codes.USAGE
    assert words in capsys.readouterr().err


def test_what_depends_on_what_is_told_of_each_difference(
    pair: tuple[str, str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _, events = run(capsys, *pair, "--dependencies")
    told = {one["full_name"]: one for one in events if one["event"] == "ComponentDependencies"}
    assert set(told) == {
        one["full_name"] for one in events if one["event"] == "ComponentCompared" and one["status"] != "same"
    }
    gone = told["Thing_3__c.F1__c"]
    assert gone["a_used_by"] == ["Layout:Thing_3__c-Thing Layout", "ListView:Thing_3__c.All", "PermissionSet:Users"]
    assert gone["b_used_by"] == [] and events[-1]["event"] == "CompareFinished"
    assert main(["compare", *pair, "--md", "--dependencies", "--filter", "name:Thing_3__c.F1__c"]) == codes.DIFFERENCES
    assert r"  - used by: Layout:Thing\_3\_\_c\-Thing Layout (A), " in capsys.readouterr().out


def test_manifests_hold_what_is_left(pair: tuple[str, str], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    place = tmp_path / "out"
    main(["compare", *pair, "--manifests", str(place), "--filter", "type:Flow"])
    capsys.readouterr()
    text = (place / "package.xml").read_text()
    assert "<members>Flow_1</members>" in text and text.count("<name>") == 1
