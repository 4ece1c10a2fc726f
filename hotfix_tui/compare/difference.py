"""What differs inside one component, as readable paths and as a text difference."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from hotfix_tui.compare.component import Component
from hotfix_tui.compare.keys import AS_WRITTEN, groups
from hotfix_tui.compare.normalise import is_metadata_xml, leaf_text, normalise, normalise_file, render
from hotfix_tui.compare.xml import attributes, elements, local, parse

_ORDER = "(order)"

WHOLE = "(whole component)"
"""The path of a component that only one side has."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The places where two versions of a component differ: (path, left, right), None where a side has nothing.

    A path reads from the outside in: `valueSet / valueSetDefinition / value [Compound] / label`.
    """

    paths: tuple[tuple[str, str | None, str | None], ...]

    def __bool__(self) -> bool:
        return bool(self.paths)


def difference(a: Component | None, b: Component | None) -> Difference:
    """Where `a` and `b` differ; empty when they mean the same. Raises BadXml."""
    if a is None or b is None:
        return Difference(() if a is b else ((WHOLE, "there" if a else None, "there" if b else None),))
    if a.files == b.files:
        return Difference(())
    from deepdiff import DeepDiff  # 90 ms to import, and only needed once a person opens a difference

    found = DeepDiff(_content(a), _content(b), view="tree", verbose_level=2, threshold_to_diff_deeper=0)
    paths = []
    for changes in found.values():
        for change in changes:
            left, right = _value(change.t1), _value(change.t2)
            paths.append((_path(change.path(output_format="list")), left, right))
    return Difference(tuple(sorted(paths, key=lambda item: (item[0], item[1] or "", item[2] or ""))))


def text_diff(a: Component | None, b: Component | None, context: int = 3) -> list[str]:
    """A unified difference of the normalised texts, without the two lines of file names. Raises BadXml."""
    left, right = (normalise(side).decode().splitlines() if side else [] for side in (a, b))
    lines = list(difflib.unified_diff(left, right, lineterm="", n=context))
    return lines[2:]


def _content(component: Component) -> dict[str, Any]:
    """The component as nested dicts whose keys are the steps of a path."""
    content: dict[str, Any] = {}
    for path, data in component.files.items():
        if is_metadata_xml(component.id.type, path, data):
            root = parse(data)
            inner = _tree(root, local(root.tag))
            inside = inner if isinstance(inner, dict) else {"(text)": inner}
        else:
            inside = {"(content)": normalise_file(component.id.type, path, data)}
        content[path] = inside
    # With one file the path is the same on both sides, and says nothing.
    return next(iter(content.values())) if len(content) == 1 else content


def _tree(element: etree._Element, type_name: str | None) -> Any:
    named = {f"@{name}": value for name, value in attributes(element)}
    if not elements(element):
        text = leaf_text(element, type_name)
        return {**named, "(text)": text} if named else text
    if type_name == AS_WRITTEN:
        return {**named, "(content)": "\n".join(render(element, type_name))}
    tree: dict[str, Any] = dict(named)
    for group in groups(element, type_name):
        values = [_tree(item, group.type) for item in group.items]
        if not group.repeats:
            tree[group.name] = values[0]
        elif group.keys is not None:
            names = ["[" + ", ".join(part for part in key if part) + "]" for key in group.keys]
            tree[group.name] = dict(zip(names, values, strict=True))
            if group.ordered:
                tree[group.name][_ORDER] = " ".join(names)
        elif group.ordered:
            tree[group.name] = {f"[{index}]": value for index, value in enumerate(values, 1)}
        else:
            tree[group.name] = dict(_multiset(group.items, group.type))
    return tree


def _multiset(items: list[etree._Element], type_name: str | None) -> Iterator[tuple[str, Any]]:
    """Elements that only their content tells apart: named by it, with a number when there are several."""
    counted = Counter(
        "; ".join(line.strip() for line in render(item, type_name)) if elements(item) else item.text or ""
        for item in items
    )
    for text, count in counted.items():
        for number in range(1, count + 1):
            yield f"[{text}]" if number == 1 else f"[{text}] #{number}", text


def _path(steps: list[Any]) -> str:
    words = ""
    for step in steps:
        text = str(step)
        words += f" {text}" if text.startswith("[") and words else f" / {text}" if words else text
    return words or "(content)"


def _value(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "; ".join(f"{key} = {_value(inner)}" for key, inner in value.items())
    return None
