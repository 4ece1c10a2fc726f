"""The part of the control endpoint for the deleted fields that only Setup shows: what lingers, and bringing it back."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse

from hotfix_tui.localorg.faults.control import Refused, body_of, named
from hotfix_tui.localorg.metadata.deleted_fields import CannotRestore

if TYPE_CHECKING:
    from hotfix_tui.localorg.faults.routes import Handlers
    from hotfix_tui.localorg.org import LocalOrg
    from hotfix_tui.localorg.serving import Serving


class MetadataControl:
    """The handlers. All answers are JSON objects."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    def routes(self) -> Handlers:
        """Path, handler and method of each."""
        return [
            ("/orgs/{alias}/deleted-fields", self.show, "GET"),
            ("/orgs/{alias}/deleted-fields", self.restore, "POST"),
        ]

    def _org(self, request: Request) -> LocalOrg:
        return named(self._serving, request.path_params["alias"])

    async def show(self, request: Request) -> JSONResponse:
        """The custom fields deleted in the last 15 days and not purged, oldest first."""
        found = await asyncio.to_thread(self._org(request).components.deleted_fields.all)
        return JSONResponse({"deleted": [asdict(item) for item in found]})

    async def restore(self, request: Request) -> JSONResponse:
        """Brings a field back with its data, as somebody does in Setup: `{"field": "Object__c.Field__c"}`."""
        org, raw = self._org(request), await body_of(request)
        name = str(raw.get("field", ""))
        try:
            await asyncio.to_thread(org.components.deleted_fields.restore, name, org.system_user_id)
        except CannotRestore as error:
            raise Refused(409, f"{error}.") from error
        return JSONResponse({"restored": name})
