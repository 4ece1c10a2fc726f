"""One write call: its bodies, its outcome row by row, and what is true when the reply is lost."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hotfix_tui.data.keys import at_path, key_text
from hotfix_tui.data.ledger import Pause
from hotfix_tui.data.plan_model import Act, ObjectPlan, RowPlan
from hotfix_tui.data.values import same_value
from hotfix_tui.salesforce.errors import SalesforceError
from hotfix_tui.salesforce.soql import address_length, in_clauses, quote

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

LOCKED = "UNABLE_TO_LOCK_ROW"
LOST = "REPLY_LOST"

# Seconds between looks for rows of a call whose reply was lost: the org may still be at work on it.
_LOOKS = (0.3, 1.0, 2.0)
_LONGEST_CONDITION = 10_000


@dataclass
class Outcome:
    """What a call did. `ids`: position → Id of the rows the org took; `errors`: position → code, message, fields.

    `lost`: positions of rows that the org does not have after a lost reply, and that may be sent again.
    """

    ids: dict[int, str] = field(default_factory=dict)
    errors: dict[int, tuple[str, str, tuple[str, ...]]] = field(default_factory=dict)
    lost: list[int] = field(default_factory=list)
    detail: str = ""

    def take(self, other: Outcome) -> None:
        """Becomes `other`: for a caller that has to hand it on."""
        self.ids, self.errors, self.lost, self.detail = other.ids, other.errors, other.lost, other.detail


async def send(org: Org, name: str, act: Act, bodies: Sequence[Mapping[str, Any]]) -> Outcome:
    """Sends up to 200 rows of `name`. Raises SalesforceError; when its `written` is "unknown", `look_up` tells more."""
    if act == "insert":
        results = await org.insert(name, bodies)
    elif act == "update":
        results = await org.update(name, bodies)
    elif act == "undelete":
        results = await org.undelete([body["Id"] for body in bodies])
    else:
        results = await org.delete([body["Id"] for body in bodies])
    outcome = Outcome()
    for position, result in enumerate(results):
        if result.success:
            outcome.ids[position] = result.id or bodies[position].get("Id", "")
        else:
            error = result.errors[0] if result.errors else None
            outcome.errors[position] = (error.code, error.message, error.fields) if error else ("", "refused", ())
    return outcome


async def look_up(
    org: Org,
    act: Act,
    rows: Sequence[RowPlan],
    bodies: Sequence[Mapping[str, Any]],
    error: SalesforceError,
    pause: Pause,
) -> Outcome:
    """What the org has of a call whose reply was lost, asked a few times because it may still be at work on it."""
    outcome = Outcome(detail=f"the reply was lost ({error}); the org was asked")
    name = rows[0].object
    for wait in _LOOKS:
        if act == "insert":
            found = await find_by_match(
                org, name, [body_match(row, body) for row, body in zip(rows, bodies, strict=True)]
            )
        else:
            found = await _find_by_id(org, name, act, bodies)
        outcome.ids = found
        if len(found) == len(rows):
            break
        await pause(wait)
    outcome.lost = [position for position in range(len(rows)) if position not in outcome.ids]
    return outcome


async def details_of(org: Org, name: str, ids: Sequence[str], *, apart_from: Collection[str] = ()) -> dict[str, str]:
    """Custom detail records that a delete of these rows would take along: master's Id → words that name them.

    `apart_from`: Ids of details that do not count.
    """
    shape = await org.describe(name)
    found: dict[str, str] = {}
    for relation in shape.child_relationships:
        if not relation.cascade_delete or not relation.child.endswith("__c"):
            continue
        for chunk in in_clauses(ids, 8_000):
            soql = f"SELECT Id, {relation.field} FROM {relation.child} WHERE {relation.field} IN {chunk}"  # noqa: S608
            for row in await org.query(soql):
                if row["Id"] not in apart_from:
                    found.setdefault(row[relation.field], f"{relation.child} {row['Id']}")
    return found


async def moved_since(org: Org, one: ObjectPlan, rows: Sequence[RowPlan]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Rows that are not as they were when they were planned: Id → why in words, and the fields that moved.

    Only what the plan is about to overwrite counts (on delete: the whole row), and the plan's own condition.
    """
    shape = await org.describe(one.object)
    names = sorted({name for row in rows for name in row.before if name in shape.fields and name != "Id"})
    also = f" AND ({one.condition})" if one.condition else ""
    there: dict[str, dict[str, Any]] = {}
    for chunk in in_clauses([row.id for row in rows], 8_000):
        soql = f"SELECT {', '.join(['Id', *names])} FROM {one.object} WHERE Id IN {chunk}{also}"  # noqa: S608
        there |= {record["Id"]: record for record in await org.query(soql)}
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for row in rows:
        record = there.get(row.id)
        if record is None:
            found[row.id] = ("it is gone, or no longer meets the condition it was found by", ())
            continue
        moved = tuple(
            name
            for name, value in row.before.items()
            if name in shape.fields
            and name != "Id"
            and not same_value(record.get(name), value, shape.fields[name].type)
        )
        if moved:
            found[row.id] = (f"somebody changed {', '.join(moved)} after the plan was made", moved)
    return found


