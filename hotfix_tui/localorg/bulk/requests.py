"""From an HTTP request to a handler, for the resources of Bulk API 2.0."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hotfix_tui.localorg.bulk.job import JobRefused
from hotfix_tui.localorg.errors import ApiError, not_found
from hotfix_tui.localorg.rest.bodies import json_body, known_parameters
from hotfix_tui.localorg.rest.identity import NEWEST

Handler = Callable[[Request, bytes], Response]
AsyncHandler = Callable[[Request], Awaitable[Response]]
_MAX_JSON = 1 << 20


def route(path: str, method: str, handler: Handler, *, oldest: int, known: frozenset[str] = frozenset()) -> Route:
    """A route whose body is JSON; `oldest` is the first API version that has it."""

    async def endpoint(request: Request) -> Response:
        check(request, oldest, known)
        body = await request.body()
        if len(body) > _MAX_JSON:
            raise ApiError("EXCEEDED_MAX_SIZE_REQUEST", "Maximum request size exceeded", 413)
        return await run_in_threadpool(partial(_answered, handler, request, body))

    return Route(path, endpoint, methods=[method])


def streaming(path: str, method: str, handler: AsyncHandler, *, oldest: int) -> Route:
    """A route that reads its body itself."""

    async def endpoint(request: Request) -> Response:
        check(request, oldest, frozenset())
        try:
            return await handler(request)
        except JobRefused as problem:
            raise problem.rest() from None

    return Route(path, endpoint, methods=[method])


def _answered(handler: Handler, request: Request, body: bytes) -> Response:
    try:
        return handler(request, body)
    except JobRefused as problem:
        raise problem.rest() from None


def check(request: Request, oldest: int, known: frozenset[str]) -> None:
    """Raises ApiError for a version that does not have the resource and for parameters it does not know."""
    number, _, minor = str(request.path_params["version"]).partition(".")
    if not number.isdecimal() or not oldest <= int(number) <= NEWEST or minor not in ("0", ""):
        raise not_found()
    known_parameters(request, known)


def version_of(request: Request) -> str:
    """The API version of a request: "67.0"."""
    return f"{str(request.path_params['version']).partition('.')[0]}.0"


def fields_in(body: bytes, known: frozenset[str]) -> dict[str, Any]:
    """The fields of a JSON body, null ones left out. Raises ApiError for one that is not known or not a text."""
    content = json_body(body)
    for name, value in content.items():
        if name not in known:
            raise ApiError("JSON_PARSER_ERROR", f'Unrecognized field "{name}"')
        if value is not None and not isinstance(value, str):
            raise ApiError("API_ERROR", f"Invalid value: '{value}' supplied for property: '{name}'")
    return {name: value for name, value in content.items() if value is not None}


def one_of(fields: dict[str, Any], name: str, allowed: tuple[str, ...], default: str = "") -> str:
    """A field with few values. Raises ApiError."""
    value = str(fields.get(name, default))
    if value not in allowed:
        raise ApiError("API_ERROR", f"Invalid value: '{value}' supplied for property: '{name}'")
    return value


def parameter(request: Request, name: str) -> str | None:
    """A query parameter by its name in any case."""
    return next((value for key, value in request.query_params.items() if key.lower() == name.lower()), None)
