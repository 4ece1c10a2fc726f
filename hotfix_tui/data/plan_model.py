"""A plan: what will be written to an org, row by row, in writing order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from hotfix_tui.data.data_set import DataSet
from hotfix_tui.data.platform_rules import BULK_FROM, BYTES_A_RECORD, ROWS_A_CALL, ROWS_A_JOB
from hotfix_tui.data.row_plans import Act, RowPlan, RowPlans
from hotfix_tui.data.rows import DataRows, Ref

__all__ = ["Act", "ObjectPlan", "Plan", "RowPlan", "RowPlans", "Twin", "calls_for"]

_REQUESTS_A_JOB = 9


def calls_for(rows: int) -> int:
    """How many requests it takes to write so many rows of one object and level when nothing is refused.

    A job of the Bulk API is made, filled, started, looked at a few times and read.
    """
    if rows <= BULK_FROM:
        return -(-rows // ROWS_A_CALL)
    return -(-rows // ROWS_A_JOB) * _REQUESTS_A_JOB


@dataclass
class ObjectPlan:
    """One object's part, `rows` in no particular order. `tree`: rows of each depth of its self-lookups, written or not.
    `second_pass`: lookups that some of its rows get after a second call. `key_unique`: the org itself refuses a second
    row of one key. `condition`: SOQL that updated rows must still meet.
    """

    object: str
    rows: RowPlans = field(default_factory=RowPlans)
    reference: int = 0
    condition: str = ""
    tree: tuple[int, ...] = ()
    second_pass: tuple[str, ...] = ()
    key_unique: bool = False

    def in_order(self, act: Act, level: int) -> Sequence[RowPlan]:
        """The rows of this act and level that have something to send, sorted by master."""
        return self.rows.in_order(act, level)

    @property
    def levels(self) -> list[int]:
        """The levels that inserts and updates have, parents first."""
        return self.rows.levels("insert", "update")

    @property
    def changing(self) -> int:
        """How many rows are not equal."""
        return len(self.rows) - self.rows.count("equal")


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
        return sum(one.rows.count(act) for one in self.objects)

    def keep_only(self, wanted: Collection[Ref]) -> None:
        """Leaves out every row that is not one of `wanted` (object, key), whatever would be done with it."""
        for one in self.objects:
            one.rows = RowPlans(row for row in one.rows if (row.object, row.key) in wanted)

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
        return [one.object for one in self.objects if one.changing]

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
            for kind, many in one.rows.counts().items():
                if kind.sends:
                    parts[one.object, kind.act, kind.level] += many
                if kind.later:
                    parts[one.object, "later", 0] += many
        return parts
