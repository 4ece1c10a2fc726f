"""What people see: layouts, Lightning pages, quick actions, tabs, apps."""

from __future__ import annotations

from random import Random

from hotfix_tui.localorg.generate.words import words
from hotfix_tui.localorg.generate.world import MadeField, Named, World
from hotfix_tui.localorg.generate.xmltext import Items, document

_MOST_ITEMS = 220
_COLOURS = ("#0B5CAB", "#5C4033", "#2E844A", "#8A033E", "#014486")


def _item(field: str, behavior: str) -> tuple[str, Items]:
    return "layoutItems", [("behavior", behavior), ("field", field)]


def _behavior(one: MadeField) -> str:
    return "Readonly" if one.kind == "Formula" else "Required" if one.kind == "MasterDetail" else "Edit"


def make_layout(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A page layout: sections of the object's fields, and the lists of what hangs on it."""
    owner = named.owner
    shown = owner.some(rng, min(_MOST_ITEMS, max(12, int(len(owner.fields) * rng.uniform(0.4, 1)))))
    items: Items = [("excludeButtons", "Submit")]
    first: Items = [_item("Name", "Required"), *(_item(one.name, _behavior(one)) for one in shown[:12])]
    items.append(("layoutSections", _section("Information", first, rng)))
    for number, start in enumerate(range(12, len(shown), 16), 1):
        part = [_item(one.name, _behavior(one)) for one in shown[start : start + 16]]
        items.append(("layoutSections", _section(f"Details {number}", part, rng)))
    for child, one in world.children.get(owner.name, ())[:10]:
        fields = [("fields", "NAME"), *(("fields", each.name) for each in child.fields[:3] if each is not one)]
        items.append(("relatedLists", [*fields, ("relatedList", f"{child.name}.{one.name}")]))
    items += [("showEmailCheckbox", False), ("showHighlightsPanel", bool(edition))]
    items += [("showInteractionLogPanel", False), ("showRunAssignmentRulesCheckbox", False)]
    return document("Layout", [*items, ("showSubmitAndAttachButton", False)])


def _section(label: str, items: Items, rng: Random) -> Items:
    half = (len(items) + 1) // 2
    return [
        ("customLabel", label != "Information"),
        ("detailHeading", True),
        ("editHeading", True),
        ("label", label),
        ("layoutColumns", items[:half] or ""),
        ("layoutColumns", items[half:] or ""),
        ("style", "TwoColumnsTopToBottom" if rng.random() < 0.9 else "TwoColumnsLeftToRight"),
    ]


def make_flexipage(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A Lightning record page with an own component on it."""
    own = world.pick("LightningComponentBundle", rng)
    header = _component("force:highlightsPanel", "force_highlightsPanel", [("numVisibleActions", 3 + edition)])
    main: Items = [
        _component("force:detailPanel", "force_detailPanel", []),
        _component(own, f"c_{own}", []),
        _component("force:relatedListContainer", "force_relatedListContainer", [("rowsToDisplay", rng.randint(3, 12))]),
    ]
    return document(
        "FlexiPage",
        [
            ("flexiPageRegions", [header, ("mode", "Replace"), ("name", "header"), ("type", "Region")]),
            ("flexiPageRegions", [*main, ("mode", "Replace"), ("name", "main"), ("type", "Region")]),
            ("masterLabel", words(named.full_name)),
            ("sobjectType", named.owner.name),
            ("template", [("name", "flexipage:recordHomeTemplateDesktop")]),
            ("type", "RecordPage"),
        ],
    )


def _component(name: str, identifier: str, properties: Items) -> tuple[str, Items]:
    told = [("componentInstanceProperties", [("name", key), ("value", value)]) for key, value in properties]
    inside: Items = [*told, ("componentName", name), ("identifier", identifier)]
    return "itemInstances", [("componentInstance", inside)]


def make_action(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A quick action: an update of the record, or another record made from it."""
    owner = named.owner
    label = words(named.full_name.partition(".")[2])
    shown = [("quickActionLayoutItems", [("emptySpace", False), ("field", one.name), ("uiBehavior", "Edit")])
             for one in owner.some(rng, 6, "Text", "Date", "Picklist", "Currency")]  # fmt: skip
    name: Items = [("quickActionLayoutItems", [("emptySpace", False), ("field", "Name"), ("uiBehavior", "Edit")])]
    layout: Items = [("layoutSectionStyle", "TwoColumnsLeftToRight"), ("quickActionLayoutColumns", shown or name)]
    items: Items = [("label", f"{label} now" if edition else label), ("optionsCreateFeedItem", True)]
    items.append(("quickActionLayout", layout))
    if "Follow_Up" in named.full_name:
        return document("QuickAction", [*items, ("targetObject", owner.name), ("type", "Create")])
    return document("QuickAction", [*items, ("type", "Update")])


def make_tab(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """The tab of a custom object."""
    motif = f"Custom{rng.randint(1, 98) + edition}: Globe"
    return document("CustomTab", [("customObject", True), ("motif", motif)])


def make_app(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A Lightning app with tabs of objects."""
    tabs = [each.full_name for each in world.named["CustomTab"]]
    brand: Items = [("headerColor", rng.choice(_COLOURS)), ("shouldOverrideOrgTheme", bool(edition))]
    return document(
        "CustomApplication",
        [
            ("brand", brand),
            ("formFactors", "Large"),
            ("isNavAutoTempTabsDisabled", False),
            ("isNavPersonalizationDisabled", False),
            ("isNavTabPersistenceDisabled", False),
            ("label", words(named.full_name)),
            ("navType", "Standard"),
            *(("tabs", each) for each in sorted(rng.sample(tabs, min(9, len(tabs))))),
            ("uiType", "Lightning"),
        ],
    )
