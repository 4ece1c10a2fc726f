"""One write call: its bodies, its outcome row by row, and what is true when the reply is lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hotfix_tui.data.keys import at_path, key_text
from hotfix_tui.data.plan_model import Act, ObjectPlan, RowPlan
from hotfix_tui.data.values import same_value
from hotfix_tui.salesforce.errors import SalesforceError
from hotfix_tui.salesforce.soql import in_clauses, quote

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

Pause = Callable[[float], Awaitable[None]]

LOCKED = "UNABLE_TO_LOCK_ROW"
LOST = "REPLY_LOST"

# Seconds between looks for rows of a call whose reply was lost: the org may still be at work on it.
_LOOKS = (0.3, 1.0, 2.0)
_LONGEST_CONDITION = 6_000


@dataclass
class Outcome:
    """What a call did. `ids`: position → Id of the rows the org took; `errors`: position → code, message, fields.

    `lost`: positions of rows that the org does not have after a lost reply, and that may be sent again.
    """

    ids: dict[int, str] = field(default_factory=dict)
    errors: dict[int, tuple[str, str, tuple[str, ...]]] = field(default_factory=dict)
    lost: list[int] = field(default_factory=list)
    detail: str = ""


async def send(org: Org, name: str, act: Act, bodies: Sequence[Mapping[str, Any]]) -> Outcome:
    """Sends up to 200 rows of `name`. Raises SalesforceError; when its `written` is "unknown", `look_up` tells more."""
    if act == "insert":
        results = await org.insert(name, bodies)
    elif act == "update":
        results = await org.update(name, bodies)
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


async def details_of(org: Org, name: str, ids: Sequence[str]) -> dict[str, str]:
    """Custom detail records that a delete of these rows would take along: master's Id → words that name them."""
    shape = await org.describe(name)
    found: dict[str, str] = {}
    for relation in shape.child_relationships:
        if not relation.cascade_delete or not relation.child.endswith("__c"):
            continue
        for chunk in in_clauses(ids, 8_000):
            soql = f"SELECT Id, {relation.field} FROM {relation.child} WHERE {relation.field} IN {chunk}"  # noqa: S608
            for row in await org.query(soql):
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
    for positions in _chunks(matches):
        paths = list(dict.fromkeys(path for position in positions for path in matches[position]))
        condition = " OR ".join(f"({_condition(matches[position])})" for position in positions)
        soql = f"SELECT {', '.join(dict.fromkeys(['Id', *paths]))} FROM {name} WHERE {condition}"  # noqa: S608
        records = await org.query(soql)
        for position in positions:
            same = [one["Id"] for one in records if _matches(one, matches[position])]
            if len(same) == 1:
                found[position] = same[0]
    return found


def _chunks(matches: Sequence[Mapping[str, Any]]) -> list[list[int]]:
    chunks: list[list[int]] = []
    length = _LONGEST_CONDITION + 1
    for position, match in enumerate(matches):
        if not match:
            continue
        size = len(_condition(match)) + 6
        if length + size > _LONGEST_CONDITION:
            chunks.append([])
            length = 0
        chunks[-1].append(position)
        length += size
    return chunks


def _condition(match: Mapping[str, Any]) -> str:
    return " AND ".join(f"{path} = {quote(value)}" for path, value in match.items())


def _matches(record: Mapping[str, Any], match: Mapping[str, Any]) -> bool:
    return all(
        key_text(at_path(record, path)).casefold() == key_text(value).casefold() for path, value in match.items()
    )


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
        if act == "delete":
            done = record is None
        else:
            done = record is not None and all(
                same_value(record.get(field), value, shape.fields[field].type)
                for field, value in body.items()
                if field != "Id"
            )
        if done:
            found[position] = body["Id"]
    return found
