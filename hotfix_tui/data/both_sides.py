"""The rows of a data set in two orgs at once: what either selects is looked for in the other, by key."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from hotfix_tui.data import people
from hotfix_tui.data.building import RowBuilder
from hotfix_tui.data.data_set import DataSet, ObjectSpec
from hotfix_tui.data.fetching import Advance, Fetcher
from hotfix_tui.data.platform_rules import UNIQUE_BY_RULE
from hotfix_tui.data.read import Asked, expand, fetch_matching
from hotfix_tui.data.referred import Refs
from hotfix_tui.data.rows import RECORD_TYPE, ObjectRows, Row
from hotfix_tui.data.shape import FieldShape, ObjectShape
from hotfix_tui.salesforce.errors import LimitExceeded, RequestRefused

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

T = TypeVar("T")

_CHANGED_BY = "LastModifiedById"
_USERS = "005"
_KEYS_AT_ONCE = 2_000
# More at a time would be in memory unpacked, page by page.
_OBJECTS_AT_ONCE = 2


class Side:
    """What one org holds of a data set, in little memory: a row is unpacked when it is asked for.

    `missing`: objects the org does not have. `unfit`: object → why its rows cannot be read or matched there.
    `unseen`: object → fields that only the other side can see. `labels`: object → (its label, field → label).
    """

    def __init__(self, org: Org, data_set: DataSet, advance: Advance | None = None) -> None:
        self.org = org.alias
        self.sandbox = org.kind.sandbox
        self.production = org.kind.production_rules
        self.unseen: dict[str, tuple[str, ...]] = {}
        self.labels: dict[str, tuple[str, dict[str, str]]] = {}
        self._org = org
        self._data_set = data_set
        # What a data set masks leaves production for no screen and no file either; an environment holds the masks.
        self._fetcher = Fetcher(org, data_set, advance, packed=True, masked=org.kind.production_rules)
        self._refs = Refs(self._fetcher, {})
        self._builders: dict[str, RowBuilder] = {}
        self._names: dict[str, str] = {}
        self._asked = Asked(spooled=False)
        self._asked_keys: dict[str, set[str]] = defaultdict(set)
        self._at_once = asyncio.Semaphore(_OBJECTS_AT_ONCE)

    # -- what there is

    @property
    def missing(self) -> tuple[str, ...]:
        """Objects of the data set that the org does not have."""
        return tuple(self._fetcher.missing)

    @property
    def unfit(self) -> dict[str, str]:
        """Object → why its rows cannot be read or matched."""
        return self._fetcher.unfit

    def shape(self, name: str) -> ObjectShape | None:
        """The object as this org has it; None where it is missing or unfit."""
        return self._fetcher.shapes.get(name)

    def fields(self, name: str) -> dict[str, FieldShape]:
        """The fields that rows of the object carry; none where the org does not have it."""
        if name not in self._fetcher.shapes:
            return {}
        return {one.name: one for one in self._fetcher.carried(self._data_set.spec(name))}

    def fold_case(self, name: str) -> bool:
        """Whether match keys of the object are the same in capital and small letters."""
        return not any(part.case_sensitive for part in self._fetcher.parts.get(name, ()))

    def rows(self, name: str) -> Iterator[tuple[str, str]]:
        """(Id, match key) of the rows that are part of the data set, "" for a row without a key."""
        if name in self._fetcher.shapes and self._data_set.spec(name).mode != "reference":
            left_out = self._fetcher.outer[name] | self._fetcher.references
            for record_id in self._fetcher.records[name]:
                if record_id not in left_out and record_id not in self._fetcher.persons:
                    yield record_id, self._fetcher.keys.get(record_id, "")

    def row(self, name: str, record_id: str) -> Row:
        """One row. Raises KeyError."""
        record = self._fetcher.records[name][record_id]
        if name not in self._builders:
            spec = self._data_set.spec(name)
            self._builders[name] = RowBuilder(self._fetcher, spec, self._refs, self._fetcher.carried(spec))
        return self._builders[name].build(record)

    def changed(self, name: str, record_id: str) -> dict[str, Any]:
        """Who changed the row last, and when: `{"by": name, "at": ISO 8601}`, or empty where the org does not say."""
        record = self._fetcher.records[name][record_id]
        by, at = self._names.get(record.get(_CHANGED_BY) or "", ""), record.get("LastModifiedDate") or ""
        return {"by": by, "at": at} if by or at else {}

    # -- reading

    async def prepare(self) -> None:
        """Describes the objects."""
        await self._fetcher.prepare(lenient=True)
        for spec in self._fetcher.specs:
            described = await self._org.describe(spec.name)
            labels = {name: one.label or name for name, one in described.fields.items()}
            self.labels[spec.name] = (described.label or spec.name, labels)
            self._fetcher.extra[spec.name] = (_CHANGED_BY,)

    def settle_fields(self, other: Side) -> None:
        """Rows carry what can be written in either org, so that a field that is read-only here is compared too."""
        for spec in self._fetcher.specs:
            mine, theirs = self._fetcher.shapes[spec.name], other.shape(spec.name)
            wanted = {one.name for one in mine.carried(self._fetcher.left_out[spec.name])}
            if theirs is not None:
                there = {one.name for one in theirs.carried(other._fetcher.left_out[spec.name])}
                self.unseen[spec.name] = tuple(sorted(there - mine.fields.keys()))
                wanted |= there
            wanted |= {part.path for part in self._fetcher.parts[spec.name]}
            self._fetcher.columns[spec.name] = [one for one in mine.fields.values() if one.name in wanted]

    async def select(self) -> None:
        """Reads what the data set selects here, the roots at the same time."""
        specs = self._fetcher.specs
        await together(*(self._try(spec, self._fetcher.select(spec)) for spec in specs if spec.root))
        await together(*(self._try(spec, self._fetcher.find_references(spec, fetch=False)) for spec in specs))
        await self.expand()

    async def _try(self, spec: ObjectSpec, asking: Awaitable[object]) -> None:
        """Where the org refuses a condition of the file, that object is left out and the others go on."""
        try:
            async with self._at_once:
                await asking
        except LimitExceeded:
            raise
        except RequestRefused as error:
            self.unfit[spec.name] = str(error)
            self._fetcher.shapes.pop(spec.name, None)

    async def expand(self) -> None:
        """Reads the children and parents of what is new."""
        await expand(self._fetcher, self._asked)
        await self._fetcher.resolve_parents()

    async def match(self, other: Side) -> int:
        """Reads the counterparts of `other`'s rows that are not among the rows here; how many there were."""
        found = 0
        for name in self._fetcher.key_order:
            spec = self._data_set.spec(name)
            if name in self._fetcher.shapes and other.shape(name) is not None:
                for wanted in self._to_ask(spec, other):
                    found += await self._match(spec, other, wanted)
        return found

    def _to_ask(self, spec: ObjectSpec, other: Side) -> Iterator[dict[str, str]]:
        """Match keys of `other`, folded, and one Id each, in portions: those that were not looked for yet."""
        if spec.root and not spec.where and not spec.limit:
            return  # every row is read
        name, asked = spec.name, self._asked_keys[spec.name]
        wanted = {self._folded(name, key): one for one, key in other.rows(name) if key}
        left = {key: one for key, one in wanted.items() if key not in asked}
        asked.update(left)
        if self._unique(spec):
            for _, key in self.rows(name):
                left.pop(self._folded(name, key), None)
        todo = iter(left.items())
        while portion := dict(islice(todo, _KEYS_AT_ONCE)):
            yield portion

    async def _match(self, spec: ObjectSpec, other: Side, wanted: dict[str, str]) -> int:
        """Reads by the keys `wanted`. What only shares a part of a key with one of them is forgotten again."""
        fetcher, name = self._fetcher, spec.name
        theirs = ObjectRows(fetcher.shapes[name], fold_case=self.fold_case(name))
        for one in wanted.values():
            row = other.row(name, one)
            theirs.rows[row.key] = row
        seconds = {row.second_key.casefold() for row in theirs.rows.values() if row.second_key}
        records, outer = fetcher.records[name], fetcher.outer[name]
        known, referred = set(records), set(outer)
        await fetch_matching(fetcher, spec, theirs)
        await fetcher.assign_keys(name)
        new = [one for one in records if one not in known]
        found = 0
        for record_id in [*new, *(referred - outer)]:
            key = fetcher.keys.get(record_id, "")
            if self._folded(name, key) in wanted or (
                not key and self.row(name, record_id).second_key.casefold() in seconds
            ):
                found += 1
            elif record_id in known:
                outer.add(record_id)
            else:
                del records[record_id]
                fetcher.keys.pop(record_id, None)
        return found

    def _folded(self, name: str, key: str) -> str:
        return key.casefold() if self.fold_case(name) else key

    def _unique(self, spec: ObjectSpec) -> bool:
        """Whether the org itself refuses a second row of one key."""
        parts = self._fetcher.parts[spec.name]
        if spec.name in UNIQUE_BY_RULE:
            return True
        field = self._fetcher.shapes[spec.name].fields.get(parts[0].path) if len(parts) == 1 else None
        return field is not None and field.unique and not field.is_lookup

    async def name_people(self) -> None:
        """Reads the names of users, queues and record types that rows refer to, and of who changed them."""
        types, _ = await people.read_record_types(self._org, [spec.name for spec in self._fetcher.specs])
        self._refs.named.update({record_id: (RECORD_TYPE, name) for record_id, name in types.items()})
        ids = self._fetcher.named_ids
        self._refs.named.update(await people.read_people(self._org, ids))
        with contextlib.suppress(RequestRefused):  # who changed what is good to know, and no more
            self._names = await people.read_names(self._org, (one for one in ids if one.startswith(_USERS)))


async def read_both(a: Side, b: Side) -> None:
    """Reads both sides, at the same time, until each holds the counterparts of the other's rows.

    A row belongs to the data set when either org selects it: one that meets a condition here and not there is found
    there by its key, with its children. Raises SalesforceError when an org as a whole cannot be read.
    """
    await together(a.prepare(), b.prepare())
    a.settle_fields(b)
    b.settle_fields(a)
    await together(a.select(), b.select())
    while any(await together(a.match(b), b.match(a))):
        await together(a.expand(), b.expand())
    await together(a.name_people(), b.name_people())


async def together(*work: Awaitable[T]) -> list[T]:
    """All at once; when one fails, or the whole is given up, the others are not left behind."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
