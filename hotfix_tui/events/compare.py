"""Facts of a comparison of two orgs or folders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hotfix_tui.events.base import Fact


@dataclass(frozen=True, kw_only=True)
class CompareStarted(Fact):
    """`a` and `b` are aliases or folder paths. In a hotfix `a` is production, `b` the environment."""

    a: str
    b: str


@dataclass(frozen=True, kw_only=True)
class TypesRead(Fact):
    """One side's list: how many components of how many metadata types there are to read."""

    side: str
    types: int
    components: int


@dataclass(frozen=True, kw_only=True)
class TypeUnreadable(Fact):
    """A metadata type that one side could not give, and the org's own words."""

    side: str
    type: str
    why: str


@dataclass(frozen=True, kw_only=True)
class ComponentCompared(Fact):
    """One component. `status`: only_in_a, only_in_b, different, same, unreadable (contracts.md).

    `a_changed` / `b_changed`: `{"by": name, "at": ISO 8601}` or empty. `impact`: belongs to the data set's objects.
    `blocking`: in the impact set, and production changed it after the environment was made. In a hotfix each side's
    normalised text is kept as `compare/a/TYPE/NAME` and `compare/b/TYPE/NAME` for components that differ. `ignored`: it
    is same because the user's rules ignore what differs.
    """

    type: str
    full_name: str
    status: str
    a_changed: dict[str, Any]
    b_changed: dict[str, Any]
    impact: bool = False
    blocking: bool = False
    ignored: bool = False


@dataclass(frozen=True, kw_only=True)
class CompareFinished(Fact):
    """The counts of all that was compared. `ignored`: components the user's rules left out or made same.

    `managed`: components of installed packages, on either side, that were left out.
    """

    same: int
    different: int
    only_in_a: int
    only_in_b: int
    unreadable: int
    impact: int
    blocking: int
    ignored: int = 0
    managed: int = 0
