"""The rows of a generated org, column by column: millions of them are written one statement a thousand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.clock import api_datetime
from hotfix_tui.localorg.generate.dice import dice
from hotfix_tui.localorg.generate.tables import KEY, Table
from hotfix_tui.localorg.generate.words import FIRST, LAST, QUALITIES
from hotfix_tui.localorg.generate.world import MadeField
from hotfix_tui.localorg.records.auto_number import numbered
from hotfix_tui.localorg.records.loading import completed
from hotfix_tui.localorg.store.ids import IdRange

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_BLOCK = 2_000
_EXTRAS = 6
_DAYS = 1_200
_STANDARD_PARENTS = {("Account", "ParentId"): "Account", ("Contact", "AccountId"): "Account"}
_STANDARD_PARENTS |= {("Contact", "ReportsToId"): "Contact"}
Column = Callable[[Random, range], Sequence[Any]]
"""Values of one column for a run of rows, told by their places in the table."""


class Rows:
    """Writes the rows of tables. `seed` decides the values, the org its ids; `people` are user ids."""

    def __init__(self, org: LocalOrg, found: Sequence[Table], seed: int, people: Sequence[str]) -> None:
        self._org = org
        self._tables = {table.name: table for table in found}
        self._seed = seed
        self._people = list(people)
        now = org.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        self.moments = [api_datetime(now - timedelta(minutes=997 * step)) for step in range(_DAYS)]
        self.days = [(now - timedelta(days=step - 200)).date().isoformat() for step in range(_DAYS)]
        self._ids: dict[str, IdRange] = {}
        for table in found:
            prefix = org.schema.require(table.name).key_prefix or "000"
            first = org.store.next_number(f"id:{prefix}")
            org.store.keep_number(f"id:{prefix}", first + table.rows)
            self._ids[table.name] = IdRange(org.ids, prefix, first)

    def id_of(self, table: Table, place: int) -> str:
        """The id of the row at a place of a table."""
        return self._ids[table.name][place]

    def write(self) -> None:
        """Writes all of them, for use in a transaction. The indexes are there and grow with the rows."""
        for table in self._tables.values():
            names, columns = self._columns(table)
            self._org.store.insert_rows(table.name, names, self._blocks(table, columns))

    def _blocks(self, table: Table, columns: Sequence[Column]) -> Iterator[Sequence[Any]]:
        for start in range(0, table.rows, _BLOCK):
            places = range(start, min(start + _BLOCK, table.rows))
            rng = dice("rows", self._seed, table.name, start)
            yield from zip(*(column(rng, places) for column in columns), strict=True)

    def _columns(self, table: Table) -> tuple[list[str], list[Column]]:
        """Every column that has a value: what varies, and what is the same in all rows, as the org completes them."""
        sample = completed(self._org, table.name, {"Id": self.id_of(table, 0), "Name": ""})
        found: dict[str, Column] = {name: _same(value) for name, value in sample.items()}
        ids = self._ids[table.name]
        found["Id"] = lambda rng, places: [ids[place] for place in places]
        found |= self._names(table)
        found |= self._history(sample)
        for (owner, field), target in _STANDARD_PARENTS.items():
            if owner == table.name:
                found[field] = self._lookup(target, table)
        for one in self._shown(table):
            if one.name in self._fields(table.name):
                found[one.name] = self._of_field(one, table)
        return list(found), list(found.values())

    def _fields(self, name: str) -> set[str]:
        return {field.name for field in self._org.schema.require(name).stored_fields()}

    def _names(self, table: Table) -> dict[str, Column]:
        if table.name == "Contact":

            def last(rng: Random, places: range) -> list[str]:
                return [f"{LAST[place % len(LAST)]}-{place}" for place in places]

            return {
                "FirstName": lambda rng, places: [FIRST[place % len(FIRST)] for place in places],
                "LastName": last,
                "Name": lambda rng, places: [f"{FIRST[place % len(FIRST)]} {name}"
                                             for place, name in zip(places, last(rng, places), strict=True)],
            }  # fmt: skip
        label, name = table.owner.label, self._org.schema.require(table.name).name_field
        if name is not None and name.auto_number is not None:
            self._org.store.keep_number(f"auto:{table.name}.Name", table.rows)
            today = self._org.clock.today()
            return {"Name": lambda rng, places: [numbered(name, place + 1, today) for place in places]}
        return {
            "Name": lambda rng, places: [f"{QUALITIES[place % len(QUALITIES)]} {label} {place}" for place in places]
        }

    def _history(self, sample: dict[str, Any]) -> dict[str, Column]:
        """Made and changed at one instant by one of the people: a row's columns are read one after the other."""

        def moments(rng: Random, places: range) -> list[str]:
            return [self.moments[place * 7_919 % _DAYS] for place in places]

        def people(rng: Random, places: range) -> list[str]:
            return [self._people[place * 31 % len(self._people)] for place in places]

        found: dict[str, Column] = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), moments)
        found |= dict.fromkeys(("CreatedById", "LastModifiedById", "OwnerId"), people)
        return {name: column for name, column in found.items() if name in sample}

    def _shown(self, table: Table) -> list[MadeField]:
        """The fields that get values: keys, masters, the common ones, what leads to other tables, and a few more."""
        fields = [one for one in table.owner.fields if one.kind != "Formula"]
        leading = [one for one in fields if one.target in self._tables]
        common = [one for one in fields if not one.target][: 7 + _EXTRAS]
        masters = [one for one in fields if one.kind == "MasterDetail"]
        return list(dict.fromkeys([*masters, *leading[:4], *common]))

    def _lookup(self, target: str, table: Table, *, always: bool = False) -> Column:
        """Rows of another table, or earlier rows of the same one; one in three leads nowhere unless it must."""
        goal, ids = self._tables[target], self._ids[target]
        most = goal.led_to

        def column(rng: Random, places: range) -> list[str | None]:
            if target == table.name:
                return [ids[int(rng.random() * min(place, most))] if place and rng.random() < 0.6 else None
                        for place in places]  # fmt: skip
            return [ids[int(rng.random() * most)] if always or rng.random() < 0.67 else None for _ in places]

        return column

    def _of_field(self, one: MadeField, table: Table) -> Column:
        if one.target:
            return self._lookup(one.target, table, always=one.kind == "MasterDetail")
        if one.name == KEY:
            return lambda rng, places: [table.key(place) for place in places]
        return _PLAIN[one.kind](self, one)

    def picked(self, values: Sequence[Any]) -> Column:
        """Any of these values."""
        return lambda rng, places: rng.choices(values, k=len(places))


