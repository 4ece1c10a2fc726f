"""The end of a hotfix: who is certified, and who is not."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from hotfix_tui.events import Event
from hotfix_tui.events.session import HotfixFinished
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.errors import StepRefused


async def finish(ctx: Context) -> AsyncGenerator[Event, None]:
    """Closes the hotfix. Refused before production has the fix."""
    if ctx.state.results.get("promote") not in ("done", "differences"):
        raise StepRefused(
            "Production does not have the fix yet, so there is nothing to finish.", next="Promote the fix first."
        )
    certified = [one.org for one in ctx.state.certified.values() if one.parity == "yes"]
    exceptions = [one.org for one in ctx.state.certified.values() if one.parity != "yes"]
    if exceptions:
        ctx.left_something()
    yield HotfixFinished(certified=tuple(sorted(certified)), exceptions=tuple(sorted(exceptions)))
