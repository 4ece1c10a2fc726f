"""Which members are read together, and in what order: small packages first, and two orgs' the same.

Two orgs that are compared read the same members at the same time, so that each pair is compared when it is there and
need not wait for the rest. What differs most likely comes first: what only one of them has, and what changed last.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, repeat
from typing import TYPE_CHECKING, TypeAlias

from hotfix_tui.compare.component import ComponentId
from hotfix_tui.compare.package import TakenApart
from hotfix_tui.compare.stamps import parent_of
from hotfix_tui.compare.types import metadata_types

if TYPE_CHECKING:
    from hotfix_tui.compare.org_listing import Listing

Members = dict[str, list[str]]
"""Metadata type → full names, as a manifest has them."""
Asked: TypeAlias = "tuple[Members, Listing]"

# The Metadata API takes 10,000 files a retrieve. Bundles have several files, and how many is known only afterwards.
MAX_FILES = 9_000
_FILES_OF_A_BUNDLE = 8
# The first packages are small for the first rows to come soon; no package is so large that a few at once fill memory.
_FIRST = 150
_FILES = (400, 1_500)
_MOST_FILES = 2_000


class ReadingOrder:
    """The packages of several orgs that are read at the same time: each asks once, and gets its part of one plan.

    `apart`: what they share of what they read.
    """

    def __init__(self, orgs: int) -> None:
        self._early = _Gathered(orgs, _first)
        self._whole = _Gathered(orgs, _planned)
        self.apart = TakenApart()

    async def early(self, wanted: Members, listing: Listing) -> list[Members]:
        """The one package of what was listed early, or none. Waits for the other orgs' early lists."""
        return await self._early.packages(wanted, listing)

    async def packages(self, wanted: Members, listing: Listing) -> list[Members]:
        """The packages for one org, which lists `listing` and has `wanted` to read. Waits for the other orgs' lists."""
        return await self._whole.packages(wanted, listing)


class _Gathered:
    """What several orgs ask for, and the packages made of it once all have asked."""

    def __init__(self, orgs: int, plan: Callable[[list[Asked]], list[Members]]) -> None:
        self._missing = orgs
        self._asked: list[Asked] = []
        self._all_asked = asyncio.Event()
        self._planned: list[Members] = []
        self._plan = plan

    async def packages(self, wanted: Members, listing: Listing) -> list[Members]:
        self._asked.append((wanted, listing))
        self._missing -= 1
        if not self._missing:
            self._planned = self._plan(self._asked)
            self._all_asked.set()
        await self._all_asked.wait()
        mine = {name: set(names) for name, names in wanted.items()}
        parts = [
            {name: here for name, names in package.items() if (here := [one for one in names if one in mine[name]])}
            for package in ({name: names for name, names in one.items() if name in mine} for one in self._planned)
        ]
        return [part for part in parts if part]


def first_of(wanted: Members, listing: Listing) -> list[Members]:
    """The most likely to differ of what one org has `wanted`, as one package, or none."""
    return _first([(wanted, listing)])


def _first(asked: list[Asked]) -> list[Members]:
    chosen = _likely_first(asked)[:_FIRST]
    return [_grouped(sorted(chosen))] if chosen else []


def _planned(asked: list[Asked]) -> list[Members]:
    ordered = _likely_first(asked)
    limits = chain(_FILES, repeat(_MOST_FILES))
    first, rest = sorted(ordered[:_FIRST]), sorted(ordered[_FIRST:])
    return [*_parts(_grouped(first), repeat(MAX_FILES)), *_parts(_grouped(rest), limits)]


def _likely_first(asked: list[Asked]) -> list[ComponentId]:
    """All that is wanted: what is not everywhere first, then what changed last."""
    every = sorted({key for wanted, _ in asked for key in ids_of(wanted)})
    lists = [set(ids_of(listing.members)) for _, listing in asked]
    dates = [_latest(listing) for _, listing in asked]

    def likely(key: ComponentId) -> tuple[bool, str]:
        return not all(key in one for one in lists), max(one.get(key, "") for one in dates)

    return sorted(every, key=likely, reverse=True)


def _latest(listing: Listing) -> dict[ComponentId, str]:
    """Member → when it or one of its children was last changed, as far as the org's dates tell."""
    found: dict[ComponentId, str] = {}
    for key, item in listing.properties.items():
        member = parent_of(key) or key
        found[member] = max(found.get(member, ""), item.last_modified_at)
    return found


def chunked(members: Members, limit: int = MAX_FILES) -> list[Members]:
    """`members` in parts that stay below `limit` files, as far as the types tell."""
    return _parts(members, repeat(limit))


def _parts(members: Mapping[str, Iterable[str]], limits: Iterator[int]) -> list[Members]:
    parts: list[Members] = []
    room = 0
    for name in sorted(members):
        files = _files_of(name)
        for full_name in members[name]:
            if room < files:
                parts.append({})
                room = next(limits)
            parts[-1].setdefault(name, []).append(full_name)
            room -= files
    return parts


def _files_of(type_name: str) -> int:
    kind = metadata_types().get(type_name)
    if kind is None:
        return 1
    if kind.source in ("bundle", "digital_experience") or type_name == "ExperienceBundle":
        return _FILES_OF_A_BUNDLE
    return 2 if kind.meta_file or kind.source in ("content", "mixed") else 1


def ids_of(members: Mapping[str, Iterable[str]]) -> tuple[ComponentId, ...]:
    """The members as ids."""
    return tuple(ComponentId(name, full_name) for name, names in members.items() for full_name in names)


def _grouped(keys: Iterable[ComponentId]) -> Members:
    found: Members = {}
    for key in keys:
        found.setdefault(key.type, []).append(key.full_name)
    return found
