"""What every request passes: its path put straight, its user found, its answer given the org's headers."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.rest.limits import MAX_URI, limit_info
from hotfix_tui.localorg.users import current_user

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_OPEN = re.compile(r"/services/data/?\Z|/services/soap/|/services/oauth2/(?!userinfo)|/services/async/", re.IGNORECASE)

# The identity services refuse a token with 403 and these words alone, where the data API answers 401 and JSON.
_IDENTITY = re.compile(r"/services/oauth2/userinfo\Z|/id/", re.IGNORECASE)
BAD_TOKEN, NO_TOKEN = "Bad_OAuth_Token", "Missing_OAuth_Token"


class Edge:
    """ASGI middleware around an org's routes.

    A leading `//` and trailing slashes are forgiven. Tokens come as `Authorization: Bearer` (or `OAuth`),
    `X-SFDC-Session` or `oauth_token`; SOAP carries its own in the body. The user is put on `request.state.user`
    and in `current_user`.
    """

    def __init__(self, application: Application, org: LocalOrg) -> None:
        self._application = application
        self._org = org

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        scope["path"] = _path(scope)
        scope["raw_path"] = scope["path"].encode()
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        if "_HttpMethod" in query and scope["method"] == "POST":
            scope["method"] = query["_HttpMethod"][0].upper()
        used = self._org.count_request()
        send = _Dressed(send, limit_info(self._org, used), pretty=headers.get("x-prettyprint") == "1")
        try:
            await self._checked(scope, headers, query)
        except ApiError as problem:
            await _refuse(send, problem)
            return
        await self._application(scope, receive, send)

    async def _checked(self, scope: Scope, headers: dict[str, str], query: dict[str, list[str]]) -> None:
        size = len(scope.get("query_string", b"")) + len(scope["raw_path"])
        if size > MAX_URI:
            raise ApiError("URI_TOO_LONG", f"The length of the URI exceeds the {MAX_URI:,} byte limit", 414)
        if size + sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_URI:
            text = f"The combined length of the URI and headers exceeds the {MAX_URI:,} byte limit"
            raise ApiError("REQUEST_HEADER_FIELDS_TOO_LARGE", text, 431)
        token = _token(headers, query)
        user = await asyncio.to_thread(self._org.users.user_by_token, token) if token else None
        if user is None and _IDENTITY.match(scope["path"]):
            raise ApiError(BAD_TOKEN if token else NO_TOKEN, "", 403)
        if user is None and not _OPEN.match(scope["path"]):
            raise ApiError("INVALID_SESSION_ID", "Session expired or invalid", 401)
        if user is not None and not await asyncio.to_thread(self._may_call, user.id):
            raise ApiError("API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization.", 403)
        scope.setdefault("state", {})["user"] = user
        current_user.set(user.id if user else "")

    def _may_call(self, user_id: str) -> bool:
        """API Enabled; without it the org says of itself what is true of the user only."""
        return self._org.people.rights(user_id).has("ApiEnabled")


def _path(scope: Scope) -> str:
    raw = scope.get("raw_path") or scope["path"].encode()
    text = raw.decode("latin-1").partition("?")[0]
    text = "/" + text.strip("/")
    return unquote(re.sub(r"\A/+", "/", text))


def _token(headers: dict[str, str], query: dict[str, list[str]]) -> str:
    scheme, _, token = headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() in ("bearer", "oauth") and token:
        return token.strip()
    return headers.get("x-sfdc-session", "") or next(iter(query.get("oauth_token", [])), "")


async def _refuse(send: Send, problem: ApiError) -> None:
    kind, body = b"application/json;charset=UTF-8", json.dumps(problem.body()).encode()
    if problem.code in (BAD_TOKEN, NO_TOKEN):
        kind, body = b"text/html;charset=UTF-8", problem.code.encode()
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class _Dressed:
    """Adds the org's headers to an answer and, where asked, makes its JSON readable."""

    def __init__(self, send: Send, info: str, *, pretty: bool) -> None:
        self._send = send
        self._info = info.encode()
        self._pretty = pretty
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), (b"Sforce-Limit-Info", self._info)]
            json_answer = any(n.lower() == b"content-type" and b"json" in v for n, v in message["headers"])
            if self._pretty and json_answer:
                self._start = message
                return
        elif self._start is not None:
            self._body += message.get("body", b"")
            if message.get("more_body"):
                return
            await self._finish()
            return
        await self._send(message)

    async def _finish(self) -> None:
        body = self._body
        if body:
            body = json.dumps(json.loads(body), indent=2, separators=(",", " : "), ensure_ascii=False).encode()
        start = self._start or {}
        headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
        await self._send({**start, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
        await self._send({"type": "http.response.body", "body": body})
