"""Serving one org from a thread: for tests and tools that need no process of their own."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn

from hotfix_tui.localorg.rest.app import build_app
from hotfix_tui.localorg.traffic import KEEP_ALIVE_SECONDS, AbortableProtocol

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

HOST = "127.0.0.1"
_START_SECONDS = 10


@contextmanager
def serve(org: LocalOrg, wrap: Callable[[Any], Any] = lambda application: application) -> Iterator[str]:
    """Serves an org on a free port and gives its base URL; `wrap` may put middleware around the application."""
    # The protocol is named, or asyncio leaves TCP_NODELAY off and each answer waits 40 ms for an acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, 0))
    config = uvicorn.Config(
        wrap(build_app(org)),
        http=AbortableProtocol,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        h11_max_incomplete_event_size=256 * 1024,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        until = time.monotonic() + _START_SECONDS
        while not server.started and thread.is_alive() and time.monotonic() < until:
            time.sleep(0.005)
        if not server.started:
            raise RuntimeError(f"the org {org.name} could not be served")
        yield f"http://{HOST}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(_START_SECONDS)
        listener.close()
