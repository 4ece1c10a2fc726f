"""Records as a hotfix compares and writes them: scalar values by field, lookups by the parent's match key."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, MutableMapping, ValuesView
from dataclasses import dataclass, field
from typing import Any

from hotfix_tui.data.errors import DuplicateKeys
from hotfix_tui.data.shape import ObjectShape
from hotfix_tui.data.spool import Spooled

Scalar = str | int | float | bool | None
Ref = tuple[str, str]
"""(object, match key). Users are ("User", username), queues ("Queue", developer name), record types
("RecordType", developer name), profiles ("Profile", name), the org itself ("Organization", "Organization"), the contact
behind a person account ("PersonContact", the account's match key)."""

USER, QUEUE, RECORD_TYPE, PROFILE, ORGANIZATION = "User", "Queue", "RecordType", "Profile", "Organization"
PERSON_CONTACT = "PersonContact"
ACCOUNT = "Account"

NAMED = frozenset({USER, QUEUE, RECORD_TYPE, PROFILE, ORGANIZATION, PERSON_CONTACT})
"""What is matched by name, whether or not the data set has it."""

NOTHING: dict[str, Any] = {}
"""What most rows have none of, once for all of them: rows are never changed, and there may be a million."""

_SEPARATOR = "|"
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def only_part(key: str) -> str:
    """The text of which alone `join_key` made `key`."""
    return _ESCAPED.sub(r"\1", key) if "\\" in key else key


def row_behind(ref: Ref) -> Ref:
    """The row with which what `ref` names comes and goes: the account of a person's contact, else itself."""
    return (ACCOUNT, ref[1]) if ref[0] == PERSON_CONTACT else ref


def words_for(ref: Ref) -> str:
    """`ref` in a sentence."""
    return f"the contact of the person account {ref[1]}" if ref[0] == PERSON_CONTACT else f"{ref[0]} {ref[1]}"


def join_key(parts: list[str]) -> str:
    """The parts of a match key as one text: `a|b`. A separator inside a part is escaped, so keys never collide."""
    return _SEPARATOR.join(part.replace("\\", "\\\\").replace(_SEPARATOR, "\\" + _SEPARATOR) for part in parts)


@dataclass(slots=True)
class Row:
    """One record. Nobody changes one; it is not frozen, because that triples what making one takes, and there may be
    millions.

    `key`: its match key ("" when blank). `fields`: scalar values as the REST API gives them. `lookups`: field → parent
    as (object, key), None when empty; a parent that the data set cannot name is in `outside` (field → Id) instead.
    `ids`: the Ids behind `lookups` in the org that was read: good for coming back there, never for another org.
    `paths`: parts of the key that are paths through parents.
    `reference`: matched, never written, not counted. `first`: must be written before the object's other rows.
    """

    key: str
    id: str = ""
    fields: dict[str, Scalar] = field(default_factory=dict)
    lookups: dict[str, Ref | None] = field(default_factory=dict)
    outside: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    paths: dict[str, Scalar] = field(default_factory=dict)
    second_key: str = ""
    label: str = ""
    modified: str = ""
    reference: bool = False
    first: bool = False

    def image(self) -> dict[str, Scalar]:
        """The record as its own org would take it back: Id, scalars, and lookups as that org's Ids."""
        return {"Id": self.id, **self.fields, **dict.fromkeys(self.lookups), **self.outside, **self.ids}


class RowsByKey(MutableMapping[str, Row]):
    """Match key → row, whatever the case of the key where the org does not mind it (`fold_case`).

    In the order of arrival; sorted by key once there are so many that they are on disk. `references`: how many rows are
    no part of the data set. Noted as rows come, and kept should they go: `named`, users and the like that rows refer
    to; `used`, (lookup, object) of rows that are part of the data set; `firsts`, whether one of these must be written
    first.
    """

    def __init__(self, rows: Mapping[str, Row] | None = None, *, fold_case: bool = True) -> None:
        self.fold_case = fold_case
        self.references = 0
        self.named: set[Ref] = set()
        self.used: dict[tuple[str, str], None] = {}
        self.firsts = False
        self._packing = _Packing()
        self._rows: Spooled[Row] = Spooled(pack=self._packing.pack, unpack=self._packing.unpack)
        self._order: list[str] = []
        self._numbers: dict[str, int] = {}
        for key, row in (rows or {}).items():
            self[key] = row

    def folded(self, key: str) -> str:
        """`key` as it is matched."""
        return key.casefold() if self.fold_case else key

    def find(self, key: str) -> Row | None:
        """The row with this match key."""
        return self._rows.find(self.folded(key))

    def put(self, row: Row, there: Row | None) -> None:
        """Takes `row` in by its key, in place of `there`."""
        self.references += row.reference - (there is not None and there.reference)
        self._note(row)
        if there is None:
            self._rows.put_new(self.folded(row.key), row)
        else:
            self._rows[self.folded(row.key)] = row

    def _note(self, row: Row) -> None:
        for name, ref in row.lookups.items():
            if ref is not None:
                if ref[0] in NAMED:
                    self.named.add(ref)
                if not row.reference:
                    self.used[name, ref[0]] = None
        self.firsts = self.firsts or (row.first and not row.reference)

    def __getitem__(self, key: str) -> Row:
        return self._rows[self.folded(key)]

    def __setitem__(self, key: str, row: Row) -> None:
        if self.folded(key) != self.folded(row.key):
            raise KeyError(f"{key} is not the key of {row.key}")
        self.put(row, self.find(key))

    def __delitem__(self, key: str) -> None:
        self.references -= self[key].reference
        self._order = []
        del self._rows[self.folded(key)]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.folded(key) in self._rows

    def __iter__(self) -> Iterator[str]:
        for row in self.each():
            yield row.key

    def __len__(self) -> int:
        return len(self._rows)

    def values(self) -> ValuesView[Row]:
        """The rows, read a page at a time."""
        return _Each(self)

    def each(self) -> Iterator[Row]:
        """The rows; the mapping may be changed meanwhile."""
        return self._rows.each(by_key=True)

    def key_texts(self) -> Iterator[str]:
        """The keys as their rows have them, without the rows."""
        return self._rows.each(by_key=True, part=_Packing.key_of) if self._rows.spooled else iter(self)

    def numbered(self, key: str) -> tuple[int, Row] | None:
        """The row with this match key, with its `number`."""
        if self._rows.spooled:
            return self._rows.numbered(self.folded(key))
        number, row = self.number(key), self.find(key)
        return None if number is None or row is None else (number, row)

    def number(self, key: str) -> int | None:
        """A small number that is this row's alone as long as no row is taken in or out."""
        if self._rows.spooled:
            return self._rows.number(self.folded(key))
        if len(self._order) != len(self._rows):
            self._order = list(self._rows)
            self._numbers = {known: number for number, known in enumerate(self._order)}
        return self._numbers.get(self.folded(key))

    def key_of(self, number: int) -> str:
        """The key of the row with this `number`."""
        return self._rows[self._rows.key_of(number) if self._rows.spooled else self._order[number]].key


class _Each(ValuesView[Row]):
    def __init__(self, rows: RowsByKey) -> None:
        super().__init__(rows)
        self._of = rows

    def __iter__(self) -> Iterator[Row]:
        return self._of.each()


class _Packing:
    """Rows as tuples without the names of their fields, which most rows of an object share."""

    def __init__(self) -> None:
        self._places: dict[tuple[tuple[str, ...], ...], int] = {}
        self._names: list[tuple[tuple[str, ...], ...]] = []

    def pack(self, row: Row) -> tuple[Any, ...]:
        names = tuple(row.fields), tuple(row.lookups), tuple(row.paths), tuple(row.ids), tuple(row.outside)
        place = self._places.setdefault(names, len(self._names))
        if place == len(self._names):
            self._names.append(names)
        maps = row.fields, row.lookups, row.paths, row.ids, row.outside
        values = tuple([tuple(one.values()) for one in maps])
        return place, row.key, row.id, row.second_key, row.label, row.modified, row.reference, row.first, values

    @staticmethod
    def key_of(packed: tuple[Any, ...]) -> str:
        """The key of a packed row."""
        return str(packed[1])

    def unpack(self, packed: tuple[Any, ...]) -> Row:
        place, key, record_id, second_key, label, modified, reference, first, values = packed
        fields, lookups, paths, ids, outside = self._names[place]
        # Names and values are of one length: they were packed together.
        return Row(
            key,
            record_id,
            dict(zip(fields, values[0])),  # noqa: B905
            dict(zip(lookups, values[1])),  # noqa: B905
            dict(zip(outside, values[4])) if outside else NOTHING,  # noqa: B905
            dict(zip(ids, values[3])) if ids else NOTHING,  # noqa: B905
            dict(zip(paths, values[2])) if paths else NOTHING,  # noqa: B905
            second_key,
            label,
            modified,
            reference,
            first,
        )


@dataclass
class ObjectRows:
    """The rows of one object. `rows` is by match key and does not mind case where the org does not.

    `skip`: fields that are not carried. `masked`: fields whose values are not the records' own, so that two orgs'
    values are not compared. `doubtful`: Ids that match and whose second key does not, so that nothing is matched.
    """

    shape: ObjectShape
    rows: MutableMapping[str, Row] = field(default_factory=dict)
    keyless: list[Row] = field(default_factory=list)
    duplicates: dict[str, list[str]] = field(default_factory=dict)
    fold_case: bool = True
    skip: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._rows = RowsByKey(self.rows, fold_case=self.fold_case)
        self.rows = self._rows

    def folded(self, key: str) -> str:
        """`key` as it is matched."""
        return self._rows.folded(key)

    def find(self, key: str) -> Row | None:
        """The row with this match key."""
        return self._rows.find(key)

    def key_texts(self) -> Iterator[str]:
        """The match keys, without the rows."""
        return self._rows.key_texts()

    def is_counted(self, key: str) -> bool:
        """Whether there is such a row and it is no reference."""
        if not self._rows.references:
            return key in self._rows
        row = self._rows.find(key)
        return row is not None and not row.reference

    def number(self, key: str) -> int | None:
        """A small number that is this row's alone as long as no row is taken in or out."""
        return self._rows.number(key)

    def numbered(self, key: str) -> tuple[int, Row] | None:
        """The row with this match key, with its `number`."""
        return self._rows.numbered(key)

    def key_of(self, number: int) -> str:
        """The key of the row with this `number`."""
        return self._rows.key_of(number)

    def add(self, row: Row) -> None:
        """Takes `row` in by its key; one without a key goes to `keyless`.

        Of several rows of one key the one with the lowest Id counts, in whichever order they come, and all of them
        are in `duplicates`.
        """
        if not row.key:
            self.keyless.append(row)
            return
        there = self._rows.find(row.key)
        if there is None:
            self._rows.put(row, None)
        elif there.id != row.id:
            ids = sorted([*self.duplicates.pop(there.key, [there.id]), row.id])
            if row.id < there.id:
                self._rows.put(row, there)
                there = row
            self.duplicates[there.key] = ids

    @property
    def named(self) -> set[Ref]:
        """Users and the like that rows with a key refer to."""
        return self._rows.named

    @property
    def used(self) -> Iterable[tuple[str, str]]:
        """(Lookup, object that it refers to) of those that at least one row of the data set has."""
        return self._rows.used

    @property
    def firsts(self) -> bool:
        """Whether there are rows that must be written before the others."""
        return self._rows.firsts

    @property
    def counted(self) -> Counted:
        """The rows that are part of the data set (references are not)."""
        return Counted(self._rows)


class Counted(Collection[Row]):
    """The rows of an object that are no references, one after the other."""

    def __init__(self, rows: RowsByKey) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[Row]:
        return (row for row in self._rows.each() if not row.reference)

    def __len__(self) -> int:
        return len(self._rows) - self._rows.references

    def __contains__(self, row: object) -> bool:
        return isinstance(row, Row) and not row.reference and self._rows.find(row.key) == row


@dataclass
class DataRows:
    """What one org holds of a data set.

    `names`: "User", "Queue" … → what the org calls them → Id (record types as `Object.DeveloperName`).
    `sandbox`: its usernames carry a suffix. `missing`: objects of the data set that the org does not have.
    """

    data_set: str
    org: str
    org_id: str
    objects: dict[str, ObjectRows] = field(default_factory=dict)
    names: dict[str, MutableMapping[str, str]] = field(default_factory=dict)
    sandbox: bool = False
    missing: tuple[str, ...] = ()

    def __len__(self) -> int:
        return sum(len(rows.counted) for rows in self.objects.values())

    def find(self, ref: Ref) -> Row | None:
        """The row that `ref` names, reference rows included."""
        rows = self.objects.get(ref[0])
        return None if rows is None else rows.find(ref[1])

    def has(self, ref: Ref) -> bool:
        """Whether there is such a row, reference rows included."""
        rows = self.objects.get(ref[0])
        return rows is not None and ref[1] in rows.rows

    def counts(self, ref: Ref) -> bool:
        """Whether there is such a row and it is part of the data set."""
        rows = self.objects.get(ref[0])
        return rows is not None and rows.is_counted(ref[1])

    def problems(self, *, keyless: bool = False) -> Iterator[str]:
        """Sentences naming rows whose match keys are not unique; with `keyless` also rows that have none.

        A row that is only referred to needs no key: the lookup to it counts as one out of the data set then.
        """
        for name, rows in self.objects.items():
            for key, ids in rows.duplicates.items():
                yield f"{name} {key} is the key of {len(ids)} rows: {', '.join(ids)}"
            without = [row for row in rows.keyless if not row.reference] if keyless else []
            if without:
                named = ", ".join(f"{row.label} ({row.id})" if row.label else row.id for row in without[:5])
                more = f" and {len(without) - 5} more" if len(without) > 5 else ""
                yield f"{name} has {len(without)} without a key: {named}{more}"

    def check_keys(self, *, keyless: bool = False) -> None:
        """Raises DuplicateKeys when a row cannot be told from another by its match key."""
        found = list(self.problems(keyless=keyless))
        if found:
            raise DuplicateKeys(self.org, found)
