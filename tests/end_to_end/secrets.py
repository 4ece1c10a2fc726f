"""Looks for secrets wherever a run could have left them: files of every kind, what was written, arguments."""

from __future__ import annotations

import base64
import contextlib
import sqlite3
import stat
import threading
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from urllib.parse import quote


def forms(secret: str) -> list[bytes]:
    """A secret as it may be written: plain, in an address, in base64 (whichever byte it begins at)."""
    plain = secret.encode()
    # Three places in a group of four; what mixes with its neighbours is cut off.
    coded = [base64.b64encode(b"\0" * skip + plain)[4 if skip else 0 : -4] for skip in range(3)]
    return [plain, quote(secret, safe="").encode(), *(one for one in coded if len(one) > 8)]


def found_in(content: bytes, secrets: Mapping[str, str]) -> set[str]:
    """The names of the secrets that `content` holds."""
    return {name for name, secret in secrets.items() if any(form in content for form in forms(secret))}


def found_in_file(path: Path, secrets: Mapping[str, str]) -> set[str]:
    """The same of a file; of a database each value too, unpacked where it is packed."""
    content = path.read_bytes()
    found = found_in(content, secrets)
    if content.startswith(b"SQLite format 3"):
        for value in _values(path):
            found |= found_in(value, secrets)
    return found


def _values(path: Path) -> Iterator[bytes]:
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        database.text_factory = bytes
        names = [name.decode() for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            for row in database.execute(f'SELECT * FROM "{name}"'):
                for value in row:
                    if isinstance(value, bytes):
                        yield value
                        for bits in (15, -15):
                            with contextlib.suppress(zlib.error):
                                yield zlib.decompress(value, bits)


def files_below(*folders: Path) -> Iterator[Path]:
    """Every regular file."""
    for folder in folders:
        yield from (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def open_to_others(folder: Path) -> list[str]:
    """Files that are not 0600 and folders that are not 0700."""
    found = []
    for path in (folder, *folder.rglob("*")):
        mode = stat.S_IMODE(path.lstat().st_mode)
        if mode != (0o700 if path.is_dir() else 0o600) and not path.is_socket():
            found.append(f"{path.relative_to(folder)}: {mode:o}")
    return found


class Arguments:
    """Every argument of every process there is while the block runs, seen every few milliseconds."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Arguments:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def found(self, secrets: Mapping[str, str]) -> set[str]:
        """The names of the secrets that were an argument, or part of one."""
        return set().union(*(found_in(one, secrets) for one in self.seen))

    def _look(self) -> None:
        while not self._over.is_set():
            for path in _command_lines():
                with contextlib.suppress(OSError):
                    self.seen.add(path.read_bytes())
            time.sleep(0.005)


def _command_lines() -> Iterable[Path]:
    return (path / "cmdline" for path in Path("/proc").iterdir() if path.name.isdecimal())
