"""Step 4: the fix to all other orgs at once, each with its own end."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection

from hotfix_tui.events import Event, merge
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.errors import StepCancelled
from hotfix_tui.hotfix.steps.sync_compare import org_syncs


async def sync(ctx: Context, orgs: Collection[str] = ()) -> AsyncGenerator[Event, None]:
    """Brings what can be applied, leaves alone what differs, and certifies every org."""
    async for event in merge([one.bring() for one in await org_syncs(ctx, orgs)]):
        yield event
    if ctx.control.ending:
        raise StepCancelled(ctx.control.ending)
