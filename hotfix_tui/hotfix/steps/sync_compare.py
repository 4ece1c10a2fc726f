"""Step 4, first half: where every other org stands with the fix."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection

from hotfix_tui.events import Event, merge
from hotfix_tui.hotfix import data_sets
from hotfix_tui.hotfix import fix as fixes
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.errors import StepCancelled, StepRefused
from hotfix_tui.hotfix.org_sync import OrgSync
from hotfix_tui.hotfix.related import related


async def sync_compare(ctx: Context, orgs: Collection[str] = ()) -> AsyncGenerator[Event, None]:
    """Classifies every part of the fix in every org (empty: production's other known ones but the environment)."""
    async for event in merge([one.compare() for one in await org_syncs(ctx, orgs)]):
        yield event
    if ctx.control.ending:
        raise StepCancelled(ctx.control.ending)


async def org_syncs(ctx: Context, orgs: Collection[str]) -> list[OrgSync]:
    """One for each target. Raises StepRefused before the fix is in production, or for an org that is no target."""
    from hotfix_tui.salesforce.login import known_logins, login_for

    if ctx.state.results.get("promote") not in ("done", "differences"):
        raise StepRefused(
            "Production does not have the fix yet; other orgs get what production has.", next="Promote it first."
        )
    own = {ctx.state.production, ctx.state.environment.org if ctx.state.environment else ""}
    for alias in orgs:
        if alias in own:
            raise StepRefused(f"{alias} has the fix already: it is not synchronised with itself.", org=alias)
        login_for(alias)
    targets = list(orgs)
    if not targets:
        logins = known_logins()
        source = login_for(ctx.state.production).source
        targets = [one for one in await related(await ctx.production(), source, logins) if one not in own]
    if not targets:
        raise StepRefused(
            f"No other org that this machine knows is a sandbox or scratch org of {ctx.state.production}.",
            next="Log in to one (hotfix-tui orgs login), or name them: hotfix-tui sync ID --to ALIAS.",
        )
    fix = fixes.load_promoted(ctx)
    chosen = data_sets.choose(ctx, "")
    return [OrgSync(ctx, alias, fix, chosen) for alias in dict.fromkeys(targets)]
