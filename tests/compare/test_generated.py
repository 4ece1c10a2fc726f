"""Two generated orgs differ, read over HTTP, in exactly what their maker says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hotfix_tui.compare.compare import compare
from hotfix_tui.compare.sources import OrgSource
from hotfix_tui.localorg.clock import Clock
from hotfix_tui.localorg.generate import Request
from hotfix_tui.localorg.generate.pair import LARGE, TWIN, Pair
from tests.compare.served import serving

REQUEST = Request(components=700, seed=3, differing=60)


@pytest.mark.slow
async def test_the_stated_differences_are_found_and_no_others(tmp_path: Path) -> None:
    pair = Pair(REQUEST, Clock(datetime(2026, 1, 13, 10, tzinfo=UTC)))
    large = pair.make_large(tmp_path / LARGE)
    twin = pair.make_twin(large, tmp_path / TWIN)
    one, two = (org.users.by_username(pair.usernames(alias)[0]) for org, alias in ((large, LARGE), (twin, TWIN)))
    assert one is not None and two is not None
    async with serving(large, one.id) as a, serving(twin, two.id) as b:
        comparison = compare(OrgSource(a.org), OrgSource(b.org))
        assert [event async for event in comparison]
    found: dict[str, list[tuple[str, str]]] = {}
    for key, row in comparison.rows.items():
        found.setdefault(row.status, []).append((key.type, key.full_name))
    for status, told in pair.told()["components"].items():
        assert sorted(found[status]) == [(each["type"], each["full_name"]) for each in told]
    own = [key for key in found["same"] if key[0] != "StandardValueSet"]
    assert len(own) + REQUEST.differing - len(found["only_in_b"]) == REQUEST.components
