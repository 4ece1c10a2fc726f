"""The sandboxes of a production org: SandboxInfo asks for one, SandboxProcess tells how far it is.

Sources: Tooling API, SandboxInfo and SandboxProcess; salesforcecli/plugin-org and sfdx-core for what clients send.
The words of refusals are assumed where no source has them.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.clock import api_datetime
from hotfix_tui.localorg.environments import statuses
from hotfix_tui.localorg.environments.host import Host, Nobody
from hotfix_tui.localorg.environments.licences import KINDS, LICENCES, TYPES
from hotfix_tui.localorg.environments.rows import alias_of, new_process
from hotfix_tui.localorg.environments.stages import Stages
from hotfix_tui.localorg.errors import ApiError, not_found
from hotfix_tui.localorg.oauth.apps import CLI_APP
from hotfix_tui.localorg.oauth.errors import OAuthError
from hotfix_tui.localorg.tooling.fields import fields, text

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

Row = dict[str, Any]
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,9}")
_OPTIONS = (
    *("Description", "AutoActivate", "SourceId", "TemplateId", "ApexClassId", "ActivationUserGroupId"),
    *("CopyChatter", "HistoryDays", "Features", "PostCopyConfig"),
)
_KNOWN = ("SandboxName", "LicenseType", *_OPTIONS)
_NEED_GROUP = frozenset({"DEVELOPER", "DEVELOPER_PRO"})
# How long after a copy the next may be asked for (help: Refresh Your Sandbox).
_DAYS = {"DEVELOPER": 1, "DEVELOPER_PRO": 1, "PARTIAL": 5, "FULL": 29}


class Sandboxes:
    """What a production org knows of its sandboxes. `host` is set by the process that serves the org."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        self.host: Host = Nobody()
        self.worker = Stages(org).worker

    def exists(self, name: str) -> Row | None:
        """The SandboxInfo of a name that is in use, in any case: of a sandbox, or of one being deleted."""
        found = self._org.store.value(
            "SELECT i.Id FROM SandboxInfo i WHERE LOWER(i.SandboxName) = LOWER(?) AND (i.IsDeleted = 0 OR EXISTS"
            " (SELECT 1 FROM SandboxProcess p WHERE p.SandboxInfoId = i.Id AND p.Status = ?))",
            (name, statuses.DELETING),
        )
        return self._org.store.get("SandboxInfo", found) if found else None

    def note(self, alias: str, kind: str, org_id: str, created: str) -> None:
        """Tells of a sandbox that was there from the start, once."""
        if kind not in TYPES or self.exists(alias):
            return
        with self._org.store.transaction():
            info = self._insert({"SandboxName": alias, "LicenseType": TYPES[kind]})
            row = self._org.store.get("SandboxInfo", info) or {}
            dates = {"StartDate": created, "EndDate": created, "CreatedDate": created}
            done = {"Status": statuses.COMPLETED, "CopyProgress": 100, "SandboxOrganization": org_id[:15]}
            new_process(self._org, row, **dates, **done)

    # What clients write

    def create(self, name: str, body: Row, user_id: str) -> str:
        """POST SandboxInfo. Raises ApiError."""
        if name != "SandboxInfo":
            raise not_found()
        given = fields(name, body, _KNOWN, ("SandboxName",))
        self._check_name(text("SandboxName", given["SandboxName"]))
        given["LicenseType"] = self._licence(given)
        if given["LicenseType"] in _NEED_GROUP:
            fields(name, given, _KNOWN, ("ActivationUserGroupId",))
        self._check_group(given.get("ActivationUserGroupId"))
        self._check_room(given["LicenseType"])
        with self._org.store.transaction():
            info = self._insert(given, user_id)
            new_process(self._org, self._org.store.get("SandboxInfo", info) or {})
        self.worker.wake()
        return info

    def update(self, name: str, record_id: str, body: Row, user_id: str) -> None:
        """PATCH SandboxInfo: a refresh. PATCH SandboxProcess: activate or discard what was copied. Raises ApiError."""
        if name == "SandboxProcess":
            self._act(record_id, body)
            return
        given = fields(name, {key: value for key, value in body.items() if key.lower() != "id"}, _KNOWN)
        info = self._org.store.get("SandboxInfo", record_id) or {}
        licence = given.get("LicenseType") or info["LicenseType"]
        if licence in _NEED_GROUP and not given.get("ActivationUserGroupId"):
            fields(name, given, _KNOWN, ("ActivationUserGroupId",))
        self._check_group(given.get("ActivationUserGroupId"))
        self._check_rest(record_id, info)
        with self._org.store.transaction():
            self._org.store.update_row("SandboxInfo", record_id, {**given, "LicenseType": licence})
            new_process(self._org, self._org.store.get("SandboxInfo", record_id) or {})
        self.worker.wake()

    def delete(self, name: str, record_id: str, user_id: str) -> None:
        """DELETE SandboxInfo: the sandbox goes, its name stays taken until it has gone. Raises ApiError."""
        if name != "SandboxInfo":
            raise not_found()
        latest = self.latest(record_id)
        if latest is None or latest["Status"] not in statuses.AT_REST:
            raise ApiError("INVALID_STATUS", "The sandbox is being copied and cannot be deleted now")
        with self._org.store.transaction():
            self._org.store.update_row("SandboxInfo", record_id, {"IsDeleted": True})
            self._org.store.update_row("SandboxProcess", latest["Id"], {"Status": statuses.DELETING})
        self.worker.wake()

    def latest(self, info_id: str) -> Row | None:
        """The latest process of a sandbox: its state."""
        found = self._org.store.value(
            "SELECT Id FROM SandboxProcess WHERE SandboxInfoId = ? ORDER BY CreatedDate DESC, Id DESC LIMIT 1",
            (info_id,),
        )
        return self._org.store.get("SandboxProcess", found) if found else None

    def authorize(self, body: Row, user_id: str) -> Row:
        """POST sandboxAuth: a code for the caller's user in a sandbox that is ready. Raises ApiError."""
        given = fields("SandboxUserAuthRequest", body, ("sandboxName", "callbackUrl", "clientId"), ("sandboxName",))
        info = self.exists(text("sandboxName", given["sandboxName"]))
        latest = self.latest(info["Id"]) if info else None
        if info is None or latest is None or info["IsDeleted"]:
            raise ApiError("NOT_FOUND", f"There is no sandbox {given['sandboxName']}", 404)
        place = self.host.place(alias_of(info))
        if latest["Status"] != statuses.COMPLETED or place is None:
            raise ApiError("INVALID_STATUS", "Sandbox is not ready: the copy is not completed")
        user = self._org.users.user(user_id)
        username = f"{user.username if user else ''}.{place.alias}"
        client_id, callback = given.get("clientId") or CLI_APP, given.get("callbackUrl") or ""
        try:
            code = self.host.code(place.alias, username, client_id, callback)
        except OAuthError as error:
            raise ApiError("INVALID_INPUT", error.description) from None
        return {"authUserName": username, "authCode": code, "instanceUrl": place.url, "loginUrl": place.url}

    def close(self) -> None:
        """Stops between two stages."""
        self.worker.close()

    # Checks

    def _check_name(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            problem = "Sandbox Name: must begin with a letter and have up to 10 letters and digits"
            raise ApiError("INVALID_FIELD_FOR_INSERT_UPDATE", problem, fields=["SandboxName"])
        if self.exists(name) or self.host.place(name.lower()):
            problem = f"A sandbox with the name {name} already exists or is being deleted"
            raise ApiError("DUPLICATE_VALUE", problem, fields=["SandboxName"])

    def _licence(self, given: Row) -> str:
        """The licence type asked for, or that of the sandbox to clone."""
        source = self._org.store.get("SandboxInfo", str(given.get("SourceId"))) if given.get("SourceId") else None
        if given.get("SourceId") and (source is None or self.host.place(alias_of(source)) is None):
            raise ApiError("INVALID_CROSS_REFERENCE_KEY", f"invalid cross reference id: {given['SourceId']}")
        licence = str(source["LicenseType"] if source else given.get("LicenseType") or "").upper().replace(" ", "_")
        if not licence:
            fields("SandboxInfo", given, _KNOWN, ("LicenseType",))
        if licence not in KINDS:
            problem = f"License Type: bad value for restricted picklist field: {given.get('LicenseType')}"
            raise ApiError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", problem, fields=["LicenseType"])
        return licence

    def _check_group(self, group: Any) -> None:
        if group and self._org.store.value("SELECT Type FROM [Group] WHERE Id = ?", (str(group),)) != "Regular":
            problem = f"Activation User Group ID: id value of incorrect type: {group}"
            raise ApiError("MALFORMED_ID", problem, fields=["ActivationUserGroupId"])

    def _check_room(self, licence: str) -> None:
        used = self._org.store.value(
            "SELECT COUNT(*) FROM SandboxInfo WHERE LicenseType = ? AND IsDeleted = 0", (licence,)
        )
        most = self._org.conditions.sandbox_licences
        most = LICENCES[licence] if most is None else most
        if int(used) >= most:
            problem = f"You have used all {most} of your sandbox licenses of the type {licence}"
            raise ApiError("LIMIT_EXCEEDED", problem)

    def _check_rest(self, info_id: str, info: Row) -> None:
        latest = self.latest(info_id)
        if latest is None or latest["Status"] not in statuses.AT_REST:
            raise ApiError("INVALID_STATUS", "The sandbox is being copied already")
        wait = timedelta(days=_DAYS[info["LicenseType"]])
        if latest["StartDate"] and latest["StartDate"] > api_datetime(self._org.clock.now() - wait):
            problem = f"The sandbox was copied less than {wait.days} day(s) ago and cannot be refreshed yet"
            raise ApiError("INVALID_STATUS", problem)

    def _act(self, process_id: str, body: Row) -> None:
        given = fields("SandboxProcess", body, ("RefreshAction",), ("RefreshAction",))
        action = str(given["RefreshAction"]).upper()
        row = self._org.store.get("SandboxProcess", process_id) or {}
        if action not in ("ACTIVATE", "DISCARD"):
            problem = f"Refresh Action: bad value for restricted picklist field: {given['RefreshAction']}"
            raise ApiError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", problem, fields=["RefreshAction"])
        if row.get("Status") != statuses.PENDING_ACTIVATION:
            raise ApiError("INVALID_STATUS", "Only a refreshed sandbox that waits for it is activated or discarded")
        status = statuses.ACTIVATING if action == "ACTIVATE" else statuses.DISCARDING
        self._org.store.update_row("SandboxProcess", process_id, {"Status": status, "RefreshAction": action})
        self.worker.wake()

    def _insert(self, values: Row, user_id: str = "") -> str:
        defaults = {"AutoActivate": False, "CopyChatter": False, "HistoryDays": 0, "IsDeleted": False}
        authors = {"CreatedById": user_id, "LastModifiedById": user_id} if user_id else {}
        return self._org.records.raw_insert("SandboxInfo", {**defaults, **values, **authors})
