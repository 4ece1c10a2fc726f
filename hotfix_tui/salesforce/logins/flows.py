"""Logging in: each flow gets tokens, the org says who it is, and only then the login is kept."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hotfix_tui.salesforce.errors import BadLogin, SalesforceError
from hotfix_tui.salesforce.login import OrgLogin, checked_origin, is_loopback
from hotfix_tui.salesforce.logins import oauth, store
from hotfix_tui.salesforce.logins.oauth import App, Tokens
from hotfix_tui.salesforce.logins.refusals import refused
from hotfix_tui.salesforce.logins.store import Kept
from hotfix_tui.salesforce.logins.vault import Secrets
from hotfix_tui.salesforce.org import Org

_ALIAS = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,79}")
# force://clientId:clientSecret:refreshToken@instanceUrl, the secret often empty (sfdx-core, AuthInfo.parseSfdxAuthUrl).
_AUTH_URL = re.compile(r"force://(?P<id>[^:@/\s]+):(?P<secret>[^:@\s]*):(?P<refresh>[^@\s]+)@(?P<host>[^/\s]+)/?")
# The last version whose SOAP API has login() (Salesforce Help 005132110).
_SOAP_VERSION = "64.0"


async def keep(alias: str, wanted: Kept, tokens: Tokens, secrets: Secrets) -> Kept:
    """Connects with the new tokens, then keeps the login. Nothing is kept when the org cannot be talked to.

    Raises BadLogin for an alias that belongs to another org, and SalesforceError.
    """
    check_alias(alias)
    login = OrgLogin(
        alias=alias,
        org_id=tokens.org_id,
        instance_url=tokens.instance_url,
        username=wanted.username or "unknown",
        access_token=tokens.access_token,
    )
    org = await Org.connect(login)
    await org.close()
    before = store.kept().get(alias)
    if before is not None and before.org_id[:15] != org.org_id[:15]:
        raise BadLogin(
            f"{alias} is the login of another org ({before.org_id}); this one is {org.org_id}. Hotfixes that name "
            f"{alias} would go to the wrong org.",
            org=alias,
            next=f"Choose another alias, or log out of it first: hotfix-tui orgs logout {alias}.",
        )
    made = replace(
        wanted,
        alias=alias,
        org_id=org.org_id,
        username=org.username,
        instance_url=tokens.instance_url,
        label=org.name,
    )
    whole = {**secrets, "access_token": tokens.access_token}
    if tokens.refresh_token:
        whole["refresh_token"] = tokens.refresh_token
    return await asyncio.to_thread(store.keep, made, whole)


def check_alias(alias: str) -> None:
    """Raises BadLogin for an alias that cannot be typed as one word."""
    if not _ALIAS.fullmatch(alias):
        raise BadLogin(f"{alias!r} cannot be an alias: letters, digits, and . _ - @ after the first.", org=alias)


def blank(login_url: str, flow: store.Flow, *, client_id: str = "", username: str = "", key_file: str = "") -> Kept:
    """A login before the org has said who it is."""
    return Kept("", "", username, "", checked_origin(login_url, "the org"), flow, client_id, key_file)


async def by_key(
    alias: str, login_url: str, client_id: str, username: str, key_file: Path, passphrase: str = ""
) -> Kept:
    """JWT bearer: an assertion signed with the key in `key_file`. Raises BadLogin, SalesforceError."""
    key_file, key = await asyncio.to_thread(_key, key_file)
    tokens = await asyncio.to_thread(oauth.by_assertion, login_url, client_id, username, key, passphrase)
    wanted = blank(login_url, "jwt", client_id=client_id, username=username, key_file=str(key_file))
    return await keep(alias, wanted, tokens, {"passphrase": passphrase} if passphrase else {})


def _key(file: Path) -> tuple[Path, bytes]:
    """Where the key really is, and the key."""
    try:
        return file.resolve(), file.read_bytes()
    except OSError as error:
        raise BadLogin(
            f"The key file cannot be read: {file}.", next="Name the file of the private key (PEM)."
        ) from error


async def by_credentials(alias: str, login_url: str, app: App) -> Kept:
    """Client credentials: as the run-as user of the app. Raises SalesforceError."""
    tokens = await asyncio.to_thread(oauth.by_credentials, login_url, app)
    wanted = blank(login_url, "credentials", client_id=app.client_id)
    return await keep(alias, wanted, tokens, {"client_secret": app.client_secret})


async def by_auth_url(alias: str, text: str) -> Kept:
    """An SFDX auth URL, as `sf org auth show-sfdx-auth-url` prints one. Raises BadLogin, SalesforceError."""
    found = _AUTH_URL.fullmatch(text.strip())
    if found is None:
        raise BadLogin("That is no SFDX auth URL: force://clientId:clientSecret:refreshToken@host.", org=alias)
    host = found["host"]
    scheme = "http" if is_loopback(urlsplit(f"//{host}").hostname or "") else "https"
    app, url = App(found["id"], found["secret"]), f"{scheme}://{host}"
    tokens = await asyncio.to_thread(oauth.by_refresh, url, app, found["refresh"])
    secrets = {"refresh_token": found["refresh"], **({"client_secret": app.client_secret} if app.client_secret else {})}
    return await keep(alias, blank(url, "auth_url", client_id=app.client_id), tokens, secrets)


async def by_token(alias: str, instance_url: str, token: str) -> Kept:
    """An access token somebody else got; it ends when it ends. Raises BadLogin, SalesforceError."""
    org_id = token.partition("!")[0]
    tokens = Tokens(token.strip(), "", checked_origin(instance_url, alias), org_id, "")
    return await keep(alias, blank(instance_url, "token"), tokens, {})


async def by_password(alias: str, login_url: str, username: str, password: str, security_token: str) -> Kept:
    """User name, password and security token by the SOAP API, where the org still lets them. They are not kept.

    Raises LoginRefused, SalesforceError.
    """
    tokens = await asyncio.to_thread(_soap_login, login_url, username, password, security_token)
    return await keep(alias, blank(login_url, "password", username=username), tokens, {})


def _soap_login(login_url: str, username: str, password: str, security_token: str) -> Tokens:
    import requests
    from simple_salesforce.exceptions import SalesforceAuthenticationFailed
    from simple_salesforce.login import SalesforceLogin

    from hotfix_tui.salesforce.proxies import failure_of
    from hotfix_tui.salesforce.session import OrgSession

    origin = checked_origin(login_url, "the org")
    parts = urlsplit(origin)
    host = parts.hostname or origin
    session = OrgSession(origin, loopback=is_loopback(host))
    given: dict[str, Any] = {"username": username, "password": password, "security_token": security_token}
    problem: SalesforceError | None = None
    token = instance = ""
    try:
        token, instance = SalesforceLogin(
            **given, scratch_url=f"https://{parts.netloc}", sf_version=_SOAP_VERSION, session=session
        )
    except SalesforceAuthenticationFailed as error:
        code = str(error.code)
        problem = refused(host, code, str(error.message).removeprefix(f"{code}: "))
    except requests.RequestException as error:
        problem = refused(host, "", failure_of(error) or f"it does not answer ({type(error).__name__})")
    finally:
        session.close()
    if problem is not None:  # raised out here: the library's errors hold the request
        raise problem
    return Tokens(token, "", checked_origin(f"{parts.scheme}://{instance}", host), token.partition("!")[0], "")


def log_out(alias: str, *, tell_org: bool = True) -> bool | None:
    """Forgets a login of ours, whether or not its org can be reached and its secrets can be read.

    The org is told first: the answer is whether the tokens were ended there, None when there is no such login.
    """
    login = store.kept().get(alias)
    if login is None:
        return None
    ended = tell_org and _ended_in_org(login)
    store.forget(alias)
    return ended


def _ended_in_org(login: Kept) -> bool:
    try:
        secrets = store.secrets_of(login)
        oauth.revoke(login.login_url, secrets.get("refresh_token") or secrets.get("access_token", ""))
    except SalesforceError:
        return False
    return True
