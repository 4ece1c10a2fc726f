"""The part of the control endpoint that belongs to OAuth: apps, passwords, the end of sessions."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from hotfix_tui.localorg.faults.control import Refused, body_of, named
from hotfix_tui.localorg.oauth.apps import App, app_from

if TYPE_CHECKING:
    from hotfix_tui.localorg.faults.routes import Handlers
    from hotfix_tui.localorg.oauth.service import OAuth
    from hotfix_tui.localorg.serving import Serving


class OAuthControl:
    """The handlers. All answers are JSON objects; none says a secret or a password."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    def routes(self) -> Handlers:
        """Path, handler and method of each."""
        return [
            ("/orgs/{alias}/apps", self.apps, "GET"),
            ("/orgs/{alias}/apps", self.put_app, "POST"),
            ("/orgs/{alias}/password", self.password, "POST"),
            ("/orgs/{alias}/sessions", self.end_sessions, "DELETE"),
            ("/orgs/{alias}/dev-hub", self.dev_hub, "POST"),
        ]

    def _oauth(self, request: Request) -> OAuth:
        return named(self._serving, request.path_params["alias"]).oauth

    async def apps(self, request: Request) -> JSONResponse:
        """The apps of an org, without their secrets."""
        found = await asyncio.to_thread(self._oauth(request).apps.all)
        return JSONResponse({"apps": [_shown(app) for app in found]})

    async def put_app(self, request: Request) -> JSONResponse:
        """Adds an app, or replaces the one with its consumer key."""
        try:
            app = app_from(await body_of(request))
        except ValueError as error:
            raise Refused(400, f"{error}.") from error
        await asyncio.to_thread(self._oauth(request).apps.put, app)
        return JSONResponse({"app": _shown(app)})

    async def password(self, request: Request) -> JSONResponse:
        """Gives `user` (a handle, a username or an id) a `password` and, as it may be, a `security_token`."""
        raw, alias = await body_of(request), str(request.path_params["alias"])
        oauth = self._oauth(request)
        user = self._serving.user_id(alias, str(raw.get("user", "")))
        if user is None:
            raise Refused(404, f"{alias} has no user {raw.get('user')}.")
        if not isinstance(raw.get("password"), str) or not isinstance(raw.get("security_token", ""), str):
            raise Refused(400, "`password` and `security_token` are texts.")
        await asyncio.to_thread(oauth.passwords.put, user, raw["password"], raw.get("security_token", ""))
        return JSONResponse({"user": user})

    async def end_sessions(self, request: Request) -> JSONResponse:
        """Ends the access tokens that OAuth gave out; with `refresh=true` their refresh tokens too."""
        refresh_too = request.query_params.get("refresh") == "true"
        ended = await asyncio.to_thread(lambda: self._oauth(request).sessions.end(refresh_too=refresh_too))
        return JSONResponse({"ended": ended})

    async def dev_hub(self, request: Request) -> JSONResponse:
        """Makes an org a Dev Hub, or with `on` false one no longer."""
        raw, org = await body_of(request), named(self._serving, request.path_params["alias"])
        try:
            await asyncio.to_thread(org.be_dev_hub, raw.get("on", True) is True)
        except ValueError as error:
            raise Refused(400, f"{error}.") from error
        return JSONResponse({"dev_hub": raw.get("on", True) is True})


def _shown(app: App) -> dict[str, Any]:
    return {**asdict(app), "secret": bool(app.secret)}
