"""The compared records as a list of foldable groups, one an object. Made for very many: no record is a Python line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from hotfix_tui.ui.component_rows import GROUP, state_words
from hotfix_tui.ui.text import Cell, Toned
from hotfix_tui.ui.widgets.rows import RowSource
from hotfix_tui.ui.widgets.virtual_table import Column
from hotfix_tui.ui.words import RECORD_STATES, day_and_time, many

if TYPE_CHECKING:
    from hotfix_tui.compare.record_comparison import RecordComparison
    from hotfix_tui.compare.records import ComparedRow

STATE_COLUMNS = (Column("Record", 0, 3), Column("State", 14, from_width=44), Column("Fields", 24, from_width=74))
WHO_COLUMNS = (Column("Record", 0, 3), Column("Changed in A", 24), Column("Changed in B", 24))


class RecordRows(RowSource):
    """Records by object, as they come. A folded object shows only its line; a filter looks into all.

    `state`: only records of it; empty: all that are not the same. `who`: who changed one last on each side, and when.
    Rows are numbers of records; objects have negative ones.
    """

    def __init__(self, sides: tuple[str, str], folded: Collection[str]) -> None:
        self.sides = sides
        self.folded = folded
        self.state = ""
        self.who_shown = False
        self.comparison: RecordComparison | None = None
        self._rows: list[ComparedRow] = []
        self._objects: list[str] = []
        self._members: dict[str, list[int]] = {}
        self._counts: dict[str, Counter[str]] = {}
        self._texts: dict[int, str] = {}

    def extend(self, rows: Iterable[ComparedRow]) -> None:
        """More records."""
        for one in rows:
            if one.object not in self._counts:
                self._objects.append(one.object)
                self._counts[one.object] = Counter()
            self._counts[one.object][one.status] += 1
            if self._listed(one):
                self._members.setdefault(one.object, []).append(len(self._rows))
            if one.status != "same":  # a filter is typed key by key: what it looks in is made once
                self._texts[len(self._rows)] = self._text(one)
            self._rows.append(one)

    def list_state(self, state: str) -> None:
        """Lists only records of one state; empty: all that differ."""
        self.state = state
        self._members.clear()
        for place, one in enumerate(self._rows):
            if self._listed(one):
                self._members.setdefault(one.object, []).append(place)

    def _listed(self, one: ComparedRow) -> bool:
        return one.status == self.state if self.state else one.status != "same"

    def counts(self) -> Counter[str]:
        """How many records there are of each state."""
        return sum(self._counts.values(), Counter())

    def record(self, key: str | None) -> ComparedRow | None:
        """The record of a row's key; None for an object."""
        return self._rows[int(key)] if key and not key.startswith(GROUP) else None

    def members(self, name: str) -> list[str]:
        """The keys of the listed records of an object."""
        return [str(place) for place in self._members.get(name, ())]

    def all_members(self) -> list[str]:
        """The keys of all listed records."""
        return [str(place) for places in self._members.values() for place in places]

    # -- as the table asks

    def __len__(self) -> int:
        return sum(map(len, self._members.values()))

    def key(self, row: int) -> str:
        """The record's number, or the object."""
        return str(row) if row >= 0 else f"{GROUP}{self._objects[-row - 1]}"

    def markable(self, row: int) -> bool:
        """Records are marked, objects are not."""
        return row >= 0

    def cells(self, row: int) -> Sequence[Cell]:
        """Sign and name, state, what differs; or who changed it on each side."""
        if row < 0:
            return self._object_cells(self._objects[-row - 1])
        one = self._rows[row]
        sign, words, tone = state_words(one.status, self.sides)
        name = f"  {sign} {name_of(one)}"
        if self.who_shown:
            return (name, *(when_and_who(changed) for changed in self._changed(one)))
        return (name, Toned(words, tone), _detail(one))

    def _changed(self, one: ComparedRow) -> tuple[dict[str, Any], dict[str, Any]]:
        return self.comparison.changed(one) if self.comparison else ({}, {})

    def _object_cells(self, name: str) -> Sequence[Cell]:
        label = self.comparison.label(name) if self.comparison else name
        counts = self._counts[name]
        sums = [
            f"{RECORD_STATES[status][0]}{counts[status]:,}"
            for status in ("only_in_a", "different", "only_in_b", "ambiguous", "keyless", "same")
            if counts[status]
        ]
        sign = "▸" if name in self.folded else "▾"
        title = f"{sign} {label} ({name})" if label != name else f"{sign} {name}"
        return (Toned(f"{title}  {' '.join(sums)}", "strong"),)

    def search(self, row: int) -> str:
        """Object, key, name, state, the fields that differ."""
        return "" if row < 0 else self._texts.get(row) or self._text(self._rows[row])

    def _text(self, one: ComparedRow) -> str:
        words = state_words(one.status, self.sides)[1]
        return f"{one.object} {one.key} {one.label} {words} {one.like} {' '.join(one.fields)}".lower()

    def order(self, row: int, column: int) -> Any:
        """By name; by state or who; by how much differs or when."""
        one = self._rows[row]
        if column == 0:
            return name_of(one).lower()
        if self.who_shown:
            changed = self._changed(one)[column - 1]
            return (str(changed.get("at") or ""), str(changed.get("by") or ""))
        return one.status if column == 1 else (-len(one.fields), one.object, one.key)

    def index(self, needle: str, column: int | None) -> Sequence[int]:
        """Objects and what is not folded; filtered or ordered, the records alone."""
        if needle or column is not None:
            listed = [row for rows in self._members.values() for row in rows]
            wanted = needle.lower()
            if wanted.startswith("!") and len(wanted) > 1:
                listed = [row for row in listed if wanted[1:] not in self.search(row)]
            elif wanted and wanted != "!":
                listed = [row for row in listed if wanted in self.search(row)]
            return listed if column is None else sorted(listed, key=lambda row: self.order(row, column))
        index: list[int] = []
        for place, name in enumerate(self._objects):
            if members := self._members.get(name):
                index.append(-place - 1)
                if name not in self.folded:
                    index += members
        return index


def name_of(one: ComparedRow) -> str:
    """Key and name; of a row without a key its name, else its Id."""
    if not one.key:
        return one.label or "".join((*one.a, *one.b))
    return f"{one.key}  {one.label}" if one.label and one.label != one.key else one.key


def when_and_who(changed: dict[str, Any]) -> str:
    """`12 Jan 23:05  Ada`: where there is no room for both, the time stays."""
    return "  ".join(filter(None, (day_and_time(str(changed.get("at") or "")), str(changed.get("by") or ""))))


def _detail(one: ComparedRow) -> Cell:
    if one.like:
        return Toned(f"looks like {one.like}", "warn")
    if one.status == "ambiguous":
        return Toned(f"{len(one.a)} in A, {len(one.b)} in B", "bad")
    return one.fields[0] if len(one.fields) == 1 else many(len(one.fields), "field") if one.fields else ""
