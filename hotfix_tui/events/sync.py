"""Facts of bringing the fix to the other orgs."""

from __future__ import annotations

from dataclasses import dataclass

from hotfix_tui.events.base import Fact


@dataclass(frozen=True, kw_only=True)
class OrgStage(Fact):
    """Where one org's row of the board is. `stage`: connect, compare, deploy, data, verify.

    `state`: started, done, failed.
    """

    org: str
    stage: str
    state: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class CellClassified(Fact):
    """One part of the fix in one org. `part`: component or record; `type` a metadata type or an object.

    `cell`: apply (theirs equals the base), new (not there, nor in the base), same (there already), differs (left
    alone). `reason` says in words why it differs.
    """

    org: str
    part: str
    type: str
    name: str
    cell: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class OrgCertified(Fact):
    """One org's end. `parity`: yes, exceptions (something was left alone), no (something failed)."""

    org: str
    org_id: str
    parity: str
    applied: int
    left: int
    failed: int
    detail: str = ""
