"""Serving OAuth: `/services/oauth2/authorize`, `token` and `revoke`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote_plus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hotfix_tui.localorg.oauth.authorize import Authorize, Parameters
from hotfix_tui.localorg.oauth.errors import OAuthError, missing
from hotfix_tui.localorg.oauth.token import Grants
from hotfix_tui.localorg.rest.bodies import Answer
from hotfix_tui.localorg.rest.identity import base_url

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_NOT_KEPT = {"Cache-Control": "no-cache, no-store", "Pragma": "no-cache"}
_Handler = Callable[[Request, Parameters], Response]


def routes(org: LocalOrg) -> list[Route]:
    """The routes of one org."""
    authorize, grants = Authorize(org.oauth), Grants(org.oauth)

    def page(request: Request, given: Parameters) -> Response:
        return authorize.page(given) if request.method == "GET" else authorize.decided(given)

    def token(request: Request, given: Parameters) -> Response:
        return Answer(grants.answer(given, base_url(request)), 200, _NOT_KEPT)

    def revoke(request: Request, given: Parameters) -> Response:
        if not given.get("token"):
            raise missing("token")
        if not org.oauth.sessions.revoke(given["token"]):
            raise OAuthError("invalid_token", "invalid token")
        return Response(status_code=200)

    base = "/services/oauth2"
    return [
        Route(f"{base}/authorize", _endpoint(page), methods=["GET", "POST"]),
        Route(f"{base}/token", _endpoint(token), methods=["POST"]),
        Route(f"{base}/revoke", _endpoint(revoke), methods=["GET", "POST"]),
    ]


def _endpoint(handler: _Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        body = await request.body()
        return await run_in_threadpool(partial(_answer, handler, request, body))

    return endpoint


def _answer(handler: _Handler, request: Request, body: bytes) -> Response:
    try:
        return handler(request, _parameters(request, body))
    except OAuthError as error:
        return Answer(error.body(), error.status, _NOT_KEPT)


def _parameters(request: Request, body: bytes) -> Parameters:
    """What was given in the address, the form and Basic authorization. Raises OAuthError when a name is there twice."""
    pairs = [*request.query_params.multi_items()]
    try:
        if body:
            pairs += parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)
    except ValueError:
        raise OAuthError("invalid_request", "malformed request") from None
    found: Parameters = {}
    for name, value in pairs:
        if name in found:
            raise OAuthError("invalid_request", f"duplicate parameter: {name}")
        found[name] = value
    return {**found, **_basic(request.headers.get("authorization", ""))}


def _basic(header: str) -> Parameters:
    scheme, _, text = header.partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        key, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise OAuthError("invalid_client", "invalid client credentials") from None
    return {"client_id": unquote_plus(key), "client_secret": unquote_plus(secret)}
