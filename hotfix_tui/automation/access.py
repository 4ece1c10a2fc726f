"""Fields that our own user cannot see or write: finding them, and being given the permission sets that show them.

A field that was just deployed is seen by nobody, and a permission set that grants it is assigned to nobody. So the sets
are assigned to our user for the time of a write, as a bypass is: intent first, taken back afterwards.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping
from typing import TYPE_CHECKING

from hotfix_tui.automation.bypass import assign
from hotfix_tui.automation.deploying import Pause
from hotfix_tui.automation.field_access import grant
from hotfix_tui.events import Event, session
from hotfix_tui.salesforce.soql import in_clauses, quote

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

Fields = Mapping[str, Collection[str]]
"""By object: the names of fields."""


async def hidden_fields(org: Org, wanted: Fields) -> list[str]:
    """`Object.Field` of the wanted fields that our user cannot see or cannot write in `org` now.

    What an org does not have looks the same as what it does not show. An object that is not there hides nothing.
    """
    from hotfix_tui.salesforce.errors import NotFound

    hidden: list[str] = []
    for name, fields in wanted.items():
        try:
            described = await org.describe(name, fresh=True)
        except NotFound:
            continue
        seen = {field.name for field in described.fields.values() if field.createable or field.updateable}
        hidden += [f"{name}.{field}" for field in sorted(set(fields)) if field not in seen]
    return hidden


async def give_access(
    org: Org, wanted: Fields, sets: Mapping[str, Collection[str]], *, pause: Pause = asyncio.sleep
) -> AsyncGenerator[Event, None]:
    """Assigns to our user those of `sets` (name → `Object.Field` that it lets edit) that show hidden fields.

    The fewest that do, in the order given, as far as the org's own version of the set does. What none shows, and
    is there, gets a permission set of our own for the time of the write. What stays hidden is told in a finding: its
    values cannot be written. In production `org` must be under the permit of the act. Raises what `assign` and `grant`
    raise.
    """
    missing = set(await hidden_fields(org, wanted))
    for name, granted in sets.items():
        shown = tuple(sorted(await _lets_edit(org, name, missing & set(granted))))
        if not shown:
            continue
        async for event in assign(org, name, pause=pause, shows=shown):
            yield event
        missing -= set(shown)
    org.forget_describes()
    left = await hidden_fields(org, wanted) if sets else sorted(missing)
    if there := await _there(org, left):
        async for event in grant(org, there, pause=pause):
            yield event
        org.forget_describes()
        left = await hidden_fields(org, wanted)
    if left:
        text = f"our user cannot see or write {', '.join(left)} in {org.alias}, or it is not there: it is not written"
        yield session.Finding(level="warning", text=text, org=org.alias)


async def _lets_edit(org: Org, permission_set: str, fields: Collection[str]) -> set[str]:
    """Those of `fields` that the permission set lets edit in this org, where a team may have another version of it."""
    found: set[str] = set()
    for chunk in in_clauses(sorted(fields)):
        rows = await org.query(
            f"SELECT Field FROM FieldPermissions WHERE Parent.Name = {quote(permission_set)} "  # noqa: S608
            f"AND PermissionsEdit = true AND Field IN {chunk}"
        )
        found |= {str(row["Field"]) for row in rows}
    return found


async def _there(org: Org, fields: Collection[str]) -> list[str]:
    """Those of the fields that the org has, whoever sees them. Only custom fields are hidden by being new."""
    custom = [field for field in fields if field.endswith("__c")]
    if not custom:
        return []
    known = {one.full_name for one in await org.list_metadata(["CustomField"])}
    return [field for field in custom if field in known]
