"""Times of a scenario: written as they read at one instant, moved to where the clock of the instance stands."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hotfix_tui.localorg.clock import api_datetime, parse_datetime

_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z\Z")
_TEMPLATE = re.compile(r"\{\{\s*([0-9TZ:.-]+)\s*\}\}")


class Timeline:
    """Moves times from a scenario's own reckoning (`reads_at`) to that of a clock that stood at `now` at the start.

    Instants move by the exact distance in whole seconds, days by the distance of the two calendar days.
    """

    def __init__(self, reads_at: datetime, now: datetime) -> None:
        self._by = now.astimezone(UTC).replace(microsecond=0) - reads_at.astimezone(UTC)
        self._days = timedelta(days=(now.astimezone(UTC).date() - reads_at.astimezone(UTC).date()).days)

    def instant(self, written: datetime) -> datetime:
        """An instant, moved."""
        return written.astimezone(UTC) + self._by

    def day(self, written: date) -> date:
        """A day, moved."""
        return written + self._days

    def value(self, value: Any) -> Any:
        """A field's value: text that is an instant or a day in ISO form is moved, all else is left as it is."""
        if isinstance(value, str):
            if _INSTANT.match(value):
                return api_datetime(self.instant(parse_datetime(value)))
            if _DATE.match(value):
                return self.day(date.fromisoformat(value)).isoformat()
        return value

    def render(self, text: str) -> str:
        """A text with each `{{2026-01-13T09:41:00Z}}` or `{{2026-01-13}}` moved, in the form SOQL takes."""

        def moved(found: re.Match[str]) -> str:
            written = found[1]
            if _DATE.match(written):
                return self.day(date.fromisoformat(written)).isoformat()
            return f"{self.instant(parse_datetime(written)):%Y-%m-%dT%H:%M:%SZ}"

        return _TEMPLATE.sub(moved, text)
