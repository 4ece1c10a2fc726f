"""Events of making, following and deleting a hotfix environment."""

from __future__ import annotations

from dataclasses import dataclass

from hotfix_tui.events.base import Fact, Intent


@dataclass(frozen=True, kw_only=True)
class SandboxCreate(Intent):
    """A sandbox is about to be asked for in production `org`. `licence`: DEVELOPER …; `source_id`: of a clone."""

    name: str
    licence: str
    group_id: str = ""
    source_id: str = ""
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class ScratchCreate(Intent):
    """A scratch org is about to be asked for in the Dev Hub `org`, for `days`. `definition`: that file's text."""

    name: str
    days: int
    edition: str
    features: tuple[str, ...] = ()
    definition: str = ""


@dataclass(frozen=True, kw_only=True)
class SandboxRefresh(Intent):
    """A sandbox is about to be copied anew from production `org`: what is in it goes.

    `info_id`: its SandboxInfo; `process_id`: its latest copy before; `gone_id`: the id of the org that goes.
    """

    name: str
    licence: str
    info_id: str
    process_id: str
    gone_id: str
    group_id: str = ""


@dataclass(frozen=True, kw_only=True)
class EnvironmentDelete(Intent):
    """An environment that was made is about to be deleted in `org`. `kind`: sandbox or scratch."""

    kind: str
    name: str
    record_id: str


@dataclass(frozen=True, kw_only=True)
class EnvironmentRequested(Fact):
    """`org` has taken the request. `kind`: sandbox or scratch; `request_id`: SandboxInfo or ScratchOrgInfo."""

    org: str
    kind: str
    name: str
    request_id: str


@dataclass(frozen=True, kw_only=True)
class EnvironmentProgressed(Fact):
    """How far it is, in the org's word; `percent` is None where the org does not say one."""

    org: str
    name: str
    status: str
    percent: int | None = None


@dataclass(frozen=True, kw_only=True)
class EnvironmentReady(Fact):
    """It is there and logged in to, as `alias`."""

    org: str
    name: str
    alias: str
    org_id: str
    username: str


@dataclass(frozen=True, kw_only=True)
class EnvironmentDeleted(Fact):
    """`org` has taken the deletion."""

    org: str
    kind: str
    name: str
