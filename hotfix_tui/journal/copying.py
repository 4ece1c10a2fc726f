"""A journal as one file to carry to another machine, and a journal without the content it kept."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

# What one machine has to do with a journal, and another has not. A permit that was used up stays: what was begun under
# it may be taken back. One that was not is worth a production write, and is made where the alias is typed.
_OF_THIS_MACHINE = (
    "DELETE FROM lock",
    "DELETE FROM requests",
    "DELETE FROM permits WHERE used_at IS NULL",
)
# Fields that hold values of records: of a row that is written, as it was; of a plan or a fix, as it will be.
_VALUES = ("before", "changes")


def copy(db: sqlite3.Connection, target: Path, notes: dict[str, str]) -> None:
    """Writes the journal into a new file (0600), whole and compact, with `notes` in its meta.

    Raises FileExistsError, sqlite3.Error; there is no file then.
    """
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        there = sqlite3.connect(target, isolation_level=None)
        try:
            db.backup(there)
            # The copy is one file: nothing may wait in a write-ahead log beside it.
            there.execute("PRAGMA journal_mode = DELETE")
            there.execute("BEGIN IMMEDIATE")
            for statement in _OF_THIS_MACHINE:
                there.execute(statement)
            there.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", notes.items())
            there.execute("COMMIT")
            there.execute("VACUUM")
        finally:
            there.close()
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def forget(db: sqlite3.Connection) -> int:
    """Removes kept content and the values of records from a journal, and from the file; how many bytes were kept.

    What an open intent holds stays: it must still be taken back.
    """
    db.execute("PRAGMA secure_delete = ON")
    db.execute("BEGIN IMMEDIATE")
    try:
        size = int(db.execute("SELECT COALESCE(SUM(size), 0) FROM blobs").fetchone()[0])
        open_seqs = {row[0] for row in db.execute("SELECT seq FROM intents WHERE open = 1")}
        changed = []
        for seq, fields in db.execute("SELECT seq, fields FROM events").fetchall():
            values = json.loads(fields)
            held = [name for name in _VALUES if values.get(name)]
            if held and seq not in open_seqs:
                changed.append((json.dumps({**values, **{name: {} for name in held}}, ensure_ascii=False), seq))
        db.executemany("UPDATE events SET fields = ? WHERE seq = ?", changed)
        db.execute("DELETE FROM kept")
        db.execute("DELETE FROM blobs")
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
    db.execute("VACUUM")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return size


def kept(db: sqlite3.Connection) -> dict[str, tuple[int, int]]:
    """What content there is: the first two parts of its name → (how many, bytes)."""
    found: dict[str, tuple[int, int]] = {}
    for name, size in db.execute("SELECT k.name, b.size FROM kept k JOIN blobs b USING (sha256)"):
        group = "/".join(str(name).split("/")[:2])
        count, total = found.get(group, (0, 0))
        found[group] = (count + 1, total + size)
    return found
