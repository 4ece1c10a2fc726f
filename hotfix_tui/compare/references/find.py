"""All that one component's files name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from hotfix_tui.compare.component import Component
from hotfix_tui.compare.normalise import is_metadata_xml
from hotfix_tui.compare.references import markup
from hotfix_tui.compare.references.apex import apex_mentions
from hotfix_tui.compare.references.mention import Mention
from hotfix_tui.compare.references.metadata_xml import xml_mentions
from hotfix_tui.compare.xml import BadXml, elements, local, parse

_ENDING = re.compile(r"\.(\w+)$")
Reader = Callable[[str], Iterator[Mention]]
# Which files of a type are source, and how each is read; all else is XML, or says nothing.
_SOURCES: dict[str, dict[str, Reader]] = {
    "ApexClass": {"cls": apex_mentions},
    "ApexTrigger": {"trigger": apex_mentions},
    "ApexPage": {"page": markup.visualforce_mentions},
    "ApexComponent": {"component": markup.visualforce_mentions},
    "EmailTemplate": {"email": markup.template_mentions},
    "LightningComponentBundle": {
        "js": markup.script_mentions, "ts": markup.script_mentions, "html": markup.html_mentions,
    },
    "AuraDefinitionBundle": dict.fromkeys(("cmp", "app", "evt", "intf", "design", "js"), markup.aura_mentions),
}  # fmt: skip


def mentions_of(component: Component) -> frozenset[Mention]:
    """What the component's files name. A file that is neither XML nor source names nothing; broken XML neither."""
    found: set[Mention] = set()
    for path, content in component.files.items():
        ending = _ENDING.search(path)
        reader = _SOURCES.get(component.id.type, {}).get(ending.group(1).lower()) if ending else None
        if reader is not None:
            found.update(reader(content.decode("utf-8", "replace")))
        elif is_metadata_xml(component.id.type, path, content):
            try:
                found.update(xml_mentions(component.id, parse(content)))
            except BadXml:
                continue
    return frozenset(found)


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
