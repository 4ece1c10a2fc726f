"""Which records changed, and which were deleted, in a span of time: /sobjects/X/updated and /sobjects/X/deleted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from hotfix_tui.localorg.clock import api_datetime, parse_datetime
from hotfix_tui.localorg.errors import ApiError, not_found
from hotfix_tui.localorg.rest.bodies import Answer
from hotfix_tui.localorg.schema.model import SObject

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_SPAN = timedelta(days=30)


class Changes:
    """Handlers of one org, for objects that are replicated; the span is `start` (in it) to `end` (not in it)."""

    def __init__(self, org: LocalOrg) -> None:
        self.org = org

    def updated(self, request: Request, body: bytes) -> Response:
        """GET /sobjects/X/updated/?start=…&end=…: the ids of live records."""
        return Answer(self.updated_in(request.path_params["object"], *_given(request)))

    def updated_in(self, name: str, start: str, end: str) -> dict[str, Any]:
        """The same for an object and a span given as text. Raises ApiError."""
        owner = self._owner(name)
        start, end = self._span(start, end)
        live = " AND IsDeleted = 0" if owner.field("IsDeleted") else ""
        rows = self.org.store.rows(
            f'SELECT Id FROM "{owner.name}" WHERE SystemModstamp >= ? AND SystemModstamp < ?{live} ORDER BY rowid',  # noqa: S608
            (start, end),
        )
        return {"ids": [row[0] for row in rows], "latestDateCovered": end}

    def deleted(self, request: Request, body: bytes) -> Response:
        """GET /sobjects/X/deleted/?start=…&end=…: what was deleted and is not back, with the time of it."""
        return Answer(self.deleted_in(request.path_params["object"], *_given(request)))

    def deleted_in(self, name: str, start: str, end: str) -> dict[str, Any]:
        """The same for an object and a span given as text. Raises ApiError."""
        owner = self._owner(name)
        start, end = self._span(start, end)
        rows = self.org.recycle_bin.deleted(owner.name, start, end)
        found = [{"id": record_id, "deletedDate": at} for record_id, at in rows]
        covered = {"earliestDateAvailable": api_datetime(self.org.created_at), "latestDateCovered": end}
        return {"deletedRecords": found, **covered}

    def _owner(self, name: str) -> SObject:
        owner = self.org.seen.object(name)
        if owner is None or owner.api == "tooling":
            raise not_found()
        if "replicate" not in owner.flags or owner.field("SystemModstamp") is None:
            raise ApiError("INVALID_TYPE", f"entity type {owner.name} is not replicateable")
        return owner

    def _span(self, *given: str) -> tuple[str, str]:
        start, end = (_instant(text, name) for text, name in zip(given, ("start", "end"), strict=True))
        if end <= start:
            raise ApiError("INVALID_REPLICATION_DATE", "endDate must be chronologically greater than startDate")
        if self.org.clock.now() - start > _SPAN:
            raise ApiError("INVALID_REPLICATION_DATE", "startDate cannot be more than 30 days ago")
        return api_datetime(start), api_datetime(end)


def _given(request: Request) -> tuple[str, str]:
    return request.query_params.get("start", ""), request.query_params.get("end", "")


def _instant(text: str, name: str) -> datetime:
    if not text:
        raise ApiError("MISSING_ARGUMENT", f"Missing required parameter: {name}")
    try:
        # A plus sign that a client did not encode arrives as a blank.
        return parse_datetime(text.strip().replace(" ", "+").upper())
    except ValueError:
        raise ApiError("INVALID_REPLICATION_DATE", f"{name} is not a date and time: {text}") from None
