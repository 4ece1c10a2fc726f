"""The lines of a difference: by structure or as text, in one column or side by side. No Textual here."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hotfix_tui.ui.text import fit, visible_lines, wrap

CONTEXT = 3
"""Equal lines shown around a change."""

Line = tuple[tuple[str, str], ...]
"""Parts of one drawn line: text and tone."""


@dataclass(frozen=True)
class TextRow:
    """A row of a text difference. `kind`: same, change, add, remove, gap."""

    kind: str
    left: str = ""
    right: str = ""
    left_number: int = 0
    right_number: int = 0


def text_rows(left: str, right: str) -> list[TextRow]:
    """Compares two texts line by line; equal stretches are shortened to `CONTEXT` lines on each side of a change."""
    a, b = visible_lines(left), visible_lines(right)
    matcher = difflib.SequenceMatcher(None, a, b, autojunk=len(a) + len(b) > 4_000)
    rows: list[TextRow] = []
    end = 0
    for group in matcher.get_grouped_opcodes(CONTEXT):
        if skipped := group[0][1] - end:
            rows.append(TextRow("gap", f"{skipped} equal lines"))
        for tag, i1, i2, j1, j2 in group:
            rows.extend(_block(tag, a, b, range(i1, i2), range(j1, j2)))
        end = group[-1][2]
    if rows and end < len(a):
        rows.append(TextRow("gap", f"{len(a) - end} equal lines"))
    return rows


def _block(tag: str, a: list[str], b: list[str], left: range, right: range) -> Iterator[TextRow]:
    for place in range(max(len(left), len(right))):
        i = left[place] if place < len(left) else None
        j = right[place] if place < len(right) else None
        kind = "same" if tag == "equal" else ("change" if i is not None and j is not None else None)
        if kind is None:
            kind = "add" if i is None else "remove"
        yield TextRow(
            kind,
            a[i] if i is not None else "",
            b[j] if j is not None else "",
            i + 1 if i is not None else 0,
            j + 1 if j is not None else 0,
        )


def unified(rows: Sequence[TextRow], width: int) -> list[Line]:
    """One column: removed lines with -, added with +; a block of changes has its removed lines first."""
    lines: list[Line] = []
    held: list[TextRow] = []

    def release() -> None:
        for row in held:
            if row.kind in ("change", "remove"):
                lines.extend(_column("- ", row.left, row.left_number, "remove", width))
        for row in held:
            if row.kind in ("change", "add"):
                lines.extend(_column("+ ", row.right, row.right_number, "add", width))
        held.clear()

    for row in rows:
        if row.kind in ("change", "add", "remove"):
            held.append(row)
            continue
        release()
        if row.kind == "gap":
            lines.append(((fit(f"  … {row.left} …", width), "dim"),))
        else:
            lines.extend(_column("  ", row.right, row.right_number, "", width))
    release()
    return lines


def _column(sign: str, text: str, number: int, tone: str, width: int) -> list[Line]:
    parts = wrap(text, width - 7)
    return [
        ((fit(str(number) if place == 0 else "", 4, right=True) + " ", "dim"), (fit(sign + part, width - 5), tone))
        for place, part in enumerate(parts)
    ]


def side_by_side(rows: Sequence[TextRow], width: int) -> list[Line]:
    """Two columns, left what is to be replaced, right what replaces it."""
    half = (width - 3) // 2
    lines: list[Line] = []
    for row in rows:
        if row.kind == "gap":
            lines.append(((fit(f"  … {row.left} …", width), "dim"),))
            continue
        changed = row.kind != "same"
        left = _half(row.left, row.left_number, "- " if changed else "  ", half) if row.left_number else []
        right = _half(row.right, row.right_number, "+ " if changed else "  ", half) if row.right_number else []
        for place in range(max(len(left), len(right))):
            a = left[place] if place < len(left) else " " * half
            b = right[place] if place < len(right) else " " * half
            lines.append(((a, "remove" if changed else ""), (" │ ", "dim"), (b, "add" if changed else "")))
    return lines


def _half(text: str, number: int, sign: str, width: int) -> list[str]:
    parts = wrap(text, width - 7)
    return [
        fit(fit(str(number) if place == 0 else "", 4, right=True) + " " + sign + part, width)
        for place, part in enumerate(parts)
    ]


def structure(paths: Sequence[tuple[str, str, str]], width: int, two: bool) -> list[Line]:
    """Differences by element: the path, then what each side holds. Empty text on a side means it is not there."""
    lines: list[Line] = []
    half = (width - 3) // 2
    for path, left, right in paths:
        lines.append(((fit(path, width), "strong"),))
        if two:
            a, b = _value(left, "- ", half), _value(right, "+ ", half)
            for place in range(max(len(a), len(b))):
                one = a[place] if place < len(a) else " " * half
                other = b[place] if place < len(b) else " " * half
                lines.append(((one, "remove"), (" │ ", "dim"), (other, "add")))
        else:
            lines.extend(((text, "remove"),) for text in _value(left, "- ", width))
            lines.extend(((text, "add"),) for text in _value(right, "+ ", width))
        lines.append((("", ""),))
    return lines


def _value(text: str, sign: str, width: int) -> list[str]:
    shown = [part for line in visible_lines(text) for part in wrap(line, width - 4)] if text else ["(not there)"]
    return [fit(f"  {sign if place == 0 else '  '}{part}", width) for place, part in enumerate(shown)]
