"""The end of step 2: the environment as it is before anybody works on the fix."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from hotfix_tui.events import Event
from hotfix_tui.events.session import Finding
from hotfix_tui.hotfix import baselines, data_sets
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.errors import StepRefused


async def baseline(ctx: Context) -> AsyncGenerator[Event, None]:
    """Keeps the environment's components and records: what differs from them later is the fix, and nothing else."""
    from hotfix_tui.compare.org_source import read_org
    from hotfix_tui.data.read import read_rows

    refuse_after_baseline(ctx)
    chosen = data_sets.choose(ctx, "")
    environment = await ctx.environment()
    read = await read_org(environment)
    for name, why in sorted(read.unreadable.items()):
        text = f"{name} cannot be read, so a change of it will not be found: {why}"
        yield Finding(level="warning", text=text, org=environment.alias)
    records = await read_rows(environment, chosen, masked=False)
    data_sets.pin(ctx, chosen)
    async for event in baselines.take("environment", environment, read.components, records, read.unreadable):
        yield event


def refuse_after_baseline(ctx: Context) -> None:
    """Raises StepRefused when the environment's baseline was taken: what was done since is the fix."""
    if "environment" in ctx.state.baselines:
        raise StepRefused(
            "The environment's baseline was taken already: what differs from it is the fix, and seeding or taking it "
            "again would lose that.",
            org=ctx.state.baselines["environment"].org,
            next="Go on to Promote, or begin a new hotfix.",
        )
