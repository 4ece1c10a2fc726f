"""Small packages of triggers, duplicate rules and workflow rules: the same bodies, with only the flag turned."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from hotfix_tui.automation.model import DUPLICATE, TRIGGER, VALIDATION, WORKFLOW
from hotfix_tui.salesforce.errors import MalformedReply

if TYPE_CHECKING:
    from lxml.etree import _Element

_NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
# What one org's rules and triggers can reasonably have; more is a broken or hostile zip.
_MOST_FILES, _MOST_BYTES = 2_000, 50_000_000

# Kinds that are an element of their object's file, which may hold others: the element's tag.
_RULES = {WORKFLOW: "rules", VALIDATION: "validationRules"}

Files = dict[str, str]
"""Path inside the package (`triggers/X.trigger`) → text."""


def unpack(content: bytes, org: str) -> Files:
    """The files of a retrieve's zip, without its package.xml. Raises MalformedReply for a zip that is none of ours."""
    files: Files = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > _MOST_FILES or sum(entry.file_size for entry in entries) > _MOST_BYTES:
                raise MalformedReply(f"{org} sent a package that is too large.", org=org)
            for entry in entries:
                path = entry.filename.removeprefix("unpackaged/")
                if path != "package.xml":
                    files[path] = archive.read(entry).decode("utf-8")
    except (zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise MalformedReply(f"{org} sent a package that cannot be read: {error}.", org=org) from error
    return files


def pack(files: Mapping[str, str], members: Mapping[str, Iterable[str]], version: str) -> bytes:
    """A zip to deploy: `files`, and a package.xml that names `members` by type. Equal input gives equal bytes."""
    types = "".join(
        "  <types>\n"
        + "".join(f"    <members>{escape(name)}</members>\n" for name in sorted(set(names)))
        + f"    <name>{kind}</name>\n  </types>\n"
        for kind, names in sorted(members.items())
    )
    manifest = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Package xmlns="{_NAMESPACE}">\n'
        f"{types}  <version>{version}</version>\n</Package>\n"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in sorted({**files, "package.xml": manifest}.items()):
            entry = zipfile.ZipInfo(path, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text.encode())
    return buffer.getvalue()


def flow_definition(version: int) -> str:
    """A FlowDefinition that makes this version the active one."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<FlowDefinition xmlns="{_NAMESPACE}">\n'
        f"    <activeVersionNumber>{version}</activeVersionNumber>\n</FlowDefinition>\n"
    )


def own_files(kind: str, name: str, files: Mapping[str, str]) -> Files:
    """Those of `files` that `name` consists of."""
    if kind == TRIGGER:
        wanted = {f"triggers/{name}.trigger", f"triggers/{name}.trigger-meta.xml"}
    elif kind == DUPLICATE:
        wanted = {f"duplicateRules/{name}.duplicateRule"}
    elif kind == VALIDATION:
        wanted = {f"objects/{name.split('.', 1)[0]}.object"}
    else:
        wanted = {f"workflows/{name.split('.', 1)[0]}.workflow"}
    return {path: text for path, text in files.items() if path in wanted}


def with_flag(kind: str, name: str, files: Mapping[str, str], *, active: bool) -> Files:
    """`files` with this one automation on or off and nothing else changed. Raises KeyError when it is not in them."""
    result = dict(files)
    for path in own_files(kind, name, files):
        if path.endswith(".trigger"):
            continue
        root = _parse(files[path])
        _flag(kind, name, root).text = _value(kind, active)
        result[path] = _text(root)
    return result


def body_of(kind: str, name: str, files: Mapping[str, str]) -> str:
    """What the automation says, apart from its flag and from white space between elements: equal means not edited."""
    texts: list[str] = []
    for path, text in sorted(own_files(kind, name, files).items()):
        if path.endswith(".trigger"):
            texts.append("\n".join(line.rstrip() for line in text.strip().splitlines()))
            continue
        root = _parse(text)
        flag = _flag(kind, name, root)
        flag.text = ""
        texts.append(_canonical(_parent(flag) if kind == WORKFLOW else root))
    return "\n".join(texts)


def _parent(element: _Element) -> _Element:
    parent = element.getparent()
    assert parent is not None
    return parent


def _canonical(element: _Element) -> str:
    inner = "".join(_canonical(one) for one in element if isinstance(one.tag, str))
    return f"<{str(element.tag).rpartition('}')[2]}>{(element.text or '').strip()}{inner}</>"


def _value(kind: str, active: bool) -> str:
    if kind == TRIGGER:
        return "Active" if active else "Inactive"
    return "true" if active else "false"


def _flag(kind: str, name: str, root: _Element) -> _Element:
    if kind in _RULES:
        rule = name.split(".", 1)[1]
        parents = [one for one in _children(root, _RULES[kind]) if _child_text(one, "fullName") == rule]
    else:
        parents = [root]
    tag = {TRIGGER: "status", DUPLICATE: "isActive", WORKFLOW: "active", VALIDATION: "active"}[kind]
    for parent in parents:
        for found in _children(parent, tag):
            return found
    raise KeyError(name)


def _children(parent: _Element, tag: str) -> list[_Element]:
    return [one for one in parent if isinstance(one.tag, str) and one.tag.rpartition("}")[2] == tag]


def _child_text(parent: _Element, tag: str) -> str:
    return next((one.text or "" for one in _children(parent, tag)), "")


def _parse(text: str) -> _Element:
    return root_of(text.encode())


def root_of(content: bytes) -> _Element:
    """The root of a component's file, entities left as they are. Raises ValueError for what is no XML."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root: Any = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"it is no XML: {error}") from error
    found: _Element = root
    return found


def child_texts(parent: _Element, tag: str) -> list[str]:
    """The texts of the direct children called `tag`, in any namespace, without those that are empty."""
    return [text for one in parent.findall(f"{{*}}{tag}") if (text := (one.text or "").strip())]


def _text(root: _Element) -> str:
    from lxml import etree

    content: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return content.decode() + "\n"
