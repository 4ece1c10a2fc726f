"""Step 2, the way back: what the seeds of this hotfix wrote is taken back, with everything off that would fire."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from hotfix_tui.events import Event
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.errors import StepRefused
from hotfix_tui.hotfix.seeded import written_rows
from hotfix_tui.hotfix.steps.baseline import refuse_after_baseline
from hotfix_tui.hotfix.steps.seed import refuse_unswitchable
from hotfix_tui.hotfix.taking_back import guarded


async def undo_seed(ctx: Context) -> AsyncGenerator[Event, None]:
    """Deletes what was inserted, gives what was updated its values again, undeletes what was deleted.

    What somebody else changed since is left and named; the step's result is differences then. What was undone already
    is not touched again, so it can be repeated after anything.
    """
    from hotfix_tui.automation.inventory import find
    from hotfix_tui.automation.switch import switch_off
    from hotfix_tui.data.undo import undo_rows
    from hotfix_tui.events.seed import RowRefused

    refuse_after_baseline(ctx)
    written = written_rows(ctx.journal)
    if not written:
        raise StepRefused("No seed of this hotfix wrote anything that is still there.", next="Seed first.")
    environment = await ctx.environment()
    automations = await find(environment, list(written))
    for automation in automations:
        yield automation.found(environment.alias)
    refuse_unswitchable(environment, automations)
    await ctx.control.checkpoint()
    checkpoint, pause = ctx.control.checkpoint, ctx.control.rest
    undoing = undo_rows(environment, written, checkpoint=checkpoint, pause=pause)
    off = switch_off(environment, automations, checkpoint=checkpoint, pause=pause)
    async for event in guarded(ctx, environment, off, undoing):
        if isinstance(event, RowRefused):
            ctx.left_something()
        yield event
