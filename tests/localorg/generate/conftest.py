"""A small generated pair of orgs, made once for the tests that only read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.localorg.clock import Clock
from hotfix_tui.localorg.generate import Request
from hotfix_tui.localorg.generate.pair import LARGE, TWIN, Pair
from hotfix_tui.localorg.org import LocalOrg

NOW = datetime(2026, 1, 13, 10, 0, tzinfo=UTC)
SMALL = Request(components=400, records=3_000, seed=7, differing=30)


@dataclass(frozen=True)
class Made:
    large: LocalOrg
    twin: LocalOrg
    told: dict[str, Any]


def make(request: Request, folder: Path) -> Made:
    pair = Pair(request, Clock(NOW))
    large = pair.make_large(folder / LARGE)
    return Made(large, pair.make_twin(large, folder / TWIN), pair.told())


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    made = make(SMALL, tmp_path_factory.mktemp("generated"))
    yield made
    made.large.close()
    made.twin.close()
