"""Reads the rows of a data set from an org, and from another org the rows that match them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from sys import intern
from typing import TYPE_CHECKING, Any

from hotfix_tui.data import people
from hotfix_tui.data.data_set import ID, DataSet, ObjectSpec
from hotfix_tui.data.fetching import Advance, Fetcher, Record
from hotfix_tui.data.keys import at_path, key_text
from hotfix_tui.data.platform_rules import FIRST_ROWS
from hotfix_tui.data.rows import QUEUE, RECORD_TYPE, USER, DataRows, ObjectRows, Ref, Row, join_key
from hotfix_tui.data.shape import FieldShape, ObjectShape
from hotfix_tui.salesforce.errors import SalesforceError

_BY_NAME = {"Group", *people.IN_KEYS}

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

# What most rows have none of, once for all of them: rows are never changed, and there may be a million.
_NOTHING: dict[str, Any] = {}


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
            ids = [row.id for row in earlier.counted if row.id] if earlier else []
            await fetcher.fetch_in(spec, "Id", [one for one in ids if one not in fetcher.records[spec.name]])
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
    wanted = {ref for rows in source.objects.values() for ref in _named_refs(rows)} | {*data_set.fallback_owners}
    result = await _build(fetcher)
    found = await people.find_people(org, wanted, both_sandboxes=both)
    for kind, names in found.items():
        result.names[kind] = {**result.names.get(kind, {}), **names}
    _drop_unmatched(result, source, data_set)
    return result


async def _select(fetcher: Fetcher) -> None:
    for spec in fetcher.specs:
        if spec.root:
            await fetcher.select(spec)
    await expand(fetcher, set())


async def expand(fetcher: Fetcher, asked: set[tuple[str, str, str]]) -> None:
    """Reads the children and the parents that the rows read so far bring with them. `asked`: what was asked for."""
    grown = True
    while grown:
        grown = False
        for spec in fetcher.specs:
            if await _children(fetcher, spec, asked) or await _parents(fetcher, spec, asked):
                grown = True


async def _children(fetcher: Fetcher, spec: ObjectSpec, asked: set[tuple[str, str, str]]) -> bool:
    found = False
    for name in spec.children_of:
        lookup = _lookup(fetcher.shapes[spec.name], name)
        if lookup is None:
            continue
        parents: set[str] = set()
        for parent in lookup.refers_to:
            parents |= fetcher.records.get(parent, {}).keys() - fetcher.outer.get(parent, set())
        new = sorted(one for one in parents if (spec.name, name, one) not in asked)
        asked.update((spec.name, name, one) for one in new)
        if new and await fetcher.select_in(spec, name, new):
            found = True
    return found


async def _parents(fetcher: Fetcher, spec: ObjectSpec, asked: set[tuple[str, str, str]]) -> bool:
    found = False
    for other, name in spec.parents_of:
        outer = fetcher.outer.get(other, set())
        rows = fetcher.records.get(other, {}).items()
        ids = {record.get(name) for record_id, record in rows if record_id not in outer} - {None, ""}
        new = sorted(str(one) for one in ids if ("", spec.name, one) not in asked)
        asked.update(("", spec.name, one) for one in new)
        known, only_referred = fetcher.records[spec.name], fetcher.outer[spec.name]
        unknown = [one for one in new if one not in known or one in only_referred]
        if unknown and await fetcher.select_in(spec, "Id", unknown, limited=False):
            found = True
    return found


def _lookup(shape: ObjectShape, name: str) -> FieldShape | None:
    known = shape.fields.get(name)
    return known if known is not None and known.is_lookup else None


async def fetch_matching(fetcher: Fetcher, spec: ObjectSpec, rows: ObjectRows) -> None:
    """Asks by one part of the key, the one with most values; the whole key is compared afterwards."""
    source = list(rows.rows.values())
    if source:
        field, values = _most_selective(fetcher, spec, source, await _named(fetcher, spec, source))
        await fetcher.fetch_in(spec, field, values)
    known = fetcher.shapes[spec.name].fields
    second = [name for name in spec.second_key if name in known]
    blank = [part.path for part in fetcher.parts[spec.name] if part.path in known and not part.parents]
    if not second or len(second) != len(spec.second_key) or not blank:
        return
    scalars = [name for name in second if not known[name].is_lookup]
    if scalars:
        wanted = sorted({str(row.fields[scalars[0]]) for row in source if row.fields.get(scalars[0]) is not None})
        await fetcher.fetch_in(spec, scalars[0], wanted, " AND ".join(f"{name} = null" for name in blank))


async def _named(fetcher: Fetcher, spec: ObjectSpec, source: list[Row]) -> dict[str, list[str]]:
    """For each part of the key that names users, profiles or the org: the Ids here that the source's rows may mean."""
    found: dict[str, list[str]] = {}
    for part in fetcher.parts[spec.name]:
        if set(part.parents) & set(people.IN_KEYS):
            refs = {ref for row in source if (ref := row.lookups.get(part.path)) and ref[0] in people.IN_KEYS}
            both = fetcher.org.kind.sandbox
            names = await people.find_people(fetcher.org, refs, both_sandboxes=both) if refs else {}
            found[part.path] = [one for kind in names for one in names[kind].values()]
    return found


