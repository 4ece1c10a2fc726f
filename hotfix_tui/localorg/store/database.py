"""The SQLite file of an org: connections, transactions, tables that grow a column at a time."""

from __future__ import annotations

import json
import queue
import re
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Literal

Column = Literal["id", "text", "exact", "boolean", "int", "number", "json"]
_DECLARED: dict[Column, str] = {
    "id": "TEXT",
    "exact": "TEXT",
    "text": "TEXT COLLATE SF",
    "boolean": "INTEGER",
    "int": "INTEGER",
    "number": "REAL",
    "json": "TEXT",
}
_READERS = 4
_REMEMBERED = 2_000
_INTERNAL = """
CREATE TABLE IF NOT EXISTS _meta (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS _sequence (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS _column (object TEXT, name TEXT, kind TEXT, PRIMARY KEY (object, name));
"""


def quoted(name: str) -> str:
    """A table or column name as SQL takes it."""
    return '"' + name.replace('"', '""') + '"'


def _compare(left: str, right: str) -> int:
    left, right = left.casefold(), right.casefold()
    return (left > right) - (left < right)


class Store:
    """An org's rows. One writer at a time; readers see the last commit (WAL), a writing thread its own writes.

    Functions in `functions` (name → arguments, callable) are known to SQL on every connection.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.functions: dict[str, tuple[int, Callable[..., Any]]] = {}
        self._writer_lock = threading.RLock()
        self._depth = 0
        self._undoings: list[list[Callable[[], None]]] = []
        self._undone: list[Callable[[], None]] = []
        self._local = threading.local()
        self._on_demand: re.Pattern[str] | None = None
        self._make: Callable[[frozenset[str]], None] = lambda tables: None
        self._named: dict[str, frozenset[str]] = {}
        self._writer = self._open()
        self._writer.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")
        self._writer.executescript(_INTERNAL)
        self._readers: queue.LifoQueue[sqlite3.Connection | None] = queue.LifoQueue()
        self._all = [self._writer]
        for _ in range(_READERS):
            self._readers.put(None)
        self._columns: dict[str, dict[str, Column]] = {}
        for table, name, kind in self._writer.execute("SELECT object, name, kind FROM _column"):
            self._columns.setdefault(table, {})[name] = kind

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=30)
        connection.create_collation("SF", _compare)
        for name, (arguments, function) in self.functions.items():
            connection.create_function(name, arguments, function)
        return connection

    def add_function(self, name: str, arguments: int, function: Callable[..., Any]) -> None:
        """Makes a Python function known to SQL, on every connection. Call before the org is served."""
        self.functions[name] = (arguments, function)
        for connection in self._all:
            connection.create_function(name, arguments, function)

    def copy_to(self, path: Path) -> None:
        """Writes what is committed now to a new file."""
        path.touch(0o600)
        target = sqlite3.connect(path)
        with self._reading() as connection:
            connection.backup(target)
        target.close()

    def image(self) -> bytes:
        """What is committed now, as a file of it would be."""
        target = sqlite3.connect(":memory:")
        with self._reading() as connection:
            connection.backup(target)
        found = target.serialize()
        target.close()
        return found

    def close(self) -> None:
        """Closes every connection; the file stays."""
        for connection in self._all:
            connection.close()

    # Transactions

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; nests (an inner one that raises undoes only itself). DDL is undone too."""
        with self._writer_lock:
            name = f"s{self._depth}"
            self._writer.execute("BEGIN IMMEDIATE" if self._depth == 0 else f"SAVEPOINT {name}")
            self._depth += 1
            self._undoings.append([])
            self._local.writing = getattr(self._local, "writing", 0) + 1
            try:
                yield
            except BaseException:
                self._undone += self._undoings.pop()
                self._end("ROLLBACK" if self._depth == 1 else f"ROLLBACK TO {name}; RELEASE {name}")
                self._reload_columns()
                self._escape()
                raise
            else:
                kept = self._undoings.pop()
                if self._undoings:
                    self._undoings[-1] += kept
                self._end("COMMIT" if self._depth == 1 else f"RELEASE {name}")
                self._escape()

    @property
    def writing(self) -> bool:
        """Whether this thread is inside a transaction."""
        return bool(getattr(self._local, "writing", 0))

    def _end(self, statements: str) -> None:
        self._depth -= 1
        self._local.writing -= 1
        for statement in statements.split("; "):
            self._writer.execute(statement)

    def after_rollback(self, act: Callable[[], None]) -> None:
        """Has something done in case what is being written now is undone, once the outermost transaction is over.

        For what a roll-back does not take back: numbers that were given out, events that were published.
        """
        if self.writing:
            self._undoings[-1].append(act)

    def _escape(self) -> None:
        if self._depth or not self._undone:
            return
        undone, self._undone = self._undone, []
        with self.transaction():
            for act in undone:
                act()

    def _reload_columns(self) -> None:
        columns: dict[str, dict[str, Column]] = {}
        for table, name, kind in self._writer.execute("SELECT object, name, kind FROM _column"):
            columns.setdefault(table, {})[name] = kind
        self._columns = columns

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        if getattr(self._local, "writing", 0):
            yield self._writer
            return
        current: sqlite3.Connection | None = getattr(self._local, "reader", None)
        if current is not None:
            yield current
            return
        connection = self._readers.get()
        try:
            if connection is None:
                connection = self._open()
                self._all.append(connection)
            self._local.reader = connection
            yield connection
        finally:
            self._local.reader = None
            self._readers.put(connection)

    # Statements

    def make_on_demand(self, tables: Iterable[str], make: Callable[[frozenset[str]], None]) -> None:
        """Tables whose rows are only made when a statement reads them: `make` is called before, with those it names."""
        self._on_demand = re.compile(rf"\b(?:{'|'.join(sorted(tables))})\b")
        self._make = make
        self._named.clear()

    def _demand(self, sql: str) -> None:
        if self._on_demand is None or getattr(self._local, "making", False):
            return
        named = self._named.get(sql)
        if named is None:
            if len(self._named) > _REMEMBERED:
                self._named.clear()
            named = self._named[sql] = frozenset(self._on_demand.findall(sql))
        if named:
            self._local.making = True
            try:
                self._make(named)
            finally:
                self._local.making = False

    def rows(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a SELECT."""
        self._demand(sql)
        with self._reading() as connection:
            return connection.execute(sql, parameters).fetchall()

    def each(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a SELECT one by one, without having them all in memory; to be used up in one thread."""
        self._demand(sql)
        with self._reading() as connection:
            cursor = connection.execute(sql, parameters)
            while found := cursor.fetchmany(500):
                yield from found

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row of a SELECT, or None."""
        self._demand(sql)
        with self._reading() as connection:
            found: tuple[Any, ...] | None = connection.execute(sql, parameters).fetchone()
            return found

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The first column of the first row, or None."""
        found = self.row(sql, parameters)
        return found[0] if found else None

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """A statement that writes; outside a transaction it is one of its own. Returns the rows changed."""
        if self.writing:
            return self._writer.execute(sql, parameters).rowcount  # SQLite undoes a statement that fails by itself
        with self.transaction():
            return self._writer.execute(sql, parameters).rowcount

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> None:
        """The same statement for many rows, in one transaction."""
        with self.transaction():
            self._writer.executemany(sql, parameters)

    # Tables

    def columns(self, table: str) -> dict[str, Column]:
        """The columns of an sObject's table."""
        return self._columns.get(table, {})

    def ensure_table(self, table: str, columns: Mapping[str, Column]) -> None:
        """Makes the table, or adds the columns it lacks; a column whose kind changed is converted."""
        known = self._columns.get(table, {})
        if all(known.get(name) == kind for name, kind in columns.items()) and known:
            return
        with self.transaction():
            if not known:
                declared = ", ".join(
                    f"{quoted(n)} {_DECLARED[k]}{' PRIMARY KEY' if n == 'Id' else ''}" for n, k in columns.items()
                )
                self._writer.execute(f"CREATE TABLE {quoted(table)} ({declared})")
                self._remember(table, columns)
                return
            for name, kind in columns.items():
                if name not in known:
                    self._writer.execute(f"ALTER TABLE {quoted(table)} ADD COLUMN {quoted(name)} {_DECLARED[kind]}")
                elif known[name] != kind:
                    self._convert(table, name, kind)
            self._remember(table, columns)

    def _convert(self, table: str, name: str, kind: Column) -> None:
        self.drop_index(table, name)
        old = f"{name}__old"
        self._writer.execute(f"ALTER TABLE {quoted(table)} RENAME COLUMN {quoted(name)} TO {quoted(old)}")
        self._writer.execute(f"ALTER TABLE {quoted(table)} ADD COLUMN {quoted(name)} {_DECLARED[kind]}")
        self._writer.execute(f"UPDATE {quoted(table)} SET {quoted(name)} = {quoted(old)}")  # noqa: S608
        self._writer.execute(f"ALTER TABLE {quoted(table)} DROP COLUMN {quoted(old)}")

    def _remember(self, table: str, columns: Mapping[str, Column]) -> None:
        self._writer.executemany(
            "INSERT OR REPLACE INTO _column VALUES (?, ?, ?)", [(table, name, kind) for name, kind in columns.items()]
        )
        self._columns[table] = {**self._columns.get(table, {}), **columns}

    def drop_column(self, table: str, name: str) -> None:
        """Removes a column and what it held."""
        with self.transaction():
            self.drop_index(table, name)
            self._writer.execute(f"ALTER TABLE {quoted(table)} DROP COLUMN {quoted(name)}")
            self._writer.execute("DELETE FROM _column WHERE object = ? AND name = ?", (table, name))
            self._columns[table] = {key: kind for key, kind in self._columns[table].items() if key != name}

    def drop_table(self, table: str) -> None:
        """Removes a table and its rows."""
        with self.transaction():
            self._writer.execute(f"DROP TABLE IF EXISTS {quoted(table)}")
            self._writer.execute("DELETE FROM _column WHERE object = ?", (table,))
            self._columns.pop(table, None)

    def index(self, table: str, *columns: str) -> None:
        """Makes look-ups by columns fast. Uniqueness is checked by the record service, which knows the words."""
        name, listed = quoted(f"{table}.{'.'.join(columns)}"), ", ".join(quoted(column) for column in columns)
        self.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {quoted(table)} ({listed})")

    def drop_index(self, table: str, column: str) -> None:
        """Forgets an index, if there is one."""
        self.execute(f"DROP INDEX IF EXISTS {quoted(f'{table}.{column}')}")

    # Rows

    def insert_row(self, table: str, row: Mapping[str, Any]) -> None:
        """Writes one row; dicts and lists become JSON text, booleans 0 or 1. Raises KeyError on unknown columns."""
        known = self._columns[table]
        for name in row:
            if name not in known:
                raise KeyError(f"{table} has no column {name}")
        names = ", ".join(quoted(name) for name in row)
        marks = ", ".join("?" for _ in row)
        self.execute(
            f"INSERT INTO {quoted(table)} ({names}) VALUES ({marks})",  # noqa: S608
            [stored(value) for value in row.values()],
        )

    def insert_rows(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Writes many rows, their values (as `stored` makes them) in the order of the columns."""
        names, marks = ", ".join(quoted(name) for name in columns), ", ".join("?" for _ in columns)
        sql = f"INSERT INTO {quoted(table)} ({names}) VALUES ({marks})"  # noqa: S608
        self.executemany(sql, rows)

    def update_row(self, table: str, record_id: str, values: Mapping[str, Any]) -> int:
        """Changes columns of one row; returns how many rows that were (0 or 1)."""
        if not values:
            return 0
        parts = ", ".join(f"{quoted(name)} = ?" for name in values)
        return self.execute(
            f"UPDATE {quoted(table)} SET {parts} WHERE Id = ?",  # noqa: S608
            [*(stored(value) for value in values.values()), record_id],
        )

    def put_row(self, table: str, row: Mapping[str, Any]) -> None:
        """Writes the row, or changes the one that has its Id."""
        if not self.update_row(table, str(row["Id"]), {name: value for name, value in row.items() if name != "Id"}):
            self.insert_row(table, row)

    def replace_rows(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Makes these the only rows of an object kept by another room (Tooling objects, permission sets …)."""
        with self.transaction():
            self._writer.execute(f"DELETE FROM {quoted(table)}")  # noqa: S608
            for row in rows:
                self.insert_row(table, row)

    def get(self, table: str, record_id: str) -> dict[str, Any] | None:
        """One row by its 18-character id, deleted ones too; None when there is none."""
        sql = f"SELECT * FROM {quoted(table)} WHERE Id = ?"  # noqa: S608
        self._demand(sql)
        with self._reading() as connection:
            cursor = connection.execute(sql, (record_id,))
            found = cursor.fetchone()
            return dict(zip((d[0] for d in cursor.description), found, strict=True)) if found else None

    # Small things that last

    def meta(self, key: str, default: str = "") -> str:
        """A remembered text."""
        found = self.value("SELECT value FROM _meta WHERE key = ?", (key,))
        return default if found is None else str(found)

    def set_meta(self, key: str, value: str) -> None:
        """Remembers a text."""
        self.execute("INSERT OR REPLACE INTO _meta VALUES (?, ?)", (key, value))

    def next_number(self, name: str) -> int:
        """Counts 1, 2, 3 … for a name; a rolled-back transaction gives its numbers back (see `keep_number`)."""
        sql = "INSERT INTO _sequence VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value"
        with nullcontext() if self.writing else self.transaction():
            ((number,),) = self._writer.execute(sql, (name,)).fetchall()
            return int(number)

    def keep_number(self, name: str, number: int) -> None:
        """Sees to it that a number is not given out again."""
        self.execute(
            "INSERT INTO _sequence VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = MAX(value, excluded.value)",
            (name, number),
        )


def stored(value: Any) -> Any:
    """A value as its column keeps it."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    return value
