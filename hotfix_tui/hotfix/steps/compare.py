"""Step 2, first half: production against the environment, and production's baseline."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from hotfix_tui import paths
from hotfix_tui.events import Envelope, Event, Keep
from hotfix_tui.events.deploy import DeployFinished
from hotfix_tui.events.seed import RowsWritten
from hotfix_tui.events.session import Finding
from hotfix_tui.hotfix import baselines, data_sets
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.errors import StepRefused

if TYPE_CHECKING:
    from hotfix_tui.compare.compare import Comparison
    from hotfix_tui.salesforce.org import Org


async def compare(ctx: Context, data_set: str = "") -> AsyncGenerator[Event, None]:
    """Compares all components, keeps both sides of those that differ, and takes production's baseline.

    Refused once the fix is in production: its baseline is production before the fix.
    """
    from hotfix_tui.compare.compare import compare as compare_sources
    from hotfix_tui.compare.ignore import IgnoreRules
    from hotfix_tui.compare.impact import ImpactSet
    from hotfix_tui.compare.sources import OrgSource
    from hotfix_tui.data.read import read_rows

    refuse_after_promote(ctx)
    chosen = data_sets.choose(ctx, data_set)
    production, environment = await ctx.production(), await ctx.environment()
    comparison = compare_sources(
        OrgSource(production),
        OrgSource(environment),
        impact=ImpactSet.of_objects(chosen.names),
        since=environment.created,
        ignore=IgnoreRules.read(paths.config() / "config.toml"),
    )
    async for event in comparison:
        yield event
    for key in comparison.differences:
        for kept in baselines.keep_sides(
            key, comparison.text("a", key), comparison.text("b", key), production, environment
        ):
            yield kept
    async for event in _dependencies(comparison, production):
        yield event
    records = await read_rows(production, chosen)
    there = comparison.a.contents
    async for event in baselines.take("production", production, there.components, records, there.unreadable):
        yield event


async def _dependencies(comparison: Comparison, production: Org) -> AsyncGenerator[Event, None]:
    """Keeps what each difference depends on and what uses it; what the orgs do not tell of it is no failure."""
    from hotfix_tui.compare.both_sides import KEPT_AS, BothSides

    both = await asyncio.to_thread(BothSides.read, comparison)
    for note in await both.ask(comparison, comparison.differences):
        yield Finding(level="info", text=note)
    content = await asyncio.to_thread(both.keep, comparison)
    yield Keep(name=KEPT_AS, org=production.alias, org_id=production.org_id, content=content)


def refuse_after_promote(ctx: Context) -> None:
    """Raises StepRefused when the fix is, or may be, in production."""
    under_way = any(gate in ctx.state.gates and ctx.state.gates[gate].state != "failed" for gate in ("deploy", "data"))
    # The gates are those of the latest run; what reached production in an earlier one is there all the same.
    if under_way or any(_reached_production(envelope) for envelope in ctx.journal.named(DeployFinished, RowsWritten)):
        raise StepRefused(
            "The fix is on its way to production or there already; production's baseline is from before it.",
            org=ctx.state.production,
        )


def _reached_production(envelope: Envelope) -> bool:
    event = envelope.event
    if isinstance(event, DeployFinished):
        return event.purpose == "promote" and event.status == "Succeeded"
    return isinstance(event, RowsWritten) and envelope.step == "promote" and event.written > 0
