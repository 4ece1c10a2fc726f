"""Which permissions decide about an object: its own object permissions, a parent's, or a permission of the user.

Sources: Salesforce's "Object Permissions" and the "Special Access Rules" of the object reference.
"""

from __future__ import annotations

from hotfix_tui.localorg.schema.model import Field, SObject

# Standard objects with permissions of their own in profiles and permission sets.
OWN = frozenset(
    {
        "account",
        "asset",
        "campaign",
        "case",
        "contact",
        "contract",
        "entitlement",
        "idea",
        "lead",
        "opportunity",
        "order",
        "pricebook2",
        "product2",
        "servicecontract",
        "solution",
        "workorder",
    }
)
# Standard objects that go with another one. A row may be written by whoever may edit a row of that one.
FOLLOWS = {
    "accountcontactrelation": "account",
    "accountcontactrole": "account",
    "campaignmember": "campaign",
    "casecomment": "case",
    "casecontactrole": "case",
    "contractcontactrole": "contract",
    "entitlementcontact": "entitlement",
    "opportunitycontactrole": "opportunity",
    "opportunitylineitem": "opportunity",
    "orderitem": "order",
    "pricebookentry": "pricebook2",
}
# What a user needs to read rows of setup objects; any of the permissions will do.
READ_NEEDS = {
    "fieldpermissions": ("ViewSetup",),
    "objectpermissions": ("ViewSetup",),
    "setupentityaccess": ("ViewSetup",),
    "permissionset": ("ViewSetup", "AssignPermissionSets"),
    "permissionsetgroup": ("ViewSetup", "AssignPermissionSets"),
    "permissionsetgroupcomponent": ("ViewSetup", "AssignPermissionSets"),
    "permissionsetassignment": ("ViewSetup", "AssignPermissionSets"),
    "userlogin": ("ManageUsers",),
}
# What a user needs to write rows of setup objects; any of the permissions will do.
WRITE_NEEDS = {
    "businessprocess": ("CustomizeApplication",),
    "currencytype": ("CustomizeApplication",),
    "custompermission": ("ManageCustomPermissions", "CustomizeApplication"),
    "fieldpermissions": ("ManageProfilesPermissionsets",),
    "group": ("ManageUsers",),
    "groupmember": ("ManageUsers",),
    "objectpermissions": ("ManageProfilesPermissionsets",),
    "organization": ("CustomizeApplication",),
    "permissionset": ("ManageProfilesPermissionsets",),
    "permissionsetassignment": ("AssignPermissionSets",),
    "permissionsetgroup": ("ManageProfilesPermissionsets",),
    "permissionsetgroupcomponent": ("ManageProfilesPermissionsets",),
    "profile": ("ManageProfilesPermissionsets",),
    "queuesobject": ("ManageUsers",),
    "recordtype": ("CustomizeApplication",),
    "setupentityaccess": ("ManageProfilesPermissionsets",),
    "user": ("ManageUsers",),
    "userlogin": ("ManageUsers",),
    "userrole": ("ManageRoles",),
}
_SETUP = ("ViewSetup",)
_CUSTOMIZE = ("CustomizeApplication",)


def governing(owner: SObject) -> str | None:
    """The lower-case name of the object whose object permissions decide; None where no object permissions do."""
    name = owner.name.lower()
    if owner.custom:
        return None if owner.setting or owner.custom_metadata else name
    return name if name in OWN else FOLLOWS.get(name)


def needs(owner: SObject, *, write: bool) -> tuple[str, ...]:
    """The user permissions of which one is needed for an object without object permissions; none: () ."""
    if owner.setting:
        return _CUSTOMIZE if write else ()
    if owner.api == "tooling":
        return _CUSTOMIZE if write else _SETUP
    return (WRITE_NEEDS if write else READ_NEEDS).get(owner.name.lower(), ())


def takes_field_permissions(owner: SObject, field: Field) -> bool:
    """Whether field permissions can be given for a field: not for required, master-detail and system fields.

    Custom metadata, custom settings and platform events have no field-level security.
    """
    if owner.api == "tooling" or owner.setting or owner.custom_metadata or owner.platform_event:
        return False
    return field.permissionable
