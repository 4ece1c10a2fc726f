"""After a crash, or asked: every automation as it was, no permission set left with our user."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import suppress

from hotfix_tui.events import Event, Question
from hotfix_tui.events.automation import FlowMoved
from hotfix_tui.events.words import sentence
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.failures import failure_of
from hotfix_tui.hotfix.flows import activate
from hotfix_tui.hotfix.org_locks import org_lock
from hotfix_tui.hotfix.refreshed import declare_gone, void_what_is_gone
from hotfix_tui.hotfix.taking_back import still_open, take_back

_LEAVE, _PUT_BACK = "leave it", "put back what was recorded"


async def restore(ctx: Context, gone: str = "") -> AsyncGenerator[Event, str]:
    """`restore_open` for a person, who is asked about what somebody else activated meanwhile, once all is restored."""
    moved: list[FlowMoved] = []
    async for event in restore_open(ctx, gone):
        if isinstance(event, FlowMoved):
            moved.append(event)
        yield event
    for one in moved:
        text = f"{sentence(one)}. What shall be?"
        answer = yield Question(
            key=f"moved/{one.org}/{one.flow}/{ctx.state.seq}", text=text, choices=(_LEAVE, _PUT_BACK)
        )
        if answer == _PUT_BACK:
            org = await ctx.orgs.get(one.org)
            async for event in activate(ctx, org, [one.flow], {one.flow: one.recorded}):
                yield event


async def restore_open(ctx: Context, gone: str = "") -> AsyncGenerator[Event, None]:
    """Takes back what is open, org by org; one org that fails does not keep the others from it.

    What was begun in a sandbox that was refreshed since is void, and so is, on a person's word, what was begun in the
    org that the alias `gone` meant. Not interrupted: half a restore helps nobody. Idempotent: what is as it was already
    is only noted.
    """
    from hotfix_tui.salesforce.errors import SalesforceError

    ctx.uninterrupted = True
    failed: Exception | None = None
    if gone:
        async for event in declare_gone(ctx, gone):
            yield event
    for alias in dict.fromkeys(intent.org for intent in still_open(ctx)):
        try:
            with suppress(SalesforceError):  # one out of reach says so below
                async for event in void_what_is_gone(ctx, alias):
                    yield event
            if not still_open(ctx, alias):
                continue
            org = await ctx.orgs.get(alias)
            if org.kind.production_rules:
                org = org.under(ctx.permits.for_taking_back(still_open(ctx, alias)[0]))
            with org_lock(org, ctx.state.hotfix, restoring=True):
                async for event in take_back(ctx, org):
                    yield event
        except Exception as error:  # whatever it is: a refreshed org, no permit, a full disk
            told = failure_of(failed)[0] if failed is not None else None
            failed = error
            if told is not None:
                yield told
    if failed is not None:
        raise failed
