"""Component bodies fetched once: a file of this machine, content-addressed and packed, that may be deleted at any time.

What is kept is what an org sent, file by file, before it is taken apart; so a change in how components are compared
needs no new cache. A cache that cannot be used is no failure: everything is read from the org then.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import threading
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakValueDictionary

from hotfix_tui.compare.bodies import Body, Files, bodies_of
from hotfix_tui.compare.component import ComponentId
from hotfix_tui.compare.stamps import is_text

FILE = "metadata.sqlite"
MAX_BYTES = 2 * 1024**3
MAX_DAYS = 60
_FORMAT = 2
_AT_ONCE = 500
_DAY = 86_400
_TABLES = """
CREATE TABLE blob (sha BLOB PRIMARY KEY, how INTEGER NOT NULL, stored BLOB NOT NULL);
CREATE TABLE member (
    org TEXT NOT NULL, version TEXT NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL, stamp TEXT NOT NULL,
    files TEXT NOT NULL, used INTEGER NOT NULL, PRIMARY KEY (org, version, type, name)) WITHOUT ROWID;
CREATE TABLE listing (org TEXT NOT NULL, type TEXT NOT NULL, ids BLOB NOT NULL, PRIMARY KEY (org, type)) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Scope:
    """Whose content: an org (18 characters) read in one API version (`63.0`), which decides what its XML looks like."""

    org_id: str
    api_version: str


