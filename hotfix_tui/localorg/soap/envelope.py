"""SOAP envelopes: reading what any client sends, writing answers and faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.soap.dialects import PLACED, Dialect, fault_type

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_XSI = f"{{{xml.XSI}}}"


class Fault(Exception):
    """A call refused as a whole: an exception code (`INVALID_FIELD`), or a whole fault code (`soapenv:Client`)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Call:
    """A call: the operation's name and element, the header's blocks by name, the token, who it belongs to."""

    operation: str
    body: xml.Element
    header: dict[str, xml.Element]
    token: str

    def option(self, block: str, name: str) -> str:
        """What a header block says, "" where it is not there."""
        found = self.header.get(block)
        return xml.text(found, name).strip() if found is not None else ""

    def switched_on(self, block: str, name: str) -> bool:
        """Whether a header block says true. Raises Fault for what is no boolean."""
        text = self.option(block, name).lower()
        if text not in ("", "true", "1", "false", "0"):
            raise Fault("soapenv:Client", f"'{text}' is not a valid value for the xsd:boolean {name}")
        return text in ("true", "1")

    def texts(self, tag: str) -> list[str]:
        """What the operation's elements of that name hold."""
        return [(each.text or "").strip() for each in xml.children(self.body, tag)]

    def text(self, tag: str) -> str:
        """The same, where there is to be one of them. Raises Fault when there is none."""
        found = self.texts(tag)
        if not found or not found[0]:
            raise Fault("soapenv:Client", f"Element {tag} is missing in {self.operation}")
        return found[0]


def read(content: bytes) -> Call:
    """The call in an envelope, whatever its prefixes. Raises Fault for anything that is no envelope."""
    try:
        root = xml.parse(content)
    except xml.BadXml as error:
        raise Fault("soapenv:Client", f"The request is not well formed: {error}") from None
    body = xml.child(root, "Body")
    if xml.name(root) != "Envelope" or body is None:
        raise Fault("soapenv:Client", "content is not a SOAP envelope")
    calls = xml.children(body)
    if not calls:
        raise Fault("soapenv:Client", "The SOAP body holds no operation")
    header = xml.child(root, "Header")
    blocks = {xml.name(each): each for each in xml.children(header)} if header is not None else {}
    session = blocks.get("SessionHeader")
    token = xml.text(session, "sessionId").strip() if session is not None else ""
    return Call(xml.name(calls[0]), calls[0], blocks, token)


def is_nil(element: xml.Element) -> bool:
    """Whether an element says `xsi:nil`."""
    return (element.get(f"{_XSI}nil") or "").lower() in ("true", "1")


def type_of(element: xml.Element) -> str:
    """The local name of an element's `xsi:type`, "" where it has none."""
    return (element.get(f"{_XSI}type") or "").rpartition(":")[2]


def tag(name: str, inner: Any, attributes: str = "") -> str:
    """An element; `inner` is text to be escaped, or markup made by this module; None is `xsi:nil`."""
    if inner is None:
        return f'<{name} xsi:nil="true"/>'
    if isinstance(inner, bool):
        inner = "true" if inner else "false"
    text = inner if isinstance(inner, Markup) else escape(_clean(str(inner)))
    return f"<{name}{' ' + attributes if attributes else ''}>{text}</{name}>"


class Markup(str):
    """Text that is XML already."""

    __slots__ = ()


def markup(*parts: str) -> Markup:
    """Elements one after the other."""
    return Markup("".join(parts))


def answer(dialect: Dialect, operation: str, results: list[str], header: str = "") -> bytes:
    """The envelope of an answer; `results` are its result elements."""
    top = f"<soapenv:Header>{header}</soapenv:Header>" if header else ""
    declared = f'xmlns="{dialect.namespace}" xmlns:sf="{dialect.records}"'
    return _envelope(declared, top + _body(tag(f"{operation}Response", markup(*results))))


def fault(dialect: Dialect, problem: Fault) -> bytes:
    """The envelope of a fault (to be sent with HTTP status 500). Its code and words have no namespace."""
    declared = f'xmlns:sf="{dialect.faults}"'
    if ":" in problem.code:
        inner = tag("faultcode", problem.code) + tag("faultstring", problem.message)
        return _envelope(declared, _body(tag("soapenv:Fault", Markup(inner))))
    inner = tag("faultcode", f"sf:{problem.code}") + tag("faultstring", f"{problem.code}: {problem.message}")
    if dialect.detailed:
        inner += tag("detail", Markup(_detail(problem)))
    return _envelope(declared, _body(tag("soapenv:Fault", Markup(inner))))


def _detail(problem: Fault) -> str:
    kind = fault_type(problem.code)
    inner = tag("sf:exceptionCode", problem.code) + tag("sf:exceptionMessage", problem.message)
    if kind in PLACED:
        inner += tag("sf:row", -1) + tag("sf:column", -1)
    return tag(f"sf:{kind}", Markup(inner), f'xsi:type="sf:{kind}"')


def _body(inner: str) -> str:
    return f"<soapenv:Body>{inner}</soapenv:Body>"


def _envelope(declared: str, inner: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<soapenv:Envelope xmlns:soapenv="{_SOAP}" {declared}'
        f' xmlns:xsi="{xml.XSI}" xmlns:xsd="{xml.XSD}">{inner}</soapenv:Envelope>'
    ).encode()


def _clean(text: str) -> str:
    """Without the control characters that XML 1.0 cannot carry."""
    return "".join(char for char in text if char >= " " or char in "\t\n\r")
