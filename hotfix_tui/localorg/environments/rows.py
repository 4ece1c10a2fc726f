"""Rows of SandboxInfo and SandboxProcess, and which org of this instance they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

Row = dict[str, Any]
# What a copy takes over from the request for it.
SHARED = (
    "SandboxName",
    "LicenseType",
    "Description",
    "SourceId",
    "ApexClassId",
    "ActivationUserGroupId",
    "AutoActivate",
    "CopyChatter",
    "HistoryDays",
    "TemplateId",
    "Features",
)


def alias_of(row: Row) -> str:
    """The alias of the org that a row of either object is about: its sandbox's name in small letters."""
    return str(row["SandboxName"]).lower()


def alias_of_info(org: LocalOrg, info_id: str) -> str:
    """The alias of the org that a SandboxInfo stands for; "" when there is no such row."""
    found = org.store.get("SandboxInfo", info_id)
    return alias_of(found) if found else ""


def new_process(org: LocalOrg, info: Row, **more: Any) -> str:
    """Adds the process of a copy; returns its id."""
    values = {name: info.get(name) for name in SHARED}
    return org.records.raw_insert(
        "SandboxProcess", {**values, "SandboxInfoId": info["Id"], "Status": "0", "CopyProgress": 0, **more}
    )
