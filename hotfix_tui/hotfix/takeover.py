"""What a new runner does about acts that a lost one left open: it asks the org. Nothing is written to any org here.

A deploy is found in its org and followed to its end. Rows are looked for. A permit that was being used up is used up.
What must be taken back waits for `restore`, or for the next step, which restores first.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import suppress

from hotfix_tui.events import Event, Intent, Settled, session
from hotfix_tui.events.deploy import DeployRequested
from hotfix_tui.events.environment import EnvironmentDelete, SandboxCreate, SandboxRefresh, ScratchCreate
from hotfix_tui.events.promote import FlowActivate
from hotfix_tui.events.seed import RowsRehearse, RowsWrite
from hotfix_tui.events.session import PermitRedeemed
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.deploying import Deploy
from hotfix_tui.hotfix.environments import settle_environment
from hotfix_tui.hotfix.errors import HotfixError
from hotfix_tui.hotfix.flows import settle_activation
from hotfix_tui.hotfix.refreshed import void_what_is_gone


async def take_over(ctx: Context) -> AsyncGenerator[Event, None]:
    """Looks every open act up. One that cannot be, in an org out of reach or refreshed, is a finding and stays open."""
    from hotfix_tui.salesforce.errors import SalesforceError

    for alias in dict.fromkeys(intent.org for intent in ctx.state.open_intents.values()):
        with suppress(SalesforceError):  # one out of reach is told below, act by act
            async for event in void_what_is_gone(ctx, alias):
                yield event
    for intent in list(ctx.state.open_intents.values()):
        try:
            async for event in _look_up(ctx, intent):
                yield event
        except (SalesforceError, HotfixError) as error:
            text = f"What became of {intent.key} could not be looked up: {error}"
            yield session.Finding(level="warning", text=text, org=intent.org)


async def _look_up(ctx: Context, intent: Intent) -> AsyncGenerator[Event, None]:
    from hotfix_tui.data.settling import settle_rows

    if isinstance(intent, PermitRedeemed):
        yield Settled(key=intent.key, result="done", detail="used up before its runner was lost")
    elif isinstance(intent, DeployRequested):
        org = await ctx.orgs.get(intent.org)
        started = [state.started.deploy_id for state in ctx.state.deploys.values() if state.started.key == intent.key]
        deploy = Deploy(ctx, org, purpose=intent.purpose)
        async for event in deploy.resume(intent, started[-1] if started else ""):
            yield event
    elif isinstance(intent, SandboxCreate | SandboxRefresh | ScratchCreate | EnvironmentDelete):
        yield await settle_environment(await ctx.orgs.get(intent.org), intent)
    elif isinstance(intent, FlowActivate):
        yield await settle_activation(await ctx.orgs.get(intent.org), intent)
    elif isinstance(intent, RowsRehearse):
        yield Settled(key=intent.key, result="undone", detail="its graphs end in a refusal: none of them is kept")
    elif isinstance(intent, RowsWrite):
        kept = ctx.journal.blob(intent.kept) if intent.kept else None
        async for event in settle_rows(await ctx.orgs.get(intent.org), intent, kept):
            yield event
