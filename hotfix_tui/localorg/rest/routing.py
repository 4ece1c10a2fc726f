"""Resources of the REST API: how a request finds its handler, from the wire and from inside a composite call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from hotfix_tui.localorg.errors import ApiError, not_found
from hotfix_tui.localorg.rest.bodies import Answer, known_parameters
from hotfix_tui.localorg.rest.identity import FIRST, NEWEST, OLDEST

Handler = Callable[[Request, bytes], Response]


class Resource(Route):
    """A path and a method with the handler behind them; `known` are the query parameters it takes, None for any."""

    def __init__(self, path: str, method: str, handler: Handler, known: frozenset[str] | None) -> None:
        self.handler = handler
        self.known = known
        super().__init__(path, self._endpoint(), methods=[method])

    def answer(self, request: Request, body: bytes) -> Response:
        """Answers in the calling thread. Raises ApiError."""
        _check_version(request.path_params.get("version"))
        if self.known is not None:
            known_parameters(request, self.known)
        return self.handler(request, body)

    def _endpoint(self) -> Callable[[Request], Awaitable[Response]]:
        """Reads the body on the loop, then works in a thread: SQLite and parsing block."""

        async def endpoint(request: Request) -> Response:
            return await run_in_threadpool(partial(self.answer, request, await request.body()))

        return endpoint


class Inner:
    """The same resources for the subrequests of one call, in its own thread: so they share its transaction."""

    def __init__(self) -> None:
        self.resources: list[Resource] = []

    def answer(self, request: Request, body: bytes) -> Response:
        """What the org answers a request that comes from inside; a refusal is an answer too."""
        try:
            return self._answer(request, body)
        except ApiError as problem:
            return refusal(problem)

    def _answer(self, request: Request, body: bytes) -> Response:
        allowed: set[str] = set()
        for resource in self.resources:
            match, found = resource.matches(request.scope)
            if match is Match.FULL:
                request.scope.update(found)
                return resource.answer(request, body)
            if match is Match.PARTIAL:
                allowed |= (resource.methods or set()) - {"HEAD"}
        if not allowed:
            raise not_found()
        raise not_allowed(request.method, allowed)


def not_allowed(method: str, allowed: set[str]) -> ApiError:
    """405 with what the path takes."""
    text = f"HTTP Method '{method}' not allowed. Allowed are {','.join(sorted(allowed))}"
    return ApiError("METHOD_NOT_ALLOWED", text, 405)


def refusal(problem: ApiError) -> Response:
    """The answer that an error becomes."""
    return Answer(problem.body(), problem.status)


def _check_version(version: str | None) -> None:
    """Refuses versions that are retired (20 to 30: 410) and those that never were (404)."""
    if version is None:
        return
    number, _, minor = version.partition(".")
    if not number.isdigit() or minor not in ("0", "") or not FIRST <= int(number) <= NEWEST:
        raise not_found()
    if int(number) < OLDEST:
        text = f"The API version {number}.0 is retired. Use {OLDEST}.0 or a later one."
        raise ApiError("GONE", text, 410)
