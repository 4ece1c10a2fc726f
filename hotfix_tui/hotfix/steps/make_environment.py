"""Step 1, where no environment is there yet: a new sandbox or scratch org, followed until it is ready and logged in to.

It takes minutes to hours. The terminal may be closed; whoever asks for the same name again goes on following.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from hotfix_tui.events import Event, Question, Settled
from hotfix_tui.events.environment import (
    EnvironmentDelete,
    EnvironmentProgressed,
    EnvironmentReady,
    EnvironmentRequested,
    SandboxCreate,
    ScratchCreate,
)
from hotfix_tui.events.session import Progress
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.environments import ask_for_sandbox, ask_for_scratch, ask_to_delete
from hotfix_tui.hotfix.errors import StepCancelled, StepRefused
from hotfix_tui.hotfix.steps.environment import choose_environment

if TYPE_CHECKING:
    from hotfix_tui.salesforce.environments import Copying, Entrance
    from hotfix_tui.salesforce.org import Org

_ACT = "manage_sandbox"
# A copy takes minutes to hours; the first looks come soon for the orgs that are quick.
_FIRST_LOOK, _LOOKS_GROW, _LAST_LOOK = 1.0, 1.5, 30.0
_DAYS = range(1, 31)


async def make_sandbox(
    ctx: Context,
    name: str,
    licence: str = "DEVELOPER",
    alias: str = "",
    group: str = "",
    clone_of: str = "",
    description: str = "",
    permit: str = "",
) -> AsyncGenerator[Event, None]:
    """Makes the sandbox `name` of production and chooses it as the environment, logged in to as `alias`.

    `group`: the public group that may enter, by name. `clone_of`: a sandbox to clone. Without a `permit` only what this
    hotfix has asked for before is followed.
    """
    from hotfix_tui.salesforce import environments

    alias = alias or name.lower()
    _check_free(ctx, alias)
    production = await ctx.production()
    found = None if environments.check_name(name) else await environments.named(production, name)
    if not any(one.name.lower() == name.lower() for one in _asked(ctx, "sandbox")):
        _check_request(name, licence, clone_of, found)
        intent = await _sandbox_intent(ctx, production, name, licence, clone_of, description)
        if not intent.source_id and licence in environments.NEED_GROUP:
            wanted = group
            groups = {str(row["Name"]): str(row["Id"]) for row in await environments.groups(production)}
            if not wanted and len(groups) > 1:
                answer = yield _which_group(intent.key, groups)
                wanted = str(answer)
            intent = _with_group(intent, production.alias, wanted, groups)
        async for event in ctx.permits.redeem(permit, _ACT):
            yield event
        async for event in ask_for_sandbox(production.under(ctx.permits.permit), intent):
            yield event
    entrance: Entrance | None = None
    async for progress, way in _followed(ctx, production, name):
        if progress is not None:
            yield progress
        entrance = way or entrance
    assert entrance is not None
    yield await _log_in(ctx, production, name, alias, entrance)
    async for event in choose_environment(ctx, alias):
        yield event


async def make_scratch(
    ctx: Context,
    name: str,
    days: int = 7,
    alias: str = "",
    edition: str = "Developer",
    features: tuple[str, ...] = (),
    permit: str = "",
) -> AsyncGenerator[Event, None]:
    """Makes a scratch org from production, when it is a Dev Hub, and chooses it. It begins empty."""
    from hotfix_tui.salesforce import environments

    alias = alias or name.lower()
    _check_free(ctx, alias)
    hub = await ctx.production()
    asked = [one for one in _asked(ctx, "scratch") if one.name == name]
    if not asked:
        if days not in _DAYS:
            raise StepRefused("A scratch org lives 1 to 30 days.", org=hub.alias)
        if not await environments.is_dev_hub(hub):
            raise StepRefused(
                f"{hub.alias} is no Dev Hub for our user: it makes no scratch orgs.",
                org=hub.alias,
                next="Enable Dev Hub in its Setup, or make a sandbox.",
            )
        async for event in ctx.permits.redeem(permit, _ACT):
            yield event
        key = f"environment/{name}/{_tries(ctx)}"
        intent = ScratchCreate(
            key=key, org=hub.alias, org_id=hub.org_id, name=name, days=days, edition=edition, features=tuple(features)
        )
        async for event in ask_for_scratch(hub.under(ctx.permits.permit), intent):
            yield event
            if isinstance(event, EnvironmentRequested):
                asked = [event]
    way: Entrance | None = None
    async for told, found in _signed_up(ctx, hub, asked[-1]):
        if told is not None:
            yield told
        way = found or way
    assert way is not None
    yield await _log_in(ctx, hub, name, alias, way)
    async for event in choose_environment(ctx, alias):
        yield event


async def delete_environment(
    ctx: Context, name: str, kind: str = "sandbox", permit: str = ""
) -> AsyncGenerator[Event, None]:
    """Deletes a sandbox or scratch org that this hotfix has made, and no other."""
    from hotfix_tui.salesforce import environments

    production = await ctx.production()
    made = [one for one in _asked(ctx, kind) if one.name.lower() == name.lower()]
    if not made:
        raise StepRefused(f"{name} was not made by this hotfix: it is deleted in {production.alias}'s Setup only.")
    record = made[-1].request_id
    if kind == "scratch":
        row = await environments.scratch_info(production, record)
        soql = f"SELECT Id FROM ActiveScratchOrg WHERE ScratchOrgInfoId = '{row['Id']}'"  # noqa: S608
        active = await production.query(soql)
        if not active:
            raise StepRefused(f"{name} is gone already.", org=production.alias)
        record = str(active[0]["Id"])
    async for event in ctx.permits.redeem(permit, _ACT):
        yield event
    intent = EnvironmentDelete(
        key=f"delete/{record}", org=production.alias, org_id=production.org_id, kind=kind, name=name, record_id=record
    )
    async for event in ask_to_delete(production.under(ctx.permits.permit), intent):
        yield event


def _asked(ctx: Context, kind: str) -> list[EnvironmentRequested]:
    """What this hotfix has asked for and the org has taken, oldest first, as its intents and their outcomes say."""
    outcomes = {one.event.key: one.event for one in ctx.journal.named(Settled) if isinstance(one.event, Settled)}
    wanted = SandboxCreate if kind == "sandbox" else ScratchCreate
    found = []
    for intent in (one.event for one in ctx.journal.named(SandboxCreate, ScratchCreate)):
        outcome = outcomes.get(intent.key) if isinstance(intent, SandboxCreate | ScratchCreate) else None
        if isinstance(intent, wanted) and outcome is not None and outcome.result == "done":
            found.append(EnvironmentRequested(org=intent.org, kind=kind, name=intent.name, request_id=outcome.detail))
    return found


def _tries(ctx: Context) -> str:
    """Makes the key of an intent another one each time; with the hotfix's id it marks a scratch org as ours."""
    return f"{ctx.state.hotfix}-{ctx.state.seq}"


