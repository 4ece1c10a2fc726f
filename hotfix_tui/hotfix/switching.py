"""What is done about the automations of a write: found, passed by or switched off."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from hotfix_tui.events import Event
from hotfix_tui.events.session import Finding
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.errors import StepRefused
from hotfix_tui.hotfix.org_locks import org_lock
from hotfix_tui.hotfix.taking_back import guarded

if TYPE_CHECKING:
    from hotfix_tui.automation.model import Automation
    from hotfix_tui.salesforce.org import Org


async def found_for(org: Org, objects: Iterable[str], bypass: str, choices: Mapping[str, str]) -> list[Automation]:
    """What fires when a seed writes `objects`, planned as the person chose, else by the kind of org."""
    from hotfix_tui.automation.inventory import find

    return await find(org, objects, bypass=bypass, switching=True, choices=choices)


async def quieted(
    ctx: Context,
    org: Org,
    objects: Iterable[str],
    write: Callable[[Org, list[Automation]], AsyncGenerator[Event, None]],
    *,
    bypass: str = "",
    choices: Mapping[str, str] | None = None,
) -> AsyncGenerator[Event, None]:
    """`write` with the automations of `objects` kept from firing as planned, then everything as it was before.

    `write` gets the org as its records are to be saved, and the automations. The org is held from the first look at its
    automations to the end. Raises StepRefused while something would fire that nobody chose, or when another hotfix is
    at work in the org; what `write` raises, and what taking back raises.
    """
    with org_lock(org, ctx.state.hotfix):
        found = await found_for(org, objects, bypass, choices or {})
        for automation in found:
            yield automation.found(org.alias)
        _refuse_unchosen(org, found)
        await ctx.control.checkpoint()
        async for event in guarded(ctx, org, _prepared(ctx, org, found), write(saving(org, found), found)):
            yield event


def _refuse_unchosen(org: Org, automations: Sequence[Automation]) -> None:
    stuck = [f"{one.kind} {one.name} ({one.detail})" for one in automations if one.plan == "cannot"]
    if stuck:
        raise StepRefused(
            f"These would fire on the rows written: {', '.join(stuck)}.",
            org=org.alias,
            next="Choose a way for each: a on its row of the Data tab, or --way NAME=WAY.",
        )


def saving(org: Org, automations: Sequence[Automation]) -> Org:
    """`org` as records are saved in it: past duplicate rules that only alert where that was planned."""
    from hotfix_tui.automation.model import DUPLICATE
    from hotfix_tui.salesforce.records import WriteOptions

    passed = any(one.kind == DUPLICATE and one.plan == "header" for one in automations)
    return org.saving(WriteOptions(allow_duplicates=True)) if passed else org


async def _prepared(ctx: Context, org: Org, automations: Sequence[Automation]) -> AsyncGenerator[Event, None]:
    """The gentlest first: what only our user feels, then what is switched off for everybody."""
    from hotfix_tui.automation.bypass import assign
    from hotfix_tui.automation.settings import merged, write_settings
    from hotfix_tui.automation.switch import switch_off

    active = [one for one in automations if one.active]
    fires = [f"{one.kind} {one.name}" for one in active if one.plan == "leave"]
    if fires:
        yield Finding(level="warning", text=f"these fire on what is written: {', '.join(fires)}", org=org.alias)
    for name in dict.fromkeys(one.permission_set for one in active if one.plan == "bypass"):
        async for event in assign(org, name, pause=ctx.control.rest):
            yield event
    for rows in merged(one.setting for one in active if one.plan == "setting" and one.setting is not None):
        async for event in write_settings(org, rows):
            yield event
    async for event in switch_off(org, automations, checkpoint=ctx.control.checkpoint, pause=ctx.control.rest):
        yield event
