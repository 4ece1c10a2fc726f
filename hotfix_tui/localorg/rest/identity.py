"""Who is calling, and which versions and resources the org has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from hotfix_tui.localorg.clock import api_datetime
from hotfix_tui.localorg.errors import not_found
from hotfix_tui.localorg.store.ids import to_18

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

NEWEST = 67
OLDEST = 31
# The first version of the REST API; those before the oldest are retired.
FIRST = 20
_SEASONS = ("Spring", "Summer", "Winter")
_RESOURCES = (
    "composite",
    "jobs",
    "limits",
    "metadata",
    "parameterizedSearch",
    "query",
    "queryAll",
    "search",
    "sobjects",
    "tooling",
)


def versions(newest: int | None = None) -> list[dict[str, str]]:
    """The answer of GET /services/data, up to a newest version. Version 66 is Spring '26; three a year."""
    out = []
    for number in range(OLDEST, min(newest or NEWEST, NEWEST) + 1):
        index = number - 66
        season = _SEASONS[index % 3]
        year = 26 + index // 3 + (1 if season == "Winter" else 0)
        out.append({"label": f"{season} '{year:02d}", "url": f"/services/data/v{number}.0", "version": f"{number}.0"})
    return out


def base_url(request: Request) -> str:
    """How the client reached the org."""
    return f"{request.url.scheme}://{request.headers.get('host', request.url.netloc)}"


def resources(org: LocalOrg, request: Request) -> dict[str, str]:
    """The answer of GET /services/data/vNN.N: what this org has; jsforce finds the identity there."""
    version = request.path_params["version"]
    found = {name: f"/services/data/v{version}/{name}" for name in _RESOURCES}
    return {**found, "identity": f"{base_url(request)}/id/{org.org_id}/{request.state.user.id}"}


def userinfo(org: LocalOrg, request: Request) -> dict[str, Any]:
    """The answer of /services/oauth2/userinfo."""
    user = request.state.user
    row = org.store.get("User", user.id) or {}
    base = base_url(request)
    return {
        "sub": f"{base}/id/{org.org_id}/{user.id}",
        "user_id": user.id,
        "organization_id": org.org_id,
        "preferred_username": user.username,
        "nickname": row.get("CommunityNickname"),
        "name": user.name,
        "email": user.email,
        "email_verified": True,
        "given_name": row.get("FirstName"),
        "family_name": row.get("LastName"),
        "zoneinfo": "UTC",
        "photos": {},
        "profile": f"{base}/{user.id}",
        "address": {},
        "is_salesforce_integration_user": False,
        "urls": _urls(base, org.org_id),
        "active": True,
        "user_type": "STANDARD",
        "language": "en_US",
        "locale": "en_US",
        "utcOffset": 0,
        "updated_at": api_datetime(org.clock.now()),
    }


def _urls(base: str, org_id: str) -> dict[str, str]:
    data = f"{base}/services/data/v{{version}}"
    return {
        "enterprise": f"{base}/services/Soap/c/{{version}}/{org_id}",
        "metadata": f"{base}/services/Soap/m/{{version}}/{org_id}",
        "partner": f"{base}/services/Soap/u/{{version}}/{org_id}",
        "rest": f"{data}/",
        "sobjects": f"{data}/sobjects/",
        "search": f"{data}/search/",
        "query": f"{data}/query/",
        "recent": f"{data}/recent/",
        "tooling_soap": f"{base}/services/Soap/T/{{version}}/{org_id}",
        "tooling_rest": f"{data}/tooling/",
    }


def identity(org: LocalOrg, request: Request) -> dict[str, Any]:
    """The answer of /id/ORG/USER. Raises 404 for another org or an unknown user."""
    org_id = to_18(request.path_params["org_id"])
    user = org.users.user(to_18(request.path_params["user_id"]) or "")
    if org_id != org.org_id or user is None:
        raise not_found()
    row = org.store.get("User", user.id) or {}
    base = base_url(request)
    return {
        "id": f"{base}/id/{org.org_id}/{user.id}",
        "asserted_user": user.id == request.state.user.id,
        "user_id": user.id,
        "organization_id": org.org_id,
        "username": user.username,
        "nick_name": row.get("CommunityNickname"),
        "display_name": user.name,
        "email": user.email,
        "email_verified": True,
        "first_name": row.get("FirstName"),
        "last_name": row.get("LastName"),
        "timezone": "UTC",
        "photos": {},
        "urls": _urls(base, org.org_id),
        "active": bool(row.get("IsActive")),
        "user_type": "STANDARD",
        "language": "en_US",
        "locale": "en_US",
        "utcOffset": 0,
        "last_modified_date": row.get("LastModifiedDate"),
        "is_app_installed": True,
    }
