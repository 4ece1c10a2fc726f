"""Taking back what must be taken back: automations switched off, permission sets assigned to our user."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from hotfix_tui.events import Event, Intent
from hotfix_tui.events.seed import AccessAssign, AccessGrant, AutomationSwitchOff, BypassAssign
from hotfix_tui.hotfix.context import Context

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org


def still_open(ctx: Context, alias: str = "") -> list[Intent]:
    """What is switched off or assigned now (in one org), oldest first."""
    return [one for one in ctx.state.open_intents.values() if one.RETURNS and alias in ("", one.org)]


async def take_back(ctx: Context, org: Org, *, keep_access: bool = False) -> AsyncGenerator[Event, None]:
    """Takes back everything that is open in `org` (in production: under its permit). Goes on past what fails.

    With `keep_access` the permission sets that show fields stay: whoever had them assigned takes them back.

    Raises what failed first (RestoreFailed names what is still off); it stays open in the journal then.
    """
    from hotfix_tui.automation.bypass import unassign
    from hotfix_tui.automation.field_access import remove
    from hotfix_tui.automation.restore import restore

    failure: Exception | None = None
    mine = [one for one in still_open(ctx, org.alias) if not (keep_access and isinstance(one, AccessAssign))]
    for assigned in (one for one in reversed(mine) if isinstance(one, BypassAssign)):
        try:
            taken_away = remove(org, assigned) if isinstance(assigned, AccessGrant) else unassign(org, assigned)
            async for event in taken_away:
                yield event
        except Exception as error:
            failure = failure or error
    switched = [one for one in mine if isinstance(one, AutomationSwitchOff)]
    if switched:
        async for event in restore(org, switched):
            yield event
    if failure is not None:
        raise failure


async def guarded(
    ctx: Context,
    org: Org,
    prepare: AsyncGenerator[Event, None],
    write: AsyncGenerator[Event, None],
    *,
    keep_access: bool = False,
) -> AsyncGenerator[Event, None]:
    """`prepare` (switch off, or assign), then `write`, then everything taken back, however the first two ended.

    `keep_access`: this happens inside another one, which had permission sets assigned that show fields.
    """
    failure: BaseException | None = None
    try:
        async for event in prepare:
            yield event
        async for event in write:
            yield event
    except GeneratorExit:
        raise  # nobody listens any more: the runner takes back what the journal says is open
    except BaseException as error:
        failure = error
    async for event in take_back(ctx, org, keep_access=keep_access):
        yield event
    if failure is not None:
        raise failure
