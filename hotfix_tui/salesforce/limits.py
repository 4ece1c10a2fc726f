"""An org's limits (`/limits`), each with its maximum and what is left. Right within five minutes, says Salesforce."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Limit(NamedTuple):
    """One limit, in its own unit (calls, MB …)."""

    max: int
    remaining: int

    @property
    def used(self) -> int:
        """What is gone. Never negative: an org over its limit answers a negative remainder."""
        return max(self.max - self.remaining, 0)


def limits_of(reply: Mapping[str, Any]) -> dict[str, Limit]:
    """The limits in the reply, by Salesforce's names (DailyApiRequests, DataStorageMB …).

    Raises AttributeError when `reply` is no object.
    """
    return {
        str(name): Limit(int(entry["Max"]), int(entry["Remaining"]))
        for name, entry in reply.items()
        if isinstance(entry, Mapping) and isinstance(entry.get("Max"), int) and isinstance(entry.get("Remaining"), int)
    }
