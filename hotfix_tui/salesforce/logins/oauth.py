"""Salesforce's OAuth endpoints over HTTP: token, revoke. The caller decides what to keep; nothing here keeps a secret.

Sources: Salesforce Help, "OAuth Authorization Flows" and "OAuth 2.0 Authorization Errors"; the claims of the JWT bearer
flow from "OAuth 2.0 JWT Bearer Flow for Server-to-Server Integration".
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from hotfix_tui.salesforce.errors import (
    BadLogin,
    MalformedReply,
    OrgUnreachable,
    SalesforceError,
    ServerUnavailable,
)
from hotfix_tui.salesforce.login import checked_origin, is_loopback
from hotfix_tui.salesforce.logins.refusals import refused

_IDENTITY = re.compile(r"/id/(00D[0-9A-Za-z]{12,15})/(005[0-9A-Za-z]{12,15})\Z")
_SECONDS = (10.0, 60.0)
_LONGEST_REPLY = 256 * 1024
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_JWT_SECONDS = 180


@dataclass(frozen=True)
class App:
    """The connected or external client app a login goes through. `client_secret` is empty for a public one."""

    client_id: str
    client_secret: str = field(default="", repr=False)

    def form(self) -> dict[str, str]:
        """The parameters of every request."""
        return {"client_id": self.client_id, **({"client_secret": self.client_secret} if self.client_secret else {})}


@dataclass(frozen=True)
class Tokens:
    """What a token endpoint gave. `refresh_token` is empty where the flow has none or the old one stays."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    instance_url: str
    org_id: str
    user_id: str


def by_code(login_url: str, app: App, code: str, redirect_uri: str, verifier: str) -> Tokens:
    """The tokens for a code of the web server flow with PKCE. Raises SalesforceError."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, **app.form()}
    return _tokens(login_url, {**form, **({"code_verifier": verifier} if verifier else {})})


def by_refresh(login_url: str, app: App, refresh_token: str) -> Tokens:
    """New tokens for a refresh token; the refresh token too, where the app rotates them. Raises SalesforceError."""
    return _tokens(login_url, {"grant_type": "refresh_token", "refresh_token": refresh_token, **app.form()})


def by_assertion(login_url: str, client_id: str, username: str, key: bytes, passphrase: str = "") -> Tokens:
    """The tokens for an assertion signed with a private key (PEM). Raises BadLogin for the key, SalesforceError."""
    return _tokens(
        login_url, {"grant_type": _JWT_GRANT, "assertion": _assertion(login_url, client_id, username, key, passphrase)}
    )


def by_credentials(login_url: str, app: App) -> Tokens:
    """The tokens of the app's own run-as user (client credentials flow). Raises SalesforceError."""
    return _tokens(login_url, {"grant_type": "client_credentials", **app.form()})


def revoke(login_url: str, token: str) -> None:
    """Ends a token, and the refresh token or access tokens that belong to it. Raises SalesforceError."""
    status, content = _post(login_url, "/services/oauth2/revoke", {"token": token})
    if status >= 300:
        raise _refused(login_url, status, content)


def _assertion(login_url: str, client_id: str, username: str, key: bytes, passphrase: str) -> str:
    import jwt
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        private: Any = load_pem_private_key(key, passphrase.encode() if passphrase else None)
    except (ValueError, TypeError) as error:
        raise BadLogin(
            "The private key cannot be read: it is no PEM key, or its passphrase is missing or wrong.",
            next="Give the file that belongs to the app's certificate, and its passphrase.",
        ) from error
    claims = {"iss": client_id, "sub": username, "aud": _audience(login_url), "exp": int(time.time()) + _JWT_SECONDS}
    return jwt.encode(claims, private, algorithm="RS256")


def _audience(login_url: str) -> str:
    """The org's own address, which apps of either kind accept; the login hosts where nothing else is known."""
    return checked_origin(login_url, "the org")


def _tokens(login_url: str, form: Mapping[str, str]) -> Tokens:
    status, content = _post(login_url, "/services/oauth2/token", form)
    if status >= 300:
        raise _refused(login_url, status, content)
    host = urlsplit(login_url).hostname or login_url
    found = _IDENTITY.search(str(content.get("id", ""))) if isinstance(content, dict) else None
    if not isinstance(content, dict) or found is None or not content.get("access_token"):
        raise MalformedReply(f"{host} did not answer the login as Salesforce does.", org=host)
    return Tokens(
        str(content["access_token"]),
        str(content.get("refresh_token") or ""),
        checked_origin(str(content.get("instance_url") or login_url), host),
        found[1],
        found[2],
    )


def _post(login_url: str, path: str, form: Mapping[str, str]) -> tuple[int, Any]:
    """Status and JSON (or text). Never follows a redirect: the secrets would go along. Raises SalesforceError."""
    import requests

    from hotfix_tui.salesforce.proxies import NEXT as PROXY_NEXT
    from hotfix_tui.salesforce.proxies import failure_of
    from hotfix_tui.salesforce.session import OrgSession

    origin = checked_origin(login_url, "the login address")
    parts = urlsplit(origin)
    host = parts.hostname or origin
    session = OrgSession(origin, loopback=is_loopback(host))
    try:
        address = f"https://{parts.netloc}{path}"
        answer = session.post(address, data=dict(form), timeout=_SECONDS, headers={"Accept": "application/json"})
        content = answer.content[:_LONGEST_REPLY]
    except requests.RequestException as error:
        proxy = failure_of(error)
        words = f"{host} does not answer the login: {proxy or type(error).__name__}."
        raise OrgUnreachable(
            words, org=host, next=PROXY_NEXT if proxy else f"Check that the network reaches {host}."
        ) from None
    finally:
        session.close()
    try:
        return answer.status_code, answer.json() if content else {}
    except ValueError:
        return answer.status_code, content.decode("utf-8", "replace")


def _refused(login_url: str, status: int, content: Any) -> SalesforceError:
    host = urlsplit(login_url).hostname or login_url
    if status >= 500 or status in (420, 429):
        return ServerUnavailable(f"{host} could not serve the login: HTTP {status}.", org=host, status=status)
    code = str(content.get("error", "")) if isinstance(content, dict) else ""
    words = str(content.get("error_description", "")) if isinstance(content, dict) else f"HTTP {status}"
    return refused(host, code, words, status)
