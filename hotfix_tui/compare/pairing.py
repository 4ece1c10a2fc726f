"""Two versions of a metadata file side by side: what differs, as small trees whose keys are the steps of a path.

What is equal is left out, so that only differing parts are compared in depth. Elements are matched by key, by order, or
by what they are, as `keys` says of them on both sides together.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence

from lxml import etree

from hotfix_tui.compare.keys import AS_WRITTEN, Pair, groups, pairs
from hotfix_tui.compare.normalise import leaf_text, render
from hotfix_tui.compare.xml import attributes, elements, local

Tree = str | dict[str, "Tree"]
Piece = tuple[tuple[str, ...], Tree | None, Tree | None]
"""Steps of a path, and what each side has there (None: nothing)."""

_ORDER = "(order)"
_TEXT = "(text)"
# Lists whose sizes multiply to more are matched by position: aligning them by content would take minutes.
_ALIGNED = 4_000_000


def pieces(left: etree._Element, right: etree._Element) -> Iterator[Piece]:
    """The parts of two root elements that differ, in the order of names. None when they mean the same."""
    name = local(left.tag)
    if name != local(right.tag):
        yield (name,), tree(left, name), None
        yield (local(right.tag),), None, tree(right, local(right.tag))
        return
    for steps, one, other in _inside(left, right, name):
        yield steps or (_TEXT,), one, other


def _inside(left: etree._Element, right: etree._Element, type_name: str | None) -> Iterator[Piece]:
    """What differs between two elements of one name."""
    if etree.tostring(left, with_tail=False) == etree.tostring(right, with_tail=False):
        return
    if not elements(left) or not elements(right) or type_name == AS_WRITTEN:
        whole = tree(left, type_name), tree(right, type_name)
        if whole[0] != whole[1]:
            yield (), *whole
        return
    ours, theirs = dict(attributes(left)), dict(attributes(right))
    for name in sorted(ours.keys() | theirs.keys()):
        if ours.get(name) != theirs.get(name):
            yield (f"@{name}",), ours.get(name), theirs.get(name)
    for pair in pairs(left, right, type_name):
        for steps, one, other in _members(pair):
            yield (pair.name, *steps), one, other


def _members(pair: Pair) -> Iterator[Piece]:
    if not pair.repeats:
        left, right = (side[0] if side else None for side in (pair.left, pair.right))
        yield from _one((), left, right, pair.type)
    elif pair.left_keys is not None and pair.right_keys is not None:
        yield from _keyed(pair, pair.left_keys, pair.right_keys)
    elif pair.ordered:
        yield from _aligned(pair)
    else:
        yield from _multiset(pair)


def _keyed(pair: Pair, left_keys: Sequence[tuple[str, ...]], right_keys: Sequence[tuple[str, ...]]) -> Iterator[Piece]:
    ours = dict(zip(left_keys, pair.left, strict=True))
    theirs = dict(zip(right_keys, pair.right, strict=True))
    if pair.ordered:
        one = [_named(key) for key in left_keys if key in theirs]
        other = [_named(key) for key in right_keys if key in ours]
        if one != other:
            yield (_ORDER,), " ".join(one), " ".join(other)
    for key in sorted(ours.keys() | theirs.keys()):
        yield from _one((_named(key),), ours.get(key), theirs.get(key), pair.type)


def _one(
    name: tuple[str, ...], left: etree._Element | None, right: etree._Element | None, type_name: str | None
) -> Iterator[Piece]:
    if left is not None and right is not None:
        for steps, one, other in _inside(left, right, type_name):
            yield (*name, *steps), one, other
    else:
        one, other = (None if side is None else tree(side, type_name) for side in (left, right))
        yield name, one, other


def _named(key: tuple[str, ...]) -> str:
    return "[" + ", ".join(part for part in key if part) + "]"


def _aligned(pair: Pair) -> Iterator[Piece]:
    """Elements whose order counts and that no key names: `[2]` is the second one, `[2 → 3]` was the second."""
    ours, theirs = ([_words(item, pair.type) for item in side] for side in (pair.left, pair.right))
    if len(ours) * len(theirs) > _ALIGNED:
        codes: Sequence[tuple[str, int, int, int, int]] = [("replace", 0, len(ours), 0, len(theirs))]
    else:
        codes = difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes()
    for what, i1, i2, j1, j2 in codes:
        if what == "equal":
            continue
        for place in range(max(i2 - i1, j2 - j1)):
            i, j = i1 + place, j1 + place
            left = pair.left[i] if i < i2 else None
            right = pair.right[j] if j < j2 else None
            moved = left is not None and right is not None and i != j
            name = f"[{i + 1} → {j + 1}]" if moved else f"[{(j if left is None else i) + 1}]"
            yield from _one((name,), left, right, pair.type)


def _multiset(pair: Pair) -> Iterator[Piece]:
    """Elements that only their content tells apart: named by it, with a number when there are several."""
    ours, theirs = (Counter(_words(item, pair.type) for item in side) for side in (pair.left, pair.right))
    for text in sorted(ours.keys() | theirs.keys()):
        for number in range(min(ours[text], theirs[text]) + 1, max(ours[text], theirs[text]) + 1):
            name = f"[{text}]" if number == 1 else f"[{text}] #{number}"
            left, right = (text if side[text] >= number else None for side in (ours, theirs))
            yield (name,), left, right


def _words(item: etree._Element, type_name: str | None) -> str:
    """An element in one line, the same for what means the same."""
    if not elements(item) and not item.attrib:
        return leaf_text(item, type_name)
    return "; ".join(line.strip() for line in render(item, type_name))


def tree(element: etree._Element, type_name: str | None) -> Tree:
    """One element whole: its text, or a dict whose keys are the steps of a path."""
    named: dict[str, Tree] = {f"@{name}": value for name, value in attributes(element)}
    if not elements(element):
        text = leaf_text(element, type_name)
        return {**named, _TEXT: text} if named else text
    if type_name == AS_WRITTEN:
        return {**named, "(content)": "\n".join(render(element, type_name))}
    for group in groups(element, type_name):
        values = [tree(item, group.type) for item in group.items]
        if not group.repeats:
            named[group.name] = values[0]
        elif group.keys is not None:
            named[group.name] = dict(zip(map(_named, group.keys), values, strict=True))
        elif all(isinstance(value, str) for value in values):
            named[group.name] = ", ".join(str(value) for value in values)
        else:
            named[group.name] = {f"[{place}]": value for place, value in enumerate(values, 1)}
    return named
