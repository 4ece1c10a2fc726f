"""POST /composite/batch: up to 25 requests that know nothing of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from hotfix_tui.localorg.composite.composite import flags
from hotfix_tui.localorg.composite.subrequest import METHODS, Result, Subrequest, perform
from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.rest.bodies import Answer, json_body
from hotfix_tui.localorg.rest.routing import Inner

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

MAX_SUBREQUESTS = 25
_FIELDS = frozenset({"method", "url", "richInput"})
_HALTED = {
    "statusCode": 412,
    "result": [{"errorCode": "BATCH_PROCESSING_HALTED", "message": "Batch processing halted per request"}],
}


class Batch:
    """The handler. Each subrequest commits for itself, and counts as a request of its own."""

    def __init__(self, org: LocalOrg, inner: Inner) -> None:
        self._org = org
        self._inner = inner

    def run(self, request: Request, body: bytes) -> Response:
        """The call; `haltOnError` leaves out what comes after a failure."""
        raw = json_body(body)
        halt = flags(raw, {"batchRequests"}, ("haltOnError",))["haltOnError"]
        listed = raw.get("batchRequests")
        if not isinstance(listed, list) or not listed:
            raise ApiError("JSON_PARSER_ERROR", "The batchRequests property must be an array of subrequests")
        if len(listed) > MAX_SUBREQUESTS:
            text = f"Limit of {MAX_SUBREQUESTS} reached for number of subrequests in Batch Api"
            raise ApiError("LIMIT_EXCEEDED", text)
        results: list[dict[str, Any]] = []
        failed = False
        for subrequest in [_read(each) for each in listed]:
            if failed and halt:
                results.append(_HALTED)
                continue
            found = self._one(request, subrequest)
            failed = failed or found.status >= 400
            results.append({"statusCode": found.status, "result": found.body})
        return Answer({"hasErrors": failed, "results": results})

    def _one(self, request: Request, subrequest: Subrequest) -> Result:
        if self._org.count_request() > self._org.request_limit:
            problem = ApiError("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", 403)
            return Result("", problem.status, problem.body(), {})
        if subrequest.resource.partition("/")[0] == "composite":
            problem = ApiError("INVALID_INPUT", f"{subrequest.url} is not supported in a batch")
            return Result("", problem.status, problem.body(), {})
        return perform(self._inner, request, subrequest)


def _read(raw: Any) -> Subrequest:
    """One subrequest; its URL begins with the version (`v66.0/limits`) or is a whole path. Raises ApiError."""
    if not isinstance(raw, dict):
        raise ApiError("JSON_PARSER_ERROR", "A subrequest must be a JSON object")
    for name in raw:
        if name not in _FIELDS:
            raise ApiError("JSON_PARSER_ERROR", f'Unrecognized field "{name}" in a subrequest')
    method, url = raw.get("method"), raw.get("url")
    if not isinstance(method, str) or method.upper() not in METHODS:
        raise ApiError("INVALID_INPUT", f"'{method}' is not a valid method: {', '.join(METHODS)}")
    if not isinstance(url, str) or not url:
        raise ApiError("INVALID_INPUT", "The url property is required in each subrequest")
    path = "/" + url.lstrip("/")
    if not path.lower().startswith("/services/data/"):
        path = f"/services/data{path}"
    found = Subrequest(method.upper(), path, "", raw.get("richInput"), {})
    if not found.version:
        raise ApiError("INVALID_INPUT", f"The URL of a subrequest must name an API version: {url}")
    return found
