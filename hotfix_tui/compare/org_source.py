"""An org's components: listed, then retrieved in as few packages as the Metadata API's limits allow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hotfix_tui.compare.archive import BadPackage
from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.flows import FLOW, QUERY, FlowVersions, member, under_own_name, versions_of
from hotfix_tui.compare.org_listing import Listing, is_about_the_request, list_only, list_org
from hotfix_tui.compare.package import split
from hotfix_tui.compare.types import carriers, metadata_types
from hotfix_tui.salesforce.errors import MalformedReply, SalesforceError, TooLarge

if TYPE_CHECKING:
    from hotfix_tui.salesforce.metadata_api import Retrieved, RetrieveMessage
    from hotfix_tui.salesforce.org import Org

# The Metadata API takes 10,000 files a retrieve. Bundles have several files, and how many is known only afterwards.
MAX_FILES = 9_000
_FILES_OF_A_BUNDLE = 8
_AT_ONCE = 3
_ONE_PACKAGE = "a profile is only whole when everything is in one retrieve, and this org has too much for one"

Members = dict[str, list[str]]


@dataclass
class OrgComponents:
    """What was read. `unreadable`: metadata type → why, in the org's words. `notes`: sentences about single members."""

    components: dict[ComponentId, Component] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def why_unread(self, key: ComponentId) -> str:
        """Why nothing is known of `key`, in the org's words; "" when it was read, or is not there."""
        return next((self.unreadable[name] for name in carriers(key.type) if name in self.unreadable), "")


@dataclass(frozen=True)
class OrgBatch:
    """One retrieved package: its components, and how far the reading is (in listed components)."""

    components: dict[ComponentId, Component]
    done: int
    total: int
    notes: tuple[str, ...] = ()


class OrgReading:
    """Reads one org. `begin` first, then `batches`; `unreadable` grows as types fail."""

    def __init__(self, org: Org, *, api_version: str | None = None) -> None:
        self._org = org
        self._api_version = api_version
        self._listing = Listing()
        self._flows: dict[str, FlowVersions] = {}

    @property
    def unreadable(self) -> dict[str, str]:
        """Metadata type → why it could not be read, in the org's words."""
        return self._listing.unreadable

    @property
    def listed(self) -> Collection[ComponentId]:
        """What the org listed, children included; without value sets, which have no list."""
        return self._listing.properties.keys()

    async def begin(self, types: Iterable[str] | None = None, only: Iterable[ComponentId] | None = None) -> Members:
        """What there is to retrieve, type → full names. Raises SalesforceError when the org cannot be read at all."""
        self._listing = await (list_org(self._org, types) if only is None else list_only(self._org, only))
        if FLOW in self._listing.members:
            self._flows = versions_of(await self._org.tooling_query(QUERY))
        return self._listing.members

    async def batches(self) -> AsyncIterator[OrgBatch]:
        """The components, package by package as they arrive.

        A type that the org refuses to give is left out and said in `unreadable`; the rest comes. Raises SalesforceError
        when the org as a whole cannot be read.
        """
        chunks = chunked(self._listing.members)
        if len(chunks) > 1 and "Profile" in self._listing.members:
            self.unreadable["Profile"] = _ONE_PACKAGE
            chunks = chunked({name: members for name, members in self._listing.members.items() if name != "Profile"})
        total = sum(len(names) for chunk in chunks for names in chunk.values())
        done = 0
        running: set[asyncio.Task[list[tuple[Members, OrgBatch]]]] = set()
        waiting = list(chunks)
        try:
            while waiting or running:
                while waiting and len(running) < _AT_ONCE:
                    running.add(asyncio.create_task(self._read(waiting.pop(0))))
                finished, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in finished:
                    for chunk, batch in task.result():
                        done += sum(len(names) for names in chunk.values())
                        yield replace(batch, done=done, total=total)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _read(self, chunk: Members) -> list[tuple[Members, OrgBatch]]:
        """One package, taken apart. What is too large is halved; of what is refused, each type is tried alone."""
        members = dict(chunk)
        if FLOW in members:
            members[FLOW] = [member(name, self._flows) for name in members[FLOW]]
        try:
            retrieved = await self._org.retrieve(members, api_version=self._api_version)
            components = await asyncio.to_thread(split, retrieved.zip)
        except (SalesforceError, BadPackage) as error:
            if not _is_about_the_package(error):
                raise
            if smaller := _smaller(chunk, error):
                return [part for half in smaller for part in await self._read(half)]
            for name in chunk:
                self.unreadable[name] = getattr(error, "message", str(error))
            return [(chunk, OrgBatch({}, 0, 0))]
        return [(chunk, OrgBatch(self._known(components, retrieved), 0, 0, tuple(map(_note, retrieved.messages))))]

    def _known(self, components: dict[ComponentId, Component], retrieved: Retrieved) -> dict[ComponentId, Component]:
        """`components` without managed ones, with who changed them when, and flows under their own name."""
        listed = {ComponentId(item.type, item.full_name): item for item in retrieved.properties}
        listed.update(self._listing.properties)
        found = {}
        for component in components.values():
            known = under_own_name(component, self._flows) if component.id.type == FLOW else component
            if known.id in self._listing.managed:
                continue
            if about := listed.get(known.id):
                known = replace(known, changed_by=about.last_modified_by, changed_at=about.last_modified_at)
            found[known.id] = known
        return found


