"""Between step 2 and 3: what was changed in the environment since its baseline, and what to know about it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from typing import TYPE_CHECKING

from hotfix_tui.events import Event
from hotfix_tui.events.promote import FixComponent, FixFound
from hotfix_tui.events.session import Finding
from hotfix_tui.hotfix import baselines, data_sets, fix, preflight
from hotfix_tui.hotfix.context import Context

if TYPE_CHECKING:
    from hotfix_tui.compare.component import Component, ComponentId
    from hotfix_tui.compare.fix import Change
    from hotfix_tui.compare.org_source import OrgComponents
    from hotfix_tui.data.changes import RowChange
    from hotfix_tui.data.data_set import DataSet
    from hotfix_tui.data.rows import DataRows
    from hotfix_tui.salesforce.org import Org


async def find_fix(ctx: Context) -> AsyncGenerator[Event, None]:
    """The fix is environment now minus environment baseline, components and records. Production is only read."""
    from hotfix_tui.compare.fix import components_delta
    from hotfix_tui.compare.org_source import read_org
    from hotfix_tui.compare.types import carriers
    from hotfix_tui.data.changes import rows_delta
    from hotfix_tui.data.read import read_rows

    base, base_rows = baselines.components(ctx, "environment"), baselines.records(ctx, "environment")
    chosen = data_sets.choose(ctx, "")
    production, environment = await ctx.production(), await ctx.environment()
    read = await read_org(environment)
    unread = _unread(ctx, read)
    for name, why in sorted(unread.items()):
        text = f"{name} {why}: changes of it are not looked for"
        yield Finding(level="warning", text=text, org=environment.alias)
    moved = await asyncio.to_thread(components_delta, base, read.components)
    delta = [(key, change) for key, change in moved if not unread.keys() & set(carriers(key.type))]
    now = await read_rows(environment, chosen, also=base_rows, masked=False)
    changes = rows_delta(base_rows, now)
    ours = {key: read.components[key] for key, change in delta if change != "deleted"}
    theirs = (await read_org(production, only=[key for key, _ in delta])).components if delta else {}
    async for event in fix.keep(environment, ours, now):
        yield event
    for event in _components(ctx, delta, ours, base, theirs):
        yield event
    async for event in _records(ctx, production, chosen, changes, now):
        yield event
    tests = fix.tests_for([key for key, _ in delta], {**baselines.components(ctx, "production"), **ours})
    async for event in preflight.findings(ctx, production, ours, theirs, tests):
        yield event
    for finding in _untold(base_rows, now):
        yield finding
    before = baselines.components(ctx, "production")
    found = fix.Fix(ours, [key for key, change in delta if change == "deleted"], changes, now)
    found.base = {key: before[key] for key, _ in delta if key in before}
    for key, places in fix.started_elsewhere(ctx, found).items():
        text = (
            f"{key} differed from {production.alias} before the fix and still does in {', '.join(places)}: promoting "
            "it replaces production's own"
        )
        yield Finding(level="warning", text=text, org=production.alias)
    yield FixFound(components=len(delta), records=len(changes), tests=tests)


def _unread(ctx: Context, read: OrgComponents) -> dict[str, str]:
    """Types of which the baseline or the environment now knows nothing: what is missing there is not a change."""
    baseline = ctx.state.baselines.get("environment")
    then = dict.fromkeys(baseline.unread if baseline else (), "could not be read for the baseline")
    return {**then, **{name: f"cannot be read now ({why})" for name, why in read.unreadable.items()}}


def _components(
    ctx: Context,
    delta: list[tuple[ComponentId, Change]],
    ours: dict[ComponentId, Component],
    base: dict[ComponentId, Component],
    theirs: dict[ComponentId, Component],
) -> Iterable[Event]:
    from hotfix_tui.compare.fix import same_or_alike

    before = baselines.components(ctx, "production")
    for key, change in delta:
        now = ours.get(key)
        there = theirs.get(key)
        drift = not same_or_alike(before.get(key), there) and not same_or_alike(now, there)
        about = now or base.get(key)
        yield FixComponent(
            type=key.type,
            full_name=key.full_name,
            change=change,
            by=about.changed_by if about else "",
            at=about.changed_at if about else "",
            drift=drift,
        )
        if drift:
            by = f" by {there.changed_by}" if there and there.changed_by else ""
            text = f"{key} was changed in production{by} after its baseline was taken"
            yield Finding(level="blocker", text=text, org=ctx.state.production)


def _untold(base: DataRows, now: DataRows) -> Iterable[Finding]:
    """Rows made since the baseline that have no key of their own, so that they cannot be carried anywhere."""
    for problem in now.problems():
        yield Finding(level="blocker", text=f"{problem}; such rows cannot be told apart", org=now.org)
    for name, rows in now.objects.items():
        there = base.objects.get(name)
        known = {row.id for row in there.keyless} if there else set()
        for row in (one for one in rows.keyless if one.id not in known):
            text = f"{name} {row.label or row.id} is new and has no key: it is not part of the fix"
            yield Finding(level="warning", text=text, org=now.org)


async def _records(
    ctx: Context, production: Org, chosen: DataSet, changes: list[RowChange], now: DataRows
) -> AsyncGenerator[Event, None]:
    from hotfix_tui.data.changes import change_events
    from hotfix_tui.data.classify import classify, read_for_changes
    from hotfix_tui.data.production import plan_record_change, record_change_event

    theirs = await read_for_changes(production, chosen, changes, now)
    coming = {
        one.full_name for one in ctx.state.fix_components if one.type == "CustomField" and one.change != "deleted"
    }
    drifted = {one.change.ref: one.reason for one in classify(changes, theirs, now, coming=coming) if one.reason}
    for event in change_events(changes, drifted):
        yield event
    for (name, key), reason in drifted.items():
        text = f"{name} {key} is left alone in production: {reason}"
        yield Finding(level="warning", text=text, org=production.alias)
    for change in (*chosen.production_changes, *chosen.containment):
        yield record_change_event(change, await plan_record_change(production, change))
