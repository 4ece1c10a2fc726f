"""Files of a component as they came out of a zip: packed until somebody reads them.

Two large orgs do not fit into memory unpacked. What is equal is never looked into, and the same content packed the
same way is the same bytes, so most files are compared, kept and thrown away without being unpacked.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

PLAIN, DEFLATED = 0, 1
_PACK_FROM = 256
# zlib's own frame around deflated bytes; a zip has them bare.
_BARE = -15


class Body(NamedTuple):
    """One file: `how` its bytes are `stored`, as they are or deflated."""

    how: int
    stored: bytes

    def plain(self) -> bytes:
        """Its content."""
        return zlib.decompress(self.stored, _BARE) if self.how == DEFLATED else self.stored


Bodies = tuple[tuple[str, Body], ...]
"""Path and body of each file."""


def packed(content: bytes) -> Body:
    """`content` as it is kept: deflated when that saves something."""
    if len(content) < _PACK_FROM:
        return Body(PLAIN, content)
    packer = zlib.compressobj(1, wbits=_BARE)
    stored = packer.compress(content) + packer.flush()
    return Body(DEFLATED, stored) if len(stored) < len(content) else Body(PLAIN, content)


class Files(Mapping[str, bytes]):
    """Path → content, unpacked each time it is asked for. Equal to any mapping with the same content."""

    __slots__ = ("__weakref__", "bodies")

    def __init__(self, bodies: Iterable[tuple[str, Body]]) -> None:
        self.bodies: Bodies = tuple(bodies)

    def __getitem__(self, path: str) -> bytes:
        for name, body in self.bodies:
            if name == path:
                return body.plain()
        raise KeyError(path)

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self.bodies)

    def __len__(self) -> int:
        return len(self.bodies)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Files) and self.bodies == other.bodies:
            return True
        return Mapping.__eq__(self, other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Files({', '.join(self)})"


def bodies_of(files: Mapping[str, bytes]) -> Bodies:
    """The files as bodies; those that are packed already stay as they are."""
    if isinstance(files, Files):
        return files.bodies
    return tuple((path, packed(content)) for path, content in sorted(files.items()))
