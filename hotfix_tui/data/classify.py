"""Three-way: what a record of the fix is for another org. Base is the record before the fix, theirs the org's own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from hotfix_tui.data.changes import RowChange, same_field, shown
from hotfix_tui.data.data_set import DataSet
from hotfix_tui.data.difference import OWNER, folded
from hotfix_tui.data.people import named_id
from hotfix_tui.data.read import read_matching
from hotfix_tui.data.rows import NAMED, DataRows, ObjectRows, Ref, Row, row_behind
from hotfix_tui.data.shape import FieldShape
from hotfix_tui.events import promote, sync

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

Cell = Literal["apply", "new", "same", "differs"]


@dataclass(frozen=True)
class Classified:
    """A change and what it is for one org. `reason` is empty unless the cell is differs."""

    change: RowChange
    cell: Cell
    reason: str = ""

    def event(self, org: str) -> sync.CellClassified:
        """As a fact of the sync board."""
        change = self.change
        return sync.CellClassified(
            org=org, part="record", type=change.object, name=change.key, cell=self.cell, reason=self.reason
        )


async def read_for_changes(org: Org, data_set: DataSet, changes: Sequence[RowChange], now: DataRows) -> DataRows:
    """What `org` holds of the changed records and of the parents they refer to. `now`: the environment's rows."""
    return await read_matching(org, data_set, concerned(changes, now))


def concerned(changes: Sequence[RowChange], now: DataRows) -> DataRows:
    """The rows of `changes` as they are now (or were, when deleted), and their parents as references."""
    objects = {
        name: ObjectRows(one.shape, fold_case=one.fold_case, skip=one.skip, masked=one.masked)
        for name, one in now.objects.items()
    }
    for change in changes:
        row = change.now or change.base
        if row is not None:
            objects[change.object].rows[row.key] = replace(row, reference=False)
    todo = [ref for change in changes for row in (change.now, change.base) if row for ref in _parents(row)]
    while todo:
        ref = todo.pop()
        parent = now.find(ref)
        if parent is not None and objects[ref[0]].find(parent.key) is None:
            objects[ref[0]].rows[parent.key] = replace(parent, reference=True)
            todo += _parents(parent)
    return replace(now, objects=objects)


def _parents(row: Row) -> list[Ref]:
    return [ref for ref in row.lookups.values() if ref is not None and ref[0] not in NAMED]


def classify(
    changes: Sequence[RowChange], theirs: DataRows, now: DataRows, *, coming: Collection[str] = ()
) -> list[Classified]:
    """What each change is for the org of `theirs` (from `read_for_changes`).

    apply: theirs equals the base. new: an insert that is not there. same: there already. differs: everything else, with
    the reason; it is left alone. A change whose parent is not there and does not come with the fix differs too.
    `coming`: fields (`Object.Field`) that the fix brings to this org before its records.
    """
    judge = _Judge(theirs, now, coming)
    cells = [judge.judge(change) for change in changes]
    while True:
        arriving = {folded(theirs, one.change.ref) for one in cells if one.cell == "new"}
        orphans = {
            index: parent
            for index, one in enumerate(cells)
            if one.cell in ("apply", "new") and (parent := judge.missing_parent(one.change, arriving)) is not None
        }
        if not orphans:
            return cells
        for index, parent in orphans.items():
            reason = f"its parent {parent[0]} {parent[1]} is not there"
            cells[index] = Classified(cells[index].change, "differs", reason)


def verify_changes(
    changes: Sequence[RowChange], theirs: DataRows, now: DataRows, *, what: str = "records"
) -> promote.Verified:
    """Whether the org of `theirs` has what `changes` promise."""
    cells = [_Judge(theirs, now, ()).judge(change) for change in changes]
    differs = tuple(
        f"{one.change.object} {one.change.key}: {one.reason or 'not as promised'}"
        for one in cells
        if one.cell != "same"
    )
    return promote.Verified(org=theirs.org, what=what, matches=len(cells) - len(differs), differs=differs)


