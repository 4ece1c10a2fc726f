"""Reading an org over REST: who it is, queries with all their pages, describes, limits."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from hotfix_tui.salesforce.connection import Connection
from hotfix_tui.salesforce.describe import ObjectDescribe, ObjectSummary, object_describe, object_summary
from hotfix_tui.salesforce.errors import TooLarge
from hotfix_tui.salesforce.limits import Limit, limits_of
from hotfix_tui.salesforce.replies import Asked, malformed
from hotfix_tui.salesforce.soql import MAX_QUERY, address_length

if TYPE_CHECKING:
    from hotfix_tui.salesforce.wire import Wire

Row: TypeAlias = dict[str, Any]
Resource = Literal["query", "queryAll", "tooling/query"]
Parsed = TypeVar("Parsed")

_API_NAME = re.compile(r"[A-Za-z]\w{0,254}", re.ASCII)
_ID = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
_QUERY_RESULT = {"totalSize", "done", "records"}
_ATTRIBUTES = {"type", "url", "referenceId"}
_NESTED = (dict, list)
_FROM = re.compile(r"\bfrom\s+(\w+)", re.IGNORECASE)


def api_name(name: str) -> str:
    """`name`, when it may stand in an address as the name of an object or a field. Raises ValueError otherwise."""
    if not _API_NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not the API name of an object or a field")
    return name


def record_id(value: str) -> str:
    """`value`, when it is an id of 15 or 18 characters. Raises ValueError otherwise."""
    if not _ID.fullmatch(value):
        raise ValueError(f"{value!r} is not a Salesforce id")
    return value


def parsed(connection: Connection, what: str, parse: Callable[[], Parsed]) -> Parsed:
    """`parse()`, with a reply of another shape turned into MalformedReply."""
    try:
        return parse()
    except (KeyError, TypeError, AttributeError, ValueError, IndexError):
        pass
    raise malformed(Asked(connection.login.alias, what), "its JSON has another shape")


async def pages(connection: Connection, soql: str, resource: Resource = "query") -> AsyncIterator[list[Row]]:
    """The rows of `soql`, page by page (2,000 unless the org sends fewer), whole child subqueries included.

    Raises TooLarge, before any request, when the query does not fit the address.
    """
    what = _words(soql)
    if address_length(soql) > MAX_QUERY:
        raise TooLarge(
            f"{what} is too long for one request ({address_length(soql):,} bytes of {MAX_QUERY:,}).",
            org=connection.login.alias,
            next="Ask with shorter IN lists.",
        )
    reply = await connection.read(lambda wire: wire.rest(what, f"{resource}/", params={"q": soql}))
    following: asyncio.Task[Any] | None = None
    try:
        while True:
            page = _page_of(connection, what, reply)
            if page.following:  # it comes while this one is worked on
                following = asyncio.create_task(_more(connection, what, page.following))
                await asyncio.sleep(0)  # it is sent now, not when the caller next waits for something
            for children, address in page.unfinished:
                await _remaining(connection, what, children, address)
            yield page.rows
            if following is None:
                return
            reply, following = await following, None
    finally:
        if following is not None:
            following.cancel()


async def _remaining(connection: Connection, what: str, children: list[Row], address: str) -> None:
    """Reads the further pages of one child subquery into `children`."""
    while address:
        page = _page_of(connection, what, await _more(connection, what, address))
        children += page.rows
        address = page.following


async def _more(connection: Connection, what: str, address: str) -> Any:
    return await connection.read(lambda wire: wire.more(what, address))


@dataclass
class _Page:
    """`following` is the address of the next page, `unfinished` child results with the address of theirs."""

    rows: list[Row]
    following: str
    unfinished: list[tuple[list[Row], str]]


def _page_of(connection: Connection, what: str, reply: Any) -> _Page:
    unfinished: list[tuple[list[Row], str]] = []
    rows, following = parsed(connection, what, lambda: _rows(reply, unfinished))
    return _Page(rows, following, unfinished)


def _rows(reply: Any, unfinished: list[tuple[list[Row], str]]) -> tuple[list[Row], str]:
    rows = [plain(row, unfinished) for row in reply["records"]]
    return rows, "" if reply["done"] else str(reply["nextRecordsUrl"])


def plain(value: Any, unfinished: list[tuple[list[Row], str]]) -> Any:
    """A row without `attributes` at any level, child query results as lists.

    A child result with more pages is noted in `unfinished` with the address of the next one.
    """
    if isinstance(value, list):
        return [plain(item, unfinished) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() >= _QUERY_RESULT:
        children, following = _rows(value, unfinished)
        if following:
            unfinished.append((children, following))
        return children
    attributes = value.get("attributes")
    if _is_type(attributes) and not any(type(item) in _NESTED for item in value.values() if item is not attributes):
        del value["attributes"]  # nearly all rows are so, and there may be millions; the reply is nobody else's
        return value
    return {
        key: plain(item, unfinished) if type(item) in _NESTED else item
        for key, item in value.items()
        if not (key == "attributes" and _is_type(item))
    }


def _is_type(value: Any) -> bool:
    return isinstance(value, dict) and "type" in value and value.keys() <= _ATTRIBUTES


def _words(soql: str) -> str:
    found = _FROM.findall(re.sub(r"\([^()]*\)", "", soql))
    return f"the query of {found[0]}" if found else "the query"


async def query(connection: Connection, soql: str, resource: Resource = "query") -> list[Row]:
    """All rows of `soql`."""
    return [row async for page in pages(connection, soql, resource) for row in page]


async def count(connection: Connection, soql: str) -> int:
    """How many rows `soql` finds: the value of `COUNT()` or of a single aggregate, or the total of a plain query."""
    what = _words(soql)
    page = await connection.read(lambda wire: wire.rest(what, "query/", params={"q": soql}))

    def number() -> int:
        rows = page["records"]
        if len(rows) == 1 and rows[0]["attributes"]["type"] == "AggregateResult":
            values = [value for key, value in rows[0].items() if key != "attributes"]
            return int(values[0])
        return int(page["totalSize"])

    return parsed(connection, what, number)


async def describe(connection: Connection, sobject: str) -> ObjectDescribe:
    """The describe of one object, from the org. Raises NotFound when it has none of this name."""
    path = f"sobjects/{api_name(sobject)}/describe"
    what = f"the describe of {sobject}"

    def fetch(wire: Wire) -> ObjectDescribe:
        reply = wire.rest(what, path)
        return parsed(connection, what, lambda: object_describe(reply))

    return await connection.read(fetch)


async def describe_global(connection: Connection) -> dict[str, ObjectSummary]:
    """All objects of the org that the user may see, by API name."""
    what = "the list of objects"

    def summaries(reply: Any) -> dict[str, ObjectSummary]:
        found = [object_summary(item) for item in reply["sobjects"]]
        return {item.name: item for item in found}

    def fetch(wire: Wire) -> dict[str, ObjectSummary]:
        reply = wire.rest(what, "sobjects/")
        return parsed(connection, what, lambda: summaries(reply))

    return await connection.read(fetch)


async def limits(connection: Connection) -> dict[str, Limit]:
    """The org's limits by Salesforce's names."""
    reply: Mapping[str, Any] = await connection.read(lambda wire: wire.rest("the limits", "limits/"))
    return parsed(connection, "the limits", lambda: limits_of(reply))
