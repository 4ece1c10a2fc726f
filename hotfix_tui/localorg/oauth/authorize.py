"""GET and POST /services/oauth2/authorize: the page where a user lets an app in (web server flow, with PKCE).

Users of a local org have no passwords to type: the page asks which of them is at the browser.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from starlette.responses import HTMLResponse, RedirectResponse, Response

from hotfix_tui.localorg.oauth.apps import App, granted, unknown_scopes
from hotfix_tui.localorg.oauth.errors import OAuthError, missing
from hotfix_tui.localorg.oauth.sessions import Code

if TYPE_CHECKING:
    from hotfix_tui.localorg.oauth.service import OAuth

Parameters = dict[str, str]
# What is asked for is kept in the form from the page to the answer.
_KEPT = ("response_type", "client_id", "redirect_uri", "state", "scope", "code_challenge", "code_challenge_method")
_GENERIC = "An unexpected error has occurred during authentication. Please try again."
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Allow Access? | {org}</title></head>
<body><h1>Allow Access?</h1><p>{app} is asking to access {org}: {scopes}.</p>
<form method="post" action="/services/oauth2/authorize">
{hidden}<label>User <select name="username">{users}</select></label>
<button name="decision" value="allow">Allow</button> <button name="decision" value="deny">Deny</button></form>
</body></html>"""
_WRONG = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>OAuth Error</title></head>
<body><h1>OAuth Error</h1><p>We can't authorize you because of an OAuth error.</p><p>{words}</p></body></html>"""


class Authorize:
    """The page and what its buttons do."""

    def __init__(self, oauth: OAuth) -> None:
        self._oauth = oauth

    def page(self, given: Parameters) -> Response:
        """The page, or an error: on a page while it is not known where to send it, else to the callback."""
        try:
            app = self._app(given)
        except OAuthError as error:
            return _error_page(error)
        try:
            self._check(app, given)
        except OAuthError as error:
            return _back(given, error.body())
        return HTMLResponse(self._page(app, given))

    def decided(self, given: Parameters) -> Response:
        """What the user decided, sent to the callback: a code, or that access was denied."""
        try:
            app = self._app(given)
        except OAuthError as error:
            return _error_page(error)
        try:
            self._check(app, given)
            return _back(given, {"code": self._code(app, given)})
        except OAuthError as error:
            return _back(given, error.body())

    def _app(self, given: Parameters) -> App:
        if not given.get("client_id"):
            raise missing("client_id")
        app = self._oauth.apps.get(given["client_id"])
        if given.get("redirect_uri", "") not in app.callbacks:
            raise OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration")
        return app

    def _check(self, app: App, given: Parameters) -> None:
        if given.get("response_type") != "code":
            raise OAuthError("unsupported_response_type", "response type not supported")
        if app.blocked:
            raise OAuthError("OAUTH_APP_BLOCKED", "this app is blocked by admin")
        if not app.installed:
            raise OAuthError("OAUTH_APPROVAL_ERROR_GENERIC", _GENERIC)
        challenge = given.get("code_challenge", "")
        if app.pkce and not challenge:
            raise OAuthError("invalid_request", "missing required code challenge")
        if challenge and given.get("code_challenge_method", "S256") != "S256":
            raise OAuthError("invalid_request", "invalid code challenge method")
        if wrong := unknown_scopes(app, given.get("scope", "")):
            raise OAuthError("invalid_scope", f"the requested scope is not allowed: {wrong[0]}")

    def _code(self, app: App, given: Parameters) -> str:
        if given.get("decision") != "allow":
            raise OAuthError("access_denied", "end-user denied authorization")
        user = self._oauth.user(given.get("username", ""))
        if app.approved is not None and not app.may_use(user.username):
            raise OAuthError("OAUTH_APP_ACCESS_DENIED", "user is not admin approved to access this app")
        scopes = granted(app, given.get("scope", ""))
        code = Code(app.client_id, user.id, given["redirect_uri"], scopes, given.get("code_challenge", ""))
        return self._oauth.sessions.make_code(code)

    def _page(self, app: App, given: Parameters) -> str:
        names = self._oauth.usernames()
        hint = given.get("login_hint", "")
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{escape(given[name])}">\n' for name in _KEPT if name in given
        )
        options = "".join(
            f"<option{' selected' if name.lower() == hint.lower() else ''}>{escape(name)}</option>" for name in names
        )
        return _PAGE.format(
            org=escape(self._oauth.org.name),
            app=escape(app.label or app.client_id),
            scopes=escape(" ".join(granted(app, given.get("scope", "")))),
            hidden=hidden,
            users=options,
        )


def _back(given: Parameters, values: dict[str, str]) -> Response:
    """A redirect to the callback, the state given back."""
    if "state" in given:
        values = {**values, "state": given["state"]}
    callback = given["redirect_uri"]
    sign = "&" if urlsplit(callback).query else "?"
    return RedirectResponse(f"{callback}{sign}{urlencode(values)}", status_code=302)


def _error_page(error: OAuthError) -> Response:
    words = f"error={error.code}&error_description={error.description}"
    return HTMLResponse(_WRONG.format(words=escape(words)), status_code=400)
