"""Request bodies of any size, written to disk as they come."""

from __future__ import annotations

import zlib
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

_PIECE = 1 << 20


class TooLarge(Exception):
    """More bytes came than are taken."""


class BadEncoding(Exception):
    """The body is encoded in a way that is not taken, or is not what it says."""


async def spool(request: Request, path: Path, limit: int) -> int:
    """Writes a request's body into a file, unpacked if it is gzipped; returns its size in bytes.

    Raises TooLarge beyond `limit` bytes and BadEncoding; then there is no file.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip", ""):
        raise BadEncoding(f"Unsupported content encoding: {encoding}")
    writer = _Writer(path, limit, packed="gzip" in encoding)
    try:
        await _pour(request, writer)
        await run_in_threadpool(writer.finish)
    except BaseException:
        writer.discard()
        raise
    return writer.size


async def _pour(request: Request, writer: _Writer) -> None:
    waiting: list[bytes] = []
    size = 0
    async for piece in request.stream():
        waiting.append(piece)
        size += len(piece)
        if size >= _PIECE:
            await run_in_threadpool(writer.write, b"".join(waiting))
            waiting, size = [], 0
    await run_in_threadpool(writer.write, b"".join(waiting))


class _Writer:
    def __init__(self, path: Path, limit: int, *, packed: bool) -> None:
        self._path = path
        self._limit = limit
        self._file = path.open("wb")
        self._unpack = zlib.decompressobj(wbits=31) if packed else None
        self.size = 0

    def write(self, content: bytes) -> None:
        if self._unpack is None:
            self._add(content)
            return
        try:
            while content:
                self._add(self._unpack.decompress(content, _PIECE))
                content = self._unpack.unconsumed_tail
        except zlib.error as error:
            raise BadEncoding(f"The body is not gzip: {error}") from None

    def _add(self, content: bytes) -> None:
        self.size += len(content)
        if self.size > self._limit:
            raise TooLarge
        self._file.write(content)

    def finish(self) -> None:
        if self._unpack is not None and not self._unpack.eof:
            raise BadEncoding("The body is not gzip: it ends too early")
        self._file.close()

    def discard(self) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)
