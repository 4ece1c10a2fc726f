"""Facts of one Metadata API deploy, whatever it is for and whichever org it goes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hotfix_tui.events.base import Fact, Intent


@dataclass(frozen=True, kw_only=True)
class DeployRequested(Intent):
    """A deploy is about to be sent. `purpose`: resolve, switch_off, restore, validate, promote, sync.

    `components` are `Type:Full_Name`; `sha256` is that of the zip, by which a lost reply is recognised.
    """

    purpose: str
    check_only: bool
    components: tuple[str, ...]
    test_level: str
    tests: tuple[str, ...]
    sha256: str
    quick_deploy_of: str = ""


@dataclass(frozen=True, kw_only=True)
class DeployStarted(Fact):
    """The org took the deploy and gave it an id (0Af…). `key` is the intent's."""

    key: str
    org: str
    deploy_id: str
    purpose: str
    check_only: bool


@dataclass(frozen=True, kw_only=True)
class DeployProgressed(Fact):
    """Counts as the org gave them; written only when something moved."""

    org: str
    deploy_id: str
    status: str
    components_done: int
    components_total: int
    component_errors: int
    tests_done: int
    tests_total: int
    test_errors: int
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class ComponentDeployed(Fact):
    """One component's message. `outcome`: created, changed, unchanged, deleted, failed. `problem` when failed."""

    org: str
    deploy_id: str
    type: str
    full_name: str
    outcome: str
    problem: str = ""
    line: int | None = None


@dataclass(frozen=True, kw_only=True)
class TestRan(Fact):
    """One Apex test method of a deploy."""

    org: str
    deploy_id: str
    class_name: str
    method: str
    passed: bool
    message: str = ""
    milliseconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class DeployFinished(Fact):
    """`status` is the org's: Succeeded, SucceededPartial, Failed, Canceled. `problems`: failures, in its words."""

    key: str
    org: str
    deploy_id: str
    purpose: str
    check_only: bool
    status: str
    problems: tuple[dict[str, Any], ...] = ()
    quick_deploy_until: str = ""


@dataclass(frozen=True, kw_only=True)
class ComponentsResolved(Fact):
    """Production's `components` (`Type:Full_Name`) were brought to the environment; `added` were not there before.

    What was there is kept as `snapshot/resolve/NUMBER/before`, what came as `…/brought`. The latest of a `number`
    counts: `undone` when it was taken back.
    """

    number: int
    org: str
    components: tuple[str, ...]
    added: tuple[str, ...] = ()
    undone: bool = False
