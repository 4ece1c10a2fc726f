"""What became of rows between two readings of one org: the records of the fix, and putting them on other rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from hotfix_tui.data.rows import DataRows, ObjectRows, Ref, Row, Scalar
from hotfix_tui.data.shape import FieldShape
from hotfix_tui.data.values import same_ref, same_value
from hotfix_tui.events import Event, promote


@dataclass(frozen=True)
class RowChange:
    """One record that is not as it was. `base` is None for an insert, `now` for a delete.

    `fields`: those that changed (every field with a value, for an insert). `left`: fields that changed and are not
    carried anywhere: lookups to a record which the data set cannot name, and fields with a mask.
    """

    object: str
    key: str
    act: Literal["insert", "update", "delete"]
    base: Row | None = None
    now: Row | None = None
    fields: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def ref(self) -> Ref:
        """(object, key)."""
        return self.object, self.key

    def changes(self) -> dict[str, tuple[Scalar, Scalar]]:
        """field → (from, to) as people read it: lookups by the parent's key."""
        return {name: (shown(self.base, name), shown(self.now, name)) for name in self.fields}


def shown(row: Row | None, name: str) -> Scalar:
    """The value of a field as people read it; None without a row."""
    if row is None:
        return None
    if name in row.outside:
        return row.outside[name]
    ref = row.lookups.get(name)
    return ref[1] if ref else row.fields.get(name)


def rows_delta(base: DataRows, now: DataRows) -> list[RowChange]:
    """What has to be done to `base`'s rows so that they are `now`'s: two readings of the same org, the later second.

    `now` should come from `read_rows(..., also=base)`. Rows without a key cannot be told; `now.problems(keyless=True)`
    names them. Fields that `now`'s org no longer has are not looked at; fields that are new count as empty before.
    """
    changes: list[RowChange] = []
    for name, rows in now.objects.items():
        before = base.objects.get(name) or ObjectRows(rows.shape, fold_case=rows.fold_case)
        changes += _updates_and_inserts(name, before, rows)
        changes += [
            RowChange(name, row.key, "delete", base=row, fields=_with_value(row))
            for row in before.counted
            if rows.find(row.key) is None
        ]
    return changes


def _updates_and_inserts(name: str, before: ObjectRows, rows: ObjectRows) -> Iterator[RowChange]:
    carried = rows.shape.carried(rows.skip)
    for row in rows.counted:
        there = before.find(row.key)
        if there is None:
            yield RowChange(name, row.key, "insert", now=row, fields=_with_value(row), left=tuple(row.outside))
            continue
        changed = tuple(field.name for field in carried if not same_field(there, row, field))
        left = tuple(one for one in changed if one in row.outside or one in rows.masked)
        fields = tuple(one for one in changed if one not in left)
        if fields or left:
            yield RowChange(name, row.key, "update", base=there, now=row, fields=fields, left=left)


def _with_value(row: Row) -> tuple[str, ...]:
    fields = [name for name, value in row.fields.items() if value is not None]
    return (*fields, *(name for name, ref in row.lookups.items() if ref is not None))


def same_field(
    left: Row, right: Row, field: FieldShape, *, fold_case: bool = True, both_sandboxes: bool = False
) -> bool:
    """Whether two rows agree in one field. A lookup out of the data set agrees only with the same Id."""
    name = field.name
    if not field.is_lookup:
        return same_value(left.fields.get(name), right.fields.get(name), field.type)
    if name in left.outside or name in right.outside:
        return left.outside.get(name) == right.outside.get(name)
    return same_ref(left.lookups.get(name), right.lookups.get(name), fold_case=fold_case, both_sandboxes=both_sandboxes)


def patched(rows: DataRows, changes: Iterable[RowChange]) -> DataRows:
    """`rows` as they will be with `changes` made: only the fields that changed move."""
    objects = {name: replace(one, rows=one.rows) for name, one in rows.objects.items()}
    for change in changes:
        there = objects[change.object]
        known = there.find(change.key)
        if change.act == "delete":
            if known is not None:
                del there.rows[known.key]
        elif change.now is not None:
            if known is None:
                there.rows[change.key] = replace(change.now, id="", ids={})
            else:
                there.rows[known.key] = _patched_row(known, change.now, change.fields)
    return replace(rows, objects=objects)


def _patched_row(there: Row, now: Row, names: Iterable[str]) -> Row:
    fields, lookups, outside = dict(there.fields), dict(there.lookups), dict(there.outside)
    for name in names:
        if name in now.lookups:
            lookups[name] = now.lookups[name]
            outside.pop(name, None)
        else:
            fields[name] = now.fields.get(name)
    return replace(there, fields=fields, lookups=lookups, outside=outside)


def change_events(changes: Iterable[RowChange], drifted: Iterable[Ref] = ()) -> Iterator[Event]:
    """The changes as facts of the fix. `drifted`: those whose record moved in production since the baseline."""
    moved = set(drifted)
    for change in changes:
        both: dict[str, Any] = dict(change.changes())
        yield promote.FixRecord(
            object=change.object, key=change.key, change=change.act, changes=both, drift=change.ref in moved
        )
