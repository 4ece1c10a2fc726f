"""Connected apps and external client apps of an org, as far as they decide who gets a token."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.oauth.errors import unknown_client

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

# The app every Salesforce CLI uses when no other is named, and the address it listens on.
CLI_APP, CLI_CALLBACK = "PlatformCLI", "http://localhost:1717/OauthRedirect"
ALL_SCOPES = ("api", "web", "refresh_token", "full", "openid", "id")
# Other names of the same scopes.
SAME_SCOPE = {"offline_access": "refresh_token"}


@dataclass(frozen=True)
class App:
    """One app. `secret` empty: a public client, which has none. `certificate`: PEM, for assertions (JWT bearer).

    `installed`: an app that is not may be used by nobody new (since September 2025). `blocked`: by an administrator.
    `approved`: usernames an administrator approved beforehand; None where users approve for themselves.
    `run_as`: the username client credentials act for. `rotates`: each refresh gives a new refresh token.
    `pkce`: a code challenge is required. `access_minutes`: how long an access token lives.
    """

    client_id: str
    label: str = ""
    secret: str = field(default="", repr=False)
    callbacks: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ALL_SCOPES
    pkce: bool = False
    certificate: str = ""
    installed: bool = True
    blocked: bool = False
    approved: tuple[str, ...] | None = None
    run_as: str = ""
    rotates: bool = False
    access_minutes: float = 120

    def may_use(self, username: str) -> bool:
        """Whether the app's policy lets this user have a token without asking them."""
        return self.approved is not None and username.lower() in {name.lower() for name in self.approved}


class Apps:
    """The apps of one org. Sandboxes copy production's, keys included."""

    def __init__(self, org: LocalOrg) -> None:
        self._store = org.store
        self._store.execute("CREATE TABLE IF NOT EXISTS _oauth_app (client_id TEXT PRIMARY KEY, app TEXT NOT NULL)")

    def get(self, client_id: str) -> App:
        """The app of a consumer key. Raises OAuthError."""
        found = self._store.value("SELECT app FROM _oauth_app WHERE client_id = ?", (client_id,))
        if found is not None:
            return _read(json.loads(found))
        if client_id == CLI_APP:
            return App(CLI_APP, "Salesforce CLI", callbacks=(CLI_CALLBACK,))
        raise unknown_client()

    def put(self, app: App) -> None:
        """Adds an app, or replaces the one with its key."""
        content = json.dumps(asdict(app))
        self._store.execute("INSERT OR REPLACE INTO _oauth_app VALUES (?, ?)", (app.client_id, content))

    def all(self) -> list[App]:
        """The apps that were put in."""
        return [_read(json.loads(row[0])) for row in self._store.rows("SELECT app FROM _oauth_app ORDER BY client_id")]


def app_from(raw: dict[str, Any]) -> App:
    """An app from JSON. Raises ValueError with a sentence."""
    known = {each.name: each for each in fields(App)}
    unknown = sorted(set(raw) - set(known))
    if unknown:
        raise ValueError(f"an app has no {unknown[0]}; it has {', '.join(known)}")
    for name, value in raw.items():
        _check(name, value, str(known[name].type))
    if not raw.get("client_id"):
        raise ValueError("an app needs a client_id, its consumer key")
    return _read(raw)


def _check(name: str, value: Any, kind: str) -> None:
    texts = isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
    right = {
        "str": isinstance(value, str),
        "bool": isinstance(value, bool),
        "float": isinstance(value, int | float) and not isinstance(value, bool) and value >= 0,
        "tuple[str, ...]": texts,
        "tuple[str, ...] | None": texts or value is None,
    }[kind]
    if not right:
        words = kind.replace("tuple[str, ...]", "a list of texts").replace("str", "a text").replace("float", "a number")
        raise ValueError(f"{name} of an app is {words}")


def _read(raw: dict[str, Any]) -> App:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in raw.items()}
    return App(**values)


def granted(app: App, asked: str) -> tuple[str, ...]:
    """The scopes a token gets: those asked for that the app may have; all of the app's when none are named."""
    wanted = _named(asked.split())
    return tuple(scope for scope in app.scopes if not wanted or scope in wanted)


def unknown_scopes(app: App, asked: str) -> list[str]:
    """The scopes asked for that the app may not have."""
    return sorted(set(_named(asked.split())) - set(_named(app.scopes)))


def _named(scopes: Iterable[str]) -> list[str]:
    return [SAME_SCOPE.get(scope, scope) for scope in scopes]
