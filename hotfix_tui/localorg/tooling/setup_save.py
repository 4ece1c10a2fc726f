"""Saving a component as Setup does it: checked like a deployment, but none, so that validations stay valid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.checks import World, check_item, check_removal
from hotfix_tui.localorg.metadata.component import Component, ComponentId
from hotfix_tui.localorg.metadata.layout import main_file
from hotfix_tui.localorg.metadata.options import Message
from hotfix_tui.localorg.metadata.package import Deletion, Item, Package
from hotfix_tui.localorg.metadata.removal import remove
from hotfix_tui.localorg.metadata.support import timestamp
from hotfix_tui.localorg.schema import SchemaError

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg


def problems_of(org: LocalOrg, components: list[Component]) -> list[Message]:
    """What a deployment of just these components would be refused for, checked together."""
    items = [
        Item(each, main_file(ComponentId(each.type, each.full_name)), xml.parse(each.xml) if each.xml else None)
        for each in components
    ]
    world = World(org, Package(items=items))
    return [problem for item in items for problem in check_item(item, world)]


def save(org: LocalOrg, changed: Component, user_id: str) -> str:
    """Makes or changes a component; returns its id. Raises FIELD_INTEGRITY_EXCEPTION with a deployment's words."""
    problems = problems_of(org, [changed])
    if problems:
        raise ApiError("FIELD_INTEGRITY_EXCEPTION", problems[0].problem)
    try:
        with org.atomic():
            org.components.put_all([changed], user_id, granted=False)
    except SchemaError as problem:
        raise ApiError("FIELD_INTEGRITY_EXCEPTION", str(problem)) from None
    return org.components.id_of(changed.type, changed.full_name)


def erase(org: LocalOrg, wanted: ComponentId, user_id: str) -> None:
    """Deletes a component, and takes it off layouts and out of permissions. Raises DELETE_FAILED: something uses it."""
    deletion = Deletion(wanted, "", 0)
    problem = check_removal(deletion, World(org, Package(delete_before=[deletion])))
    if problem is not None:
        raise ApiError("DELETE_FAILED", problem.problem)
    with org.atomic():
        remove(org.components, wanted, user_id, timestamp(org))
