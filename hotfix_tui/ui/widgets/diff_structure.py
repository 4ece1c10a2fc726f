"""A difference by element: a path and what each side holds there, its lines for a width."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hotfix_tui.ui.text import visible_text
from hotfix_tui.ui.widgets import diff_words
from hotfix_tui.ui.widgets.diff_lines import Line, Part, Span, cuts, padded, painted, piece, visible_line

SHOWN = 8
"""Lines shown of one long value; the rest is folded."""

NOT_THERE = "(not there)"
_PATH = 2_000
_KEPT = 200
_TONES = ("removed", "added")


@dataclass(frozen=True, slots=True)
class Entry:
    """One place: its path, and the lines of both values, all visible. No lines: not there."""

    path: str
    left: tuple[str, ...]
    right: tuple[str, ...]

    @classmethod
    def of(cls, path: str, left: str | None, right: str | None) -> Entry:
        """From an org's texts."""
        sides = (() if side is None else tuple(map(visible_line, side.split("\n"))) for side in (left, right))
        return cls(visible_text(path, _PATH), *sides)

    @property
    def short(self) -> int:
        """The width in which it stands in one line; 0 when it never does."""
        if len(self.left) > 1 or len(self.right) > 1 or not (self.path + "".join(self.left + self.right)).isascii():
            return 0
        return len(self.path) + sum(len(side[0]) if side else len(NOT_THERE) for side in (self.left, self.right)) + 9


class StructureLines:
    """The drawn lines of entries that may still grow in number. `two`: side by side. `whole`: nothing is folded."""

    def __init__(self, entries: Sequence[Entry], width: int, two: bool, whole: bool) -> None:
        self.width = width
        self.two = two
        self.whole = whole
        self.folded = 0
        self._entries: list[Entry] = []
        self._starts = array("q", [0])
        self._kept: dict[int, list[Line]] = {}
        self.extend(entries)

    def extend(self, entries: Iterable[Entry]) -> None:
        """More of them."""
        at = self._starts[-1]
        for entry in entries:
            self._entries.append(entry)
            at += 1 if self._compact(entry) else len(self._tall(entry, count=True))
            self._starts.append(at)

    def __len__(self) -> int:
        return self._starts[-1]

    def change_from(self, y: int) -> int:
        """The number of the first entry that begins at line `y` or below."""
        return bisect_left(self._starts, y)

    def change_line(self, number: int) -> int:
        """The line where entry `number` begins."""
        return self._starts[number]

    def gap_at(self, y: int) -> int | None:
        """Nothing is folded but values, and they are shown all together."""
        del y
        return None

    def anchor(self, y: int) -> tuple[int, int]:
        """What stands at line `y`, for `find` after another layout."""
        number = min(bisect_right(self._starts, y) - 1, max(len(self._entries) - 1, 0))
        return number, y - self._starts[number]

    def find(self, anchor: tuple[int, int]) -> int:
        """The line where it stands now."""
        number, offset = anchor
        if number >= len(self._entries):
            return 0
        return self._starts[number] + min(offset, self._starts[number + 1] - self._starts[number] - 1)

    def line(self, y: int, current: int | None = None) -> Line:
        """Line `y`. `current`: the entry whose path stands out."""
        number = bisect_right(self._starts, y) - 1
        entry = self._entries[number]
        tone = "strong current" if number == current else "strong"
        if self._compact(entry):
            left, right = (side[0] if side else NOT_THERE for side in (entry.left, entry.right))
            marks = self._marks(entry)
            parts: list[Part] = [(entry.path, tone)]
            for side, text in enumerate((left, right)):
                parts.append((f"  {'-+'[side]} ", f"{_TONES[side]} sign"))
                parts += painted(text, (0, len(text)), _TONES[side], marks[side][0])
            return tuple(padded(parts, self.width, ""))
        lines = self._kept.get(number)
        if lines is None:
            if len(self._kept) > _KEPT:
                self._kept.clear()
            lines = self._kept[number] = self._tall(entry)
        line = lines[y - self._starts[number]]
        if number == current and line and line[0][1] == "strong":
            return ((line[0][0], tone), *line[1:])
        return line

    def _compact(self, entry: Entry) -> bool:
        return not self.two and 0 < entry.short <= self.width

    def _tall(self, entry: Entry, count: bool = False) -> list[Line]:
        """The lines of an entry that needs several. `count`: only how many, for speed."""
        room = max((self.width - 3) // 2 if self.two else self.width, 12)
        path = cuts(entry.path, self.width)
        lines: list[Line] = [()] * len(path) if count else [
            tuple(padded([(entry.path[slice(*piece(entry.path, path, n))], "strong")], self.width, ""))
            for n in range(len(path))
        ]  # fmt: skip
        marks: list[list[Sequence[Sequence[Span]]]] = [[], []]
        if not count:
            marks = [list(side) for side in self._marks(entry)]
        sides = [self._value(side, value, room, marks[side]) for side, value in enumerate((entry.left, entry.right))]
        if not self.two:
            lines += [tuple(padded(parts, room, "")) for side in sides for parts in side]
        else:
            for place in range(max(map(len, sides))):
                one, other = (side[place] if place < len(side) else [] for side in sides)
                lines.append((*padded(one, room, ""), (" │ ", "dim"), *padded(other, self.width - room - 3, "")))
        return [*lines, ()]

    def _value(
        self, side: int, value: Sequence[str], width: int, marks: Sequence[Sequence[Sequence[Span]]]
    ) -> list[list[Part]]:
        tone, sign = _TONES[side], "-+"[side]
        room = max(width - 4, 8)
        if not value:
            return [[(f"  {sign} ", f"{tone} sign"), (NOT_THERE, "dim")]]
        lines: list[list[Part]] = []
        most = None if self.whole else SHOWN
        for number, text in enumerate(value):
            starts = cuts(text, room)
            for at in range(len(starts)):
                if most is not None and len(lines) == most and (number, at) != (len(value) - 1, len(starts) - 1):
                    self.folded += 1
                    rest = len(text) - starts[at] + sum(len(line) + 1 for line in value[number + 1 :])
                    return [*lines, [("    ", ""), (f"⋯ z shows {rest:,} more characters", "fold")]]
                gutter: Part = (f"  {sign} ", f"{tone} sign") if not lines else ("    ", "")
                layer = marks[number] if marks else ()
                lines.append([gutter, *painted(text, piece(text, starts, at), tone, layer)])
        return lines

    @staticmethod
    def _marks(entry: Entry) -> tuple[list[list[Sequence[Span]]], list[list[Sequence[Span]]]]:
        """The changed words of both values, line by line."""
        left, right = "\n".join(entry.left), "\n".join(entry.right)
        spans = diff_words.changed(left, right) if entry.left and entry.right else ((), ())
        one, other = (
            _by_line(value, side, tone)
            for value, side, tone in zip((entry.left, entry.right), spans, ("removed-word", "added-word"), strict=True)
        )
        return one, other


def _by_line(lines: Sequence[str], spans: Sequence[tuple[int, int]], tone: str) -> list[list[Sequence[Span]]]:
    found: list[list[Sequence[Span]]] = []
    at = 0
    for line in lines or ("",):
        end = at + len(line)
        found.append([[(max(a, at) - at, min(b, end) - at, tone) for a, b in spans if a < end and b > at]])
        at = end + 1
    return found
