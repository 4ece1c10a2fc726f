"""One hotfix's journal: a SQLite file in write-ahead mode, 0600 in a 0700 folder.

Any number of processes read; the runner writes events, others only requests and permits. What an act depends on
(intents, outcomes, content) is synced to the disk before `append` returns.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import secrets as random
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hotfix_tui.events import Envelope, Event, Intent, Keep, Settled, decode, encode
from hotfix_tui.events.session import PermitGranted
from hotfix_tui.journal import copying, requests, schema
from hotfix_tui.journal.errors import JournalCorrupt, LockHeld, NoSuchHotfix, SecretRefused, in_words
from hotfix_tui.journal.intents import closes
from hotfix_tui.journal.process import ProcessIdentity
from hotfix_tui.journal.secrets import holds_secret, redact

_PAGE = 2_000
# Seconds that a request may wait for a runner to start; nobody looks for its end after that.
_LONGEST_WAIT = 60.0


def now(seconds: float = 0.0) -> str:
    """This instant (or `seconds` after it) as the journal writes it: ISO 8601, UTC, milliseconds, `Z`."""
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclasses.dataclass(frozen=True)
class Holder:
    """Who holds the lock, and when it last said so."""

    process: ProcessIdentity
    heartbeat: str


class Journal:
    """An open journal. Use `create` or `open`; close it, or use it in a `with`."""

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        self.path = path
        self._db = db
        self._synchronous = ""
        self._me: ProcessIdentity | None = None
        self.hotfix: str = self.meta("hotfix") or path.stem

    @classmethod
    def create(cls, path: Path, hotfix: str) -> Journal:
        """A new, empty journal of `hotfix`. Raises FileExistsError."""
        # SQLite would make the file with the process's umask; its -wal and -shm take over the file's own mode.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with in_words(path):
            db = _connect(path, read_only=False)
            db.execute("PRAGMA journal_mode = WAL")
            schema.migrate(db)
            db.execute("INSERT INTO meta VALUES ('hotfix', ?), ('created_at', ?)", (hotfix, now()))
        return cls(path, db)

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Journal:
        """The journal at `path`. Raises NoSuchHotfix, JournalCorrupt, JournalBusy."""
        if not path.exists():
            raise NoSuchHotfix(f"There is no hotfix {path.stem}.")
        with in_words(path):
            db = _connect(path, read_only=read_only)
            try:
                if schema.version_of(db) < len(schema.MIGRATIONS) and not read_only:
                    schema.migrate(db)
                return cls(path, db)
            except ValueError as error:
                db.close()
                raise JournalCorrupt(
                    f"The journal {path.name} cannot be read: {error}. Nothing was changed; the file is {path}."
                ) from error
            except BaseException:
                db.close()
                raise

    def check(self) -> None:
        """Reads the whole file for damage. Raises JournalCorrupt with what SQLite found first."""
        with in_words(self.path):
            found = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise JournalCorrupt(f"The journal {self.path.name} is damaged ({found}). The file is {self.path}.")

    def close(self) -> None:
        """Closes the file; open reads end."""
        self._db.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Events

    def append(self, event: Event, step: str) -> Envelope:
        """Writes `event` as the next one. What it returns is on disk; for Intent, Settled and Keep it is synced.

        Raises SecretRefused for an intent or content with what looks like a session id (the act must then not happen);
        in facts such text is replaced.
        """
        content = event.content if isinstance(event, Keep) else None
        if content is not None:
            digest = hashlib.sha256(content).hexdigest()
            event = dataclasses.replace(event, sha256=digest, size=len(content), content=b"")  # type: ignore[call-arg]
        fields = self._cleaned(event, content)
        with self._writing(durable=isinstance(event, Intent | Settled | Keep)) as db:
            at = now()
            row = db.execute(
                "INSERT INTO events (seq, at, step, name, fields) "
                "SELECT COALESCE(MAX(seq), 0) + 1, ?, ?, ?, ? FROM events",
                (at, step, type(event).__name__, fields),
            )
            seq = int(row.lastrowid or 0)
            if isinstance(event, Keep):
                self._keep(event, content or b"", seq)
            elif isinstance(event, Intent):
                db.execute("INSERT OR REPLACE INTO intents VALUES (?, ?, 1, '')", (event.key, seq))
            elif isinstance(event, Settled):
                self._settle(event)
        return Envelope(seq=seq, at=at, hotfix=self.hotfix, step=step, event=event)

    def _cleaned(self, event: Event, content: bytes | None) -> str:
        fields = json.dumps(encode(event), ensure_ascii=False, separators=(",", ":"))
        if not holds_secret(fields) and not (content and holds_secret(content)):
            return fields
        if isinstance(event, Intent | Keep):
            name = event.key if isinstance(event, Intent) else event.name
            raise SecretRefused(f"{name} holds what looks like a session id; it is not written and nothing is done.")
        return redact(fields)

    def _keep(self, event: Keep, content: bytes, seq: int) -> None:
        packed = zlib.compress(content, 6)
        self._db.execute("INSERT OR IGNORE INTO blobs VALUES (?, ?, ?)", (event.sha256, event.size, packed))
        self._db.execute("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", (event.name, seq, event.sha256))

    def _settle(self, event: Settled) -> None:
        row = self._db.execute(
            "SELECT e.name, e.fields FROM intents i JOIN events e ON e.seq = i.seq WHERE i.key = ?", (event.key,)
        ).fetchone()
        intent = self._decoded(row[0], row[1]) if row else None
        if isinstance(intent, Intent):
            still_open = 0 if closes(intent, event) else 1
            self._db.execute(
                "UPDATE intents SET open = ?, result = ? WHERE key = ?", (still_open, event.result, event.key)
            )

    def after(self, seq: int, limit: int | None = None) -> list[Envelope]:
        """Events after `seq`, oldest first. Raises JournalCorrupt for one that cannot be read."""
        with in_words(self.path):
            rows = self._db.execute(
                "SELECT seq, at, step, name, fields FROM events WHERE seq > ? ORDER BY seq LIMIT ?",
                (seq, -1 if limit is None else limit),
            ).fetchall()
        return [self._envelope(row) for row in rows]

    def _envelope(self, row: tuple[int, str, str, str, str]) -> Envelope:
        event = self._decoded(row[3], row[4])
        return Envelope(seq=row[0], at=row[1], hotfix=self.hotfix, step=row[2], event=event)

    def replay(self) -> Iterator[Envelope]:
        """All events, a page at a time."""
        seq = 0
        while page := self.after(seq, _PAGE):
            yield from page
            seq = page[-1].seq

    def named(self, *events: type[Event]) -> list[Envelope]:
        """All events of these kinds, oldest first."""
        names = {event.__name__ for event in events}
        with in_words(self.path):
            rows = self._db.execute(
                "SELECT seq, at, step, name, fields FROM events WHERE name IN (SELECT value FROM json_each(?)) "
                "ORDER BY seq",
                (json.dumps(sorted(names)),),
            ).fetchall()
        return [self._envelope(row) for row in rows]

    def open_intents(self) -> list[Intent]:
        """Acts begun without a final outcome, oldest first."""
        with in_words(self.path):
            rows = self._db.execute(
                "SELECT e.name, e.fields FROM intents i JOIN events e ON e.seq = i.seq WHERE i.open = 1 ORDER BY i.seq"
            ).fetchall()
        events = [self._decoded(name, fields) for name, fields in rows]
        return [event for event in events if isinstance(event, Intent)]

    def blob(self, name: str) -> bytes | None:
        """The content last kept as `name`. Raises JournalCorrupt when it is not what was kept."""
        with in_words(self.path):
            row = self._db.execute(
                "SELECT b.sha256, b.content FROM kept k JOIN blobs b USING (sha256) WHERE k.name = ?", (name,)
            ).fetchone()
        if row is None:
            return None
        try:
            content = zlib.decompress(row[1])
        except zlib.error as error:
            raise JournalCorrupt(f"{name} in the journal {self.path.name} is damaged ({error}).") from error
        if hashlib.sha256(content).hexdigest() != row[0]:
            raise JournalCorrupt(f"{name} in the journal {self.path.name} is not what was kept.")
        return content

    def _decoded(self, name: str, fields: str) -> Event:
        try:
            return decode(name, json.loads(fields))
        except ValueError as error:
            raise JournalCorrupt(f"The journal {self.path.name} holds an event it cannot read ({error}).") from error

    # Requests

    def post(self, kind: str, args: dict[str, Any]) -> int:
        """Leaves a request for the runner; its number. Synced, since a person has been told it was taken."""
        with self._writing(durable=True) as db:
            return requests.post(db, now(), kind, args)

    def take(self) -> requests.Request | None:
        """The oldest request for work, now taken."""
        with self._writing() as db:
            return requests.take(db)

    def take_controls(self) -> list[requests.Request]:
        """Answers, cancel, pause, proceed and stop left since the last look."""
        with self._writing() as db:
            return requests.take_controls(db)

    def finish(self, number: int, result: str) -> None:
        """Marks request `number` done."""
        with self._writing() as db:
            db.execute("UPDATE requests SET state = 'done', result = ? WHERE id = ?", (result, number))

    def request(self, number: int) -> requests.Request | None:
        """Request `number` as it is now."""
        with in_words(self.path):
            return requests.find(self._db, number)

    def work_left(self) -> bool:
        """Whether a request for work waits to be taken."""
        with in_words(self.path):
            return requests.work_left(self._db)

    def lost_requests(self) -> list[requests.Request]:
        """Requests that were at work when their runner died."""
        with in_words(self.path):
            return requests.lost(self._db)

    # Lock

    def acquire(self, me: ProcessIdentity) -> Holder | None:
        """Takes the lock for `me`; gives the holder that died with it, if any. Raises LockHeld.

        Requests that were at work with it, and those that waited in vain for a runner, are lost: who asked is gone.
        """
        with self._writing(durable=True) as db:
            previous = self._locked_by()
            if previous is not None and previous.process != me and previous.process.is_alive():
                where = "" if previous.process.boot == me.boot else f" on {previous.process.host}"
                raise LockHeld(f"{self.hotfix} is in the hands of process {previous.process.pid}{where}.")
            db.execute(
                "INSERT OR REPLACE INTO lock VALUES (1, ?, ?, ?, ?, ?)", (me.pid, me.host, me.boot, me.started, now())
            )
            requests.lose(db, now(-_LONGEST_WAIT))
        self._me = me
        return previous if previous is not None and previous.process != me else None

    def heartbeat(self) -> None:
        """Says that we, who hold the lock, are alive."""
        with self._writing() as db:
            db.execute(
                "UPDATE lock SET heartbeat = ? WHERE pid = ? AND boot = ? AND started = ?", (now(), *self._mine())
            )

    def release(self, *, only_idle: bool = False) -> bool:
        """Gives our lock back. With `only_idle`, not while a request waits: false then, and the lock is kept."""
        with self._writing() as db:
            if only_idle and requests.work_left(db):
                return False
            # One that was given back may be another's by now.
            db.execute("DELETE FROM lock WHERE pid = ? AND boot = ? AND started = ?", self._mine())
            return True

    def _mine(self) -> tuple[int, str, str]:
        return (self._me.pid, self._me.boot, self._me.started) if self._me else (0, "", "")

    def holder(self) -> Holder | None:
        """Who holds the lock and is alive."""
        with in_words(self.path):
            holder = self._locked_by()
        return holder if holder is not None and holder.process.is_alive() else None

    def _locked_by(self) -> Holder | None:
        row = self._db.execute("SELECT pid, host, boot, started, heartbeat FROM lock").fetchone()
        return Holder(ProcessIdentity(*row[:4]), row[4]) if row else None

    # Permits

    def grant(self, org: str, org_id: str, act: str) -> str:
        """Writes down a permit for one `act`; its id. Only `hotfix/permit.py` calls this, after its checks."""
        permit = f"P-{random.token_hex(6)}"
        with self._writing(durable=True) as db:
            db.execute("INSERT INTO permits VALUES (?, ?, ?, ?, ?, NULL)", (permit, org, org_id, act, now()))
        self.append(PermitGranted(permit=permit, org=org, org_id=org_id, act=act), "permit")
        return permit

    def redeem(self, permit: str, org_id: str, act: str) -> bool:
        """Uses `permit` up. False when there is none such, it is for something else, or it was used."""
        with self._writing(durable=True) as db:
            used = db.execute(
                "UPDATE permits SET used_at = ? WHERE id = ? AND org_id = ? AND act = ? AND used_at IS NULL",
                (now(), permit, org_id, act),
            )
            return used.rowcount == 1

    def used_permit(self, org_id: str) -> bool:
        """Whether a permit for this org was ever used up here."""
        with in_words(self.path):
            row = self._db.execute(
                "SELECT 1 FROM permits WHERE org_id = ? AND used_at IS NOT NULL LIMIT 1", (org_id,)
            ).fetchone()
        return row is not None

    # Meta

    def meta(self, key: str) -> str | None:
        """A note about the journal itself."""
        with in_words(self.path):
            row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else None

    def set_meta(self, key: str, value: str) -> None:
        """Writes such a note."""
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    # Carrying and forgetting

    def copy_to(self, target: Path, **notes: str) -> None:
        """Writes the journal into the new file `target` (0600), for another machine. Raises FileExistsError."""
        with in_words(self.path):
            copying.copy(self._db, target, notes)

    def use_wal(self) -> None:
        """Makes a copy that came as one file a journal like the others: readers and one writer at once."""
        with in_words(self.path):
            self._db.execute("PRAGMA journal_mode = WAL")

    def forget(self) -> int:
        """Removes kept content and records' values, from the file too; the bytes of content that were kept."""
        with in_words(self.path):
            return copying.forget(self._db)

    def kept(self) -> dict[str, tuple[int, int]]:
        """What content it holds: the first two parts of its name → (how many, bytes)."""
        with in_words(self.path):
            return copying.kept(self._db)

    @contextmanager
    def _writing(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        with in_words(self.path):
            level = "FULL" if durable else "NORMAL"
            if level != self._synchronous:
                self._db.execute(f"PRAGMA synchronous = {level}")
                self._synchronous = level
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


def _connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    mode = "ro" if read_only else "rw"
    db = sqlite3.connect(f"file:{quote(str(path))}?mode={mode}", uri=True, timeout=10, isolation_level=None)
    db.execute("PRAGMA foreign_keys = ON")
    return db
