"""Step 2, the way back: what the seeds of this hotfix wrote is taken back, with everything off that would fire."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from hotfix_tui.events import Event
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.errors import StepRefused
from hotfix_tui.hotfix.seeded import written_rows
from hotfix_tui.hotfix.steps.baseline import refuse_after_baseline
from hotfix_tui.hotfix.switching import quieted

if TYPE_CHECKING:
    from hotfix_tui.automation.model import Automation
    from hotfix_tui.salesforce.org import Org


async def undo_seed(ctx: Context, automations: dict[str, str] | None = None) -> AsyncGenerator[Event, None]:
    """Deletes what was inserted, gives what was updated its values again, undeletes what was deleted.

    What somebody else changed since is left and named; the step's result is differences then. What was undone already
    is not touched again, so it can be repeated after anything. `automations`: as in `seed`.
    """
    from hotfix_tui.data.undo import undo_rows
    from hotfix_tui.events.seed import RowRefused

    refuse_after_baseline(ctx)
    if ctx.state.forgotten is not None:
        raise StepRefused("The values that rows had were forgotten, so a seed cannot be undone any more.")
    environment = await ctx.environment()
    written = written_rows(ctx.journal, environment.org_id)
    if not written:
        raise StepRefused(
            f"No seed of this hotfix wrote anything in {environment.alias} that is still there.", next="Seed first."
        )

    def undoing(org: Org, _found: list[Automation]) -> AsyncGenerator[Event, None]:
        return undo_rows(org, written, checkpoint=ctx.control.checkpoint, pause=ctx.control.rest)

    async for event in quieted(ctx, environment, list(written), undoing, choices=automations):
        if isinstance(event, RowRefused):
            ctx.left_something()
        yield event
