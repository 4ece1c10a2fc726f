"""How a component's files are kept: each deflated on its own, so that a zip can take it as it lies there.

A body is a list of files, each: length of the path (2 bytes), path, CRC-32, size, deflated size (4 bytes each), and
the deflated bytes (RFC 1951, as zip archives hold them).
"""

from __future__ import annotations

import json
import struct
import zlib
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

_LENGTH = struct.Struct("<H")
_NUMBERS = struct.Struct("<III")
_LEVEL = 5


@dataclass(frozen=True)
class Deflated:
    """One file as it is kept. `size`: bytes when inflated."""

    path: str
    crc: int
    size: int
    content: bytes

    @property
    def plain(self) -> bytes:
        """The file's bytes."""
        return zlib.decompress(self.content, -zlib.MAX_WBITS, self.size or 1)


def deflated(path: str, body: bytes) -> Deflated:
    """A file as it is kept."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return Deflated(path, zlib.crc32(body), len(body), packer.compress(body) + packer.flush())


def pack(files: Mapping[str, bytes]) -> bytes:
    """The files, by path, in one piece."""
    parts = []
    for path in sorted(files):
        one = deflated(path, files[path])
        name = path.encode()
        numbers = _NUMBERS.pack(one.crc, one.size, len(one.content))
        parts += [_LENGTH.pack(len(name)), name, numbers, one.content]
    return b"".join(parts)


def each(packed: bytes) -> Iterator[Deflated]:
    """The files in a piece that `pack` made, still deflated."""
    view, start = memoryview(packed), 0
    while start < len(packed):
        (length,) = _LENGTH.unpack_from(packed, start)
        start += _LENGTH.size
        path = str(view[start : start + length], "utf-8")
        start += length
        crc, size, taken = _NUMBERS.unpack_from(packed, start)
        start += _NUMBERS.size
        yield Deflated(path, crc, size, bytes(view[start : start + taken]))
        start += taken


def deflated_in(kept: bytes | str) -> Iterator[Deflated]:
    """The files, still deflated, whatever the org's age."""
    if isinstance(kept, str):
        return (deflated(path, body) for path, body in unpack(kept).items())
    return each(kept)


def unpack(kept: bytes | str) -> dict[str, bytes]:
    """Path → bytes. Orgs made before files were deflated hold them as JSON with base64 inside."""
    if isinstance(kept, str):
        return {path: b64decode(body) for path, body in json.loads(kept).items()}
    return {one.path: one.plain for one in each(kept)}


_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_DEFLATE, _VERSION, _UTF8 = 8, 20, 0x800
_DAY = (0 << 9) | (1 << 5) | 1
"""1 January 1980: what was zipped when is nobody's business."""


def zipped(files: Iterable[Deflated]) -> bytes:
    """A zip archive of files that are deflated already, in the order of their paths."""
    parts: list[bytes] = []
    directory: list[bytes] = []
    place = 0
    for one in sorted(files, key=lambda file: file.path):
        name = one.path.encode()
        flags = 0 if one.path.isascii() else _UTF8
        told = (_VERSION, flags, _DEFLATE, 0, _DAY, one.crc, len(one.content), one.size, len(name), 0)
        parts += [_LOCAL.pack(b"PK\3\4", *told), name, one.content]
        directory += [_CENTRAL.pack(b"PK\1\2", _VERSION, *told, 0, 0, 0, 0, place), name]
        place += _LOCAL.size + len(name) + len(one.content)
    listed, number = b"".join(directory), len(directory) // 2
    end = _END.pack(b"PK\5\6", 0, 0, number, number, len(listed), place, 0)
    return b"".join([*parts, listed, end])
