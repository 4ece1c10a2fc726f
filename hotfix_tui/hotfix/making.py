"""What the steps that make an environment share: what was asked for before, the waits, and the way in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hotfix_tui.events import Settled
from hotfix_tui.events.environment import (
    EnvironmentDelete,
    EnvironmentReady,
    EnvironmentRequested,
    SandboxCreate,
    SandboxRefresh,
    ScratchCreate,
)
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.errors import StepCancelled, StepRefused

if TYPE_CHECKING:
    from hotfix_tui.salesforce.environments import Entrance
    from hotfix_tui.salesforce.org import Org

ACT = "manage_sandbox"
# A copy takes minutes to hours; the first looks come soon for the orgs that are quick.
FIRST_LOOK, _LOOKS_GROW, _LAST_LOOK = 1.0, 1.5, 30.0


def asked(ctx: Context, kind: str) -> dict[str, EnvironmentRequested]:
    """What this hotfix has asked for, the org has taken and it has not had deleted since, by its name in lower case."""
    outcomes = {one.event.key: one.event for one in ctx.journal.named(Settled) if isinstance(one.event, Settled)}
    found: dict[str, EnvironmentRequested] = {}
    for one in ctx.journal.named(SandboxCreate, SandboxRefresh, ScratchCreate, EnvironmentDelete):
        intent = one.event
        assert isinstance(intent, SandboxCreate | SandboxRefresh | ScratchCreate | EnvironmentDelete)
        outcome = outcomes.get(intent.key)
        of_kind = intent.kind if isinstance(intent, EnvironmentDelete) else _kind(intent)
        if outcome is None or outcome.result != "done" or of_kind != kind:
            continue
        found.pop(intent.name.lower(), None)
        if not isinstance(intent, EnvironmentDelete):
            taken = EnvironmentRequested(org=intent.org, kind=kind, name=intent.name, request_id=outcome.detail)
            found[intent.name.lower()] = taken
    return found


def _kind(intent: SandboxCreate | SandboxRefresh | ScratchCreate) -> str:
    return "scratch" if isinstance(intent, ScratchCreate) else "sandbox"


def tries(ctx: Context) -> str:
    """Makes the key of an intent another one each time; with the hotfix's id it marks a scratch org as ours."""
    return f"{ctx.state.hotfix}-{ctx.state.seq}"


def former_ids(ctx: Context, name: str) -> set[str]:
    """Ids of the orgs that `name` has been for this hotfix, those gone by a refresh or a deletion too (15 letters)."""
    found = set()
    for one in ctx.journal.named(SandboxRefresh, EnvironmentReady):
        event = one.event
        if isinstance(event, SandboxRefresh | EnvironmentReady) and event.name.lower() == name.lower():
            found.add((event.gone_id if isinstance(event, SandboxRefresh) else event.org_id)[:15])
    return found


def check_free(ctx: Context, name: str, alias: str, *org_ids: str) -> None:
    """Raises when `alias` cannot be the new environment's: production's, or another org's than those of `org_ids`."""
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
    ours = former_ids(ctx, name) | {org_id[:15] for org_id in org_ids}
    if known is not None and known.org_id[:15] not in ours:
        raise StepRefused(f"{alias} is the login of another org already.", org=alias, next="Choose another alias.")


async def pause(ctx: Context, wait: float) -> float:
    """Waits between two looks; the next wait. Leaving is safe at any time: the org goes on by itself."""
    if ctx.control.ending:
        raise StepCancelled(ctx.control.ending)
    await asyncio.sleep(wait)
    return min(wait * _LOOKS_GROW, _LAST_LOOK)


async def log_in(ctx: Context, production: Org, name: str, alias: str, way: Entrance) -> EnvironmentReady:
    """Changes the code for tokens and keeps the login as `alias`, in the place of one to what `name` was before.

    Raises SalesforceError, StepRefused for an alias that means another org.
    """
    from hotfix_tui.salesforce import environments
    from hotfix_tui.salesforce.login import login_for
    from hotfix_tui.salesforce.logins import flows, oauth, store

    app = oauth.App(environments.CLI_APP)
    tokens = await asyncio.to_thread(oauth.by_code, way.login_url, app, way.code, environments.CLI_CALLBACK, "")
    before = store.kept().get(alias)
    if before is not None and before.org_id[:15] in former_ids(ctx, name) - {tokens.org_id[:15]}:
        await asyncio.to_thread(store.forget, alias)
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


def entered(org_id: str, alias: str) -> str:
    """The user name of our login `alias` when it is one to the org `org_id`; "" when it is not."""
    from hotfix_tui.salesforce.logins import store

    login = store.kept().get(alias)
    return login.username if login is not None and org_id and login.org_id[:15] == org_id[:15] else ""
