"""Opening a deploy's zip: nothing is written to disk, and sizes are checked before anything is unpacked."""

from __future__ import annotations

import io
import zipfile
import zlib

MAX_FILES = 10_000
MAX_ZIP_BYTES = 39 * 1024 * 1024
MAX_UNPACKED_BYTES = 629_145_600
MANIFEST = "package.xml"


class BadArchive(ValueError):
    """A zip the org does not take. `code` is Salesforce's status code."""

    def __init__(self, message: str, code: str = "UNKNOWN_EXCEPTION") -> None:
        super().__init__(message)
        self.code = code


def unpack(content: bytes, *, single_package: bool) -> dict[str, bytes]:
    """The files of the package, paths relative to its package.xml.

    Without `single_package` the package lies in one folder of the zip. Raises BadArchive for a file that is no zip,
    for limits that are passed, and for paths that leave the package.
    """
    if len(content) > MAX_ZIP_BYTES:
        raise BadArchive(
            "Maximum size of request reached. Maximum size of request is 52428800 bytes.", "LIMIT_EXCEEDED"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [item for item in archive.infolist() if not item.is_dir()]
            if len(entries) > MAX_FILES:
                raise BadArchive(
                    f"Maximum number of files in request reached. Maximum is {MAX_FILES}.", "LIMIT_EXCEEDED"
                )
            if sum(item.file_size for item in entries) > MAX_UNPACKED_BYTES:
                raise BadArchive("The unzipped package is larger than 629145600 bytes.", "LIMIT_EXCEEDED")
            files = {_path(item.filename): archive.read(item) for item in entries}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error) as problem:
        raise BadArchive(f"The zip file cannot be read: {problem}") from None
    return files if single_package else _package_in(files)


def _path(name: str) -> str:
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or (parts and ":" in parts[0]):
        raise BadArchive(f"The zip file holds a path outside of the package: {name}")
    return "/".join(part for part in parts if part not in ("", "."))


def _package_in(files: dict[str, bytes]) -> dict[str, bytes]:
    folders = sorted(
        {path.partition("/")[0] for path in files if path.endswith(f"/{MANIFEST}") and path.count("/") == 1}
    )
    if not folders:
        raise BadArchive("No package.xml found")
    if len(folders) > 1:
        raise BadArchive(f"More than one package in the zip ({', '.join(folders)}); this org deploys one at a time.")
    prefix = f"{folders[0]}/"
    return {path.removeprefix(prefix): body for path, body in files.items() if path.startswith(prefix)}
