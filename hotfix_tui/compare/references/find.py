"""All that one component's files name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hotfix_tui.compare.component import Component
from hotfix_tui.compare.normalise import is_metadata_xml
from hotfix_tui.compare.references import markup
from hotfix_tui.compare.references.apex import apex_mentions
from hotfix_tui.compare.references.mention import Mention
from hotfix_tui.compare.references.metadata_xml import xml_mentions
from hotfix_tui.compare.xml import BadXml, elements, local, parse

_CODE = re.compile(r"\.(cls|trigger|page|component|js|ts|html|cmp|app|evt|intf|email)$", re.IGNORECASE)


def mentions_of(component: Component) -> frozenset[Mention]:
    """What the component's files name. A file that is neither XML nor source names nothing; broken XML neither."""
    found: set[Mention] = set()
    for path, content in component.files.items():
        if code := _CODE.search(path):
            found.update(_source(component.id.type, code.group(1).lower(), content.decode("utf-8", "replace")))
        elif is_metadata_xml(component.id.type, path, content):
            try:
                found.update(xml_mentions(component.id, parse(content)))
            except BadXml:
                continue
    return frozenset(found)


def _source(kind: str, ending: str, text: str) -> Iterator[Mention]:
    if ending in ("cls", "trigger"):
        yield from apex_mentions(text)
    elif ending in ("page", "component"):
        yield from markup.visualforce_mentions(text)
    elif ending == "email":
        yield from markup.template_mentions(text)
    elif kind == "AuraDefinitionBundle":
        yield from markup.aura_mentions(text)
    elif ending == "html":
        yield from markup.html_mentions(text)
    elif ending in ("js", "ts"):
        yield from markup.script_mentions(text)


def lookup_targets(component: Component) -> list[str]:
    """The objects a field of reference type refers to; none for other fields."""
    targets: list[str] = []
    for content in component.files.values():
        if b"referenceTo" in content:
            try:
                root = parse(content)
            except BadXml:
                continue
            targets += [item.text or "" for item in elements(root) if local(item.tag) == "referenceTo"]
    return targets