def _most_selective(
    fetcher: Fetcher, spec: ObjectSpec, source: list[Row], named: Mapping[str, list[str]]
) -> tuple[str, list[Any]]:
    best: tuple[str, list[Any]] = ("Id", [])
    asked = [one for one in fetcher.parts[spec.name] if one.asked]
    parents = {name for part in asked for name in part.parents if name in fetcher.records}
    by_key = {name: _ids_by_key(fetcher, name) for name in parents}
    for part in asked:
        values: dict[Any, None] = dict.fromkeys(named.get(part.path, ()))
        for row in source:
            if part.parents:
                ref = row.lookups.get(part.path)
                value: Any = by_key[ref[0]].get(ref[1].casefold()) if ref and ref[0] in by_key else None
            elif part.path == ID:
                value = row.id
            else:
                value = row.paths.get(part.path, row.fields.get(part.path))
            if value is not None:
                values[value] = None
        if len(values) > len(best[1]):
            best = (part.path, list(values))
    return best


def _ids_by_key(fetcher: Fetcher, name: str) -> dict[str, str]:
    records = fetcher.records[name]
    return {fetcher.keys[one].casefold(): one for one in records if one in fetcher.keys}


def _named_refs(rows: ObjectRows) -> Iterator[Ref]:
    for row in rows.rows.values():
        for ref in row.lookups.values():
            if ref is not None and ref[0] in people.NAMED and ref[0] != RECORD_TYPE:
                yield ref


async def _build(fetcher: Fetcher) -> DataRows:
    shapes = fetcher.shapes
    type_names, type_ids = await people.read_record_types(fetcher.org, [spec.name for spec in fetcher.specs])
    persons = await people.read_people(fetcher.org, person_ids(fetcher))
    refs: dict[str, Ref] = {record_id: (RECORD_TYPE, name) for record_id, name in type_names.items()} | persons
    for name, records in fetcher.records.items():
        refs.update({one: (name, fetcher.keys[one]) for one in records if one in fetcher.keys})
    result = DataRows(
        data_set=fetcher.data_set.name,
        org=fetcher.org.alias,
        org_id=fetcher.org.org_id,
        names={RECORD_TYPE: type_ids, **_names(persons)},
        sandbox=fetcher.org.kind.sandbox,
        missing=tuple(fetcher.missing),
    )
    for spec in fetcher.specs:
        rows = ObjectRows(shapes[spec.name], skip=fetcher.left_out[spec.name], masked=spec.masked)
        rows.fold_case = not any(part.case_sensitive for part in fetcher.parts[spec.name])
        records, carried = fetcher.records[spec.name], fetcher.carried(spec)
        built: list[Row] = []
        while records:  # a record is let go of once it is a row: there may be a million
            built.append(build_row(fetcher, spec, records.popitem()[1], refs, carried))
        built.sort(key=lambda one: (one.key.casefold(), one.id), reverse=True)
        while built:
            rows.add(built.pop())
        result.objects[spec.name] = rows
    return result


