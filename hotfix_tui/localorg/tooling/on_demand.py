"""Rows of setup objects are made when somebody asks for them: most of them nobody ever asks for.

What has changed since is written down beside the components, in the same transaction, and so is undone with it, and
survives a restart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hotfix_tui.localorg.store import Store

Names = frozenset[str] | None
"""Full names of the components whose rows are to be made; None for all of the type."""

_TABLE = "CREATE TABLE IF NOT EXISTS _stale_row (type TEXT, name TEXT COLLATE NOCASE, PRIMARY KEY (type, name))"
_ALL = ""


class OnDemand:
    """Calls the makers of rows before a statement reads the tables they fill.

    `fills`: metadata type → the tables whose rows come from its components. `make` makes the rows of a type.
    """

    def __init__(self, store: Store, fills: Mapping[str, frozenset[str]], make: Callable[[str, Names], None]) -> None:
        self._store = store
        self._fills = fills
        self._make = make
        store.execute(_TABLE)
        store.make_on_demand(frozenset().union(*fills.values()), self._before)

    def changed(self, type_name: str, names: Names) -> None:
        """Components of a type have changed, or all of them may have."""
        if type_name not in self._fills:
            return
        marks = [(type_name, name) for name in names] if names is not None else [(type_name, _ALL)]
        self._store.executemany("INSERT OR IGNORE INTO _stale_row VALUES (?, ?)", marks)

    def make_all(self) -> None:
        """Makes all rows that have not been made."""
        self._before(frozenset().union(*self._fills.values()))

    def _before(self, tables: frozenset[str]) -> None:
        types = [name for name, filled in self._fills.items() if filled & tables]
        listed = ", ".join(f"'{name}'" for name in types)
        sql = f"SELECT type, name FROM _stale_row WHERE type IN ({listed}) ORDER BY type"  # noqa: S608
        if not self._store.rows(sql):
            return
        with self._store.transaction():
            stale: dict[str, set[str]] = {}
            for type_name, name in self._store.rows(sql):
                stale.setdefault(type_name, set()).add(name)
            for type_name, names in stale.items():
                self._make(type_name, None if _ALL in names else frozenset(names))
            self._store.execute(f"DELETE FROM _stale_row WHERE type IN ({listed})")  # noqa: S608
