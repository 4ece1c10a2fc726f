"""Facts and intents of writing records, and of the automations that are off meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from hotfix_tui.events.base import Fact, Intent


@dataclass(frozen=True, kw_only=True)
class ObjectPlanned(Fact):
    """One object's part of a plan, in writing order.

    `levels`: rows of each depth of its self-lookups, parents first. `second_pass`: lookup fields that can only be set
    once both ends exist. `refs`: fields that point at rows of this data set.
    """

    org: str
    object: str
    rows: int
    insert: int
    update: int
    delete: int
    equal: int
    reference: int = 0
    levels: tuple[int, ...] = ()
    second_pass: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RowPlanned(Fact):
    """A row that will be written. `act`: insert, update, delete. `changes`: field → (from, to); from None on insert."""

    org: str
    object: str
    key: str
    act: str
    changes: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class TwinFound(Fact):
    """A row of the target without a key that looks like a row about to be inserted. Never adopted without a yes."""

    org: str
    object: str
    key: str
    record_id: str
    why: str


@dataclass(frozen=True, kw_only=True)
class DuplicateFound(Fact):
    """A match key that several rows of one org have, so that nothing is written. `ids`: all of them. `rows`: each with
    its Id, name and dates, who saved it last, and the fields in which they differ.
    """

    org: str
    object: str
    key: str
    ids: tuple[str, ...]
    rows: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class PlanFinished(Fact):
    """The sums of a plan. `blockers` are sentences; with one, nothing is written. `size`: bytes, at 2 KB a row.

    `storage_left`: megabytes of data storage the org has left; None when it does not tell.
    """

    org: str
    data_set: str
    rows: int
    insert: int
    update: int
    delete: int
    equal: int
    calls: int
    size: int
    blockers: tuple[str, ...] = ()
    storage_left: int | None = None


@dataclass(frozen=True, kw_only=True)
class AutomationFound(Fact):
    """What fires when the plan is written. `kind` is a metadata type (ApexTrigger, ValidationRule, Flow, WorkflowRule,
    DuplicateRule, AssignmentRule …) or PackageSwitch. `state`: on, off; a flow's `version` is its active version.
    `plan`: switch_off, already_off, bypass (a permission set), setting (a row for our user), header (of each request),
    leave (it fires), cannot (it fires, and nobody chose that). `ways`: what a person may choose instead. `timing`: when
    it runs, in words.
    """

    org: str
    kind: str
    name: str
    object: str
    state: str
    plan: str
    version: int | None = None
    detail: str = ""
    ways: tuple[str, ...] = ()
    timing: str = ""


@dataclass(frozen=True, kw_only=True)
class AutomationSwitchOff(Intent):
    """An automation is about to be switched off. `before` restores it exactly (flag, version, metadata, body)."""

    RETURNS: ClassVar[bool] = True

    kind: str
    name: str
    object: str


@dataclass(frozen=True, kw_only=True)
class AutomationSwitched(Fact):
    """An automation's state as read back from the org after a switch or a restore. `key` is the switch-off intent's."""

    key: str
    org: str
    kind: str
    name: str
    object: str
    state: str
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class BypassAssign(Intent):
    """A permission set is about to be assigned to our user; `Settled` `undone` when it is taken away again."""

    RETURNS: ClassVar[bool] = True

    permission_set: str
    user_id: str


@dataclass(frozen=True, kw_only=True)
class AccessAssign(BypassAssign):
    """A permission set is about to be assigned to our user so that it sees `fields` (`Object.Field`) in a write."""

    fields: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AccessGrant(AccessAssign):
    """A permission set of this name is about to be made for our user alone, to edit `fields`; it goes as a whole."""


@dataclass(frozen=True, kw_only=True)
class RowsWrite(Intent):
    """Rows are about to be written, in one call or by one job of the Bulk API (`job`, its id, which is not filled yet).

    `keys`: match keys. `before`: key → fields as they are now (updates, deletes), or the values that find an insert. Of
    a job both are empty: what `before` would be was kept as `kept`, JSON, and `rows` says how many there are.
    """

    object: str
    act: str
    keys: tuple[str, ...]
    job: str = ""
    kept: str = ""
    rows: int = 0


@dataclass(frozen=True, kw_only=True)
class RowsWritten(Fact):
    """What one call wrote. `ids`: key → record id of the rows the org took; of a job it was kept as `kept`, JSON."""

    key: str
    org: str
    object: str
    act: str
    written: int
    refused: int
    ids: dict[str, str]
    kept: str = ""


@dataclass(frozen=True, kw_only=True)
class RowRefused(Fact):
    """One row the org refused, with its words."""

    org: str
    object: str
    key: str
    act: str
    code: str
    message: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RowsRehearse(Intent):
    """Rows are about to be sent in graphs that the org rolls back; `Settled` `undone` always. `mode`: as_it_is (with
    the automations as they are) or switched_off (within their window, before the first write that is kept).
    """

    mode: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class RowWouldBeRefused(Fact):
    """One row that the org refused in a rehearsal, with its words. `automation`: `Type:Name` of what refused it, where
    the words tell.
    """

    org: str
    object: str
    key: str
    act: str
    code: str
    message: str
    fields: tuple[str, ...] = ()
    automation: str = ""


@dataclass(frozen=True, kw_only=True)
class RehearsalFinished(Fact):
    """The sums of a rehearsal. `rows`: those of the plan that will be written; `covered`: those that were tried.

    `not_covered`: why others were not, with how many. `remains`: what a rollback does not take back.
    """

    org: str
    mode: str
    rows: int
    covered: int
    refused: int
    calls: int
    not_covered: tuple[str, ...] = ()
    remains: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DataWritten(Fact):
    """The sums of a data step. `purpose`: seed, promote, containment, sync, undo (`inserted`: undeleted)."""

    org: str
    purpose: str
    inserted: int
    updated: int
    deleted: int
    equal: int
    refused: int


@dataclass(frozen=True, kw_only=True)
class BaselineTaken(Fact):
    """`which`: production or environment. Its content was kept as `baseline/WHICH/components` and `…/records`.

    `unread`: metadata types that could not be read, of which the baseline knows nothing.
    """

    which: str
    org: str
    org_id: str
    components: int
    records: int
    unread: tuple[str, ...] = ()
