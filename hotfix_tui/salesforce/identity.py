"""Asks an org who it is: the session's user, its API versions, its Organization record. Nothing is guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hotfix_tui.salesforce import rest
from hotfix_tui.salesforce.connection import Connection
from hotfix_tui.salesforce.errors import SalesforceError, WrongOrg
from hotfix_tui.salesforce.kinds import OrgKind, kind_of
from hotfix_tui.salesforce.replies import Asked, malformed

# The newest API version this program was written against; an org may serve newer ones.
NEWEST_VERSION = 67

_ORGANIZATION = (
    "SELECT Id, Name, InstanceName, IsSandbox, TrialExpirationDate, OrganizationType, NamespacePrefix, CreatedDate "
    "FROM Organization"
)


@dataclass(frozen=True)
class Identity:
    """Who an org is. `org_id` and `user_id` have 18 characters, `created` is ISO 8601 as the org sent it.

    `expires`: when a scratch org or trial ends, ISO 8601, "" for all others.
    """

    org_id: str
    user_id: str
    username: str
    name: str
    kind: OrgKind
    created: str
    api_version: str
    expires: str = ""


async def identify(connection: Connection) -> Identity:
    """Asks the org, and sets the connection's version, org id and kind from the answers.

    Raises WrongOrg when the org is not the login's, and whatever a call can raise.
    """
    login = connection.login
    user = await connection.read(lambda wire: wire.user_info())
    org_id, user_id = rest.parsed(connection, "the user of the session", lambda: _ids(user))
    if org_id[:15] != login.org_id[:15]:
        raise WrongOrg(
            f"{login.alias} is now the org {org_id}, the login was made for {login.org_id}: the sandbox was refreshed, "
            "or the address belongs to another org.",
            org=login.alias,
            next=f"Log in to {login.alias} again. What was recorded for {login.org_id} does not apply to it.",
        )
    versions = await connection.read(lambda wire: wire.versions())
    connection.version = rest.parsed(connection, "its API versions", lambda: newest(versions))
    connection.kind = OrgKind.UNKNOWN
    organization = await _organization(connection)
    kind = kind_of(organization, await _data_storage(connection) if organization.get("IsSandbox") is True else None)
    connection.org_id, connection.kind = org_id, kind
    return Identity(
        org_id=org_id,
        user_id=user_id,
        username=str(user.get("preferred_username") or user.get("username") or login.username),
        name=str(organization.get("Name") or ""),
        kind=kind,
        created=str(organization.get("CreatedDate") or ""),
        api_version=connection.version,
        expires=str(organization.get("TrialExpirationDate") or ""),
    )


def _ids(user: Mapping[str, Any]) -> tuple[str, str]:
    return _18(rest.record_id(str(user["organization_id"]))), _18(rest.record_id(str(user["user_id"])))


def _18(short: str) -> str:
    """The 18-character form: five characters at a time, a bit for each capital letter, one letter for the bits."""
    if len(short) == 18:
        return short
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    blocks = (short[start : start + 5] for start in (0, 5, 10))
    return short + "".join(
        digits[sum(1 << place for place, c in enumerate(block) if "A" <= c <= "Z")] for block in blocks
    )


def newest(versions: Any) -> str:
    """The newest version in the reply of `/services/data` that is not newer than we know. Raises ValueError."""
    known = [float(item["version"]) for item in versions]
    usable = [version for version in known if version <= NEWEST_VERSION]
    return f"{max(usable):.1f}"


async def _organization(connection: Connection) -> Mapping[str, Any]:
    rows = await rest.query(connection, _ORGANIZATION)
    if len(rows) != 1:
        raise malformed(Asked(connection.login.alias, "the query of Organization"), f"it has {len(rows)} rows, not one")
    if str(rows[0].get("Id"))[:15] != connection.login.org_id[:15]:
        raise malformed(Asked(connection.login.alias, "the query of Organization"), "it is another org's")
    return rows[0]


async def _data_storage(connection: Connection) -> int | None:
    """Data storage in MB, or None when the user may not see it: then only the sandbox's licence stays unknown."""
    try:
        limit = (await rest.limits(connection)).get("DataStorageMB")
    except SalesforceError:
        return None
    return limit.max if limit else None
