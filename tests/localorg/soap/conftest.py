"""An org with a small library in it, asked over SOAP with the standard library only."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest

from tests.localorg.own_org import Api, api, bare_org, org, shared, user

__all__ = ["api", "bare_org", "org", "shared", "user"]

PARTNER = "urn:partner.soap.sforce.com"
RECORDS = "urn:sobject.partner.soap.sforce.com"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
NIL = f"{{{XSI}}}nil"
Element = ElementTree.Element


class Refused(Exception):
    """A fault."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(body.decode())
        self.status = status
        self.body = body.decode()
        root = ElementTree.fromstring(body)
        self.code = next((each.text or "" for each in root.iter("faultcode")), "")
        self.words = next((each.text or "" for each in root.iter("faultstring")), "")
        self.detail = [name(each) for detail in root.iter("detail") for each in detail]


def name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def plain(element: Element) -> Any:
    """What an element says: None, a text, or the plain children by name (a list where a name comes twice)."""
    if element.get(NIL) == "true":
        return None
    if not len(element):
        return element.text or ""
    found: dict[str, Any] = {}
    for child in element:
        value = plain(child)
        key = name(child)
        if key in found:
            value = [*(found[key] if isinstance(found[key], list) else [found[key]]), value]
        found[key] = value
    return found


@dataclass
class Soap:
    """One SOAP API of the org."""

    url: str
    token: str
    namespace: str = PARTNER
    path: str = "/services/Soap/u/66.0"

    def raw(self, operation: str, inner: str = "", header: str = "", token: str | None = None) -> Element:
        """The answer's envelope. Prefixes and a strange SOAPAction, as clients send them."""
        session = (
            f"<q:SessionHeader><q:sessionId>{self.token if token is None else token}</q:sessionId></q:SessionHeader>"
        )
        inner = re.sub(r"<(/?)(?=\w+[\s/>])", r"<\1q:", inner)
        header = re.sub(r"<(/?)(?=\w+[\s/>])", r"<\1q:", header)
        envelope = (
            f'<soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/" xmlns:q="{self.namespace}"'
            f' xmlns:xsi="{XSI}" xmlns:ens="urn:sobject.enterprise.soap.sforce.com">'
            f"<soap-env:Header>{session}{header}</soap-env:Header>"
            f"<soap-env:Body><q:{operation}>{inner}</q:{operation}></soap-env:Body></soap-env:Envelope>"
        )
        headers = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'}
        request = urllib.request.Request(self.url + self.path, envelope.encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return ElementTree.fromstring(answer.read())
        except urllib.error.HTTPError as error:
            raise Refused(error.code, error.read()) from None

    def results(self, operation: str, inner: str = "", header: str = "") -> list[Element]:
        """The result elements."""
        root = self.raw(operation, inner, header)
        (answer,) = root.iter(f"{{{self.namespace}}}{operation}Response")
        found = list(answer)
        assert {each.tag for each in found} <= {f"{{{self.namespace}}}result"}
        return found

    def call(self, operation: str, inner: str = "", header: str = "") -> list[Any]:
        """The results, plain."""
        return [plain(each) for each in self.results(operation, inner, header)]

    def query(self, soql: str, operation: str = "query", header: str = "") -> dict[str, Any]:
        """A query's result; records always a list."""
        (found,) = self.call(operation, f"<queryString>{escape(soql)}</queryString>", header)
        found["records"] = _listed(found.get("records"))
        return dict(found)


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


@pytest.fixture
def soap(api: Api) -> Soap:
    """The partner API."""
    return Soap(api.url, api.token)


@pytest.fixture
def reading(shared: Api) -> Soap:
    """The partner API of an org that the tests of the module share: nothing is written."""
    return Soap(shared.url, shared.token)
