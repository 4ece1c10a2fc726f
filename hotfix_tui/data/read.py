"""Reads the rows of a data set from an org, and from another org the rows that match them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from hotfix_tui.data import people, spool
from hotfix_tui.data.building import RowBuilder
from hotfix_tui.data.data_set import ID, DataSet, ObjectSpec
from hotfix_tui.data.fetching import Advance, Fetcher
from hotfix_tui.data.keys import KeyPart
from hotfix_tui.data.referred import Refs
from hotfix_tui.data.rows import (
    ACCOUNT,
    PERSON_CONTACT,
    QUEUE,
    RECORD_TYPE,
    USER,
    DataRows,
    ObjectRows,
    Ref,
    Row,
    only_part,
)
from hotfix_tui.data.shape import FieldShape, ObjectShape
from hotfix_tui.data.spool import each_once, spooled_words
from hotfix_tui.salesforce.errors import SalesforceError

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

_SAMPLE = 20_000
# So many values take several queries, which one can show to be in vain: a new sandbox has no rows at all.
_MANY = 2_000
_TEXTS = frozenset({"string", "email", "phone", "url", "textarea", "picklist"})
_ROWS_AT_A_TIME = 2_000


async def describe_objects(org: Org, data_set: DataSet) -> None:
    """Has `org` describe the data set's objects, so that later reads need not wait for that. Fails for none of them."""
    for name in data_set.names:
        with suppress(SalesforceError):  # said when the rows are read
            await org.describe(name)


async def read_rows(
    org: Org,
    data_set: DataSet,
    *,
    also: DataRows | None = None,
    advance: Advance | None = None,
    masked: bool = True,
) -> DataRows:
    """The rows that the data set selects in `org`: its roots, their children, and the parents that are referred to.

    With `masked` the data set's masks take the place of values as they arrive; an org that was seeded with it holds
    masks already and is read without.
    `also`: rows read earlier from the same org are read again even when the conditions do not select them any more, so
    that a row that only left a filter is not taken for deleted. `advance` hears of rows as they come.
    Rows whose keys are not unique are in `duplicates`, rows without a key in `keyless`: `check_keys` raises for them.
    Raises DataSetError when the data set does not fit the org, SalesforceError when the org cannot be read.
    """
    fetcher = Fetcher(org, data_set, advance, masked=masked)
    await fetcher.prepare()
    await _select(fetcher)
    if also is not None:
        for spec in fetcher.specs:
            earlier = also.objects.get(spec.name)
            records = fetcher.records[spec.name]
            ids = (row.id for row in earlier.counted if row.id and row.id not in records) if earlier else ()
            await fetcher.fetch_in(spec, "Id", ids)
    for spec in fetcher.specs:
        await fetcher.find_references(spec, fetch=False)
    await fetcher.resolve_parents()
    return await _build(fetcher)


async def read_matching(org: Org, data_set: DataSet, source: DataRows, *, advance: Advance | None = None) -> DataRows:
    """The rows of `org` that match `source`'s rows by key, whether or not the data set's conditions select them there.

    Rows without a key whose second key is one of `source`'s are in `keyless` (probable twins). References and the
    users, queues and record types that `source` names are looked up too.
    """
    fetcher = Fetcher(org, data_set, advance)
    await fetcher.prepare()
    both = source.sandbox and org.kind.sandbox
    for name in fetcher.key_order:
        spec = data_set.spec(name)
        await fetcher.find_references(spec, fetch=True)
        rows = source.objects.get(name)
        if rows is not None:
            await fetch_matching(fetcher, spec, rows)
        await fetcher.assign_keys(name)
    await fetcher.resolve_parents()
    by_name = {ref for rows in source.objects.values() for ref in rows.named}
    wanted = {ref for ref in by_name if ref[0] not in (RECORD_TYPE, PERSON_CONTACT)}
    wanted |= {*data_set.fallback_owners}
    result = await _build(fetcher, source)
    found = await people.find_people(org, wanted, both_sandboxes=both)
    for kind, names in found.items():
        result.names[kind] = {**result.names.get(kind, {}), **names}
    _drop_unmatched(result, source, data_set)
    return result


