"""Metadata XML: safe parsing, and one way of writing it.

The org hands out XML as Salesforce does: UTF-8, four spaces, one element a line, no comments. What it takes in may be
written in any way that is well formed; entities are never expanded and nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from lxml import etree

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSD = "http://www.w3.org/2001/XMLSchema"

Element = etree._Element
_OURS = f"{{{NAMESPACE}}}"
_START_TAG = re.compile(r"<[A-Za-z_][^<>]*>")


class BadXml(ValueError):
    """The text is not XML that an org accepts. `line` and `column` count from 1; 0 where unknown.

    `path` is the file it was read from, where that is known.
    """

    def __init__(self, message: str, line: int = 0, column: int = 0, path: str = "") -> None:
        super().__init__(message)
        self.path = path
        self.line = line
        self.column = column


def parse(content: bytes) -> Element:
    """The root element. Raises BadXml for what is not well formed and for any document type declaration."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise BadXml(f"Error parsing file: {error.msg}", line or 0, column or 0) from None
    except ValueError as error:
        raise BadXml(f"Error parsing file: {error}", 1, 1) from None
    docinfo: Any = root.getroottree().docinfo
    if docinfo.doctype:
        raise BadXml("Error parsing file: DOCTYPE is disallowed", 1, 1)
    return root


def name(element: Element) -> str:
    """The element's name without its namespace; empty for comments and processing instructions."""
    tag: Any = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def line(element: Element | None) -> int:
    """The line an element begins on in the document it was read from; 0 where unknown."""
    found: Any = element.sourceline if element is not None else 0
    return found or 0


def column(source: bytes, number: int) -> int:
    """The column behind the first start tag of a line, where Salesforce's parser stands; 0 where there is none."""
    if not number or not source:
        return 0
    text = next(iter(source.splitlines()[number - 1 : number]), b"").decode("utf-8", "replace")
    found = _START_TAG.search(text)
    return found.end() + 1 if found else 0


def children(element: Element, tag: str = "") -> list[Element]:
    """The child elements, all or those named `tag`."""
    return [child for child in element if (found := name(child)) and (not tag or found == tag)]


def child(element: Element, tag: str) -> Element | None:
    """The first child named `tag`."""
    return next(iter(children(element, tag)), None)


def text(element: Element | None, tag: str = "") -> str:
    """The text of the element, or of its first child `tag`, without the blanks around it; "" where there is none."""
    found = child(element, tag) if tag and element is not None else element
    if found is None:
        return ""
    return (found.text or "").strip()


def descendants(element: Element, tag: str) -> Iterable[Element]:
    """Every element below `element` named `tag`, in document order."""
    return (found for found in element.iter() if found is not element and name(found) == tag)


def new_root(tag: str) -> Element:
    """An empty element in the metadata namespace, ready to hold a component."""
    namespaces: Any = {None: NAMESPACE, "xsi": XSI, "xsd": XSD}
    return etree.Element(f"{{{NAMESPACE}}}{tag}", nsmap=namespaces)


def renamed(element: Element, tag: str) -> Element:
    """A copy of the element, in the metadata namespace, under another name."""
    copy = new_root(tag)
    copy.text = element.text
    for key, value in element.attrib.items():
        copy.set(key, value)
    for item in element:
        if name(item):
            copy.append(_copied(item))
    return copy


def as_root(root: Element, tag: str) -> Element:
    """The root of a document under another name. Where the org wrote it itself it need not be copied for that."""
    elements = root.iter()
    ours = all(isinstance(item.tag, str) and item.tag.startswith(_OURS) for item in elements)
    if not ours or None not in root.nsmap:
        return renamed(root, tag)
    root.tag = f"{_OURS}{tag}"
    for item in root:
        item.tail = None
    return root


def _copied(element: Element) -> Element:
    """A deep copy without comments, every element in the metadata namespace."""
    namespaces: Any = {None: NAMESPACE, **_prefixed(element)}
    copy = etree.Element(f"{{{NAMESPACE}}}{name(element)}", nsmap=namespaces)
    for key, value in element.attrib.items():
        copy.set(key, value)
    copy.text = element.text
    for item in element:
        if name(item):
            grown = _copied(item)
            grown.tail = item.tail
            copy.append(grown)
        elif item.tail and item.tail.strip():
            copy.text = (copy.text or "") + item.tail
    return copy


def _prefixed(element: Element) -> dict[str | None, str]:
    return {prefix: uri for prefix, uri in element.nsmap.items() if prefix is not None}


def write(root: Element) -> bytes:
    """The document as Salesforce writes it."""
    etree.cleanup_namespaces(root, keep_ns_prefixes=_used_prefixes(root))
    etree.indent(root, space="    ")
    body = etree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'.encode()


def fragment(root: Element) -> str:
    """The element as text inside another document: no declaration, no white space added."""
    etree.cleanup_namespaces(root, keep_ns_prefixes=["xsi", *_used_prefixes(root)])
    return str(etree.tostring(root, encoding="unicode", with_tail=False))


def _used_prefixes(root: Element) -> list[str]:
    """`xsd` only occurs inside attribute values (`xsi:type="xsd:string"`), where lxml does not look for it."""
    typed = any(str(value).startswith("xsd:") for item in root.iter() for value in item.attrib.values())
    return ["xsd"] if typed else []


def canonical(content: bytes) -> bytes:
    """The same document in the org's own writing. Raises BadXml."""
    root = parse(content)
    return write(renamed(root, name(root)))
