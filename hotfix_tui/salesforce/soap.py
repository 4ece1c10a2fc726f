"""SOAP envelopes of the Metadata API: made and read with lxml, entities and DTDs off. Loaded late.

Requests are nested pairs, `("types", [("members", "*"), ("name", "Flow")])`; replies are read by local name through
`Node`, because prefixes differ and repeated elements may come zero times, once or often.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from lxml import etree

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_METADATA = "http://soap.sforce.com/2006/04/metadata"
PARTNER = "urn:partner.soap.sforce.com"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_XSD = "http://www.w3.org/2001/XMLSchema"
# Above this libxml2 needs `huge_tree`, which also lifts its guards; below they stay.
_HUGE = 8 * 1024 * 1024
_BASE64 = rb"<(?:[\w.-]+:)?%b>([A-Za-z0-9+/=\s]*)</"

Pairs: TypeAlias = "Sequence[tuple[str, str | bool | Pairs]]"


class NotSoap(ValueError):
    """The bytes are not a SOAP envelope that we read."""


class Fault(Exception):
    """A SOAP fault. `code` without prefix."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(code)
        self.code = code
        self.words = words


class Node:
    """One element of a reply, read by local names."""

    def __init__(self, element: etree._Element, cut_out: bytes | None = None) -> None:
        self._element = element
        self.cut_out = cut_out

    def all(self, name: str) -> Iterator[Node]:
        """Its children called `name`, in order."""
        return (Node(child) for child in self._element if _local(child) == name)

    def first(self, name: str) -> Node | None:
        """Its first child called `name`."""
        return next(self.all(name), None)

    @property
    def value(self) -> str:
        """Its text, without the white space around it."""
        return (self._element.text or "").strip()

    def text(self, name: str) -> str:
        """The text of the child `name`; empty when there is none."""
        child = self.first(name)
        return child.value if child else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts of all children called `name`."""
        return tuple(child.value for child in self.all(name))

    def rows(self, name: str) -> Iterator[dict[str, str]]:
        """Of each child called `name` the texts of its own children by name; of several of one name the first.

        For lists of tens of thousands: a namespace is taken off a tag once, not with each element.
        """
        plain: dict[str, str] = {}
        for element in self._element:
            tag = element.tag
            if not isinstance(tag, str) or tag[tag.rfind("}") + 1 :] != name:
                continue
            found: dict[str, str] = {}
            for child in element:
                tag = child.tag
                key = plain.get(tag)
                if key is None:
                    key = plain[tag] = tag[tag.rfind("}") + 1 :]
                if key not in found:
                    found[key] = (child.text or "").strip()
            yield found

    def flag(self, name: str) -> bool:
        """The child `name` as a boolean; false when there is none."""
        return self.text(name) in ("true", "1")

    def document(self) -> tuple[str, bytes] | None:
        """A record of readMetadata as (full name, the component's file); None for a nil one, which is not there.

        The file's root element is the record's `xsi:type`. Once only: the record is empty afterwards. Raises NotSoap
        when it has no type.
        """
        if self._element.get(f"{{{_XSI}}}nil") in ("true", "1") or len(self._element) == 0:
            return None
        kind = (self._element.get(f"{{{_XSI}}}type") or "").rpartition(":")[2]
        if not kind.isidentifier():
            raise NotSoap("a record does not say its type")
        prefixes: dict[Any, str] = {None: _METADATA, "xsi": _XSI, "xsd": _XSD}  # the stubs know no default namespace
        root = etree.Element(f"{{{_METADATA}}}{kind}", nsmap=prefixes)
        full_name = self.text("fullName")
        for child in list(self._element):  # moved, not copied: nobody reads the record after this
            if _local(child) != "fullName":
                root.append(child)
        return full_name, etree.tostring(root, xml_declaration=True, encoding="UTF-8")

    def number(self, name: str) -> int:
        """The child `name` as a whole number; 0 when there is none. Raises NotSoap for anything else."""
        text = self.text(name)
        try:
            return int(float(text)) if text else 0
        except (ValueError, OverflowError):
            raise NotSoap(f"{name} is not a number") from None


def _local(element: etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def envelope(session_id: str, operation: str, body: Pairs, namespace: str = _METADATA) -> bytes:
    """The request `operation` with this session. Holds the token: never log it."""
    root = etree.Element(f"{{{_ENVELOPE}}}Envelope", nsmap={"env": _ENVELOPE, "met": namespace})
    header = etree.SubElement(root, f"{{{_ENVELOPE}}}Header")
    _fill(header, (("SessionHeader", (("sessionId", session_id),)),), namespace)
    _fill(etree.SubElement(root, f"{{{_ENVELOPE}}}Body"), ((operation, body),), namespace)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _fill(parent: etree._Element, pairs: Pairs, namespace: str) -> None:
    for name, value in pairs:
        child = etree.SubElement(parent, f"{{{namespace}}}{name}")
        if isinstance(value, bool):
            child.text = "true" if value else "false"
        elif isinstance(value, str):
            child.text = value
        else:
            _fill(child, value, namespace)


def document(data: bytes) -> Node:
    """The root element of a component's file. Raises NotSoap when it is not XML in UTF-8 without a document type."""
    _refuse_document_type(data)
    return Node(_root(data))


def _refuse_document_type(data: bytes) -> None:
    if b"<!DOCTYPE" in data or b"\0" in data:
        raise NotSoap("it declares a document type or is not UTF-8")


def _root(data: bytes) -> etree._Element:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        huge_tree=len(data) > _HUGE,
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        raise NotSoap("it is not XML") from None


def reply(data: bytes, cut: str = "") -> Node:
    """The response element (`listMetadataResponse` …) in the envelope `data`.

    `cut`: the name of an element of much base64, which is kept from the XML parser and is the node's `cut_out`; when it
    is not written as plain base64 it is read like all others. Raises Fault for a fault, NotSoap for anything that is
    not an envelope in UTF-8 without a document type.
    """
    _refuse_document_type(data)
    base64 = None
    if cut and (place := re.search(_BASE64 % re.escape(cut.encode()), data)):
        base64 = place[1]
        data = data[: place.start(1)] + data[place.end(1) :]
    root = _root(data)
    body = Node(root).first("Body") if _local(root) == "Envelope" else None
    if body is None:
        raise NotSoap("it is not a SOAP envelope")
    fault = body.first("Fault")
    if fault is not None:
        raise Fault(fault.text("faultcode").rpartition(":")[2] or "UNKNOWN_EXCEPTION", fault.text("faultstring"))
    for child in body._element:
        return Node(child, base64)
    raise NotSoap("its body is empty")
