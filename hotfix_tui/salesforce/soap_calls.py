"""How one Metadata API operation is called and its reply read, and how often to look at one that takes time.

simple-salesforce's own calls are not used: they spoil the session's headers, lose test results, lines and problems of
a deploy, and fail on a retrieve that is still running.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from hotfix_tui.salesforce.connection import Connection
from hotfix_tui.salesforce.permit import WritePermit
from hotfix_tui.salesforce.replies import Asked, malformed
from hotfix_tui.salesforce.timing import Timing

if TYPE_CHECKING:
    from hotfix_tui.salesforce.soap import Node, Pairs
    from hotfix_tui.salesforce.wire import Wire

Parsed = TypeVar("Parsed")


def waits(timing: Timing) -> Iterator[float]:
    """Seconds between looks at something that runs: short at first, never above `poll_most`."""
    wait = timing.poll_first
    while True:
        yield wait
        wait = min(wait * 1.5, timing.poll_most)


async def call_to_read(
    connection: Connection,
    operation: str,
    body: Pairs,
    parse: Callable[[Node], Parsed],
    *,
    version: str = "",
    max_bytes: int | None = None,
    cut: str = "",
) -> Parsed:
    """A reading operation; the reply is parsed on the pool's thread too. `cut`: an element of much base64."""

    def work(wire: Wire) -> Parsed:
        node = wire.soap(operation, body, version, cut=cut)
        return parsed_reply(connection, operation, node, parse, writing=False)

    return await (connection.read(work, max_bytes=max_bytes) if max_bytes else connection.read(work))


def parsed_reply(
    connection: Connection, operation: str, node: Node, parse: Callable[[Node], Parsed], *, writing: bool
) -> Parsed:
    """`parse(node)`, with a reply of another shape turned into MalformedReply."""
    try:
        return parse(node)
    except ValueError as error:  # NotSoap is one
        why = str(error)
    raise malformed(Asked(connection.login.alias, operation, writing), why)


def result_of(node: Node) -> Node:
    """The `result` element of a response. Raises ValueError when there is none."""
    result = node.first("result")
    if result is None:
        raise ValueError("it has no result")
    return result


async def call_to_write(
    connection: Connection,
    operation: str,
    body: Pairs,
    parse: Callable[[Node], Parsed],
    permit: WritePermit | None,
    call: str,
) -> Parsed:
    """A writing operation, sent at most once."""

    def work(wire: Wire) -> Parsed:
        return parsed_reply(connection, operation, wire.soap(operation, body), parse, writing=True)

    return await connection.write(work, permit=permit, call=call)
