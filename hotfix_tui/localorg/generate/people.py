"""Who made and changed the components of a generated org, and when."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from hotfix_tui.localorg.clock import api_datetime
from hotfix_tui.localorg.metadata.component import Component

_YEARS = 8
_UNTOUCHED = 0.35


class History:
    """Gives components their dates and people: most are old, many were changed by somebody else since."""

    def __init__(self, user_ids: list[str], now: datetime) -> None:
        self._users = user_ids
        # By the day, so that orgs made one after the other have the same history.
        self._now = now.replace(hour=0, minute=0, second=0, microsecond=0)

    def stamp(self, component: Component, rng: Random) -> Component:
        """The component with its history filled in; `rng` decides."""
        age = timedelta(seconds=int(rng.random() ** 1.5 * _YEARS * 365 * 86_400) + 86_400)
        component.created_by = component.modified_by = rng.choice(self._users)
        component.created_at = component.modified_at = api_datetime(self._now - age)
        if rng.random() > _UNTOUCHED:
            component.modified_by = rng.choice(self._users)
            since = timedelta(seconds=int(age.total_seconds() * rng.random() ** 2) + 3_600)
            component.modified_at = api_datetime(self._now - since)
        return component

    def lately(self, rng: Random) -> tuple[str, str]:
        """A user and an instant of the last week, for what was changed in one of two orgs only."""
        return rng.choice(self._users), api_datetime(self._now - timedelta(seconds=rng.randint(3_600, 7 * 86_400)))
