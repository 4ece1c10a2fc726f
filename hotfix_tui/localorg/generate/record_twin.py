"""In which records the second org differs, and making it so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.generate.dice import dice
from hotfix_tui.localorg.generate.tables import KEY, Table
from hotfix_tui.localorg.generate.twin import own_in_each

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_CHANGED = {"Currency": 0.5, "Number": 1, "Percent": 0.25, "Text": "changed", "TextArea": "changed"}
"""What is added to a value of a kind, or put in its place."""


@dataclass
class RecordDifferences:
    """Keys of records by object, and for changed ones the field that was changed."""

    different: list[dict[str, str]] = field(default_factory=list)
    only_in_a: list[dict[str, str]] = field(default_factory=list)
    only_in_b: list[dict[str, str]] = field(default_factory=list)


def differ(org: LocalOrg, tables: Sequence[Table], number: int, seed: int) -> RecordDifferences:
    """Makes the second org, so far a copy of the first, differ in so many records; which ones, by key.

    Rows that no other row leads to are taken away, copies of such rows are added under keys of their own, and in
    others one field is changed. For use in a transaction.
    """
    found, own = RecordDifferences(), own_in_each(number)
    ends = {table.name: 0 for table in tables}
    for table in _in_turn(tables, own):
        ends[table.name] += 1
        record = _row(org, table, table.rows - ends[table.name])
        org.store.execute(f'DELETE FROM "{table.name}" WHERE Id = ?', (record["Id"],))  # noqa: S608
        found.only_in_a.append(_named(table, record))
    added = {table.name: 0 for table in tables}
    for table in _in_turn(tables, own):
        record = _row(org, table, added[table.name])
        added[table.name] += 1
        record[KEY] = f"{record[KEY]}-B"
        record.pop("Id")
        record["Id"] = org.records.raw_insert(table.name, record)
        found.only_in_b.append(_named(table, record))
    found.different = list(_change(org, tables, number - 2 * own, seed))
    return found


def _in_turn(tables: Sequence[Table], number: int) -> Iterator[Table]:
    """So many tables, one after the other, none more often than it has rows that nothing leads to."""
    left = {table.name: table.free for table in tables}
    for table in cycle(tables):
        if not number or not any(left.values()):
            return
        if left[table.name]:
            left[table.name] -= 1
            number -= 1
            yield table


def _change(org: LocalOrg, tables: Sequence[Table], number: int, seed: int) -> Iterator[dict[str, str]]:
    rng = dice("records", seed, number)
    able = [(table, one) for table in tables for one in table.owner.fields if one.kind in _CHANGED and one.name != KEY]
    seen = set[tuple[str, int]]()
    while number and able:
        table, one = rng.choice(able)
        place = rng.randrange(table.rows - table.free)
        if (table.name, place) in seen:
            continue
        seen.add((table.name, place))
        record = _row(org, table, place)
        added: Any = _CHANGED[one.kind]
        value = added if isinstance(added, str) else (record.get(one.name) or 0) + added
        org.store.update_row(table.name, record["Id"], {one.name: value})
        number -= 1
        yield {**_named(table, record), "field": one.name}


def _row(org: LocalOrg, table: Table, place: int) -> dict[str, Any]:
    """The row at a place of its table, without what has no value."""
    sql = f'SELECT Id FROM "{table.name}" WHERE "{KEY}" = ?'  # noqa: S608
    found = org.store.get(table.name, str(org.store.value(sql, (table.key(place),)))) or {}
    return {name: value for name, value in found.items() if value is not None}


def _named(table: Table, record: dict[str, Any]) -> dict[str, str]:
    return {"object": table.name, "id": record["Id"], "key": record[KEY]}