async def _select(fetcher: Fetcher) -> None:
    for spec in fetcher.specs:
        if spec.root:
            await fetcher.select(spec)
    await expand(fetcher, Asked())


class Asked:
    """Which parents' children, and which parents, were asked for already. `spooled`: on disk when they are many."""

    def __init__(self, *, spooled: bool = True) -> None:
        self._asked: MutableMapping[str, str] = spooled_words() if spooled else {}

    def first(self, *what: str) -> bool:
        """Whether this is the first time that somebody asks for `what`."""
        key = "\n".join(what)
        if key in self._asked:
            return False
        self._asked[key] = ""
        return True


async def expand(fetcher: Fetcher, asked: Asked) -> None:
    """Reads the children and the parents that the rows read so far bring with them. `asked`: what was asked for."""
    grown = True
    while grown:
        grown = False
        for spec in fetcher.specs:
            if await _children(fetcher, spec, asked) or await _parents(fetcher, spec, asked):
                grown = True


async def _children(fetcher: Fetcher, spec: ObjectSpec, asked: Asked) -> bool:
    found = False
    for name in spec.children_of:
        lookup = _lookup(fetcher.shapes[spec.name], name)
        if lookup is not None:
            new = _not_asked(fetcher, spec, lookup, asked)
            if await fetcher.select_in(spec, name, _settled(fetcher, spec, new)):
                found = True
    return found


def _not_asked(fetcher: Fetcher, spec: ObjectSpec, lookup: FieldShape, asked: Asked) -> Iterator[str]:
    """Ids of the parents whose children by `lookup` were not asked for yet."""
    for parent in lookup.refers_to:
        outer = fetcher.outer.get(parent, ())
        for one in fetcher.records.get(parent, ()):
            if one not in outer and asked.first(spec.name, lookup.name, one):
                yield one


async def _parents(fetcher: Fetcher, spec: ObjectSpec, asked: Asked) -> bool:
    found = False
    for other, name in spec.parents_of:
        if other in fetcher.records:
            unknown = _unknown_parents(fetcher, spec, other, name, asked)
            if await fetcher.select_in(spec, "Id", _settled(fetcher, spec, unknown), limited=False):
                found = True
    return found


def _unknown_parents(fetcher: Fetcher, spec: ObjectSpec, other: str, name: str, asked: Asked) -> Iterator[str]:
    """Ids in the lookup `name` of rows of `other` that are not among the rows of `spec` that count."""
    known, only_referred = fetcher.records[spec.name], fetcher.outer[spec.name]
    for record_id, record in fetcher.records[other].items():
        one = str(record.get(name) or "")
        new = one and record_id not in fetcher.outer[other] and asked.first("", spec.name, one)
        if new and (one not in known or one in only_referred):
            yield one


def _settled(fetcher: Fetcher, spec: ObjectSpec, ids: Iterator[str]) -> Iterable[str]:
    """`ids` in an order that is the same whenever it is read, as a limit needs it; many are asked for as they come."""
    few = sum(len(records) for records in fetcher.records.values()) <= spool.MOST_IN_MEMORY
    return sorted(ids) if few or spec.limit else ids


def _lookup(shape: ObjectShape, name: str) -> FieldShape | None:
    known = shape.fields.get(name)
    return known if known is not None and known.is_lookup else None


