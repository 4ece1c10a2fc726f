"""The gate of an org: refuses whole calls that the org's condition does not allow."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.faults import answers
from hotfix_tui.localorg.faults.answers import Problem, refusal
from hotfix_tui.localorg.faults.bodies import read, replay
from hotfix_tui.localorg.faults.calls import OTHER_WRITES, Call, call_of, is_soap

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
_VERSION = re.compile(r"/services/(?:data/v|async/|soap/\w+/)(\d+)", re.IGNORECASE)
_UNCOUNTED = frozenset({"login", "identity", "versions"})


class Gate:
    """ASGI middleware inside Edge.

    What concerns single records (locks, storage, maintenance) the record service says.
    """

    def __init__(self, application: Any, org: LocalOrg) -> None:
        self._application = application
        self._org = org

    async def __call__(
        self,
        scope: Scope,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """One request."""
        if scope["type"] != "http" or not self._closed():
            await self._application(scope, receive, send)
            return
        body = b""
        if is_soap(scope["path"]):
            body = await read(receive)
            receive = replay(body, receive)
        call = call_of(scope["method"], scope["path"], body)
        problem = self._problem(call)
        if problem is None:
            await self._application(scope, receive, send)
            return
        as_json = any(name == b"content-type" and b"json" in value for name, value in scope["headers"])
        status, kind, content = refusal(call, problem, json_bulk=as_json)
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _closed(self) -> bool:
        now = self._org.conditions
        return bool(now.access or now.read_only or now.newest_version or self._org.requests > self._org.request_limit)

    def _problem(self, call: Call) -> Problem | None:
        now = self._org.conditions
        if now.access and call.kind != "versions":
            login = call.kind == "login" and call.operation
            if now.access == "ip":
                return answers.LOGIN_ADDRESS if login else answers.WRONG_ADDRESS
            return answers.LOGIN_HOUR if login else answers.WRONG_HOUR
        found = _VERSION.match(call.path)
        if now.newest_version and found and int(found[1]) > now.newest_version:
            return replace(answers.NO_VERSION, soap_message=f"Invalid Api version specified on URL: {found[1]}.0")
        if self._org.requests > self._org.request_limit and call.kind not in _UNCOUNTED:
            return answers.REQUEST_LIMIT
        if now.read_only and call.kind in OTHER_WRITES:
            return answers.READ_ONLY
        return None