class MetadataCache:
    """Files of retrieved members by org, version and stamp. Methods block: call them in a thread. None raises."""

    def __init__(self, path: Path, *, max_bytes: int = MAX_BYTES, max_days: int = MAX_DAYS) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._max_days = max_days
        self._lock = threading.Lock()
        self._replaced = False
        # What two orgs have alike is read once and held once, for as long as anybody holds it.
        self._held: WeakValueDictionary[tuple[tuple[str, bytes], ...], Files] = WeakValueDictionary()
        self._db = self._open()

    @property
    def usable(self) -> bool:
        """Whether there is a file to read from and write to."""
        return self._db is not None

    def close(self) -> None:
        """Lets go of the file, after dropping what is old or too much."""
        with self._trying() as db:
            if db is not None:
                self._prune(db)
        if self._db is not None:
            self._db.close()
            self._db = None

    # -- reading and writing

    def find(self, scope: Scope, stamps: Mapping[ComponentId, str]) -> dict[ComponentId, Files]:
        """The members whose kept stamp is the asked one, each with all its files."""
        found: dict[ComponentId, Files] = {}
        with self._trying() as db:
            if db is not None:
                found = self._find(db, scope, stamps)
        return found

    def _find(
        self, db: sqlite3.Connection, scope: Scope, stamps: Mapping[ComponentId, str]
    ) -> dict[ComponentId, Files]:
        rows = db.execute(
            "SELECT type, name, stamp, files FROM member WHERE org = ? AND version = ?",
            (scope.org_id, scope.api_version),
        )
        named: dict[ComponentId, tuple[tuple[str, bytes], ...]] = {}
        for kind, name, stamp, files in rows:
            key = ComponentId(kind, name)
            if stamps.get(key) == stamp:
                named[key] = tuple((path, bytes.fromhex(sha)) for path, sha in json.loads(files))
        found = {key: held for key, files in named.items() if (held := self._held.get(files)) is not None}
        contents = self._contents(db, {sha for key, files in named.items() if key not in found for _, sha in files})
        for key, files in named.items():
            if key not in found and all(sha in contents for _, sha in files):
                found[key] = self._held[files] = Files((path, contents[sha]) for path, sha in files)
        self._mark_used(db, scope, named)
        return {key: found[key] for key in named if key in found}

    def keep(self, scope: Scope, members: Mapping[ComponentId, tuple[str, Mapping[str, bytes]]]) -> None:
        """Keeps members with their stamps, in place of what was kept of them before."""
        rows, blobs = [], {}
        for key, (stamp, files) in members.items():
            named = []
            for path, body in bodies_of(files):
                sha = _sha(body)
                blobs[sha] = body
                named.append((path, sha.hex()))
            rows.append((scope.org_id, scope.api_version, key.type, key.full_name, stamp, json.dumps(named), _today()))
        with self._trying() as db:
            if db is not None:
                self._replaced = True
                db.executemany(
                    "INSERT OR IGNORE INTO blob VALUES (?, ?, ?)", [(sha, *body) for sha, body in blobs.items()]
                )
                db.executemany("INSERT OR REPLACE INTO member VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def listed(self, org_id: str, ids: Mapping[str, Iterable[str]]) -> None:
        """Takes note of what an org lists now: type → `name id` lines, for the types that were listed.

        When something it listed before is gone, the org has taken it out of other components too (a deleted field out
        of layouts, …) without moving their dates. All that is kept of the org but text is dropped then.
        """
        with self._trying() as db:
            if db is None:
                return
            gone = False
            for kind, names in ids.items():
                now = set(names)
                row = db.execute("SELECT ids FROM listing WHERE org = ? AND type = ?", (org_id, kind)).fetchone()
                before = set(zlib.decompress(row[0]).decode().split("\n")) - {""} if row else set()
                gone = gone or bool(before - now)
                if before != now or row is None:
                    packed = zlib.compress("\n".join(sorted(now)).encode(), 1)
                    db.execute("INSERT OR REPLACE INTO listing VALUES (?, ?, ?)", (org_id, kind, packed))
            if gone:
                self._replaced = True
                kinds = [row[0] for row in db.execute("SELECT DISTINCT type FROM member WHERE org = ?", (org_id,))]
                db.executemany(
                    "DELETE FROM member WHERE org = ? AND type = ?",
                    [(org_id, kind) for kind in kinds if not is_text(kind)],
                )

    # -- the file

    def _open(self) -> sqlite3.Connection | None:
        for attempt in ("as it is", "anew"):
            try:
                if attempt == "anew":
                    for ending in ("", "-wal", "-shm"):
                        self._path.with_name(self._path.name + ending).unlink(missing_ok=True)
                self._path.touch(mode=0o600)
                db = sqlite3.connect(self._path, timeout=10, isolation_level=None, check_same_thread=False)
                db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
                version = db.execute("PRAGMA user_version").fetchone()[0]
                if version == 0:
                    db.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {_FORMAT}; COMMIT;")
                elif version != _FORMAT:
                    raise sqlite3.DatabaseError(f"format {version}")
                return db
            except (sqlite3.DatabaseError, OSError):
                continue  # spoilt, or of another version: nothing in it is worth keeping
        return None

    @contextlib.contextmanager
    def _trying(self) -> Iterator[sqlite3.Connection | None]:
        """One transaction; None, and nothing done, when the file cannot be used (full, locked, spoilt, closed)."""
        with self._lock:
            db = self._db
            if db is None:
                yield None
                return
            try:
                db.execute("BEGIN IMMEDIATE")
            except sqlite3.Error:
                yield None
                return
            try:
                yield db
                db.execute("COMMIT")
            except (sqlite3.Error, zlib.error, ValueError):
                with contextlib.suppress(sqlite3.Error):
                    db.execute("ROLLBACK")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    db.execute("ROLLBACK")
                raise

    @staticmethod
    def _contents(db: sqlite3.Connection, wanted: set[bytes]) -> dict[bytes, Body]:
        found: dict[bytes, Body] = {}
        ordered = sorted(wanted)
        for start in range(0, len(ordered), _AT_ONCE):
            part = ordered[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(part))
            for sha, how, stored in db.execute(
                f"SELECT sha, how, stored FROM blob WHERE sha IN ({marks})",  # noqa: S608  marks only
                part,
            ):
                body = Body(how, stored)
                if _sha(body) == sha:  # a spoilt page is as good as not there
                    found[sha] = body
        return found

    @staticmethod
    def _mark_used(db: sqlite3.Connection, scope: Scope, keys: Iterable[ComponentId]) -> None:
        today = _today()
        db.executemany(
            "UPDATE member SET used = ? WHERE org = ? AND version = ? AND type = ? AND name = ? AND used <> ?",
            [(today, scope.org_id, scope.api_version, key.type, key.full_name, today) for key in keys],
        )

    def _prune(self, db: sqlite3.Connection) -> None:
        """Drops what was not used for long, then the least used until the rest fits, then bodies nobody names."""
        gone = db.execute("DELETE FROM member WHERE used < ?", (_today() - self._max_days,)).rowcount
        if gone or self._replaced:
            self._drop_unnamed(db)
        sizes: dict[bytes, int] = dict(db.execute("SELECT sha, length(stored) FROM blob"))
        total = sum(sizes.values())
        if total <= self._max_bytes:
            return
        for *key, files in db.execute("SELECT org, version, type, name, files FROM member ORDER BY used").fetchall():
            if total <= self._max_bytes:
                break
            total -= sum(sizes.get(sha, 0) for sha in _named(files))
            db.execute("DELETE FROM member WHERE org = ? AND version = ? AND type = ? AND name = ?", key)
        self._drop_unnamed(db)

    @staticmethod
    def _drop_unnamed(db: sqlite3.Connection) -> None:
        named = {sha for (files,) in db.execute("SELECT files FROM member") for sha in _named(files)}
        held = [sha for (sha,) in db.execute("SELECT sha FROM blob")]
        db.executemany("DELETE FROM blob WHERE sha = ?", [(sha,) for sha in held if sha not in named])


def _named(files: str) -> list[bytes]:
    return [bytes.fromhex(sha) for _, sha in json.loads(files)]


def _sha(body: Body) -> bytes:
    """What names a body: of what is stored, so that nothing need be unpacked to see that it is whole."""
    return hashlib.sha256(b"%d" % body.how + body.stored).digest()


def _today() -> int:
    return int(time.time() // _DAY)