async def fetch_matching(fetcher: Fetcher, spec: ObjectSpec, rows: ObjectRows) -> None:
    """Asks by one part of the key, the one with most values; the whole key is compared afterwards."""
    if rows.rows:
        field, values = _most_selective(fetcher, spec, rows, await _named(fetcher, spec, rows))
        if len(rows.rows) < _MANY or await fetcher.has_any(spec, f"{field} != null"):
            await fetcher.fetch_in(spec, field, values)
    known = fetcher.shapes[spec.name].fields
    second = [name for name in spec.second_key if name in known]
    blank = [part.path for part in fetcher.parts[spec.name] if part.path in known and not part.parents]
    if not second or len(second) != len(spec.second_key) or not blank:
        return
    scalars = [name for name in second if not known[name].is_lookup]
    if scalars:
        values = (row.fields.get(scalars[0]) for row in rows.rows.values())
        wanted = each_once(str(one) for one in values if one is not None)
        await fetcher.fetch_in(spec, scalars[0], wanted, " AND ".join(f"{name} = null" for name in blank))


async def _named(fetcher: Fetcher, spec: ObjectSpec, source: ObjectRows) -> dict[str, list[str]]:
    """For each part of the key that names users, profiles or the org: the Ids here that the source's rows may mean."""
    found: dict[str, list[str]] = {}
    for part in fetcher.parts[spec.name]:
        if set(part.parents) & set(people.IN_KEYS):
            rows = source.rows.values()
            refs = {ref for row in rows if (ref := row.lookups.get(part.path)) and ref[0] in people.IN_KEYS}
            both = fetcher.org.kind.sandbox
            names = await people.find_people(fetcher.org, refs, both_sandboxes=both) if refs else {}
            found[part.path] = [one for kind in names for one in names[kind].values()]
    return found


def _most_selective(
    fetcher: Fetcher, spec: ObjectSpec, source: ObjectRows, named: Mapping[str, list[str]]
) -> tuple[str, Iterator[Any]]:
    """A part of the key and the values to ask for. Which part has most is seen from the first rows of many."""
    asked = [one for one in fetcher.parts[spec.name] if one.asked]
    if (
        _is_text(fetcher, spec) and not spec.reference_where
    ):  # the usual key: it is the value itself, and no other row has it
        return asked[0].path, (only_part(key) for key in source.key_texts())
    parents = {name for part in asked for name in part.parents if name in fetcher.records}
    ids = {name: _ids_by_key(fetcher, name) for name in parents}

    def values(part: KeyPart, most: int | None = None) -> Iterator[Any]:
        theirs = (_value_here(part, row, ids) for row in islice(source.rows.values(), most))
        return each_once(chain(named.get(part.path, ()), (one for one in theirs if one is not None)))

    if len(asked) > 1:
        counts = {part.path: sum(1 for _ in values(part, _SAMPLE)) for part in asked}
        asked.sort(key=lambda part: -counts[part.path])
        if not counts[asked[0].path]:
            return "Id", iter(())
    return (asked[0].path, values(asked[0])) if asked else ("Id", iter(()))


def _is_text(fetcher: Fetcher, spec: ObjectSpec) -> bool:
    """Whether the key is one text field."""
    parts = fetcher.parts[spec.name]
    known = fetcher.shapes[spec.name].fields.get(parts[0].path) if len(parts) == 1 else None
    return known is not None and not parts[0].parents and known.type in _TEXTS


def _value_here(part: KeyPart, row: Row, ids: Mapping[str, Mapping[str, str]]) -> Any:
    """The value by which the counterpart of the source's `row` is asked for; None when it has none. `ids`: parents."""
    if part.parents:
        ref = row.lookups.get(part.path)
        return ids[ref[0]].get(ref[1].casefold()) if ref and ref[0] in ids else None
    if part.path == ID:
        return row.id
    return row.paths.get(part.path, row.fields.get(part.path))


def _ids_by_key(fetcher: Fetcher, name: str) -> Mapping[str, str]:
    found = spooled_words()
    for one in fetcher.records[name]:
        key = fetcher.keys.get(one)
        if key is not None:
            found[key.casefold()] = one
    return found


