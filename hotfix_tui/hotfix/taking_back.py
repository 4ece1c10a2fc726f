"""Taking back what must be taken back: automations switched off, permission sets and settings of our user."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from hotfix_tui.events import Event, Intent
from hotfix_tui.events.automation import OrgSeen, SettingSwitch
from hotfix_tui.events.seed import AccessAssign, AccessGrant, AutomationSwitchOff, BypassAssign
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.org_locks import org_lock

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org


def still_open(ctx: Context, alias: str = "") -> list[Intent]:
    """What is switched off or assigned now (in one org), oldest first."""
    return [one for one in ctx.state.open_intents.values() if one.RETURNS and alias in ("", one.org)]


async def take_back(ctx: Context, org: Org, *, keep_access: bool = False) -> AsyncGenerator[Event, None]:
    """Takes back everything that is open in `org` (in production: under its permit), what everybody feels first.

    With `keep_access` the permission sets that show fields stay: whoever had them assigned takes them back. Goes on
    past what fails, and raises what failed first (RestoreFailed names what is still off); it stays open in the journal.
    """
    from hotfix_tui.automation.meanwhile import changed_by_others
    from hotfix_tui.automation.restore import restore

    failures: list[Exception] = []
    mine = [one for one in still_open(ctx, org.alias) if not (keep_access and isinstance(one, AccessAssign))]
    switched = [one for one in mine if isinstance(one, AutomationSwitchOff)]
    acts = [restore(org, switched)] if switched else []
    acts += [taken for one in reversed(mine) if (taken := _taken_away(org, one)) is not None]
    acts += [changed_by_others(org, switched)] if switched else []
    for act in acts:
        try:
            async for event in act:
                yield event
        except Exception as error:
            failures.append(error)
    if failures:
        raise failures[0]


def _taken_away(org: Org, intent: Intent) -> AsyncGenerator[Event, None] | None:
    """What takes back an intent that concerns our user alone."""
    from hotfix_tui.automation.bypass import unassign
    from hotfix_tui.automation.field_access import remove
    from hotfix_tui.automation.settings import take_back as back_to_setting

    if isinstance(intent, SettingSwitch):
        return back_to_setting(org, intent)
    if isinstance(intent, AccessGrant):
        return remove(org, intent)
    return unassign(org, intent) if isinstance(intent, BypassAssign) else None


async def guarded(
    ctx: Context,
    org: Org,
    prepare: AsyncGenerator[Event, None],
    write: AsyncGenerator[Event, None],
    *,
    keep_access: bool = False,
) -> AsyncGenerator[Event, None]:
    """`prepare` (switch off, or assign), then `write`, then everything taken back, however the first two ended.

    `keep_access`: this happens inside another one, which had permission sets assigned that show fields. Raises
    StepRefused when another hotfix of this machine is at work in the org.
    """
    if org.org_id not in ctx.state.orgs_seen:
        yield OrgSeen(org=org.alias, org_id=org.org_id, url=org.instance_url, created=org.created)
    with org_lock(org, ctx.state.hotfix):
        async for event in _guarded(ctx, org, prepare, write, keep_access):
            yield event


async def _guarded(
    ctx: Context,
    org: Org,
    prepare: AsyncGenerator[Event, None],
    write: AsyncGenerator[Event, None],
    keep_access: bool,
) -> AsyncGenerator[Event, None]:
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
