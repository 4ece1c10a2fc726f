"""Taking a parent's file apart into the parent's own part and its children, and putting it together again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.localorg.metadata.types import ChildType, metadata_types

# Parents that are nothing but the sum of their children: no own part is kept when it is empty.
_CONTAINERS = frozenset(
    {"Workflow", "CustomLabels", "SharingRules", "MatchingRules", "AssignmentRules", "AutoResponseRules"}
    | {"EscalationRules", "ManagedTopics"}
)


@dataclass(frozen=True)
class ChildPart:
    """A child found in its parent's file. `element` is the original one, so that its line is known."""

    type: str
    full_name: str
    element: xml.Element

    @property
    def document(self) -> bytes:
        """The child as a document of its own."""
        return xml.write(xml.renamed(self.element, self.type))


def is_container(type_name: str) -> bool:
    """Whether the type's file is only a wrapper of its children (Workflow, CustomLabels, sharing rules …)."""
    return type_name in _CONTAINERS


def child_full_name(child: ChildType, parent_name: str, name: str) -> str:
    """`Object.Name`; a custom label has no parent in its name."""
    return name if child.name == "CustomLabel" else f"{parent_name}.{name}"


def parent_name(child: ChildType, full_name: str) -> str:
    """The full name of the parent of the child `full_name`."""
    if child.name == "CustomLabel":
        return "CustomLabels"
    return full_name.rpartition(".")[0]


def parent_key(type_name: str, full_name: str) -> str:
    """Under what a child is found with its parent, `CustomObject:Account`; "" for what is no child."""
    child = metadata_types().children.get(type_name)
    return f"{child.parent}:{parent_name(child, full_name)}" if child else ""


def child_parts(type_name: str, full_name: str, root: xml.Element) -> list[ChildPart]:
    """The children in a parent's document, in its order. An element without fullName is left in the parent."""
    found = metadata_types().types.get(type_name)
    by_tag = {child.tag: child for child in found.children} if found else {}
    parts = []
    for element in xml.children(root):
        child = by_tag.get(xml.name(element))
        name = xml.text(element, "fullName")
        if child is not None and name:
            parts.append(ChildPart(child.name, child_full_name(child, full_name, name), element))
    return parts


def own_part(type_name: str, root: xml.Element) -> xml.Element:
    """A copy of the parent's document without its children."""
    found = metadata_types().types.get(type_name)
    tags = {child.tag for child in found.children} if found else set()
    copy = xml.renamed(root, type_name)
    for element in xml.children(copy):
        if xml.name(element) in tags and xml.text(element, "fullName"):
            copy.remove(element)
    return copy


def compose(type_name: str, own: bytes | None, children: Iterable[Component]) -> bytes:
    """The parent's file: its own elements and its children's, by element name and then by full name.

    All of it is in the org's own writing, so that most of it need not be parsed.
    """
    found = list(children)
    return _joined(type_name, own, found) or _grown(type_name, own, found)


def _grown(type_name: str, own: bytes | None, children: Iterable[Component]) -> bytes:
    """The parent's file, put together element by element."""
    root = xml.renamed(xml.parse(own), type_name) if own else xml.new_root(type_name)
    table = metadata_types().children
    for component in children:
        document = xml.parse(component.xml)
        root.append(xml.renamed(document, table[component.type].tag))
    ordered = sorted(root, key=lambda item: (xml.name(item), xml.text(item, "fullName")))
    for element in ordered:
        root.remove(element)
        root.append(element)
    return xml.write(root)


_Block = tuple[str, str, str]
"""An element at the top of a parent as text, behind its name and its full name."""
_START = re.compile(r" {4}<([A-Za-z_][\w.-]*)(?: [^<>]*)?/?>(?:[^<\n]*</\1>)?\n")
_FULL_NAME = re.compile(r"(?m)^ {8}<fullName>([^<]*)</fullName>$")
_LINES = re.compile(r"(?: *<[^\n]*>\n)*")
_BLANK = re.compile(r"<([A-Za-z_][\w.-]*)(?: [^<>]*)?>\n *</\1>")
"""A text of nothing but white space, which looks like an element with others inside."""


def _joined(type_name: str, own: bytes | None, children: Iterable[Component]) -> bytes | None:
    """The parent's file put together line by line; None where a text spans lines, or a namespace prefix is used."""
    blocks: list[_Block] = []
    if own:
        inner = _inner(own)
        blocks_of_own = _blocks(inner) if inner is not None else None
        if blocks_of_own is None:
            return None
        blocks += blocks_of_own
    table = metadata_types().children
    for component in children:
        inner = _inner(component.xml)
        if inner is None or not inner:
            return None
        tag = table[component.type].tag
        name = _FULL_NAME.search("    " + inner.replace("\n", "\n    "))
        lines = "".join(f"    {line}\n" for line in inner.splitlines())
        blocks.append((tag, name[1] if name else "", f"    <{tag}>\n{lines}    </{tag}>\n"))
    if not blocks:
        return None
    text = "".join(block for _, _, block in sorted(blocks, key=lambda block: block[:2]))
    return f'{_HEAD}<{type_name} xmlns="{xml.NAMESPACE}">\n{text}</{type_name}>\n'.encode()


_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def _inner(document: bytes) -> str | None:
    """The lines between the root's tags; None for a document that cannot be taken line by line."""
    text = document.decode()
    head, _, rest = text.removeprefix(_HEAD).partition("\n")
    inner, end, _ = rest.rstrip("\n").rpartition("</")
    plain = head.endswith(f' xmlns="{xml.NAMESPACE}">') and head.count(" ") == 1 and bool(end)
    return inner if plain and _LINES.fullmatch(inner) and not _BLANK.search(inner) else None


def _blocks(inner: str) -> list[_Block] | None:
    """The elements in an own part's lines."""
    blocks: list[_Block] = []
    lines = inner.splitlines(keepends=True)
    place = 0
    while place < len(lines):
        found = _START.fullmatch(lines[place])
        if found is None:
            return None
        end = place + 1
        whole = lines[place].rstrip().endswith((f"</{found[1]}>", "/>"))
        if not whole:
            while end < len(lines) and lines[end] != f"    </{found[1]}>\n":
                end += 1
            end += 1
        text = "".join(lines[place:end])
        name = _FULL_NAME.search(text) if not whole else None
        blocks.append((found[1], name[1] if name else "", text))
        place = end
    return blocks


def merged_own(old: bytes | None, new: xml.Element) -> bytes:
    """An object's own part after a deploy.

    A custom object's definition (it has a label) replaces what was there; for a standard object, or a file that only
    carries children, each element that is named replaces those of that name and the rest stays.
    """
    if old is None or xml.child(new, "label") is not None:
        return xml.write(new)
    kept = xml.renamed(xml.parse(old), xml.name(new))
    named = {xml.name(element) for element in xml.children(new)}
    for element in xml.children(kept):
        if xml.name(element) in named:
            kept.remove(element)
    for element in xml.children(new):
        kept.append(element)
    return xml.write(kept)
