"""What each component of one side depends on, and what uses it: read from its files, completed by what its org says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.references.find import lookup_targets, mentions_of
from hotfix_tui.compare.references.mention import Mention
from hotfix_tui.compare.references.names import Names

Edge = tuple[ComponentId, ComponentId]
"""What names, and what is named."""


@dataclass(frozen=True)
class Uses:
    """One component on one side. `of_org`: those that only the org told of."""

    depends_on: frozenset[ComponentId] = frozenset()
    used_by: frozenset[ComponentId] = frozenset()
    of_org: frozenset[ComponentId] = frozenset()


class ReadFiles:
    """What files name, read once however many sides hold the same file. Two threads must not share one."""

    def __init__(self) -> None:
        self._read: dict[tuple[ComponentId, tuple[tuple[str, bytes], ...]], frozenset[Mention]] = {}

    def mentions(self, component: Component) -> frozenset[Mention]:
        """As `mentions_of`."""
        content = (component.id, tuple(component.files.items()))
        found = self._read.get(content)
        if found is None:
            found = self._read[content] = mentions_of(component)
        return found


class Dependencies:
    """Who names whom on one side."""

    def __init__(self, edges: Iterable[Edge] = ()) -> None:
        self._to: dict[ComponentId, set[ComponentId]] = defaultdict(set)
        self._from: dict[ComponentId, set[ComponentId]] = defaultdict(set)
        self._told: set[Edge] = set()
        for named_in, named in edges:
            self._to[named_in].add(named)
            self._from[named].add(named_in)

    @classmethod
    def read(cls, components: Mapping[ComponentId, Component], files: ReadFiles | None = None) -> Dependencies:
        """Reads all components of a side. Blocks for seconds when there are thousands: not for an event loop."""
        files = files or ReadFiles()
        lookups = {
            key: targets
            for key, component in components.items()
            if key.type == "CustomField" and (targets := lookup_targets(component))
        }
        names = Names(components, lookups)
        return cls(
            (key, named)
            for key, component in components.items()
            for named in names.resolve(key, files.mentions(component))
        )

    def tell(self, edges: Iterable[Edge]) -> None:
        """Adds what the org itself says; what the files say already stays as it is."""
        for named_in, named in edges:
            if named_in != named and named not in self._to.get(named_in, ()):
                self._told.add((named_in, named))
                self._to[named_in].add(named)
                self._from[named].add(named_in)

    def uses(self, key: ComponentId) -> Uses:
        """What `key` depends on and what uses it; nothing for what is not there."""
        depends_on, used_by = self._to.get(key, set()), self._from.get(key, set())
        told = {one for one in depends_on if (key, one) in self._told}
        told |= {one for one in used_by if (one, key) in self._told}
        return Uses(frozenset(depends_on), frozenset(used_by), frozenset(told))
