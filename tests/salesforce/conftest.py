"""A scripted org, and a connection to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from hotfix_tui.salesforce.org import Org
from tests.salesforce.scripted import FAST, Server


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@pytest.fixture
async def org(server: Server) -> AsyncIterator[Org]:
    """A developer sandbox. What it took to connect is not in `server.requests`."""
    connected = await Org.connect(server.login(), timing=FAST)
    server.requests.clear()
    yield connected
    await connected.close()
