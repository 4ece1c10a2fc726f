"""Step 1: the org in which the fix is made."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from hotfix_tui.events import Event
from hotfix_tui.events.session import EnvironmentChosen, Finding
from hotfix_tui.hotfix import orgs
from hotfix_tui.hotfix.client import list_hotfixes
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.errors import StepRefused
from hotfix_tui.hotfix.state import HotfixState


def _in_use(state: HotfixState | None, org_id: str) -> bool:
    return bool(state and not state.finished and state.environment and state.environment.org_id == org_id)


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
    others = [one for one in list_hotfixes() if one.id != state.hotfix and _in_use(one.state, org.org_id)]
    if others:
        names = ", ".join(f"{one.id} ({one.name})" for one in others)
        text = f"{names} makes a fix in {alias} too: each would find the other's changes among its own"
        yield Finding(level="warning", text=text, org=alias)
    yield EnvironmentChosen(org=alias, org_id=org.org_id, kind=org.kind.value)
