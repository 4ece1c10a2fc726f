"""People who may call an org, their tokens, and what they are permitted."""

from __future__ import annotations

import secrets
import string
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotfix_tui.localorg.clock import api_datetime

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

current_user: ContextVar[str] = ContextVar("current_user", default="")
_TOKEN_LETTERS = string.ascii_letters + string.digits + "._"
PROFILES = ("System Administrator", "Standard User", "Read Only", "Minimum Access - Salesforce")
_ADMIN_RIGHTS = (
    "PermissionsModifyAllData",
    "PermissionsViewAllData",
    "PermissionsAuthorApex",
    "PermissionsCustomizeApplication",
    "PermissionsModifyMetadata",
)


@dataclass(frozen=True)
class User:
    """A user as the request layer knows one."""

    id: str
    username: str
    name: str
    email: str
    profile_id: str

    def __str__(self) -> str:
        return self.id


class Users:
    """The org's users and session tokens."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        org.store.execute("CREATE TABLE IF NOT EXISTS _token (token TEXT PRIMARY KEY, user_id TEXT UNIQUE)")
        self._by_token: dict[str, User] = {}

    def seed(self) -> None:
        """Licence, profiles with their permission sets, and the Automated Process user."""
        org = self._org
        licence = org.records.raw_insert("UserLicense", {"Name": "Salesforce", "LicenseDefinitionKey": "SFDC"})
        for name in PROFILES:
            rights = dict.fromkeys(_ADMIN_RIGHTS, name == "System Administrator")
            row = {"Name": name, "UserLicenseId": licence, "UserType": "Standard", **rights}
            profile = org.records.raw_insert("Profile", row)
            org.records.raw_insert(
                "PermissionSet",
                {
                    "Name": f"X{profile}",
                    "Label": profile,
                    "ProfileId": profile,
                    "IsOwnedByProfile": True,
                    "Type": "Profile",
                    "LicenseId": licence,
                    **rights,
                },
            )
        org.records.raw_insert(
            "User",
            {
                "Id": org.system_user_id,
                "Username": f"autoproc@{org.org_id.lower()}",
                "LastName": "Automated Process",
                "Name": "Automated Process",
                "Alias": "autoproc",
                "Email": "autoproc@example.com",
                "UserType": "AutomatedProcess",
                "IsActive": True,
            },
        )

    def add_user(self, username: str, name: str, profile: str = "System Administrator", user_id: str = "") -> str:
        """Adds an active user, or finds the one of that username; returns the id. Raises KeyError on unknown profiles.

        `user_id` gives the user an id of its own (a sandbox keeps production's).
        """
        store = self._org.store
        known = store.value("SELECT Id FROM User WHERE Username = ?", (username,))
        if known:
            return str(known)
        profile_id = store.value("SELECT Id FROM Profile WHERE Name = ?", (profile,))
        if profile_id is None:
            raise KeyError(f"no profile {profile}")
        first, _, last = name.rpartition(" ")
        row = {
            "Username": username,
            "FirstName": first or None,
            "LastName": last,
            "Name": name,
            "Alias": (first[:1] + last)[:8].lower(),
            "CommunityNickname": username.partition("@")[0][:40],
            "Email": username,
            "ProfileId": profile_id,
            "IsActive": True,
            "UserType": "Standard",
            "TimeZoneSidKey": "UTC",
            "LocaleSidKey": "en_US",
            "LanguageLocaleKey": "en_US",
            "EmailEncodingKey": "UTF-8",
        }
        if user_id:
            row["Id"] = user_id
        made = self._org.records.raw_insert("User", row)
        own = store.value("SELECT Id FROM PermissionSet WHERE ProfileId = ?", (profile_id,))
        if own:
            self._org.records.raw_insert(
                "PermissionSetAssignment", {"PermissionSetId": own, "AssigneeId": made, "IsActive": True}
            )
        return made

    def user(self, user_id: str) -> User | None:
        """A user by id."""
        found = self._org.store.row("SELECT Id, Username, Name, Email, ProfileId FROM User WHERE Id = ?", (user_id,))
        return User(*(part or "" for part in found)) if found else None

    def by_username(self, username: str) -> User | None:
        """A user by username, in any case."""
        found = self._org.store.value("SELECT Id FROM User WHERE Username = ?", (username,))
        return self.user(found) if found else None

    def token_for(self, user_id: str) -> str:
        """The user's session token: made once, then the same for good. Raises KeyError on unknown users."""
        if self.user(user_id) is None:
            raise KeyError(user_id)
        known = self._org.store.value("SELECT token FROM _token WHERE user_id = ?", (user_id,))
        if known:
            return str(known)
        token = f"{self._org.org_id[:15]}!AQ4A{''.join(secrets.choice(_TOKEN_LETTERS) for _ in range(92))}"
        self._org.store.execute("INSERT INTO _token VALUES (?, ?)", (token, user_id))
        return token

    def user_by_token(self, token: str) -> User | None:
        """Who a token belongs to; None when it is unknown, revoked or its user is inactive."""
        found = self._org.store.value(
            "SELECT user_id FROM _token JOIN User ON User.Id = user_id WHERE token = ? AND IsActive = 1", (token,)
        )
        return self.user(found) if found else None

    def revoke(self, user_id: str) -> None:
        """Ends the user's session: the token is refused from now on."""
        self._org.store.execute("DELETE FROM _token WHERE user_id = ?", (user_id,))

    def holds(self, user_id: str, custom_permission: str) -> bool:
        """Whether any permission set assigned to the user grants a custom permission, by developer name."""
        now = api_datetime(self._org.clock.now())
        return bool(
            self._org.store.value(
                "SELECT 1 FROM PermissionSetAssignment a"
                " JOIN SetupEntityAccess s ON s.ParentId = a.PermissionSetId"
                " JOIN CustomPermission c ON c.Id = s.SetupEntityId"
                " WHERE a.AssigneeId = ? AND c.DeveloperName = ?"
                " AND (a.ExpirationDate IS NULL OR a.ExpirationDate > ?)",
                (user_id, custom_permission, now),
            )
        )
