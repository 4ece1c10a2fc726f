"""All of an org's HTTP: its own REST API, and the routes of the metadata and tooling rooms."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route

from hotfix_tui.localorg.composite.routes import handlers as composite_handlers
from hotfix_tui.localorg.errors import ApiError, not_found
from hotfix_tui.localorg.faults.gate import Gate
from hotfix_tui.localorg.rest.bodies import Answer, flag, page_size
from hotfix_tui.localorg.rest.changes import Changes
from hotfix_tui.localorg.rest.collections import Collections
from hotfix_tui.localorg.rest.edge import Edge
from hotfix_tui.localorg.rest.identity import identity, resources, userinfo, versions
from hotfix_tui.localorg.rest.limits import limits
from hotfix_tui.localorg.rest.packing import Packing
from hotfix_tui.localorg.rest.routing import Handler, Inner, Resource, refusal
from hotfix_tui.localorg.rest.search import Searches
from hotfix_tui.localorg.rest.sobjects import SObjects

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_ROOMS = (
    "hotfix_tui.localorg.metadata.soap",
    "hotfix_tui.localorg.metadata.rest",
    "hotfix_tui.localorg.tooling",
    "hotfix_tui.localorg.apex.streaming",
    "hotfix_tui.localorg.bulk",
    "hotfix_tui.localorg.soap",
    "hotfix_tui.localorg.oauth.routes",
)
_QUERY, _SPAN = frozenset({"q", "columns"}), frozenset({"start", "end"})
_PARAMETERS = {
    ("GET", "/query"): _QUERY,
    ("GET", "/queryall"): _QUERY,
    ("GET", "/search"): frozenset({"q"}),
    ("GET", "/limits/recordcount"): frozenset({"sobjects"}),
    ("GET", "/sobjects/{object}/updated"): _SPAN,
    ("GET", "/sobjects/{object}/deleted"): _SPAN,
    ("GET", "/sobjects/{object}/{id}"): frozenset({"fields"}),
    ("GET", "/sobjects/{object}/{key}/{value:path}"): frozenset({"fields"}),
    ("PATCH", "/sobjects/{object}/{key}/{value:path}"): frozenset({"updateonly"}),
    ("DELETE", "/composite/sobjects"): frozenset({"ids", "allornone"}),
    ("GET", "/composite/sobjects/{object}"): frozenset({"ids", "fields"}),
}
_VERSION = re.compile(r"/services/data/v([^/]+)", re.IGNORECASE)
_log = logging.getLogger(__name__)


def build_app(org: LocalOrg) -> Starlette:
    """The ASGI application of one org."""
    routes = [*_routes(org), *_other_rooms(org)]
    for route in routes:
        if isinstance(route, Route):
            route.path_regex = re.compile(route.path_regex.pattern, re.IGNORECASE)
    application = Starlette(
        routes=[*routes, _NotAllowed("/{rest:path}", routes)],
        middleware=[Middleware(Packing), Middleware(Edge, org=org), Middleware(Gate, org=org)],
        exception_handlers={ApiError: _refused, HTTPException: _http, Exception: _broken},
    )
    application.router.redirect_slashes = False
    return application


def _other_rooms(org: LocalOrg) -> list[BaseRoute]:
    found: list[BaseRoute] = []
    for name in _ROOMS:
        found.extend(import_module(name).routes(org))
    return found


def _routes(org: LocalOrg) -> list[BaseRoute]:
    objects, collections, queries, changes = SObjects(org), Collections(org), _Queries(org), Changes(org)
    inner, searches = Inner(), Searches(org)
    data = "/services/data/v{version}"
    table: dict[str, dict[str, Handler]] = {
        "/services/data": {"GET": lambda r, b: Answer(versions(org.conditions.newest_version))},
        data: {"GET": lambda r, b: Answer(resources(org, r))},
        "/services/oauth2/userinfo": dict.fromkeys(("GET", "POST"), lambda r, b: Answer(userinfo(org, r))),
        "/id/{org_id}/{user_id}": dict.fromkeys(("GET", "POST"), lambda r, b: Answer(identity(org, r))),
        f"{data}/limits": {"GET": lambda r, b: Answer(limits(org))},
        f"{data}/limits/recordcount": {"GET": queries.counts},
        f"{data}/query": {"GET": queries.query},
        f"{data}/queryall": {"GET": queries.query_all},
        f"{data}/query/{{locator}}": {"GET": queries.more},
        f"{data}/queryall/{{locator}}": {"GET": queries.more},
        f"{data}/search": {"GET": searches.search},
        f"{data}/parameterizedsearch": {"GET": searches.by_parameters},
        f"{data}/sobjects": {"GET": objects.listing},
        f"{data}/sobjects/{{object}}": {"GET": objects.basic, "POST": objects.create},
        f"{data}/sobjects/{{object}}/describe": {"GET": objects.describe},
        f"{data}/sobjects/{{object}}/updated": {"GET": changes.updated},
        f"{data}/sobjects/{{object}}/deleted": {"GET": changes.deleted},
        f"{data}/sobjects/{{object}}/{{id}}": {
            "GET": objects.read,
            "PATCH": objects.update,
            "DELETE": objects.remove,
        },
        f"{data}/sobjects/{{object}}/{{key}}/{{value:path}}": {
            "GET": objects.read_by_key,
            "PATCH": objects.upsert,
            "DELETE": objects.remove_by_key,
        },
        f"{data}/composite/sobjects": {
            "POST": collections.create,
            "PATCH": collections.update,
            "DELETE": collections.remove,
        },
        f"{data}/composite/sobjects/{{object}}": {"GET": collections.read, "POST": collections.read},
        f"{data}/composite/sobjects/{{object}}/{{key}}": {"PATCH": collections.upsert},
        **composite_handlers(org, inner, data),
    }
    found = [
        Resource(path, method, handler, _parameters(path, method))
        for path, handlers in table.items()
        for method, handler in handlers.items()
    ]
    inner.resources.extend(found)
    return list(found)


def _parameters(path: str, method: str) -> frozenset[str] | None:
    """The query parameters a resource takes, lower case; None where they are not looked at here."""
    resource = path.removeprefix("/services/data/v{version}")
    if resource in (path, "/parameterizedsearch"):
        return None
    return _PARAMETERS.get((method, resource), frozenset())


class _Queries:
    def __init__(self, org: LocalOrg) -> None:
        self.org = org

    def query(self, request: Request, body: bytes) -> Response:
        """GET /query?q=; `columns=true` answers the columns, `explain` is not offered."""
        return self._run(request, all_rows=False)

    def query_all(self, request: Request, body: bytes) -> Response:
        """GET /queryAll?q=: deleted records too."""
        return self._run(request, all_rows=True)

    def _run(self, request: Request, *, all_rows: bool) -> Response:
        soql = request.query_params.get("q")
        if soql is None:
            raise ApiError("MALFORMED_QUERY", "The q parameter is required")
        if flag(request, "columns"):
            return Answer(self.org.queries.columns(soql))
        found = self.org.queries.run(
            soql, version=request.path_params["version"], all_rows=all_rows, page=page_size(request)
        )
        return Answer(found)

    def more(self, request: Request, body: bytes) -> Response:
        """GET a nextRecordsUrl."""
        return Answer(self.org.queries.more(request.path_params["locator"], page_size(request)))

    def counts(self, request: Request, body: bytes) -> Response:
        """GET /limits/recordCount?sObjects=A,B: live rows, objects without rows left out."""
        given = next((text for name, text in request.query_params.items() if name.lower() == "sobjects"), "")
        wanted = [name.strip() for name in given.split(",") if name.strip()]
        out: list[dict[str, Any]] = []
        for each in self.org.schema:
            if each.api == "tooling" or (wanted and each.name.lower() not in {name.lower() for name in wanted}):
                continue
            live = ' WHERE "IsDeleted" = 0' if each.field("IsDeleted") else ""
            count = int(self.org.store.value(f'SELECT COUNT(*) FROM "{each.name}"{live}'))  # noqa: S608
            if count:
                out.append({"count": count, "name": each.name})
        return Answer({"sObjects": sorted(out, key=lambda entry: entry["name"])})


class _NotAllowed(Route):
    """What no route takes: 405 with what is allowed where the path is known, 404 elsewhere."""

    def __init__(self, path: str, routes: Iterable[BaseRoute]) -> None:
        known = [route for route in routes if isinstance(route, Route)]

        async def answer(request: Request) -> Response:
            allowed: set[str] = set()
            for route in known:
                if route.matches(request.scope)[0] is not Match.NONE:
                    allowed |= (route.methods or set()) - {"HEAD"}
            if not allowed:
                raise not_found()
            names = ",".join(sorted(allowed))
            text = f"HTTP Method '{request.method}' not allowed. Allowed are {names}"
            return Answer(ApiError("METHOD_NOT_ALLOWED", text).body(), 405, {"Allow": names})

        super().__init__(path, answer, methods=None)
        self.methods = None


async def _refused(request: Request, error: Exception) -> Response:
    return refusal(error if isinstance(error, ApiError) else not_found())


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    if status == 405:
        text = f"HTTP Method '{request.method}' not allowed."
        return Answer(ApiError("METHOD_NOT_ALLOWED", text).body(), 405)
    problem = not_found()
    return Answer(problem.body(), problem.status)


async def _broken(request: Request, error: Exception) -> Response:
    _log.error("a request broke the org: %s %s", request.method, request.url.path, exc_info=error)
    text = f"An unexpected error occurred: {type(error).__name__}"
    return Answer(ApiError("UNKNOWN_EXCEPTION", text, 500).body(), 500)
