"""The Tooling API over REST: query, describe, records of setup objects, and the few that can be changed by it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hotfix_tui.localorg.errors import ApiError, not_found
from hotfix_tui.localorg.rest.bodies import flag, json_body, known_parameters, page_size
from hotfix_tui.localorg.store import to_18
from hotfix_tui.localorg.tooling import updates

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg
    from hotfix_tui.localorg.schema import SObject

_ONE_ROW = re.compile(r"\b(?:Metadata|FullName)\b", re.IGNORECASE)
_ONE_ROW_PROBLEM = (
    "When retrieving results with Metadata or FullName fields, the query qualifications must specify no more than "
    "one row for retrieval. Result size: {count}"
)
# By the first part of the path and how many parts there are.
_PARAMETERS = {("query", 1): frozenset({"q", "columns"}), ("sobjects", 3): frozenset({"fields"})}
_SELECTED = re.compile(r"\bSELECT\b(.*?)\bFROM\b", re.IGNORECASE | re.DOTALL)


def routes(org: LocalOrg) -> list[Route]:
    """Everything under `/services/data/vNN.N/tooling/`; the rows that queries need are made here."""
    service = ToolingService(org)
    org.components.setup_rows.begin()
    methods = ["GET", "POST", "PATCH", "DELETE"]
    return [Route("/services/data/v{version}/tooling/{rest:path}", service.endpoint, methods=methods)]


class ToolingService:
    """Answers Tooling requests; what the org refuses is an ApiError in Salesforce's words."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org

    async def endpoint(self, request: Request) -> Response:
        """One request."""
        content = await request.body()
        user = getattr(request.state, "user", None)
        user_id = str(getattr(user, "id", user or ""))
        return await run_in_threadpool(self._answer, request, content, user_id)

    def _answer(self, request: Request, content: bytes, user_id: str) -> Response:
        segments = [part for part in request.path_params["rest"].split("/") if part]
        try:
            return self._dispatch(request, segments, content, user_id)
        except ApiError as problem:
            return JSONResponse(problem.body(), status_code=problem.status)

    def _dispatch(self, request: Request, segments: Sequence[str], content: bytes, user_id: str) -> Response:
        head = segments[0].lower() if segments else ""
        known_parameters(request, _PARAMETERS.get((head, len(segments)), frozenset()))
        version = request.path_params["version"]
        if head == "query" and request.method == "GET":
            return self._query(request, segments[1:], version)
        if head != "sobjects" or len(segments) > 3:
            raise not_found()
        if len(segments) == 1:
            return JSONResponse(self._global())
        found = self._object(segments[1])
        if len(segments) == 2:
            return JSONResponse({"objectDescribe": _brief(self._org.schema.describe(found.name)), "recentItems": []})
        if segments[2].lower() == "describe":
            return JSONResponse(self._org.schema.describe(found.name))
        return self._record(request, found, segments[2], content, user_id)

    def _object(self, name: str) -> SObject:
        found = self._org.schema.object(name)
        if found is None or found.api == "data":
            raise not_found()
        return found

    def _global(self) -> dict[str, Any]:
        described = [_brief(self._org.schema.describe(found.name)) for found in self._org.schema if found.api != "data"]
        return {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": described}

    def _query(self, request: Request, rest: Sequence[str], version: str) -> Response:
        if rest:
            return JSONResponse(self._org.queries.more(rest[0], page_size(request)))
        soql = request.query_params.get("q", "")
        if flag(request, "columns"):
            return JSONResponse(self._org.queries.columns(soql, tooling=True))
        answer = self._org.queries.run(soql, version=version, tooling=True, page=page_size(request))
        _check_one_row(soql, answer)
        return JSONResponse(answer)

    def _record(self, request: Request, found: SObject, record_id: str, content: bytes, user_id: str) -> Response:
        full_id = to_18(record_id) or record_id
        known = self._org.store.get(found.name, full_id)
        if known is None:
            raise ApiError(
                "NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {record_id}", 404
            )
        if request.method == "GET":
            return JSONResponse(self._read(found, full_id, request))
        if request.method == "PATCH":
            updates.update(self._org, found.name, full_id, json_body(content), user_id)
            return Response(status_code=204)
        if request.method == "DELETE":
            updates.delete(self._org, found.name, full_id)
            return Response(status_code=204)
        raise ApiError(
            "METHOD_NOT_ALLOWED", f"HTTP Method '{request.method}' not allowed. Allowed are GET,PATCH,DELETE", 405
        )

    def _read(self, found: SObject, record_id: str, request: Request) -> dict[str, Any]:
        wanted = request.query_params.get("fields")
        names = wanted.split(",") if wanted else [each.name for each in found.fields.values()]
        soql = f"SELECT {', '.join(names)} FROM {found.name} WHERE Id = '{record_id}'"  # noqa: S608
        records = self._org.queries.run(soql, version=request.path_params["version"], tooling=True)["records"]
        if not records:
            raise not_found()
        record: dict[str, Any] = records[0]
        return record


def _check_one_row(soql: str, answer: dict[str, Any]) -> None:
    """Metadata and FullName are only given for one row a query."""
    selected = _SELECTED.search(soql)
    if selected and _ONE_ROW.search(selected.group(1)) and answer["totalSize"] > 1:
        raise ApiError("MALFORMED_QUERY", _ONE_ROW_PROBLEM.format(count=answer["totalSize"]))


def _brief(described: dict[str, Any]) -> dict[str, Any]:
    """An object's describe without what describeGlobal leaves out."""
    left_out = {"fields", "childRelationships", "recordTypeInfos", "namedLayoutInfos", "actionOverrides"}
    return {key: value for key, value in described.items() if key not in left_out}
