"""Which components can be compared while both sides are still being read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotfix_tui.compare.component import ComponentId

if TYPE_CHECKING:
    from hotfix_tui.compare.sources import Source


class Meeting:
    """The components of two sides, each given out once both sides have said all they will say of it."""

    def __init__(self, a: Source, b: Source) -> None:
        self._sides = (a, b)
        self._waiting: set[ComponentId] = set()
        self._known = (0, 0)

    def ready(self) -> list[ComponentId]:
        """What can be compared now and could not before, in order of id.

        A component that its own side did not list (another spelling, …) waits for `rest`.
        """
        contents = [side.contents for side in self._sides]
        fresh = {family for one in contents for family in one.take_news()}
        known = (contents[0].stage, contents[1].stage)
        if known != self._known:  # what a side does not list needs no waiting for
            fresh |= self._waiting
            self._known = known
        found = {family for family in fresh if all(one.settled(family) for one in contents)}
        self._waiting = (self._waiting | fresh) - found
        return sorted({key for family in found for one in contents for key in one.brought_by(family)})

    def rest(self, told: set[ComponentId]) -> list[ComponentId]:
        """Both sides are read: everything but what was `told`, in order of id."""
        a, b = (side.contents.components.keys() for side in self._sides)
        return sorted((a | b) - told)
