"""What the UI and the command line ask of a runner, as rows of the journal."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

# Asked of the step at work, not work of their own.
CONTROLS = frozenset({"answer", "cancel", "pause", "proceed", "stop"})


@dataclass(frozen=True)
class Request:
    """One request. `state`: new, taken, done, dropped (came too late), lost (its runner died, or none came).

    `result` is that of the step: done, differences, cancelled, refused, failed; of a lost one: repeated, resumed.
    """

    id: int
    kind: str
    args: dict[str, Any]
    state: str
    result: str


def post(db: sqlite3.Connection, at: str, kind: str, args: dict[str, Any]) -> int:
    """Adds a request; its number."""
    row = db.execute(
        "INSERT INTO requests (at, kind, control, args, state) VALUES (?, ?, ?, ?, 'new')",
        (at, kind, kind in CONTROLS, json.dumps(args, ensure_ascii=False)),
    )
    return int(row.lastrowid or 0)


def take(db: sqlite3.Connection) -> Request | None:
    """The oldest request for work, marked taken.

    Controls older than it came too late and are dropped; a lost request of its kind is done again by it.
    """
    row = db.execute(
        "SELECT id, kind, args, 'taken', '' FROM requests WHERE state = 'new' AND NOT control ORDER BY id LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    db.execute("UPDATE requests SET state = 'taken' WHERE id = ?", (row[0],))
    db.execute("UPDATE requests SET state = 'dropped' WHERE state = 'new' AND control AND id < ?", (row[0],))
    db.execute("UPDATE requests SET state = 'done', result = 'repeated' WHERE state = 'lost' AND kind = ?", (row[1],))
    return _request(row)


def take_controls(db: sqlite3.Connection) -> list[Request]:
    """Controls left since, marked done."""
    rows = db.execute(
        "SELECT id, kind, args, 'done', '' FROM requests WHERE state = 'new' AND control ORDER BY id"
    ).fetchall()
    if rows:
        db.execute("UPDATE requests SET state = 'done' WHERE state = 'new' AND control AND id <= ?", (rows[-1][0],))
    return [_request(row) for row in rows]


def work_left(db: sqlite3.Connection) -> bool:
    """Whether a request for work waits."""
    return db.execute("SELECT 1 FROM requests WHERE state = 'new' AND NOT control LIMIT 1").fetchone() is not None


def find(db: sqlite3.Connection, number: int) -> Request | None:
    """The request `number`."""
    row = db.execute("SELECT id, kind, args, state, result FROM requests WHERE id = ?", (number,)).fetchone()
    return _request(row) if row else None


def lose(db: sqlite3.Connection, waiting_since: str) -> None:
    """Marks as lost what a dead runner was at work on, and work asked for before `waiting_since` that nobody took."""
    db.execute(
        "UPDATE requests SET state = 'lost' WHERE state = 'taken' OR (state = 'new' AND NOT control AND at < ?)",
        (waiting_since,),
    )


def lost(db: sqlite3.Connection) -> list[Request]:
    """Requests whose runner died while it was at work on them, oldest first."""
    rows = db.execute(
        "SELECT id, kind, args, state, result FROM requests WHERE state IN ('taken', 'lost') ORDER BY id"
    ).fetchall()
    return [_request(row) for row in rows]


def _request(row: tuple[int, str, str, str, str]) -> Request:
    return Request(row[0], row[1], json.loads(row[2]), row[3], row[4])
