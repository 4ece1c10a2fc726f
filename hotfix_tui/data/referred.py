"""What lookups refer to, by Id, as any org would name it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hotfix_tui.data.rows import ACCOUNT, Ref
from hotfix_tui.data.spool import Recent

if TYPE_CHECKING:
    from hotfix_tui.data.fetching import Fetcher


class Refs:
    """What an Id refers to: a row of the data set, or who and what has a name that is the same in every org.

    `named`: Ids of the latter. `settled`: all rows are read and have their keys, so that answers may be remembered.
    """

    def __init__(self, fetcher: Fetcher, named: Mapping[str, Ref], *, settled: bool = False) -> None:
        self.named: dict[str, Ref] = dict(named)
        self._fetcher, self._settled = fetcher, settled
        self._homes: dict[str, str] = {}
        self._recent: Recent[str, Ref | None] = Recent()

    def find(self, record_id: str) -> Ref | None:
        """(object, match key) of a record; None for one that the data set cannot name."""
        named = self.named.get(record_id)
        if named is not None or not self._settled:
            return named or self._row(record_id)
        if record_id not in self._recent:
            self._recent[record_id] = self._row(record_id)
        return self._recent[record_id]

    def _row(self, record_id: str) -> Ref | None:
        if self._fetcher.persons and record_id in self._fetcher.persons:
            return self._fetcher.persons.ref(record_id, self._fetcher.keys, self._fetcher.parts.get(ACCOUNT, ()))
        key = self._fetcher.keys.get(record_id)
        if key is None:
            return None
        records = self._fetcher.records
        home = self._homes.get(record_id[:3], "")
        if not home or (record_id in self._fetcher.references and record_id not in records[home]):
            home = next((name for name in records if record_id in records[name]), "")
            if not home:
                return None
            self._homes[record_id[:3]] = home
        return home, key
