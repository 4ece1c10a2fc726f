"""Local orgs as a process of their own, for clients that only know an address and a token."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.localorg import process
from hotfix_tui.localorg.wanted import Load, Wanted
from tests.localorg.wire import Wire


@dataclass(frozen=True)
class Orgs:
    """Running local orgs by alias, and their control endpoint."""

    registry: dict[str, Any]

    def __getitem__(self, alias: str) -> dict[str, Any]:
        """What the registry has of an org."""
        entry: dict[str, Any] = self.registry["orgs"][alias]
        return entry

    def wire(self, alias: str) -> Wire:
        """An org as seen with the standard library only."""
        return Wire(self[alias])

    def control(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """One call of the control endpoint."""
        point = self.registry["control"]
        wire = Wire({"instance_url": point["url"], "access_token": point["token"], "users": {}})
        answer: dict[str, Any] = json.loads(
            wire.call(method, path, None if body is None else json.dumps(body).encode())
        )
        return answer

    def requests(self, alias: str) -> list[dict[str, Any]]:
        """The requests an org has had, oldest first."""
        log: list[dict[str, Any]] = self.control("GET", f"/orgs/{alias}/requests")["log"]
        return log


@contextmanager
def running(home: Path, project: Path, **kinds: str) -> Iterator[Orgs]:
    """An org for each alias in `kinds`, of that kind, with what is in `project`; deployments take no time."""
    loads = tuple(Load(alias, str(project), kind) for alias, kind in kinds.items())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOTFIX_HOME", str(home))
        registry, _ = process.start(Wanted(loads=loads))
        process.control("POST", "/pace", {"seconds": 0})
    try:
        yield Orgs(registry)
    finally:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HOTFIX_HOME", str(home))
            process.stop()
