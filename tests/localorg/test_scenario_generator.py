"""The second scenario of the tests: other words, other counts, the same story; it comes out as it promises."""

from __future__ import annotations

import filecmp
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import scenario_generator
from tests.localorg.wire import Wire

Started = dict[str, Any]
SEED = 7


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scenario_generator.generate(tmp_path_factory.mktemp("generated") / "second", SEED)


@pytest.fixture(scope="module")
def expected(folder: Path) -> dict[str, Any]:
    return scenario_generator.expectations(folder)


@pytest.fixture(scope="module")
def orgs(folder: Path, start_scenario: Callable[[Path], Started]) -> dict[str, Wire]:
    return {alias: Wire(entry) for alias, entry in start_scenario(folder)["orgs"].items()}


def test_no_word_of_the_first_scenario_is_left(folder: Path) -> None:
    words = re.compile(r"Discount|Storefront|Cart|[Aa]urelle|LNY|Stacking|\bDR-|\bPRG-|Percent_Within|Marchand|Okafor")
    for path in folder.rglob("*"):
        assert not words.search(path.name), path
        if path.is_file():
            assert not words.findall(path.read_text()), path


def test_the_same_seed_gives_the_same_files_and_another_seed_others(folder: Path, tmp_path: Path) -> None:
    again = scenario_generator.generate(tmp_path / "again", SEED)
    names = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    _, different, missing = filecmp.cmpfiles(folder, again, [str(name) for name in names], shallow=False)
    assert different == missing == []
    other = scenario_generator.expectations(scenario_generator.generate(tmp_path / "other", SEED + 1))
    assert other["aliases"] != scenario_generator.expectations(folder)["aliases"]
    assert other["counts"] != scenario_generator.expectations(folder)["counts"]


def test_the_orgs_have_the_promised_names_and_rows(orgs: dict[str, Wire], expected: dict[str, Any]) -> None:
    aliases = expected["aliases"]
    assert set(orgs) == set(aliases.values())
    prod = orgs[aliases["prod"]]
    for name, count in expected["counts"].items():
        if name not in ("Product2", "PricebookEntry", "Pricebook2"):
            assert prod.count(name) == count
    assert (
        prod.count(expected["cart"]["object"], "WHERE Status__c = 'Open' AND Line_Count__c > 0 AND Total_Amount__c = 0")
        == 9
    )
    assert sum(expected["seed"].values()) == sum(expected["counts"].values())
    assert expected["counts"] != scenario_generator.expectations()["counts"]


def test_the_data_set_reaches_the_promised_products(orgs: dict[str, Wire], expected: dict[str, Any]) -> None:
    prod = orgs[expected["aliases"]["prod"]]
    links = next(name for name in expected["counts"] if name.endswith(("_Article__c", "_Item__c", "_Goods__c")))
    used = {row["Product__c"] for row in prod.query(f"SELECT Product__c FROM {links}")}
    assert len(used) == expected["counts"]["Product2"]
    entries = prod.query("SELECT Product2Id, IsActive, LastModifiedDate FROM PricebookEntry")
    assert sum(row["Product2Id"] in used for row in entries) == expected["counts"]["PricebookEntry"]
    contained = [row for row in entries if row["LastModifiedDate"].startswith("2026-01-13T09:41")]
    assert len(contained) == expected["contained"]
    assert sum(row["Product2Id"] in used for row in contained) == expected["seed"]["update"]


@pytest.mark.parametrize("seed", range(12))
def test_every_seed_is_a_scenario_that_can_be_read_and_built(seed: int, tmp_path: Path) -> None:
    from hotfix_tui.localorg.clock import Clock
    from hotfix_tui.localorg.scenarios.build import build
    from hotfix_tui.localorg.scenarios.format import read
    from hotfix_tui.localorg.scenarios.timeline import Timeline

    scenario = read(scenario_generator.generate(tmp_path / "made", seed))
    clock = Clock()
    for spec in (scenario.orgs[1], scenario.orgs[4]):
        org = build(scenario, spec, tmp_path / spec.alias, clock, Timeline(scenario.reads_at, clock.now()))
        org.close()
    assert len({spec.alias for spec in scenario.orgs}) == 7
