"""POST /services/oauth2/token: the grants a client may have a session by."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.oauth import assertion
from hotfix_tui.localorg.oauth.apps import App, granted
from hotfix_tui.localorg.oauth.errors import OAuthError, missing, not_approved
from hotfix_tui.localorg.oauth.sessions import Given

if TYPE_CHECKING:
    from hotfix_tui.localorg.oauth.service import OAuth
    from hotfix_tui.localorg.users import User

Parameters = dict[str, str]


class Grants:
    """One method a grant type. `base` is how the client reached the org."""

    def __init__(self, oauth: OAuth) -> None:
        self._oauth = oauth
        self._grants: dict[str, Callable[[Parameters, str], tuple[User, App, Given]]] = {
            "authorization_code": self._code,
            "refresh_token": self._refresh,
            assertion.GRANT: self._assertion,
            "client_credentials": self._credentials,
            "password": self._password,
        }

    def answer(self, given: Parameters, base: str) -> dict[str, Any]:
        """The tokens as JSON. Raises OAuthError."""
        name = given.get("grant_type", "")
        if not name:
            raise missing("grant_type")
        if name not in self._grants:
            raise OAuthError("unsupported_grant_type", "grant type not supported")
        user, app, tokens = self._grants[name](given, base)
        if name != "refresh_token":
            self._oauth.org.users.logged_in(user.id)
        identity = f"{base}/id/{self._oauth.org.org_id}/{user.id}"
        issued = str(int(self._oauth.org.clock.now().timestamp() * 1000))
        signed = hmac.new(app.secret.encode(), f"{identity}{issued}".encode(), hashlib.sha256).digest()
        fresh = (
            {"refresh_token": tokens.refresh} if tokens.refresh and tokens.refresh != given.get("refresh_token") else {}
        )
        return {
            "access_token": tokens.access,
            **fresh,
            "signature": base64.b64encode(signed).decode(),
            "scope": " ".join(tokens.scopes),
            "instance_url": base,
            "id": identity,
            "token_type": "Bearer",
            "issued_at": issued,
        }

    def _app(self, given: Parameters, *, secret: bool = True) -> App:
        """The app, its secret checked where it has one, or where one was given. Raises OAuthError."""
        if not given.get("client_id"):
            raise missing("client_id")
        app = self._oauth.apps.get(given["client_id"])
        said = given.get("client_secret", "")
        if (said or (app.secret and secret)) and not hmac.compare_digest(said.encode(), app.secret.encode()):
            raise OAuthError("invalid_client", "invalid client credentials")
        if app.blocked:
            raise OAuthError("invalid_client", "this app is blocked by admin")
        return app

    def _active(self, user_id: str) -> User:
        user = self._oauth.org.users.user(user_id)
        if user is None or not self._oauth.is_active(user_id):
            raise OAuthError("invalid_grant", "inactive user")
        return user

    def _code(self, given: Parameters, base: str) -> tuple[User, App, Given]:
        app = self._app(given)
        if not given.get("code"):
            raise missing("code")
        code = self._oauth.sessions.take_code(given["code"])
        if code.client_id != app.client_id:
            raise OAuthError("invalid_grant", "invalid authorization code")
        if given.get("redirect_uri", "") != code.callback:
            raise OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration")
        if code.challenge:
            _check_verifier(given.get("code_verifier", ""), code.challenge)
        user = self._active(code.user_id)
        return user, app, self._oauth.sessions.open(app, user.id, code.scopes)

    def _refresh(self, given: Parameters, base: str) -> tuple[User, App, Given]:
        app = self._app(given)
        if not given.get("refresh_token"):
            raise missing("refresh_token")
        user_id, tokens = self._oauth.sessions.refreshed(app, given["refresh_token"])
        return self._active(user_id), app, tokens

    def _assertion(self, given: Parameters, base: str) -> tuple[User, App, Given]:
        text = given.get("assertion", "")
        if not text:
            raise missing("assertion")
        app = self._oauth.apps.get(assertion.issuer(text))
        username = assertion.subject(text, app, {base}, time.time())
        user = self._oauth.org.users.by_username(username)
        if user is None or not app.installed or not app.may_use(user.username):
            raise not_approved()
        user = self._active(user.id)
        return user, app, self._oauth.sessions.open(app, user.id, app.scopes, lasting=False)

    def _credentials(self, given: Parameters, base: str) -> tuple[User, App, Given]:
        app = self._app(given)
        if not app.run_as or not app.secret:
            raise OAuthError("invalid_grant", "no client credentials user enabled")
        user = self._oauth.org.users.by_username(app.run_as)
        if user is None:
            raise OAuthError("invalid_grant", "no client credentials user enabled")
        user = self._active(user.id)
        return user, app, self._oauth.sessions.open(app, user.id, granted(app, given.get("scope", "")), lasting=False)

    def _password(self, given: Parameters, base: str) -> tuple[User, App, Given]:
        app = self._app(given)
        user = self._oauth.org.users.by_username(given.get("username", ""))
        if user is None or not self._oauth.passwords.right(user.id, given.get("password", "")):
            raise OAuthError("invalid_grant", "authentication failure")
        user = self._active(user.id)
        return user, app, self._oauth.sessions.open(app, user.id, app.scopes, lasting=False)


def _check_verifier(verifier: str, challenge: str) -> None:
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    if not verifier or not hmac.compare_digest(made, challenge.rstrip("=")):
        raise OAuthError("invalid_grant", "invalid code verifier")
