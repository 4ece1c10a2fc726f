"""Fetches records of a data set's objects from one org: the SOQL side of reading."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, MutableMapping
from typing import TYPE_CHECKING, Any

from hotfix_tui.data.data_set import DataSet, ObjectSpec
from hotfix_tui.data.errors import DataError, DataSetError
from hotfix_tui.data.keys import KeyPart, key_order, key_parts, make_key, reference_key
from hotfix_tui.data.masks import Masker
from hotfix_tui.data.packed import PackedRecords
from hotfix_tui.data.people import IN_KEYS, key_name, read_people
from hotfix_tui.data.persons import Persons, person_columns
from hotfix_tui.data.platform_rules import FIRST_ROWS, SINGLETONS
from hotfix_tui.data.rows import ACCOUNT
from hotfix_tui.data.shape import FieldShape, ObjectShape, shape_of
from hotfix_tui.data.spool import Spooled, spooled_words
from hotfix_tui.salesforce.errors import NotFound
from hotfix_tui.salesforce.soql import Value, address_length, in_clauses

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

Record = dict[str, Any]
Advance = Callable[[str, int], None]
"""Called with an object and how many of its rows are read so far."""

_BY_NAME = {"Group", *IN_KEYS}
_LONGEST_ADDRESS = 14_000
_ROWS_BETWEEN_NEWS = 1_000
_QUERIES_AT_ONCE = 2


class Fetcher:
    """One org's shapes, key rules and records of a data set, gathered query by query.

    `records`: object → Id → row. `keys`: Id → match key. `references`: Ids of rows that are matched, never written.
    `outer`: object → Ids of rows that are there only because others refer to them. `persons`: the contacts behind
    person accounts, which are matched with their accounts, whether or not they are among the records.
    `named_ids`: the Ids that rows refer to of what is matched by name: users, groups, profiles, the org.
    Rows go to disk when there are many; `packed`: they stay in memory and take little, for those who look at one here
    and one there.
    `columns` and `extra` may be set, by object, before the first row is read: the fields that rows carry instead of
    those that can be written, and further columns that only `records` has.
    With `masked` the data set's masks are in the rows from the moment they arrive.
    """

    def __init__(
        self,
        org: Org,
        data_set: DataSet,
        advance: Advance | None = None,
        *,
        packed: bool = False,
        masked: bool = False,
    ) -> None:
        self.org = org
        self.data_set = data_set
        self.shapes: dict[str, ObjectShape] = {}
        self.left_out: dict[str, tuple[str, ...]] = {}
        self.parts: dict[str, list[KeyPart]] = {}
        self.key_order: list[str] = []
        self.missing: list[str] = []
        self.unfit: dict[str, str] = {}
        self.records: dict[str, MutableMapping[str, Record]] = {}
        self.outer: dict[str, set[str]] = {}
        self.columns: dict[str, list[FieldShape]] = {}
        self.extra: dict[str, tuple[str, ...]] = {}
        self.keys: MutableMapping[str, str] = {} if packed else spooled_words()
        self.references: set[str] = set()
        self.persons = Persons()
        self.named_ids: set[str] = set()
        self._advance = advance or (lambda name, rows: None)
        self._packed = packed
        self._masked = masked
        self._maskers: dict[str, Masker] = {}

    async def prepare(self, *, lenient: bool = False) -> None:
        """Describes the objects and settles what their keys are made of.

        Raises DataSetError for an unknown field; `lenient` leaves such objects out, and `unfit` says why of each.
        """
        for spec in self.data_set.objects:
            try:
                describe = await self.org.describe(spec.name)
            except NotFound:
                self.missing.append(spec.name)
                continue
            self.shapes[spec.name] = shape = shape_of(describe)
            self.left_out[spec.name] = self.data_set.left_out(spec, shape)
            if self._masked and (masker := Masker(spec, describe, self.data_set.mask_seed)):
                self._maskers[spec.name] = masker
        while not self._keys_settled(lenient):
            self.parts.clear()
        for spec in self.specs:
            self.records[spec.name] = PackedRecords() if self._packed else _spooled_records()
            self.outer[spec.name] = set()
        self.key_order = key_order(self.parts)

    def _keys_settled(self, lenient: bool) -> bool:
        """Whether every object's key fits. One that does not is left out, which the keys of others may feel."""
        for spec in self.specs:
            try:
                self.parts[spec.name] = key_parts(spec, self.shapes, self.data_set)
            except DataSetError as error:
                if not lenient:
                    raise
                self.unfit[spec.name] = str(error)
                del self.shapes[spec.name]
                return False
        return True

    def carried(self, spec: ObjectSpec) -> list[FieldShape]:
        """The fields that rows of `spec` have."""
        return self.columns.get(spec.name) or self.shapes[spec.name].carried(self.left_out[spec.name])

    @property
    def specs(self) -> list[ObjectSpec]:
        """The data set's objects that this org has."""
        return [spec for spec in self.data_set.objects if spec.name in self.shapes]

    async def select(self, spec: ObjectSpec) -> int:
        """Reads the rows of a root: those its condition finds, in its order, no more than its limit."""
        return await self.fetch(spec, f"({spec.where})" if spec.where else "", _tail(spec, spec.limit))

    async def select_in(self, spec: ObjectSpec, field: str, ids: Iterable[str], *, limited: bool = True) -> int:
        """Reads rows that hang on these Ids and meet the condition; with `limited` no more than the limit in all.

        A root's condition and limit say which rows are roots; what hangs on rows that are read comes whatever it is.
        """
        if spec.root:
            return await self.fetch_in(spec, field, ids)
        also = f"({spec.where})" if spec.where else ""
        return await self.fetch_in(spec, field, ids, also, limit=spec.limit if limited else 0)

    async def fetch(self, spec: ObjectSpec, condition: str = "", tail: str = "") -> int:
        """Reads rows of `spec` by a condition into `records`; how many of them are new, or were only referred to."""
        known = self.records[spec.name]
        take = self.taker(spec)
        new = 0
        async for record in self.org.query_iter(self._soql(spec, condition) + tail):
            if take(record):
                new += 1
                if new % _ROWS_BETWEEN_NEWS == 0:
                    self._advance(spec.name, len(known))
        self._advance(spec.name, len(known))
        return new

    async def has_any(self, spec: ObjectSpec, condition: str) -> bool:
        """Whether there is a row of `spec` of which `condition` holds."""
        return bool(await self.org.query(f"SELECT Id FROM {spec.name} WHERE {condition} LIMIT 1"))  # noqa: S608

    def taker(self, spec: ObjectSpec) -> Callable[[Record], bool]:
        """What takes each row of `spec` in as it comes, and says whether it is new or was only referred to."""
        known, outer, parts = self.records[spec.name], self.outer[spec.name], self.parts[spec.name]
        of_its_own = not any(part.parents for part in parts)
        may_be_person = bool(person_columns(self.shapes[spec.name]))
        named = [one.name for one in self.carried(spec) if one.is_lookup and _BY_NAME & set(one.refers_to)]
        named += self.extra.get(spec.name, ())
        put = known.put_new if isinstance(known, Spooled) else known.__setitem__

        def take(record: Record) -> bool:
            record_id = record["Id"]
            if record_id in known:
                was_outer = record_id in outer
                outer.discard(record_id)
                return was_outer
            self._mask(spec, record)
            put(record_id, record)
            self.named_ids.update([value for name in named if (value := record.get(name))])
            is_contact_of_one = may_be_person and self.persons.note(record)
            if (
                of_its_own
                and not is_contact_of_one
                and record_id not in self.references
                and (key := make_key(record, parts, {}))
            ):
                self.keys[record_id] = key  # no parent's key is needed for it
            return True

        return take

    def _mask(self, spec: ObjectSpec, record: Record) -> None:
        if not self._maskers:
            return
        if spec.name in self._maskers:
            self._maskers[spec.name].mask(record)
        for part in self.parts[spec.name]:
            first, _, rest = part.path.partition(".")
            lookup = self.shapes[spec.name].lookup_for(first) if rest else None
            for parent in lookup.refers_to if lookup else ():
                if parent in self._maskers and "." not in rest:
                    self._maskers[parent].mask_path(record.get(first) or {}, rest)

    async def fetch_in(
        self, spec: ObjectSpec, field: str, values: Iterable[Value], also: str = "", limit: int = 0
    ) -> int:
        """Rows whose `field` is one of `values` (and `also` holds), in as many queries as the address needs.

        With `limit` no more than so many rows of the object are part of the data set: those of the first values.
        """
        new = 0
        fixed = address_length(self._soql(spec, f"{field} IN () AND {also}"))
        room = _LONGEST_ADDRESS - fixed
        if room < 400:
            raise DataError(f"{spec.name} has too many fields for one query; leave some out with skip_fields.")
        if not limit:
            asked = (
                f"{field} IN {one} AND {also}" if also else f"{field} IN {one}" for one in in_clauses(values, room)
            )
            return await self._fetch_all(spec, asked)
        for values_list in in_clauses(values, room):
            left = limit - len(self.records[spec.name]) + len(self.outer[spec.name])
            if left <= 0:
                break
            condition = f"{field} IN {values_list}"
            new += await self.fetch(spec, f"{condition} AND {also}" if also else condition, _tail(spec, left))
        return new

    async def _fetch_all(self, spec: ObjectSpec, conditions: Iterable[str]) -> int:
        """Reads rows by each of these conditions, the next of them while the rows of one are worked on."""
        todo = iter(conditions)

        async def worker() -> int:
            return sum([await self.fetch(spec, condition) for condition in todo])

        workers = [asyncio.create_task(worker()) for _ in range(_QUERIES_AT_ONCE)]
        try:
            return sum(await asyncio.gather(*workers))
        finally:
            for one in workers:
                one.cancel()

    def _soql(self, spec: ObjectSpec, condition: str) -> str:
        return f"SELECT {', '.join(self._columns(spec))} FROM {spec.name}" + (  # noqa: S608 - names are checked
            f" WHERE {condition}" if condition else ""
        )

    def _columns(self, spec: ObjectSpec) -> list[str]:
        shape = self.shapes[spec.name]
        columns = ["Id", *(one.name for one in self.carried(spec))]
        columns += [part.path for part in self.parts[spec.name]]
        columns += [name for name in (*spec.second_key, "Name", "LastModifiedDate") if name in shape.fields]
        columns += person_columns(shape)
        columns += [name for name in self.extra.get(spec.name, ()) if name in shape.fields]
        first = FIRST_ROWS.get(spec.name)
        return list(dict.fromkeys([*columns, first] if first else columns))

    async def find_references(self, spec: ObjectSpec, *, fetch: bool) -> None:
        """Notes which rows `reference_where` means; with `fetch` reads them too."""
        if not spec.reference_where:
            return
        if fetch:
            await self.fetch(spec, f"({spec.reference_where})")
        found = await self.org.query(f"SELECT Id FROM {spec.name} WHERE ({spec.reference_where})")  # noqa: S608
        ids = [record["Id"] for record in found]
        self.references.update(ids)
        key = reference_key(spec.reference_where)
        if len(ids) == 1 and (spec.name, key) in SINGLETONS:
            self.keys[ids[0]] = key

    async def assign_keys(self, name: str) -> None:
        """Works out the match keys of the rows of `name` that have none yet. Parents' keys must be known."""
        records = self.records[name]
        persons = self.persons or ()
        named = [part.path for part in self.parts[name] if set(part.parents) & set(IN_KEYS)]
        if named:
            ids = {str(record.get(path) or "") for record in records.values() for path in named}
            found = await read_people(self.org, {one for one in ids if one not in self.keys})
            sandbox = self.org.kind.sandbox
            self.keys.update((one, key_name(ref, sandbox=sandbox)) for one, ref in found.items() if ref[0] in IN_KEYS)
        for record_id in records:
            if record_id not in self.keys and record_id not in persons:
                key = make_key(records[record_id], self.parts[name], self.keys)
                if key:
                    self.keys[record_id] = key

    async def resolve_parents(self) -> None:
        """Reads, of objects of the data set, the parents that rows refer to and that are not among them.

        They are in `outer`: matched, so that lookups have a key, but never written.
        """
        wanted: dict[str, set[str]] = {spec.name: set() for spec in self.specs}
        for spec in self.specs:
            fields = {one.name: one.refers_to for one in self.carried(spec) if one.is_lookup}
            self._unknown(spec.name, fields, wanted)
        for spec in self.specs:
            await self._fetch_outer(spec, wanted[spec.name])
        if ACCOUNT in self.shapes:
            accounts = {one for one in self.persons.accounts.values() if not self._is_read(ACCOUNT, one)}
            await self._fetch_outer(self.data_set.spec(ACCOUNT), accounts)
        for name in reversed(self.key_order):  # rows just read may have keys made of parents that are not read yet
            wanted = {spec.name: set() for spec in self.specs}
            self._unknown(name, {part.path: part.parents for part in self.parts[name] if part.parents}, wanted)
            for parent, ids in wanted.items():
                await self._fetch_outer(self.data_set.spec(parent), ids)
        for name in self.key_order:
            await self.assign_keys(name)

    def _unknown(self, name: str, fields: dict[str, tuple[str, ...]], wanted: dict[str, set[str]]) -> None:
        """Adds to `wanted` the parents that `fields` of rows of `name` name and that are not read."""
        parents = {
            field: [(one, self.shapes[one].key_prefix) for one in refers_to if one in self.shapes]
            for field, refers_to in fields.items()
        }
        if not any(parents.values()):
            return
        for record in self.records[name].values():
            for field, objects in parents.items():
                value = str(record.get(field) or "")
                for parent, prefix in objects if value else ():
                    if value.startswith(prefix) and not self._is_read(parent, value):
                        wanted[parent].add(value)

    def _is_read(self, name: str, record_id: str) -> bool:
        # A row has a key only after it was read, but for a reference that its condition alone names.
        if record_id in self.keys and record_id not in self.references:
            return True
        if record_id in self.persons:
            return True  # with its account, if that can be
        return record_id in self.records[name]

    async def _fetch_outer(self, spec: ObjectSpec, ids: set[str]) -> None:
        if ids:
            await self.fetch_in(spec, "Id", sorted(ids))
            self.outer[spec.name].update(one for one in ids if one in self.records[spec.name])


def _spooled_records() -> Spooled[Record]:
    """Rows as queries give them, on disk without the names of their fields."""
    places: dict[tuple[str, ...], int] = {}
    names: list[tuple[str, ...]] = []

    def pack(record: Record) -> list[Any]:
        place = places.setdefault(tuple(record), len(names))
        if place == len(names):
            names.append(tuple(record))
        return [place, *record.values()]

    def unpack(packed: list[Any]) -> Record:
        return dict(zip(names[packed[0]], packed[1:], strict=True))

    return Spooled(pack=pack, unpack=unpack)


def _tail(spec: ObjectSpec, limit: int) -> str:
    """Which rows are the first ones is settled by the Id at last, so that a second reading gives the same rows."""
    if not limit:
        return ""
    return f" ORDER BY {f'{spec.order_by}, ' if spec.order_by else ''}Id LIMIT {limit}"