def _check_free(ctx: Context, alias: str) -> None:
    from hotfix_tui.salesforce.login import known_logins
    from hotfix_tui.salesforce.logins.flows import check_alias

    check_alias(alias)
    if "environment" in ctx.state.baselines:
        raise StepRefused(
            "The environment's baseline is taken: this hotfix stays where it is.", next="Begin a new one."
        )
    if alias == ctx.state.production:
        raise StepRefused(f"{alias} is PRODUCTION: the environment needs an alias of its own.", org=alias)
    known = known_logins().get(alias)
    made = {one.name.lower() for kind in ("sandbox", "scratch") for one in _asked(ctx, kind)}
    if known is not None and alias not in made:
        raise StepRefused(f"{alias} is the login of another org already.", org=alias, next="Choose another alias.")


def _check_request(name: str, licence: str, clone_of: str, found: Copying | None) -> None:
    from hotfix_tui.salesforce import environments

    why = environments.check_name(name)
    if why:
        raise StepRefused(f"{name!r} cannot be a sandbox: {why}")
    if not clone_of and licence not in environments.LICENCES:
        raise StepRefused(f"{licence} is no licence type: {', '.join(environments.LICENCES)}.")
    if found is not None:
        state = "is being deleted, and its name is not free before that" if found.over else "is there already"
        raise StepRefused(
            f"The sandbox {name} {state} ({found.status}).", next="Choose another name, or choose the org."
        )


async def _sandbox_intent(
    ctx: Context, production: Org, name: str, licence: str, clone_of: str, description: str
) -> SandboxCreate:
    from hotfix_tui.salesforce import environments

    source = ""
    if clone_of:
        row = next(
            (
                row
                for row in await environments.all_of(production)
                if str(row["SandboxName"]).lower() == clone_of.lower()
            ),
            None,
        )
        if row is None:
            raise StepRefused(f"{production.alias} has no sandbox {clone_of} to clone.", org=production.alias)
        source, licence = str(row["Id"]), str(row["LicenseType"])
    return SandboxCreate(
        key=f"environment/{name}/{_tries(ctx)}",
        org=production.alias,
        org_id=production.org_id,
        name=name,
        licence=licence,
        source_id=source,
        description=description or f"Hotfix {ctx.state.hotfix}: {ctx.state.name}"[:1000],
    )


