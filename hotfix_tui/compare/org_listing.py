"""What an org says it has: its metadata types, and the components of each, before any content is read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hotfix_tui.compare.component import ComponentId
from hotfix_tui.compare.stamps import parent_of
from hotfix_tui.compare.types import metadata_types, standard_value_sets
from hotfix_tui.salesforce.errors import MetadataFault, RetrieveFailed, SalesforceError, ServerUnavailable

if TYPE_CHECKING:
    from hotfix_tui.salesforce.metadata_api import ComponentProperties, MetadataType, TypeQuery
    from hotfix_tui.salesforce.org import Org

# A flow's definition only says which version is active; that is read with the flow itself.
_LEFT_OUT = {"FlowDefinition"}
_INSTALLED = {"installed", "installedEditable", "deprecated", "deprecatedEditable"}
_VALUE_SETS = "StandardValueSet"


def is_about_the_request(error: SalesforceError) -> bool:
    """Whether an org refused this one request, so that asking for something else makes sense.

    UNKNOWN_EXCEPTION is what Salesforce answers when a single type or component is broken on its side.
    """
    if isinstance(error, ServerUnavailable):
        return error.code == "UNKNOWN_EXCEPTION"
    return isinstance(error, MetadataFault | RetrieveFailed)


@dataclass
class Listing:
    """`members`: metadata type → full names to retrieve. `properties`: also of children. `unreadable`: type → why.

    `managed`: what belongs to installed packages, which is left out (`keep_managed` takes it as all else). `unlisted`:
    child types that could not be listed; their components still come with their parent.
    """

    members: dict[str, list[str]] = field(default_factory=dict)
    properties: dict[ComponentId, ComponentProperties] = field(default_factory=dict)
    managed: dict[ComponentId, ComponentProperties] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    unlisted: set[str] = field(default_factory=set)
    keep_managed: bool = False

    def refused(self, query: TypeQuery, error: SalesforceError) -> None:
        """Keeps the org's words for a type it does not list. Children still come with their parent."""
        name = query if isinstance(query, str) else query[0]
        if metadata_types().child(name) is None:
            self.unreadable[name] = error.message
        else:
            self.unlisted.add(name)

    def take(self, found: Iterable[ComponentProperties], *, children: set[str]) -> None:
        """Adds what listMetadata gave; of `children` only who changed them when, as their parent brings them."""
        for item in found:
            key = ComponentId(item.type, item.full_name)
            installed = item.namespace and (not item.manageable_state or item.manageable_state in _INSTALLED)
            if installed and not self.keep_managed:
                self.managed[key] = item
            else:
                self.properties[key] = item
                if key.type not in children:
                    self.members.setdefault(key.type, []).append(key.full_name)


async def list_types(org: Org, names: Iterable[str], *, managed: bool = False) -> Listing:
    """The components of types that have neither folders nor children, whether or not the org has such types."""
    listing = Listing(keep_managed=managed)
    listing.take(await _ask(org, [*names], listing.refused), children=set())
    listing.members = {name: sorted(set(found)) for name, found in listing.members.items()}
    return listing


async def list_org(
    org: Org, types: Iterable[str] | None = None, *, managed: bool = False, early: Awaitable[Listing] | None = None
) -> Listing:
    """All components of `org` (or of the named types and their children); of installed packages only when `managed`.

    `early`: the listing of some types that was asked for before. A type that the org refuses to list is in `unreadable`
    with its words. Raises SalesforceError when the org as a whole cannot be read.
    """
    wanted = None if types is None else set(types)
    described = [
        kind
        for kind in await org.describe_metadata()
        if kind.name not in _LEFT_OUT and (wanted is None or kind.name in wanted)
    ]
    children = {child for kind in described for child in kind.children if metadata_types().child(child)}
    flat = [kind.name for kind in described if not kind.in_folder]
    known = await early if early is not None else Listing()
    listing = Listing(keep_managed=managed, properties=dict(known.properties), managed=dict(known.managed))
    listing.members = {name: list(names) for name, names in known.members.items() if name in flat}

    async def list_flat() -> None:
        asked = [name for name in [*flat, *sorted(children)] if name not in known.members]
        listing.take(await _ask(org, asked, listing.refused), children=children)

    await _together(list_flat(), _list_folders(org, [kind for kind in described if kind.in_folder], listing))
    if any(kind.name == _VALUE_SETS for kind in described):
        # They cannot be listed; a name that this org does not have is only a message in the retrieve.
        listing.members[_VALUE_SETS] = [*standard_value_sets(), *listing.members.get(_VALUE_SETS, [])]
    _name_without_parent(listing)
    listing.members = {name: sorted(set(listing.members[name])) for name in sorted(listing.members)}
    return listing


def _name_without_parent(listing: Listing) -> None:
    """Our own field on a package's object is retrieved by its own name: the object that would bring it is left out."""
    for key in listing.properties:
        if (parent := parent_of(key)) is not None and parent in listing.managed:
            listing.members.setdefault(key.type, []).append(key.full_name)


async def list_only(org: Org, only: Iterable[ComponentId]) -> Listing:
    """A listing of the components `only`, for reading just these; who changed them when as far as the org tells."""
    listing = Listing()
    for key in sorted(set(only)):
        listing.members.setdefault(key.type, []).append(key.full_name)

    def ignore(query: TypeQuery, error: SalesforceError) -> None:
        """What cannot be listed may still be retrieved by its name."""

    queries: list[TypeQuery] = []
    for name, members in listing.members.items():
        kind = metadata_types().get(name)
        folders = sorted({member.partition("/")[0] for member in members}) if kind and kind.in_folder else []
        queries.extend((name, folder) for folder in folders)
        if not folders:
            queries.append(name)
    for item in await _ask(org, queries, ignore):
        listing.properties[ComponentId(item.type, item.full_name)] = item
    return listing


async def _together(*works: Coroutine[None, None, None]) -> None:
    """All at the same time. When one raises, the others are cancelled."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


async def _ask(
    org: Org, queries: Sequence[TypeQuery], refused: Callable[[TypeQuery, SalesforceError], None]
) -> list[ComponentProperties]:
    """listMetadata of all `queries`. When the lot is refused, each is asked alone, and `refused` told which it was."""
    if not queries:
        return []
    try:
        return await org.list_metadata(queries, refused)
    except SalesforceError as error:
        if not is_about_the_request(error):
            raise
    found: list[ComponentProperties] = []
    for query in queries:
        try:
            found += await org.list_metadata([query], refused)
        except SalesforceError as error:
            if not is_about_the_request(error):
                raise
            refused(query, error)
    return found


async def _list_folders(org: Org, kinds: list[MetadataType], listing: Listing) -> None:
    """Types in folders are listed folder by folder; a folder itself is a member of the type of its content."""
    by_folder_type = {_folder_type(kind.name): kind.name for kind in kinds}
    if not by_folder_type:
        return
    folders = [item for item in await _ask(org, [*by_folder_type], listing.refused) if item.type in by_folder_type]
    queries = [(by_folder_type[item.type], item.full_name) for item in folders]
    listing.take(await _ask(org, queries, listing.refused), children=set())
    for name, folder in queries:
        listing.members.setdefault(name, []).append(folder)
    for folder_type, name in by_folder_type.items():
        if why := listing.unreadable.pop(folder_type, ""):
            listing.unreadable[name] = why


def _folder_type(name: str) -> str:
    return "EmailFolder" if name == "EmailTemplate" else f"{name}Folder"
