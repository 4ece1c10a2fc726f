"""Records in XML, as batches of Bulk 1.0 have them: `<sObjects><sObject><Name>…</Name></sObject></sObjects>`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from hotfix_tui.localorg.bulk.job import BatchProblem
from hotfix_tui.localorg.bulk.rows import Record

NAMESPACE = "http://www.force.com/2009/06/asyncapi/dataload"
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
XSI = "http://www.w3.org/2001/XMLSchema-instance"


class BadXml(ValueError):
    """What was sent is not XML that is taken."""


def parse(content: bytes) -> etree._Element:
    """The root element; entities stay unexpanded, nothing is fetched. Raises BadXml."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content.strip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadXml(str(error)) from None
    info: Any = root.getroottree().docinfo
    if info.doctype:
        raise BadXml("DOCTYPE is disallowed")
    return root


def local_name(element: etree._Element) -> str:
    """An element's name without its namespace; empty for comments."""
    tag: Any = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def records_of_xml(content: bytes) -> list[Record]:
    """The records of a batch; a value is text, None (`xsi:nil`), or a parent's keys. Raises BatchProblem."""
    try:
        root = parse(content)
    except BadXml as error:
        raise BatchProblem(f"Failed to parse XML: {error}") from None
    if local_name(root) != "sObjects":
        raise BatchProblem("Failed to parse XML: a batch is one element sObjects")
    return [_record(each) for each in root if local_name(each) == "sObject"]


def _record(element: etree._Element) -> Record:
    out: Record = {}
    for each in element:
        name = local_name(each)
        if not name:
            continue
        if name == "type":
            out.setdefault("attributes", {})["type"] = (each.text or "").strip()
            continue
        if name in out:
            raise BatchProblem(f"Field name is used twice : {name}")
        out[name] = _value(each)
    return out


def _value(element: etree._Element) -> Any:
    if str(element.get(f"{{{XSI}}}nil", "")).lower() in ("true", "1"):
        return None
    inner = [each for each in element if local_name(each) == "sObject"]
    if inner:
        return _record(inner[0])
    return element.text or ""


def records_xml(records: Sequence[Mapping[str, Any]]) -> str:
    """Records that a query found, as XML."""
    rows = "".join(f'<records xsi:type="sObject">{_written(each)}</records>' for each in records)
    names = f'xmlns="{NAMESPACE}" xmlns:xsi="{XSI}"'
    return f'<?xml version="1.0" encoding="UTF-8"?><queryResult {names}>{rows}</queryResult>'


def _written(record: Mapping[str, Any]) -> str:
    out = f"<type>{record['attributes']['type']}</type>"
    for name, value in record.items():
        if name == "attributes":
            continue
        if value is None:
            out += f'<{name} xsi:nil="true"/>'
        elif isinstance(value, Mapping):
            out += f'<{name} xsi:type="sObject">{_written(value)}</{name}>'
        else:
            out += f"<{name}>{text_xml(str(value).lower() if isinstance(value, bool) else str(value))}</{name}>"
    return out


def text_xml(text: str) -> str:
    """Text as XML can hold it: characters that XML has no way to write are left out."""
    return escape(_NOT_IN_XML.sub("", text))
