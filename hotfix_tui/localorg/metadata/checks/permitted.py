"""Whether who deploys may use what he deploys: Modify Metadata alone opens the Metadata API, nothing else.

Source: Salesforce Help, "Modify Metadata Through Metadata API Functions": the permission of the feature itself is
needed as well. Which one a type needs follows Setup; what the org then says is assumed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotfix_tui.localorg.metadata.envelope import SoapFault
from hotfix_tui.localorg.metadata.options import Message
from hotfix_tui.localorg.metadata.package import Item
from hotfix_tui.localorg.people import Rights

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_APEX = ("AuthorApex", "Author Apex")
_FLOW = ("ManageInteraction", "Manage Flow")
_PERMISSIONS = ("ManageProfilesPermissionsets", "Manage Profiles and Permission Sets")
_PEOPLE = ("ManageUsers", "Manage Internal Users")
_CUSTOMIZE = ("CustomizeApplication", "Customize Application")
_CODE = ("Apex", "MetadataContainer", "ContainerAsyncRequest", "TestSuiteMembership")
_NEEDS = {
    "Flow": _FLOW,
    "FlowDefinition": _FLOW,
    "Group": _PEOPLE,
    "PermissionSet": _PERMISSIONS,
    "PermissionSetGroup": _PERMISSIONS,
    "Profile": _PERMISSIONS,
    "Queue": _PEOPLE,
    "Role": ("ManageRoles", "Manage Roles"),
    "SandboxInfo": ("ManageSandboxes", "Manage Sandboxes"),
    "SandboxProcess": ("ManageSandboxes", "Manage Sandboxes"),
}


def admit(org: LocalOrg, user_id: str) -> None:
    """Whether a user may use the Metadata API at all. Raises SoapFault."""
    rights = org.people.rights(user_id)
    if not rights.has("ApiEnabled"):
        raise SoapFault("API_DISABLED_FOR_ORG", "API is not enabled for this Organization or Partner")
    if not rights.has_any("ModifyMetadata", "ModifyAllData"):
        raise SoapFault(
            "INSUFFICIENT_ACCESS",
            "use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata permissions",
        )


def needed_for(type_name: str) -> tuple[str, str]:
    """The user permission that components of a type, and Tooling records of it, need: API name and label."""
    if type_name.startswith(_CODE):
        return _APEX
    return _NEEDS.get(type_name, _CUSTOMIZE)


def check_permitted(item: Item, rights: Rights) -> list[Message]:
    """The refusal of a component whose feature the deploying user has no permission for; none: []."""
    name, label = needed_for(item.type)
    if rights.has(name):
        return []
    return [item.problem(f"You do not have sufficient rights to deploy {item.type}: {label} is needed")]
