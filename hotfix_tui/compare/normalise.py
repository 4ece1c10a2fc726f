"""A component's content in one canonical form, so that what means the same is the same bytes.

The order of elements (where it has no meaning), white space between elements, namespaces, comments and line ends do not
matter. Values do, to the letter. Text files (Apex, Visualforce, Lightning components) have their line ends made equal
and lose a byte order mark; white space at their very end does not matter, as Salesforce takes it away when it saves
them
(github.com/forcedotcom/cli/issues/306, github.com/dangmai/prettier-plugin-apex/issues/83). What is served as it is
(static resources, documents) keeps its end.
"""

from __future__ import annotations

import hashlib
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from hotfix_tui.compare.archive import BadPackage, read_zip
from hotfix_tui.compare.component import Component
from hotfix_tui.compare.keys import AS_WRITTEN, groups
from hotfix_tui.compare.places import META
from hotfix_tui.compare.types import metadata_types
from hotfix_tui.compare.xml import NAMESPACE, XSD, XSI, attributes, elements, local, parse

_HEADING = "==> "
_INDENT = "    "
_TRIMMED = frozenset(
    {"ApexClass", "ApexTrigger", "ApexPage", "ApexComponent", "AuraDefinitionBundle", "LightningComponentBundle"}
)
_ZIP = b"PK\x03\x04"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


def normalise(component: Component) -> bytes:
    """The canonical text of all files of `component`, UTF-8. Raises BadXml when a metadata file is not XML.

    Several files follow each other under `==> path` lines.
    """
    parts = []
    for path in sorted(component.files):
        text = normalise_file(component.id.type, path, component.files[path])
        # A line of a file that looks like a heading must not pass for one.
        lines = ["\\" + line if line.lstrip("\\").startswith(_HEADING) else line for line in text.split("\n")]
        heading = f"{_HEADING}{path}\n" if len(component.files) > 1 else ""
        parts.append(heading + "\n".join(lines))
    return "\n".join(parts).encode()


def same(a: Component, b: Component) -> bool:
    """Whether two components have the same content. Only different bytes are parsed. Raises BadXml."""
    return a.files == b.files or normalise(a) == normalise(b)


def normalise_file(type_name: str, path: str, content: bytes) -> str:
    """One file of a component of type `type_name`. Raises BadXml."""
    if is_metadata_xml(type_name, path, content):
        return canonical_xml(content)
    if content.startswith(_ZIP):
        try:
            entries = sorted(read_zip(content).items())
        except BadPackage:
            return _binary(content)
        return "\n".join(["(zip file)", *(f"{name}: {_binary(inner)}" for name, inner in entries), ""])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _binary(content)
    if "\0" in text:
        return _binary(content)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.rstrip() + "\n" if type_name in _TRIMMED else text


def is_metadata_xml(type_name: str, path: str, content: bytes) -> bool:
    """Whether a file is metadata XML (and not Apex, markup, a resource, which are text or bytes)."""
    if path.endswith(META):
        return True
    kind = metadata_types().get(type_name)
    if kind is None and metadata_types().child(type_name) is None:
        return content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and NAMESPACE.encode() in content[:4096]
    return kind is None or (kind.source in ("", "decomposed") and not kind.meta_file)


def canonical_xml(content: bytes) -> str:
    """Metadata XML with elements sorted by name, repeated ones by key where order has no meaning. Raises BadXml."""
    root = parse(content)
    # `attributes` spells these prefixes one way; declared where used, the text stays XML.
    names = f' xmlns="{NAMESPACE}"'
    if any(key.startswith("xsi:") for item in root.iter() for key, _ in attributes(item)):
        names += f' xmlns:xsd="{XSD}" xmlns:xsi="{XSI}"'
    return "\n".join([_DECLARATION, *render(root, local(root.tag), namespaces=names), ""])


def render(element: etree._Element, type_name: str | None, indent: str = "", namespaces: str = "") -> list[str]:
    """The canonical lines of one element, whose type in the WSDL is `type_name` (None: not known)."""
    name = local(element.tag)
    if not len(element) and not element.attrib and not namespaces:  # most elements by far
        return [f"{indent}<{name}>{_text(leaf_text(element, type_name))}</{name}>"]
    head = name + namespaces + "".join(f" {key}={quoteattr(value)}" for key, value in attributes(element))
    inner = elements(element)
    if not inner:
        return [f"{indent}<{head}>{_text(leaf_text(element, type_name))}</{name}>"]
    # Text beside elements is no value: Salesforce takes files that have a stray character there, and forgets it.
    lines = [f"{indent}<{head}>"]
    if type_name == AS_WRITTEN:
        for item in inner:
            lines.extend(render(item, AS_WRITTEN, indent + _INDENT))
    else:
        for group in groups(element, type_name):
            items = [render(item, group.type, indent + _INDENT) for item in group.items]
            if not group.ordered:
                keys = group.keys or [()] * len(items)
                items = [lines for _, lines in sorted(zip(keys, items, strict=True))]
            lines.extend(line for item in items for line in item)
    return [*lines, f"{indent}</{name}>"]


def leaf_text(element: etree._Element, type_name: str | None) -> str:
    """The value of an element without elements. What only breaks the line of an empty element is no value."""
    text = element.text or ""
    return "" if not text.strip() and ("\n" in text or type_name is not None) else text


def _text(text: str | None) -> str:
    # A carriage return would be read back as a line feed.
    if not text or text.isalnum():
        return text or ""
    return escape(text, {"\r": "&#13;"})


def _binary(content: bytes) -> str:
    return f"({len(content):,} bytes, SHA-256 {hashlib.sha256(content).hexdigest()})"
