"""`compare A B --data-set` on a generated pair of orgs: exactly the records that were made to differ."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.localorg import process
from hotfix_tui.localorg.wanted import Wanted
from tests.benchmarks.records import data_set
from tests.end_to_end.outside import instance
from tests.local_orgs import Orgs

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Orgs, dict[str, Any]]]:
    """Two orgs, and what was made to differ."""
    home = tmp_path_factory.mktemp("pair")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOTFIX_HOME", str(home))
        process.start(Wanted(generate="components=150,records=3000,differing=60,seed=4"))
        try:
            told = json.loads((home / "local-orgs" / "generated.json").read_text())
            yield Orgs(home, instance(home), ""), told
        finally:
            process.stop()


@pytest.mark.parametrize("where", ["", "Source_Key__c != null"], ids=["whole_tables", "filtered"])
@pytest.mark.parametrize("sides", [("large", "twin"), ("twin", "large")], ids=["as_made", "swapped"])
def test_exactly_the_records_that_were_made_to_differ_are_found(
    pair: tuple[Orgs, dict[str, Any]], tmp_path: Path, where: str, sides: tuple[str, str]
) -> None:
    orgs, told = pair
    file = data_set(sorted(told["rows"]), tmp_path, where)
    ran = orgs.run("compare", *sides, "--data-set", str(file), "--json")
    lines = [line for line in ran.events("RecordCompared") if line["status"] != "same"]
    only = ["only_in_a", "only_in_b"] if sides[0] == "large" else ["only_in_b", "only_in_a"]
    for status, name in zip([*only, "different"], ["only_in_a", "only_in_b", "different"], strict=True):
        found = {(line["object"], line["key"]) for line in lines if line["status"] == status}
        assert found == {(one["object"], one["key"]) for one in told["records"][name]}
    changed = {(line["object"], line["key"], *line["changes"]) for line in lines if line["changes"]}
    assert changed == {(one["object"], one["key"], one["field"]) for one in told["records"]["different"]}
    assert len(lines) == 60
    same = sum(told["rows"].values()) - len(told["records"]["only_in_a"]) - len(told["records"]["different"])
    assert ran.event("RecordCompareFinished")["same"] == same