def _same(value: Any) -> Column:
    kept = int(value) if isinstance(value, bool) else value
    return lambda rng, places: [kept] * len(places)


def _numbers(most: int, scale: int) -> Callable[[Rows, MadeField], Column]:
    unit = 10**scale

    def made(rows: Rows, one: MadeField) -> Column:
        return lambda rng, places: [int(rng.random() * most * unit) / unit for _ in places]

    return made


def _texts(form: str) -> Callable[[Rows, MadeField], Column]:
    def made(rows: Rows, one: MadeField) -> Column:
        return lambda rng, places: [form.format(int(rng.random() * 100_000)) for _ in places]

    return made


def _values(rows: Rows, one: MadeField) -> Column:
    """One of the field's values; the status always has one, others may have none, or values that are not known here."""
    return rows.picked(one.values if one.name == "Phase__c" else [*one.values, None])


_PLAIN: dict[str, Callable[[Rows, MadeField], Column]] = {
    "Text": _texts("T{:05}"),
    "TextArea": _texts("{} Harbour Street"),
    "LongTextArea": _texts("See file {}.\nNothing else is known of it."),
    "Email": _texts("person{}@example.com"),
    "Phone": _texts("+44 20 7946 {:05}"),
    "Url": _texts("https://example.com/{}"),
    "Number": _numbers(10_000, 0),
    "Currency": _numbers(50_000, 2),
    "Percent": _numbers(100, 2),
    "Checkbox": lambda rows, one: rows.picked([0, 0, 1]),
    "Date": lambda rows, one: rows.picked(rows.days),
    "DateTime": lambda rows, one: rows.picked(rows.moments),
    "Picklist": _values,
    "MultiselectPicklist": _values,
}
