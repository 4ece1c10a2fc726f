"""Children that live in their parent's file: taken apart for comparing, put together again for deploying."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lxml import etree

from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.types import ChildType, MetadataType
from hotfix_tui.compare.xml import NAMESPACE, XSD, XSI, BadXml, child_text, elements, local, parse


def take_apart(parent: Component, kind: MetadataType) -> list[Component]:
    """`parent` without its addressable children, and the children.

    The parent is left out when nothing of its own remains (a workflow file that only holds rules). A file that is not
    XML stays as it is: comparing it says so.
    """
    (path, content), *more = parent.files.items()
    by_element = {child.element: child for child in kind.children if child.addressable}
    try:
        root = parse(content)
    except BadXml:
        return [parent]
    found: dict[ComponentId, Component] = {}
    own: list[etree._Element] = []
    for item in elements(root):
        child = by_element.get(local(item.tag))
        name = child_text(item, "fullName") if child else None
        if child is None or not name:
            own.append(item)
            continue
        child_id = ComponentId(child.type, child_name(child, parent.id.full_name, name))
        if child_id in found:
            own.append(item)
        else:
            found[child_id] = Component(child_id, {path: _moved(child.type, elements(item), root)})
    if not found and (own or more):
        return [parent]
    if own or more:
        files = {path: _moved(local(root.tag), own, root), **dict(more)}
        return [Component(parent.id, files, parent.changed_by, parent.changed_at, parent.detail), *found.values()]
    return list(found.values())


def put_together(kind: MetadataType, own: Component | None, children: Iterable[Component]) -> bytes:
    """The parent's file with its own parts (if any) and `children` in it."""
    by_type = {child.type: child.element for child in kind.children}
    root = _root(kind.name, None)
    parts: list[tuple[str, etree._Element | None, list[etree._Element]]] = []
    for component in [own] if own else []:
        for item in elements(parse(next(iter(component.files.values())))):
            parts.append((local(item.tag), item, elements(item)))
    for component in children:
        content = parse(next(iter(component.files.values())))
        parts.append((by_type[component.id.type], None, elements(content)))
    # Elements of one name must stand together, or the Metadata API calls them duplicated.
    for name, leaf, inner in sorted(parts, key=lambda part: part[0]):
        if leaf is not None:
            _copy(leaf, root)
        else:
            holder = etree.SubElement(root, f"{{{NAMESPACE}}}{name}")
            for item in inner:
                _copy(item, holder)
    return _bytes(root)


def child_name(child: ChildType, parent: str, name: str) -> str:
    """A child's full name as listMetadata gives it: with its parent's, but for bare types."""
    return name if child.bare else f"{parent}.{name}"


def with_full_name(content: bytes, name: str) -> bytes:
    """A source-format child file with `fullName` in it, as it has in its parent's file. Raises BadXml."""
    root = parse(content)
    if child_text(root, "fullName") is not None:
        return content
    first = etree.Element(f"{{{NAMESPACE}}}fullName")
    first.text = name
    return write(local(root.tag), [first, *elements(root)], root)


def write(name: str, items: Iterable[etree._Element], origin: etree._Element | None) -> bytes:
    """A file with the root element `name` and copies of `items`; `origin` gives its namespace prefixes."""
    root = _root(name, origin)
    for item in items:
        _copy(item, root)
    return _bytes(root)


def _moved(name: str, items: list[etree._Element], origin: etree._Element) -> bytes:
    """As `write`, but the items are taken out of where they were."""
    if not all(str(item.tag).startswith(f"{{{NAMESPACE}}}") for item in items):
        return write(name, items, origin)
    root = _root(name, origin)
    for item in items:
        item.tail = None
        root.append(item)
    return _bytes(root)


def _root(name: str, origin: etree._Element | None) -> etree._Element:
    prefixes: dict[Any, str] = {"xsd": XSD, "xsi": XSI}
    if origin is not None:
        prefixes.update({str(key): str(value) for key, value in origin.nsmap.items() if key})
    prefixes[None] = NAMESPACE
    return etree.Element(f"{{{NAMESPACE}}}{name}", nsmap=prefixes)


def _copy(item: etree._Element, parent: etree._Element) -> None:
    """A deep copy in the metadata namespace: files come with and without one, and a mix is not valid."""
    copy = etree.SubElement(
        parent, f"{{{NAMESPACE}}}{local(item.tag)}", {str(key): str(value) for key, value in item.attrib.items()}
    )
    copy.text = item.text
    for inner in elements(item):
        _copy(inner, copy)


def _bytes(root: etree._Element) -> bytes:
    etree.indent(root, space="    ")
    # Prefixes that are only used inside a value (xsi:type="xsd:string") must stay, so no cleanup of namespaces here.
    content: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return content + b"\n"
