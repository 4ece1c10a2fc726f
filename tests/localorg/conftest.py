"""Local orgs for tests: one shared incident that nobody writes to, and instances of one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.localorg import process
from hotfix_tui.localorg.wanted import Wanted

NOW = "2026-01-13T10:00:00Z"
Started = dict[str, Any]


def _instance(home: Path, wanted: Wanted) -> Iterator[Started]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOTFIX_HOME", str(home))
        registry, _ = process.start(wanted)
        process.control("POST", "/pace", {"seconds": 0})
    try:
        yield {**registry, "home": str(home)}
    finally:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HOTFIX_HOME", str(home))
            process.stop()


@pytest.fixture(scope="session")
def incident(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """The registry of the shipped incident, its clock at 13 January 2026, 10:00. Only for reading."""
    yield from _instance(tmp_path_factory.mktemp("incident"), Wanted("incident", now=NOW))


@pytest.fixture(scope="module")
def own_incident(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """An incident that the tests of one module write to."""
    yield from _instance(tmp_path_factory.mktemp("own"), Wanted("incident", now=NOW))


@pytest.fixture(scope="session")
def start_scenario(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], Started]]:
    """Starts a scenario of a folder in a home of its own; stopped at the end of the session."""
    running: list[Iterator[Started]] = []

    def start(folder: Path) -> Started:
        made = _instance(tmp_path_factory.mktemp("scenario"), Wanted(str(folder), now=NOW))
        running.append(made)
        return next(made)

    yield start
    for made in running:
        next(made, None)
