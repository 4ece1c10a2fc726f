"""Local orgs over HTTP, in this process: what a comparison of orgs is tested against."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import uvicorn

from hotfix_tui.localorg.clock import Clock
from hotfix_tui.localorg.loading.load import load_folder
from hotfix_tui.localorg.org import LocalOrg
from hotfix_tui.localorg.rest.app import build_app
from hotfix_tui.salesforce.deploys import DeployOptions
from hotfix_tui.salesforce.following import follow
from hotfix_tui.salesforce.login import OrgLogin
from hotfix_tui.salesforce.org import Org
from hotfix_tui.salesforce.timing import Timing

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass
class Served:
    """A local org that is being served, and our connection to it.

    A SOAP call whose body contains one of `refuse` is answered with a fault of the code that goes with it, as an org
    does that cannot give a type. `calls` are the SOAP bodies that came.
    """

    local: LocalOrg
    org: Org
    refuse: dict[bytes, str] = field(default_factory=dict)
    calls: list[bytes] = field(default_factory=list)

    async def deploy(self, package: bytes) -> None:
        """Deploys `package` and waits. Fails the test when the org refuses it."""
        looks = [look async for look in follow(self.org, await self.org.deploy(package, DeployOptions()))]
        assert looks[-1].success, [message for message in looks[-1].messages if not message.success]


@contextlib.asynccontextmanager
async def served(
    home: Path, name: str, folder: Path | None = None, *, now: datetime | None = None
) -> AsyncIterator[Served]:
    """An org called `name`, loaded from `folder`; `now` is what its clock says first."""
    local = LocalOrg.create(home / name, name=name, kind="developer", clock=Clock(now))
    if folder is not None:
        load_folder(local, folder)
    async with serving(local, local.users.add_user(f"ines@{name}.example", "Ines Moreau")) as one:
        yield one


@contextlib.asynccontextmanager
async def serving(local: LocalOrg, user_id: str) -> AsyncIterator[Served]:
    """An org that is there already, and is closed at the end, with the connection of a user."""
    local.deploys.pace = 0
    token = local.users.token_for(user_id)
    refuse: dict[bytes, str] = {}
    calls: list[bytes] = []
    config = uvicorn.Config(_Refusing(build_app(local), refuse, calls), log_config=None, lifespan="off", port=0)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        user = local.users.user(user_id)
        login = OrgLogin(local.name, local.org_id, f"http://127.0.0.1:{port}", user.username if user else "", token)
        async with await Org.connect(login, timing=Timing(backoff=(0.0,), poll_first=0.01)) as org:
            yield Served(local, org, refuse, calls)
    finally:
        server.should_exit = True
        await task
        local.close()


class _Refusing:
    """The org's application, which can be told to refuse SOAP calls by what is in them."""

    def __init__(self, app: Any, refuse: dict[bytes, str], calls: list[bytes]) -> None:
        self._app = app
        self._refuse = refuse
        self._calls = calls

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "/Soap/" not in scope["path"]:
            await self._app(scope, receive, send)
            return
        body, more = b"", True
        while more:
            part = await receive()
            body, more = body + part.get("body", b""), part.get("more_body", False)
        self._calls.append(body)
        if code := next((code for words, code in self._refuse.items() if words in body), ""):
            await _fault(send, code)
            return

        async def again() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, again, send)


async def _fault(send: Send, code: str) -> None:
    text = (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><soapenv:Fault>'
        f"<faultcode>sf:{code}</faultcode><faultstring>{code}: This type is broken today"
        "</faultstring></soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    )
    headers = [(b"content-type", b"text/xml")]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
