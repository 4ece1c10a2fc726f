"""What a person should know before the fix goes to production, found without writing anything."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator
from typing import TYPE_CHECKING

from hotfix_tui.events import Event
from hotfix_tui.events.session import Finding
from hotfix_tui.hotfix import baselines
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.fix import is_test

if TYPE_CHECKING:
    from lxml import etree

    from hotfix_tui.compare.component import Component, ComponentId
    from hotfix_tui.salesforce.org import Org

    Components = dict[ComponentId, Component]


async def findings(
    ctx: Context, production: Org, ours: Components, theirs: Components, tests: tuple[str, ...]
) -> AsyncGenerator[Event, None]:
    """Findings about the fix `ours` against production's `theirs`."""
    for finding in (*_flows(ctx, production, ours), *_apex(production, ours, tests)):
        yield finding
    new = sorted(key.full_name for key in ours if key.type == "CustomField" and key not in theirs)
    granted = {name: _granting(ours, name) for name in new}
    for name in new:
        if not granted[name]:
            text = f"The new field {name} comes without field permissions: nobody will see it, administrators included"
            yield Finding(level="warning", text=text, org=production.alias)
    sets = {one for names in granted.values() for one in names}
    if sets and not await _assigned(production, sets):
        text = (
            f"Our user has none of {', '.join(sorted(sets))} assigned in production: without it the new fields cannot "
            "be written"
        )
        yield Finding(level="warning", text=text, org=production.alias)


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
    return component is not None and any(one.text == "true" for one in _elements(component, name))


def _elements(component: Component, name: str) -> Iterable[etree._Element]:
    from hotfix_tui.compare.xml import BadXml, local, parse

    for content in component.files.values():
        try:
            root = parse(content)
        except BadXml:
            continue
        yield from (one for one in root.iter() if isinstance(one.tag, str) and local(one.tag) == name)


def _granting(ours: Components, field: str) -> list[str]:
    """Permission sets and profiles of the fix that let somebody see `field` (`Object.Field`)."""
    return [
        key.full_name
        for key, component in ours.items()
        if key.type in ("PermissionSet", "Profile") and _grants(component, field)
    ]


def _grants(component: Component, field: str) -> bool:
    from hotfix_tui.compare.xml import local

    for permission in _elements(component, "fieldPermissions"):
        values = {local(one.tag): (one.text or "").strip() for one in permission if isinstance(one.tag, str)}
        if values.get("field") == field and "true" in (values.get("readable"), values.get("editable")):
            return True
    return False


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
