"""Step 2: the seed tried out in the environment as it is, and rolled back."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from hotfix_tui.events import Event
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.errors import StepRefused
from hotfix_tui.hotfix.rehearsing import rehearse as rehearsal
from hotfix_tui.hotfix.steps.baseline import refuse_after_baseline
from hotfix_tui.hotfix.steps.plan import chosen_for, seed_plan
from hotfix_tui.hotfix.switching import found_for


async def rehearse(ctx: Context, data_set: str = "", adopt_twins: bool = False) -> AsyncGenerator[Event, None]:
    """Learns which rows the environment would refuse with its automations as they are, and which of these refuse.

    Nothing is kept. The step's result is differences when a row would be refused or could not be tried.
    """
    from hotfix_tui.data.rehearse import Rehearsal

    refuse_after_baseline(ctx)
    production, environment = await ctx.production(), await ctx.environment()
    chosen = await chosen_for(ctx, data_set, environment)
    plan = await seed_plan(production, environment, chosen, adopt_twins)
    if plan.blockers:
        raise StepRefused(f"Nothing was tried: {'; '.join(plan.blockers)}.", org=environment.alias)
    automations = await found_for(environment, plan.written_objects, chosen.bypass_permission_set, {})
    for automation in automations:
        yield automation.found(environment.alias)
    found = Rehearsal()
    async for event in rehearsal(ctx, environment, plan, automations, "as_it_is", found):
        yield event
    if found.refused or found.not_covered:
        ctx.left_something()
