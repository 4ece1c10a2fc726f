"""What the lines of a difference are made of: parts with tones, wrapped and padded. No Textual here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from rich.cells import cell_len

from hotfix_tui.ui.text import fit, visible_text

Part = tuple[str, str]
"""Text, and its tones: words with spaces between, the later ones over the earlier (`add word`)."""

Line = tuple[Part, ...]
"""One drawn line."""

Span = tuple[int, int, str]
"""Characters from, up to but not including, and their tone."""

LONGEST = 200_000
"""Characters of one line that can be looked at. A script packed into one line can have millions."""

_NARROWEST = 8
_WHOLE = (0,)


def visible_line(line: str) -> str:
    """One line of an org's text as it can be drawn: controls written out, tabs as spaces."""
    if line.isascii() and line.isprintable() and len(line) <= LONGEST:
        return line
    return visible_text(line.expandtabs(4), LONGEST)


def cuts(text: str, width: int) -> Sequence[int]:
    """Where the pieces of `text` (already visible) begin, each at most `width` cells, at spaces where there are any."""
    width = max(width, _NARROWEST)
    if len(text) * 2 <= width or (len(text) <= width and text.isascii()):
        return _WHOLE
    return _cuts(text, width)


# A line of many pieces is asked for once for each of them.
@lru_cache(maxsize=128)
def _cuts(text: str, width: int) -> Sequence[int]:
    if not text.isascii():
        return _cell_cuts(text, width)
    starts, at = [0], 0
    while len(text) - at > width:
        space = text.rfind(" ", at + width // 3, at + width)
        at = space + 1 if space >= 0 else at + width
        starts.append(at)
    return starts


def _cell_cuts(text: str, width: int) -> list[int]:
    starts, used, space = [0], 0, -1
    for place, character in enumerate(text):
        cells = 1 if character.isascii() else cell_len(character)
        if used + cells > width:
            at = space + 1 if space >= starts[-1] + width // 3 else place
            starts.append(at)
            used = cell_len(text[at:place])
            space = -1
        used += cells
        if character == " ":
            space = place
    return starts


def piece(text: str, starts: Sequence[int], number: int) -> tuple[int, int]:
    """Where piece `number` begins and ends."""
    return starts[number], starts[number + 1] if number + 1 < len(starts) else len(text)


def painted(text: str, part: tuple[int, int], tone: str, layers: Iterable[Sequence[Span]]) -> list[Part]:
    """The characters `part` of `text` in the tone of the line, with layers of spans over it, later ones on top."""
    begin, end = part
    inside = [
        (max(start, begin), min(stop, end), name)
        for layer in layers
        for start, stop, name in layer
        if start < end and stop > begin
    ]
    if not inside:
        return [(text[begin:end], tone)]
    edges = sorted({begin, end, *(start for start, _, _ in inside), *(stop for _, stop, _ in inside)})
    parts: list[Part] = []
    for start, stop in pairwise(edges):
        names = [name for one, other, name in inside if one <= start and stop <= other]
        parts.append((text[start:stop], " ".join([tone, *names]).strip()))
    return parts


def padded(parts: Sequence[Part], width: int, tone: str) -> list[Part]:
    """The parts in exactly `width` cells."""
    length = sum(len(text) if text.isascii() else cell_len(text) for text, _ in parts)
    if length <= width:
        return [*parts, (" " * (width - length), tone)]
    return [(fit("".join(text for text, _ in parts), width), tone)]


def plain(line: Line) -> str:
    """A line's text."""
    return "".join(text for text, _ in line)
