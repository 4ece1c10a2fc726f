"""Which items of two sequences belong together: lines of two texts, words of two lines. Fast on long ones."""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import pairwise

Op = tuple[bool, int, int, int, int]
"""(equal, i1, i2, j1, j2): left[i1:i2] beside right[j1:j2]. One of the two may be empty when they are not equal."""

Alive = Callable[[], bool]
"""Whether anybody still waits for the answer."""

# Sizes that multiply to more than this are first cut at what occurs once on both sides.
_EXACT = 20_000
# Where nothing of that kind is, and more than so many items would have to go and come, all of it counts as replaced.
_EDITS = 700


class Stopped(Exception):
    """Nobody waits for the answer any more."""


def always() -> bool:
    """Somebody waits."""
    return True


def align(left: Sequence[Hashable], right: Sequence[Hashable], alive: Alive = always) -> list[Op]:
    """The two sequences as stretches that are equal or not, in turn. Raises Stopped when `alive` says no."""
    ops: list[Op] = []
    for op in _stretches(left, right, alive):
        if ops and ops[-1][0] == op[0]:
            ops[-1] = (op[0], ops[-1][1], op[2], ops[-1][3], op[4])
        else:
            ops.append(op)
    return ops


def _stretches(left: Sequence[Hashable], right: Sequence[Hashable], alive: Alive) -> Iterator[Op]:
    waiting = [(0, len(left), 0, len(right))]
    while waiting:
        if not alive():
            raise Stopped
        i1, i2, j1, j2 = waiting.pop()
        head = _common(left, right, i1, min(i2 - i1, j2 - j1), j1, 1)
        if head:
            yield True, i1, i1 + head, j1, j1 + head
            i1, j1 = i1 + head, j1 + head
        tail = _common(left, right, i2 - 1, min(i2 - i1, j2 - j1), j2 - 1, -1)
        i2, j2 = i2 - tail, j2 - tail
        if tail:
            waiting.append((i2, i2 + tail, j2, j2 + tail))
        if i1 == i2 or j1 == j2:
            if i1 < i2 or j1 < j2:
                yield False, i1, i2, j1, j2
            continue
        size = (i2 - i1) * (j2 - j1)
        if size > _EXACT and (anchors := _anchors(left, right, i1, i2, j1, j2)):
            cuts = [(i1, j1), *anchors, (i2, j2)]
            waiting.extend((a[0], b[0], a[1], b[1]) for a, b in reversed(list(pairwise(cuts))))
        elif size > _EXACT:
            yield from _shortest(left, right, (i1, i2, j1, j2), alive)
        else:
            matcher = difflib.SequenceMatcher(None, left[i1:i2], right[j1:j2], autojunk=False)
            for tag, a1, a2, b1, b2 in matcher.get_opcodes():
                yield tag == "equal", i1 + a1, i1 + a2, j1 + b1, j1 + b2


def _common(left: Sequence[Hashable], right: Sequence[Hashable], i: int, most: int, j: int, way: int) -> int:
    """How many items are equal from `i` and `j` on, forwards or backwards."""
    count = 0
    while count < most and left[i] == right[j]:
        i, j, count = i + way, j + way, count + 1
    return count


def _anchors(
    left: Sequence[Hashable], right: Sequence[Hashable], i1: int, i2: int, j1: int, j2: int
) -> list[tuple[int, int]]:
    """Places of what occurs once on both sides, as many as come in the same order (the idea of a patience diff)."""
    places: dict[Hashable, int] = {}
    for i in range(i1, i2):
        places[left[i]] = -1 if left[i] in places else i
    seen: dict[Hashable, int] = {}
    for j in range(j1, j2):
        if places.get(right[j], -1) >= 0:
            seen[right[j]] = -1 if right[j] in seen else j
    found = sorted((places[item], j) for item, j in seen.items() if j >= 0)
    ends: list[int] = []
    chain: list[tuple[int, int, int]] = []  # place on both sides, and which one comes before
    last: list[int] = []
    for i, j in found:
        at = bisect_left(ends, j)
        before = last[at - 1] if at else -1
        chain.append((i, j, before))
        if at == len(ends):
            ends.append(j)
            last.append(len(chain) - 1)
        else:
            ends[at], last[at] = j, len(chain) - 1
    anchors: list[tuple[int, int]] = []
    at = last[-1] if last else -1
    while at >= 0:
        i, j, at = chain[at]
        anchors.append((i, j))
    return anchors[::-1]


def _shortest(
    left: Sequence[Hashable], right: Sequence[Hashable], part: tuple[int, int, int, int], alive: Alive
) -> Iterator[Op]:
    """The fewest items gone and come (Myers' greedy search), as long as they are not too many."""
    i1, i2, j1, j2 = part
    size, delta = i2 - i1, j2 - j1
    reach = {1: 0}
    trace: list[dict[int, int]] = []
    for edits in range(_EDITS + 1):
        if not alive():
            raise Stopped
        trace.append(reach)
        now: dict[int, int] = {}
        for k in range(-edits, edits + 1, 2):
            i = _further(reach, k)
            j = i - k
            if i < 0 or i > size or j > delta:
                continue
            run = _common(left, right, i1 + i, min(size - i, delta - j), j1 + j, 1)
            now[k] = i + run
            if i + run == size and j + run == delta:
                yield from _walked(trace, (size, delta), (i1, j1))
                return
        reach = now
    yield False, i1, i2, j1, j2


def _walked(trace: list[dict[int, int]], end: tuple[int, int], start: tuple[int, int]) -> list[Op]:
    """The way back through the search, as stretches in order."""
    (i, j), (i1, j1) = end, start
    ops: list[Op] = []
    for edits in range(len(trace) - 1, -1, -1):
        reach, k = trace[edits], i - j
        step_i = _further(reach, k)
        if i > step_i:
            ops.append((True, i1 + step_i, i1 + i, j1 + step_i - k, j1 + j))
        if edits:
            down = step_i == reach.get(k + 1)
            i, j = (step_i, step_i - k - 1) if down else (step_i - 1, step_i - k)
            ops.append((False, i1 + i, i1 + step_i, j1 + j, j1 + step_i - k))
    return ops[::-1]


def _further(reach: dict[int, int], k: int) -> int:
    """Where diagonal `k` begins when one more item comes (from k + 1) or goes (from k - 1); -1: nowhere."""
    return max(reach.get(k + 1, -1), reach[k - 1] + 1 if k - 1 in reach else -1)
