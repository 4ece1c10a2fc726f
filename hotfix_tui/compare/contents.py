"""What one side of a comparison holds, and, while it is still being read, what is surely known of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.stamps import parent_of
from hotfix_tui.compare.types import carriers


@dataclass
class Contents:
    """The components of a side; they come while it is read. `unreadable`: metadata type → why.

    `managed`: what belongs to installed packages and was left out. `ids`: Salesforce ids, of an org only. `listed`: the
    members (what is read as a whole, a component with its children) that the side says it has, None until it has said
    so; `refused` the types that it could not even list. `early`: types of which it has said so before all others.
    """

    components: dict[ComponentId, Component] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    managed: frozenset[ComponentId] = frozenset()
    ids: dict[ComponentId, str] = field(default_factory=dict, repr=False)
    listed: frozenset[ComponentId] | None = None
    refused: frozenset[str] = frozenset()
    early: frozenset[str] = frozenset()
    _read: set[ComponentId] = field(default_factory=set, repr=False)
    _failed: set[ComponentId] = field(default_factory=set, repr=False)
    _open: dict[ComponentId, int] = field(default_factory=dict, repr=False)
    _brought: dict[ComponentId, list[ComponentId]] = field(default_factory=dict, repr=False)
    _news: list[ComponentId] = field(default_factory=list, repr=False)

    @classmethod
    def of(cls, components: Mapping[ComponentId, Component], managed: frozenset[ComponentId] = frozenset()) -> Contents:
        """A side of which everything is known."""
        whole = cls.begun({family_of(key) for key in components}, {}, managed=managed)
        whole.take(whole.listed or (), components)
        return whole

    @classmethod
    def begun(
        cls,
        listed: Iterable[ComponentId],
        unreadable: dict[str, str],
        *,
        managed: frozenset[ComponentId] = frozenset(),
        ids: dict[ComponentId, str] | None = None,
    ) -> Contents:
        """A side that has said which members it has. `unreadable` may grow while they are read."""
        begun = cls()
        begun.list_all(listed, unreadable, managed=managed, ids=ids)
        return begun

    def list_early(self, types: Iterable[str], managed: frozenset[ComponentId], listed: Iterable[ComponentId]) -> None:
        """The side has said which members of these `types` it has; of the others it has not said anything."""
        self.early, self.managed = frozenset(types), managed
        self._count(listed)

    def list_all(
        self,
        listed: Iterable[ComponentId],
        unreadable: dict[str, str],
        *,
        managed: frozenset[ComponentId] = frozenset(),
        ids: dict[ComponentId, str] | None = None,
    ) -> None:
        """The side has said which members it has. What was read of them early stays."""
        self.unreadable, self.managed, self.ids = unreadable, managed, ids or {}
        self.listed, self.refused = frozenset(listed), frozenset(unreadable)
        self._count(self.listed)

    def _count(self, listed: Iterable[ComponentId]) -> None:
        """How many members of each family are still to be read."""
        self._open = {}
        for member in listed:
            if member not in self._read:
                family = family_of(member)
                self._open[family] = self._open.get(family, 0) + 1

    def take(self, members: Iterable[ComponentId], components: Mapping[ComponentId, Component] | None) -> None:
        """`members` were read, and these `components` came of it; None: they could not be read."""
        asked = list(members)
        (self._failed if components is None else self._read).update(asked)
        for key in components or ():
            self._brought.setdefault(family_of(key), []).append(key)
        self.components.update(components or {})
        for member in asked:
            family = family_of(member)
            self._open[family] = self._open.get(family, 1) - 1
            if not self._open[family]:
                self._news.append(family)

    def take_news(self) -> list[ComponentId]:
        """The families of which all was read that is there, or could not be, since this was last called."""
        news, self._news = self._news, []
        return news

    def settled(self, family: ComponentId) -> bool:
        """Whether nothing that is still to be read changes what is known of `family`."""
        return (self.listed is not None or family.type in self.early) and not self._open.get(family)

    @property
    def stage(self) -> int:
        """How much the side has said of what it has: nothing, some types, all."""
        return 2 if self.listed is not None else 1 if self.early else 0

    @property
    def complete(self) -> bool:
        """Whether everything that was listed has been read, or could not be."""
        return self.listed is not None and not any(self._open.values())

    def brought_by(self, family: ComponentId) -> list[ComponentId]:
        """The components of `family` that are there."""
        return self._brought.get(family, [])

    def unread(self, key: ComponentId) -> bool:
        """Whether the side may have `key` but could not give it."""
        if self.listed is None:
            return any(name in self.unreadable for name in carriers(key.type))
        member = key if key in self.listed else family_of(key)
        if member in self._read:
            return False
        return member in self._failed or any(name in self.refused for name in carriers(key.type))


def family_of(key: ComponentId) -> ComponentId:
    """A component and its children are a family; it is named after the parent, also when that is not there itself."""
    return parent_of(key) or key
