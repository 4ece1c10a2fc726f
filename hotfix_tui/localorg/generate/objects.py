"""Objects and what belongs to them: fields, value sets, rules, record types, list views, compact layouts, links."""

from __future__ import annotations

from random import Random
from typing import Any

from hotfix_tui.localorg.generate.words import SENTENCES, VALUES, words
from hotfix_tui.localorg.generate.world import MadeField, MadeObject, Named, World
from hotfix_tui.localorg.generate.xmltext import Items, document, text


def value(name: str, *, default: bool = False) -> Items:
    """One value of a picklist."""
    return [("fullName", text(name)), ("default", default), ("label", text(name))]


def make_object(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A custom object, or a custom metadata type, without its children."""
    owner = named.owner
    revised = "Revised last week. " if edition else ""
    if owner.name.endswith("__mdt"):
        return document(
            "CustomObject",
            [
                ("description", f"{revised}Settings of {owner.label.lower()}."),
                ("label", owner.label),
                ("pluralLabel", owner.plural),
                ("visibility", "Public"),
            ],
        )
    numbered = rng.random() < 0.4
    prefix = "".join(word[0] for word in owner.label.split())
    name_field: Items = [("displayFormat", f"{prefix}-{{000000}}")] if numbered else []
    name_field += [("label", f"{owner.label} {'Number' if numbered else 'Name'}")]
    name_field += [("type", "AutoNumber" if numbered else "Text")]
    flags = ("enableActivities", "enableBulkApi", "enableFeeds", "enableHistory", "enableReports", "enableSearch")
    return document(
        "CustomObject",
        [
            ("allowInChatterGroups", False),
            ("compactLayoutAssignment", "SYSTEM"),
            ("deploymentStatus", "Deployed"),
            ("description", f"{revised}{owner.plural}. {rng.choice(SENTENCES)}"),
            *((flag, flag in ("enableBulkApi", "enableReports", "enableSearch")) for flag in flags),
            ("enableSharing", True),
            ("enableStreamingApi", True),
            ("label", owner.label),
            ("nameField", name_field),
            ("pluralLabel", owner.plural),
            ("searchLayouts", [("customTabListAdditionalFields", one.name) for one in owner.some(rng, 3, "Text")]),
            ("sharingModel", "ControlledByParent" if owner.masters else "ReadWrite"),
            ("visibility", "Public"),
        ],
    )


def make_field(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A custom field."""
    owner = named.owner
    one = owner.fields[named.index]
    known: dict[str, Any] = {
        "description": text(rng.choice(SENTENCES)) if rng.random() < 0.5 else None,
        "inlineHelpText": f"{one.label} of the {owner.label.lower()}, as of the last sync." if edition else None,
        "label": one.label,
        "trackTrending": False if one.kind in ("Number", "Currency", "Date") else None,
        **_typed(owner, one, rng, named.index),
    }
    if named.owner.name.endswith("__mdt"):
        known["fieldManageability"] = "DeveloperControlled"
    ordered = [(name, known[name]) for name in sorted(known) if known[name] is not None]
    return document("CustomField", [("fullName", one.name), *ordered])


def _typed(owner: MadeObject, one: MadeField, rng: Random, index: int) -> dict[str, Any]:
    kind = one.kind
    if one.key:
        return {
            "caseSensitive": False,
            "externalId": True,
            "length": 40,
            "required": False,
            "type": kind,
            "unique": True,
        }
    if kind == "Formula":
        return _formula(owner, rng)
    found: dict[str, Any] = {"type": kind, "required": False}
    if kind == "Text":
        found |= {"externalId": False, "length": rng.choice((20, 40, 80, 120, 255)), "unique": False}
    elif kind in ("Number", "Currency", "Percent"):
        found |= {"precision": 18, "scale": 0 if kind == "Number" else 2}
    elif kind == "Checkbox":
        found = {"type": kind, "defaultValue": rng.random() < 0.2}
    elif kind == "LongTextArea":
        found = {"type": kind, "length": 32_768, "visibleLines": 3}
    elif kind in ("Picklist", "MultiselectPicklist"):
        found["valueSet"] = _value_set(one, rng)
        if kind == "MultiselectPicklist":
            found["visibleLines"] = 4
    elif kind == "Lookup":
        name = f"{owner.stem}{one.name.removesuffix('__c').replace('_', '')}"[-38:]
        found |= {"deleteConstraint": "SetNull", "referenceTo": one.target, "relationshipLabel": owner.plural}
        found["relationshipName"] = name if name[0].isalpha() else f"R{name[1:]}"
    elif kind == "MasterDetail":
        found = {"type": kind, "referenceTo": one.target, "relationshipLabel": owner.plural}
        found |= {"relationshipName": f"{owner.plural.replace(' ', '_')}{index or ''}", "relationshipOrder": index}
        found |= {"reparentableMasterDetail": False, "writeRequiresMasterRead": False}
    return found


def _value_set(one: MadeField, rng: Random) -> Items:
    if one.value_set:
        return [("restricted", True), ("valueSetName", one.value_set)]
    # The status is what everything else goes by.
    restricted = one.name == "Phase__c" or rng.random() < 0.7
    values = [("value", value(each)) for each in one.values]
    return [("restricted", restricted), ("valueSetDefinition", [("sorted", False), *values])]


def _formula(owner: MadeObject, rng: Random) -> dict[str, Any]:
    numbers = [one.name for one in owner.fields if one.kind in ("Currency", "Number")]
    dates = [one.name for one in owner.fields if one.kind == "Date"]
    found: dict[str, Any] = {"formulaTreatBlanksAs": "BlankAsZero"}
    if numbers and rng.random() < 0.5:
        one, other = rng.choice(numbers), rng.choice(numbers)
        formula = f"ROUND({one} * {rng.randint(2, 9)} / 10 + {other}, 2)"
        return {**found, "formula": formula, "precision": 18, "scale": 2, "type": "Number"}
    if dates and rng.random() < 0.7:
        formula = f'IF({rng.choice(dates)} < TODAY(), "Late", IF(ISBLANK({rng.choice(dates)}), "Open", "In time"))'
        return {**found, "formula": text(formula), "type": "Text"}
    return {**found, "formula": 'IF(ISBLANK(Id), "New", "Known")', "type": "Text"}


def make_value_set(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A global value set."""
    values = [*rng.choice(VALUES), *(["Not known yet"] if edition else [])]
    return document(
        "GlobalValueSet",
        [
            *(("customValue", value(each)) for each in values),
            ("description", rng.choice(SENTENCES)),
            ("masterLabel", words(named.full_name)),
            ("sorted", False),
        ],
    )


def make_rule(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A validation rule on the fields that every object has, as far as its object has them."""
    owner = named.owner
    status = next((one for one in owner.by_kind.get("Picklist", ()) if one.name == "Phase__c"), None)
    numbers = [one.name for one in owner.fields if one.kind in ("Currency", "Number")]
    dates = [one.name for one in owner.fields if one.kind in ("Date", "DateTime")]
    parts, shown = [], ""
    if status is not None:
        parts.append(f'ISPICKVAL({status.name}, "{rng.choice(status.values)}")')
    if dates and rng.random() < 0.5:
        shown = rng.choice(dates)
        parts.append(f"ISBLANK({shown})")
    if numbers:
        shown = rng.choice(numbers)
        parts.append(f"{shown} > {rng.randint(1, 500) * 10_000 + edition}")
    formula = f"AND({', '.join(parts)})" if parts else f"LEN(Name) > {79 + edition} && ISBLANK(Id)"
    items: Items = [
        ("fullName", named.full_name.partition(".")[2]),
        ("active", rng.random() < 0.8),
        ("description", text(rng.choice(SENTENCES))),
        ("errorConditionFormula", text(formula)),
    ]
    if shown:
        items.append(("errorDisplayField", shown))
    message = f"{words(named.full_name.partition('.')[2])}: look at {words(shown) if shown else 'the name'} again."
    return document("ValidationRule", [*items, ("errorMessage", message)])


def make_record_type(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A record type that offers part of what the object's picklists have."""
    name = named.full_name.partition(".")[2]
    offered: Items = []
    for one in named.owner.by_kind.get("Picklist", ()):
        if one.values:
            kept = [each for each in one.values if rng.random() < 0.8] or [one.values[0]]
            if edition and kept == list(one.values):
                kept.pop()
            shown = [("values", [("fullName", text(each)), ("default", False)]) for each in kept]
            offered.append(("picklistValues", [("picklist", one.name), *shown]))
    described = f"{words(name)} {named.owner.plural.lower()}{', as of this year' if edition else ''}."
    items: Items = [("fullName", name), ("active", True), ("description", described), ("label", words(name))]
    return document("RecordType", [*items, *offered])


def make_list_view(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A list view."""
    owner = named.owner
    shown = owner.some(rng, 6, "Text", "Currency", "Date", "Picklist", "Number", "Checkbox")
    numbers = owner.by_kind.get("Currency", []) + owner.by_kind.get("Number", [])
    items: Items = [("fullName", named.full_name.partition(".")[2]), ("columns", "NAME")]
    items += [("columns", one.name) for one in shown]
    items.append(("filterScope", "Mine" if "Mine" in named.full_name else "Everything"))
    if numbers:
        limit = rng.randint(1, 99) * 100 + edition
        filters = [("field", rng.choice(numbers).name), ("operation", "greaterThan"), ("value", limit)]
        items.append(("filters", filters))
    label = words(named.full_name.partition(".")[2])
    return document("ListView", [*items, ("label", f"{label} (new)" if edition else label)])


def make_compact_layout(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A compact layout."""
    shown = [("fields", one.name) for one in named.owner.some(rng, 5, "Text", "Date", "Picklist", "Currency")]
    label = f"{words(named.full_name.partition('.')[2])}{' 2' if edition else ''}"
    items: Items = [("fullName", named.full_name.partition(".")[2]), ("fields", "Name"), *shown, ("label", label)]
    return document("CompactLayout", items)


def make_field_set(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A field set."""
    name = named.full_name.partition(".")[2]
    shown = [
        ("displayedFields", [("field", one.name), ("isFieldManaged", False), ("isRequired", False)])
        for one in named.owner.some(rng, 12)
    ]
    described = f"Read by the import{' and the export' if edition else ''}."
    return document("FieldSet", [("fullName", name), ("description", described), *shown, ("label", words(name))])


def make_web_link(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A button that opens a page elsewhere."""
    name = named.full_name.partition(".")[2]
    address = (
        f"https://tools.example.com/v{2 if edition else 1}/{named.owner.stem.lower()}?id={{!{named.owner.name}.Id}}"
    )
    return document(
        "WebLink",
        [
            ("fullName", name),
            ("availability", "online"),
            ("displayType", "button"),
            ("encodingKey", "UTF-8"),
            ("hasMenubar", False),
            ("hasScrollbars", True),
            ("hasToolbar", False),
            ("height", 600),
            ("isResizable", True),
            ("linkType", "url"),
            ("masterLabel", words(name)),
            ("openType", "newWindow"),
            ("position", "none"),
            ("protected", False),
            ("url", text(address)),
        ],
    )
