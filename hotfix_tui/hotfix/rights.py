"""What our user may do in an org, asked when it is connected: a missing right is named before it stops a hotfix.

Sources: Metadata API guide, "Modify Metadata Through Metadata API Functions" (the features' own permissions are needed
too); Object Reference, PermissionSet (a profile's permissions are those of the permission set it owns).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotfix_tui.salesforce.errors import RequestRefused

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

_NO_COLUMN = re.compile(r"No such column '(\w+)'")


@dataclass(frozen=True)
class Right:
    """A user permission: its name in `PermissionSet.Permissions…`, its label in Setup, and what fails without it."""

    name: str
    label: str
    without: str


_DEPLOYS = ("ModifyMetadata", "ModifyAllData")
RIGHTS = (
    Right("ModifyMetadata", "Modify Metadata Through Metadata API Functions", "nothing can be retrieved or deployed"),
    Right("CustomizeApplication", "Customize Application", "rules, fields and layouts cannot be changed"),
    Right("AuthorApex", "Author Apex", "Apex classes and triggers cannot be deployed or switched off"),
    Right("ManageInteraction", "Manage Flow", "flows cannot be deployed or switched off"),
    Right(
        "ViewSetup", "View Setup and Configuration", "what is set up, and which automations there are, cannot be read"
    ),
    Right(
        "AssignPermissionSets", "Assign Permission Sets", "a bypass or field access for our own user cannot be given"
    ),
    Right(
        "ModifyAllData", "Modify All Data", "records that others own may be hidden, and look as if they were not there"
    ),
)
_PRODUCTION = (Right("ManageSandboxes", "Manage Sandboxes", "no sandbox can be made from here"),)


async def missing_rights(org: Org) -> list[Right]:
    """The rights our user lacks, in the order of what they stop. Raises SalesforceError."""
    wanted = [*RIGHTS, *(_PRODUCTION if org.kind.value == "production" else ())]
    held = await _held(org, [right.name for right in wanted])
    lacking = [right for right in wanted if right.name not in held]
    if any(name in held for name in _DEPLOYS):
        lacking = [right for right in lacking if right.name != "ModifyMetadata"]
    return lacking


async def _held(org: Org, names: list[str]) -> set[str]:
    """Those of `names` that a profile or permission set gives; what this edition does not have counts as given."""
    unknown: set[str] = set()
    while True:
        asked = [name for name in names if name not in unknown]
        fields = ", ".join(f"Permissions{name}" for name in asked)
        soql = (
            f"SELECT {fields} FROM PermissionSet WHERE Id IN "  # noqa: S608 - the names are ours
            f"(SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = '{org.user_id}')"
        )
        try:
            rows = await org.query(soql)
        except RequestRefused as error:
            found = _NO_COLUMN.search(error.message)
            name = found[1].removeprefix("Permissions") if found else ""
            if name not in asked:
                raise
            unknown.add(name)
            continue
        return unknown | {name for name in asked if any(row.get(f"Permissions{name}") for row in rows)}
