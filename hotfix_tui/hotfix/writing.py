"""Writing records under a bypass permission set: what promote and sync do where automations are never switched off."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING

from hotfix_tui.events import Event
from hotfix_tui.events.session import Finding
from hotfix_tui.hotfix.access import access_for, unseen_rows
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.errors import StepFailed
from hotfix_tui.hotfix.fix import Fix
from hotfix_tui.hotfix.switching import saving
from hotfix_tui.hotfix.taking_back import guarded

if TYPE_CHECKING:
    from hotfix_tui.automation.model import Automation
    from hotfix_tui.data.changes import RowChange
    from hotfix_tui.data.data_set import DataSet
    from hotfix_tui.data.plan_model import Plan
    from hotfix_tui.data.rows import DataRows
    from hotfix_tui.salesforce.org import Org


async def write_under_bypass(
    ctx: Context, org: Org, chosen: DataSet, plan: Plan, purpose: str
) -> AsyncGenerator[Event, None]:
    """Writes `plan` with the data set's bypass permission set assigned to our user meanwhile.

    A row that moved since it was planned is left. What fires all the same is a finding. A plan without anything to
    write assigns nothing. For use inside `seeing`.
    """
    from hotfix_tui.automation.inventory import find
    from hotfix_tui.data.write import write_plan

    for note in plan.notes:
        yield Finding(level="warning", text=note, org=org.alias)
    if plan.blockers:
        raise StepFailed(f"No record was written: {'; '.join(plan.blockers)}.", org=org.alias)
    found = await find(org, plan.written_objects, bypass=chosen.bypass_permission_set, switching=False)
    writing = write_plan(
        saving(org, found),
        plan,
        purpose=purpose,
        checkpoint=ctx.control.checkpoint,
        pause=ctx.control.rest,
        unmoved=True,
    )
    if not plan.written_objects:
        async for event in writing:
            yield event
        return
    async for event in guarded(ctx, org, _assigned(org, chosen, found), writing, keep_access=True):
        yield event


async def seeing(ctx: Context, org: Org, fix: Fix, work: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
    """`work` on the fix's records, with the fix's permission sets assigned to our user that show what it writes."""
    async for event in guarded(ctx, org, access_for(org, fix.changes, fix.components), work):
        yield event


async def _assigned(org: Org, chosen: DataSet, found: Sequence[Automation]) -> AsyncGenerator[Event, None]:
    from hotfix_tui.automation.bypass import assign
    from hotfix_tui.automation.settings import merged, write_settings

    for automation in found:
        yield automation.found(org.alias)
    loud = [f"{one.kind} {one.name}" for one in found if one.plan == "cannot"]
    if loud:
        text = f"{', '.join(loud)} will fire on the records written here: {found_reason(chosen)}"
        yield Finding(level="warning", text=text, org=org.alias)
    if chosen.bypass_permission_set:
        async for event in assign(org, chosen.bypass_permission_set):
            yield event
    for rows in merged(one.setting for one in found if one.plan == "setting" and one.setting is not None):
        async for event in write_settings(org, rows):
            yield event


def found_reason(chosen: DataSet) -> str:
    """Why an automation is not bypassed, in words."""
    if chosen.bypass_permission_set:
        return f"they do not ask for the permission of {chosen.bypass_permission_set} themselves"
    return "the data set names no bypass permission set"


async def changes_plan(
    org: Org, chosen: DataSet, changes: Sequence[RowChange], now: DataRows
) -> tuple[Plan, list[str]]:
    """The plan for those of the fix's records that can be applied in `org` as it is now, and what is left with why."""
    from hotfix_tui.data.classify import classify, read_for_changes
    from hotfix_tui.data.plan_changes import plan_changes

    theirs = await read_for_changes(org, chosen, changes, now)
    cells = classify(changes, theirs, now)
    wanted = [one.change for one in cells if one.cell in ("apply", "new")]
    unseen = await unseen_rows(org, sorted({change.object for change in changes}))
    left = [f"{one.change.object} {one.change.key}: {one.reason}" for one in cells if one.cell == "differs"]
    plan = plan_changes(wanted, theirs, chosen, now)
    plan.notes += unseen
    return plan, left
