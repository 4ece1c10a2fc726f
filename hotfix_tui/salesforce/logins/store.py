"""Our own logins: what is no secret in `logins.json`, the secrets in a vault. Tokens renew themselves from there."""

from __future__ import annotations

import fcntl
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from hotfix_tui import paths
from hotfix_tui.salesforce.errors import BadLogin, SessionExpired
from hotfix_tui.salesforce.login import OrgLogin
from hotfix_tui.salesforce.logins import oauth
from hotfix_tui.salesforce.logins.oauth import App, Tokens
from hotfix_tui.salesforce.logins.vault import Secrets, Vault, vault

Flow = Literal["web", "jwt", "credentials", "auth_url", "token", "password"]
FILE = "logins.json"


@dataclass(frozen=True)
class Kept:
    """One own login, without its secrets. `key_file`: of the JWT bearer flow. `vault`: where the secrets are."""

    alias: str
    org_id: str
    username: str
    instance_url: str
    login_url: str
    flow: Flow
    client_id: str = ""
    key_file: str = ""
    vault: str = "file"
    label: str = ""


def kept() -> dict[str, Kept]:
    """Our own logins by alias. Raises BadLogin when the file cannot be understood."""
    file = paths.logins() / FILE
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        found = {str(alias): Kept(**entry) for alias, entry in content["logins"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        found = None
    if found is None or not all(one.flow in get_args(Flow) for one in found.values()):
        raise BadLogin(f"The list of our logins cannot be read: {file}.", next="Put it right, or remove it.")
    return found


def keep(login: Kept, secrets: Secrets) -> Kept:
    """Keeps a login, in the place of one with its alias. Raises BadLogin."""
    chosen = vault()
    login = replace(login, vault=chosen.kind)
    with _lock():
        found = kept()
        chosen.put(login.alias, secrets)
        _write({**found, login.alias: login})
        if (old := found.get(login.alias)) and old.vault != login.vault:  # last: until here the old one is good
            vault(old.vault).remove(login.alias)
    return login


def forget(alias: str) -> Kept | None:
    """Removes a login and its secrets; what it was. The org is told first, so that the tokens end there too."""
    with _lock():
        found = kept()
        gone = found.pop(alias, None)
        if gone is not None:
            vault(gone.vault).remove(alias)
            _write(found)
    return gone


def secrets_of(login: Kept) -> Secrets:
    """The secrets of a kept login. Raises BadLogin."""
    return vault(login.vault).get(login.alias)


def logins() -> dict[str, OrgLogin]:
    """Our own logins as they are connected with; a token is read from the vault when it is needed first."""
    return {alias: _login(one) for alias, one in kept().items()}


def _login(one: Kept) -> OrgLogin:
    return OrgLogin(
        alias=one.alias,
        org_id=one.org_id,
        instance_url=one.instance_url,
        username=one.username,
        label=one.label,
        source="own",
        tokens=OwnTokens(one),
    )


class OwnTokens:
    """The access token of a kept login, renewed by its flow; every process that uses it reads what the last one got."""

    def __init__(self, login: Kept) -> None:
        self._login = login
        self._lock = threading.Lock()
        self._token = ""

    def current(self) -> str:
        """The token as it is kept. Raises BadLogin."""
        with self._lock:
            if not self._token:
                self._token = secrets_of(self._login).get("access_token", "")
            return self._token

    def renewed(self, refused: str) -> str:
        """Another token than the refused one: what another process got, or a new one. Raises SalesforceError."""
        with self._lock, _lock():
            chosen = vault(self._login.vault)
            secrets = chosen.get(self._login.alias)
            if secrets.get("access_token", "") in ("", refused):
                secrets = self._renew(chosen, secrets)
            self._token = secrets["access_token"]
            return self._token

    def _renew(self, chosen: Vault, secrets: Secrets) -> Secrets:
        tokens = _again(self._login, secrets)
        changed = {"access_token": tokens.access_token}
        if tokens.refresh_token:
            changed["refresh_token"] = tokens.refresh_token
        # Kept before it is used: where refresh tokens rotate, the old one is worth nothing any more.
        chosen.put(self._login.alias, {**secrets, **changed})
        return {**secrets, **changed}


def _again(login: Kept, secrets: Secrets) -> Tokens:
    app = App(login.client_id, secrets.get("client_secret", ""))
    if secrets.get("refresh_token"):
        return oauth.by_refresh(login.login_url, app, secrets["refresh_token"])
    if login.flow == "jwt":
        try:
            key = Path(login.key_file).read_bytes()
        except OSError as error:
            words = f"The key file of {login.alias} cannot be read: {login.key_file}."
            raise BadLogin(words, org=login.alias, next=f"Log in to {login.alias} again.") from error
        return oauth.by_assertion(login.login_url, login.client_id, login.username, key, secrets.get("passphrase", ""))
    if login.flow == "credentials":
        return oauth.by_credentials(login.login_url, app)
    raise SessionExpired(
        f"The session of {login.alias} has ended, and this kind of login ({login.flow}) cannot renew it.",
        org=login.alias,
        next=f"Log in again: hotfix-tui orgs login {login.flow.replace('_', '-')} {login.alias}.",
    )


@contextmanager
def _lock() -> Iterator[None]:
    """One process at a time changes logins: of two that refresh, the second takes what the first got."""
    with (paths.logins() / "logins.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _write(found: dict[str, Kept]) -> None:
    content = {"v": 1, "logins": {alias: asdict(one) for alias, one in found.items()}}
    paths.write_private(paths.logins() / FILE, json.dumps(content, indent=1).encode())