class _Judge:
    def __init__(self, theirs: DataRows, now: DataRows, coming: Collection[str]) -> None:
        self._theirs, self._coming = theirs, set(coming)
        self._shapes = {name: one.shape for name, one in now.objects.items()}
        self._skip = {name: (*one.skip, *one.masked) for name, one in now.objects.items()}
        self._both = theirs.sandbox and now.sandbox

    def judge(self, change: RowChange) -> Classified:
        there = self._theirs.objects.get(change.object)
        if there is None:
            return Classified(change, "differs", f"{self._theirs.org} has no {change.object}")
        row = there.find(change.key)
        if row is not None and row.key in there.duplicates:
            return Classified(change, "differs", f"its key is there {len(there.duplicates[row.key])} times")
        if row is None and change.act != "insert":
            return self._absent(change, there)
        lacking = [
            name
            for name in change.fields
            if change.act != "delete" and name not in there.shape.fields and not self._is_coming(change, name)
        ]
        if lacking:
            return Classified(change, "differs", f"the field {lacking[0]} is not there, or our user cannot see it")
        if row is None:
            return self._absent(change, there)
        return self._present(change, row, there)

    def _is_coming(self, change: RowChange, name: str) -> bool:
        return f"{change.object}.{name}" in self._coming

    def _absent(self, change: RowChange, there: ObjectRows) -> Classified:
        if change.act == "delete":
            gone = self._absent_parent(change.base)
            if gone is not None:
                return Classified(change, "differs", f"neither it nor its parent {gone[0]} {gone[1]} is there")
            return Classified(change, "same")
        second = ((change.now or change.base) or Row("")).second_key.casefold()
        twins = [one for one in there.keyless if second and one.second_key.casefold() == second]
        if twins:
            several = f"{len(twins)} rows there have" if len(twins) > 1 else "a row there has"
            return Classified(change, "differs", f"{several} its second key and no key")
        if change.act == "insert":
            return Classified(change, "new")
        return Classified(change, "differs", "it is not there")

    def _present(self, change: RowChange, row: Row, there: ObjectRows) -> Classified:
        names = [one.name for one in self._comparable(change.object, there)]
        if change.now is not None and (change.fields or change.act == "insert"):
            ours = change.fields if change.act == "update" else self._of_insert(change, names)
            others = [name for name in ours if not self._same(change, change.now, row, name)]
            if not others:
                return Classified(change, "same")
            if change.act == "insert":
                return Classified(change, "differs", f"it is there with {self._differing(change.now, row, others)}")
        if change.base is None:
            return Classified(change, "differs", "it is there already")
        moved = [name for name in names if not self._same(change, change.base, row, name)]
        if not moved:
            return Classified(change, "apply")
        reason = f"changed there: {self._differing(change.base, row, moved)}"
        if not set(moved) & set(change.fields):
            reason += " (the fix does not touch it; merging is left to a person)"
        return Classified(change, "differs", reason)

    def _of_insert(self, change: RowChange, names: Sequence[str]) -> list[str]:
        """A row that the fix inserted is there already when all its fields are equal, empty ones too."""
        return [name for name in dict.fromkeys([*change.fields, *names]) if name != OWNER]

    def _comparable(self, name: str, there: ObjectRows) -> Iterator[FieldShape]:
        """Fields both sides have and no mask hides. Who owns a record is each org's own affair."""
        for field in self._shapes[name].carried(self._skip[name]):
            if field.name in there.shape.fields and field.name != OWNER:
                yield field

    def _same(self, change: RowChange, ours: Row, row: Row, name: str) -> bool:
        if name in ours.outside:
            return True  # which record it is cannot be said in another org
        field = self._shapes[change.object].fields[name]
        return same_field(ours, row, field, fold_case=self._fold(ours, name), both_sandboxes=self._both)

    def _fold(self, ours: Row, name: str) -> bool:
        ref = ours.lookups.get(name)
        parents = self._theirs.objects.get(ref[0]) if ref else None
        return parents.fold_case if parents else True

    def _differing(self, ours: Row, row: Row, names: Sequence[str]) -> str:
        words = [
            f"{name} {'a record without a key, ' if name in row.outside else ''}{shown(row, name)!r} "
            f"instead of {shown(ours, name)!r}"
            for name in names[:3]
        ]
        return ", ".join(words) + (f" and {len(names) - 3} more" if len(names) > 3 else "")

    def missing_parent(self, change: RowChange, arriving: set[Ref]) -> Ref | None:
        """A parent that the changed lookups name and that is neither there nor arriving."""
        if change.now is None:
            return None
        for name in change.fields:
            ref = change.now.lookups.get(name)
            if ref is None or self._theirs.find(ref) is not None or folded(self._theirs, row_behind(ref)) in arriving:
                continue
            if ref[0] not in NAMED:
                return ref
            if name != OWNER and named_id(self._theirs, ref, change.object, both_sandboxes=self._both) is None:
                return ref
        return None

    def _absent_parent(self, base: Row | None) -> Ref | None:
        parents = _parents(base) if base is not None else []
        return next((ref for ref in parents if self._theirs.find(ref) is None), None)
