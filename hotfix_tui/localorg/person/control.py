"""The part of the control endpoint that takes scripts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse

from hotfix_tui.localorg.faults.control import Refused, body_of
from hotfix_tui.localorg.faults.routes import Handlers
from hotfix_tui.localorg.person.script import ScriptError, steps_from

if TYPE_CHECKING:
    from hotfix_tui.localorg.serving import Serving


class ScriptControl:
    """The handlers. All answers are `{"script": steps that wait, "done": what was done}`."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    def routes(self) -> Handlers:
        """Path, handler and method of each."""
        return [("/script", self.show, "GET"), ("/script", self.give, "POST"), ("/script", self.clear, "DELETE")]

    async def show(self, request: Request) -> JSONResponse:
        """What waits and what was done."""
        director = self._serving.director
        return JSONResponse({"script": [step.shown() for step in director.waiting()], "done": list(director.log)})

    async def give(self, request: Request) -> JSONResponse:
        """Adds steps: one object, or a list under `steps`. None is added when one of them is wrong."""
        try:
            steps = steps_from(await body_of(request), self._serving.instance.clock)
            await asyncio.to_thread(self._serving.director.give, steps)
        except ScriptError as error:
            raise Refused(400, str(error)) from error
        return await self.show(request)

    async def clear(self, request: Request) -> JSONResponse:
        """Forgets both."""
        self._serving.director.clear()
        return await self.show(request)
