"""The records of a data set in two orgs, matched by key and compared field by field. It only reads."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from hotfix_tui.compare.compare import DIFFERENT, ONLY_IN_A, ONLY_IN_B, SAME
from hotfix_tui.data.data_set import DataSet, ObjectSpec
from hotfix_tui.data.difference import OWNER
from hotfix_tui.data.platform_rules import read_only_now
from hotfix_tui.data.rows import Row
from hotfix_tui.data.shape import FieldShape
from hotfix_tui.data.values import comparable, same_ref

AMBIGUOUS, KEYLESS = "ambiguous", "keyless"
STATUSES = (ONLY_IN_A, ONLY_IN_B, DIFFERENT, AMBIGUOUS, KEYLESS, SAME)


class Rows(Protocol):
    """One side: `data.both_sides.Side`, or rows that were kept."""

    org: str
    sandbox: bool

    def fields(self, name: str) -> Mapping[str, FieldShape]:
        """The fields that rows of the object carry."""

    def fold_case(self, name: str) -> bool:
        """Whether match keys of the object are the same in capital and small letters."""

    def rows(self, name: str) -> Iterator[tuple[str, str]]:
        """(Id, match key) of every row, "" for a row without a key."""

    def row(self, name: str, record_id: str) -> Row:
        """One row."""

    def changed(self, name: str, record_id: str) -> dict[str, Any]:
        """Who changed it last, and when."""


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One record's outcome. `a`, `b`: the Ids of the rows it is on each side, several when it is ambiguous.

    `fields`: those that differ. `like`: the Id of a row without a key which is probably this one; for a keyless row the
    key that it probably should have.
    """

    object: str
    key: str
    status: str
    a: tuple[str, ...] = ()
    b: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    like: str = ""
    label: str = ""


