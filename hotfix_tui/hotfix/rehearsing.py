"""Rehearsing a seed in a sandbox: which rows its automations would refuse, and what a rollback does not take back."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from hotfix_tui.events import Event
from hotfix_tui.events.seed import RehearsalFinished, RowWouldBeRefused
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.errors import StepRefused

if TYPE_CHECKING:
    from hotfix_tui.automation.model import Automation
    from hotfix_tui.data.plan_model import Plan
    from hotfix_tui.data.rehearse import Rehearsal
    from hotfix_tui.salesforce.org import Org

_DUPLICATES, _VALIDATION, _FLOW = (
    "DUPLICATES_DETECTED",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION",
    "CANNOT_EXECUTE_FLOW_TRIGGER",
)


async def rehearse(
    ctx: Context, org: Org, plan: Plan, automations: Sequence[Automation], mode: str, found: Rehearsal
) -> AsyncGenerator[Event, None]:
    """The rehearsal as facts. `mode`: as_it_is (automations as they are) or switched_off (within their window).

    Raises StepRefused where production rules hold: what fires there in a rehearsal is not taken back.
    """
    from hotfix_tui.data.rehearse import rehearse_plan

    if org.kind.production_rules:
        raise StepRefused(f"A rehearsal writes and rolls back; in {org.alias} that is not done.", org=org.alias)
    active = [one for one in automations if one.active and (mode == "as_it_is" or one.plan in ("leave", "cannot"))]
    events = rehearse_plan(org, plan, mode=mode, checkpoint=ctx.control.checkpoint, found=found)
    async for event in events:
        yield replace(event, automation=culprit(event, active)) if isinstance(event, RowWouldBeRefused) else event
    yield RehearsalFinished(
        org=org.alias,
        mode=mode,
        rows=sum(one.changing for one in plan.objects),
        covered=found.covered,
        refused=len(found.refused),
        calls=found.calls,
        not_covered=tuple(f"{why}: {count:,}" for why, count in found.not_covered.items()),
        remains=tuple(await _remains(org, plan, active)),
    )


def culprit(refusal: RowWouldBeRefused, automations: Sequence[Automation]) -> str:
    """`Type:Name` of what refused a row, as far as the org's words tell; "" when it is none of `automations`."""
    own = [one for one in automations if one.object == refusal.object]
    said = [one for one in own if (one.before.get("metadata") or {}).get("errorMessage") == refusal.message]
    named = [one for one in own if one.name.rpartition(".")[2] in refusal.message]
    kinds = {_DUPLICATES: "DuplicateRule", _FLOW: "Flow", _VALIDATION: "ValidationRule"}
    of_kind = [one for one in own if one.kind == kinds.get(refusal.code)]
    for candidates in (said, named, of_kind if len(of_kind) == 1 else []):
        if candidates:
            return candidates[0].full_name
    return ""


async def _remains(org: Org, plan: Plan, active: Sequence[Automation]) -> list[str]:
    """What a rollback does not take back, as far as it can have happened here."""
    found: list[str] = []
    fire = [f"{one.kind} {one.name}" for one in active if one.kind in ("ApexTrigger", "Flow", "WorkflowRule")]
    if fire:
        found.append(f"e-mails, callouts and events published at once by {', '.join(fire)}")
    for one in plan.objects:
        made = one.rows.count("insert")
        numbered = [each.name for each in (await org.describe(one.object)).fields.values() if each.auto_number]
        if made and numbered:
            found.append(f"up to {made:,} numbers of {one.object}.{numbered[0]} are used up")
    return found
