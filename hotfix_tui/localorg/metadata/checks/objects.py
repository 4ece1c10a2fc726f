"""Checks of objects and their children, and of custom metadata records."""

from __future__ import annotations

from collections.abc import Iterator

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.checks.formula_names import names_in
from hotfix_tui.localorg.metadata.checks.world import World, is_custom
from hotfix_tui.localorg.metadata.options import Message
from hotfix_tui.localorg.metadata.package import Item

# Changing between these loses nothing; every other change of type is refused.
_CONVERTIBLE = frozenset(
    {
        ("Text", "TextArea"),
        ("TextArea", "Text"),
        ("Text", "LongTextArea"),
        ("TextArea", "LongTextArea"),
        ("Number", "Currency"),
        ("Currency", "Number"),
        ("Number", "Percent"),
        ("Percent", "Number"),
        ("Lookup", "MasterDetail"),
        ("MasterDetail", "Lookup"),
        ("Text", "Picklist"),
        ("Picklist", "Text"),
    }
)
# What a relationship field of a custom metadata type may point to, beside other such types.
_DEFINITIONS = frozenset({"EntityDefinition", "FieldDefinition", "EntityParticle"})
_STANDARD_COLUMNS = frozenset({"NAME", "OWNER.ALIAS"})


def check_object(item: Item, world: World) -> Iterator[Message]:
    """A custom object that is new needs its label, plural and name field."""
    if not is_custom(item.full_name):
        if not world.has_object(item.full_name):
            yield item.problem(f"Entity of type 'CustomObject' named '{item.full_name}' cannot be found")
        return
    if world.org.components.exists("CustomObject", item.full_name) or item.element is None:
        return
    for needed in ("label", "pluralLabel"):
        # A custom setting has no plural.
        if not xml.text(item.element, needed) and not xml.text(item.element, "customSettingsType"):
            yield item.problem(f"Required field is missing: {needed}")


def owner_of(item: Item) -> str:
    """The object a child belongs to."""
    return item.full_name.partition(".")[0]


def _needs_object(item: Item, world: World) -> Iterator[Message]:
    if not world.has_object(owner_of(item)):
        yield item.problem(f"Entity of type 'CustomObject' named '{owner_of(item)}' cannot be found")


def check_field(item: Item, world: World) -> Iterator[Message]:
    """The object, what a lookup points to, the value set, the formula; a change of type is refused."""
    yield from _needs_object(item, world)
    element = item.element
    if element is None:
        return
    kind = xml.text(element, "type")
    if not kind and is_custom(item.full_name):
        yield item.problem("Must specify a field type for a custom field")
    yield from _type_change(item, world, kind)
    for target in xml.children(element, "referenceTo"):
        if kind == "MetadataRelationship" and xml.text(target) in _DEFINITIONS:
            continue
        if not world.has_object(xml.text(target)):
            yield item.problem(
                f"referenceTo value of '{xml.text(target)}' does not resolve to a valid sObject type",
                xml.line(target),
            )
    value_set = xml.child(element, "valueSet")
    name = xml.text(value_set, "valueSetName") if value_set is not None else ""
    if name and not world.has("GlobalValueSet", name):
        yield item.problem(f"In field: valueSetName - no GlobalValueSet named {name} found")
    yield from _formula(item, world, element, "formula")
    summarized = xml.child(element, "summarizedField")
    for path in (summarized, xml.child(element, "summaryForeignKey")):
        owner, _, field_name = xml.text(path).partition(".") if path is not None else ("", "", "")
        if owner and world.field(owner, field_name) is None:
            yield item.problem(f"no CustomField named {owner}.{field_name} found", xml.line(path))


def _type_change(item: Item, world: World, kind: str) -> Iterator[Message]:
    old = world.org.components.get("CustomField", item.full_name)
    if old is None or not kind:
        return
    before = xml.parse(old.xml)
    was = xml.text(before, "type")
    formula_before = xml.child(before, "formula") is not None
    formula_now = item.element is not None and xml.child(item.element, "formula") is not None
    if formula_before != formula_now:
        yield item.problem(f"Cannot update a field to a {'Formula' if formula_now else kind} from something else")
    elif was != kind and (was, kind) not in _CONVERTIBLE:
        yield item.problem(f"Cannot change field type from {was} to {kind}")


