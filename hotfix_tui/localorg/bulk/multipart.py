"""Multipart bodies: a job and its data in one request."""

from __future__ import annotations

import re

from hotfix_tui.localorg.errors import ApiError

_BOUNDARY = re.compile(r'boundary="?([^";]{1,70})"?', re.IGNORECASE)
_NAME = re.compile(rb'content-disposition:[^\r\n]*?[;\s]name="?([^";\r\n]+)"?', re.IGNORECASE)
_EMPTY_LINE = re.compile(rb"\r?\n\r?\n")


def parts_of(content_type: str, body: bytes) -> dict[str, bytes]:
    """The parts of a multipart/form-data body by name. Raises ApiError for what is not one."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise ApiError("API_ERROR", "The multipart request has no boundary")
    mark = b"--" + found[1].encode()
    pieces = re.split(rb"(?:\A|\r?\n)" + re.escape(mark), body)
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise ApiError("API_ERROR", "The multipart request is not complete")
    out: dict[str, bytes] = {}
    for piece in pieces[1:-1]:
        head, _, content = _split(piece)
        name = _NAME.search(head)
        if name is None or name[1].decode("latin-1") in out:
            raise ApiError("API_ERROR", "Each part of a multipart request has a name of its own")
        out[name[1].decode("latin-1")] = content
    return out


def _split(piece: bytes) -> tuple[bytes, bytes, bytes]:
    found = _EMPTY_LINE.search(piece)
    if found is None:
        return piece, b"", b""
    return piece[: found.start()], found[0], piece[found.end() :]
