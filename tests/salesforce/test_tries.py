"""What happens when the line or the org fails: reads are tried again, writes go out once."""

from __future__ import annotations

import asyncio
import gzip
import socket
import sys
import time

import pytest

from hotfix_tui.salesforce.connection import RequestDone
from hotfix_tui.salesforce.errors import (
    LimitExceeded,
    MalformedReply,
    OrgUnreachable,
    ReplyLost,
    RequestRefused,
    ServerUnavailable,
    SessionExpired,
    TooLarge,
)
from hotfix_tui.salesforce.org import Org
from hotfix_tui.salesforce.timing import Timing
from tests.salesforce import scripted
from tests.salesforce.scripted import FAST, TOKEN, Answer, Server, drop, refused, reply, reset, stall

QUERY = "SELECT Id FROM Account"
ROWS = reply(200, {"totalSize": 1, "done": True, "records": [{"attributes": {"type": "Account"}, "Id": "001"}]})
SAVED = reply(200, [{"id": "0015e000001AbCdAAK", "success": True, "errors": []}])


@pytest.mark.parametrize(
    "failure",
    [
        refused(503, "SERVER_UNAVAILABLE"),
        reply(502, "<html>Bad gateway</html>"),
        reply(504, ""),
        reply(429, "slow down"),
        reply(420, "no route"),
        reply(500, "oh"),
        refused(400, "UNABLE_TO_LOCK_ROW"),
        drop,
        reset,
        stall,
        scripted.cut_short,
    ],
)
async def test_a_read_is_tried_again_on_what_passes(org: Org, server: Server, failure: Answer) -> None:
    server.on("FROM Account", failure, ROWS)
    assert await org.query(QUERY) == [{"Id": "001"}]
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("failure", "error", "tries"),
    [
        (refused(503, "SERVER_UNAVAILABLE"), ServerUnavailable, 5),
        (stall, ReplyLost, 2),
        (drop, ReplyLost, 2),
        (scripted.drip, ReplyLost, 2),
        (refused(400, "MALFORMED_QUERY", "unexpected token: 'x'"), RequestRefused, 1),
        (refused(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), LimitExceeded, 1),
        (reply(200, "<html>login</html>"), MalformedReply, 1),
        (reply(200, 7), MalformedReply, 1),
        (reply(200, {"records": 7, "done": True}), MalformedReply, 1),
    ],
)
async def test_a_read_ends_with_the_error_that_names_its_cause(
    org: Org, server: Server, failure: Answer, error: type[Exception], tries: int
) -> None:
    server.on("FROM Account", failure)
    with pytest.raises(error) as caught:
        await org.query(QUERY)
    assert len(server.requests) == tries
    assert getattr(caught.value, "written", None) == "no"
    assert getattr(caught.value, "org", None) == "box"


async def test_a_reply_that_never_stops_coming_is_given_up(org: Org, server: Server) -> None:
    server.on("composite/sobjects", scripted.drip)
    started = time.monotonic()
    with pytest.raises(ReplyLost, match="not complete"):
        await org.insert("Account", [{"Name": "A"}])
    assert time.monotonic() - started < 2


async def test_a_wait_the_org_asks_for_is_kept(org: Org, server: Server) -> None:
    server.on("FROM Account", refused(429, "", Retry_After="1"), ROWS)
    started = time.monotonic()
    await org.query(QUERY)
    assert time.monotonic() - started >= 1.0


@pytest.mark.parametrize(
    ("failure", "error", "written"),
    [
        (drop, ReplyLost, "unknown"),
        (reset, ReplyLost, "unknown"),
        (stall, ReplyLost, "unknown"),
        (scripted.drip, ReplyLost, "unknown"),
        (scripted.cut_short, ReplyLost, "unknown"),
        (reply(200, "not json"), MalformedReply, "unknown"),
        (reply(200, []), MalformedReply, "unknown"),
        (reply(200, [{"id": "001", "success": True}] * 2), MalformedReply, "unknown"),
        (reply(200, [{"odd": 1}]), MalformedReply, "unknown"),
        (reply(502, "bad gateway"), ServerUnavailable, "unknown"),
        (reply(500, "oh"), ServerUnavailable, "unknown"),
        (refused(503, "SERVER_UNAVAILABLE"), ServerUnavailable, "no"),
        (refused(429, ""), ServerUnavailable, "no"),
        (refused(400, "INVALID_FIELD"), RequestRefused, "no"),
        (refused(400, "UNABLE_TO_LOCK_ROW"), RequestRefused, "no"),
        (refused(401, "INVALID_SESSION_ID"), SessionExpired, "no"),
    ],
)
async def test_a_write_goes_out_once_and_says_what_became_of_it(
    org: Org, server: Server, failure: Answer, error: type[Exception], written: str
) -> None:
    server.on("composite/sobjects", failure)
    with pytest.raises(error) as caught:
        await org.insert("Account", [{"Name": "A"}])
    assert len(server.requests) == 1
    assert getattr(caught.value, "written", None) == written


async def test_a_write_that_found_no_connection_may_go_out_when_there_is_one(org: Org, server: Server) -> None:
    server.close()
    with pytest.raises(OrgUnreachable) as caught:
        await org.insert("Account", [{"Name": "A"}])
    assert caught.value.written == "no"
    assert server.requests == []


