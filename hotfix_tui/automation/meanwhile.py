"""What others saved while automations were off for everybody: nothing of what was switched off saw those rows."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from typing import TYPE_CHECKING

from hotfix_tui.events import Event, seed
from hotfix_tui.events.automation import ChangedMeanwhile
from hotfix_tui.salesforce.errors import RequestRefused
from hotfix_tui.salesforce.soql import quote

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

SINCE = "saved_until"
"""In `before` of a switch-off: when the object's newest row was saved. By the org's clock; ours need not agree."""
_NAMED = 5


async def newest(org: Org, name: str) -> str | None:
    """SystemModstamp of the object's newest row, "" for an empty object, None when the org does not tell."""
    try:
        rows = await org.query(f"SELECT SystemModstamp FROM {name} ORDER BY SystemModstamp DESC LIMIT 1")  # noqa: S608
    except RequestRefused:
        return None
    return str(rows[0]["SystemModstamp"]) if rows else ""


async def changed_by_others(org: Org, intents: Iterable[seed.AutomationSwitchOff]) -> AsyncGenerator[Event, None]:
    """For each object of `intents`, the rows that others saved since the first of them. Deleted ones are not seen."""
    since: dict[str, str] = {}
    for intent in intents:
        if isinstance(stamp := intent.before.get(SINCE), str):
            since[intent.object] = min(since.get(intent.object, stamp), stamp)
    for name, stamp in since.items():
        described = await org.describe(name)
        label = next((field.name for field in described.fields.values() if field.name_field), "Id")
        condition = f"LastModifiedById != {quote(org.user_id)}" + (f" AND SystemModstamp > {stamp}" if stamp else "")
        columns = ", ".join(dict.fromkeys(["Id", label, "LastModifiedBy.Name"]))
        try:
            rows = await org.query(f"SELECT {columns} FROM {name} WHERE {condition} ORDER BY SystemModstamp")  # noqa: S608
        except RequestRefused:
            continue
        if rows:
            named = tuple(f"{row[label]} ({(row.get('LastModifiedBy') or {}).get('Name')})" for row in rows[:_NAMED])
            yield ChangedMeanwhile(org=org.alias, object=name, count=len(rows), rows=named)
