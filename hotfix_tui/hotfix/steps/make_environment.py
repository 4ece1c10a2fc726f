"""Step 1: a new sandbox, or one copied from production anew, followed until it is ready and logged in to.

It takes minutes to hours. The terminal may be closed; whoever asks for the same name again goes on following.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from hotfix_tui.events import Event, Question
from hotfix_tui.events.environment import EnvironmentProgressed, SandboxCreate, SandboxRefresh
from hotfix_tui.events.session import Progress
from hotfix_tui.hotfix import making
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.environments import ask_for_refresh, ask_for_sandbox
from hotfix_tui.hotfix.errors import StepRefused
from hotfix_tui.hotfix.steps.environment import choose_environment

if TYPE_CHECKING:
    from hotfix_tui.salesforce.environments import Copying, Entrance
    from hotfix_tui.salesforce.org import Org

_NEEDED = ", and a Developer sandbox must name one that may enter (since Spring '25)."
_MAKE_GROUP = "Make a public group in production's Setup, or choose one that is there."
Asked = TypeVar("Asked", SandboxCreate, SandboxRefresh)


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
    production = await ctx.production()
    found = None if environments.check_name(name) else await environments.named(production, name)
    known = name.lower() in making.asked(ctx, "sandbox")
    making.check_free(ctx, name, alias, *([found.org_id] if found and known else []))
    if not known:
        _check_request(name, licence, clone_of, found)
        intent = await _sandbox_intent(ctx, production, name, licence, clone_of, description)
        groups = await _groups(production, intent)
        if not group and len(groups) > 1:
            group = str((yield _which_group(intent.key, groups)))
        intent = _with_group(intent, production.alias, group, groups)
        async for event in ctx.permits.redeem(permit, making.ACT):
            yield event
        async for event in ask_for_sandbox(production.under(ctx.permits.permit), intent):
            yield event
    async for event in _entered(ctx, production, name, alias):
        yield event


async def refresh_sandbox(ctx: Context, alias: str, group: str = "", permit: str = "") -> AsyncGenerator[Event, None]:
    """Copies production anew into its sandbox `alias`, and chooses it. All that is in it goes, and its org id.

    Refused while others use it. The login `alias` to the old org is replaced by one to the new. What the copy brings is
    followed by `make_sandbox` too, should this process end before it is there.
    """
    from hotfix_tui.salesforce import environments
    from hotfix_tui.salesforce.login import login_for

    production = await ctx.production()
    found = await environments.by_org(production, login_for(alias).org_id)
    if found is None:
        raise StepRefused(f"{alias} is no sandbox of {production.alias}, or was refreshed since.", org=alias)
    name = found.name
    making.check_free(ctx, name, alias, found.org_id)
    if not found.ready:
        raise StepRefused(
            f"The sandbox {found.name} cannot be refreshed now: it is {found.status}.",
            org=production.alias,
            next="Wait until that is over.",
        )
    await _refuse_what_is_in_use(alias)
    intent = SandboxRefresh(
        key=f"refresh/{name}/{making.tries(ctx)}",
        org=production.alias,
        org_id=production.org_id,
        name=found.name,
        licence=found.licence,
        info_id=found.info_id,
        process_id=found.process_id,
        gone_id=found.org_id,
    )
    groups = await _groups(production, intent)
    if not group and len(groups) > 1:
        group = str((yield _which_group(intent.key, groups)))
    intent = _with_group(intent, production.alias, group, groups)
    async for event in ctx.permits.redeem(permit, making.ACT):
        yield event
    async for event in ask_for_refresh(production.under(ctx.permits.permit), intent):
        yield event
    async for event in _entered(ctx, production, name, alias):
        yield event


async def _refuse_what_is_in_use(alias: str) -> None:
    """Raises StepRefused when others logged in lately. An org that does not let us in tells nothing of that."""
    from hotfix_tui.hotfix.org_use import people_in
    from hotfix_tui.salesforce.errors import SalesforceError
    from hotfix_tui.salesforce.login import login_for
    from hotfix_tui.salesforce.org import Org

    people: tuple[str, ...] = ()
    with suppress(SalesforceError):
        async with await Org.connect(login_for(alias)) as org:
            people = await people_in(org)
    if people:
        raise StepRefused(
            f"{alias} is in use: {', '.join(people[:3])} logged in this week, and what they made there would be gone.",
            org=alias,
            next="Refresh it in production's Setup when they agree, or choose another org.",
        )


async def _entered(ctx: Context, production: Org, name: str, alias: str) -> AsyncGenerator[Event, None]:
    """Follows the copy, logs in when it is ready, and chooses it."""
    from hotfix_tui.salesforce.errors import OrgUnreachable

    entrance: Entrance | None = None
    async for progress, way in _followed(ctx, production, name):
        if progress is not None:
            yield progress
        entrance = way or entrance
    assert entrance is not None
    try:
        ready = await making.log_in(ctx, production, name, alias, entrance)
    except OrgUnreachable:  # the code may be used up: another one costs nothing
        from hotfix_tui.salesforce import environments

        entrance = await environments.entrance(production, name)
        if entrance is None:
            raise
        ready = await making.log_in(ctx, production, name, alias, entrance)
    yield ready
    async for event in choose_environment(ctx, alias):
        yield event


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
        key=f"environment/{name}/{making.tries(ctx)}",
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


async def _groups(production: Org, intent: Asked) -> dict[str, str]:
    """Id by name of the public groups of which the request must name one; empty when it need not. Raises StepRefused.

    A clone lets in whom its source lets in.
    """
    from hotfix_tui.salesforce import environments

    cloned = isinstance(intent, SandboxCreate) and intent.source_id
    if cloned or intent.licence not in environments.NEED_GROUP:
        return {}
    groups = {str(row["Name"]): str(row["Id"]) for row in await environments.groups(production)}
    if not groups:
        raise StepRefused(f"{production.alias} has no public group{_NEEDED}", org=production.alias, next=_MAKE_GROUP)
    return groups


def _with_group(intent: Asked, org: str, wanted: str, groups: dict[str, str]) -> Asked:
    if not groups:
        return intent
    chosen = groups.get(wanted) if wanted else next(iter(groups.values()))
    if chosen is None:
        raise StepRefused(f"{org} has no public group {wanted!r}{_NEEDED}", org=org, next=_MAKE_GROUP)
    return replace(intent, group_id=chosen)


async def _followed(
    ctx: Context, production: Org, name: str
) -> AsyncGenerator[tuple[Event | None, Entrance | None], None]:
    """How far the copy is, whenever that changes, and at the end the way in. Raises StepRefused, StepCancelled."""
    from hotfix_tui.salesforce import environments

    told: tuple[str, int | None] | None = None
    wait = making.FIRST_LOOK
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
            told, wait = (now.status, now.percent), making.FIRST_LOOK
            yield EnvironmentProgressed(org=production.alias, name=name, status=now.status, percent=now.percent), None
            yield Progress(what=f"the sandbox {name}", org="", done=now.percent or 0, total=100, unit="%"), None
        if now.ready and (way := await environments.entrance(production, name)):
            yield None, way
            return
        wait = await making.pause(ctx, wait)
