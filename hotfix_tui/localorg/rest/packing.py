"""Packed bodies: answers are gzipped for clients that take it, gzipped requests are unpacked."""

from __future__ import annotations

import json
import re
import zlib
from typing import Any

from starlette.middleware.gzip import GZipMiddleware

from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.faults.bodies import read, replay

MAX_UNPACKED = 64 * 1024 * 1024
_SMALL = 1000
# The Bulk APIs take bodies of their own size, and unpack them while they come in.
_UNPACKED_THERE = re.compile(r"/+services/(async/|data/[^/]+/jobs/)", re.IGNORECASE)


class Packing:
    """ASGI middleware around everything else. A body that is no gzip, or too large unpacked, is refused."""

    def __init__(self, application: Any) -> None:
        self._application = GZipMiddleware(application, minimum_size=_SMALL, compresslevel=1)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        if scope["type"] != "http" or not _packed(scope):
            await self._application(scope, receive, send)
            return
        try:
            body = unpacked(await read(receive))
        except ApiError as problem:
            content = json.dumps(problem.body()).encode()
            headers = [(b"content-type", b"application/json;charset=UTF-8")]
            headers.append((b"content-length", str(len(content)).encode()))
            await send({"type": "http.response.start", "status": problem.status, "headers": headers})
            await send({"type": "http.response.body", "body": content})
            return
        told = (b"content-encoding", b"content-length", b"transfer-encoding")
        headers = [(name, value) for name, value in scope["headers"] if name.lower() not in told]
        headers.append((b"content-length", str(len(body)).encode()))
        await self._application({**scope, "headers": headers}, replay(body, receive), send)


def _packed(scope: Any) -> bool:
    said = next((value for name, value in scope["headers"] if name.lower() == b"content-encoding"), b"")
    return said.strip().lower() in (b"gzip", b"x-gzip") and not _UNPACKED_THERE.match(scope["path"])


def unpacked(content: bytes) -> bytes:
    """What is in a gzipped body. Raises ApiError for what is none, and for more than 64 MB."""
    inflating = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        found = inflating.decompress(content, MAX_UNPACKED)
    except zlib.error as error:
        raise ApiError("INVALID_INPUT", f"The HTTP entity body is not gzip: {error}") from None
    if inflating.unconsumed_tail:
        raise ApiError("INVALID_INPUT", "The HTTP entity body is too large", 413)
    if not inflating.eof:
        raise ApiError("INVALID_INPUT", "The HTTP entity body is not gzip: it ends too early")
    return found
