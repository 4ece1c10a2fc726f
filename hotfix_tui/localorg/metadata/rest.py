"""Deploying over REST: `/services/data/vNN.0/metadata/deployRequest`. One table of jobs serves it and SOAP alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hotfix_tui.localorg.errors import ApiError, not_found
from hotfix_tui.localorg.metadata.checks.permitted import admit
from hotfix_tui.localorg.metadata.envelope import SoapFault
from hotfix_tui.localorg.metadata.job import DeployJob
from hotfix_tui.localorg.metadata.job_rest import deploy_request
from hotfix_tui.localorg.metadata.multipart import Part, parts_of
from hotfix_tui.localorg.metadata.options import DeployOptions, options_of_json
from hotfix_tui.localorg.metadata.versions import offered
from hotfix_tui.localorg.rest.bodies import Answer, flag, json_body, known_parameters

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_PATH = "/services/data/v{version}/metadata/deployRequest"
_STATUS = {"INVALID_CROSS_REFERENCE_KEY": 404, "INSUFFICIENT_ACCESS": 403, "API_DISABLED_FOR_ORG": 403}
_JSON = frozenset({"application/json", "text/json"})
Handler = Callable[[Request, bytes], Response]


def routes(org: LocalOrg) -> list[Route]:
    """The routes of the resource."""
    service = RestDeploys(org)

    def route(path: str, method: str, handler: Handler) -> Route:
        async def endpoint(request: Request) -> Response:
            if not offered(request.path_params["version"]):
                raise not_found()
            known_parameters(request, frozenset({"includedetails"}) if method == "GET" else frozenset())
            return await run_in_threadpool(_told, service.admitted(handler), request, await request.body())

        return Route(path, endpoint, methods=[method])

    return [
        route(_PATH, "POST", service.start),
        route(f"{_PATH}/validatedDeployRequestId", "POST", service.start),
        route(f"{_PATH}/{{id}}", "GET", service.status),
        route(f"{_PATH}/{{id}}", "PATCH", service.cancel),
    ]


def _told(handler: Handler, request: Request, body: bytes) -> Response:
    try:
        return handler(request, body)
    except SoapFault as problem:
        code = problem.code if ":" not in problem.code else "JSON_PARSER_ERROR"
        raise ApiError(code, problem.message, _STATUS.get(code, 400)) from None


class RestDeploys:
    """The handlers of one org."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org

    def admitted(self, handler: Handler) -> Handler:
        """The handler, for users who may use the Metadata API."""

        def admitting(request: Request, body: bytes) -> Response:
            admit(self._org, request.state.user.id)
            return handler(request, body)

        return admitting

    def start(self, request: Request, body: bytes) -> Response:
        """POST: a zip with its options (multipart), or `{"validatedDeployRequestId"}` for a quick deploy. 201.

        Clients of the sf family send the zip first and name the parts as they like, the documentation has the JSON
        first: parts are told apart by content type.
        """
        user = request.state.user.id
        kind = request.headers.get("content-type", "")
        if kind.partition(";")[0].strip().lower() in _JSON:
            job = self._org.deploys.quick_deploy(_validation(json_body(body)), user)
        else:
            options, content = _package(parts_of(body, kind))
            job = self._org.deploys.enqueue(content, options, user)
        return Answer(deploy_request(job, details=False, options=True), 201)

    def status(self, request: Request, body: bytes) -> Response:
        """GET: how far it is. `includeDetails=true` fills the lists."""
        return Answer(deploy_request(self._job(request), details=flag(request, "includeDetails")))

    def cancel(self, request: Request, body: bytes) -> Response:
        """PATCH `{"deployResult": {"status": "Canceling"}}`. 202 with the status Canceling or Canceled."""
        wanted = json_body(body)
        result = wanted.get("deployResult")
        if set(wanted) - {"id", "deployResult"} or not isinstance(result, dict) or set(result) != {"status"}:
            raise ApiError("INVALID_INPUT", "Only the status of deployResult can be changed")
        if result["status"] != "Canceling":
            raise ApiError("INVALID_INPUT", f"A deployment can only be set to Canceling, not to {result['status']}")
        job = self._org.deploys.cancel(
            self._job(request).id, request.state.user.id, version=float(request.path_params["version"])
        )
        return Answer(deploy_request(job, details=False), 202)

    def _job(self, request: Request) -> DeployJob:
        job = self._org.deploys.job(request.path_params["id"])
        if job is None:
            raise ApiError("NOT_FOUND", "The requested resource does not exist", 404)
        return job


def _validation(wanted: dict[str, Any]) -> str:
    found = wanted.get("validatedDeployRequestId")
    if not isinstance(found, str) or not found or set(wanted) != {"validatedDeployRequestId"}:
        raise ApiError("INVALID_INPUT", "Send a zip file as multipart/form-data, or only a validatedDeployRequestId")
    return found


def _package(parts: list[Part]) -> tuple[DeployOptions, bytes]:
    texts = [part for part in parts if part.kind in _JSON or (not part.kind and not part.has_file_name)]
    zips = [part for part in parts if part not in texts]
    if len(texts) != 1 or len(zips) != 1:
        raise ApiError("INVALID_MULTIPART_REQUEST", "A deployment takes one JSON part and one zip file")
    wanted = json_body(texts[0].content)
    if set(wanted) - {"deployOptions"}:
        raise ApiError("JSON_PARSER_ERROR", f"Unrecognized field {', '.join(sorted(set(wanted) - {'deployOptions'}))}")
    return options_of_json(wanted.get("deployOptions")), zips[0].content
