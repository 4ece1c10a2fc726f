"""Taking a parent's file apart into the parent's own part and its children, and putting it together again."""

from __future__ import annotations

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
    """The parent's file: its own elements and its children's, by element name and then by full name."""
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
