"""The incident as large as the demo shows it: its story is in it unchanged, among thousands of other components."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests import scenario_tables as tables
from tests.local_orgs import Orgs, incident

pytestmark = pytest.mark.slow
COMPONENTS = 4_812


@pytest.fixture(scope="module")
def padded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orgs]:
    with incident(tmp_path_factory.mktemp("padded"), padded=True) as orgs:
        yield orgs


def test_a_comparison_is_of_as_many_components_as_the_story_says(padded: Orgs) -> None:
    ran = padded.run("compare", "prod", "hfx1", "--json")
    found = Counter(line["status"] for line in ran.events("ComponentCompared"))
    assert (found.total(), found.total() - found["same"]) == (COMPONENTS, tables.DIFFERENT)
    uat = padded.run("compare", "prod", "uat", "--json").event("CompareFinished")
    assert uat["same"] > 4_700


def test_step_two_finds_what_blocks_among_them_and_seeds_every_record(padded: Orgs) -> None:
    made = padded.run("new", "padded", "--production", "prod", "--environment", "hfx1", "--json")
    seed = padded.run("seed", made.lines[-1]["hotfix"], "--data-set", padded.data_set, "--json")
    finished = seed.events("CompareFinished")[0]
    differing = finished["different"] + finished["only_in_a"] + finished["only_in_b"]
    assert differing + finished["same"] == COMPONENTS
    assert (differing, finished["impact"], finished["blocking"]) == (tables.DIFFERENT, tables.IMPACT, 2)
    blocking = {f"{line['type']}:{line['full_name']}" for line in seed.events("ComponentCompared", blocking=True)}
    assert blocking == tables.BLOCKING
    assert seed.code == 0
