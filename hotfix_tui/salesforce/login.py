"""Logins this machine knows: the local orgs' registry (their tokens are the only ones in a plain file), our own logins,
and those of the Salesforce CLI."""

from __future__ import annotations

import difflib
import ipaddress
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import SplitResult, urlsplit

from hotfix_tui import paths
from hotfix_tui.salesforce.errors import BadLogin, UnknownAlias

ONLY_LOCAL = "HOTFIX_ONLY_LOCAL"
_TOKEN = re.compile(r"[\x21-\x7e]{1,2000}")
_ORG_ID = re.compile(r"00D[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?")
_HOST = re.compile(r"[0-9A-Za-z._-]+|\[[0-9A-Fa-f:.]+\]")


Source = Literal["local", "own", "sf"]


class TokenSource(Protocol):
    """Where a login's token comes from when it is not at hand. Both block, and may be called from any thread."""

    def current(self) -> str:
        """The token as it is known. Raises BadLogin."""

    def renewed(self, refused: str) -> str:
        """A token that is not the refused one. Raises SessionExpired, SalesforceError."""


@dataclass(frozen=True)
class OrgLogin:
    """What is needed to call one org. The token never shows in `repr`.

    It is `access_token`, or comes from `tokens` when it is needed.

    `org_id` is the org this login was made for; `instance_url` an origin (`https://host[:port]`, plain http for
    loopback addresses only). Raises BadLogin for anything else.
    """

    alias: str
    org_id: str
    instance_url: str
    username: str
    access_token: str = field(default="", repr=False)
    label: str = ""
    source: Source = "local"
    tokens: TokenSource | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        origin = checked_origin(self.instance_url, self.alias)
        object.__setattr__(self, "instance_url", origin)
        if self.tokens is None:
            self._checked(self.access_token)
        if not _ORG_ID.fullmatch(self.org_id):
            raise BadLogin(f"{self.org_id!r} is not the id of an org (login {self.alias}).", org=self.alias)

    def token(self) -> str:
        """The access token. May read a file, a keyring, or ask `sf`: not for an event loop. Raises BadLogin."""
        return self._checked(self.tokens.current()) if self.tokens else self.access_token

    def renewed(self, refused: str) -> str:
        """Another token than the one the org refused; "" where there is no way to one. Raises SalesforceError."""
        return self._checked(self.tokens.renewed(refused)) if self.tokens else ""

    def _checked(self, token: str) -> str:
        if not _TOKEN.fullmatch(token):
            raise BadLogin(
                f"The access token of {self.alias} is empty or holds characters that no token has.",
                org=self.alias,
                next=f"Log in to {self.alias} again.",
            )
        return token

    @property
    def loopback(self) -> bool:
        """Whether the org is on this machine."""
        return is_loopback(urlsplit(self.instance_url).hostname or "")


def is_loopback(host: str) -> bool:
    """Whether `host` is `localhost` or an address of this machine's loopback (127.0.0.0/8, ::1)."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_origin(url: str, alias: str = "") -> str:
    """`url` as an origin, lower case, without path. Raises BadLogin unless it is https, or http to loopback."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), None
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(shown) or "@" in parts.netloc:
        raise BadLogin(f"The address of {alias or 'the org'} is not one of an org: {url!r}.", org=alias)
    if parts.scheme == "http" and not is_loopback(host):
        raise BadLogin(
            f"{alias or 'The org'} would be called over plain http at {shown}: anyone on the way could read the token. "
            "Only orgs on this machine may use http.",
            org=alias,
            next="Use the org's https address.",
        )
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{shown}" + (f":{port}" if port not in (None, default) else "")


def registry_file() -> Path:
    """Where `local-orgs` writes the orgs it runs."""
    return paths.local_orgs() / "registry.json"


def known_logins() -> dict[str, OrgLogin]:
    """All logins by alias: local orgs in the registry's order, our own, the Salesforce CLI's.

    Where two have one alias the first of them counts; an org of the CLI is then called by its username. With
    `HOTFIX_ONLY_LOCAL` set (the demo sets it) local orgs are all there are. Raises BadLogin when a file of ours is
    there but cannot be understood.
    """
    found = _local_logins()
    if os.environ.get(ONLY_LOCAL):
        return found
    from hotfix_tui.salesforce.logins import sf_cli, store

    for alias, login in store.logins().items():
        found.setdefault(alias, login)
    for alias, login in sf_cli.logins().items():
        if alias in found and found[alias].org_id[:15] != login.org_id[:15]:
            login = replace(login, alias=login.username)
        found.setdefault(login.alias, login)
    return found


def _local_logins() -> dict[str, OrgLogin]:
    file = registry_file()
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        orgs = content["orgs"]
        return {str(alias): _login(str(alias), entry) for alias, entry in orgs.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    # Raised out here so that the text of the file, which holds tokens, is not the context of the error.
    raise BadLogin(
        f"The registry of the local orgs cannot be read: {file}.",
        next="Start them again: hotfix-tui local-orgs start.",
    )


def _login(alias: str, entry: dict[str, Any]) -> OrgLogin:
    return OrgLogin(
        alias=alias,
        org_id=str(entry["org_id"]),
        instance_url=str(entry["instance_url"]),
        username=str(entry["username"]),
        access_token=str(entry["access_token"]),
        label=str(entry.get("label", "")),
    )


def login_for(alias: str) -> OrgLogin:
    """The login called `alias` (exactly). Raises UnknownAlias, which names the nearest one; BadLogin as above."""
    logins = known_logins()
    if alias in logins:
        return logins[alias]
    raise UnknownAlias(f"No org is called {alias!r}.{_nearest(alias, logins)}", org=alias, next=_what_there_is(logins))


def _nearest(alias: str, known: Iterable[str]) -> str:
    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(alias.lower(), by_lower, n=1, cutoff=0.5)
    return f" Did you mean {by_lower[close[0]]!r}?" if close else ""


def _what_there_is(known: Iterable[str]) -> str:
    names = ", ".join(sorted(known))
    if names:
        return f"Known orgs: {names}."
    return "Log in to one: hotfix-tui orgs login web ALIAS. Or start local ones: hotfix-tui local-orgs start."
