"""What can be compared: an org or a folder, and how a person names one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from hotfix_tui.compare.cache import MetadataCache
from hotfix_tui.compare.contents import Contents
from hotfix_tui.compare.folder import scan_folder
from hotfix_tui.compare.namespaces import namespace_of
from hotfix_tui.compare.org_source import OrgReading
from hotfix_tui.compare.packages import ReadingOrder, ids_of
from hotfix_tui.events.base import Event
from hotfix_tui.events.compare import TypesRead, TypeUnreadable
from hotfix_tui.events.session import Finding, Progress
from hotfix_tui.salesforce.login import known_logins, login_for

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org


class Source(Protocol):
    """One side of a comparison."""

    name: str
    contents: Contents

    @property
    def api_version(self) -> str:
        """The newest API version the side has (`63.0`), empty for a folder."""

    def read(
        self, side: str, *, types: Iterable[str] | None = None, api_version: str = ""
    ) -> AsyncGenerator[Event, None]:
        """Reads everything into `contents`, which grows meanwhile, and tells how far it is. Events carry `side`.

        Raises NotMetadata or SalesforceError.
        """

    async def close(self) -> None:
        """Lets go of what was opened for it."""


class FolderSource:
    """A folder of metadata; `sf` source format or Metadata API format. `managed`: with what has a namespace."""

    def __init__(self, path: str | Path, *, managed: bool = False) -> None:
        self.name = str(path)
        self._managed = managed
        self.contents = Contents()
        self._path = Path(path).expanduser()

    @property
    def api_version(self) -> str:
        """Empty: files of any version can lie together."""
        return ""

    async def read(
        self, side: str, *, types: Iterable[str] | None = None, api_version: str = ""
    ) -> AsyncGenerator[Event, None]:
        """Reads the folder in a thread. Raises NotMetadata."""
        found = await asyncio.to_thread(scan_folder, self._path)
        wanted = None if types is None else set(types)
        components = {key: one for key, one in found.components.items() if wanted is None or key.type in wanted}
        managed = frozenset(key for key in components if namespace_of(key) and not self._managed)
        self.contents = Contents.of({key: one for key, one in components.items() if key not in managed}, managed)
        read = self.contents.components
        yield TypesRead(side=side, types=len({key.type for key in read}), components=len(read))
        for warning in found.warnings:
            yield Finding(level="warning", text=warning, org=self.name)

    async def close(self) -> None:
        """Nothing is open."""


class OrgSource:
    """A connected org. `owned`: `close` also closes the org's connection.

    With a `cache`, bodies that its dates vouch for are not fetched again; `fresh` fetches all, and keeps them anew.
    `managed`: what belongs to installed packages is read too. `order`: set by who reads two orgs, so that both bring
    the same members at about the same time.
    """

    def __init__(
        self,
        org: Org,
        *,
        owned: bool = False,
        cache: MetadataCache | None = None,
        fresh: bool = False,
        managed: bool = False,
    ) -> None:
        self.name = org.alias
        self.contents = Contents()
        self.org = org
        self.order: ReadingOrder | None = None
        self._owned = owned
        self._cache = cache
        self._fresh = fresh
        self._managed = managed

    @property
    def api_version(self) -> str:
        """The org's newest API version."""
        return self.org.api_version

    async def read(
        self, side: str, *, types: Iterable[str] | None = None, api_version: str = ""
    ) -> AsyncGenerator[Event, None]:
        """Lists and retrieves the org. Raises SalesforceError when the org as a whole cannot be read."""
        self.contents = Contents()
        reading = OrgReading(
            self.org,
            api_version=api_version or None,
            cache=self._cache,
            fresh=self._fresh,
            managed=self._managed,
            order=self.order,
        )
        early = reading.list_early(types)
        whole = asyncio.ensure_future(reading.begin(types))
        try:
            listing = await early
            self.contents.list_early(listing.members, frozenset(listing.managed), ids_of(listing.members))
            async for batch in reading.early(listing):
                self.contents.take(batch.members, batch.components)
                done = len(self.contents.components)
                yield Progress(what="retrieve", org=self.name, done=done, total=0, unit="components")
            members = await whole
        finally:
            whole.cancel()
            await asyncio.gather(early, whole, return_exceptions=True)
        managed = frozenset(reading.managed)
        self.contents.list_all(ids_of(members), reading.unreadable, managed=managed, ids=reading.ids)
        kinds = {key.type for key in reading.listed}
        yield TypesRead(side=side, types=len(kinds), components=len(reading.listed))
        async for batch in reading.batches():
            self.contents.take(batch.members, None if batch.refused else batch.components)
            yield Progress(what="retrieve", org=self.name, done=batch.done, total=batch.total, unit="components")
            for key in batch.changed:
                text = f"{key} was changed while it was read; compare again to see it as it is now"
                yield Finding(level="warning", text=text, org=self.name)
        for name, why in sorted(reading.unreadable.items()):
            yield TypeUnreadable(side=side, type=name, why=why)

    async def close(self) -> None:
        """Closes the connection when this source opened it."""
        if self._owned:
            await self.org.close()


async def resolve(
    word: str, *, cache: MetadataCache | None = None, fresh: bool = False, managed: bool = False
) -> Source:
    """The source a person names: the alias of a known org, a folder, or a folder at a git revision (`./src@v1.4`).

    An alias wins; `./name` is always a folder. `managed`: with what belongs to installed packages.
    Connects to an org. Raises UnknownAlias (which names the nearest alias) and what connecting raises.
    """
    from hotfix_tui.salesforce.org import Org  # brings requests and simple_salesforce: only when an org is named

    if word not in known_logins():
        from hotfix_tui.compare import revision

        if (at := revision.parse(word)) and looks_like_folder(str(at[0])):
            return revision.RevisionSource(*at, managed=managed)
        if looks_like_folder(word):
            return FolderSource(word, managed=managed)
    return OrgSource(await Org.connect(login_for(word)), owned=True, cache=cache, fresh=fresh, managed=managed)


async def resolve_all(
    words: Iterable[str], *, cache: MetadataCache | None = None, fresh: bool = False, managed: bool = False
) -> list[Source]:
    """The sources of several words, connected at the same time. When one cannot be, the others are let go of."""
    opening = [resolve(word, cache=cache, fresh=fresh, managed=managed) for word in words]
    opened = await asyncio.gather(*opening, return_exceptions=True)
    sources = [one for one in opened if not isinstance(one, BaseException)]
    for error in opened:
        if isinstance(error, BaseException):
            for source in sources:
                await source.close()
            raise error
    return sources


def looks_like_folder(word: str) -> bool:
    """Whether `word` is written as a path, or there is such a file or folder here."""
    return "/" in word or word.startswith((".", "~")) or Path(word).exists()
