"""Flows after a deploy: production lands them inactive, so the version that was deployed is activated."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING, Any

from hotfix_tui.events import Event, Settled
from hotfix_tui.events.promote import FlowActivate, FlowActivated
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.errors import StepFailed
from hotfix_tui.hotfix.fix import Fix

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

_QUERY = (
    "SELECT Id, DeveloperName, ActiveVersion.VersionNumber, LatestVersion.VersionNumber "
    "FROM FlowDefinition WHERE DeveloperName = "
)


def active_flows(fix: Fix) -> list[str]:
    """Flows of the fix that are active in the environment."""
    return sorted(
        key.full_name for key, one in fix.components.items() if key.type == "Flow" and one.detail.get("active_version")
    )


async def activate(
    ctx: Context, org: Org, flows: list[str], versions: Mapping[str, int] | None = None
) -> AsyncGenerator[Event, None]:
    """Makes the latest version of each flow (or that of `versions`) the active one, where it is not.

    Raises StepFailed when it does not become it.
    """
    from hotfix_tui.salesforce.errors import SalesforceError

    for flow in flows:
        definition = await _definition(org, flow)
        latest = (versions or {}).get(flow) or _version(definition, "LatestVersion")
        active = _version(definition, "ActiveVersion")
        if active != latest:
            key = f"activate/{org.alias}/{flow}/{ctx.state.seq}"
            before = {"id": definition["Id"], "version": active}
            yield FlowActivate(key=key, org=org.alias, org_id=org.org_id, before=before, flow=flow, version=latest)
            lost = ""
            try:
                body = {"Metadata": {"activeVersionNumber": latest}}
                await org.tooling_update("FlowDefinition", definition["Id"], body)
            except SalesforceError as error:
                if error.written == "no":
                    yield Settled(key=key, result="not_done", detail=str(error))
                    raise
                lost = str(error)
            active = _version(await _definition(org, flow), "ActiveVersion")
            yield Settled(key=key, result="done" if active == latest else "not_done", detail=lost)
        if active != latest:
            raise StepFailed(
                f"Flow {flow} has version {active or 'none'} active, not {latest}.", org=org.alias, next="Try again."
            )
        yield FlowActivated(org=org.alias, flow=flow, version=latest)


async def settle_activation(org: Org, intent: FlowActivate) -> Settled:
    """What became of an activation whose runner was lost, as the org has it now."""
    active = _version(await _definition(org, intent.flow), "ActiveVersion")
    return Settled(
        key=intent.key,
        result="done" if active == intent.version else "not_done",
        detail=f"asked afterwards: version {active or 'none'} is active",
    )


async def _definition(org: Org, flow: str) -> dict[str, Any]:
    from hotfix_tui.salesforce.soql import quote

    rows = await org.tooling_query(_QUERY + quote(flow))
    if not rows:
        raise StepFailed(f"{org.alias} does not have the flow {flow}.", org=org.alias)
    return dict(rows[0])


def _version(definition: dict[str, Any], which: str) -> int:
    return int((definition.get(which) or {}).get("VersionNumber") or 0)
