"""The part of the control endpoint that disturbs: faults, conditions, locked rows, the pace."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from hotfix_tui.localorg.faults.fault import as_dict, faults_from
from hotfix_tui.localorg.store.ids import to_18

if TYPE_CHECKING:
    from hotfix_tui.localorg.faults.routes import Handlers
    from hotfix_tui.localorg.org import LocalOrg
    from hotfix_tui.localorg.serving import Serving

_LONGEST = 3600


class Refused(Exception):
    """A control request that cannot be done, with the HTTP status that says so."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class FaultControl:
    """The handlers. All answers are JSON objects."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    def routes(self) -> Handlers:
        """Path, handler and method of each."""
        return [
            ("/faults", self.list_faults, "GET"),
            ("/faults", self.add_faults, "POST"),
            ("/faults", self.clear_faults, "DELETE"),
            ("/orgs/{alias}/conditions", self.conditions, "GET"),
            ("/orgs/{alias}/conditions", self.set_conditions, "POST"),
            ("/orgs/{alias}/conditions", self.clear_conditions, "DELETE"),
            ("/orgs/{alias}/locks", self.locks, "GET"),
            ("/orgs/{alias}/locks", self.lock, "POST"),
            ("/orgs/{alias}/locks", self.unlock, "DELETE"),
            ("/pace", self.pace, "POST"),
        ]

    def _org(self, alias: str) -> LocalOrg:
        return named(self._serving, alias)

    async def list_faults(self, request: Request) -> JSONResponse:
        """The faults that still wait for a call or a deployment."""
        members = self._serving.instance.members.values()
        return JSONResponse({"faults": [as_dict(fault) for member in members for fault in member.org.faults]})

    async def add_faults(self, request: Request) -> JSONResponse:
        """Adds faults: one object, or a list under `faults`. None is added when one of them is wrong."""
        try:
            made = faults_from(await body_of(request))
        except (ValueError, TypeError) as error:
            raise Refused(400, str(error)) from error
        orgs = [self._org(fault.org) for fault in made]
        for org, fault in zip(orgs, made, strict=True):
            org.faults.append(fault)
        return await self.list_faults(request)

    async def clear_faults(self, request: Request) -> JSONResponse:
        """Forgets the faults that still wait; a deployment that hangs goes on."""
        for member in self._serving.instance.members.values():
            member.org.faults.clear()
        return JSONResponse({"faults": []})

    async def conditions(self, request: Request) -> JSONResponse:
        """What is not as usual with an org."""
        return JSONResponse(self._org(request.path_params["alias"]).conditions.as_dict())

    async def set_conditions(self, request: Request) -> JSONResponse:
        """Changes some of an org's conditions."""
        org = self._org(request.path_params["alias"])
        try:
            org.conditions.change(await body_of(request))
        except ValueError as error:
            raise Refused(400, str(error)) from error
        return await self.conditions(request)

    async def clear_conditions(self, request: Request) -> JSONResponse:
        """Everything is as usual again."""
        self._org(request.path_params["alias"]).conditions.clear()
        return await self.conditions(request)

    async def locks(self, request: Request) -> JSONResponse:
        """Who has rows locked at the moment."""
        now = time.monotonic()
        held = [
            {"who": each.who, "rows": sorted(each.rows), "object": each.object}
            | ({"seconds": round(each.until - now, 3)} if each.until != float("inf") else {})
            for each in self._org(request.path_params["alias"]).locks.held()
        ]
        return JSONResponse({"locks": held})

    async def lock(self, request: Request) -> JSONResponse:
        """Locks `rows` for `seconds`, as `who`: somebody whose transaction takes long."""
        raw = await body_of(request)
        org = self._org(request.path_params["alias"])
        given, seconds = raw.get("rows"), raw.get("seconds", 60)
        rows = [to_18(each) for each in given] if isinstance(given, list) and all(_text(x) for x in given) else []
        if not rows or None in rows:
            raise Refused(400, "`rows` is a list of record ids.")
        if not _number(seconds, _LONGEST):
            raise Refused(400, f"`seconds` is a number from 0 to {_LONGEST}.")
        org.locks.hold(frozenset(each for each in rows if each), float(seconds), str(raw.get("who", "somebody")))
        return await self.locks(request)

    async def unlock(self, request: Request) -> JSONResponse:
        """Lets go what was locked so."""
        self._org(request.path_params["alias"]).locks.release()
        return await self.locks(request)

    async def pace(self, request: Request) -> JSONResponse:
        """How many `seconds` a deployment takes for each component, `row` a save keeps each record's rows locked for,
        `lock_wait` a writer waits for locked rows, `bulk` a bulk job takes for each 200 rows, and `sandbox` each stage
        of a sandbox or scratch org takes."""
        raw = await body_of(request)
        names = ("seconds", "row", "lock_wait", "bulk", "sandbox")
        if not raw or not set(raw) <= set(names) or not all(_number(value, 60) for value in raw.values()):
            raise Refused(400, f"Say some of {', '.join(names)}, each a number from 0 to 60.")
        for member in self._serving.instance.members.values():
            org = member.org
            org.deploys.pace = float(raw.get("seconds", org.deploys.pace))
            org.locks.row = float(raw.get("row", org.locks.row))
            org.locks.wait = float(raw.get("lock_wait", org.locks.wait))
            for worker in (org.sandboxes.worker, org.scratch_orgs.worker):
                worker.pace = float(raw.get("sandbox", worker.pace))
            org.bulk.work.pace = float(raw.get("bulk", org.bulk.work.pace))
        return JSONResponse(raw)


def named(serving: Serving, alias: Any) -> LocalOrg:
    """The org of an alias. Raises Refused."""
    known = serving.instance.members
    if alias not in known:
        raise Refused(404, f"There is no org {alias}. There are {', '.join(known)}.")
    return known[alias].org


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object in a control request. Raises Refused."""
    try:
        raw = json.loads(await request.body() or b"{}")
    except ValueError as error:
        raise Refused(400, f"The body is not JSON: {error}.") from error
    if not isinstance(raw, dict):
        raise Refused(400, "The body must be a JSON object.")
    return raw


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _number(value: Any, most: float) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= most
