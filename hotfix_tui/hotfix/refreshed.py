"""Open acts in an org that is gone: a refreshed sandbox has a new org id, and nothing of the old one is in it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING

from hotfix_tui.events import Event, Intent, Settled
from hotfix_tui.events.session import Finding
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.errors import StepRefused

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org


async def void_what_is_gone(ctx: Context, alias: str) -> AsyncGenerator[Event, None]:
    """Declares open acts void that were begun in `alias` before it was refreshed. Nothing is written to any org.

    Refreshed means: a sandbox at the same address, made later, with another org id. Any other org under the alias
    leaves them open. Raises SalesforceError when the org does not answer.
    """
    from hotfix_tui.salesforce.login import login_for
    from hotfix_tui.salesforce.org import Org

    login = login_for(alias)
    old = _open_in(ctx, alias, but=login.org_id)
    if not old:
        return
    async with await Org.connect(login) as org:
        for intent in old:
            if _is_refresh(ctx, intent, org):
                why = f"{alias} was refreshed on {org.created}: the org it was done in is gone"
                yield Settled(key=intent.key, result="void", detail=why)
        void = [intent for intent in old if _is_refresh(ctx, intent, org)]
    for event in _explained(alias, void, "was refreshed"):
        yield event


async def declare_gone(ctx: Context, alias: str) -> AsyncGenerator[Event, None]:
    """Declares void, on a person's word, what is open in an org that `alias` no longer means.

    Raises StepRefused when nothing is, or when the org is still there under its id.
    """
    from hotfix_tui.salesforce.errors import UnknownAlias
    from hotfix_tui.salesforce.login import login_for

    try:
        now = login_for(alias).org_id
    except UnknownAlias:
        now = ""
    gone = _open_in(ctx, alias, but=now)
    if not gone:
        reason = f"{alias} is still org {now}, and what is open there can be taken back" if now else "nothing is open"
        raise StepRefused(f"Nothing was declared void: {reason}.", org=alias, next="Run restore.")
    for intent in gone:
        yield Settled(key=intent.key, result="void", detail=f"declared: {alias} ({intent.org_id}) is gone")
    for event in _explained(alias, gone, "is gone"):
        yield event


def _open_in(ctx: Context, alias: str, *, but: str) -> list[Intent]:
    return [one for one in ctx.state.open_intents.values() if one.org == alias and one.org_id != but]


def _is_refresh(ctx: Context, intent: Intent, org: Org) -> bool:
    seen = ctx.state.orgs_seen.get(intent.org_id)
    return (
        seen is not None
        and org.kind.sandbox
        and org.org_id != seen.org_id
        and org.instance_url == seen.url
        and org.created > seen.created
    )


def _explained(alias: str, void: Sequence[Intent], what: str) -> list[Event]:
    if not any(intent.RETURNS for intent in void):
        return []
    names = ", ".join(str(getattr(one, "name", "") or one.key) for one in void if one.RETURNS)
    text = (
        f"{alias} {what}, so {names} cannot and need not be taken back: a refreshed sandbox has production's "
        "automations and permissions as they are there"
    )
    return [Finding(level="warning", text=text, org=alias)]
