"""Describe answers that a client has already: 304 for If-None-Match and If-Modified-Since."""

from __future__ import annotations

import threading
import zlib
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from hotfix_tui.localorg.rest.bodies import Answer

if TYPE_CHECKING:
    from hotfix_tui.localorg.clock import Clock


class Unchanged:
    """Since when answers are what they are, by what they are about and who asks. Forgotten when the process ends."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, ...], tuple[str, datetime]] = {}

    def answer(self, request: Request, content: Any) -> Response:
        """The content, or 304 when the client says that it has it."""
        full = Answer(content)
        tag = f'"{zlib.crc32(bytes(full.body)):x}"'
        changed = self._changed((request.url.path.lower(), str(request.state.user)), tag)
        # Within the second of a change there may come another: no date is given yet that would hide it.
        given = changed if changed <= self._clock.now() else changed - timedelta(seconds=1)
        headers = {"ETag": tag, "Last-Modified": format_datetime(given, usegmt=True)}
        if _has(request, tag, changed):
            return Response(status_code=304, headers=headers)
        full.headers.update(headers)
        return full

    def _changed(self, key: tuple[str, ...], tag: str) -> datetime:
        """The end of the second in which an answer was first seen as it is."""
        with self._lock:
            known = self._seen.get(key)
            if known is None or known[0] != tag:
                known = self._seen[key] = (tag, self._clock.now())
        floor = known[1].replace(microsecond=0)
        return floor if floor == known[1] else floor + timedelta(seconds=1)


def _has(request: Request, tag: str, changed: datetime) -> bool:
    given = request.headers.get("if-none-match")
    if given is not None:
        return given.strip() == "*" or tag in [each.strip().removeprefix("W/") for each in given.split(",")]
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except ValueError:
        return False
    return since.tzinfo is not None and since >= changed
