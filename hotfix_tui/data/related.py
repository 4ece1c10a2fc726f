"""A record and what is related to it, told by describes: its parents by name, its children by number."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotfix_tui.salesforce.errors import NotFound, RequestRefused
from hotfix_tui.salesforce.soql import in_clauses, quote

if TYPE_CHECKING:
    from hotfix_tui.salesforce.describe import ObjectDescribe, ObjectSummary
    from hotfix_tui.salesforce.org import Org

MOST_COUNTED = 200
"""How many child relationships are counted: one call each."""
_AT_ONCE = 8
_OF_EVERY_RECORD = frozenset({"CreatedById", "LastModifiedById", "LastViewedById"})


@dataclass(frozen=True)
class Parent:
    """A record that the record refers to by `field`. `name` is empty when our user may not see it."""

    field: str
    object: str
    id: str
    name: str


@dataclass(frozen=True)
class Children:
    """How many records of `object` refer to the record by `field`; `detail`: they go when it is deleted."""

    object: str
    field: str
    count: int
    detail: bool


@dataclass(frozen=True)
class Related:
    """One record with what is related to it. `uncounted`: child relationships that the org did not count."""

    object: str
    label: str
    id: str
    name: str
    parents: tuple[Parent, ...] = ()
    children: tuple[Children, ...] = ()
    uncounted: int = 0


async def object_of_record(org: Org, record: str) -> str:
    """The object whose key prefix the record's id has. Raises NotFound when our user sees none."""
    prefix = record[:3]
    objects = await org.describe_global()
    found = [name for name, one in objects.items() if one.key_prefix == prefix]
    if not found:
        raise NotFound(f"{record} is of no object that our user sees in {org.alias}.", org=org.alias, code="NOT_FOUND")
    return found[0]


async def related(org: Org, record: str) -> Related:
    """The record and what is related to it. Raises NotFound when there is no such record, SalesforceError."""
    objects = await org.describe_global()
    described = await org.describe(await object_of_record(org, record))
    label = _name_field(described)
    lookups = [
        field.name
        for field in described.fields.values()
        if field.reference_to and field.name not in _OF_EVERY_RECORD and field.type == "reference"
    ]
    columns = dict.fromkeys(["Id", *([label] if label else []), *lookups])
    soql = f"SELECT {', '.join(columns)} FROM {described.name} WHERE Id = {quote(record)}"  # noqa: S608  names of a describe
    rows = await org.query(soql)
    if not rows:
        raise NotFound(f"{org.alias} has no {described.name} {record}.", org=org.alias, code="NOT_FOUND")
    values = {name: str(rows[0][name]) for name in lookups if rows[0].get(name)}
    children, uncounted = await _children(org, described, objects, record)
    return Related(
        described.name,
        described.label,
        str(rows[0]["Id"]),
        str(rows[0].get(label) or "") if label else "",
        await _parents(org, described, objects, values),
        children,
        uncounted,
    )


async def _parents(
    org: Org, described: ObjectDescribe, objects: Mapping[str, ObjectSummary], values: Mapping[str, str]
) -> tuple[Parent, ...]:
    by_prefix = {one.key_prefix: name for name, one in objects.items() if one.key_prefix}
    of: dict[str, str] = {}
    for field, value in values.items():
        targets = described.fields[field].reference_to
        of[field] = targets[0] if len(targets) == 1 else by_prefix.get(value[:3], targets[0])
    names: dict[str, str] = {}
    for name in sorted(set(of.values())):
        wanted = [value for field, value in values.items() if of[field] == name]
        names.update(await _names(org, name, wanted))
    return tuple(Parent(field, of[field], value, names.get(value, "")) for field, value in values.items())


async def _names(org: Org, name: str, ids: list[str]) -> dict[str, str]:
    """Id → name of records of an object; nothing for an object that our user may not read."""
    try:
        label = _name_field(await org.describe(name))
        if not label:
            return {}
        found = {}
        for clause in in_clauses(ids):
            soql = f"SELECT Id, {label} FROM {name} WHERE Id IN {clause}"  # noqa: S608  names of a describe
            for row in await org.query(soql):
                found[str(row["Id"])] = str(row.get(label) or "")
    except RequestRefused:
        return {}
    return found


async def _children(
    org: Org, described: ObjectDescribe, objects: Mapping[str, ObjectSummary], record: str
) -> tuple[tuple[Children, ...], int]:
    """The relationships of records that people or programs make (no history, shares, feeds), with their numbers."""
    wanted = [
        one
        for one in described.child_relationships
        if (child := objects.get(one.child)) is not None and child.queryable and child.createable and one.field
    ]
    counted, limit = wanted[:MOST_COUNTED], asyncio.Semaphore(_AT_ONCE)

    async def count(child: str, field: str) -> int:
        async with limit:
            try:
                soql = f"SELECT COUNT() FROM {child} WHERE {field} = {quote(record)}"  # noqa: S608  likewise
                return await org.count(soql)
            except RequestRefused:  # some relationships cannot be filtered by, some objects only read otherwise
                return -1

    counts = await asyncio.gather(*(count(one.child, one.field) for one in counted))
    found = [
        Children(one.child, one.field, number, one.cascade_delete)
        for one, number in zip(counted, counts, strict=True)
        if number > 0
    ]
    found.sort(key=lambda one: (not one.detail, one.object, one.field))
    return tuple(found), len(wanted) - len(counted) + sum(number < 0 for number in counts)


def _name_field(described: ObjectDescribe) -> str:
    return next((field.name for field in described.fields.values() if field.name_field), "")
