"""What somebody asks for when they start local orgs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hotfix_tui.localorg.generate import read_request
from hotfix_tui.localorg.scenarios.format import KINDS, find

__all__ = ["KINDS", "CannotStart", "Load", "Say", "Wanted", "wanted_from"]

Say = Callable[[str], None]


class CannotStart(Exception):
    """The local orgs cannot be started. The message is a sentence; `usage`: what was asked for is wrong."""

    def __init__(self, message: str, *, usage: bool = True) -> None:
        super().__init__(message)
        self.usage = usage


@dataclass(frozen=True)
class Load:
    """An org made from a folder of metadata. `plan`: a file of records to load; empty lets the loader choose."""

    alias: str
    folder: str
    kind: str = "developer"
    plan: str = ""


@dataclass(frozen=True)
class Wanted:
    """What was asked for: a scenario's name or folder (empty for none), folders to load, the clock, a fresh start.

    `generate`: how large a generated pair of orgs is (generate/request.py); empty for none. `padded`: whether the
    orgs of a scenario are filled up as it says, which makes them as large as real ones, and their start slower.
    """

    scenario: str = ""
    loads: tuple[Load, ...] = ()
    now: str = ""
    fresh: bool = False
    generate: str = ""
    padded: bool = False

    def source(self) -> str:
        """What the orgs are made from, as one text; another text means other orgs.

        Raises ScenarioError, BadRequest.
        """
        parts = [f"scenario {find(self.scenario)}"] if self.scenario else []
        parts += [f"{load.alias}={load.folder} {load.kind} {load.plan}".rstrip() for load in self.loads]
        parts += [f"generated {read_request(self.generate)}"] if self.generate else []
        return "; ".join(parts)


def wanted_from(raw: dict[str, Any]) -> Wanted:
    """What was asked for, from the JSON that `start` hands its process."""
    return Wanted(**{**raw, "loads": tuple(Load(**item) for item in raw["loads"])})
