"""Metadata XML read as data: no entities, no document type, no network, no processing instructions."""

from __future__ import annotations

from typing import Any

from lxml import etree

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
XSD = "http://www.w3.org/2001/XMLSchema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
_SCHEMAS = {XSD: "xsd", XSI: "xsi"}


class BadXml(ValueError):
    """A file that is not XML, or XML that metadata never has (a document type, entities). The text is a sentence."""


def parse(content: bytes) -> etree._Element:
    """The root element of `content`, without comments and processing instructions. Raises BadXml."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadXml(f"not well-formed XML: {error}") from error
    document: Any = root.getroottree().docinfo
    if document.doctype or document.internalDTD is not None:
        raise BadXml("XML with a document type is refused: metadata has none, and it can hide entities")
    return root


def local(tag: object) -> str:
    """An element's or attribute's name without its namespace."""
    text = str(tag)
    return text.rpartition("}")[2]


def elements(parent: etree._Element) -> list[etree._Element]:
    """The child elements (entity references, which `parse` leaves unresolved, are not elements)."""
    return [item for item in parent if isinstance(item.tag, str)]


def child_text(parent: etree._Element, name: str) -> str | None:
    """The text of the first child element `name`; None when there is none."""
    for item in elements(parent):
        if local(item.tag) == name:
            return item.text or ""
    return None


def attributes(element: etree._Element) -> list[tuple[str, str]]:
    """Attributes as sorted (name, value). `xsi:type` and its value are spelt with the usual prefixes."""
    found = []
    for name, value in element.attrib.items() if isinstance(element.tag, str) else ():
        text = str(value)
        if name == f"{{{XSI}}}type":
            prefix, colon, kind = text.rpartition(":")
            namespace = element.nsmap.get(prefix if colon else None)
            known = _SCHEMAS.get(str(namespace or ""))
            text = f"{known}:{kind}" if known else (f"{{{namespace}}}{kind}" if namespace else text)
        plain = local(name)
        prefix = _SCHEMAS.get(str(name).rpartition("}")[0].lstrip("{"), "")
        found.append((f"{prefix}:{plain}" if prefix else plain, text))
    return sorted(found)
