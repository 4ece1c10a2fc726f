"""Checks of layouts, tabs, queues and duplicate rules."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.checks.world import World, is_custom
from hotfix_tui.localorg.metadata.options import Message
from hotfix_tui.localorg.metadata.package import Item

# Layouts that belong to an object under another name.
_LAYOUT_OBJECTS = {"CaseClose": "Case", "CampaignMember": "CampaignMember", "Global": ""}

# On layouts of custom metadata types, though no field that a query knows.
_PROTECTED = "IsProtected"


def check_layout(item: Item, world: World) -> Iterator[Message]:
    """The layout's object, the fields on it and the lists related to it."""
    name = unquote(item.full_name).partition("-")[0]
    object_name = _LAYOUT_OBJECTS.get(name, name)
    if not object_name or item.element is None:
        return
    if not world.has_object(object_name):
        yield item.problem(f"Entity of type 'CustomObject' named '{object_name}' cannot be found")
        return
    for layout_item in xml.descendants(item.element, "layoutItems"):
        field = xml.child(layout_item, "field")
        if field is None:
            continue
        path = xml.text(field)
        if path == _PROTECTED and object_name.lower().endswith("__mdt"):
            continue
        if world.path_problem(object_name, path):
            problem = f"In field: field - no CustomField named {object_name}.{path} found"
            yield item.problem(problem, xml.line(field))
    for related in xml.descendants(item.element, "relatedList"):
        yield from _related_list(item, world, related)


def _related_list(item: Item, world: World, related: xml.Element) -> Iterator[Message]:
    owner, dot, name = xml.text(related).partition(".")
    if dot and is_custom(name) and world.field(owner, name) is None:
        yield item.problem(f"Cannot find related list:{owner}.{name}", xml.line(related))


def check_tab(item: Item, world: World) -> Iterator[Message]:
    """The tab of a custom object needs the object."""
    if is_custom(item.full_name) and not world.has_object(item.full_name):
        if item.element is not None and xml.text(item.element, "customObject") != "true":
            return
        yield item.problem(f"In field: customObject - no CustomObject named {item.full_name} found")


def check_queue(item: Item, world: World) -> Iterator[Message]:
    """The objects a queue holds."""
    if item.element is None:
        return
    for found in xml.descendants(item.element, "sobjectType"):
        if not world.has_object(xml.text(found)):
            yield item.problem(
                f"In field: sobjectType - no CustomObject named {xml.text(found)} found", xml.line(found)
            )


def check_duplicate_rule(item: Item, world: World) -> Iterator[Message]:
    """The object of a duplicate rule and the matching rules it uses."""
    object_name = item.full_name.partition(".")[0]
    if not world.has_object(object_name):
        yield item.problem(f"Entity of type 'CustomObject' named '{object_name}' cannot be found")
    if item.element is None:
        return
    if not _in_sequence(object_name, world):
        yield item.problem("SortOrder must be in sequential order from 1.")
    for found in xml.children(item.element, "duplicateRuleMatchRules"):
        rule = xml.text(found, "matchingRule")
        owner = xml.text(found, "matchRuleSObjectType") or object_name
        if rule.startswith("Standard_") or world.has("MatchingRule", f"{owner}.{rule}"):
            continue
        yield item.problem(f"In field: matchingRule - no MatchingRule named {owner}.{rule} found", xml.line(found))


def _in_sequence(object_name: str, world: World) -> bool:
    """Whether the object's duplicate rules, as they will be, are numbered 1, 2, 3 …"""
    start = f"{object_name.lower()}."
    documents: dict[str, xml.Element | None] = {
        rule.full_name.lower(): xml.parse(rule.xml)
        for rule in world.org.components.list("DuplicateRule")
        if rule.full_name.lower().startswith(start) and world.has("DuplicateRule", rule.full_name)
    }
    for item in world.package.items:
        if item.type == "DuplicateRule" and item.full_name.lower().startswith(start):
            documents[item.full_name.lower()] = item.element
    orders = [xml.text(document, "sortOrder") for document in documents.values()]
    return sorted(orders, key=lambda order: (len(order), order)) == [str(n + 1) for n in range(len(orders))]
