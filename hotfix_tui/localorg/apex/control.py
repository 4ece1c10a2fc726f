"""The part of the control endpoint that plants what Apex does not do here: ends of tests, jobs, paused interviews."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from hotfix_tui.localorg.apex.planted import PlantedOutcomes
from hotfix_tui.localorg.apex.planting import KINDS, put
from hotfix_tui.localorg.faults.control import Refused, body_of, named

if TYPE_CHECKING:
    from hotfix_tui.localorg.faults.routes import Handlers
    from hotfix_tui.localorg.org import LocalOrg
    from hotfix_tui.localorg.serving import Serving


class ApexControl:
    """The handlers. All answers are JSON objects."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    def routes(self) -> Handlers:
        """Path, handler and method of each."""
        return [
            ("/orgs/{alias}/apex", self.show, "GET"),
            ("/orgs/{alias}/apex/{kind}", self.plant, "POST"),
            ("/orgs/{alias}/apex/{id}", self.finish, "DELETE"),
        ]

    def _org(self, request: Request) -> LocalOrg:
        return named(self._serving, request.path_params["alias"])

    async def show(self, request: Request) -> JSONResponse:
        """What is planted: outcomes by name, jobs that hold classes, paused interviews."""
        return JSONResponse(await asyncio.to_thread(_shown, self._org(request)))

    async def plant(self, request: Request) -> JSONResponse:
        """Plants an `outcome`, a `job` or an `interview`; `by` is a username or a scenario's handle."""
        kind, org = request.path_params["kind"], self._org(request)
        if kind not in KINDS:
            raise Refused(404, f"Nothing is called {kind}. There are {', '.join(KINDS)}.")
        raw = await body_of(request)
        member = self._serving.instance.members[request.path_params["alias"]]

        def user_of(name: str) -> str:
            found = org.users.by_username(member.handles.get(name, name))
            if found is None:
                raise ValueError(f"there is no user {name}")
            return found.id

        try:
            made = await asyncio.to_thread(put, org, kind, raw, user_of)
        except ValueError as error:
            raise Refused(400, f"{error}.") from error
        return JSONResponse({"planted": kind, "id": made or None})

    async def finish(self, request: Request) -> JSONResponse:
        """Ends a job or an interview."""
        wanted = str(request.path_params["id"])
        try:
            await asyncio.to_thread(self._org(request).jobs.finish, wanted)
        except KeyError:
            raise Refused(404, f"There is no job or interview {wanted}.") from None
        return JSONResponse({"finished": wanted})


def _shown(org: LocalOrg) -> dict[str, Any]:
    names = [item.full_name for item in org.components.properties("ApexClass")]
    jobs = [vars(job) for name in names for job in org.jobs.holding(name)]
    rows = org.store.rows("SELECT Id, FlowVersionViewId, InterviewLabel FROM FlowInterview ORDER BY Id")
    interviews = [{"id": row[0], "flow_version": row[1], "label": row[2]} for row in rows]
    return {"outcomes": PlantedOutcomes(org).as_dict(), "jobs": jobs, "interviews": interviews}
