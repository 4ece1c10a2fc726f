"""People who may call an org, their tokens, and what they are permitted."""

from __future__ import annotations

import secrets
import string
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotfix_tui.localorg.clock import api_datetime
from hotfix_tui.localorg.people.grants import write_object
from hotfix_tui.localorg.people.profiles import PROFILES, object_rights, system_rights
from hotfix_tui.localorg.people.rights import OBJECT_COLUMNS

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

current_user: ContextVar[str] = ContextVar("current_user", default="")
_TOKEN_LETTERS = string.ascii_letters + string.digits + "._"


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
        self._complete()

    def _complete(self) -> None:
        """Gives the standard profiles of an org made by an earlier version the permissions they stand for."""
        store = self._org.store
        columns = tuple(name for name in store.columns("PermissionSet") if name.startswith("Permissions"))
        found = store.rows(
            "SELECT p.Id, f.Id, f.Name FROM PermissionSet p JOIN Profile f ON f.Id = p.ProfileId"
            " WHERE p.PermissionsApiEnabled IS NULL"
        )
        for own, profile, name in found:
            rights = system_rights(name, columns)
            store.update_row("PermissionSet", own, rights)
            store.update_row("Profile", profile, rights)
            for object_name, bits in object_rights(name).items():
                if self._org.schema.object(object_name) is not None:
                    flags = {column: bool(bits & bit) for column, bit in OBJECT_COLUMNS.items()}
                    write_object(self._org, own, object_name, flags)

    def seed(self) -> None:
        """Licence, profiles with their permission sets, and the Automated Process user."""
        org = self._org
        licence = org.records.raw_insert("UserLicense", {"Name": "Salesforce", "LicenseDefinitionKey": "SFDC"})
        for name in PROFILES:
            self.add_profile(name, licence)
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

    def add_profile(self, name: str, licence: str = "") -> str:
        """Adds a profile with the permission set it owns, or finds it; returns the profile's id.

        A standard profile starts with what Salesforce gives it, any other one with nothing.
        """
        org = self._org
        known = org.store.value("SELECT Id FROM Profile WHERE Name = ?", (name,))
        if known:
            return str(known)
        licence = licence or str(org.store.value("SELECT Id FROM UserLicense"))
        columns = tuple(each for each in org.store.columns("PermissionSet") if each.startswith("Permissions"))
        rights = system_rights(name, columns)
        profile = org.records.raw_insert(
            "Profile", {"Name": name, "UserLicenseId": licence, "UserType": "Standard", **rights}
        )
        own = org.records.raw_insert(
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
        for object_name, bits in object_rights(name).items():
            if org.schema.object(object_name) is not None:
                write_object(org, own, object_name, {col: bool(bits & bit) for col, bit in OBJECT_COLUMNS.items()})
        return profile

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
        self._org.records.raw_insert("UserLogin", {"UserId": made})
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

    def logged_in(self, user_id: str) -> None:
        """Notes on the user when that was; the record itself counts as unchanged."""
        with self._org.store.transaction():
            self._org.store.update_row("User", user_id, {"LastLoginDate": api_datetime(self._org.clock.now())})

    def user_by_token(self, token: str) -> User | None:
        """Who a token belongs to; None when it is unknown, revoked or its user is inactive or frozen."""
        found = self._org.store.value("SELECT user_id FROM _token WHERE token = ?", (token,))
        found = found or self._org.oauth.sessions.user_id(token)
        return self.user(found) if found and self._org.oauth.is_active(found) else None

    def revoke(self, user_id: str) -> None:
        """Ends the user's session: the token is refused from now on."""
        self._org.store.execute("DELETE FROM _token WHERE user_id = ?", (user_id,))

    def holds(self, user_id: str, custom_permission: str) -> bool:
        """Whether the user's profile or a permission set grants a custom permission, by developer name."""
        return self._org.people.rights(user_id).holds(custom_permission)
