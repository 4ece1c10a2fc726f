"""Serving the SOAP APIs: `/services/Soap/{u,c,s}/NN.0` with anything behind it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.metadata.versions import number, offered
from hotfix_tui.localorg.rest.identity import base_url
from hotfix_tui.localorg.soap import envelope
from hotfix_tui.localorg.soap.apex import execute_anonymous
from hotfix_tui.localorg.soap.dialects import APEX, ENTERPRISE, PARTNER, Dialect
from hotfix_tui.localorg.soap.envelope import Call, Fault, markup, tag
from hotfix_tui.localorg.soap.login import WITHOUT_LOGIN, login
from hotfix_tui.localorg.soap.operations import Asked, Operations
from hotfix_tui.localorg.users import User, current_user

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_ILLEGAL = "Invalid Session ID found in SessionHeader: Illegal Session"


def routes(org: LocalOrg) -> list[Route]:
    """The routes of one org."""
    found: list[Route] = []
    for dialect in (PARTNER, ENTERPRISE, APEX):
        endpoint = _endpoint(SoapService(org, dialect))
        base = f"/services/Soap/{dialect.letter}/{{version}}"
        found += [Route(path, endpoint, methods=["POST"]) for path in (base, f"{base}/{{rest:path}}")]
    return found


def _endpoint(service: SoapService) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        content, version = await request.body(), request.path_params["version"]
        status, body = await run_in_threadpool(service.handle, content, version, base_url(request))
        return Response(body, status_code=status, media_type="text/xml; charset=utf-8")

    return endpoint


class SoapService:
    """Answers calls in one dialect. The operation is the first element of the body; path and SOAPAction say nothing."""

    def __init__(self, org: LocalOrg, dialect: Dialect) -> None:
        self._org = org
        self._dialect = dialect
        self._operations = Operations(org, dialect)

    def handle(self, content: bytes, version: str, base: str) -> tuple[int, bytes]:
        """The HTTP status and the envelope that answers an envelope; `base` is how the client reached the org."""
        try:
            if not offered(version):
                raise Fault("UNSUPPORTED_API_VERSION", f"Invalid Api version specified on URL: {version}")
            call = envelope.read(content)
            return 200, self._answer(call, f"{number(version):.1f}", base)
        except Fault as problem:
            return 500, envelope.fault(self._dialect, problem)
        except ApiError as problem:
            return 500, envelope.fault(self._dialect, Fault(problem.code, problem.message))

    def _answer(self, call: Call, version: str, base: str) -> bytes:
        if call.operation == "login" and self._dialect is not APEX and float(version) < WITHOUT_LOGIN:
            results = login(self._org, self._dialect, self._operations, call, version, base)
            return envelope.answer(self._dialect, call.operation, results)
        known = {"executeAnonymous"} if self._dialect is APEX else self._operations.table
        if call.operation not in known:
            text = f"No operation available for request {{{self._dialect.namespace}}}{call.operation}"
            raise Fault("soapenv:Client", f"{text}, please check the WSDL for the service.")
        user = self._user(call)
        if self._dialect is APEX:
            results, header = execute_anonymous(call, version)
        else:
            results = self._operations.table[call.operation](Asked(call, user, version))
            header = self._limits()
        return envelope.answer(self._dialect, call.operation, results, header)

    def _user(self, call: Call) -> User:
        user = self._org.users.user_by_token(call.token) if call.token else None
        if user is None:
            raise Fault("INVALID_SESSION_ID", _ILLEGAL)
        if not self._org.people.rights(user.id).has("ApiEnabled"):
            raise Fault("API_DISABLED_FOR_ORG", "API is not enabled for this Organization or Partner")
        current_user.set(user.id)
        return user

    def _limits(self) -> str:
        used, most = self._org.requests, self._org.request_limit
        inner = markup(tag("current", used), tag("limit", most), tag("type", "API REQUESTS"))
        return tag("LimitInfoHeader", markup(tag("limitInfo", inner)))