async def _build(fetcher: Fetcher, matching: DataRows | None = None) -> DataRows:
    """The rows that were read. With `matching` those that have a counterpart there, no key, or are only referred to:
    the others were read because part of a key is equal.
    """
    shapes = fetcher.shapes
    type_names, type_ids = await people.read_record_types(fetcher.org, [spec.name for spec in fetcher.specs])
    by_name = await people.read_people(fetcher.org, fetcher.named_ids)
    named = {record_id: (RECORD_TYPE, name) for record_id, name in type_names.items()} | by_name
    mine = [one for one in named if one in fetcher.keys and any(one in rows for rows in fetcher.records.values())]
    for one in mine:  # the data set's own groups, say
        del named[one]
    refs = Refs(fetcher, named, settled=True)
    result = DataRows(
        data_set=fetcher.data_set.name,
        org=fetcher.org.alias,
        org_id=fetcher.org.org_id,
        names={RECORD_TYPE: type_ids, **_names(by_name)},
        sandbox=fetcher.org.kind.sandbox,
        missing=tuple(fetcher.missing),
    )
    if fetcher.persons and ACCOUNT in fetcher.parts:
        result.names[PERSON_CONTACT] = fetcher.persons.named(fetcher.keys, fetcher.parts[ACCOUNT])
    for spec in fetcher.specs:
        fold_case = not any(part.case_sensitive for part in fetcher.parts[spec.name])
        left_out = fetcher.left_out[spec.name]
        rows = ObjectRows(shapes[spec.name], fold_case=fold_case, skip=left_out, masked=spec.masked)
        records, theirs = fetcher.records[spec.name], matching.objects.get(spec.name) if matching else None
        build = RowBuilder(fetcher, spec, refs, fetcher.carried(spec)).build
        part_of_accounts = fetcher.persons if spec.name != ACCOUNT else ()
        built: Iterable[Row] = (build(record) for one, record in records.items() if one not in part_of_accounts)
        if len(records) <= spool.MOST_IN_MEMORY:  # more are sorted by where they are kept
            built = sorted(built, key=lambda one: (one.key.casefold(), one.id))
        for number, row in enumerate(built):
            if number % _ROWS_AT_A_TIME == 0:  # whoever wants to stop or to pause is heard meanwhile
                await asyncio.sleep(0)
            if matching is None or row.reference or not row.key or (theirs is not None and row.key in theirs.rows):
                rows.add(row)
        rows.keyless.sort(key=lambda one: one.id)
        result.objects[spec.name] = rows
    return result


def _names(by_name: dict[str, Ref]) -> dict[str, dict[str, str]]:
    names: dict[str, dict[str, str]] = {USER: {}, QUEUE: {}}
    for record_id, (kind, name) in by_name.items():
        names.setdefault(kind, {})[name] = record_id
    return names


def _drop_unmatched(result: DataRows, source: DataRows, data_set: DataSet) -> None:
    """Leaves out rows that only look like counterparts."""
    for name, rows in result.objects.items():
        wanted = source.objects.get(name)
        if data_set.spec(name).by_id and wanted is not None:
            _doubt(rows, wanted)
        if rows.keyless:
            theirs = wanted.rows.values() if wanted else ()
            seconds = {row.second_key.casefold() for row in theirs if row.second_key}
            rows.keyless = [row for row in rows.keyless if row.second_key.casefold() in seconds]
        rows.duplicates = {key: ids for key, ids in rows.duplicates.items() if wanted and wanted.find(key)}


def _doubt(rows: ObjectRows, wanted: ObjectRows) -> None:
    """An Id is the same record only where the second key says so too; other rows are as if they were not there."""
    for row in rows.rows.values():
        ours = wanted.find(row.key)
        if ours is not None and (not row.second_key or row.second_key.casefold() != ours.second_key.casefold()):
            del rows.rows[row.key]
            rows.doubtful = (*rows.doubtful, row.key)
