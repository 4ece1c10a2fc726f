"""Facts of promoting the fix to production."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hotfix_tui.events.base import Fact, Intent


@dataclass(frozen=True, kw_only=True)
class FixComponent(Fact):
    """A component of the fix. `change`: new, changed, deleted. `drift`: production moved since its baseline."""

    type: str
    full_name: str
    change: str
    by: str = ""
    at: str = ""
    drift: bool = False


@dataclass(frozen=True, kw_only=True)
class FixRecord(Fact):
    """A record of the fix. `change`: insert, update, delete. `changes`: field → [from, to]; lookups by their key."""

    object: str
    key: str
    change: str
    changes: dict[str, Any]
    drift: bool = False


@dataclass(frozen=True, kw_only=True)
class FixFound(Fact):
    """The fix is listed: environment now minus environment baseline. `tests`: the Apex test classes to run."""

    components: int
    records: int
    tests: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class GateReached(Fact):
    """`gate`: validate, snapshot, deploy, activate, verify_metadata, data, verify_data, containment. `state`: started,
    passed, failed, skipped.
    """

    gate: str
    state: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class FlowActivate(Intent):
    """A version of a flow is about to be made the active one. `before`: the definition's id and active version."""

    flow: str
    version: int


@dataclass(frozen=True, kw_only=True)
class FlowActivated(Fact):
    """A flow's active version as read back from the org."""

    org: str
    flow: str
    version: int


@dataclass(frozen=True, kw_only=True)
class Verified(Fact):
    """What the org has against what was promised. `differs` names what does not match."""

    org: str
    what: str
    matches: int
    differs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ProductionChangePlanned(Fact):
    """Records of production that only production gets. `purpose`: change (before reopening) or containment (last).

    `rows` counts the records its condition finds now; `set` is what they get.
    """

    name: str
    object: str
    purpose: str
    rows: int
    set: dict[str, Any]
