"""What becomes of each row of one object, in memory or on disk."""

from __future__ import annotations

import marshal
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, cast, overload

from hotfix_tui.data import spool
from hotfix_tui.data.rows import Ref, Scalar

Act = Literal["insert", "update", "delete", "undelete", "equal"]
"""What becomes of a row; only an undo undeletes."""

# What most rows have none of, once for all of them.
_NOTHING: Mapping[str, Any] = MappingProxyType({})

_AT_ONCE = 400
_EQUAL = -1
_COLUMNS = "n INTEGER PRIMARY KEY, act TEXT, level INT, sends INT, later INT, master BLOB, k BLOB, v BLOB"


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

    @property
    def sends(self) -> bool:
        """Whether the first call has something to send."""
        return self.act != "equal" and (self.act != "update" or bool(self.values or self.refs))

    def in_words(self) -> Mapping[str, tuple[Any, Any]]:
        """`changes`; those of an insert are what is sent."""
        if self.act != "insert":
            return self.changes
        sent: dict[str, Any] = {name: value for name, value in self.values.items() if value is not None}
        sent |= {name: ref[1] for name, ref in (self.refs | self.later).items() if ref is not None}
        return {name: (None, value) for name, value in sent.items()}


class Kind(NamedTuple):
    """What rows are counted by. `sends`: the first call has something to send; `later`: there is a second."""

    act: Act
    level: int
    sends: bool
    later: bool


