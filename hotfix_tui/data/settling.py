"""What became of a write whose process ended before the outcome was on disk: the org is asked."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING, Any

from hotfix_tui.data.bulk_calls import finish_job
from hotfix_tui.data.calls import keep_ids
from hotfix_tui.data.sending import find_by_match
from hotfix_tui.data.values import same_value
from hotfix_tui.events import Event, Settled, seed
from hotfix_tui.salesforce.errors import WrongOrg
from hotfix_tui.salesforce.soql import in_clauses

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org


async def settle_rows(org: Org, intent: seed.RowsWrite, kept: bytes | None = None) -> AsyncGenerator[Event, None]:
    """Settles an open RowsWrite by what the org has now. Nothing is written; a new plan shows what is left to do.

    A job of the Bulk API that was not started is given up; one that runs is waited for. Inserts are found by the values
    of their key that the intent holds; an update counts as done when a value is no longer what it was before; a delete
    when the row is gone. `kept`: what the journal has as `intent.kept`. Raises WrongOrg when the org was refreshed.
    """
    if org.org_id != intent.org_id:
        raise WrongOrg(
            f"{org.alias} is org {org.org_id} now; the write was to {intent.org_id}, which is gone.", org=org.alias
        )
    before: Mapping[str, Mapping[str, Any]] = json.loads(kept) if kept else intent.before
    keys = list(before) if kept else intent.keys
    job = f"{await finish_job(org, intent.job)}; " if intent.job else ""
    if intent.act == "insert":
        found = await find_by_match(org, intent.object, [dict(before.get(key, {})) for key in keys])
        ids = {keys[position]: record_id for position, record_id in found.items()}
    else:
        ids = await _changed(org, intent, {key: before.get(key) or {} for key in keys})
    if intent.kept:
        yield keep_ids(org, intent.key, ids)
    yield seed.RowsWritten(
        key=intent.key,
        org=org.alias,
        object=intent.object,
        act=intent.act,
        written=len(ids),
        refused=len(keys) - len(ids),
        ids={} if intent.kept else ids,
    )
    detail = f"{job}asked afterwards: the org has {len(ids)} of {len(keys)} rows"
    yield Settled(key=intent.key, result="done" if ids else "not_done", detail=detail)


async def _changed(org: Org, intent: seed.RowsWrite, before: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    shape = await org.describe(intent.object)
    names = sorted({name for image in before.values() for name in image if name in shape.fields and name != "Id"})
    records: dict[str, dict[str, Any]] = {}
    for chunk in in_clauses([image["Id"] for image in before.values() if image.get("Id")], 8_000):
        columns = ", ".join(["Id", *names])
        rows = await org.query(f"SELECT {columns} FROM {intent.object} WHERE Id IN {chunk}")  # noqa: S608
        records |= {row["Id"]: row for row in rows}
    done: dict[str, str] = {}
    for key, image in before.items():
        record = records.get(image.get("Id", ""))
        if intent.act in ("delete", "undelete"):
            changed = (record is None) == (intent.act == "delete")
        else:
            changed = record is not None and any(
                not same_value(record.get(name), image[name], shape.fields[name].type)
                for name in names
                if name in image
            )
        if changed:
            done[key] = image.get("Id", "")
    return done
