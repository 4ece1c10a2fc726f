"""What differs inside one component, as readable paths and as a text difference."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hotfix_tui.compare.component import Component
from hotfix_tui.compare.normalise import is_metadata_xml, normalise, normalise_file
from hotfix_tui.compare.pairing import Tree, pieces
from hotfix_tui.compare.xml import parse

Place = tuple[str, str | None, str | None]
"""(path, left, right); None where a side has nothing."""

WHOLE = "(whole component)"
"""The path of a component that only one side has."""

# So many elements go to deepdiff together: few enough that a screen can stop in between, and shows the first ones soon.
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """The places where two versions of a component differ: (path, left, right), None where a side has nothing.

    A path reads from the outside in: `valueSet.valueSetDefinition.value[Compound].label`. In a component of several
    files it begins with the file's: `aura/x/x.cmp-meta.xml: description`.
    """

    paths: tuple[Place, ...]

    def __bool__(self) -> bool:
        return bool(self.paths)


def difference(a: Component | None, b: Component | None) -> Difference:
    """Where `a` and `b` differ; empty when they mean the same. Raises BadXml."""
    return Difference(tuple(places(a, b)))


def places(a: Component | None, b: Component | None) -> Iterator[Place]:
    """The places of `difference`, as they are found: by file, then in the order of names. Raises BadXml (iterating)."""
    if a is None or b is None:
        if a is not b:
            yield WHOLE, "there" if a else None, "there" if b else None
        return
    several = len(a.files.keys() | b.files.keys()) > 1
    for path in sorted(a.files.keys() | b.files.keys()):
        ours, theirs = a.files.get(path), b.files.get(path)
        if ours != theirs:
            for inside, left, right in _in_file(a.id.type, path, ours, theirs):
                yield (f"{path}: {inside}" if several else inside), left, right


def overlap(one: str, other: str) -> bool:
    """Whether two paths of `difference` name the same place, or one lies inside the other."""
    if one == other or WHOLE in (one, other):
        return True
    short, long = sorted((one, other), key=len)
    return long.startswith(short) and long[len(short)] in ".[:"


def text_diff(a: Component | None, b: Component | None, context: int = 3) -> list[str]:
    """A unified difference of the normalised texts, without the two lines of file names. Raises BadXml."""
    left, right = (normalise(side).decode().splitlines() if side else [] for side in (a, b))
    lines = list(difflib.unified_diff(left, right, lineterm="", n=context))
    return lines[2:]


def _in_file(kind: str, path: str, ours: bytes | None, theirs: bytes | None) -> Iterator[Place]:
    if ours is None or theirs is None:
        yield "(file)", "there" if theirs is None else None, "there" if ours is None else None
    elif is_metadata_xml(kind, path, ours) and is_metadata_xml(kind, path, theirs):
        left: dict[str, Any] = {}
        right: dict[str, Any] = {}
        waiting = 0
        for steps, one, other in pieces(parse(ours), parse(theirs)):
            for side, tree in ((left, one), (right, other)):
                _put(side, steps, tree)
            waiting += 1
            if waiting == _AT_ONCE:
                yield from _deep_diff(left, right)
                left, right, waiting = {}, {}, 0
        yield from _deep_diff(left, right)
    else:
        one, other = normalise_file(kind, path, ours), normalise_file(kind, path, theirs)
        if one != other:
            yield "(content)", one, other


def _put(side: dict[str, Any], steps: tuple[str, ...], tree: Tree | None) -> None:
    for step in steps[:-1]:
        side = side.setdefault(step, {})
    if tree is not None:
        side[steps[-1]] = tree


def _deep_diff(left: dict[str, Any], right: dict[str, Any]) -> list[Place]:
    if left == right:
        return []
    from deepdiff import DeepDiff  # 90 ms to import, and only needed once a person opens a difference

    found = DeepDiff(left, right, view="tree", verbose_level=2, threshold_to_diff_deeper=0)
    changes = (change for kind in found.values() for change in kind)
    listed = [(_path(change.path(output_format="list")), _value(change.t1), _value(change.t2)) for change in changes]
    return sorted(listed, key=lambda item: (item[0], item[1] or "", item[2] or ""))


def _path(steps: list[Any]) -> str:
    words = ""
    for step in map(str, steps):
        words += step if step.startswith("[") or not words else f".{step}"
    return words


def _value(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "; ".join(f"{_path(list(steps))} = {text}" for steps, text in _leaves(value, ()))
    return None


def _leaves(tree: dict[str, Any], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    for key, inner in tree.items():
        if isinstance(inner, dict):
            yield from _leaves(inner, (*above, key))
        else:
            yield (*above, key), inner
