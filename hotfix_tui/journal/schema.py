"""The tables of a journal, and how an older file becomes a newer one."""

from __future__ import annotations

import sqlite3

# "hfx1" read as an integer: tells a journal from any other SQLite file.
APPLICATION_ID = 0x68667831

# One script a version; user_version counts those that were run. Never change one that was released.
MIGRATIONS = (
    """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE events (
        seq INTEGER PRIMARY KEY, at TEXT NOT NULL, step TEXT NOT NULL, name TEXT NOT NULL, fields TEXT NOT NULL);
    CREATE TABLE intents (key TEXT PRIMARY KEY, seq INTEGER NOT NULL, open INTEGER NOT NULL, result TEXT NOT NULL);
    CREATE INDEX intents_open ON intents (open, seq);
    CREATE TABLE blobs (sha256 TEXT PRIMARY KEY, size INTEGER NOT NULL, content BLOB NOT NULL);
    CREATE TABLE kept (name TEXT PRIMARY KEY, seq INTEGER NOT NULL, sha256 TEXT NOT NULL REFERENCES blobs (sha256));
    CREATE TABLE requests (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, kind TEXT NOT NULL,
        control INTEGER NOT NULL, args TEXT NOT NULL, state TEXT NOT NULL, result TEXT NOT NULL DEFAULT '');
    CREATE INDEX requests_state ON requests (state, id);
    CREATE TABLE lock (
        one INTEGER PRIMARY KEY CHECK (one = 1), pid INTEGER NOT NULL, host TEXT NOT NULL, boot TEXT NOT NULL,
        started TEXT NOT NULL, heartbeat TEXT NOT NULL);
    CREATE TABLE permits (
        id TEXT PRIMARY KEY, org TEXT NOT NULL, org_id TEXT NOT NULL, act TEXT NOT NULL, granted_at TEXT NOT NULL,
        used_at TEXT);
    """,
)


def version_of(db: sqlite3.Connection) -> int:
    """How many migrations the file has had. Raises ValueError, in words, when it is no journal of ours."""
    application = db.execute("PRAGMA application_id").fetchone()[0]
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    if application != APPLICATION_ID:
        raise ValueError("it is not a journal")
    if version > len(MIGRATIONS):
        raise ValueError(f"it was written by a newer version (format {version})")
    return version


def migrate(db: sqlite3.Connection) -> None:
    """Brings the file to the newest version, each migration whole or not at all."""
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        # PRAGMA takes no parameters; both numbers are ours.
        db.executescript(
            f"BEGIN IMMEDIATE; {script}; PRAGMA user_version = {number}; "
            f"PRAGMA application_id = {APPLICATION_ID}; COMMIT;"
        )
