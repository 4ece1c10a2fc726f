"""What the makers of rows share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.metadata.component import Component

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

Row = dict[str, Any]


def audit(component: Component) -> Row:
    """Id and audit fields."""
    return {
        "Id": component.id,
        "CreatedDate": component.created_at,
        "CreatedById": component.created_by,
        "LastModifiedDate": component.modified_at,
        "LastModifiedById": component.modified_by,
        "SystemModstamp": component.modified_at,
        "NamespacePrefix": None,
        "ManageableState": "unmanaged",
    }


def entity_id(org: LocalOrg, object_name: str) -> str:
    """How setup rows name an object: its API name, a custom object by its 15-character id (`01I…`)."""
    found = org.schema.object(object_name)
    if found is not None and not found.custom:
        return found.name
    return org.components.id_of("CustomObject", object_name)[:15] or object_name
