"""The clock of an instance of local orgs: it starts where it is told and ticks on from there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta


class Clock:
    """One instant all orgs of an instance agree on; ticks on with the machine's monotonic clock.

    `now` is an aware instant, or None for the machine's own time. `on_change`: called when the clock was set or moved.
    """

    def __init__(self, now: datetime | None = None) -> None:
        self.on_change: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._base = _utc(now) if now else datetime.now(UTC)
        self._since = time.monotonic()

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        with self._lock:
            return self._base + timedelta(seconds=time.monotonic() - self._since)

    def set(self, now: datetime) -> None:
        """Puts the clock to an instant (aware, or naive UTC)."""
        with self._lock:
            self._base, self._since = _utc(now), time.monotonic()
        self._tell()

    def advance(self, seconds: float) -> None:
        """Moves the clock on; a negative number moves it back."""
        with self._lock:
            self._base += timedelta(seconds=seconds)
        self._tell()

    def _tell(self) -> None:
        for listener in self.on_change:
            listener()

    def today(self) -> date:
        """The present day in UTC: the time zone of every local org."""
        return self.now().date()


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def api_datetime(moment: datetime) -> str:
    """An instant as the REST API writes it and as the store keeps it: 2026-01-13T10:00:00.000+0000."""
    moment = _utc(moment)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


def parse_datetime(text: str) -> datetime:
    """An ISO 8601 instant with any offset, or none for UTC. Raises ValueError."""
    text = text.strip()
    if len(text) > 5 and text[-5] in "+-" and text[-4:].isdigit():
        text = f"{text[:-2]}:{text[-2:]}"
    return _utc(datetime.fromisoformat(text.replace("Z", "+00:00")))
