"""Step 3, first gate: production checks the fix without taking it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotfix_tui.events import Event
from hotfix_tui.events.deploy import DeployFinished, DeployRequested
from hotfix_tui.events.promote import GateReached
from hotfix_tui.hotfix import fix as fixes
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.deploying import Deploy
from hotfix_tui.hotfix.errors import StepFailed, StepRefused
from hotfix_tui.hotfix.fix import Fix

if TYPE_CHECKING:
    from hotfix_tui.salesforce.deploys import DeployOptions
    from hotfix_tui.salesforce.org import Org


async def validate(
    ctx: Context,
    permit: str = "",
    components: Collection[str] | None = None,
    tests: Collection[str] | None = None,
) -> AsyncGenerator[Event, None]:
    """A check-only deploy in production. It takes the one deploy slot there, so it is an act with a permit."""
    fix = fixes.load(ctx, components=components, tests=tests)
    if not fix.ids:
        raise StepRefused("The fix has no component, so there is nothing to validate.")
    production = await ctx.production()
    package = fix.package(production.api_version)
    async for event in ctx.permits.redeem(permit, "promote"):
        yield event
    async for event in validation(ctx, production.under(ctx.permits.permit), fix, package):
        yield event


async def validation(ctx: Context, production: Org, fix: Fix, package: bytes) -> AsyncGenerator[Event, None]:
    """The gate `validate`. Raises StepFailed when production refuses the fix."""
    yield GateReached(gate="validate", state="started")
    deploy = Deploy(ctx, production, purpose="validate")
    async for event in deploy.run(package, options(fix, check_only=True), fix.names):
        yield event
    if not deploy.succeeded:
        yield GateReached(gate="validate", state="failed", detail=deploy.problem)
        raise StepFailed(
            f"Production refuses the fix: {deploy.problem}",
            org=production.alias,
            next="Mend the fix in the environment, look for it again, and validate.",
        )
    yield GateReached(gate="validate", state="passed", detail=deploy.deploy_id)


def options(fix: Fix, *, check_only: bool) -> DeployOptions:
    """How the fix goes to production: all or nothing, with its own tests when it has Apex."""
    from hotfix_tui.salesforce.deploys import DeployOptions

    apex = any(key.type in ("ApexClass", "ApexTrigger") for key in fix.ids)
    if apex and fix.tests:
        return DeployOptions(check_only=check_only, test_level="RunSpecifiedTests", tests=fix.tests)
    return DeployOptions(check_only=check_only)


@dataclass(frozen=True)
class Earlier:
    """A deploy to production that this hotfix made: how it was asked for, and how it ended."""

    requested: DeployRequested
    finished: DeployFinished


def earlier(ctx: Context, purpose: str, sha256: str) -> Earlier | None:
    """The last deploy of exactly these bytes for `purpose` that succeeded, if there is one."""
    requested: dict[str, DeployRequested] = {}
    found: Earlier | None = None
    for envelope in ctx.journal.named(DeployRequested, DeployFinished):
        event = envelope.event
        if isinstance(event, DeployRequested):
            if event.purpose == purpose and event.sha256 == sha256:
                requested[event.key] = event
        elif isinstance(event, DeployFinished) and event.key in requested and event.status == "Succeeded":
            found = Earlier(requested[event.key], event)
    return found
