"""Taking a multipart/form-data body apart: what a part is, is told by its content type, not by its name or place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hotfix_tui.localorg.errors import ApiError

_BOUNDARY = re.compile(r"""\bboundary\s*=\s*(?:"([^"]{1,70})"|([^\s;,"]{1,70}))""", re.IGNORECASE)
_MAX_PARTS = 20


@dataclass(frozen=True)
class Part:
    """One part: its headers, names in lower case, and its bytes as they were sent."""

    headers: dict[str, str]
    content: bytes

    @property
    def kind(self) -> str:
        """The content type without parameters, lower case; "" where none was sent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def has_file_name(self) -> bool:
        """Whether the part was sent as a file."""
        return "filename" in self.headers.get("content-disposition", "").lower()


def parts_of(content: bytes, content_type: str) -> list[Part]:
    """The parts of a body (RFC 7578). Raises ApiError for a body that is not what its content type says."""
    if content_type.partition(";")[0].strip().lower() != "multipart/form-data":
        raise ApiError("UNSUPPORTED_MEDIA_TYPE", "The request must be multipart/form-data or application/json", 415)
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise ApiError("INVALID_MULTIPART_REQUEST", "The content type names no boundary")
    boundary = b"--" + (found[1] or found[2]).encode("latin-1")
    sections = (b"\r\n" + content).split(b"\r\n" + boundary)
    if len(sections) < 3 or not sections[-1].startswith(b"--"):
        raise ApiError("INVALID_MULTIPART_REQUEST", "The multipart body is not complete")
    if len(sections) - 2 > _MAX_PARTS:
        raise ApiError("INVALID_MULTIPART_REQUEST", "The multipart body has too many parts")
    return [_part(section) for section in sections[1:-1]]


def _part(section: bytes) -> Part:
    head, blank, content = section.lstrip(b" \t").partition(b"\r\n\r\n")
    if not blank:
        raise ApiError("INVALID_MULTIPART_REQUEST", "A part of the multipart body has no content")
    headers = {}
    for line in head.decode("latin-1").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return Part(headers, content)
