"""One compared record as people read it: field by field with labels, parents by key and name, and as whole texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hotfix_tui.compare.compare import ONLY_IN_A, ONLY_IN_B
from hotfix_tui.compare.record_comparison import RecordComparison
from hotfix_tui.compare.records import AMBIGUOUS, ComparedRow
from hotfix_tui.data.both_sides import Side
from hotfix_tui.data.rows import Row
from hotfix_tui.data.values import comparable

EMPTY = "(empty)"
_MEMBERS = "multipicklist"

Line = tuple[str, str | None, str | None]
"""What it is about, how A has it, how B has it; None where a side has nothing."""


def differences(comparison: RecordComparison, row: ComparedRow) -> list[Line]:
    """What differs, field by field; of a multi-select picklist the members that do, each on a line of its own.

    Of an ambiguous record, and of one with a probable twin: the fields in which the rows are not all alike, with every
    row's value. Blocks.
    """
    shown = beside(row)
    several = row.status == AMBIGUOUS or shown is not row
    lines = _of_several(comparison, shown) if several else _of_pair(comparison, row)
    return sorted(lines, key=lambda line: line[0])


def beside(row: ComparedRow) -> ComparedRow:
    """A record that one side has, with the row without a key that is probably it on the other."""
    if row.status == ONLY_IN_A and row.like:
        return replace(row, b=(row.like,))
    if row.status == ONLY_IN_B and row.like:
        return replace(row, a=(row.like,))
    return row


def _of_pair(comparison: RecordComparison, row: ComparedRow) -> Iterator[Line]:
    from deepdiff import DeepDiff  # 90 ms to import, and only needed once a person opens a difference

    if not row.fields:
        return
    (left,), (right,) = comparison.of(row)
    sides = ((comparison.a, left), (comparison.b, right))
    a, b = ({field: _content(side, row.object, one, field) for field in row.fields} for side, one in sides)
    found = DeepDiff(a, b, view="tree", verbose_level=2, threshold_to_diff_deeper=0)
    for kind, changes in found.items():
        for change in changes:
            field = str(change.path(output_format="list")[0])
            title = titled(comparison, row.object, field)
            if kind == "set_item_added":
                yield f"{title} [{change.t2}]", None, str(change.t2)
            elif kind == "set_item_removed":
                yield f"{title} [{change.t1}]", str(change.t1), None
            else:
                here, there = (value_of(side, row.object, one, field) for side, one in sides)
                yield title, here, there


def _content(side: Side, name: str, row: Row, field: str) -> object:
    """The value as it is compared: the members of a multi-select picklist, else what people read."""
    if side.fields(name)[field].type == _MEMBERS and (value := row.fields.get(field)):
        return comparable(value, _MEMBERS)
    return value_of(side, name, row, field)


def _of_several(comparison: RecordComparison, row: ComparedRow) -> Iterator[Line]:
    sides = list(zip((comparison.a, comparison.b), comparison.of(row), strict=True))
    for field in sorted({field for side, rows in sides for field in (side.fields(row.object) if rows else ())}):
        values = [
            {one.id: value_of(side, row.object, one, field) for one in rows if field in side.fields(row.object)}
            for side, rows in sides
        ]
        if len({value for one in values for value in one.values()}) > 1:
            a, b = ("\n".join(f"{record_id}: {value}" for record_id, value in one.items()) or None for one in values)
            yield titled(comparison, row.object, field), a, b


def titled(comparison: RecordComparison, name: str, field: str) -> str:
    """`Opens at (Opens_At__c)`."""
    label = comparison.field_label(name, field)
    return field if label == field else f"{label} ({field})"


def value_of(side: Side, name: str, row: Row, field: str) -> str:
    """A field's value as people read it: a parent by its object, key and name."""
    if field in row.outside:
        return f"a record without a match key: {row.outside[field]}"
    ref = row.lookups.get(field)
    if ref is not None:
        label = ""
        if field in row.ids and ref[0] in side.labels:
            label = side.row(ref[0], row.ids[field]).label
        return f"{ref[0]} {ref[1]}" + (f" ({label})" if label and label != ref[1] else "")
    value = row.fields.get(field)
    if value is None or value == "":
        return EMPTY
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def text(comparison: RecordComparison, row: ComparedRow, side: str) -> str | None:
    """Every field of the row (or rows) on one side, a line each, in the order of the labels; None when it has none.

    A probable twin counts.
    """
    one, rows = comparison.side(side), comparison.of(beside(row))[side != "a"]
    return "\n".join(line for each in rows for line in _lines(comparison, one, row.object, each)) if rows else None


def _lines(comparison: RecordComparison, side: Side, name: str, row: Row) -> Sequence[str]:
    titles = {field: titled(comparison, name, field) for field in side.fields(name)}
    changed = side.changed(name, row.id)
    who = f"{changed.get('by') or '?'}, {str(changed.get('at') or '')[:16].replace('T', ' ')}" if changed else ""
    lines = ["  ".join(filter(None, (row.id, row.label, f"({who})" if who else "")))]
    for field, title in sorted(titles.items(), key=lambda item: item[1].casefold()):
        first, *more = value_of(side, name, row, field).splitlines() or [""]
        lines += [f"{title}: {first}", *(f"    {line}" for line in more)]
    return lines
