"""Intents and facts of passing automations for our own user, and of what happened to others meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from hotfix_tui.events.base import Fact, Intent


@dataclass(frozen=True, kw_only=True)
class SettingSwitch(Intent):
    """Rows of a setting are about to say that automations pass our user by; taken back as a whole.

    `values`: record Id (empty: a row is made for our user) → field → the value that is written. `before["rows"]` has
    the values of those rows before, `before["owner"]` whose row is made.
    """

    RETURNS: ClassVar[bool] = True

    object: str
    values: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ChangedMeanwhile(Fact):
    """Rows of `object` that others saved while automations on it were off for everybody.

    `rows`: the first of them, by name and who; `count`: how many there are.
    """

    org: str
    object: str
    count: int
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OrgSeen(Fact):
    """Which org an alias meant when something was begun there that must be taken back.

    `url`: its origin; `created`: Organization.CreatedDate, for a sandbox when it was made or refreshed. By these a
    refreshed sandbox is told from another org: the same address, a later date, another org id.
    """

    org: str
    org_id: str
    url: str
    created: str


@dataclass(frozen=True, kw_only=True)
class FlowMoved(Fact):
    """Somebody made another version of a flow active while it was off because of us; it was left as it is.

    `version`: what is active now; `recorded`: what was; `who`: in words, who changed it last and when, or empty.
    """

    org: str
    flow: str
    version: int
    recorded: int
    who: str = ""


@dataclass(frozen=True, kw_only=True)
class ReachFound(Fact):
    """Something by which writing in `org` may reach the outside. `kind`: named credential, remote site, e-mail, …

    `level`: "production" when it goes where production's own goes, "outside", or "unknown" where that cannot be told.
    `advice`: what can be done about it.
    """

    org: str
    kind: str
    name: str
    detail: str
    level: str
    advice: str
