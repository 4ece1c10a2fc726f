"""Step 1, the other way: an environment that this hotfix has made is deleted again."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from hotfix_tui.events import Event
from hotfix_tui.events.environment import EnvironmentDelete, EnvironmentReady
from hotfix_tui.hotfix import making
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.environments import ask_to_delete
from hotfix_tui.hotfix.errors import StepRefused

if TYPE_CHECKING:
    from hotfix_tui.salesforce.environments import Copying


async def delete_environment(
    ctx: Context, name: str, environment_kind: str = "sandbox", permit: str = ""
) -> AsyncGenerator[Event, None]:
    """Deletes a sandbox or scratch org that this hotfix has made, and no other. Our login to it is forgotten.

    Raises StepRefused while the fix in it is not in production, and while something in it is to be taken back.
    """
    from hotfix_tui.salesforce import environments

    production = await ctx.production()
    made = making.asked(ctx, environment_kind).get(name.lower())
    if made is None:
        raise StepRefused(f"{name} was not made by this hotfix: it is deleted in {production.alias}'s Setup only.")
    ready = ctx.state.made_ready.get(made.name)
    _check_not_needed(ctx, ready)
    record = made.request_id
    if environment_kind == "scratch":
        row = await environments.scratch_info(production, record)
        soql = f"SELECT Id FROM ActiveScratchOrg WHERE ScratchOrgInfoId = '{row['Id']}'"  # noqa: S608
        active = await production.query(soql)
        if not active:
            raise StepRefused(f"{name} is gone already.", org=production.alias)
        record = str(active[0]["Id"])
    else:
        _check_at_rest(name, production.alias, await environments.by_info(production, record))
    async for event in ctx.permits.redeem(permit, making.ACT):
        yield event
    intent = EnvironmentDelete(
        key=f"delete/{record}/{making.tries(ctx)}",
        org=production.alias,
        org_id=production.org_id,
        kind=environment_kind,
        name=made.name,
        record_id=record,
    )
    async for event in ask_to_delete(production.under(ctx.permits.permit), intent):
        yield event
    if ready is not None:
        _forget_login(ready)


def _check_not_needed(ctx: Context, ready: EnvironmentReady | None) -> None:
    environment = ctx.state.environment
    if ready is None or environment is None or environment.org_id[:15] != ready.org_id[:15]:
        return
    open_there = [one for one in ctx.state.open_intents.values() if one.org == environment.org]
    if open_there:
        raise StepRefused(
            f"{len(open_there)} acts in {environment.org} are not taken back yet.", next="Restore them first."
        )
    if "environment" in ctx.state.baselines and not ctx.state.finished and ctx.state.step < 4:
        raise StepRefused(
            f"The fix is made in {environment.org} and not in production yet: it would be lost with it.",
            org=environment.org,
            next="Promote it first, or delete the org in production's Setup.",
        )


def _check_at_rest(name: str, production: str, latest: Copying | None) -> None:
    if latest is None or latest.status in ("Deleting", "Deleted"):
        raise StepRefused(f"{name} is gone already, or is being deleted.", org=production)


def _forget_login(ready: EnvironmentReady) -> None:
    from hotfix_tui.salesforce.logins import store

    kept = store.kept().get(ready.alias)
    if kept is not None and kept.org_id[:15] == ready.org_id[:15]:
        store.forget(ready.alias)
