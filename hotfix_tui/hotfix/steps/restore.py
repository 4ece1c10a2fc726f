"""After a crash, or asked: every automation as it was, no permission set left with our user."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from hotfix_tui.events import Event
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.failures import failure_of
from hotfix_tui.hotfix.taking_back import still_open, take_back


async def restore_open(ctx: Context) -> AsyncGenerator[Event, None]:
    """Takes back what is open, org by org; one org that fails does not keep the others from it.

    Not interrupted: half a restore helps nobody. Idempotent: what is as it was already is only noted.
    """
    ctx.uninterrupted = True
    failed: Exception | None = None
    for alias in dict.fromkeys(intent.org for intent in still_open(ctx)):
        try:
            org = await ctx.orgs.get(alias)
            if org.kind.production_rules:
                org = org.under(ctx.permits.for_taking_back(still_open(ctx, alias)[0]))
            async for event in take_back(ctx, org):
                yield event
        except Exception as error:  # whatever it is: a refreshed org, no permit, a full disk
            told = failure_of(failed)[0] if failed is not None else None
            failed = error
            if told is not None:
                yield told
    if failed is not None:
        raise failed
