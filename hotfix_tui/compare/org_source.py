"""An org's components: listed, then retrieved in as few packages as the Metadata API's limits allow."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from hotfix_tui.compare.archive import BadPackage
from hotfix_tui.compare.bodies import Files
from hotfix_tui.compare.cache import MetadataCache, Scope
from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.early import early_types, list_early
from hotfix_tui.compare.flows import FLOW, QUERY, FlowVersions, base_name, member, under_own_name, versions_of
from hotfix_tui.compare.org_listing import Listing, is_about_the_request, list_only, list_org
from hotfix_tui.compare.package import components_of, packed_members
from hotfix_tui.compare.packages import Members, ReadingOrder, chunked, first_of, ids_of
from hotfix_tui.compare.stamps import is_text, stamps
from hotfix_tui.compare.types import carriers, metadata_types
from hotfix_tui.salesforce.errors import MalformedReply, SalesforceError, TooLarge

if TYPE_CHECKING:
    from hotfix_tui.salesforce.metadata_api import ComponentProperties, Retrieved, RetrieveMessage
    from hotfix_tui.salesforce.org import Org

_AT_ONCE = 3
_KEPT_AT_ONCE = 1_000
# What a retrieve cuts down to the other members of its manifest (Metadata API guide: Profile, Translations).
_CUT_DOWN = ("CustomObjectTranslation", "Profile", "Translations")


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
    """One retrieved package: its components, and how far the reading is (in listed members).

    `members`: what was asked for. When the org `refused` them, nothing is known of them; what it gives nothing for
    otherwise is not there. `changed`: what somebody changed between the listing and the retrieve.
    """

    components: dict[ComponentId, Component]
    members: tuple[ComponentId, ...] = ()
    refused: bool = False
    done: int = 0
    total: int = 0
    notes: tuple[str, ...] = ()
    changed: tuple[ComponentId, ...] = ()


class OrgReading:
    """Reads one org. `begin` first, then `batches`; `unreadable` grows as types fail.

    With a `cache` only what its stamps do not vouch for is retrieved; `fresh` retrieves everything, and keeps it anew.
    `order`: shared with the reading of another org, so that both bring the same members in the same packages.
    """

    def __init__(
        self,
        org: Org,
        *,
        api_version: str | None = None,
        cache: MetadataCache | None = None,
        fresh: bool = False,
        managed: bool = False,
        order: ReadingOrder | None = None,
    ) -> None:
        self._org = org
        self._managed = managed
        self._api_version = api_version
        self._cache = cache
        self._fresh = fresh
        self._order = order
        self._scope = Scope(org.org_id, api_version or org.api_version)
        self._stamps: dict[ComponentId, str] = {}
        self._whole = False
        self._listing = Listing()
        self._flows: dict[str, FlowVersions] = {}
        self._early: asyncio.Task[Listing] | None = None
        self._read_early: set[ComponentId] = set()

    @property
    def unreadable(self) -> dict[str, str]:
        """Metadata type → why it could not be read, in the org's words."""
        return self._listing.unreadable

    @property
    def listed(self) -> Collection[ComponentId]:
        """What the org listed, children included; without value sets, which have no list."""
        return self._listing.properties.keys()

    @property
    def managed(self) -> Collection[ComponentId]:
        """What belongs to installed packages and is left out."""
        return self._listing.managed.keys()

    @property
    def ids(self) -> dict[ComponentId, str]:
        """The Salesforce id of what was listed, children included, where the org told one."""
        return {key: item.id for key, item in self._listing.properties.items() if item.id}

    async def begin(self, types: Iterable[str] | None = None, only: Iterable[ComponentId] | None = None) -> Members:
        """What there is to retrieve, type → full names. Raises SalesforceError when the org cannot be read at all."""
        began = datetime.now(UTC)
        self._whole = only is None
        self._listing = await (
            list_org(self._org, types, managed=self._managed, early=self._early)
            if only is None
            else list_only(self._org, only)
        )
        if FLOW in self._listing.members and not self._flows:
            self._flows = versions_of(await self._org.tooling_query(QUERY))
        if self._cache is not None and self._whole:
            found = self._listing
            self._stamps = stamps(found.members, found.properties, self._flows, found.unlisted, began)
            await asyncio.to_thread(self._cache.listed, self._org.org_id, _ids({**found.properties, **found.managed}))
        return self._listing.members

    def list_early(self, types: Iterable[str] | None) -> asyncio.Task[Listing]:
        """Begins to list a few of `types`, for `early`. To be called before `begin`, which does not ask for them again.

        The task raises SalesforceError, as `begin` then does.
        """
        self._early = asyncio.ensure_future(self._listed_early(early_types(types)))
        return self._early

    async def _listed_early(self, names: tuple[str, ...]) -> Listing:
        began = datetime.now(UTC)
        listing = await list_early(self._org, names, managed=self._managed)
        if FLOW in listing.members:
            self._flows = versions_of(await self._org.tooling_query(QUERY))
        if self._cache is not None:
            self._stamps = stamps(listing.members, listing.properties, self._flows, (), began)
        self._listing = listing
        return listing

    async def early(self, listing: Listing) -> AsyncIterator[OrgBatch]:
        """Some of what was listed early; the rest, and what fails here, comes with `batches`.

        Of what is kept only text is taken: whether the rest still counts is known when everything is listed.
        """
        kept = await self._find_kept()
        if text := {key: files for key, files in kept.items() if is_text(key.type)}:
            self._read_early.update(text)
            yield OrgBatch(self._known(await self._taken_apart(text), ()), tuple(text))
        wanted: Members = {}
        for key in sorted(ids_of(listing.members)):
            if key not in kept:
                wanted.setdefault(key.type, []).append(key.full_name)
        packages = await self._order.early(wanted, listing) if self._order else first_of(wanted, listing)
        for package in packages:
            with contextlib.suppress(SalesforceError, BadPackage):
                for batch in await self._read(package, refusals=False):
                    self._read_early.update(batch.members)
                    yield batch

    async def batches(self) -> AsyncIterator[OrgBatch]:
        """The components: what is kept first, then package by package as they arrive.

        A type that the org refuses to give is left out and said in `unreadable`; the rest comes. Raises SalesforceError
        when the org as a whole cannot be read.
        """
        total = sum(len(names) for names in self._listing.members.values())
        done = len(self._read_early)
        kept = {key: files for key, files in (await self._find_kept()).items() if key not in self._read_early}
        reads = _Reads(await self._jobs(kept.keys() | self._read_early))
        try:
            for start in range(0, len(kept), _KEPT_AT_ONCE):
                part = dict(list(kept.items())[start : start + _KEPT_AT_ONCE])
                done += len(part)
                components = self._known(await self._taken_apart(part), ())
                yield OrgBatch(components, tuple(part), done=done, total=total)
            async for batch in reads:
                done += len(batch.members)
                yield replace(batch, done=done, total=total)
        finally:
            await reads.close()

    async def _jobs(self, kept: Collection[ComponentId]) -> list[_Job]:
        """What is to be asked of the org, in order: all that is not `kept`."""
        rest = {
            name: wanted
            for name, names in self._listing.members.items()
            if (wanted := [one for one in names if ComponentId(name, one) not in kept])
        }
        apart = {name: rest.pop(name) for name in _CUT_DOWN if self._whole and name in rest}
        packages = await self._order.packages(rest, self._listing) if self._order else chunked(rest)
        jobs: list[_Job] = [partial(self._read, package) for package in packages]
        jobs[1:1] = [partial(self._read_apart, name, names) for name, names in apart.items()]
        return jobs

    async def _find_kept(self) -> dict[ComponentId, Files]:
        if self._cache is None or self._fresh or not self._stamps:
            return {}
        return await asyncio.to_thread(self._cache.find, self._scope, self._stamps)

    async def _read_apart(self, name: str, names: list[str]) -> list[OrgBatch]:
        """Components of a type whose content would depend on what else is retrieved, each whole."""
        asked = ids_of({name: names})
        try:
            files = await self._org.read_metadata(name, names, api_version=self._api_version)
        except SalesforceError as error:
            if not _is_about_the_package(error):
                raise
            self.unreadable[name] = getattr(error, "message", str(error))
            return [OrgBatch({}, asked, refused=True)]
        kind = metadata_types()[name]
        grouped = {
            ComponentId(name, full_name): {f"{kind.directory}/{full_name}.{kind.suffix}": content}
            for full_name, content in files.items()
        }
        return [OrgBatch(self._known(await self._taken_apart(grouped), ()), asked)]

    async def _taken_apart(self, grouped: Mapping[ComponentId, Mapping[str, bytes]]) -> dict[ComponentId, Component]:
        return await asyncio.to_thread(components_of, grouped, None, self._order.apart if self._order else None)

    async def _read(self, chunk: Members, *, refusals: bool = True) -> list[OrgBatch]:
        """One package, taken apart. What is too large is halved; of what is refused, each type is tried alone.

        Without `refusals` it is tried once, as it is. Raises SalesforceError, BadPackage.
        """
        wanted = dict(chunk)
        if FLOW in wanted:
            wanted[FLOW] = [member(name, self._flows) for name in wanted[FLOW]]
        try:
            retrieved = await self._org.retrieve(wanted, api_version=self._api_version)
            grouped = await asyncio.to_thread(packed_members, retrieved.zip)
            components = await self._taken_apart(grouped)
        except (SalesforceError, BadPackage) as error:
            if not refusals or not _is_about_the_package(error):
                raise
            if smaller := _smaller(chunk, error):
                return [part for half in smaller for part in await self._read(half)]
            for name in chunk:
                self.unreadable[name] = getattr(error, "message", str(error))
            return [OrgBatch({}, ids_of(chunk), refused=True)]
        changed = self._changed_meanwhile(retrieved)
        await self._keep(grouped, set(changed))
        known = self._known(components, retrieved.properties)
        return [OrgBatch(known, ids_of(chunk), notes=tuple(map(_note, retrieved.messages)), changed=changed)]

    def _changed_meanwhile(self, retrieved: Retrieved) -> tuple[ComponentId, ...]:
        """What the retrieve dates later than the listing did."""
        found = []
        for item in retrieved.properties:
            listed = self._listing.properties.get(ComponentId(item.type, item.full_name))
            if listed and listed.last_modified_at and item.last_modified_at > listed.last_modified_at:
                found.append(ComponentId(item.type, item.full_name))
        return tuple(found)

    async def _keep(self, grouped: Mapping[ComponentId, Files], changed: set[ComponentId]) -> None:
        """Keeps what has a stamp; not what changed meanwhile, as its stamp is of the content before."""
        if self._cache is None:
            return
        kept = {}
        for key, files in grouped.items():
            own = ComponentId(FLOW, base_name(key.full_name)) if key.type == FLOW else key
            if own in self._stamps and own not in changed:
                kept[own] = (self._stamps[own], files)
        await asyncio.to_thread(self._cache.keep, self._scope, kept)

    def _known(
        self, components: Mapping[ComponentId, Component], properties: Iterable[ComponentProperties]
    ) -> dict[ComponentId, Component]:
        """`components` without managed ones, with who changed them when, and flows under their own name."""
        listed, retrieved = self._listing.properties, {ComponentId(one.type, one.full_name): one for one in properties}
        found = {}
        for component in components.values():
            known = under_own_name(component, self._flows) if component.id.type == FLOW else component
            if known.id in self._listing.managed:
                continue
            if about := listed.get(known.id) or retrieved.get(known.id):
                by, at = about.last_modified_by, about.last_modified_at
                known = Component(known.id, known.files, by, at, known.detail)
            found[known.id] = known
        return found


_Job = Callable[[], Awaitable[list[OrgBatch]]]


class _Reads:
    """Several jobs at once, begun as soon as it is made; their batches as they arrive."""

    def __init__(self, jobs: list[_Job]) -> None:
        self._waiting = jobs
        self._running: set[asyncio.Task[list[OrgBatch]]] = set()
        self._start()

    def _start(self) -> None:
        while self._waiting and len(self._running) < _AT_ONCE:
            self._running.add(asyncio.ensure_future(self._waiting.pop(0)()))

    async def __aiter__(self) -> AsyncIterator[OrgBatch]:
        while self._running:
            finished, self._running = await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            self._start()
            for task in finished:
                for batch in task.result():
                    yield batch

    async def close(self) -> None:
        """Gives up what still runs."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


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


def _ids(properties: Mapping[ComponentId, ComponentProperties]) -> dict[str, list[str]]:
    """Type → what is listed of it, each with its Salesforce id: a component made anew under an old name is another."""
    found: dict[str, list[str]] = {}
    for key, item in properties.items():
        found.setdefault(key.type, []).append(f"{key.full_name} {item.id}")
    return found


def _note(message: RetrieveMessage) -> str:
    return f"{message.file_name}: {message.problem}" if message.file_name else message.problem
