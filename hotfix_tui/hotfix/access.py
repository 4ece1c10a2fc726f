"""Which permission sets of the fix let our user see the fields that the fix's records write."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from typing import TYPE_CHECKING

from hotfix_tui.events import Event

if TYPE_CHECKING:
    from lxml import etree

    from hotfix_tui.compare.component import Component, ComponentId
    from hotfix_tui.data.changes import RowChange
    from hotfix_tui.salesforce.org import Org


def written_fields(changes: Iterable[RowChange]) -> dict[str, set[str]]:
    """By object, the fields that the records of the fix write."""
    written: dict[str, set[str]] = {}
    for change in changes:
        if change.act != "delete" and change.fields:
            written.setdefault(change.object, set()).update(change.fields)
    return written


def granting_sets(components: dict[ComponentId, Component]) -> dict[str, set[str]]:
    """Permission set → `Object.Field` that it lets edit."""
    return {
        key.full_name: fields
        for key, component in sorted(components.items())
        if key.type == "PermissionSet" and (fields := granted_fields(component, edit=True))
    }


def granted_fields(component: Component, *, edit: bool = False) -> set[str]:
    """`Object.Field` that a permission set or profile lets see, or with `edit` change."""
    from hotfix_tui.compare.xml import local

    granted: set[str] = set()
    for permission in elements(component, "fieldPermissions"):
        values = {local(one.tag): (one.text or "").strip() for one in permission if isinstance(one.tag, str)}
        if values.get("editable") == "true" or (not edit and values.get("readable") == "true"):
            granted.add(values.get("field", ""))
    return granted


def elements(component: Component, name: str) -> Iterable[etree._Element]:
    """The elements of this name in a component's files, at any depth; files that are not XML have none."""
    from hotfix_tui.compare.xml import BadXml, local, parse

    for content in component.files.values():
        try:
            root = parse(content)
        except BadXml:
            continue
        yield from (one for one in root.iter() if isinstance(one.tag, str) and local(one.tag) == name)


async def access_for(
    org: Org, changes: Iterable[RowChange], components: dict[ComponentId, Component]
) -> AsyncGenerator[Event, None]:
    """Gives our user the permission sets of the fix without which its records' fields cannot be written in `org`."""
    from hotfix_tui.automation.access import give_access

    async for event in give_access(org, written_fields(changes), granting_sets(components)):
        yield event