def _formula(item: Item, world: World, parent: xml.Element, tag: str) -> Iterator[Message]:
    element = xml.child(parent, tag)
    if element is None:
        return
    for name in names_in(element.text or ""):
        problem = formula_name_problem(world, owner_of(item), name)
        if problem:
            yield item.problem(problem, xml.line(element))


def formula_name_problem(world: World, object_name: str, name: str) -> str:
    """What is wrong with a name in a formula on an object; "" when nothing is."""
    head, _, rest = name.partition(".")
    if head == "$Permission":
        return "" if world.has("CustomPermission", rest) else f"Field {name} does not exist. Check spelling."
    if head == "$Label":
        return "" if world.has("CustomLabel", rest) else f"Field {name} does not exist. Check spelling."
    if head in ("$CustomMetadata", "$Setup"):
        return _global_problem(world, name, rest)
    if name.startswith("$"):
        return ""
    if world.path_problem(object_name, name):
        return f"Field {name} does not exist. Check spelling."
    return ""


def _global_problem(world: World, name: str, rest: str) -> str:
    parts = rest.split(".")
    known = world.has_object(parts[0]) and (len(parts) < 2 or world.field(parts[0], parts[-1]) is not None)
    return "" if known else f"Field {name} does not exist. Check spelling."


def check_validation_rule(item: Item, world: World) -> Iterator[Message]:
    """Object, formula and the field the message is shown at."""
    yield from _needs_object(item, world)
    element = item.element
    if element is None:
        return
    for needed in ("errorConditionFormula", "errorMessage"):
        if not xml.text(element, needed):
            yield item.problem(f"Required field is missing: {needed}")
    yield from _formula(item, world, element, "errorConditionFormula")
    shown = xml.child(element, "errorDisplayField")
    if shown is not None and world.path_problem(owner_of(item), xml.text(shown)):
        yield item.problem(f"Field {xml.text(shown)} does not exist. Check spelling.", xml.line(shown))


def check_workflow_rule(item: Item, world: World) -> Iterator[Message]:
    """Object, formula and criteria of a workflow rule."""
    yield from _needs_object(item, world)
    if item.element is None:
        return
    yield from _formula(item, world, item.element, "formula")
    for criterion in xml.children(item.element, "criteriaItems"):
        owner, _, name = xml.text(criterion, "field").partition(".")
        if is_custom(name) and world.field(owner, name) is None:
            yield item.problem(f"In field: field - no CustomField named {owner}.{name} found", xml.line(criterion))


def check_field_list(item: Item, world: World) -> Iterator[Message]:
    """List views, field sets and compact layouts: the custom fields they show."""
    yield from _needs_object(item, world)
    if item.element is None:
        return
    for found in item.element.iter():
        if xml.name(found) not in ("columns", "fields", "field") or len(found):
            continue
        name = xml.text(found)
        if name in _STANDARD_COLUMNS or not is_custom(name):
            continue
        if world.path_problem(owner_of(item), name):
            yield item.problem(
                f"In field: {xml.name(found)} - no CustomField named {owner_of(item)}.{name} found",
                xml.line(found),
            )


def check_record_type(item: Item, world: World) -> Iterator[Message]:
    """The picklists a record type offers values of."""
    yield from _needs_object(item, world)
    if item.element is None:
        return
    for found in xml.children(item.element, "picklistValues"):
        name = xml.text(found, "picklist")
        if is_custom(name) and world.field(owner_of(item), name) is None:
            yield item.problem(f"In field: picklist - no Picklist named {owner_of(item)}.{name} found", xml.line(found))
    process = xml.text(item.element, "businessProcess")
    if process and not world.has("BusinessProcess", f"{owner_of(item)}.{process}"):
        yield item.problem(f"In field: businessProcess - no BusinessProcess named {owner_of(item)}.{process} found")


def check_custom_metadata(item: Item, world: World) -> Iterator[Message]:
    """A record's type, and every field it gives a value."""
    type_name = f"{item.full_name.partition('.')[0]}__mdt"
    if not world.has_object(type_name):
        yield item.problem(f"In field: type - no CustomObject named {type_name} found")
        return
    if item.element is None:
        return
    for value in xml.children(item.element, "values"):
        name = xml.text(value, "field")
        if world.field(type_name, name) is None:
            yield item.problem(f"In field: field - no CustomField named {type_name}.{name} found", xml.line(value))
