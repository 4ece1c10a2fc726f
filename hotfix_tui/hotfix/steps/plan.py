"""Step 2, second half: what seeding would write, and what would fire."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from hotfix_tui.events import Event
from hotfix_tui.hotfix import data_sets
from hotfix_tui.hotfix.access import unseen_rows
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.switching import found_for

if TYPE_CHECKING:
    from hotfix_tui.data.data_set import DataSet
    from hotfix_tui.data.plan_model import Plan
    from hotfix_tui.salesforce.org import Org


async def plan(ctx: Context, data_set: str = "") -> AsyncGenerator[Event, None]:
    """Plans the seed of the environment from production's rows. Writes nothing."""
    from hotfix_tui.data.plan import plan_events

    chosen = data_sets.choose(ctx, data_set)
    environment = await ctx.environment()
    production = await ctx.production()
    made = await seed_plan(production, environment, chosen)
    for org in (production, environment):
        made.notes += await unseen_rows(org, chosen.names)
    for event in plan_events(made):
        yield event
    for automation in await found_for(environment, made.written_objects, chosen.bypass_permission_set, {}):
        yield automation.found(environment.alias)


async def seed_plan(production: Org, environment: Org, chosen: DataSet, adopt_twins: bool = False) -> Plan:
    """What brings production's rows to the environment, as both are now."""
    from hotfix_tui.data.gone import read_gone
    from hotfix_tui.data.plan import make_plan
    from hotfix_tui.data.read import read_matching, read_rows

    source = await read_rows(production, chosen)
    target = await read_matching(environment, chosen, source)
    gone = await read_gone(production, environment, chosen, source)
    return make_plan(source, target, chosen, adopt=adopt_twins, gone=gone)
