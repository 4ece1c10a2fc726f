"""A difference of two texts: what differs, and its lines for a width, drawn one by one when they come into view."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterator, Sequence

from hotfix_tui.ui.text import fit
from hotfix_tui.ui.widgets import diff_words
from hotfix_tui.ui.widgets.diff_lines import Line, Part, Span, cuts, padded, painted, piece, visible_line
from hotfix_tui.ui.widgets.diff_match import Alive, Stopped, align, always
from hotfix_tui.ui.widgets.diff_syntax import HEADING, Syntax

CONTEXT = 3
"""Unchanged lines shown around a change."""

_TONES = ("removed", "added")
_SAME, _GAP, _PAIR, _REMOVE, _ADD = range(5)
_TALL = 8
_KEPT_WORDS = 2_000
_LOOK_EVERY = 20_000


class TextDiff:
    """Two texts, aligned. None for a side that is not there. Slow for long ones; raises Stopped: not for a loop."""

    def __init__(self, left: str | None, right: str | None, language: str = "", alive: Alive = always) -> None:
        ours, theirs = _lines(left), _lines(right)
        self.one_sided = left is None or right is None
        if all(
            lines[-1:] in ([], [""]) for lines in (ours, theirs)
        ):  # what ends with a line break has no line after it
            del ours[-1:], theirs[-1:]
        self.ops = align(ours, theirs, alive)
        self.left, self.right = (list(_shown(side, alive)) for side in (ours, theirs))
        self.pairs = {
            number: diff_words.pairs(self.left[i1:i2], self.right[j1:j2])
            for number, (equal, i1, i2, j1, j2) in enumerate(self.ops)
            if not equal
        }
        self.syntax = Syntax(self.left, language), Syntax(self.right, language)
        for side in self.syntax:
            side.prepare()
        self._words: dict[tuple[int, int], tuple[tuple[Span, ...], tuple[Span, ...]]] = {}

    @property
    def changes(self) -> int:
        """How many places differ."""
        return len(self.pairs)

    @property
    def size(self) -> int:
        """How many lines there are with everything shown."""
        return sum(max(op[2] - op[1], op[4] - op[3]) for op in self.ops)

    @property
    def changed(self) -> int:
        """How many lines differ, both sides together."""
        return sum(op[2] - op[1] + op[4] - op[3] for op in self.ops if not op[0])

    def words(self, i: int, j: int) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        """The changed words of two lines that stand beside each other."""
        found = self._words.get((i, j))
        if found is None:
            if len(self._words) > _KEPT_WORDS:
                self._words.clear()
            one, other = diff_words.changed(self.left[i], self.right[j])
            found = tuple((a, b, "removed-word") for a, b in one), tuple((a, b, "added-word") for a, b in other)
            self._words[i, j] = found
        return found

    def unified(self, names: tuple[str, str], context: int = 5) -> Iterator[str]:
        """The lines of a unified difference, as `diff -u` writes them, of the visible texts."""
        if not self.pairs:
            return
        yield f"--- {names[0]}"
        yield f"+++ {names[1]}"
        group: list[tuple[bool, int, int, int, int]] = []
        for number, op in enumerate(self.ops):
            equal, i1, i2, j1, j2 = op
            if equal and i2 - i1 > 2 * context and 0 < number < len(self.ops) - 1:
                yield from self._hunk([*group, (True, i1, i1 + context, j1, j1 + context)], context)
                group = [(True, i2 - context, i2, j2 - context, j2)]
            else:
                group.append(op)
        yield from self._hunk(group, context)

    def _hunk(self, ops: Sequence[tuple[bool, int, int, int, int]], context: int) -> Iterator[str]:
        parts = list(ops)
        if parts[0][0]:
            equal, i1, i2, j1, j2 = parts[0]
            parts[0] = (equal, max(i1, i2 - context), i2, max(j1, j2 - context), j2)
        if parts[-1][0]:
            equal, i1, i2, j1, j2 = parts[-1]
            parts[-1] = (equal, i1, min(i2, i1 + context), j1, min(j2, j1 + context))
        ranges = [_range(parts[0][at], parts[-1][at + 1]) for at in (1, 3)]
        yield f"@@ -{ranges[0]} +{ranges[1]} @@"
        for equal, i1, i2, j1, j2 in parts:
            if equal:
                yield from (f" {line}" for line in self.left[i1:i2])
            else:
                yield from (f"-{line}" for line in self.left[i1:i2])
                yield from (f"+{line}" for line in self.right[j1:j2])


class TextLines:
    """The drawn lines of a TextDiff. `two`: side by side. `opened`: the unchanged stretches that are not folded."""

    def __init__(self, diff: TextDiff, width: int, two: bool, opened: Container[int]) -> None:
        self.diff = diff
        self.width = width
        self.two = two and not diff.one_sided
        digits = max(len(str(max(len(diff.left), len(diff.right)))), 3)
        self._half = (width - 3) // 2
        self._gutter = digits
        self._room = max((self._half if self.two else width) - digits - 3, 8)
        self._kinds = bytearray()
        self._lefts, self._rights = array("q"), array("q")
        self._op_rows = array("q")
        self.folded = 0
        for number, op in enumerate(diff.ops):
            self._op_rows.append(len(self._kinds))
            if op[0]:
                self._stretch(number, op, number in opened)
            else:
                self._change(number, op)
        self._starts = self._heights()
        self._change_rows = [self._op_rows[number] for number in sorted(diff.pairs)]

    def __len__(self) -> int:
        return self._starts[-1]

    # -- rows

    def _stretch(self, number: int, op: tuple[bool, int, int, int, int], opened: bool) -> None:
        _, i1, i2, j1, _ = op
        size = i2 - i1
        head = CONTEXT if number else 0
        tail = CONTEXT if number < len(self.diff.ops) - 1 else 0
        if opened or size <= head + tail + 1:
            self._same(i1, j1, size)
            return
        self._same(i1, j1, head)
        self._row(_GAP, number, size - head - tail)
        self.folded += 1
        self._same(i2 - tail, j1 + size - tail, tail)

    def _same(self, i: int, j: int, count: int) -> None:
        self._kinds.extend(bytes(count))
        self._lefts.extend(range(i, i + count))
        self._rights.extend(range(j, j + count))

    def _change(self, number: int, op: tuple[bool, int, int, int, int]) -> None:
        _, i1, _, j1, _ = op
        pairs = [(i1 + i if i >= 0 else -1, j1 + j if j >= 0 else -1) for i, j in self.diff.pairs[number]]
        if self.two:
            for i, j in pairs:
                self._row(_PAIR, i, j)
            return
        for i, j in pairs:
            if i >= 0:
                self._row(_REMOVE, i, j)
        for i, j in pairs:
            if j >= 0:
                self._row(_ADD, i, j)

    def _row(self, kind: int, left: int, right: int) -> None:
        self._kinds.append(kind)
        self._lefts.append(left)
        self._rights.append(right)

    def _heights(self) -> Sequence[int]:
        """Where each row begins, and at the end how many lines there are."""
        room, left, right = self._room, self.diff.left, self.diff.right
        starts, at = array("q", [0]), 0
        for kind, i, j in zip(self._kinds, self._lefts, self._rights, strict=True):
            if kind == _SAME:
                at += 1 if len(right[j]) * 2 <= room else len(cuts(right[j], room))
            elif kind == _GAP:
                at += 1
            elif kind == _REMOVE:
                at += len(cuts(left[i], room))
            elif kind == _ADD:
                at += len(cuts(right[j], room))
            else:
                at += max(len(cuts(left[i], room)) if i >= 0 else 1, len(cuts(right[j], room)) if j >= 0 else 1)
            starts.append(at)
        return starts

    # -- places

    def _row_at(self, y: int) -> int:
        return bisect_right(self._starts, y) - 1

    def change_from(self, y: int) -> int:
        """The number of the first change that begins at line `y` or below; `diff.changes` when there is none."""
        return bisect_left(self._change_rows, bisect_left(self._starts, y))

    def change_line(self, number: int) -> int:
        """The line where change `number` begins: of a line that fills the view, where its first changed word is."""
        row = self._change_rows[number]
        begins = self._starts[row]
        i, j = self._lefts[row], self._rights[row]
        if self._starts[row + 1] - begins <= _TALL or i < 0 or j < 0:
            return int(begins)
        marked = self.diff.words(i, j)
        lines = []
        for side, text in enumerate((self.diff.left[i], self.diff.right[j])):
            if marked[side]:
                at = row
                while self._kinds[row] == _REMOVE and side and (self._kinds[at], self._rights[at]) != (_ADD, j):
                    at += 1
                lines.append(self._starts[at] + bisect_right(cuts(text, self._room), marked[side][0][0]) - 1)
        return int(min(lines, default=begins))

    def gap_at(self, y: int) -> int | None:
        """The folded stretch drawn at line `y`."""
        row = self._row_at(y)
        return self._lefts[row] if 0 <= row < len(self._kinds) and self._kinds[row] == _GAP else None

    def anchor(self, y: int) -> tuple[int, int]:
        """What stands at line `y`, in a form that `find` knows again after another layout."""
        row = min(self._row_at(y), max(len(self._kinds) - 1, 0))
        op = max(bisect_right(self._op_rows, row) - 1, 0)
        if not self._kinds:
            return 0, 0
        if self._kinds[row] == _GAP:
            return op, CONTEXT if op else 0
        if self._kinds[row] == _SAME:
            return op, self._lefts[row] - self.diff.ops[op][1]
        return op, row - self._op_rows[op]

    def find(self, anchor: tuple[int, int]) -> int:
        """The line where `anchor` stands now."""
        op, offset = anchor
        if op >= len(self._op_rows):
            return 0
        first = self._op_rows[op]
        after = self._op_rows[op + 1] if op + 1 < len(self._op_rows) else len(self._kinds)
        equal, i1, i2, _, _ = self.diff.ops[op]
        head = CONTEXT if op else 0
        row = first + offset
        if equal and first + head < after and self._kinds[first + head] == _GAP and offset >= head:
            row = max(after - (i2 - i1 - offset), first + head)
        return int(self._starts[max(min(row, after - 1), 0)])

    # -- drawing

    def line(self, y: int, current: int | None = None) -> Line:
        """Line `y`. `current`: the change whose numbers stand out."""
        row = self._row_at(y)
        kind, i, j = self._kinds[row], self._lefts[row], self._rights[row]
        number = y - self._starts[row]
        if kind == _GAP:
            return self._gap(i, j)
        here = current is not None and self._is_change(row, current)
        if self.two:
            left = self._code(0, i, j, number, kind != _SAME, here)
            right = self._code(1, i, j, number, kind != _SAME, here)
            return (*padded(left, self._half, self._blank(0, i, kind)), (" │ ", "dim"),
                    *padded(right, self.width - self._half - 3, self._blank(1, j, kind)))  # fmt: skip
        side = 0 if kind == _REMOVE else 1
        tone = _TONES[side] if kind != _SAME else ""
        return tuple(padded(self._code(side, i, j, number, kind != _SAME, here), self.width, tone))

    @staticmethod
    def _blank(side: int, line: int, kind: int) -> str:
        return _TONES[side] if kind == _PAIR and line >= 0 else ""

    def _is_change(self, row: int, current: int) -> bool:
        first = self._change_rows[current]
        op = bisect_right(self._op_rows, first) - 1
        after = self._op_rows[op + 1] if op + 1 < len(self._op_rows) else len(self._kinds)
        return bool(first <= row < after)

    def _code(self, side: int, i: int, j: int, number: int, changed: bool, current: bool) -> list[Part]:
        """One side's piece `number` of a row: line number, sign, text."""
        at = (i, j)[side]
        if at < 0:
            return []
        text = (self.diff.left, self.diff.right)[side][at]
        starts = cuts(text, self._room)
        if number >= len(starts):
            return []
        tone = _TONES[side] if changed else ""
        gutter = fit(str(at + 1) if not number else "", self._gutter, right=True) + " "
        sign = ("-+"[side] if changed else " ") + " "
        marks = self.diff.words(i, j)[side] if changed and i >= 0 and j >= 0 else ()
        code: list[Sequence[Span]] = [self.diff.syntax[side].spans(at), marks]
        base = "heading" if text.startswith(HEADING) else tone
        parts = painted(text, piece(text, starts, number), base, code)
        return [(gutter, "current" if current else "gutter"), (sign, f"{tone} sign".strip()), *parts]

    def _gap(self, number: int, count: int) -> Line:
        _, _, _, _, end = self.diff.ops[number]
        words = f"  ⋯ {count:,} unchanged lines, z shows them"
        if number < len(self.diff.ops) - 1 and (file := self.diff.syntax[1].file_of(end)):
            words += f" ⋯ {file}"
        return ((fit(words, self.width), "fold"),)


def _lines(text: str | None) -> list[str]:
    if text is None:
        return []
    return re.split("\r\n|\n|\r", text) if "\r" in text else text.split("\n")


def _shown(lines: Sequence[str], alive: Alive) -> Iterator[str]:
    for number, line in enumerate(lines):
        if not number % _LOOK_EVERY and not alive():
            raise Stopped
        yield visible_line(line)


def _range(start: int, end: int) -> str:
    """A range of lines as a unified difference writes it."""
    count = end - start
    first = start + 1 if count else start
    return str(first) if count == 1 else f"{first},{count}"
