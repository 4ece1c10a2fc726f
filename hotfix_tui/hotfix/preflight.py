"""What a person should know before the fix goes to production, found without writing anything."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from typing import TYPE_CHECKING

from hotfix_tui.events import Event
from hotfix_tui.events.session import Finding
from hotfix_tui.hotfix import baselines
from hotfix_tui.hotfix.access import elements, granted_fields, takes_permissions
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.fix import is_test

if TYPE_CHECKING:
    from hotfix_tui.compare.component import Component, ComponentId
    from hotfix_tui.salesforce.org import Org

    Components = dict[ComponentId, Component]


async def findings(
    ctx: Context, production: Org, ours: Components, theirs: Components, tests: tuple[str, ...]
) -> AsyncGenerator[Event, None]:
    """Findings about the fix `ours` against production's `theirs`."""
    for finding in (*_flows(ctx, production, ours), *_apex(production, ours, tests)):
        yield finding
    for finding in await _visibility(production, ours, theirs):
        yield finding


async def _visibility(production: Org, ours: Components, theirs: Components) -> list[Finding]:
    """Whether anybody, and our own user, will see the new fields: a deployed field is seen by nobody."""
    new = sorted(
        key.full_name
        for key, one in ours.items()
        if key.type == "CustomField" and key not in theirs and takes_permissions(one)
    )
    sets = {key.full_name: granted_fields(one) for key, one in ours.items() if key.type == "PermissionSet"}
    profiles = [granted_fields(one) for key, one in ours.items() if key.type == "Profile"]
    unseen = [name for name in new if not any(name in one for one in (*sets.values(), *profiles))]
    found = [
        f"The new field {name} comes without field permissions: nobody will see it, administrators included, and no "
        "record can be given a value in it. Grant it in a permission set, and look for the fix again"
        for name in unseen
    ]
    for name, granted in sorted(sets.items()):
        shown = sorted(granted.intersection(new))
        if shown and not await _assigned(production, {name}):
            found.append(
                f"Our user does not have {name} in {production.alias} and would not see {', '.join(shown)} there: it "
                "is assigned to our user for the time of the data step, and taken away afterwards"
            )
    return [Finding(level="warning", text=text, org=production.alias) for text in found]


def _flows(ctx: Context, production: Org, ours: Components) -> Iterator[Finding]:
    flows = sorted(key.full_name for key in ours if key.type == "Flow")
    if not flows or _flag(_settings(baselines.components(ctx, "production")), "enableFlowDeployAsActiveEnabled"):
        return
    for flow in flows:
        text = (
            f"Flow {flow} lands inactive in production (deploying flows as active is off there); the new version is "
            "activated after the deploy"
        )
        yield Finding(level="warning", text=text, org=production.alias)


def _apex(production: Org, ours: Components, tests: tuple[str, ...]) -> Iterator[Finding]:
    apex = sorted(
        key.full_name for key, one in ours.items() if key.type in ("ApexClass", "ApexTrigger") and not is_test(one)
    )
    if apex and tests:
        text = f"{', '.join(tests)} must pass and cover 75 % of each of {', '.join(apex)}"
        yield Finding(level="info", text=text, org=production.alias)
    elif apex:
        text = f"No test class names {', '.join(apex)}: production takes Apex only with 75 % of it covered"
        yield Finding(level="warning", text=text, org=production.alias)


def _settings(components: Components) -> Component | None:
    found = [one for key, one in components.items() if key.type == "Settings" and key.full_name == "Flow"]
    return found[0] if found else None


def _flag(component: Component | None, name: str) -> bool:
    return component is not None and any(one.text == "true" for one in elements(component, name))


async def _assigned(production: Org, names: set[str]) -> bool:
    from hotfix_tui.salesforce.errors import RequestRefused
    from hotfix_tui.salesforce.soql import quote

    wanted = ", ".join(quote(name) for name in sorted(names))
    soql = (
        "SELECT Id FROM PermissionSetAssignment "  # noqa: S608 - quoted
        f"WHERE AssigneeId = {quote(production.user_id)} AND PermissionSet.Name IN ({wanted})"
    )
    try:
        return bool(await production.query(soql))
    except RequestRefused:
        return True  # it cannot be told; the data step says so if it matters
