"""The control endpoint: what tests, drills and `local-orgs control` ask for, apart from Salesforce's API."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from hotfix_tui.localorg.clock import api_datetime, parse_datetime
from hotfix_tui.localorg.scenarios import ScenarioError
from hotfix_tui.localorg.scenarios.change import ChangeRefused
from hotfix_tui.localorg.traffic import as_dict, fault_from

if TYPE_CHECKING:
    from hotfix_tui.localorg.serving import Serving

Handler = Callable[[Request], Awaitable[JSONResponse]]


class Refused(Exception):
    """A control request that cannot be done, with the HTTP status that says so."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Control:
    """The handlers. All answers are JSON objects; an error is `{"error": sentence}`."""

    def __init__(self, serving: Serving, token: str) -> None:
        self._serving = serving
        self._token = token

    def application(self) -> Starlette:
        """The endpoint as an ASGI application."""
        routes = [
            ("/status", self.status, "GET"),
            ("/orgs/{alias}/requests", self.requests, "GET"),
            ("/orgs/{alias}/fired", self.fired, "GET"),
            ("/orgs/{alias}/escaped", self.escaped, "GET"),
            ("/orgs/{alias}/apply", self.apply, "POST"),
            ("/clock", self.clock, "POST"),
            ("/faults", self.list_faults, "GET"),
            ("/faults", self.add_faults, "POST"),
            ("/faults", self.clear_faults, "DELETE"),
            ("/pace", self.pace, "POST"),
            ("/shutdown", self.shutdown, "POST"),
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
            except ChangeRefused as error:
                return JSONResponse({"error": str(error)}, 409)

        return guarded

    def _alias(self, request: Request) -> str:
        alias = str(request.path_params["alias"])
        known = self._serving.instance.members
        if alias not in known:
            raise Refused(404, f"There is no org {alias}. There are {', '.join(known)}.")
        return alias

    async def status(self, request: Request) -> JSONResponse:
        """Who is there, what time it is, what was applied, how much was asked."""
        return JSONResponse(self._serving.status())

    async def requests(self, request: Request) -> JSONResponse:
        """The requests an org has had, oldest first."""
        meter = self._serving.traffic[self._alias(request)].requests
        return JSONResponse({**meter.sums(), "log": list(meter.log)})

    async def fired(self, request: Request) -> JSONResponse:
        """The automations that would have fired in an org, oldest first; `bypassed` ones asked and were told not to."""
        alias = self._alias(request)
        rows = await asyncio.to_thread(self._serving.fired, alias)
        return JSONResponse({"fired": rows})

    async def escaped(self, request: Request) -> JSONResponse:
        """What roll-backs in an org did not take back, oldest first: auto-numbers and events published at once."""
        alias = self._alias(request)
        rows = await asyncio.to_thread(self._serving.instance.members[alias].org.escaped.rows)
        return JSONResponse({"escaped": rows})

    async def apply(self, request: Request) -> JSONResponse:
        """Makes a prepared change in an org, over HTTP, as the user it belongs to."""
        alias, raw = self._alias(request), await _json(request)
        done = await asyncio.to_thread(self._serving.apply, alias, str(raw.get("change", "")))
        return JSONResponse({"org": alias, "change": raw["change"], "done": done})

    async def clock(self, request: Request) -> JSONResponse:
        """Sets the one clock (`now`) or moves it on (`advance`, seconds)."""
        raw, clock = await _json(request), self._serving.instance.clock
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

    async def list_faults(self, request: Request) -> JSONResponse:
        """The faults that still wait for a request."""
        return JSONResponse({"faults": [as_dict(fault) for fault in self._serving.faults]})

    async def add_faults(self, request: Request) -> JSONResponse:
        """Adds faults: one object, or a list under `faults`. None is added when one of them is wrong."""
        raw = await _json(request)
        items = raw["faults"] if isinstance(raw.get("faults"), list) else [raw]
        try:
            made = [fault_from(item) for item in items]
        except (ValueError, TypeError) as error:
            raise Refused(400, str(error)) from error
        for fault in made:
            if fault.org not in self._serving.instance.members:
                raise Refused(404, f"There is no org {fault.org}.")
        self._serving.faults.extend(made)
        return await self.list_faults(request)

    async def clear_faults(self, request: Request) -> JSONResponse:
        """Forgets the faults that still wait."""
        self._serving.faults.clear()
        return JSONResponse({"faults": []})

    async def pace(self, request: Request) -> JSONResponse:
        """How many seconds a deployment takes for each component."""
        raw = await _json(request)
        seconds = raw.get("seconds")
        if not isinstance(seconds, (int, float)) or isinstance(seconds, bool) or not 0 <= seconds <= 60:
            raise Refused(400, "`seconds` is a number from 0 to 60.")
        self._serving.set_pace(float(seconds))
        return JSONResponse({"seconds": seconds})

    async def shutdown(self, request: Request) -> JSONResponse:
        """Stops the process when this answer is out."""
        self._serving.stop()
        return JSONResponse({"stopping": True})


async def _json(request: Request) -> dict[str, Any]:
    try:
        raw = json.loads(await request.body() or b"{}")
    except ValueError as error:
        raise Refused(400, f"The body is not JSON: {error}.") from error
    if not isinstance(raw, dict):
        raise Refused(400, "The body must be a JSON object.")
    return raw
