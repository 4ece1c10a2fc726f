"""Who depends on whom on both sides of a comparison, and what belongs to what: read when a person wants to know."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from hotfix_tui.compare.compare import Comparison
from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.dependencies import Dependencies, ReadFiles, Uses
from hotfix_tui.compare.impact import ImpactSet, object_of
from hotfix_tui.compare.references.names import owner_of
from hotfix_tui.compare.sources import OrgSource
from hotfix_tui.events.compare import ComponentDependencies
from hotfix_tui.salesforce.errors import SalesforceError

KEPT_AS = "compare/dependencies"
"""The name under which a hotfix's journal keeps what `BothSides.keep` gave."""
_FORMAT = 1
_WORD = re.compile(rb"\w+")
Sides = Callable[[], tuple[Dependencies, Dependencies]]
Touching = Callable[[frozenset[str]], set[ComponentId]]


class BothSides:
    """Made by `read`, from a comparison that has ended, or by `kept_as`, from what `keep` gave."""

    def __init__(self, sides: Sides, touching: Touching, belongs: Callable[[ComponentId], str]) -> None:
        self._sides = cache(sides)
        self._touching = touching
        self._belongs = belongs

    @property
    def a(self) -> Dependencies:
        """Side A."""
        return self._sides()[0]

    @property
    def b(self) -> Dependencies:
        """Side B."""
        return self._sides()[1]

    def load(self) -> None:
        """Reads what was not read yet. Blocks: not for an event loop."""
        self._sides()

    @classmethod
    def read(cls, comparison: Comparison) -> BothSides:
        """Reads all components of both sides. Blocks: not for an event loop."""
        found = cls.of(comparison)
        found.load()
        return found

    @classmethod
    def of(cls, comparison: Comparison) -> BothSides:
        """Reads the components only when somebody asks what depends on what; the impact of an object needs none."""
        sides = [comparison.a.contents.components, comparison.b.contents.components]

        def read() -> tuple[Dependencies, Dependencies]:
            files = ReadFiles()
            return Dependencies.read(sides[0], files), Dependencies.read(sides[1], files)

        def touching(objects: frozenset[str]) -> set[ComponentId]:
            impact = ImpactSet(objects)
            return {key for side in sides for key, component in side.items() if impact.has(component)}

        def belongs(key: ComponentId) -> str:
            found = (side.get(key) for side in sides)
            return next((name for component in found if component and (name := object_of(component))), owner_of(key))

        return cls(read, touching, belongs)

    def uses(self, key: ComponentId) -> tuple[Uses, Uses]:
        """What `key` depends on and what uses it, on side A and on side B."""
        return self.a.uses(key), self.b.uses(key)

    async def ask(self, comparison: Comparison, keys: Iterable[ComponentId]) -> list[str]:
        """Adds what the orgs of a comparison say of `keys` themselves; sentences about what they do not tell.

        The orgs must still be connected. One that cannot be reached any more is a sentence too.
        """
        from hotfix_tui.compare.org_dependencies import told_by

        wanted = list(keys)
        asked = [
            (side, source)
            for side, source in ((self.a, comparison.a), (self.b, comparison.b))
            if isinstance(source, OrgSource)
        ]
        told = await asyncio.gather(
            *(told_by(source.org, wanted, source.contents.ids) for _, source in asked), return_exceptions=True
        )
        notes = []
        for (side, source), answer in zip(asked, told, strict=True):
            if isinstance(answer, SalesforceError):
                notes.append(f"{source.name} was not asked what depends on what: {answer.message}")
            elif isinstance(answer, BaseException):
                raise answer
            else:
                side.tell(answer.edges)
                notes += answer.notes
        return notes

    def told(self, key: ComponentId) -> ComponentDependencies:
        """What is known of `key`, as an event."""
        a, b = self.uses(key)
        return ComponentDependencies(
            type=key.type,
            full_name=key.full_name,
            a_depends_on=_words(a.depends_on),
            a_used_by=_words(a.used_by),
            b_depends_on=_words(b.depends_on),
            b_used_by=_words(b.used_by),
            of_org=_words(a.of_org | b.of_org),
        )

    def impact_of(self, key: ComponentId) -> set[ComponentId]:
        """What belongs to a component: itself, what it depends on and what uses it on either side.

        When it belongs to an object (a rule, a field, a layout, a trigger, a flow started by a record), also all that
        belongs to that object or names it.
        """
        found = {key}
        for uses in self.uses(key):
            found |= uses.depends_on | uses.used_by
        owner = self._belongs(key)
        return found | self.impact_of_objects([owner]) if owner else found

    def impact_of_objects(self, objects: Iterable[str]) -> set[ComponentId]:
        """What belongs to one of the objects or names it, as `ImpactSet` has it."""
        return self._touching(frozenset(objects))

    # -- for the journal

    def keep(self, comparison: Comparison) -> bytes:
        """Both sides of what differs, as JSON: all that a screen needs that does not hold the components."""
        named = {owner_of(key) for side in (comparison.a, comparison.b) for key in side.contents.components} - {""}
        objects = {name.lower().encode(): name for name in named}
        kept = {}
        for key in comparison.differences:
            sides = [one for one in (comparison.component("a", key), comparison.component("b", key)) if one]
            entry: dict[str, Any] = {"object": self._belongs(key), "names": _objects_named(sides, objects)}
            for name, uses in zip("ab", self.uses(key), strict=True):
                entry[name] = [
                    [str(one) for one in sorted(part)] for part in (uses.depends_on, uses.used_by, uses.of_org)
                ]
            kept[str(key)] = entry
        return json.dumps({"v": _FORMAT, "components": kept}, ensure_ascii=False).encode()

    @classmethod
    def kept_as(cls, content: bytes) -> BothSides:
        """From what `keep` gave. Raises ValueError when it is no such thing."""
        try:
            loaded = json.loads(content)
            entries = {ComponentId.parse(name): entry for name, entry in loaded["components"].items()}
            sides = _kept_side(entries, "a"), _kept_side(entries, "b")
            names = {key: {str(name).lower() for name in entry["names"]} for key, entry in entries.items()}
            belongs = {key: str(entry["object"]) for key, entry in entries.items()}
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"dependencies are kept otherwise: {error!r}") from error

        def touching(objects: frozenset[str]) -> set[ComponentId]:
            wanted, impact = {name.lower() for name in objects}, ImpactSet(objects)
            return {key for key in entries if names[key] & wanted or impact.owns(key)}

        return cls(lambda: sides, touching, lambda key: belongs.get(key, owner_of(key)))


def _words(keys: Iterable[ComponentId]) -> tuple[str, ...]:
    return tuple(str(key) for key in sorted(keys))


def _kept_side(entries: Mapping[ComponentId, Mapping[str, Any]], side: str) -> Dependencies:
    plain, told = [], []
    for key, entry in entries.items():
        depends_on, used_by, of_org = ([ComponentId.parse(name) for name in part] for part in entry[side])
        edges = [*((key, one, one) for one in depends_on), *((one, key, one) for one in used_by)]
        plain += [(named_in, named) for named_in, named, other in edges if other not in of_org]
        told += [(named_in, named) for named_in, named, other in edges if other in of_org]
    found = Dependencies(plain)
    found.tell(told)
    return found


def _objects_named(components: Iterable[Component], objects: Mapping[bytes, str]) -> list[str]:
    """The objects whose names stand in the components' files, as `ImpactSet` looks for them."""
    words: set[bytes] = set()
    for component in components:
        for content in ImpactSet.looked_into(component):
            words.update(_WORD.findall(content.lower()))
    return sorted(objects[word] for word in words & objects.keys())
