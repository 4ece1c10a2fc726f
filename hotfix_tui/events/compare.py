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
class ComponentDependencies(Fact):
    """What a component depends on and what uses it on each side, each `Type:Full_Name`.

    `of_org`: those of them that were not found in the component's files, but told by MetadataComponentDependency.
    """

    type: str
    full_name: str
    a_depends_on: tuple[str, ...] = ()
    a_used_by: tuple[str, ...] = ()
    b_depends_on: tuple[str, ...] = ()
    b_used_by: tuple[str, ...] = ()
    of_org: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RecordRelated(Fact):
    """The record whose impact was asked for, in one org, and what is related to it.

    `parents`: `{"field", "object", "id", "name"}` each. `children`: `{"object", "field", "count", "detail"}` each;
    `uncounted` relationships were not counted.
    """

    org: str
    object: str
    record: str
    name: str
    parents: tuple[dict[str, Any], ...]
    children: tuple[dict[str, Any], ...]
    uncounted: int = 0


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


@dataclass(frozen=True, kw_only=True)
class RecordCompareStarted(Fact):
    """The records of a data set are compared between two orgs."""

    a: str
    b: str
    data_set: str


@dataclass(frozen=True, kw_only=True)
class RecordsUnreadable(Fact):
    """An object of the data set that cannot be compared. `side`: a or b, the one that does not have it or refuses."""

    side: str
    object: str
    why: str


@dataclass(frozen=True, kw_only=True)
class RecordCompared(Fact):
    """One record, by its match key.

    `status`: only_in_a, only_in_b, different, same; ambiguous (several rows it could be, all of them in `rows`:
    `{"side", "id", "label", "fields"}`); keyless (a row without a key, `key` is empty). `changes`: field → (a, b) of
    those that differ, lookups by the parent's key. `looks_like`: a row without a key that is probably this one (its
    Id), or the key of the row that a keyless one is probably. `a_changed` / `b_changed` as in ComponentCompared.
    """

    object: str
    key: str
    status: str
    label: str = ""
    changes: dict[str, Any]
    a_ids: tuple[str, ...] = ()
    b_ids: tuple[str, ...] = ()
    a_changed: dict[str, Any]
    b_changed: dict[str, Any]
    looks_like: str = ""
    rows: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class RecordCompareFinished(Fact):
    """The counts of all records. `unreadable`: objects that were not compared."""

    data_set: str
    same: int
    different: int
    only_in_a: int
    only_in_b: int
    ambiguous: int
    keyless: int
    unreadable: int
