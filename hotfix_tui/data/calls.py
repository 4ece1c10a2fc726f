"""Calls of up to 200 rows: an intent before each, the truth after it, again what was locked or lost."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncGenerator, Iterator
from typing import TYPE_CHECKING, Any

from hotfix_tui.data.ledger import Ledger
from hotfix_tui.data.plan_model import Act, RowPlan
from hotfix_tui.data.sending import LOCKED, LOST, Outcome, body_match, look_up, send
from hotfix_tui.events import Event, Keep, Settled, seed
from hotfix_tui.salesforce.errors import SalesforceError

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

# Another write that holds a row's master lets go of it soon. Seconds before each new try of the rows it refused.
LOCK_WAITS = (0.2, 0.5, 1.0, 2.0, 4.0)
# Rows that stay locked go in smaller calls, so that one locked master holds fewer others up.
_SMALL_CALL = 50
# A call whose reply was lost is sent again only for rows that the org was found not to have, and only so often.
_RESENDS = 2

Body = dict[str, Any]


async def send_rows(
    ledger: Ledger, act: Act, rows: list[RowPlan], bodies: list[Body], *, key_unique: bool
) -> AsyncGenerator[Event, None]:
    """One call of up to 200 rows, and as many more as locked rows and a lost reply make necessary.

    `key_unique`: the org refuses a second row of one key, so an insert that it was found not to have may go out again.
    Raises SalesforceError when a call as a whole fails; its intent is settled by then.
    """
    todo = [(rows, bodies, iter(LOCK_WAITS), _RESENDS)]
    while todo:
        rows, bodies, locks, resends = todo.pop(0)
        await ledger.checkpoint()
        outcome = Outcome()
        async for event in _call(ledger, act, rows, bodies, outcome):
            yield event
        locked = {position for position, error in outcome.errors.items() if error[0] == LOCKED}
        again = set(locked)
        if outcome.lost and resends and (act != "insert" or key_unique):
            resends -= 1
            again |= set(outcome.lost)
        wait = next(locks, None) if locked else 0.0
        if wait is None:
            again -= locked
        for event in refusals(ledger, act, rows, outcome, again):
            yield event
        if not again:
            continue
        await ledger.pause(wait or 0.0)
        kept = sorted(again)
        size = _SMALL_CALL if locked and len(kept) > _SMALL_CALL else len(kept)
        left = list(locks)
        for start in range(0, len(kept), size):
            part = kept[start : start + size]
            todo.append(([rows[one] for one in part], [bodies[one] for one in part], iter(left), resends))


async def _call(
    ledger: Ledger, act: Act, rows: list[RowPlan], bodies: list[Body], outcome: Outcome
) -> AsyncGenerator[Event, None]:
    key = intent_key(ledger, rows[0].object)
    before = images(act, rows, bodies)
    yield seed.RowsWrite(
        key=key,
        org=ledger.org.alias,
        org_id=ledger.org.org_id,
        before=before,
        object=rows[0].object,
        act=act,
        keys=tuple(before),
    )
    try:
        got = await send(ledger.org, rows[0].object, act, bodies)
    except SalesforceError as error:
        if error.written != "unknown":
            yield Settled(key=key, result="not_done", detail=str(error))
            raise
        try:
            got = await look_up(ledger.org, act, rows, bodies, error, ledger.pause)
        except SalesforceError:
            yield Settled(key=key, result="unknown", detail=str(error))
            raise
    outcome.take(got)
    for event in written(ledger, key, act, rows, got):
        yield event


def intent_key(ledger: Ledger, name: str) -> str:
    """A new intent's key."""
    return f"rows/{ledger.purpose}/{ledger.org.alias}/{name}/{secrets.token_hex(6)}"


def images(act: Act, rows: list[RowPlan], bodies: list[Body]) -> dict[str, dict[str, Any]]:
    """key → what an intent holds of a row: its values before, or those that find an insert."""
    return {
        row.key: body_match(row, body) if act == "insert" else _before(row, body)
        for row, body in zip(rows, bodies, strict=True)
    }


def job_intent(
    ledger: Ledger, key: str, act: Act, rows: list[RowPlan], bodies: list[Body], job: str
) -> Iterator[Event]:
    """The intent of a job. What it holds of each row is kept apart from the events: a job has 10,000 rows."""
    content = json.dumps(images(act, rows, bodies), ensure_ascii=False).encode()
    alias, org_id = ledger.org.alias, ledger.org.org_id
    yield Keep(name=f"{key}/before", org=alias, org_id=org_id, content=content)
    yield seed.RowsWrite(
        key=key,
        org=alias,
        org_id=org_id,
        object=rows[0].object,
        act=act,
        keys=(),
        job=job,
        kept=f"{key}/before",
        rows=len(rows),
    )


def keep_ids(org: Org, key: str, ids: dict[str, str]) -> Keep:
    """The Ids of a job's rows, kept as its RowsWritten says."""
    return Keep(name=f"{key}/ids", org=org.alias, org_id=org.org_id, content=json.dumps(ids).encode())


def written(
    ledger: Ledger, key: str, act: Act, rows: list[RowPlan], got: Outcome, *, kept: bool = False
) -> Iterator[Event]:
    """What became of an intent, as facts. `kept`: it was a job's."""
    name = rows[0].object
    for position, record_id in got.ids.items():
        ledger.took(rows[position], act, record_id)
    ids = {rows[position].key: record_id for position, record_id in got.ids.items()}
    if kept:
        yield keep_ids(ledger.org, key, ids)
    yield seed.RowsWritten(
        key=key,
        org=ledger.org.alias,
        object=name,
        act=act,
        written=len(ids),
        refused=len(rows) - len(ids),
        ids={} if kept else ids,
        kept=f"{key}/ids" if kept else "",
    )
    detail = f"{len(got.ids)} of {len(rows)} rows" + (f"; {got.detail}" if got.detail else "")
    yield Settled(key=key, result="done" if got.ids else "not_done", detail=detail)
    yield from ledger.progress(name, len(got.ids))


def refusals(ledger: Ledger, act: Act, rows: list[RowPlan], outcome: Outcome, again: set[int]) -> Iterator[Event]:
    """The rows that were refused for good."""
    for position, (code, message, fields) in outcome.errors.items():
        if position not in again:
            yield ledger.refuse(rows[position], act, code, message, fields)
    for position in outcome.lost:
        if position not in again:
            message = "the reply was lost and the org does not have it; run again to send it"
            yield ledger.refuse(rows[position], act, LOST, message)


def _before(row: RowPlan, body: Body) -> dict[str, Any]:
    """The target's own values of what this call changes; for a row inserted a moment ago, its lookup was empty."""
    if row.act == "insert":
        return {name: body["Id"] if name == "Id" else None for name in body}
    return dict(row.before)
