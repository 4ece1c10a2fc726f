"""Sandboxes of a production org and scratch orgs of a Dev Hub, as rows and requests.

Sources: Tooling API, SandboxInfo and SandboxProcess (the status is a code in conditions and words in answers); the call
`sandboxAuth` as the Salesforce CLI sends it; Object Reference, ScratchOrgInfo and ActiveScratchOrg.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hotfix_tui.salesforce.errors import RequestRefused
from hotfix_tui.salesforce.rest import Row, record_id

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

LICENCES = ("DEVELOPER", "DEVELOPER_PRO", "PARTIAL", "FULL")
# Since API 60 these need to be told who may enter (Tooling API, ActivationUserGroupId).
NEED_GROUP = ("DEVELOPER", "DEVELOPER_PRO")
# The app for which production makes a code of the new sandbox when no other is named, and its callback.
CLI_APP, CLI_CALLBACK = "PlatformCLI", "http://localhost:1717/OauthRedirect"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,9}")
_PROCESS = (
    "Id, Status, SandboxName, SandboxInfoId, LicenseType, CopyProgress, SandboxOrganization, EndDate, CreatedDate"
)


@dataclass(frozen=True)
class Copying:
    """The latest SandboxProcess of a sandbox. `percent` is None before the copy begins."""

    process_id: str
    info_id: str
    name: str
    licence: str
    status: str
    percent: int | None
    org_id: str
    ended: bool

    @property
    def ready(self) -> bool:
        """Whether it can be entered."""
        return self.status == "Completed"

    @property
    def over(self) -> str:
        """Why it will never be ready; "" as long as it may."""
        return self.status if self.status in ("Stopped", "Discarding", "Deleting", "Deleted") else ""


@dataclass(frozen=True)
class Entrance:
    """What `sandboxAuth` gives: a code of our user in the new sandbox, and where to change it for tokens."""

    username: str
    code: str
    login_url: str


def check_name(name: str) -> str:
    """Why `name` cannot be a sandbox's, as a sentence; "" when it can. Source: Salesforce Help, "Create a Sandbox"."""
    if _NAME.fullmatch(name):
        return ""
    return "A sandbox's name begins with a letter and has at most 10 letters and digits."


async def named(org: Org, name: str) -> Copying | None:
    """The latest copy of the sandbox `name`, also one that is being deleted; None when there is none."""
    _safe(name)
    return await _latest(org, f"SandboxName = '{name}' AND Status != 'D'")


async def by_info(org: Org, info_id: str) -> Copying | None:
    """The latest copy for a SandboxInfo."""
    return await _latest(org, f"SandboxInfoId = '{record_id(info_id)}'")


async def by_org(org: Org, sandbox_id: str) -> Copying | None:
    """The copy that made the sandbox whose org id is `sandbox_id`; None when it is no sandbox of this org."""
    found = await _latest(org, f"SandboxOrganization = '{record_id(sandbox_id)[:15]}' AND Status != 'D'")
    latest = await by_info(org, found.info_id) if found is not None else None
    return latest if latest is not None and latest.process_id == (found.process_id if found else "") else None


async def _latest(org: Org, where: str) -> Copying | None:
    soql = f"SELECT {_PROCESS} FROM SandboxProcess WHERE {where} ORDER BY CreatedDate DESC LIMIT 1"  # noqa: S608
    rows = await org.tooling_query(soql)
    return _copying(rows[0]) if rows else None


async def all_of(org: Org) -> list[Row]:
    """SandboxInfo of every sandbox: Id, SandboxName, LicenseType, Description."""
    return await org.tooling_query(
        "SELECT Id, SandboxName, LicenseType, Description FROM SandboxInfo ORDER BY SandboxName"
    )


async def groups(org: Org) -> list[Row]:
    """The public groups that may be let into a sandbox: Id, Name."""
    return await org.query("SELECT Id, Name FROM Group WHERE Type = 'Regular' ORDER BY Name")


def request(name: str, licence: str, *, group_id: str, source_id: str, description: str) -> dict[str, Any]:
    """The body of a SandboxInfo."""
    body: dict[str, Any] = {"SandboxName": name, "AutoActivate": True}
    if source_id:
        body["SourceId"] = source_id
    else:
        body["LicenseType"] = licence
    for field, value in (("ActivationUserGroupId", group_id), ("Description", description)):
        if value:
            body[field] = value
    return body


def refresh_request(licence: str, *, group_id: str) -> dict[str, Any]:
    """The body of a PATCH of a SandboxInfo, which copies production anew and activates the copy by itself."""
    return {
        "LicenseType": licence,
        "AutoActivate": True,
        **({"ActivationUserGroupId": group_id} if group_id else {}),
    }


async def entrance(org: Org, name: str, client_id: str = CLI_APP, callback: str = CLI_CALLBACK) -> Entrance | None:
    """The way into a new sandbox; None while the org says that it is not ready yet."""
    _safe(name)
    try:
        answer = await org.authorize_sandbox({"sandboxName": name, "clientId": client_id, "callbackUrl": callback})
    except RequestRefused as error:
        if error.code == "INVALID_STATUS":
            return None
        raise
    return Entrance(str(answer["authUserName"]), str(answer["authCode"]), str(answer["loginUrl"]))


async def is_dev_hub(org: Org) -> bool:
    """Whether the org makes scratch orgs for our user."""
    try:
        await org.query("SELECT Id FROM ScratchOrgInfo LIMIT 1")
    except RequestRefused:
        return False
    return True


async def scratch_info(org: Org, info_id: str) -> Row:
    """A ScratchOrgInfo: Status, ErrorCode, ScratchOrg, SignupUsername, LoginUrl, AuthCode, ExpirationDate."""
    fields = "Id, Status, ErrorCode, ScratchOrg, SignupUsername, LoginUrl, AuthCode, ExpirationDate, OrgName"
    rows = await org.query(f"SELECT {fields} FROM ScratchOrgInfo WHERE Id = '{record_id(info_id)}'")  # noqa: S608
    if not rows:
        raise RequestRefused(f"{org.alias} does not know the scratch org request {info_id} any more.", org=org.alias)
    return rows[0]


def _safe(name: str) -> None:
    if check_name(name):
        raise ValueError(f"{name!r} is not a sandbox's name")


def _copying(row: Mapping[str, Any]) -> Copying:
    percent = row.get("CopyProgress")
    return Copying(
        process_id=str(row["Id"]),
        info_id=str(row["SandboxInfoId"]),
        name=str(row["SandboxName"]),
        licence=str(row.get("LicenseType") or ""),
        status=str(row["Status"]),
        percent=int(percent) if percent is not None else None,
        org_id=str(row.get("SandboxOrganization") or ""),
        ended=bool(row.get("EndDate")),
    )