def _names(persons: dict[str, Ref]) -> dict[str, dict[str, str]]:
    names: dict[str, dict[str, str]] = {USER: {}, QUEUE: {}}
    for record_id, (kind, name) in persons.items():
        names.setdefault(kind, {})[name] = record_id
    return names


def person_ids(fetcher: Fetcher) -> set[str]:
    """The Ids that rows refer to of what is matched by name: users, groups, profiles, the org."""
    ids: set[str] = set()
    for spec in fetcher.specs:
        fields = [one.name for one in fetcher.carried(spec) if one.is_lookup and _BY_NAME & set(one.refers_to)]
        fields += fetcher.extra.get(spec.name, ())
        for record in fetcher.records[spec.name].values() if fields else ():
            ids.update(record[name] for name in fields if record.get(name))
    return ids


def build_row(
    fetcher: Fetcher,
    spec: ObjectSpec,
    record: Record,
    refs: Mapping[str, Ref],
    carried: Sequence[FieldShape] | None = None,
) -> Row:
    """A record as a Row. `refs`: what lookups refer to, by Id; `carried`: its fields, where they are known."""
    scalars: dict[str, Any] = {}
    lookups: dict[str, Ref | None] = {}
    outside: dict[str, str] = {}
    ids: dict[str, str] = {}
    for field in fetcher.carried(spec) if carried is None else carried:
        value = record.get(field.name)
        if not field.is_lookup:
            scalars[field.name] = value
        elif not value:
            lookups[field.name] = None
        elif value in refs:
            lookups[field.name] = refs[value]
            ids[field.name] = intern(value)
        else:
            outside[field.name] = value
    record_id = record["Id"]
    return Row(
        key=fetcher.keys.get(record_id, ""),
        id=record_id,
        fields=scalars,
        lookups=lookups,
        outside=outside or _NOTHING,
        ids=ids or _NOTHING,
        paths={part.path: at_path(record, part.path) for part in fetcher.parts[spec.name] if "." in part.path}
        or _NOTHING,
        second_key=_second_key(spec, record, refs),
        label=str(record.get("Name") or ""),
        modified=str(record.get("LastModifiedDate") or ""),
        reference=record_id in fetcher.references or record_id in fetcher.outer[spec.name] or spec.mode == "reference",
        first=bool(at_path(record, FIRST_ROWS[spec.name])) if spec.name in FIRST_ROWS else False,
    )


def _second_key(spec: ObjectSpec, record: Record, refs: Mapping[str, Ref]) -> str:
    parts = []
    for name in spec.second_key:
        value = record.get(name)
        if value is None or value == "":
            return ""
        parts.append(refs[value][1] if value in refs else key_text(value))
    return join_key(parts)


def _drop_unmatched(result: DataRows, source: DataRows, data_set: DataSet) -> None:
    """Leaves out what was read only because part of a key is equal; what lookups refer to stays, as reference."""
    for name, rows in result.objects.items():
        wanted = source.objects.get(name)
        for key, row in list(rows.rows.items()):
            if not row.reference and (wanted is None or wanted.find(key) is None):
                del rows.rows[key]
        if data_set.spec(name).by_id and wanted is not None:
            _doubt(rows, wanted)
        seconds = {row.second_key.casefold() for row in wanted.rows.values() if row.second_key} if wanted else set()
        rows.keyless = [row for row in rows.keyless if row.second_key.casefold() in seconds]
        rows.duplicates = {key: ids for key, ids in rows.duplicates.items() if wanted and wanted.find(key)}


def _doubt(rows: ObjectRows, wanted: ObjectRows) -> None:
    """An Id is the same record only where the second key says so too; other rows are as if they were not there."""
    for key, row in list(rows.rows.items()):
        ours = wanted.find(key)
        if ours is not None and (not row.second_key or row.second_key.casefold() != ours.second_key.casefold()):
            del rows.rows[key]
            rows.doubtful = (*rows.doubtful, key)
