"""Mappings that leave memory once they are large: a seed may have a million rows, and few hosts are its alone.

Rows go to a private SQLite database without a name: its file is deleted as it is opened, so nobody else sees it and
nothing is left behind, whatever ends the process. SQLite, because it comes with Python and never holds more than its
cache in memory.
"""

from __future__ import annotations

import marshal
import sqlite3
import weakref
from collections import deque
from collections.abc import Callable, ItemsView, Iterable, Iterator, MutableMapping, ValuesView
from functools import cache
from typing import Any, Generic, TypeVar

from hotfix_tui.data.errors import RowsNotKept

K = TypeVar("K")
V = TypeVar("V")

MOST_IN_MEMORY = 5_000
"""Entries of one mapping that stay in memory. A row takes about 2 KB there and 0.3 KB on disk."""

_MOST_RECENT = 5_000

MOST_WORDS_IN_MEMORY = 150_000
"""The same where an entry is a word or two, and is looked at again and again while rows are read."""

_CACHE_KIB = 6 * 1024
_AT_ONCE = 400

# Bits by which a mapping tells most keys that it does not have from those that it may have, without a look on disk.
_BITS = 22
_MASK = (1 << _BITS) - 1


def _same(value: Any) -> Any:
    return value


class Database:
    """The process's private database. Raises RowsNotKept when the temporary folder has no room."""

    def __init__(self) -> None:
        # One thread at a time is SQLite's own affair: it is built to be serialized.
        self._connection = sqlite3.connect("", check_same_thread=False, isolation_level=None, cached_statements=512)
        self._made = 0
        # Tables nobody has any more. Dropped later: a collector may run in the middle of a statement.
        self._dead: deque[str] = deque()
        for setting in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE_KIB}", "temp_store = FILE"):
            self._connection.execute(f"PRAGMA {setting}")
        self._connection.execute("BEGIN")  # never committed: pages go to disk when the cache is full, and only then

    def table(self, owner: object, columns: str) -> str:
        """The name of a new table, which goes when `owner` does."""
        while self._dead:
            self.run(f"DROP TABLE {self._dead.popleft()}")
        self._made += 1
        name = f"t{self._made}"
        self.run(f"CREATE TABLE {name} ({columns})")
        weakref.finalize(owner, self._dead.append, name)
        return name

    def run(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """The rows of one statement."""
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise _no_room(error) from error

    def one(self, sql: str, key: bytes) -> Any:
        """The first row that has `key`."""
        try:
            return self._connection.execute(sql, (key,)).fetchone()
        except sqlite3.Error as error:
            raise _no_room(error) from error

    def run_many(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """One statement for each of `rows`."""
        try:
            self._connection.executemany(sql, rows)
        except sqlite3.Error as error:
            raise _no_room(error) from error


def _no_room(error: sqlite3.Error) -> RowsNotKept:
    return RowsNotKept(f"The rows could not be kept in the temporary folder ({error}).")


@cache
def database() -> Database:
    """The one of this process, made when the first mapping grows large."""
    return Database()


class Spooled(MutableMapping[str, V], Generic[V]):
    """A mapping by text, in the order of arrival, that may be changed while it is gone through.

    `pack` and `unpack`: from a value to what `marshal` takes, and back; once it is large, what comes out is a copy.
    """

    def __init__(
        self,
        *,
        pack: Callable[[V], Any] = _same,
        unpack: Callable[[Any], V] = _same,
        most: int | None = None,
    ) -> None:
        self._pack, self._unpack = pack, unpack
        self._most = MOST_IN_MEMORY if most is None else most
        self._small: dict[str, V] = {}  # all of it, or what the table does not have yet
        self._table = ""
        self._count = 0

    @property
    def spooled(self) -> bool:
        """Whether it is on disk."""
        return bool(self._table)

    def __len__(self) -> int:
        return self._count if self._table else len(self._small)

    def __contains__(self, key: object) -> bool:
        if key in self._small:
            return True
        return bool(self._table) and isinstance(key, str) and self._row(self._is_there, key) is not None

    def __getitem__(self, key: str) -> V:
        try:
            return self._small[key]
        except KeyError:
            row = self._row(self._value_of, key) if self._table else None
        if row is None:
            raise KeyError(key)
        return self._unpack(marshal.loads(row[0]))  # noqa: S302 - our own bytes

    def find(self, key: str) -> V | None:
        """The value, None when there is none."""
        found = self._small.get(key)
        if found is None and self._table and (row := self._row(self._value_of, key)) is not None:
            return self._unpack(marshal.loads(row[0]))  # noqa: S302 - our own bytes
        return found

    def __setitem__(self, key: str, value: V) -> None:
        if not self._table:
            self._small[key] = value
            if len(self._small) > self._most:
                self._to_disk()
            return
        if key not in self:
            self._count += 1
        self._small[key] = value
        if len(self._small) >= _AT_ONCE:
            self._flush()

    def put_new(self, key: str, value: V) -> None:
        """Takes in an entry that is not there, as the caller has just found out."""
        self._count += 1
        self._small[key] = value
        if self._table and len(self._small) >= _AT_ONCE:
            self._flush()
        elif not self._table and len(self._small) > self._most:
            self._to_disk()

    def __delitem__(self, key: str) -> None:
        if not self._table:
            del self._small[key]
            return
        if key not in self:
            raise KeyError(key)
        self._small.pop(key, None)
        self._database.run(f"DELETE FROM {self._table} WHERE k = ?", (_bytes(key),))  # noqa: S608 - our own name
        self._count -= 1

    def __iter__(self) -> Iterator[str]:
        if not self._table:
            yield from list(self._small)
            return
        for page in self._pages("k", by="n"):
            for _, key in page:
                yield _text(key)

    def pairs(self) -> Iterator[tuple[str, V]]:
        """Keys and values."""
        if not self._table:
            yield from list(self._small.items())
            return
        unpack = self._unpack
        for page in self._pages("k, v", by="n"):
            for _, key, packed in page:
                yield _text(key), unpack(marshal.loads(packed))  # noqa: S302 - our own bytes

    def each(self, *, by_key: bool = False, part: Callable[[Any], Any] | None = None) -> Iterator[Any]:
        """The values; of a mapping on disk `by_key`: in the order of their keys' code points, and `part`: only what
        this takes from a packed value.
        """
        if not self._table:
            yield from list(self._small.values())
            return
        unpack = part or self._unpack
        for page in self._pages("v", by="k" if by_key else "n"):
            for _, packed in page:
                yield unpack(marshal.loads(packed))  # noqa: S302 - our own bytes

    def items(self) -> ItemsView[str, V]:
        """Keys and values, read a page at a time."""
        return _Items(self)

    def values(self) -> ValuesView[V]:
        """The values, read a page at a time."""
        return _Values(self)

    def numbered(self, key: str) -> tuple[int, V] | None:
        """The entry's `number` and value, once the mapping is on disk."""
        self._flush()
        row = self._row(self._numbered, key)
        return None if row is None else (int(row[0]), self._unpack(marshal.loads(row[1])))  # noqa: S302 - our own bytes

    def number(self, key: str) -> int | None:
        """A number that only this entry has, once the mapping is on disk: small, so that arrays may go by it."""
        self._flush()
        row = self._row(self._number_of, key)
        return None if row is None else int(row[0])

    def key_of(self, number: int) -> str:
        """The key of an entry by its `number`."""
        return _text(self._database.run(f"SELECT k FROM {self._table} WHERE n = ?", (number,))[0][0])  # noqa: S608

    # -- on disk

    def _to_disk(self) -> None:
        self._database = database()
        self._table = self._database.table(self, "n INTEGER PRIMARY KEY, k BLOB NOT NULL UNIQUE, v BLOB NOT NULL")
        self._count = len(self._small)
        self._is_there, self._value_of, self._number_of, self._numbered = (
            f"SELECT {column} FROM {self._table} WHERE k = ?"  # noqa: S608 - our own name
            for column in ("1", "v", "n", "n, v")
        )
        self._marks = bytearray(1 << (_BITS - 3))
        self._flush()

    def _flush(self) -> None:
        if self._small:
            packed = ((_bytes(key), marshal.dumps(self._pack(value))) for key, value in self._small.items())
            put = f"INSERT INTO {self._table} (k, v) VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v"  # noqa: S608
            self._database.run_many(put, packed)
            for key in self._small:
                self._mark(key)
            self._small = {}

    def _mark(self, key: str) -> None:
        number = hash(key)
        for bit in (number & _MASK, (number >> _BITS) & _MASK):
            self._marks[bit >> 3] |= 1 << (bit & 7)

    def _may_have(self, key: str) -> bool:
        number, marks = hash(key), self._marks
        bit, other = number & _MASK, (number >> _BITS) & _MASK
        return bool(marks[bit >> 3] & (1 << (bit & 7)) and marks[other >> 3] & (1 << (other & 7)))

    def _row(self, sql: str, key: str) -> Any:
        return self._database.one(sql, _bytes(key)) if self._may_have(key) else None

    def _pages(self, columns: str, *, by: str) -> Iterator[list[tuple[Any, ...]]]:
        """All rows, a page at a time: no statement is open in between, so that the table may be changed."""
        self._flush()
        page = self._database.run(f"SELECT {by}, {columns} FROM {self._table} ORDER BY {by} LIMIT {_AT_ONCE}")  # noqa: S608
        following = f"SELECT {by}, {columns} FROM {self._table} WHERE {by} > ? ORDER BY {by} LIMIT {_AT_ONCE}"  # noqa: S608
        while page:
            yield page
            self._flush()
            page = self._database.run(following, (page[-1][0],))


class Recent(dict[K, V]):
    """Answers that may be asked for again soon. It forgets all of them when they become more than `most`."""

    def __init__(self, most: int = _MOST_RECENT) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: K, value: V) -> None:
        if len(self) >= self._most:
            self.clear()
        super().__setitem__(key, value)


def spooled_words() -> Spooled[str]:
    """A mapping from word to word."""
    return Spooled(most=MOST_WORDS_IN_MEMORY)


def each_once(values: Iterable[Any]) -> Iterator[Any]:
    """`values` without those that came before, told apart by how they read."""
    seen = spooled_words()
    for value in values:
        key = str(value)
        if key not in seen:
            seen[key] = ""
            yield value


class _Items(ItemsView[str, V]):
    def __init__(self, of: Spooled[V]) -> None:
        super().__init__(of)
        self._of = of

    def __iter__(self) -> Iterator[tuple[str, V]]:
        return self._of.pairs()


class _Values(ValuesView[V]):
    def __init__(self, of: Spooled[V]) -> None:
        super().__init__(of)
        self._of = of

    def __iter__(self) -> Iterator[V]:
        return self._of.each()


def _bytes(key: str) -> bytes:
    return key.encode("utf-8", "surrogatepass")


def _text(key: bytes) -> str:
    return key.decode("utf-8", "surrogatepass")