async def test_a_write_never_uses_a_connection_that_was_idle(server: Server) -> None:
    server.on("composite/sobjects", SAVED)
    server.on("FROM Account", ROWS)
    timing = Timing(**{**FAST.__dict__, "threads": 1, "idle": 0.05})
    async with await Org.connect(server.login(), timing=timing) as org:
        await org.query(QUERY)
        await org.insert("Account", [{"Name": "A"}])
        await asyncio.sleep(0.1)
        await org.query(QUERY)  # a read may: it is tried again when the org has closed it
        await asyncio.sleep(0.1)
        await org.insert("Account", [{"Name": "A"}])
    first_read, first_write, later_read, later_write = [seen.connection for seen in server.requests[-4:]]
    assert first_read == first_write == later_read
    assert later_write != later_read


@pytest.mark.parametrize("encoding", [{}, {"Content_Encoding": "gzip"}])
async def test_a_reply_beyond_its_bound_is_not_read_to_its_end(
    org: Org, server: Server, encoding: dict[str, str]
) -> None:
    body = b'"' + b"x" * 1_000_000 + b'"'
    server.on("limits", reply(200, gzip.compress(body) if encoding else body, **encoding))
    with pytest.raises(TooLarge) as caught:
        await org._connection.read(lambda wire: wire.rest("the limits", "limits/"), max_bytes=100_000)
    assert "box's reply to the limits has more than" in str(caught.value)
    server.on("limits", scripted.endless)
    with pytest.raises(TooLarge):
        await org._connection.read(lambda wire: wire.rest("the limits", "limits/"), max_bytes=2_000_000)
    server.on("FROM Account", ROWS)
    assert await org.query(QUERY) == [{"Id": "001"}]


async def test_each_try_is_told_without_query_text_or_token(org: Org, server: Server) -> None:
    seen: list[RequestDone] = []
    org.on_request = seen.append
    server.on("FROM Account", refused(503, "SERVER_UNAVAILABLE"), drop, ROWS)
    await org.query("SELECT Id FROM Account WHERE Name = 'private'")
    await asyncio.sleep(0)
    assert [(done.method, done.path, done.what, done.status) for done in seen] == [
        ("GET", "/services/data/v67.0/query/", "the query of Account", 503),
        ("GET", "", "the query of Account", None),
        ("GET", "/services/data/v67.0/query/", "the query of Account", 200),
    ]
    assert seen[-1].bytes > 0
    assert "private" not in repr(seen)
    assert TOKEN not in repr(seen)


async def test_cancelling_a_read_leaves_at_once(org: Org, server: Server) -> None:
    server.on("FROM Account", stall)
    reading = asyncio.create_task(org.query(QUERY))
    while not server.requests:
        await asyncio.sleep(0.005)
    started = time.monotonic()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert time.monotonic() - started < 0.2
    await asyncio.sleep(0.5)
    assert len(server.requests) == 1, "a cancelled read was tried again"


async def test_cancelling_a_write_under_way_waits_for_its_end(org: Org, server: Server) -> None:
    def late(connection: socket.socket) -> None:
        time.sleep(0.2)
        connection.sendall(SAVED)

    server.on("composite/sobjects", late)
    writing = asyncio.create_task(org.insert("Account", [{"Name": "A"}]))
    while not server.requests:
        await asyncio.sleep(0.005)
    started = time.monotonic()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert time.monotonic() - started > 0.1


async def test_cancelling_a_write_that_waits_for_a_thread_sends_nothing(server: Server) -> None:
    server.on("FROM Account", stall)
    server.on("composite/sobjects", SAVED)
    async with await Org.connect(server.login(), timing=FAST) as org:
        readers = [asyncio.create_task(org.query(QUERY)) for _ in range(FAST.threads)]
        while len([seen for seen in server.requests if "Account" in seen.soql]) < FAST.threads:
            await asyncio.sleep(0.005)
        writing = asyncio.create_task(org.insert("Account", [{"Name": "A"}]))
        await asyncio.sleep(0.01)
        writing.cancel()
        await asyncio.gather(writing, *readers, return_exceptions=True)
        assert await org.query("SELECT Id FROM Organization")
    assert not [seen for seen in server.requests if seen.method == "POST"]


async def test_many_calls_at_once_do_not_mix_up(org: Org, server: Server) -> None:
    for number in range(40):
        row = {"attributes": {"type": "A"}, "N": number}
        server.on(f"N = {number} ", reply(200, {"totalSize": 1, "done": True, "records": [row]}))
    found = await asyncio.gather(*(org.query(f"SELECT N FROM A WHERE N = {number} ") for number in range(40)))
    assert [rows[0]["N"] for rows in found] == list(range(40))
    assert len({seen.connection for seen in server.requests}) <= FAST.threads


async def test_a_closed_connection_says_that_it_is_closed(org: Org, server: Server) -> None:
    await org.close()
    with pytest.raises(OrgUnreachable, match="closed"):
        await org.query(QUERY)
    with pytest.raises(OrgUnreachable, match="closed"):
        await org.insert("Account", [{"Name": "A"}])
    assert server.requests == []


async def test_a_call_that_hangs_does_not_keep_the_program_alive(server: Server) -> None:
    server.on("userinfo", stall)
    script = (
        "import asyncio, sys\n"
        "from hotfix_tui.salesforce.login import OrgLogin\n"
        "from hotfix_tui.salesforce.org import Org\n"
        f"login = OrgLogin('box', '{scripted.ORG_ID}', 'http://127.0.0.1:{server.port}', 'u', sys.stdin.read())\n"
        "async def main():\n"
        "    try:\n"
        "        await asyncio.wait_for(Org.connect(login), 0.2)\n"
        "    except TimeoutError:\n"
        "        print('left')\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await asyncio.wait_for(process.communicate(TOKEN.encode()), 4.5)
    assert output.strip() == b"left"