class RowPlans(Collection[RowPlan]):
    """The rows of one object in the order they were planned. A row that is changed is put back: it may be a copy.

    `equal`: how many more rows are equal, and only counted.
    """

    def __init__(self, rows: Iterable[RowPlan] = (), *, equal: int = 0) -> None:
        self._equal = equal
        self._small: list[RowPlan] = []  # all of them, or those the table does not have yet
        self._table = ""
        self._flushed = 0
        self._counted: Counter[Kind] | None = None
        self._names: list[tuple[tuple[str, ...], ...]] = []
        self._places: dict[tuple[tuple[str, ...], ...], int] = {}
        for row in rows:
            self.append(row)

    def append(self, row: RowPlan) -> None:
        """One more row."""
        self._counted = None
        self._small.append(row)
        if self._table:
            if len(self._small) >= _AT_ONCE:
                self._flush()
        elif len(self._small) > spool.MOST_IN_MEMORY:
            self._table = spool.database().table(self, _COLUMNS)
            self._flush()

    def counts(self) -> Counter[Kind]:
        """How many rows there are of each kind."""
        if self._counted is None and not self._table:
            kinds = (Kind(row.act, row.level, row.sends, bool(row.later)) for row in self._small)
            self._counted = Counter(kinds)
        elif self._counted is None:
            sql = "act, level, sends, later, count(*) FROM {} GROUP BY act, level, sends, later"
            found = self._select(sql)
            self._counted = Counter({Kind(act, level, *map(bool, marks)): many for act, level, *marks, many in found})
        if self._equal:
            return self._counted + Counter({Kind("equal", 0, sends=False, later=False): self._equal})
        return self._counted

    def count(self, *acts: Act) -> int:
        """How many rows have one of these acts."""
        return sum(many for kind, many in self.counts().items() if kind.act in acts)

    def levels(self, *acts: Act) -> list[int]:
        """The levels that rows of these acts have, in order."""
        return sorted({kind.level for kind in self.counts() if kind.act in acts})

    def changing(self) -> Iterator[RowPlan]:
        """The rows that are not equal."""
        if self._table and not self.count("insert", "update", "delete", "undelete"):
            return iter(())
        return (row for row in self if row.act != "equal")

    def in_order(self, act: Act, level: int) -> Sequence[RowPlan]:
        """The rows of this act and level that have something to send, sorted by master and key."""
        return self._sorted(
            lambda row: row.act == act and row.level == level and row.sends,
            "n FROM {} WHERE act = ? AND level = ? AND sends ORDER BY master, k",
            (act, level),
        )

    def in_second_pass(self) -> Sequence[RowPlan]:
        """The rows that have a second call, sorted by master and key."""
        return self._sorted(lambda row: bool(row.later), "n FROM {} WHERE later ORDER BY master, k", ())

    def set_levels(self, level_of: Callable[[int], int]) -> None:
        """Adds to each row's level what `level_of` its position says."""
        self._counted = None
        if not self._table:
            for position, row in enumerate(self._small):
                row.level += level_of(position)
            return
        self._flush()
        deeper = ((level_of(position), position) for position in range(self._flushed) if level_of(position))
        spool.database().run_many(f"UPDATE {self._table} SET level = level + ? WHERE n = ?", deeper)  # noqa: S608

    def put(self, position: int, row: RowPlan) -> None:
        """`row` in place of the one at `position`."""
        self._counted = None
        if not self._table:
            self._small[position] = row
            return
        self._flush()
        put = f"INSERT OR REPLACE INTO {self._table} VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
        spool.database().run(put, self._columns(position, row))

    def __len__(self) -> int:
        return self._flushed + len(self._small) + self._equal

    def __contains__(self, row: object) -> bool:
        return any(one == row for one in self)

    def __iter__(self) -> Iterator[RowPlan]:
        if not self._table:
            yield from self._small
            return
        self._flush()
        for start in range(0, self._flushed, _AT_ONCE):
            page = self._select("v, level FROM {} WHERE n >= ? AND n < ? ORDER BY n", (start, start + _AT_ONCE))
            yield from (self._unpacked(*one) for one in page)

    def __getitem__(self, position: int) -> RowPlan:
        if not self._table:
            return self._small[position]
        self._flush()
        return self._unpacked(*self._select("v, level FROM {} WHERE n = ?", (position,))[0])

    def at(self, positions: Sequence[int]) -> Iterator[RowPlan]:
        """The rows at these positions, a few hundred at most."""
        if not self._table:
            yield from (self._small[position] for position in positions)
            return
        listed = ",".join(map(str, positions))
        found = {n: (v, level) for n, v, level in self._select(f"n, v, level FROM {{}} WHERE n IN ({listed})")}
        yield from (self._unpacked(*found[position]) for position in positions)

    # -- on disk

    def _sorted(self, those: Callable[[RowPlan], bool], sql: str, values: tuple[Any, ...]) -> Sequence[RowPlan]:
        if not self._table:
            return sorted((row for row in self._small if those(row)), key=lambda row: (row.master, row.key))
        return InOrder(self, array("q", (one for (one,) in self._select(sql, values))))

    def _select(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        self._flush()
        return spool.database().run("SELECT " + sql.format(self._table), values)

    def _flush(self) -> None:
        if self._small:
            put = f"INSERT INTO {self._table} VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
            rows = (self._columns(self._flushed + number, row) for number, row in enumerate(self._small))
            spool.database().run_many(put, rows)
            self._flushed += len(self._small)
            self._small = []

    def _columns(self, position: int, row: RowPlan) -> tuple[Any, ...]:
        if row.act == "equal":  # nothing is sent: there may be a million of them
            key = row.key.encode("utf-8", "surrogatepass")
            kept = row.object, row.key, row.act, row.id, "", row.reason, row.adopted, _EQUAL, ()
            return position, row.act, row.level, False, False, b"", key, marshal.dumps(kept)
        maps = row.values, row.refs, row.later, row.changes, row.before, row.match
        names = tuple(tuple(one) for one in maps)
        place = self._places.setdefault(names, len(self._names))
        if place == len(self._names):
            self._names.append(names)
        values = tuple([tuple(cast(Mapping[str, Any], one).values()) for one in maps])
        packed = row.object, row.key, row.act, row.id, row.master, row.reason, row.adopted, place, values
        master, key = (text.encode("utf-8", "surrogatepass") for text in (row.master, row.key))
        return position, row.act, row.level, row.sends, bool(row.later), master, key, marshal.dumps(packed)

    def _unpacked(self, packed: bytes, level: int) -> RowPlan:
        name, key, act, record_id, master, reason, adopted, place, values = marshal.loads(packed)  # noqa: S302 - ours
        if place == _EQUAL:
            return RowPlan(name, key, act, record_id, level=level, reason=reason, adopted=adopted)
        # Names and values are of one length: they were packed together. What most rows have none of is one for all.
        own: Any = [dict(zip(*one)) for one in zip(self._names[place][:3], values[:3])]  # noqa: B905
        rest: Any = [dict(zip(*one)) if one[0] else _NOTHING for one in zip(self._names[place][3:], values[3:])]  # noqa: B905
        plan = RowPlan(name, key, act, record_id, *own, *rest)
        plan.level, plan.master, plan.reason, plan.adopted = level, master, reason, adopted
        return plan


class InOrder(Sequence[RowPlan]):
    """Rows that are on disk, by their positions: each is read when it is looked at."""

    def __init__(self, rows: RowPlans, positions: array[int]) -> None:
        self._rows, self._positions = rows, positions

    def __len__(self) -> int:
        return len(self._positions)

    @overload
    def __getitem__(self, index: int) -> RowPlan: ...
    @overload
    def __getitem__(self, index: slice) -> InOrder: ...
    def __getitem__(self, index: int | slice) -> RowPlan | InOrder:
        if isinstance(index, slice):
            return InOrder(self._rows, self._positions[index])
        return self._rows[self._positions[index]]

    def __iter__(self) -> Iterator[RowPlan]:
        for start in range(0, len(self._positions), _AT_ONCE):
            yield from self._rows.at(self._positions[start : start + _AT_ONCE])
