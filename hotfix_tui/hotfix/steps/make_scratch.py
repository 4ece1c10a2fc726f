"""Step 1, with a Dev Hub: a new scratch org, followed until it is there, logged in to and given its settings."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from hotfix_tui.events import Event
from hotfix_tui.events.environment import EnvironmentProgressed, EnvironmentReady, EnvironmentRequested, ScratchCreate
from hotfix_tui.hotfix import making
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.deploying import Deploy
from hotfix_tui.hotfix.environments import ask_for_scratch
from hotfix_tui.hotfix.errors import StepFailed, StepRefused
from hotfix_tui.hotfix.steps.environment import choose_environment

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org
    from hotfix_tui.salesforce.rest import Row

_DAYS = range(1, 31)
_OVER = ("Error", "Deleted")


async def make_scratch(
    ctx: Context,
    name: str,
    days: int = 7,
    alias: str = "",
    edition: str = "Developer",
    features: tuple[str, ...] = (),
    definition: str = "",
    permit: str = "",
) -> AsyncGenerator[Event, None]:
    """Makes a scratch org from production, when it is a Dev Hub, and chooses it. It begins empty.

    `definition`: the text of a scratch org definition file; what it says goes before `edition`, `features` before it.
    Without a `permit` only what this hotfix has asked for before is followed; one that failed is asked for again.
    """
    from hotfix_tui.salesforce.environments import scratch_info

    alias = alias or name.lower()
    hub = await ctx.production()
    asked = making.asked(ctx, "scratch").get(name.lower())
    row = await scratch_info(hub, asked.request_id) if asked else None
    making.check_free(ctx, name, alias, *([str(row["ScratchOrg"])] if row and row["ScratchOrg"] else []))
    if asked is None or (permit and row is not None and row["Status"] in _OVER):
        intent = await _intent(ctx, hub, name, days, edition, features, definition)
        async for event in ctx.permits.redeem(permit, making.ACT):
            yield event
        async for event in ask_for_scratch(hub.under(ctx.permits.permit), intent):
            yield event
            if isinstance(event, EnvironmentRequested):
                asked = event
    assert asked is not None
    async for told, seen in _signed_up(ctx, hub, asked):
        row = seen
        if told is not None:
            yield told
    assert row is not None
    yield await _ready(ctx, hub, name, alias, row)
    async for event in _with_settings(ctx, name, alias):
        yield event
    async for event in choose_environment(ctx, alias):
        yield event


async def _intent(
    ctx: Context, hub: Org, name: str, days: int, edition: str, features: tuple[str, ...], definition: str
) -> ScratchCreate:
    from hotfix_tui.salesforce import environments
    from hotfix_tui.salesforce.scratch_definition import parse

    if days not in _DAYS:
        raise StepRefused("A scratch org lives 1 to 30 days.", org=hub.alias)
    parse(definition)  # what is wrong with it is said before anything is asked for
    if not await environments.is_dev_hub(hub):
        raise StepRefused(
            f"{hub.alias} is no Dev Hub for our user: it makes no scratch orgs.",
            org=hub.alias,
            next="Enable Dev Hub in its Setup, or make a sandbox.",
        )
    return ScratchCreate(
        key=f"environment/{name}/{making.tries(ctx)}",
        org=hub.alias,
        org_id=hub.org_id,
        name=name,
        days=days,
        edition=edition,
        features=tuple(features),
        definition=definition,
    )


async def _signed_up(
    ctx: Context, hub: Org, asked: EnvironmentRequested
) -> AsyncGenerator[tuple[Event | None, Row], None]:
    """How far it is, whenever that changes, with the ScratchOrgInfo. Raises StepRefused, StepCancelled."""
    from hotfix_tui.salesforce import signup_errors
    from hotfix_tui.salesforce.environments import scratch_info

    told, wait = "", making.FIRST_LOOK
    while True:
        row = await scratch_info(hub, asked.request_id)
        status = str(row["Status"])
        if status != told:
            told = status
            yield EnvironmentProgressed(org=hub.alias, name=asked.name, status=status), row
        if status in _OVER:
            why = "it was deleted" if status == "Deleted" else signup_errors.why(str(row.get("ErrorCode") or ""))
            raise StepRefused(
                f"The scratch org {asked.name} is not there: {why}.",
                org=hub.alias,
                next="Make it again when that is put right; its name may stay.",
            )
        if status == "Active":
            yield None, row
            return
        wait = await making.pause(ctx, wait)


async def _ready(ctx: Context, hub: Org, name: str, alias: str, row: Row) -> EnvironmentReady:
    """Logged in to: by the request's code, which is good for once, or by the login that a runner before us kept."""
    from hotfix_tui.salesforce.environments import Entrance
    from hotfix_tui.salesforce.errors import LoginRefused, OrgUnreachable

    there = str(row["ScratchOrg"] or "")
    if username := making.entered(there, alias):
        return EnvironmentReady(org=hub.alias, name=name, alias=alias, org_id=there, username=username)
    way = Entrance(str(row["SignupUsername"]), str(row["AuthCode"]), str(row["LoginUrl"]))
    try:
        try:
            return await making.log_in(ctx, hub, name, alias, way)
        except OrgUnreachable:  # the request may not have come there
            return await making.log_in(ctx, hub, name, alias, way)
    except LoginRefused as error:
        raise StepRefused(
            f"The scratch org {name} is there, but its code does not let us in any more: it is good for one login, and "
            f"the answer to that was lost. ({error})",
            org=hub.alias,
            next=f"Log in to {row['LoginUrl']} by JWT as {alias}, or delete it and make another.",
        ) from error


async def _with_settings(ctx: Context, name: str, alias: str) -> AsyncGenerator[Event, None]:
    """Deploys the settings of the definition it was asked for with. Raises StepFailed with the org's words."""
    from hotfix_tui.compare.component import Component, ComponentId
    from hotfix_tui.compare.package import build
    from hotfix_tui.salesforce.deploys import DeployOptions
    from hotfix_tui.salesforce.scratch_definition import parse

    intents = [one.event for one in ctx.journal.named(ScratchCreate)]
    asked = [one for one in intents if isinstance(one, ScratchCreate) and one.name.lower() == name.lower()]
    files = parse(asked[-1].definition).files() if asked else {}
    if not files:
        return
    org = await ctx.orgs.get(alias)
    parts = [
        Component(ComponentId("Settings", path.removeprefix("settings/").removesuffix(".settings")), {path: content})
        for path, content in files.items()
    ]
    deploy = Deploy(ctx, org, purpose="scratch_settings")
    names = tuple(str(part.id) for part in parts)
    async for event in deploy.run(build(parts, org.api_version), DeployOptions(), names):
        yield event
    if not deploy.succeeded:
        raise StepFailed(
            f"{alias} refused the settings of its definition: {deploy.problem}",
            org=alias,
            next="Choose it as it is with Enter, or delete it, put the definition right and make it again.",
        )
