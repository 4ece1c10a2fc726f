"""Reading an org's metadata: its types, its components, their files."""

from __future__ import annotations

import asyncio
import binascii
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from sys import intern
from typing import TYPE_CHECKING, TypeAlias

from hotfix_tui.salesforce.connection import Connection
from hotfix_tui.salesforce.errors import MetadataFault, RetrieveFailed, SalesforceError
from hotfix_tui.salesforce.rest import record_id
from hotfix_tui.salesforce.soap_calls import call_to_read, result_of, waits
from hotfix_tui.salesforce.timing import MAX_RETRIEVE_REPLY

if TYPE_CHECKING:
    from hotfix_tui.salesforce.soap import Node, Pairs

TypeQuery: TypeAlias = "str | tuple[str, str]"
"""A metadata type, or (type, folder) for types that live in folders."""
OnUnreadable = Callable[[TypeQuery, SalesforceError], None]

QUERIES_PER_CALL = 3
READS_PER_CALL = 10
_ZIP = "zipFile"


@dataclass(frozen=True)
class MetadataType:
    """One type of describeMetadata. `suffix` and `directory` are empty where a type has none."""

    name: str
    directory: str
    suffix: str
    in_folder: bool
    meta_file: bool
    children: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ComponentProperties:
    """One component as listMetadata and retrieve name it (FileProperties). Dates are ISO 8601 as the org sent them.

    Not all dates can be trusted: some types say 1970 or 1960, and a parent's may not move with its children's.
    """

    type: str
    full_name: str
    file_name: str
    id: str
    last_modified_by: str
    last_modified_at: str
    namespace: str
    manageable_state: str


@dataclass(frozen=True)
class RetrieveMessage:
    """What the org had to say of one file of a retrieve."""

    file_name: str
    problem: str


@dataclass(frozen=True)
class Retrieved:
    """A retrieve's zip (`unpackaged/…` inside), what is in it, and the org's messages (unknown members …)."""

    zip: bytes
    properties: tuple[ComponentProperties, ...]
    messages: tuple[RetrieveMessage, ...]


async def describe_metadata(connection: Connection) -> list[MetadataType]:
    """The metadata types of the org at its API version."""

    def types(node: Node) -> list[MetadataType]:
        return [
            MetadataType(
                name=item.text("xmlName"),
                directory=item.text("directoryName"),
                suffix=item.text("suffix"),
                in_folder=item.flag("inFolder"),
                meta_file=item.flag("metaFile"),
                children=tuple(name for name in item.texts("childXmlNames") if name),
            )
            for item in result_of(node).all("metadataObjects")
        ]

    return await call_to_read(connection, "describeMetadata", [("asOfVersion", connection.version)], types)


async def list_metadata(
    connection: Connection, queries: Iterable[TypeQuery], on_unreadable: OnUnreadable | None = None
) -> list[ComponentProperties]:
    """All components of these types, three types a call, calls in parallel, in the order asked.

    A line to the org stays free meanwhile, for what must not wait until everything is listed.

    With `on_unreadable` a type the org refuses is told there and does not spoil the others; without it, it raises.
    """
    wanted = list(dict.fromkeys(queries))
    batches = [wanted[start : start + QUERIES_PER_CALL] for start in range(0, len(wanted), QUERIES_PER_CALL)]
    at_once = asyncio.Semaphore(max(1, connection.timing.threads - 1))

    async def list_one(batch: Sequence[TypeQuery]) -> list[ComponentProperties]:
        async with at_once:
            return await _list_batch(connection, batch, on_unreadable)

    tasks = [asyncio.ensure_future(list_one(batch)) for batch in batches]
    try:
        found = await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    return [item for batch in found for item in batch]


async def _list_batch(
    connection: Connection, batch: Sequence[TypeQuery], on_unreadable: OnUnreadable | None
) -> list[ComponentProperties]:
    body: list[tuple[str, Pairs | str | bool]] = [("queries", _query(item)) for item in batch]
    body.append(("asOfVersion", connection.version))
    try:
        return await call_to_read(
            connection, "listMetadata", body, lambda node: [*map(_properties, node.rows("result"))]
        )
    except MetadataFault as error:
        if on_unreadable is None:
            raise
        if len(batch) == 1:
            on_unreadable(batch[0], error)
            return []
    found: list[ComponentProperties] = []
    for item in batch:  # one type spoils its whole call: ask one by one to see which
        found += await _list_batch(connection, [item], on_unreadable)
    return found


def _query(item: TypeQuery) -> Pairs:
    if isinstance(item, str):
        return [("type", item)]
    return [("folder", item[1]), ("type", item[0])]


