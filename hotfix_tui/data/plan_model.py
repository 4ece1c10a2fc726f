"""A plan: what will be written to an org, row by row, in writing order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from hotfix_tui.data.data_set import DataSet
from hotfix_tui.data.platform_rules import BULK_FROM, BYTES_A_RECORD, ROWS_A_CALL, ROWS_A_JOB
from hotfix_tui.data.rows import DataRows, Ref, Scalar

Act = Literal["insert", "update", "delete", "undelete", "equal"]
"""What becomes of a row; only an undo undeletes."""

_REQUESTS_A_JOB = 9

# What most rows have none of, once for all of them.
_NOTHING: Mapping[str, Any] = MappingProxyType({})


def calls_for(rows: int) -> int:
    """How many requests it takes to write so many rows of one object and level when nothing is refused.

    A job of the Bulk API is made, filled, started, looked at a few times and read.
    """
    if rows <= BULK_FROM:
        return -(-rows // ROWS_A_CALL)
    return -(-rows // ROWS_A_JOB) * _REQUESTS_A_JOB


@dataclass(slots=True)
class RowPlan:
    """One row's part.

    `id`: its Id in the target ("" before an insert). `values` and `refs` go with the first call, `later` (lookups whose
    parent is inserted after this row) with the second pass. `changes`: field → (from, to) as people read it (`in_words`
    for an insert). `before`:
    the target's own values of what changes (everything, on delete). `level`: depth in its object's self-lookups.
    `master`: what rows are sorted by, so that rows of one master go together. `reason`: why it cannot be sent at all.
    `match`: the fields its key is made of, by which it is found again when a reply is lost.
    """

    object: str
    key: str
    act: Act
    id: str = ""
    values: dict[str, Scalar] = field(default_factory=dict)
    refs: dict[str, Ref | None] = field(default_factory=dict)
    later: dict[str, Ref] = field(default_factory=dict)
    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=lambda: _NOTHING)
    before: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    match: Mapping[str, Scalar | Ref] = field(default_factory=lambda: _NOTHING)
    level: int = 0
    master: str = ""
    reason: str = ""
    adopted: bool = False

    def in_words(self) -> Mapping[str, tuple[Any, Any]]:
        """`changes`; those of an insert are what is sent."""
        if self.act != "insert":
            return self.changes
        sent: dict[str, Any] = {name: value for name, value in self.values.items() if value is not None}
        sent |= {name: ref[1] for name, ref in (self.refs | self.later).items() if ref is not None}
        return {name: (None, value) for name, value in sent.items()}


@dataclass
class ObjectPlan:
    """One object's part, `rows` in no particular order. `tree`: rows of each depth of its self-lookups, written or not.
    `second_pass`: lookups that some of its rows get after a second call. `key_unique`: the org itself refuses a second
    row of one key. `condition`: SOQL that updated rows must still meet.
    """

    object: str
    rows: list[RowPlan] = field(default_factory=list)
    reference: int = 0
    condition: str = ""
    tree: tuple[int, ...] = ()
    second_pass: tuple[str, ...] = ()
    key_unique: bool = False

    def of(self, act: Act) -> list[RowPlan]:
        """The rows with this act."""
        return [row for row in self.rows if row.act == act]

    def in_order(self, act: Act, level: int) -> list[RowPlan]:
        """The rows of this act and level that have something to send, sorted by master."""
        rows = [row for row in self.of(act) if row.level == level and (act != "update" or row.values or row.refs)]
        return sorted(rows, key=lambda row: (row.master, row.key))

    @property
    def levels(self) -> list[int]:
        """The levels that inserts and updates have, parents first."""
        return sorted({row.level for row in self.rows if row.act in ("insert", "update")})


@dataclass(frozen=True)
class Twin:
    """A row of the target without a key whose second key is that of a row about to be inserted."""

    object: str
    key: str
    record_id: str
    why: str
    adopted: bool = False


@dataclass
class Plan:
    """What will be done to `target.org`. `blockers` and `notes` are sentences; with a blocker nothing is written.

    `adopted`: rows that get their key by this plan (twins), and their Ids. `storage_left`: MB, when the org told.
    """

    data_set: DataSet
    target: DataRows
    objects: list[ObjectPlan] = field(default_factory=list)
    twins: list[Twin] = field(default_factory=list)
    blockers: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    adopted: dict[Ref, str] = field(default_factory=dict)
    both_sandboxes: bool = False
    storage_left: int | None = None

    def count(self, act: Act) -> int:
        """How many rows have this act."""
        return sum(len(one.of(act)) for one in self.objects)

    def keep_only(self, wanted: Collection[Ref]) -> None:
        """Leaves out every row that is not one of `wanted` (object, key), whatever would be done with it."""
        for one in self.objects:
            one.rows = [row for row in one.rows if (row.object, row.key) in wanted]

    @property
    def rows(self) -> int:
        """All counted rows, equal ones included."""
        return sum(len(one.rows) for one in self.objects)

    @property
    def size(self) -> int:
        """Bytes of data storage that all counted rows take in the target."""
        return self.rows * BYTES_A_RECORD

    @property
    def written_objects(self) -> list[str]:
        """Objects with at least one row to insert, update or delete: those whose automations fire."""
        return [one.object for one in self.objects if any(row.act != "equal" for row in one.rows)]

    @property
    def bulk(self) -> bool:
        """Whether part of it goes by jobs of the Bulk API."""
        return any(count > BULK_FROM for count in self._parts().values())

    @property
    def calls(self) -> int:
        """How many write calls it takes when nothing is refused."""
        return sum(calls_for(count) for count in self._parts().values())

    def _parts(self) -> Counter[tuple[str, str, int]]:
        """How many rows go out together: of one object, act and level."""
        parts: Counter[tuple[str, str, int]] = Counter()
        for one in self.objects:
            for row in one.rows:
                if row.act != "equal" and (row.act != "update" or row.values or row.refs):
                    parts[one.object, row.act, row.level] += 1
                if row.later:
                    parts[one.object, "later", 0] += 1
        return parts
