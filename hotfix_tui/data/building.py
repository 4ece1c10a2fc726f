"""From a record as a query gives it to a Row that means the same in every org."""

from __future__ import annotations

from collections.abc import Sequence
from sys import intern
from typing import TYPE_CHECKING

from hotfix_tui.data.data_set import ObjectSpec
from hotfix_tui.data.keys import at_path, key_text
from hotfix_tui.data.platform_rules import FIRST_ROWS
from hotfix_tui.data.referred import Refs
from hotfix_tui.data.rows import NOTHING, Ref, Row, join_key
from hotfix_tui.data.shape import FieldShape

if TYPE_CHECKING:
    from hotfix_tui.data.fetching import Fetcher, Record


class RowBuilder:
    """Makes the rows of one object. `refs`: what lookups refer to; `carried`: the fields that rows have."""

    def __init__(self, fetcher: Fetcher, spec: ObjectSpec, refs: Refs, carried: Sequence[FieldShape]) -> None:
        self._fetcher, self._spec, self._refs = fetcher, spec, refs
        self._scalars = [one.name for one in carried if not one.is_lookup]
        self._lookups = [one.name for one in carried if one.is_lookup]
        self._paths = [part.path for part in fetcher.parts[spec.name] if "." in part.path]
        self._first = FIRST_ROWS.get(spec.name, "")
        self._outer = fetcher.outer[spec.name]
        self._reference = spec.mode == "reference"

    def build(self, record: Record) -> Row:
        """The row of `record`."""
        lookups: dict[str, Ref | None] = {}
        outside: dict[str, str] = {}
        ids: dict[str, str] = {}
        for name in self._lookups:
            value = record.get(name)
            if not value:
                lookups[name] = None
            elif (ref := self._refs.find(value)) is not None:
                lookups[name] = ref
                ids[name] = intern(value)
            else:
                outside[name] = value
        record_id = record["Id"]
        get = record.get
        return Row(
            key=self._fetcher.keys.get(record_id, ""),
            id=record_id,
            fields={name: get(name) for name in self._scalars},
            lookups=lookups,
            outside=outside or NOTHING,
            ids=ids or NOTHING,
            paths={path: at_path(record, path) for path in self._paths} if self._paths else NOTHING,
            second_key=self._second_key(record) if self._spec.second_key else "",
            label=str(get("Name") or ""),
            modified=str(get("LastModifiedDate") or ""),
            reference=self._reference or record_id in self._outer or record_id in self._fetcher.references,
            first=bool(at_path(record, self._first)) if self._first else False,
        )

    def _second_key(self, record: Record) -> str:
        parts = []
        for name in self._spec.second_key:
            value = record.get(name)
            if value is None or value == "":
                return ""
            ref = self._refs.find(value) if isinstance(value, str) else None
            parts.append(ref[1] if ref is not None else key_text(value))
        return join_key(parts)
