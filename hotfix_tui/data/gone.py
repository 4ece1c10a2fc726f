"""What is gone: rows that a data set of mode `delete` selects in the target and that the source does not have."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hotfix_tui.data.changes import RowChange
from hotfix_tui.data.classify import read_for_changes
from hotfix_tui.data.data_set import DataSet, ObjectSpec
from hotfix_tui.data.errors import DataError
from hotfix_tui.data.ordering import row_levels
from hotfix_tui.data.plan_model import RowPlan
from hotfix_tui.data.read import read_rows
from hotfix_tui.data.rows import DataRows, Ref, Row

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org


async def read_gone(source_org: Org, target_org: Org, data_set: DataSet, source: DataRows) -> dict[str, list[Row]]:
    """By object, the rows of `target_org` that the data set selects there and that `source_org` does not have.

    A row that the source has under the same key is not gone, though no condition selects it there any more. Children
    count only below a parent that the source selects or that is gone itself. Only objects of mode delete are looked at;
    rows without a key and rows that others share a key with are never among them. Raises DataError when `target_org` is
    under production rules: there, only the fix deletes.
    """
    specs = [spec for spec in data_set.objects if spec.mode == "delete"]
    if not specs:
        return {}
    if target_org.kind.production_rules:
        raise DataError(f"{target_org.alias} is {target_org.kind.value}: a data set deletes nothing there.")
    there = await read_rows(target_org, data_set, masked=False)
    gone = _candidates(specs, source, there)
    changes = [RowChange(name, row.key, "delete", base=row) for name, rows in gone.items() for row in rows]
    if not changes:
        return {}
    known = await read_for_changes(source_org, data_set, changes, there)
    left = {name: [row for row in rows if known.find((name, row.key)) is None] for name, rows in gone.items()}
    return _below_gone(data_set, source, left)


def _candidates(specs: list[ObjectSpec], source: DataRows, there: DataRows) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for spec in specs:
        rows, ours = there.objects.get(spec.name), source.objects.get(spec.name)
        if rows is not None and ours is not None:
            found[spec.name] = [
                row for row in rows.counted if ours.find(row.key) is None and row.key not in rows.duplicates
            ]
    return found


def _below_gone(data_set: DataSet, source: DataRows, gone: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Leaves out children of parents that are the target's own affair."""
    while True:
        names = {(name, row.key.casefold()) for name, rows in gone.items() for row in rows}
        kept = {
            name: [row for row in rows if _concerns(data_set.spec(name), row, source, names)]
            for name, rows in gone.items()
        }
        if kept == gone:
            return {name: rows for name, rows in kept.items() if rows}
        gone = kept


def _concerns(spec: ObjectSpec, row: Row, source: DataRows, gone: set[tuple[str, str]]) -> bool:
    if spec.root:
        return True
    parents = [ref for name in spec.children_of if (ref := row.lookups.get(name)) is not None]
    return any((ref[0], ref[1].casefold()) in gone or _selected(source, ref) for ref in parents)


def _selected(source: DataRows, ref: Ref) -> bool:
    row = source.find(ref)
    return row is not None and not row.reference


def deletions(name: str, rows: list[Row]) -> list[RowPlan]:
    """The plan's part for `rows` of one object, the deepest of a tree of self-lookups at the highest level."""
    keys = [row.key for row in rows]
    tree = {
        row.key: {field: ref[1] for field, ref in row.lookups.items() if ref is not None and ref[0] == name}
        for row in rows
    }
    levels, _ = row_levels(keys, tree)
    return [replace(_deletion(name, row), level=levels[row.key]) for row in rows]


def _deletion(name: str, row: Row) -> RowPlan:
    image = row.image()
    changes = {field: (value, None) for field, value in image.items() if field != "Id" and value is not None}
    changes |= {field: (ref[1], None) for field, ref in row.lookups.items() if ref is not None}
    return RowPlan(name, row.key, "delete", id=row.id, before=dict(image), changes=changes)
