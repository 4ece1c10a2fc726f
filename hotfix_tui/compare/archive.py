"""Zip files of the Metadata API, read with suspicion and written the same way each time."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import PurePosixPath

from hotfix_tui.compare.bodies import DEFLATED, PLAIN, Body, packed
from hotfix_tui.compare.giving_way import foreground

# Salesforce's own limits for one retrieve or deploy, uncompressed; files with some room for meta files.
MAX_BYTES = 629_145_600
MAX_FILES = 25_000
# XML packs to a fifth, rarely to a fiftieth. What unpacks to far more of itself is a bomb.
BOMB_RATIO = 200
BOMB_BYTES = 32 * 1024 * 1024
# Signature, …, length of the name, length of the extra field (APPNOTE.TXT, 4.3.7 Local file header).
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_LOCAL_SIGNATURE = b"PK\x03\x04"
_ENCRYPTED = 1
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# What zipfile lets through of a damaged zip: a header may point anywhere.
_BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, OSError, ValueError, OverflowError,
    LookupError,
)  # fmt: skip
_FIRST_DATE = (1980, 1, 1, 0, 0, 0)


class BadPackage(ValueError):
    """A zip that is no package, or one made to do harm. The text is a sentence."""


def read_zip(content: bytes) -> dict[str, bytes]:
    """The files of a zip, path → bytes. Raises BadPackage: paths that leave the package, links, bombs, a broken zip."""
    return {path: body.plain() for path, body in read_bodies(content).items()}


def read_bodies(content: bytes) -> dict[str, Body]:
    """The files of a zip, path → packed as there; each was unpacked once to see that it is whole. Raises BadPackage."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            entries = [entry for entry in package.infolist() if not entry.is_dir()]
            _check_size(entries, len(content))
            files: dict[str, Body] = {}
            for entry in entries:
                foreground.give_way()
                path = check_path(entry.filename)
                if path in files:
                    raise BadPackage(f"the zip has {path} twice")
                if stat.S_ISLNK(entry.external_attr >> 16):
                    raise BadPackage(f"{path} in the zip is a link")
                if entry.compress_type not in _PACKED:
                    raise BadPackage(f"{path} in the zip is packed in a way that no package is")
                files[path] = _body(content, entry) or packed(package.read(entry))
            return files
    except BadPackage:
        raise
    except _BROKEN as error:
        raise BadPackage(f"the zip cannot be read: {error}") from error


def _body(content: bytes, entry: zipfile.ZipInfo) -> Body | None:
    """A file of the zip as it is stored; None for what only zipfile can read. Raises BadZipFile."""
    if entry.flag_bits & _ENCRYPTED:
        return None
    signature, name, extra = _LOCAL_HEADER.unpack_from(content, entry.header_offset)
    start = entry.header_offset + _LOCAL_HEADER.size + name + extra
    stored = content[start : start + entry.compress_size]
    if signature != _LOCAL_SIGNATURE or len(stored) != entry.compress_size:
        raise zipfile.BadZipFile(f"{entry.filename} is not where it should be")
    whole, plain, body = True, stored, Body(PLAIN, stored)
    if entry.compress_type == zipfile.ZIP_DEFLATED:
        unpacker = zlib.decompressobj(-15)
        plain = unpacker.decompress(stored, entry.file_size + 1)
        whole, body = unpacker.eof, Body(DEFLATED, stored)
    if not whole or len(plain) != entry.file_size or zlib.crc32(plain) != entry.CRC:
        raise zipfile.BadZipFile(f"Bad CRC-32 for file {entry.filename!r}")
    return body


def write_zip(files: Mapping[str, bytes]) -> bytes:
    """A zip of `files`. The same files give the same bytes, so that a deploy can be recognised by its hash."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for path in sorted(files):
            entry = zipfile.ZipInfo(check_path(path), _FIRST_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            package.writestr(entry, files[path])
    return buffer.getvalue()


def check_path(path: str) -> str:
    """`path` when it stays inside a package; raises BadPackage otherwise."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\\" in path or "\0" in path or parts[0].endswith(":"):
        raise BadPackage(f"the path {path!r} does not belong in a package")
    return str(PurePosixPath(path))


def _check_size(entries: list[zipfile.ZipInfo], packed: int) -> None:
    total = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_FILES:
        raise BadPackage(f"the zip has {len(entries):,} files; a package has at most 10,000")
    if total > MAX_BYTES or (total > BOMB_BYTES and total > packed * BOMB_RATIO):
        raise BadPackage(
            f"the zip unpacks to {total:,} bytes; a package has at most {MAX_BYTES:,}, and packs less tightly"
        )
