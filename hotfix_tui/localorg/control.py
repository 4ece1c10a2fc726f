"""The control endpoint: what tests, drills and `local-orgs control` ask for, apart from Salesforce's API."""

from __future__ import annotations

import asyncio
import hmac
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from hotfix_tui.localorg.apex.control import ApexControl
from hotfix_tui.localorg.clock import api_datetime, parse_datetime
from hotfix_tui.localorg.faults.control import FaultControl, Refused, body_of, named
from hotfix_tui.localorg.faults.routes import Handler, Handlers
from hotfix_tui.localorg.metadata.control import MetadataControl
from hotfix_tui.localorg.oauth.control import OAuthControl
from hotfix_tui.localorg.person.control import ScriptControl
from hotfix_tui.localorg.refresh import CannotRefresh
from hotfix_tui.localorg.scenarios import ScenarioError
from hotfix_tui.localorg.scenarios.change import ChangeRefused

if TYPE_CHECKING:
    from hotfix_tui.localorg.serving import Serving


_SPAN = ("since", "until")


class Control:
    """The handlers. All answers are JSON objects; an error is `{"error": sentence}`."""

    def __init__(self, serving: Serving, token: str) -> None:
        self._serving = serving
        self._token = token

    def application(self) -> Starlette:
        """The endpoint as an ASGI application."""
        routes: Handlers = [
            ("/status", self.status, "GET"),
            ("/orgs/{alias}/requests", self.requests, "GET"),
            ("/orgs/{alias}/fired", self.fired, "GET"),
            ("/orgs/{alias}/escaped", self.escaped, "GET"),
            ("/orgs/{alias}/apply", self.apply, "POST"),
            ("/orgs/{alias}/refresh", self.refresh, "POST"),
            ("/clock", self.clock, "POST"),
            ("/shutdown", self.shutdown, "POST"),
            *FaultControl(self._serving).routes(),
            *ApexControl(self._serving).routes(),
            *ScriptControl(self._serving).routes(),
            *MetadataControl(self._serving).routes(),
            *OAuthControl(self._serving).routes(),
        ]
        return Starlette(routes=[Route(path, self._guarded(made), methods=[method]) for path, made, method in routes])

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> JSONResponse:
            given = request.headers.get("authorization", "").removeprefix("Bearer ")
            if not hmac.compare_digest(given.encode(), self._token.encode()):
                return JSONResponse({"error": "The control token is missing or wrong."}, 401)
            try:
                return await handler(request)
            except Refused as error:
                return JSONResponse({"error": str(error)}, error.status)
            except ScenarioError as error:
                return JSONResponse({"error": str(error)}, 404)
            except (ChangeRefused, CannotRefresh) as error:
                return JSONResponse({"error": str(error)}, 409)

        return guarded

    def _alias(self, request: Request) -> str:
        alias = str(request.path_params["alias"])
        named(self._serving, alias)
        return alias

    async def status(self, request: Request) -> JSONResponse:
        """Who is there, what time it is, what was applied, how much was asked."""
        return JSONResponse(self._serving.status())

    async def requests(self, request: Request) -> JSONResponse:
        """The requests an org has had, oldest first."""
        meter = self._serving.traffic[self._alias(request)].requests
        return JSONResponse({**meter.sums(), "log": list(meter.log)})

    async def fired(self, request: Request) -> JSONResponse:
        """The automations that would have fired in an org, oldest first; `bypassed` ones asked and were told not to.

        `user` (a handle, a username or an id), `since` and `until` (instants, the second not included) narrow it down.
        """
        alias, asked = self._alias(request), request.query_params
        unknown = sorted(set(asked) - {"user", "since", "until"})
        if unknown:
            raise Refused(400, f"There is no parameter {unknown[0]}; there are user, since, until.")
        try:
            start, end = (api_datetime(parse_datetime(asked[name])) if name in asked else "" for name in _SPAN)
        except ValueError as error:
            raise Refused(400, f"That is no time: {error}.") from error
        user_id = self._serving.user_id(alias, asked["user"]) if "user" in asked else ""
        if user_id is None:
            raise Refused(404, f"{alias} has no user {asked['user']}.")
        rows = await asyncio.to_thread(self._serving.fired, alias, user_id, start, end)
        return JSONResponse({"fired": rows})

    async def escaped(self, request: Request) -> JSONResponse:
        """What roll-backs in an org did not take back, oldest first: auto-numbers and events published at once."""
        alias = self._alias(request)
        rows = await asyncio.to_thread(self._serving.instance.members[alias].org.escaped.rows)
        return JSONResponse({"escaped": rows})

    async def apply(self, request: Request) -> JSONResponse:
        """Makes a prepared change in an org, over HTTP, as the user it belongs to."""
        alias, raw = self._alias(request), await body_of(request)
        done = await asyncio.to_thread(self._serving.apply, alias, str(raw.get("change", "")))
        return JSONResponse({"org": alias, "change": raw["change"], "done": done})

    async def refresh(self, request: Request) -> JSONResponse:
        """Refreshes a sandbox from production: new org id, new sessions, and what was in it is gone."""
        return JSONResponse(await asyncio.to_thread(self._serving.refresh, self._alias(request)))

    async def clock(self, request: Request) -> JSONResponse:
        """Sets the one clock (`now`) or moves it on (`advance`, seconds)."""
        raw, clock = await body_of(request), self._serving.instance.clock
        try:
            if "now" in raw:
                clock.set(parse_datetime(str(raw["now"])))
            elif "advance" in raw:
                clock.advance(float(raw["advance"]))
            else:
                raise Refused(400, "Say `now` (an instant) or `advance` (seconds).")
        except (ValueError, TypeError, OverflowError) as error:
            raise Refused(400, f"That is no time: {error}.") from error
        self._serving.instance.save()
        return JSONResponse({"now": api_datetime(clock.now())})

    async def shutdown(self, request: Request) -> JSONResponse:
        """Stops the process when this answer is out."""
        self._serving.stop()
        return JSONResponse({"stopping": True})
