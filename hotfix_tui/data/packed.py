"""Rows in little memory: each as one piece of JSON without its field names, unpacked when it is looked at."""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping
from typing import Any

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class PackedRecords(MutableMapping[str, dict[str, Any]]):
    """Id → row as a query gave it. What comes out is a copy: a change to it changes nothing here.

    A row of twenty fields takes about 300 bytes instead of 2,000; looking at one takes some microseconds.
    """

    def __init__(self) -> None:
        self._packed: dict[str, bytes] = {}
        self._columns: dict[tuple[str, ...], int] = {}
        self._names: list[tuple[str, ...]] = []

    def __setitem__(self, record_id: str, record: dict[str, Any]) -> None:
        names = tuple(record)
        place = self._columns.setdefault(names, len(self._names))
        if place == len(self._names):
            self._names.append(names)
        self._packed[record_id] = _encode([place, *record.values()]).encode("utf-8", "surrogatepass")

    def __getitem__(self, record_id: str) -> dict[str, Any]:
        place, *values = json.loads(self._packed[record_id].decode("utf-8", "surrogatepass"))
        return dict(zip(self._names[place], values, strict=True))

    def __delitem__(self, record_id: str) -> None:
        del self._packed[record_id]

    def __contains__(self, record_id: object) -> bool:
        return record_id in self._packed

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._packed))  # rows may come meanwhile

    def __len__(self) -> int:
        return len(self._packed)
