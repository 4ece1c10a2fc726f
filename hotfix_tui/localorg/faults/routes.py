"""How rooms give their handlers to the control endpoint."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse

Handler = Callable[[Request], Awaitable[JSONResponse]]
Handlers = list[tuple[str, Handler, str]]
