"""The state an org is in as a whole: maintenance, limits that are lower than usual, who is let in."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any, Literal

from hotfix_tui.localorg.clock import Clock

Access = Literal["", "ip", "hours"]
SandboxTrouble = Literal["", "suspended", "stopped"]
_ACCESSES = ("", "ip", "hours")
_TROUBLES = ("", "suspended", "stopped")
_DAY_HOURS = 24
_OLDEST_VERSION = 31


@dataclass
class Conditions:
    """What is not as usual; None, False and "" are. Forgotten when the process ends.

    `request_limit`: API requests in 24 hours. `storage_mb`: data storage. `read_only`: maintenance, nothing can be
    written. `newest_version`: the newest API version, as of an org that is a release behind the others. `access`:
    `ip`, our address is not one of the profile's login ranges (enforced on every request); `hours`, it is outside the
    profile's login hours. `sandboxes`: copies stand still, or are stopped for good. `sandbox_licences`: how many
    sandboxes of each type there may be. `scratch_limit`: active scratch orgs; `scratch_error`: the ErrorCode with which
    every sign-up of one fails.
    """

    request_limit: int | None = None
    storage_mb: float | None = None
    read_only: bool = False
    access: Access = ""
    newest_version: int | None = None
    sandboxes: SandboxTrouble = ""
    sandbox_licences: int | None = None
    scratch_limit: int | None = None
    scratch_error: str = ""

    def change(self, raw: dict[str, Any]) -> None:
        """Takes some of the conditions from JSON. Raises ValueError with a sentence, and changes nothing then."""
        checked(raw)
        for name, value in raw.items():
            setattr(self, name, value)

    def clear(self) -> None:
        """As usual again."""
        self.change(asdict(Conditions()))

    def as_dict(self) -> dict[str, Any]:
        """As the control endpoint shows them."""
        return asdict(self)


def checked(raw: Any) -> dict[str, Any]:
    """Conditions in JSON. Raises ValueError with a sentence."""
    if not isinstance(raw, dict) or not raw:
        raise ValueError(f"Conditions are an object with some of {', '.join(asdict(Conditions()))}.")
    for name, value in raw.items():
        number = isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
        if name in ("request_limit", "storage_mb"):
            right = value is None or (number and (name == "storage_mb" or isinstance(value, int)))
        elif name == "scratch_error":
            right = isinstance(value, str)
        elif name in ("sandbox_licences", "scratch_limit"):
            right = value is None or (number and isinstance(value, int))
        elif name == "sandboxes":
            right = value in _TROUBLES
        elif name == "newest_version":
            right = value is None or (type(value) is int and value > _OLDEST_VERSION)
        elif name == "read_only":
            right = isinstance(value, bool)
        elif name == "access":
            right = value in _ACCESSES
        else:
            raise ValueError(f"An org has no condition {name}; it has {', '.join(asdict(Conditions()))}.")
        if not right:
            raise ValueError(f"The condition {name} cannot be {value!r}.")
    return raw


class RequestCount:
    """The API requests of the last 24 hours, by the org's clock and by the hour, as Salesforce counts them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._hours: Counter[int] = Counter()

    def add(self) -> int:
        """Counts one request; returns how many there were, this one included."""
        with self._lock:
            self._hours[self._hour()] += 1
            return self._sum()

    @property
    def used(self) -> int:
        """How many there were."""
        with self._lock:
            return self._sum()

    def _hour(self) -> int:
        return int(self._clock.now().timestamp()) // 3600

    def _sum(self) -> int:
        now = self._hour()
        for hour in [each for each in self._hours if not now - _DAY_HOURS < each <= now]:
            del self._hours[hour]
        return sum(self._hours.values())
