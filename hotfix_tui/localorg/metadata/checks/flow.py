"""Checks of flows: the objects, fields, classes and flows they name, as far as they can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.checks.world import World, is_custom
from hotfix_tui.localorg.metadata.flows import version_of
from hotfix_tui.localorg.metadata.options import Message
from hotfix_tui.localorg.metadata.package import Item

_MERGE = re.compile(r"\{!\s*([$\w]+(?:\.\w+)+)\s*\}|^([$\w]+(?:\.\w+)+)$")
_RECORD_HOLDERS = ("variables", "recordLookups", "recordCreates", "dynamicChoiceSets", "loops")


def check_flow(item: Item, world: World) -> Iterator[Message]:
    """Objects that are looked up, created or listened to, their fields, `$Record` paths, Apex actions, subflows."""
    root = item.element
    if root is None:
        return
    name, number = version_of(item.full_name)
    flows = world.org.components.flows
    active = flows.active(name) if number else None
    if active is not None and active.number == number and not flows.same(active.body, item.component.xml):
        yield item.problem("The version of the flow you're updating is active and can't be overwritten.")
    objects = _record_objects(root)
    for element in root.iter():
        tag = xml.name(element)
        if tag in ("object", "objectType") and not len(element):
            yield from _object(item, world, element)
        elif tag == "object" or not tag:
            continue
        yield from _own_fields(item, world, element)
        yield from _references(item, world, element, objects)
    yield from _called(item, world, root)


def _record_objects(root: xml.Element) -> dict[str, str]:
    """What object each record of the flow is of: `$Record`, variables, look-ups."""
    start = xml.child(root, "start")
    objects: dict[str, str] = {}
    if start is not None and xml.text(start, "object"):
        objects["$Record"] = objects["$Record__Prior"] = xml.text(start, "object")
    for tag in _RECORD_HOLDERS:
        for element in xml.children(root, tag):
            name = xml.text(element, "objectType") or xml.text(element, "object")
            if name:
                objects[xml.text(element, "name")] = name
    return objects


def _object(item: Item, world: World, element: xml.Element) -> Iterator[Message]:
    name = xml.text(element)
    if is_custom(name) and not world.has_object(name):
        problem = f'field integrity exception: unknown (The object "{name}" doesn\'t exist.)'
        yield item.problem(problem, xml.line(element))


def _own_fields(item: Item, world: World, element: xml.Element) -> Iterator[Message]:
    """Fields named inside an element that says which object it works on."""
    owner = xml.text(element, "object") if len(element) else ""
    if not owner or not world.has_object(owner):
        return
    for found in element.iter():
        if xml.name(found) not in ("field", "queriedFields", "sortField") or len(found):
            continue
        name = xml.text(found)
        if is_custom(name) and world.field(owner, name) is None:
            problem = (
                f'field integrity exception: unknown (The field "{name}" for the object "{owner}" doesn\'t exist.)'
            )
            yield item.problem(problem, xml.line(found))


def _references(item: Item, world: World, element: xml.Element, objects: dict[str, str]) -> Iterator[Message]:
    if len(element) or not element.text:
        return
    for match in _MERGE.finditer(element.text.strip()):
        head, _, rest = (match.group(1) or match.group(2)).partition(".")
        owner = objects.get(head, "")
        if not owner or not any(is_custom(part) or part.endswith("__r") for part in rest.split(".")):
            continue
        if world.has_object(owner) and world.path_problem(owner, rest):
            problem = (
                f"The formula expression or reference is invalid: Field {head}.{rest} does not exist. Check spelling."
            )
            yield item.problem(problem, xml.line(element))


def _called(item: Item, world: World, root: xml.Element) -> Iterator[Message]:
    for call in xml.children(root, "actionCalls"):
        name = xml.text(call, "actionName")
        if xml.text(call, "actionType") == "apex" and not world.has("ApexClass", name):
            yield item.problem(
                f"We can't find an action with the name and action type that you specified: {name}",
                xml.line(call),
            )
    for call in xml.children(root, "subflows"):
        name = xml.text(call, "flowName")
        if not world.has("Flow", name) and name.lower() != item.full_name.lower():
            yield item.problem(f'The flow "{name}" doesn\'t exist.', xml.line(call))


def check_definition(item: Item, world: World) -> Iterator[Message]:
    """A flow definition can only make a version active that is there."""
    wanted = xml.text(item.element, "activeVersionNumber") if item.element is not None else ""
    if not wanted or wanted == "0":
        return
    if not wanted.isdigit():
        yield item.problem(f"'{wanted}' is not a valid value for the type xsd:int")
        return
    known = {version.number for version in world.org.components.flows.versions(item.full_name)}
    names = [version_of(other.full_name) for other in world.package.items if other.type == "Flow"]
    brought = {number for name, number in names if name.lower() == item.full_name.lower()}
    if not known and not brought:
        yield item.problem("You can't create a flow definition directly through the API.")
        return
    new = max(known, default=0) + 1 if 0 in brought else 0
    if int(wanted) not in known | brought | {new}:
        yield item.problem(f"Invalid version number: {wanted}")
