"""Step 2: production's rows into the environment, with everything off that would fire, and back on afterwards."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from hotfix_tui.events import Event
from hotfix_tui.events.promote import Verified
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.errors import StepRefused
from hotfix_tui.hotfix.rehearsing import rehearse as rehearsal
from hotfix_tui.hotfix.seeded import failed_rows
from hotfix_tui.hotfix.steps.baseline import refuse_after_baseline
from hotfix_tui.hotfix.steps.plan import chosen_for, plan_of, reach_of, read_source
from hotfix_tui.hotfix.switching import quieted

if TYPE_CHECKING:
    from hotfix_tui.automation.model import Automation
    from hotfix_tui.data.data_set import DataSet
    from hotfix_tui.data.plan_model import Plan
    from hotfix_tui.data.rows import DataRows
    from hotfix_tui.salesforce.org import Org


async def seed(
    ctx: Context,
    data_set: str = "",
    retry_failed: bool = False,
    adopt_twins: bool = False,
    automations: dict[str, str] | None = None,
    rehearse: bool = False,
) -> AsyncGenerator[Event, None]:
    """Writes what differs now; rows that are equal are not written.

    `retry_failed`: only rows that an earlier seed of this hotfix could not write, whatever else has changed since; it
    is refused when there are none. `automations`: full name → way, where a person chose one. `rehearse`: within the
    automations' window all rows are first sent in graphs that are rolled back; when one would be refused, nothing is
    written and the automations come back. Rows the org refuses are left and reported; the step's result is differences
    then.
    """
    from hotfix_tui.data.write import write_plan

    refuse_after_baseline(ctx)
    failed = failed_rows(ctx.journal) if retry_failed else None
    if failed is not None and not failed:
        raise StepRefused("No row of this hotfix's seeds was refused, so there is nothing to try again.")
    production, environment = await ctx.production(), await ctx.environment()
    chosen = await chosen_for(ctx, data_set, environment)
    source = await read_source(production, environment, chosen)
    plan = await _left_to_write(production, environment, chosen, source, adopt_twins, failed)
    if plan.blockers:
        raise StepRefused(f"Nothing was written: {'; '.join(plan.blockers)}.", org=environment.alias)

    if _anything_to_write(plan) and not ctx.state.reach:  # not planned before, as on the command line
        for told in await reach_of(environment, production, plan.written_objects):
            yield told

    def writing(org: Org, found: list[Automation]) -> AsyncGenerator[Event, None]:
        checkpoint, pause = ctx.control.checkpoint, ctx.control.rest
        written = write_plan(org, plan, purpose="seed", checkpoint=checkpoint, pause=pause)
        return _rehearsed(ctx, environment, plan, found, written) if rehearse else written

    bypass = chosen.bypass_permission_set
    quietly = quieted(ctx, environment, plan.written_objects, writing, bypass=bypass, choices=automations)
    async for event in quietly:
        yield event
    if not _anything_to_write(plan):
        yield _verified(environment, plan)  # both orgs were read a moment ago and nothing was written since
        return
    plan.objects.clear()  # there may be a million rows, and the next plan has as many
    plan.target.objects.clear()
    left = await _left_to_write(production, environment, chosen, source, adopt_twins, failed, checked=False)
    yield _verified(environment, left)
    if _anything_to_write(left):
        ctx.left_something()


async def _left_to_write(
    production: Org,
    environment: Org,
    chosen: DataSet,
    source: DataRows,
    adopt_twins: bool,
    failed: set[tuple[str, str]] | None,
    *,
    checked: bool = True,
) -> Plan:
    """What brings `source`'s rows to the environment as it is now; of these only those that have `failed`, if any."""
    from hotfix_tui.data.looking import nothing_to_write
    from hotfix_tui.data.read import read_matching

    if failed is None and (equal := await nothing_to_write(environment, chosen, source)) is not None:
        return equal
    target = await read_matching(environment, chosen, source)
    plan = await plan_of(production, environment, chosen, source, target, adopt_twins, checked=checked)
    if failed is not None:
        plan.keep_only(failed)
    return plan


async def _rehearsed(
    ctx: Context, environment: Org, plan: Plan, automations: list[Automation], writing: AsyncGenerator[Event, None]
) -> AsyncGenerator[Event, None]:
    """`writing` when a rehearsal has nothing against it. Raises StepRefused otherwise."""
    from hotfix_tui.data.rehearse import Rehearsal

    found = Rehearsal()
    async for event in rehearsal(ctx, environment, plan, automations, "switched_off", found):
        yield event
    if found.refused:
        first = next(iter(found.refused.values()))
        raise StepRefused(
            f"Nothing was written: {len(found.refused):,} rows would be refused with the automations off, first "
            f"{first.object} {first.key}: {first.message}.",
            org=environment.alias,
            next="Mend the cause, or seed without the rehearsal: what is refused is left then, with all below it.",
        )
    async for event in writing:
        yield event


def _anything_to_write(plan: Plan) -> bool:
    return any(plan.count(act) for act in ("insert", "update", "delete"))


def _verified(environment: Org, left: Plan) -> Verified:
    differs = [f"{one.object} {row.key}" for one in left.objects for row in one.rows.changing()]
    return Verified(org=environment.alias, what="records", matches=left.count("equal"), differs=tuple(differs))