def _properties(found: Mapping[str, str]) -> ComponentProperties:
    text = found.get
    return ComponentProperties(
        # Tens of thousands of components have the same few types, people and namespaces.
        intern(text("type", "")),
        text("fullName", ""),
        text("fileName", ""),
        text("id", ""),
        intern(text("lastModifiedByName", "")),
        text("lastModifiedDate", ""),
        intern(text("namespacePrefix", "")),
        intern(text("manageableState", "")),
    )


async def read_metadata(
    connection: Connection, type_name: str, names: Sequence[str], api_version: str | None = None
) -> dict[str, bytes]:
    """Full name → the component's file, whole whatever else is read; ten names a call, calls in parallel.

    What is not there is not in the answer. A profile is only whole this way: in a retrieve it holds just what belongs
    to the other members of the manifest (Metadata API guide, "Profile" and "readMetadata()").
    """

    def files(node: Node) -> dict[str, bytes]:
        found = [record.document() for record in result_of(node).all("records")]
        return dict(one for one in found if one is not None)

    def call(part: Sequence[str]) -> Awaitable[dict[str, bytes]]:
        body: list[tuple[str, Pairs | str | bool]] = [("type", type_name), *(("fullNames", name) for name in part)]
        return call_to_read(
            connection, "readMetadata", body, files, version=api_version or "", max_bytes=MAX_RETRIEVE_REPLY
        )

    parts = [names[start : start + READS_PER_CALL] for start in range(0, len(names), READS_PER_CALL)]
    tasks = [asyncio.ensure_future(call(part)) for part in parts]
    try:
        found = await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    return {name: content for part in found for name, content in part.items()}


async def retrieve(
    connection: Connection, members: Mapping[str, Iterable[str]], api_version: str | None = None
) -> Retrieved:
    """The components named by type (`"*"` where the type allows it), at `api_version` or the connection's.

    Raises RetrieveFailed in the org's words, TooLarge when the zip passes 39 MB.
    """
    version = api_version or connection.version
    started_again = False
    while True:
        retrieve_id = await _start_retrieve(connection, members, version)
        try:
            return await _await_retrieve(connection, retrieve_id, version)
        except MetadataFault as error:
            # The org deletes a zip once it has sent it; when that reply was lost, only a new retrieve helps.
            if error.code != "INVALID_LOCATOR" or started_again:
                raise
            started_again = True


async def _start_retrieve(connection: Connection, members: Mapping[str, Iterable[str]], version: str) -> str:
    unpackaged: list[tuple[str, Pairs | str | bool]] = []
    for name, names in sorted(members.items()):
        listed: list[tuple[str, str | bool | Pairs]] = [("members", member) for member in sorted(set(names))]
        if listed:
            unpackaged.append(("types", [*listed, ("name", name)]))
    unpackaged.append(("version", version))
    request: Pairs = [("apiVersion", version), ("singlePackage", False), ("unpackaged", unpackaged)]

    def started(node: Node) -> str:
        return record_id(result_of(node).text("id"))

    return await call_to_read(connection, "retrieve", [("retrieveRequest", request)], started, version=version)


async def _await_retrieve(connection: Connection, retrieve_id: str, version: str) -> Retrieved:
    org = connection.login.alias
    body: Pairs = [("asyncProcessId", retrieve_id), ("includeZip", True)]

    def look(node: Node) -> Retrieved | None:
        result = result_of(node)
        if not result.flag("done"):
            return None
        if not result.flag("success") or result.text("status") == "Failed":
            code, words = result.text("errorStatusCode"), result.text("errorMessage")
            problems = "; ".join(item.text("problem") for item in result.all("messages"))
            raise RetrieveFailed(
                f"{org} could not retrieve: {words or problems or code}.",
                org=org,
                code=code,
                next="Retrieve fewer components at a time, or leave out the ones the org names.",
            )
        return Retrieved(
            zip=_unpacked(result.text(_ZIP).encode() if node.cut_out is None else node.cut_out),
            properties=tuple(map(_properties, result.rows("fileProperties"))),
            messages=tuple(
                RetrieveMessage(item.text("fileName"), item.text("problem")) for item in result.all("messages")
            ),
        )

    until = time.monotonic() + connection.timing.retrieve
    for wait in waits(connection.timing):
        found = await call_to_read(
            connection, "checkRetrieveStatus", body, look, version=version, max_bytes=MAX_RETRIEVE_REPLY, cut=_ZIP
        )
        if found is not None:
            return found
        if time.monotonic() > until:
            break
        await asyncio.sleep(wait)
    raise RetrieveFailed(
        f"{org} has not finished the retrieve {retrieve_id} within {connection.timing.retrieve / 60:.0f} minutes.",
        org=org,
        next="Retrieve fewer components at a time.",
    )


def _unpacked(text: bytes) -> bytes:
    if not text:
        raise ValueError("it is done but has no zip")
    try:
        return binascii.a2b_base64(text.translate(None, b" \t\r\n"), strict_mode=True)
    except binascii.Error:
        raise ValueError("its zip is not base64") from None
