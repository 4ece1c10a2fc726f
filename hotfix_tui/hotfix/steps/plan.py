"""Step 2, second half: what seeding would write, and what would fire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from typing import TYPE_CHECKING

from hotfix_tui.events import Event
from hotfix_tui.events.automation import ReachFound
from hotfix_tui.hotfix import data_sets
from hotfix_tui.hotfix.access import unseen_rows
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.switching import found_for

if TYPE_CHECKING:
    from hotfix_tui.data.data_set import DataSet
    from hotfix_tui.data.plan_model import Plan
    from hotfix_tui.data.rows import DataRows
    from hotfix_tui.salesforce.org import Org


async def plan(ctx: Context, data_set: str = "") -> AsyncGenerator[Event, None]:
    """Plans the seed of the environment from production's rows, and tells what could reach the outside from there.

    Writes nothing.
    """
    environment = await ctx.environment()
    production = await ctx.production()
    chosen = await chosen_for(ctx, data_set, environment)
    reach = asyncio.create_task(reach_of(environment, production, chosen.names))
    try:
        async for event in _planned(production, environment, chosen):
            yield event
        for found in await reach:
            yield found
    finally:
        reach.cancel()


async def chosen_for(ctx: Context, data_set: str, environment: Org) -> DataSet:
    """The data set of a seed: where it does not say how twins are known, the environment's duplicate rules do."""
    from hotfix_tui.data.duplicate_rules import with_rule_keys

    return await with_rule_keys(environment, data_sets.choose(ctx, data_set))


async def reach_of(environment: Org, production: Org, objects: Iterable[str]) -> list[Event]:
    """What may reach the outside from the environment while rows of `objects` are written there, and later."""
    from dataclasses import asdict

    from hotfix_tui.automation.reach import find_reach

    return [
        ReachFound(org=environment.alias, **asdict(one)) for one in await find_reach(environment, production, objects)
    ]


async def _planned(production: Org, environment: Org, chosen: DataSet) -> AsyncGenerator[Event, None]:
    from hotfix_tui.data.plan import plan_events
    from hotfix_tui.data.plan_checks import duplicates_in

    source, target = await read_both(production, environment, chosen)
    made = await plan_of(production, environment, chosen, source, target)
    for org in (production, environment):
        made.notes += await unseen_rows(org, chosen.names)
    for org, rows in ((production, source), (environment, target)):
        for duplicate in await duplicates_in(org, rows):
            yield duplicate
    for event in plan_events(made):
        yield event
    for automation in await found_for(environment, made.written_objects, chosen.bypass_permission_set, {}):
        yield automation.found(environment.alias)


async def seed_plan(production: Org, environment: Org, chosen: DataSet, adopt_twins: bool = False) -> Plan:
    """What brings production's rows to the environment, as both are now."""
    source, target = await read_both(production, environment, chosen)
    return await plan_of(production, environment, chosen, source, target, adopt_twins)


async def read_both(
    production: Org, environment: Org, chosen: DataSet, source: DataRows | None = None
) -> tuple[DataRows, DataRows]:
    """Production's rows (unless they are known) and those of the environment that match them."""
    from hotfix_tui.data.read import read_matching

    rows = source if source is not None else await read_source(production, environment, chosen)
    return rows, await read_matching(environment, chosen, rows)


async def read_source(production: Org, environment: Org, chosen: DataSet) -> DataRows:
    """Production's rows."""
    from hotfix_tui.data.read import describe_objects, read_rows

    # What the environment's objects are like is asked while production's rows come.
    describing = asyncio.create_task(describe_objects(environment, chosen))
    try:
        rows = await read_rows(production, chosen)
        await describing
    finally:
        describing.cancel()
    return rows


async def plan_of(
    production: Org,
    environment: Org,
    chosen: DataSet,
    source: DataRows,
    target: DataRows,
    adopt_twins: bool = False,
    *,
    checked: bool = True,
) -> Plan:
    """The plan for rows that were read. With `checked` room, calls and currencies are looked at too."""
    from hotfix_tui.data.gone import read_gone
    from hotfix_tui.data.people import find_by_other_marks
    from hotfix_tui.data.plan import make_plan
    from hotfix_tui.data.plan_checks import check_currencies, check_room

    notes = await find_by_other_marks(production, environment, source, target)
    gone = await read_gone(production, environment, chosen, source)
    # In a thread: a plan of very many rows takes a while, and keys are answered meanwhile.
    made = await asyncio.to_thread(make_plan, source, target, chosen, adopt=adopt_twins, gone=gone)
    made.notes = notes + made.notes
    if checked:
        await check_currencies(environment, made)
        await check_room(environment, made)
    return made