async def read_org(
    org: Org,
    *,
    types: Iterable[str] | None = None,
    only: Iterable[ComponentId] | None = None,
    api_version: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> OrgComponents:
    """The components of `org`, or of `types`, or just `only` these (what is not there is not in the answer).

    `progress(done, total)` is called after each package. Raises SalesforceError when the org as a whole cannot be
    read; a type it refuses is in `unreadable`.
    """
    reading = OrgReading(org, api_version=api_version)
    wanted = None if only is None else set(only)
    read = OrgComponents()
    if await reading.begin(types, wanted):
        async for batch in reading.batches():
            read.components.update(batch.components)
            read.notes.extend(batch.notes)
            if progress is not None:
                progress(batch.done, batch.total)
    if wanted is not None:
        read.components = {key: component for key, component in read.components.items() if key in wanted}
    read.unreadable = reading.unreadable
    return read


def chunked(members: Members, limit: int = MAX_FILES) -> list[Members]:
    """`members` in parts that stay below `limit` files, as far as the types tell."""
    parts: list[Members] = []
    room = 0
    for name in sorted(members):
        kind = metadata_types().get(name)
        files = 1
        if kind is not None and (kind.source in ("bundle", "digital_experience") or name == "ExperienceBundle"):
            files = _FILES_OF_A_BUNDLE
        elif kind is not None and (kind.meta_file or kind.source in ("content", "mixed")):
            files = 2
        for full_name in members[name]:
            if room < files:
                parts.append({})
                room = limit
            parts[-1].setdefault(name, []).append(full_name)
            room -= files
    return parts


def _is_about_the_package(error: Exception) -> bool:
    """Whether a smaller package could be read after `error`; otherwise the org as a whole cannot be."""
    if isinstance(error, TooLarge | MalformedReply | BadPackage):
        return True
    return isinstance(error, SalesforceError) and is_about_the_request(error)


def _smaller(chunk: Members, error: Exception) -> list[Members]:
    """The parts to try after `error`; none when nothing smaller makes sense."""
    if len(chunk) > 1:
        return [{name: names} for name, names in chunk.items()]
    ((name, names),) = chunk.items()
    limit = isinstance(error, TooLarge) or "LIMIT" in getattr(error, "code", "").upper()
    if limit and len(names) > 1:
        return [{name: names[: len(names) // 2]}, {name: names[len(names) // 2 :]}]
    return []


def _note(message: RetrieveMessage) -> str:
    return f"{message.file_name}: {message.problem}" if message.file_name else message.problem