def _which_group(key: str, groups: dict[str, str]) -> Question:
    return Question(
        key=f"group/{key}",
        text="Which public group may enter the sandbox? (Our user always may.)",
        choices=tuple(sorted(groups)),
    )


def _with_group(intent: SandboxCreate, org: str, wanted: str, groups: dict[str, str]) -> SandboxCreate:
    from dataclasses import replace

    chosen = groups.get(wanted) if wanted else next(iter(groups.values()), None)
    if chosen is None:
        words = f"has no public group {wanted!r}" if wanted else "has no public group"
        raise StepRefused(
            f"{org} {words}, and a Developer sandbox must name one that may enter (since Spring '25).",
            org=org,
            next="Make a public group in production's Setup, or choose one that is there.",
        )
    return replace(intent, group_id=chosen)


async def _followed(
    ctx: Context, production: Org, name: str
) -> AsyncGenerator[tuple[Event | None, Entrance | None], None]:
    """How far the copy is, whenever that changes, and at the end the way in. Raises StepRefused, StepCancelled."""
    from hotfix_tui.salesforce import environments

    told: tuple[str, int | None] | None = None
    wait = _FIRST_LOOK
    while True:
        now = await environments.named(production, name)
        if now is None or now.over:
            what = now.over if now else "gone"
            raise StepRefused(
                f"The sandbox {name} will not be ready: it is {what}.",
                org=production.alias,
                next="Look at Sandboxes in production's Setup, or make another.",
            )
        if (now.status, now.percent) != told:
            told, wait = (now.status, now.percent), _FIRST_LOOK
            yield EnvironmentProgressed(org=production.alias, name=name, status=now.status, percent=now.percent), None
            yield Progress(what=f"the sandbox {name}", org="", done=now.percent or 0, total=100, unit="%"), None
        if now.ready and (way := await environments.entrance(production, name)):
            yield None, way
            return
        wait = await _pause(ctx, wait)


async def _signed_up(
    ctx: Context, hub: Org, asked: EnvironmentRequested
) -> AsyncGenerator[tuple[Event | None, Entrance | None], None]:
    from hotfix_tui.salesforce.environments import Entrance, scratch_info

    told, wait = "", _FIRST_LOOK
    while True:
        row = await scratch_info(hub, asked.request_id)
        status = str(row["Status"])
        if status != told:
            told = status
            yield EnvironmentProgressed(org=hub.alias, name=asked.name, status=status), None
        if status in ("Error", "Deleted"):
            code = f" ({row['ErrorCode']})" if row.get("ErrorCode") else ""
            raise StepRefused(f"The scratch org {asked.name} was not made: {status}{code}.", org=hub.alias)
        if status == "Active":
            yield None, Entrance(str(row["SignupUsername"]), str(row["AuthCode"]), str(row["LoginUrl"]))
            return
        wait = await _pause(ctx, wait)


async def _pause(ctx: Context, wait: float) -> float:
    """Waits between two looks; the next wait. Leaving is safe at any time: the org goes on by itself."""
    if ctx.control.ending:
        raise StepCancelled(ctx.control.ending)
    await asyncio.sleep(wait)
    return min(wait * _LOOKS_GROW, _LAST_LOOK)


async def _log_in(ctx: Context, production: Org, name: str, alias: str, way: Entrance) -> EnvironmentReady:
    from hotfix_tui.salesforce import environments
    from hotfix_tui.salesforce.login import login_for
    from hotfix_tui.salesforce.logins import flows, oauth

    app = oauth.App(environments.CLI_APP)
    tokens = await asyncio.to_thread(oauth.by_code, way.login_url, app, way.code, environments.CLI_CALLBACK, "")
    wanted = flows.blank(way.login_url, "web", client_id=app.client_id, username=way.username)
    kept = await flows.keep(alias, wanted, tokens, {})
    meant = login_for(alias)
    if meant.org_id[:15] != kept.org_id[:15]:
        raise StepRefused(
            f"{alias} means another org on this machine ({meant.org_id}); {name} is {kept.org_id}.",
            org=alias,
            next="Choose another alias.",
        )
    return EnvironmentReady(org=production.alias, name=name, alias=alias, org_id=kept.org_id, username=kept.username)
