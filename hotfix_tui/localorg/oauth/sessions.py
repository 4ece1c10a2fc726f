"""What OAuth gave out: codes, access tokens, refresh tokens. All end with a refresh of the sandbox."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from hotfix_tui.localorg.clock import api_datetime
from hotfix_tui.localorg.oauth.errors import OAuthError

if TYPE_CHECKING:
    from hotfix_tui.localorg.oauth.apps import App
    from hotfix_tui.localorg.org import LocalOrg

_LETTERS = string.ascii_letters + string.digits + "._"
# Codes live 15 minutes (help: OAuth 2.0 Web Server Flow).
_CODE = timedelta(minutes=15)
_TABLES = (
    "CREATE TABLE IF NOT EXISTS _oauth_code (code TEXT PRIMARY KEY, client_id TEXT, user_id TEXT, callback TEXT,"
    " scopes TEXT, challenge TEXT, until TEXT)",
    "CREATE TABLE IF NOT EXISTS _oauth_session (token TEXT PRIMARY KEY, user_id TEXT, client_id TEXT, refresh TEXT,"
    " until TEXT)",
    "CREATE TABLE IF NOT EXISTS _oauth_refresh (refresh TEXT PRIMARY KEY, user_id TEXT, client_id TEXT, scopes TEXT)",
)


@dataclass(frozen=True)
class Code:
    """What a code stands for. `challenge`: of PKCE, empty without."""

    client_id: str
    user_id: str
    callback: str
    scopes: tuple[str, ...]
    challenge: str


@dataclass(frozen=True)
class Given:
    """Tokens that were given out. `refresh` is empty where there is none."""

    access: str
    refresh: str
    scopes: tuple[str, ...]


class Sessions:
    """Codes and tokens of one org, kept in its file."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        for table in _TABLES:
            org.store.execute(table)

    def make_code(self, code: Code) -> str:
        """A new code, good once and for 15 minutes of the org's clock."""
        made = f"aPrx{_random(60)}=="
        until = api_datetime(self._org.clock.now() + _CODE)
        values = (made, code.client_id, code.user_id, code.callback, " ".join(code.scopes), code.challenge, until)
        self._org.store.execute("INSERT INTO _oauth_code VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        return made

    def take_code(self, text: str) -> Code:
        """What a code stands for; it is used up. Raises OAuthError."""
        with self._org.store.transaction():
            found = self._org.store.row(
                "SELECT client_id, user_id, callback, scopes, challenge, until FROM _oauth_code WHERE code = ?", (text,)
            )
            self._org.store.execute("DELETE FROM _oauth_code WHERE code = ?", (text,))
        if found is None:
            raise OAuthError("invalid_grant", "invalid authorization code")
        client_id, user_id, callback, scopes, challenge, until = found
        if until <= api_datetime(self._org.clock.now()):
            raise OAuthError("invalid_grant", "expired authorization code")
        return Code(client_id, user_id, callback, tuple(scopes.split()), challenge)

    def open(
        self, app: App, user_id: str, scopes: tuple[str, ...], *, refresh: str = "", lasting: bool = True
    ) -> Given:
        """A session of a user through an app; with a refresh token when the scopes and the flow (`lasting`) say so."""
        store = self._org.store
        with store.transaction():
            if not refresh and lasting and {"refresh_token", "full"} & set(scopes):
                refresh = f"5Aep861{_random(80)}"
                kept = (refresh, user_id, app.client_id, " ".join(scopes))
                store.execute("INSERT INTO _oauth_refresh VALUES (?, ?, ?, ?)", kept)
            token = f"{self._org.org_id[:15]}!AQE{_random(93)}"
            until = api_datetime(self._org.clock.now() + timedelta(minutes=app.access_minutes))
            values = (token, user_id, app.client_id, refresh, until)
            store.execute("INSERT INTO _oauth_session VALUES (?, ?, ?, ?, ?)", values)
        return Given(token, refresh, scopes)

    def refreshed(self, app: App, refresh: str) -> tuple[str, Given]:
        """The user and new tokens for a refresh token; where the app rotates, the old one is used up.

        Raises OAuthError.
        """
        store = self._org.store
        with store.transaction():
            found = store.row(
                "SELECT user_id, scopes FROM _oauth_refresh WHERE refresh = ? AND client_id = ?",
                (refresh, app.client_id),
            )
            if found is None:
                raise OAuthError("invalid_grant", "expired access/refresh token")
            user_id, scopes = found[0], tuple(found[1].split())
            if app.rotates:
                store.execute("DELETE FROM _oauth_refresh WHERE refresh = ?", (refresh,))
            return user_id, self.open(app, user_id, scopes, refresh="" if app.rotates else refresh)

    def user_id(self, token: str) -> str | None:
        """Whose access token this is; None when it is unknown, revoked or past its time."""
        found = self._org.store.row("SELECT user_id, until FROM _oauth_session WHERE token = ?", (token,))
        return found[0] if found and found[1] > api_datetime(self._org.clock.now()) else None

    def revoke(self, token: str) -> bool:
        """Ends an access token with its refresh token, or a refresh token with its access tokens; False: unknown."""
        store = self._org.store
        with store.transaction():
            refresh = store.value("SELECT refresh FROM _oauth_session WHERE token = ?", (token,))
            if refresh is None:
                refresh = store.value("SELECT refresh FROM _oauth_refresh WHERE refresh = ?", (token,))
            if refresh is None:
                return False
            store.execute("DELETE FROM _oauth_session WHERE token = ?", (token,))
            if refresh:
                store.execute("DELETE FROM _oauth_session WHERE refresh = ?", (refresh,))
                store.execute("DELETE FROM _oauth_refresh WHERE refresh = ?", (refresh,))
        return True

    def end(self, *, refresh_too: bool) -> int:
        """Ends all access tokens, as time or an administrator does; with their refresh tokens too. How many."""
        store = self._org.store
        with store.transaction():
            count = int(store.value("SELECT COUNT(*) FROM _oauth_session"))
            store.execute("DELETE FROM _oauth_session")
            if refresh_too:
                store.execute("DELETE FROM _oauth_refresh")
        return count


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