def body_match(row: RowPlan, body: Mapping[str, Any]) -> dict[str, Any]:
    """The values in `row`'s own org that find it: those of its key, with lookups as the Ids that were sent."""
    return {path: body.get(path) if isinstance(value, tuple) else value for path, value in row.match.items()}


async def find_by_match(org: Org, name: str, matches: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """Ids of the rows of `name` that have these values: position → Id. One that is there twice is not found."""
    found: dict[int, str] = {}
    for positions, condition in _conditions(matches):
        paths = list(dict.fromkeys(path for position in positions for path in matches[position]))
        soql = f"SELECT {', '.join(dict.fromkeys(['Id', *paths]))} FROM {name} WHERE {condition}"  # noqa: S608
        records: dict[tuple[str, ...], list[str]] = {}
        for record in await org.query(soql):
            records.setdefault(_values(record, paths), []).append(record["Id"])
        for position in positions:
            if tuple(matches[position]) == tuple(paths):
                same = records.get(_values(matches[position], paths), [])
            else:
                wanted = matches[position]
                same = [one for values, ids in records.items() if _fits(values, paths, wanted) for one in ids]
            if len(same) == 1:
                found[position] = same[0]
    return found


def _values(record: Mapping[str, Any], paths: Sequence[str]) -> tuple[str, ...]:
    values = (record[path] if path in record else at_path(record, path) for path in paths)
    return tuple(key_text(value).casefold() for value in values)


def _fits(values: tuple[str, ...], paths: Sequence[str], wanted: Mapping[str, Any]) -> bool:
    return all(values[paths.index(path)] == key_text(value).casefold() for path, value in wanted.items())


def _conditions(matches: Sequence[Mapping[str, Any]]) -> Iterator[tuple[list[int], str]]:
    """Conditions that fit an address, each with the positions it asks for: an IN list where one field is the key."""
    kept = [position for position, match in enumerate(matches) if match]
    paths = {path for position in kept for path in matches[position]}
    alone = next(iter(paths)) if len(paths) == 1 else ""
    chunk: list[int] = []
    length = 0
    for position in kept:
        size = address_length(_condition(matches[position])) + 6
        if chunk and length + size > _LONGEST_CONDITION:
            yield chunk, _condition_of([matches[one] for one in chunk], alone)
            chunk, length = [], 0
        chunk.append(position)
        length += size
    if chunk:
        yield chunk, _condition_of([matches[one] for one in chunk], alone)


def _condition_of(matches: Sequence[Mapping[str, Any]], alone: str) -> str:
    if alone:
        return f"{alone} IN ({', '.join(quote(match[alone]) for match in matches)})"
    return " OR ".join(f"({_condition(match)})" for match in matches)


def _condition(match: Mapping[str, Any]) -> str:
    return " AND ".join(f"{path} = {quote(value)}" for path, value in match.items())


async def _find_by_id(org: Org, name: str, act: Act, bodies: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """Updates that the org has (all values sent are there now), deletes that it has (the row is gone)."""
    shape = await org.describe(name)
    names = sorted({field for body in bodies for field in body if field != "Id"})
    records: dict[str, dict[str, Any]] = {}
    for chunk in in_clauses([body["Id"] for body in bodies], 8_000):
        columns = ", ".join(["Id", *names])
        rows = await org.query(f"SELECT {columns} FROM {name} WHERE Id IN {chunk}")  # noqa: S608 - names of describe
        records |= {row["Id"]: row for row in rows}
    found: dict[int, str] = {}
    for position, body in enumerate(bodies):
        record = records.get(body["Id"])
        if act in ("delete", "undelete"):
            done = (record is None) == (act == "delete")
        else:
            done = record is not None and all(
                same_value(record.get(field), value, shape.fields[field].type)
                for field, value in body.items()
                if field != "Id"
            )
        if done:
            found[position] = body["Id"]
    return found