class RowComparer:
    """Compares the rows of one object. `untold`: field → in how many rows it refers to records without a match key, so
    that whether both sides mean the same one cannot be said: records outside the data set with different Ids, or a
    parent without a key that is probably the other side's parent.

    Who owns a record is each org's own affair and compared only with `owners`.
    """

    def __init__(self, a: Rows, b: Rows, spec: ObjectSpec, data_set: DataSet, *, owners: bool = False) -> None:
        self.untold: Counter[str] = Counter()
        self._a, self._b, self._spec = a, b, spec
        self._both_sandboxes = a.sandbox and b.sandbox
        self._fold = a.fold_case(spec.name) and b.fold_case(spec.name)
        self._fold_of = {name: a.fold_case(name) and b.fold_case(name) for name in data_set.names}
        left, right = a.fields(spec.name), b.fields(spec.name)
        self._fields = [
            (name, left[name], right[name])
            for name in left
            if name in right and name not in spec.masked and (owners or name != OWNER)
        ]

    def __iter__(self) -> Iterator[ComparedRow]:
        """Every record once, in order of key, rows without a key last. Blocks."""
        name = self._spec.name
        by_key = _Index(self._a, name, self._fold), _Index(self._b, name, self._fold)
        twins: dict[str, str] = {}
        taken: set[str] = set()
        for key in sorted(by_key[0].ids.keys() | by_key[1].ids.keys()):
            a, b = by_key[0].ids.get(key, ()), by_key[1].ids.get(key, ())
            one = self._compared(a, b) if a and b else self._one_sided(a, b, by_key)
            if one.like:
                twins[one.like] = one.key
            if one.status == AMBIGUOUS:
                taken.update(one.a, one.b)
            yield one
        for side, index in zip((self._a, self._b), by_key, strict=True):
            for record_id in index.keyless:
                if record_id not in taken:
                    a, b = ((record_id,), ()) if side is self._a else ((), (record_id,))
                    label, like = side.row(name, record_id).label, twins.get(record_id, "")
                    yield ComparedRow(name, "", KEYLESS, a, b, like=like, label=label)

    def _compared(self, a: tuple[str, ...], b: tuple[str, ...]) -> ComparedRow:
        name = self._spec.name
        left = self._a.row(name, a[0])
        right = self._b.row(name, b[0])
        # An Id says that a row was copied with its sandbox; what it has become there the second key confirms.
        doubtful = self._spec.by_id and left.second_key.casefold() != right.second_key.casefold()
        if len(a) > 1 or len(b) > 1 or doubtful:
            return ComparedRow(name, left.key, AMBIGUOUS, a, b, label=left.label)
        fields = self.differing(left, right)
        return ComparedRow(
            name, left.key, DIFFERENT if fields else SAME, a, b, fields, label=left.label if fields else ""
        )

    def _one_sided(self, a: tuple[str, ...], b: tuple[str, ...], by_key: tuple[_Index, _Index]) -> ComparedRow:
        """A record that one side has; rows without a key on the other side may be it."""
        name = self._spec.name
        row = self._a.row(name, a[0]) if a else self._b.row(name, b[0])
        twins = by_key[1 if a else 0].like(row.second_key)
        if len(a) > 1 or len(b) > 1 or len(twins) > 1:
            both = (a, twins) if a else (twins, b)
            return ComparedRow(name, row.key, AMBIGUOUS, *both, label=row.label)
        like = twins[0] if twins else ""
        return ComparedRow(name, row.key, ONLY_IN_A if a else ONLY_IN_B, a, b, like=like, label=row.label)

    def differing(self, left: Row, right: Row) -> tuple[str, ...]:
        """The fields in which two rows do not agree."""
        name = self._spec.name
        not_now = read_only_now(name, left.fields) & read_only_now(name, right.fields)
        return tuple(
            field
            for field, here, there in self._fields
            if field not in not_now and not self._same(left, right, here, there)
        )

    def _same(self, left: Row, right: Row, here: FieldShape, there: FieldShape) -> bool:
        name = here.name
        if not here.is_lookup or not there.is_lookup:
            one, other = left.fields.get(name), right.fields.get(name)
            if here.type == there.type and type(one) is type(other) and one == other:
                return True
            return comparable(one, here.type) == comparable(other, there.type)
        if name in left.outside and name in right.outside:
            if left.outside[name] != right.outside[name]:
                self.untold[name] += 1
            return True
        if name in left.outside or name in right.outside:
            if not self._maybe_one(left, right, name):
                return False
            self.untold[name] += 1
            return True
        one_ref, other_ref = left.lookups.get(name), right.lookups.get(name)
        fold = self._fold_of.get(one_ref[0], True) if one_ref else True
        return same_ref(one_ref, other_ref, fold_case=fold, both_sandboxes=self._both_sandboxes)

    def _maybe_one(self, left: Row, right: Row, name: str) -> bool:
        """Whether a parent without a key, on one side, is probably the other side's parent: their second keys agree."""
        sides = (self._b, self._a) if name in right.outside else (self._a, self._b)
        bare, named = (right, left) if name in right.outside else (left, right)
        ref = named.lookups.get(name)
        if ref is None or name not in named.ids:
            return False
        try:
            other, one = sides[0].row(ref[0], bare.outside[name]), sides[1].row(ref[0], named.ids[name])
        except KeyError:
            return False
        return bool(one.second_key) and one.second_key.casefold() == other.second_key.casefold()


class _Index:
    """The Ids of one side's rows by match key, and of those that have none."""

    def __init__(self, side: Rows, name: str, fold: bool) -> None:
        self.ids: dict[str, tuple[str, ...]] = {}
        self.keyless: list[str] = []
        self._seconds: dict[str, tuple[str, ...]] = defaultdict(tuple)
        for record_id, key in side.rows(name):
            if key:
                folded = key.casefold() if fold else key
                self.ids[folded] = tuple(sorted((*self.ids.get(folded, ()), record_id)))
            else:
                self.keyless.append(record_id)
        self.keyless.sort()
        for record_id in self.keyless:
            if second := side.row(name, record_id).second_key:
                self._seconds[second.casefold()] += (record_id,)

    def like(self, second_key: str) -> tuple[str, ...]:
        """Rows without a key that have this second key."""
        return self._seconds.get(second_key.casefold(), ()) if second_key else ()
