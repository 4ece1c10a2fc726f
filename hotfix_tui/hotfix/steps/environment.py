"""Step 1: the org in which the fix is made."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from hotfix_tui.events import Event
from hotfix_tui.events.session import EnvironmentChosen
from hotfix_tui.hotfix import orgs
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.errors import StepRefused


async def choose_environment(ctx: Context, alias: str) -> AsyncGenerator[Event, None]:
    """Makes `alias` the hotfix environment. Production, and what may be production, is refused with the reason."""
    state = ctx.state
    if alias == state.production:
        raise StepRefused(f"{alias} is PRODUCTION: a fix is made and tried elsewhere, and promoted.", org=alias)
    org = await ctx.orgs.get(alias)
    if org.org_id == state.production_id:
        raise StepRefused(f"{alias} is the same org as {state.production}, which is PRODUCTION.", org=alias)
    why = orgs.refusal(alias, org.kind)
    if why is not None:
        raise StepRefused(why, org=alias, next="Choose a sandbox or a scratch org.")
    if "environment" in state.baselines and state.baselines["environment"].org_id != org.org_id:
        raise StepRefused(
            f"The environment's baseline was taken in {state.baselines['environment'].org}: the fix is what differs "
            "from it, so the environment cannot be changed any more.",
            org=alias,
            next="Begin a new hotfix.",
        )
    yield EnvironmentChosen(org=alias, org_id=org.org_id, kind=org.kind.value)
