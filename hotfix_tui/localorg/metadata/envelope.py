"""SOAP envelopes of the Metadata API: reading what any client sends, writing answers and faults."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from hotfix_tui.localorg.metadata import xml

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SPECIAL = re.compile("[&<>\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


class SoapFault(Exception):
    """A request the org refuses, with Salesforce's exception code (`INVALID_SESSION_ID`) and words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Raw:
    """An element of an answer that is XML already, its own tag included."""

    text: str


@dataclass(frozen=True)
class SoapRequest:
    """A call: the operation's name and element, the session's token, and the envelope's header if it has one."""

    operation: str
    body: xml.Element
    token: str
    header: xml.Element | None = None


def read(content: bytes) -> SoapRequest:
    """The call in an envelope, whatever its prefixes. Raises SoapFault for anything that is no envelope."""
    try:
        root = xml.parse(content)
    except xml.BadXml as error:
        raise SoapFault("soapenv:Client", f"The request is not well formed: {error}") from None
    body = xml.child(root, "Body")
    if xml.name(root) != "Envelope" or body is None:
        raise SoapFault("soapenv:Client", "content is not a SOAP envelope")
    calls = xml.children(body)
    if not calls:
        raise SoapFault("soapenv:Client", "The SOAP body holds no operation")
    header = xml.child(root, "Header")
    session = xml.child(header, "SessionHeader") if header is not None else None
    token = xml.text(session, "sessionId") if session is not None else ""
    return SoapRequest(xml.name(calls[0]), calls[0], token, header)


def boolean(element: xml.Element | None, tag: str, *, default: bool = False) -> bool:
    """A boolean child: `true`, `True` and `1` are true; absent is the default. Raises SoapFault for other words."""
    value = (xml.text(element, tag) if element is not None else "").strip().lower()
    if value not in ("", "true", "1", "false", "0"):
        raise SoapFault("soapenv:Client", f"'{value}' is not a valid value for the xsd:boolean {tag}")
    return value in ("true", "1") if value else default


def answer(operation: str, result: Any) -> bytes:
    """The envelope of an answer: `<operationResponse>` with one `<result>`, or one for each item of a list."""
    results = result if isinstance(result, list) else [result]
    inner = "".join(element("result", item) for item in results)
    return _envelope(f'<{operation}Response xmlns="{xml.NAMESPACE}">{inner}</{operation}Response>')


def fault(problem: SoapFault) -> bytes:
    """The envelope of a fault, in Salesforce's form (to be sent with HTTP status 500)."""
    code = problem.code if ":" in problem.code else f"sf:{problem.code}"
    text = problem.message if ":" in problem.code else f"{problem.code}: {problem.message}"
    inner = (
        f"<soapenv:Fault><faultcode>{escape(code)}</faultcode>"
        f"<faultstring>{_escaped(text)}</faultstring></soapenv:Fault>"
    )
    return _envelope(inner)


def _envelope(inner: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<soapenv:Envelope xmlns:soapenv="{_SOAP}" xmlns:sf="{xml.NAMESPACE}" '
        f'xmlns:xsi="{xml.XSI}"><soapenv:Body>{inner}</soapenv:Body></soapenv:Envelope>'
    ).encode()


def element(tag: str, value: Any) -> str:
    """A value as elements of this name: mappings in their order, an element for each item of a list, none for None."""
    kind = type(value)
    if kind is str:
        return f'<{tag} xsi:nil="true"/>' if value == NIL else f"<{tag}>{_escaped(value)}</{tag}>"
    if kind is dict:
        return f"<{tag}>{''.join([element(key, item) for key, item in value.items()])}</{tag}>"
    if value is None:
        return ""
    if kind is bool:
        return f"<{tag}>{'true' if value else 'false'}</{tag}>"
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, Mapping):
        return element(tag, dict(value))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "".join([element(tag, item) for item in value])
    return f"<{tag}>{_escaped(str(value))}</{tag}>"


def _escaped(text: str) -> str:
    """As XML 1.0 carries it: without the control characters that it cannot carry."""
    return escape(_CONTROL.sub("", text)) if _SPECIAL.search(text) else text


NIL = "\x00nil"
"""A value that is there and null (`xsi:nil`)."""
