"""The standard profiles as an org comes with them.

Source: Salesforce Help, "Standard Profiles" and "Minimum Access"; which rights on which object Standard User has is the
help's table of default object permissions. What no source says is left off.
"""

from __future__ import annotations

from hotfix_tui.localorg.people.rights import CREATE, DELETE, EDIT, EVERYTHING, READ

PROFILES = ("System Administrator", "Standard User", "Read Only", "Minimum Access - Salesforce")
# The Metadata API calls some profiles by other names than the user interface.
METADATA_NAMES = {"Admin": "System Administrator", "Standard": "Standard User", "ReadOnly": "Read Only"}
_ALL = CREATE | READ | EDIT | DELETE
_NAMES = {
    "account": "Account",
    "asset": "Asset",
    "campaign": "Campaign",
    "case": "Case",
    "contact": "Contact",
    "contract": "Contract",
    "entitlement": "Entitlement",
    "idea": "Idea",
    "lead": "Lead",
    "opportunity": "Opportunity",
    "order": "Order",
    "pricebook2": "Pricebook2",
    "product2": "Product2",
    "servicecontract": "ServiceContract",
    "solution": "Solution",
    "workorder": "WorkOrder",
}
_STANDARD_USER = {
    "account": _ALL,
    "asset": _ALL,
    "campaign": READ,
    "case": CREATE | READ | EDIT,
    "contact": _ALL,
    "contract": _ALL,
    "entitlement": READ,
    "idea": CREATE | READ,
    "lead": CREATE | READ | EDIT,
    "opportunity": _ALL,
    "order": _ALL,
    "pricebook2": READ,
    "product2": READ,
    "solution": CREATE | READ | EDIT,
}
SYSTEM = {
    "Standard User": frozenset({"ApiEnabled", "ViewSetup", "RunFlow", "ActivitiesAccess", "EditTask", "EditEvent"}),
    "Read Only": frozenset({"ApiEnabled", "ViewSetup", "ActivitiesAccess"}),
    "Minimum Access - Salesforce": frozenset({"ActivitiesAccess"}),
}


def object_rights(profile: str) -> dict[str, int]:
    """What a standard profile may do with standard objects when an org is new, by API name."""
    if profile == "System Administrator":
        return dict.fromkeys(_NAMES.values(), EVERYTHING)
    if profile == "Standard User":
        return {_NAMES[name]: bits for name, bits in _STANDARD_USER.items()}
    if profile == "Read Only":
        return {_NAMES[name]: READ for name in _STANDARD_USER}
    return {}


def system_rights(profile: str, columns: tuple[str, ...]) -> dict[str, bool]:
    """The `Permissions…` columns of a standard profile: System Administrator has them all."""
    if profile == "System Administrator":
        return {name: name != "PermissionsBulkApiHardDelete" for name in columns}
    granted = SYSTEM.get(profile, frozenset())
    return {name: name.removeprefix("Permissions") in granted for name in columns}
