"""What changed inside a line: which lines of a replaced block belong together, and which words of two lines differ."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from hotfix_tui.ui.widgets.diff_match import align

Span = tuple[int, int]
"""Characters from, and up to but not including."""

_TOKENS = re.compile(r"\w+|\s+|.", re.DOTALL)
_WORDS = re.compile(r"\w+")
# Longer lines (a script packed into one) are only told apart by how they begin and end.
_LONGEST = 20_000
# Lines that have less in common are different lines; marking their words would mark nearly all of them.
_ALIKE = 0.35
# Blocks of more pairs are matched in their order.
_PAIRED = 900


def changed(left: str, right: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """The spans of two lines that differ; none when the lines have too little in common."""
    if left == right:
        return (), ()
    if max(len(left), len(right)) > _LONGEST:
        return _ends(left, right)
    ours, theirs = _TOKENS.findall(left), _TOKENS.findall(right)
    ops = align(ours, theirs)
    one, other = _offsets(ours), _offsets(theirs)
    kept = sum(len(left[one[i1] : one[i2]].strip()) for equal, i1, i2, _, _ in ops if equal)
    if kept * 2 < _ALIKE * (len(left.strip()) + len(right.strip())):
        return (), ()
    spans_left = [(one[i1], one[i2]) for equal, i1, i2, _, _ in ops if not equal and i1 < i2]
    spans_right = [(other[j1], other[j2]) for equal, _, _, j1, j2 in ops if not equal and j1 < j2]
    return _joined(left, spans_left), _joined(right, spans_right)


def pairs(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """The lines of a replaced block beside each other: places in both, -1 where a side has none."""
    if len(left) * len(right) > _PAIRED or min(len(left), len(right)) == 0 or len(left) == len(right) == 1:
        return _in_order(range(len(left)), range(len(right)))
    found: list[tuple[int, int]] = []
    i = j = 0
    for one, other in [*_best(left, right), (len(left), len(right))]:
        found += _in_order(range(i, one), range(j, other))
        if one < len(left):
            found.append((one, other))
        i, j = one + 1, other + 1
    return found


def _in_order(left: range, right: range) -> list[tuple[int, int]]:
    longest = max(len(left), len(right))
    return [
        (left[place] if place < len(left) else -1, right[place] if place < len(right) else -1)
        for place in range(longest)
    ]


def _best(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs that are alike, in order, as much alike altogether as can be."""
    ours, theirs = [[Counter(_WORDS.findall(line)) for line in side] for side in (left, right)]
    columns = len(right) + 1
    best = [[0.0] * columns for _ in range(len(left) + 1)]
    alike = [[_alike(one, other) for other in theirs] for one in ours]
    for i in range(len(left) - 1, -1, -1):
        for j in range(len(right) - 1, -1, -1):
            value = alike[i][j]
            paired = value + best[i + 1][j + 1] if value >= _ALIKE else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
    found = []
    i = j = 0
    while i < len(left) and j < len(right):
        value = alike[i][j]
        if value >= _ALIKE and best[i][j] == value + best[i + 1][j + 1]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return found


def _alike(left: Counter[str], right: Counter[str]) -> float:
    total = left.total() + right.total()
    return 2 * (left & right).total() / total if total else 0.0


def _offsets(tokens: Sequence[str]) -> list[int]:
    offsets = [0]
    for token in tokens:
        offsets.append(offsets[-1] + len(token))
    return offsets


def _joined(text: str, spans: Sequence[Span]) -> tuple[Span, ...]:
    """Spans with only white space between them as one."""
    joined: list[Span] = []
    for start, end in spans:
        if joined and not text[joined[-1][1] : start].strip():
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(joined)


def _ends(left: str, right: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    head = _head(left, right)
    most = min(len(left), len(right)) - head
    tail = _head(left[::-1][:most], right[::-1][:most])
    spans = [(head, len(text) - tail) for text in (left, right)]
    one, other = (((start, end),) if start < end else () for start, end in spans)
    return one, other


def _head(left: str, right: str) -> int:
    """How many characters two texts begin alike, found by halves."""
    known, most = 0, min(len(left), len(right))
    while known < most:
        half = (known + most + 1) // 2
        if left[known:half] == right[known:half]:
            known = half
        else:
            most = half - 1
    return known
