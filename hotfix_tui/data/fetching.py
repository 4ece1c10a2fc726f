"""Fetches records of a data set's objects from one org: the SOQL side of reading."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from hotfix_tui.data.data_set import DataSet, ObjectSpec
from hotfix_tui.data.errors import DataError
from hotfix_tui.data.keys import KeyPart, key_order, key_parts, make_key, reference_key
from hotfix_tui.data.platform_rules import FIRST_ROWS, SINGLETONS
from hotfix_tui.data.shape import ObjectShape, shape_of
from hotfix_tui.salesforce.errors import NotFound
from hotfix_tui.salesforce.soql import Value, address_length, in_clauses

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

Record = dict[str, Any]
Advance = Callable[[str, int], None]
"""Called with an object and how many of its rows are read so far."""

_LONGEST_ADDRESS = 14_000


class Fetcher:
    """One org's shapes, key rules and records of a data set, gathered query by query.

    `records`: object → Id → row. `keys`: Id → match key. `references`: Ids of rows that are matched, never written.
    """

    def __init__(self, org: Org, data_set: DataSet, advance: Advance | None = None) -> None:
        self.org = org
        self.data_set = data_set
        self.shapes: dict[str, ObjectShape] = {}
        self.parts: dict[str, list[KeyPart]] = {}
        self.key_order: list[str] = []
        self.missing: list[str] = []
        self.records: dict[str, dict[str, Record]] = {}
        self.keys: dict[str, str] = {}
        self.references: set[str] = set()
        self._advance = advance or (lambda name, rows: None)

    async def prepare(self) -> None:
        """Describes the objects and settles what their keys are made of. Raises DataSetError for an unknown field."""
        for spec in self.data_set.objects:
            try:
                self.shapes[spec.name] = shape_of(await self.org.describe(spec.name))
            except NotFound:
                self.missing.append(spec.name)
        for spec in self.specs:
            self.parts[spec.name] = key_parts(spec, self.shapes, self.data_set)
            self.records[spec.name] = {}
        self.key_order = key_order(self.parts)

    @property
    def specs(self) -> list[ObjectSpec]:
        """The data set's objects that this org has."""
        return [spec for spec in self.data_set.objects if spec.name in self.shapes]

    async def fetch(self, spec: ObjectSpec, condition: str = "") -> list[Record]:
        """Rows of `spec` by a condition, those not known yet. They are in `records` afterwards."""
        found = await self.org.query(self._soql(spec, condition))
        known = self.records[spec.name]
        new = [record for record in found if record["Id"] not in known]
        known.update({record["Id"]: record for record in new})
        self._advance(spec.name, len(known))
        return new

    async def fetch_in(self, spec: ObjectSpec, field: str, values: Iterable[Value], also: str = "") -> list[Record]:
        """Rows whose `field` is one of `values` (and `also` holds), in as many queries as the address needs."""
        new: list[Record] = []
        fixed = address_length(self._soql(spec, f"{field} IN () AND {also}"))
        room = _LONGEST_ADDRESS - fixed
        if room < 400:
            raise DataError(f"{spec.name} has too many fields for one query; leave some out with skip_fields.")
        for values_list in in_clauses(values, room):
            condition = f"{field} IN {values_list}"
            new += await self.fetch(spec, f"{condition} AND {also}" if also else condition)
        return new

    def _soql(self, spec: ObjectSpec, condition: str) -> str:
        return f"SELECT {', '.join(self._columns(spec))} FROM {spec.name}" + (  # noqa: S608 - names are checked
            f" WHERE {condition}" if condition else ""
        )

    def _columns(self, spec: ObjectSpec) -> list[str]:
        shape = self.shapes[spec.name]
        columns = ["Id", *(one.name for one in shape.carried(spec.skip_fields))]
        columns += [part.path for part in self.parts[spec.name]]
        columns += [name for name in (*spec.second_key, "Name", "LastModifiedDate") if name in shape.fields]
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

    def assign_keys(self, name: str) -> None:
        """Works out the match keys of the rows of `name` that have none yet. Parents' keys must be known."""
        for record_id, record in self.records[name].items():
            if record_id not in self.keys:
                key = make_key(record, self.parts[name], self.keys)
                if key:
                    self.keys[record_id] = key

    async def resolve_parents(self) -> dict[str, set[str]]:
        """Reads, of objects of the data set, the parents that rows refer to and that are not among them.

        Returns their Ids by object. They are references: matched, so that lookups have a key, but never written.
        """
        outer: dict[str, set[str]] = {spec.name: set() for spec in self.specs}
        for spec in self.specs:
            for field in self.shapes[spec.name].carried(spec.skip_fields):
                if field.is_lookup:
                    for parent in field.refers_to:
                        if parent in self.shapes:
                            outer[parent] |= self._unknown(spec.name, field.name, parent)
        for spec in self.specs:
            if outer[spec.name]:
                await self.fetch_in(spec, "Id", sorted(outer[spec.name]))
        await self._key_parents()
        for name in self.key_order:
            self.assign_keys(name)
        return {name: ids & self.records[name].keys() for name, ids in outer.items()}

    def _unknown(self, name: str, field: str, parent: str) -> set[str]:
        known, prefix = self.records[parent], self.shapes[parent].key_prefix
        ids = {str(record[field]) for record in self.records[name].values() if record.get(field)}
        return {one for one in ids if one not in known and one.startswith(prefix)}

    async def _key_parents(self) -> None:
        """Rows just read may have keys made of parents that are not read yet."""
        for name in reversed(self.key_order):
            for part in self.parts[name]:
                for parent in part.parents:
                    unknown = self._unknown(name, part.path, parent)
                    if unknown:
                        await self.fetch_in(self.data_set.spec(parent), "Id", sorted(unknown))
