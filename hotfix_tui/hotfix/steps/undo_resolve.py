"""Step 2, the way back: what was last brought from production is taken back in the environment."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from hotfix_tui.events import Event
from hotfix_tui.events.session import Finding
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.errors import StepRefused
from hotfix_tui.hotfix.org_locks import org_lock
from hotfix_tui.hotfix.steps.baseline import refuse_after_baseline
from hotfix_tui.hotfix.steps.resolve import compare_again, validated_deploy

if TYPE_CHECKING:
    from hotfix_tui.compare.component import Component, ComponentId

    Components = dict[ComponentId, Component]

_STAYS = {
    "Flow": "a new flow is deactivated and its versions deleted in Setup: a deploy cannot delete it",
    "RecordType": "record types are not deleted by the Metadata API",
}


async def undo_resolve(ctx: Context) -> AsyncGenerator[Event, None]:
    """Deploys what the environment had before the last resolve, and deletes what that added; validates first.

    By content: versions of flows stay, audit fields move. What somebody has changed since stays as it is and is named;
    the step's result is differences then. Run again, it takes the resolve before that back. Raises StepRefused when
    there is none, or when the baseline was taken.
    """
    from hotfix_tui.compare.compare import common_version
    from hotfix_tui.compare.fix import bytes_to_components, same_or_alike
    from hotfix_tui.compare.org_source import read_org
    from hotfix_tui.compare.package import build

    refuse_after_baseline(ctx)
    done = [one for one in ctx.state.resolved.values() if not one.undone]
    if not done:
        raise StepRefused("Nothing was brought from production, so there is nothing to take back.")
    last = max(done, key=lambda one: one.number)
    before, brought = (
        bytes_to_components(
            ctx.kept(f"snapshot/resolve/{last.number}/{which}", "What was there before was forgotten meanwhile.")
        )
        for which in ("before", "brought")
    )
    production, environment = await ctx.production(), await ctx.environment()
    version = common_version(production.api_version, environment.api_version)
    ids = _ids(last.components)
    now = (await read_org(environment, only=ids, api_version=version)).components
    changed = {key for key in ids if not same_or_alike(now.get(key), brought.get(key))}
    # What is as it was before already (an undo that was interrupted) is nobody's change.
    changed -= {key for key in changed if same_or_alike(now.get(key), before.get(key))}
    left = dict.fromkeys(changed, "somebody has changed it since")
    left |= {key: why for key in ids - before.keys() - changed if (why := _STAYS.get(key.type)) and key in now}
    for key, why in sorted(left.items()):
        ctx.left_something()
        yield Finding(level="warning", text=f"{key} is left as it is: {why}", org=environment.alias)
    back = [before[key] for key in sorted(ids & before.keys() - left.keys())]
    gone = [key for key in sorted(ids - before.keys() - left.keys()) if key in now]
    back = [one for one in back if not same_or_alike(one, now.get(one.id))]
    if back or gone:
        names = tuple(str(key) for key in sorted([*(one.id for one in back), *gone]))
        package = build(back, version, gone)
        with org_lock(environment, ctx.state.hotfix):
            refused = "refused what it had before"
            async for event in validated_deploy(ctx, environment, package, names, refused):
                yield event
    yield dataclasses.replace(last, undone=True)
    async for event in compare_again(ctx, production, environment, ids, version):
        yield event


def _ids(names: tuple[str, ...]) -> set[ComponentId]:
    from hotfix_tui.compare.component import ComponentId

    return {ComponentId.parse(name) for name in names}
