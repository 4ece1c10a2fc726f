"""The same questions answered by other code: what a source folder holds, and what differs between two.

Plain ElementTree over the files; nothing of the package is used, and no table: what has an order is not known here, so
two answers are given, one that minds the order of elements and one that does not.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

Name = tuple[str, str]
_END = "-meta.xml"
# Types whose files hold others: element in the file → type of the child. Only those that the folders here have.
_SPLIT = {
    "CustomLabels": {"labels": "CustomLabel"},
    "Workflow": {"rules": "WorkflowRule", "alerts": "WorkflowAlert", "fieldUpdates": "WorkflowFieldUpdate"},
    "CustomObject": {"fields": "CustomField", "listViews": "ListView", "validationRules": "ValidationRule"},
}
_BARE = {"CustomLabel"}


def plain(tag: str) -> str:
    return tag.split("}")[-1]


def canonical(node: ET.Element, ordered: bool) -> Any:
    """A nested tuple that is equal when the element means the same (up to order, when `ordered` is false)."""
    children = [canonical(child, ordered) for child in node]
    text = (node.text or "") if not children and (node.text or "").strip() else ""
    return (plain(node.tag), tuple(sorted(node.attrib.items())), text, tuple(children if ordered else sorted(children)))


def components(folder: Path, *, ordered: bool) -> dict[Name, Any]:
    """(type, full name) → what it means, for a folder in source format. The last package folder by name wins."""
    found: dict[Name, Any] = {}
    packages = sorted({path.relative_to(folder).parts[0] for path in folder.rglob(f"*{_END}")})
    for package in packages:
        for path in sorted((folder / package).rglob(f"*{_END}")):
            found.update(_file(path, ordered))
    return found


def _file(path: Path, ordered: bool) -> dict[Name, Any]:
    root = ET.fromstring(path.read_bytes())
    kind = plain(root.tag)
    name = path.name.removesuffix(_END).rpartition(".")[0]
    parts = path.parts
    if "objects" in parts and kind != "CustomObject":
        name = f"{parts[parts.index('objects') + 1]}.{name}"
    elif kind == "LightningComponentBundle":
        name = path.parent.name
    found: dict[Name, Any] = {}
    inside = _SPLIT.get(kind, {})
    for child in list(root):
        if plain(child.tag) in inside:
            root.remove(child)
            of = inside[plain(child.tag)]
            own = next(item.text or "" for item in child if plain(item.tag) == "fullName")
            child.tag = of
            found[of, own if of in _BARE else f"{name}.{own}"] = canonical(child, ordered)
    meaning: list[Any] = [canonical(root, ordered)]
    beside = path.parent if kind == "LightningComponentBundle" else None
    for other in sorted(beside.iterdir()) if beside else [path.with_name(path.name.removesuffix(_END))]:
        if other.is_file() and other != path:
            meaning.append((other.name, other.read_text().replace("\r\n", "\n")))
    if len(root) or not inside:
        found[kind, name] = meaning
    return found


def differences(a: Path, b: Path, *, ordered: bool) -> tuple[set[Name], set[Name], set[Name]]:
    """Only in a, only in b, different."""
    left, right = components(a, ordered=ordered), components(b, ordered=ordered)
    both = left.keys() & right.keys()
    return left.keys() - right.keys(), right.keys() - left.keys(), {key for key in both if left[key] != right[key]}
