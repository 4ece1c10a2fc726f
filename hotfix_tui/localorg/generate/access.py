"""Who may do what: profiles, permission sets and their groups, custom permissions."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from hotfix_tui.localorg.generate.words import SENTENCES, words
from hotfix_tui.localorg.generate.world import MadeObject, Named, World
from hotfix_tui.localorg.generate.xmltext import Items, document, text

_READ = ("allowRead",)
_EDIT = ("allowCreate", "allowEdit", "allowRead")
_ALL = ("allowCreate", "allowDelete", "allowEdit", "allowRead", "modifyAllRecords", "viewAllRecords")
_FLAGS = ("allowCreate", "allowDelete", "allowEdit", "allowRead", "modifyAllRecords")
_MOST_FIELDS = 600


def _neighbours(world: World, named: Named, number: int) -> list[MadeObject]:
    """The object a component is about and those behind it, with the standard ones, by name."""
    start = world.custom.index(named.owner)
    found = [world.custom[(start + step) % len(world.custom)] for step in range(min(number, len(world.custom)))]
    return sorted([*found, *world.standard[: number // 3]], key=lambda each: each.name)


def _objects(owners: Sequence[MadeObject], flags: Sequence[str]) -> Items:
    found: Items = []
    for each in owners:
        rights: Items = [(flag, flag in flags) for flag in _FLAGS]
        rights += [("object", each.name), ("viewAllFields", False), ("viewAllRecords", "viewAllRecords" in flags)]
        found.append(("objectPermissions", rights))
    return found


def _with_masters(world: World, owners: list[MadeObject]) -> list[MadeObject]:
    """Rights on a detail need rights on its masters."""
    names = {each.name for each in owners} | {master for each in owners for master in each.masters}
    return [world.objects[name] for name in sorted(names)]


def _fields(owners: Sequence[MadeObject], rng: Random, edit: float) -> Items:
    found: Items = []
    for each in owners:
        for one in sorted(each.fields, key=lambda item: item.name):
            if one.grantable and len(found) < _MOST_FIELDS:
                editable = one.kind != "Formula" and rng.random() < edit
                found.append((
                    "fieldPermissions",
                    [("editable", editable), ("field", f"{each.name}.{one.name}"), ("readable", True)],
                ))  # fmt: skip
    return found


def make_permission_set(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A permission set on an object and its neighbours."""
    owners = _with_masters(world, _neighbours(world, named, 1 + int(rng.lognormvariate(0.4, 0.8))))
    name = named.full_name.rstrip("0123456789")
    flags = _READ if name.endswith("Reader") else _ALL if name.endswith("Admin") else _EDIT
    classes = [each for owner in owners for each in world.classes.get(owner.name, ())][:12]
    permissions = [each for owner in owners for each in world.of_object.get(("CustomPermission", owner.name), ())]
    tabs = [owner.name for owner in owners if owner.name in world.full_names["CustomTab"]]
    items: Items = [("classAccesses", [("apexClass", each), ("enabled", True)]) for each in sorted(classes)]
    items += [("customPermissions", [("enabled", True), ("name", each)]) for each in sorted(permissions)[:3]]
    items.append(("description", f"{text(rng.choice(SENTENCES))}{' Reviewed.' if edition else ''}"))
    items += _fields(owners, rng, 0.0 if flags is _READ else 0.8)
    items += [("hasActivationRequired", False), ("label", words(named.full_name))]
    items += _objects(owners, flags)
    items += [("tabSettings", [("tab", each), ("visibility", "Visible")]) for each in tabs]
    return document("PermissionSet", items)


def make_group(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A group of permission sets."""
    sets = [each.full_name for each in world.named["PermissionSet"]]
    chosen = sorted(rng.sample(sets, min(4, len(sets))))
    described = f"{text(rng.choice(SENTENCES))}{' Reviewed.' if edition else ''}"
    items: Items = [("description", described), ("hasActivationRequired", False), ("label", words(named.full_name))]
    return document("PermissionSetGroup", [*items, *(("permissionSets", each) for each in chosen)])


def make_permission(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A custom permission."""
    described = f"{text(rng.choice(SENTENCES))}{' Reviewed.' if edition else ''}"
    items: Items = [("description", described), ("isLicensed", False), ("label", words(named.full_name))]
    return document("CustomPermission", items)


def make_profile(world: World, named: Named, rng: Random, edition: int) -> bytes:
    """A custom profile: large, and about everything."""
    owners = _with_masters(world, _neighbours(world, named, 4 + int(rng.lognormvariate(1.6, 0.7))))
    names = [owner.name for owner in owners]
    manager = named.full_name.rstrip("0123456789").endswith("Manager")

    def of(kind: str, most: int) -> list[str]:
        return sorted(each for name in names for each in world.of_object.get((kind, name), ()))[:most]

    types = of("RecordType", 60)
    defaults = {name.partition(".")[0]: name for name in reversed(types)}
    layouts = {name.partition("-")[0]: name for name in reversed(of("Layout", 200))}
    items: Items = [
        ("applicationVisibilities", [("application", each), ("default", False), ("visible", True)])
        for each in of("CustomApplication", 10)
    ]
    items += [("classAccesses", [("apexClass", each), ("enabled", True)]) for each in of("ApexClass", 80)]
    items += [("custom", True), ("description", f"{text(rng.choice(SENTENCES))}{' Reviewed.' if edition else ''}")]
    items += _fields(owners, rng, 0.7 if manager else 0.4)
    items += [("layoutAssignments", [("layout", layouts[each])]) for each in sorted(layouts)]
    items += [
        ("layoutAssignments", [("layout", layouts[owner]), ("recordType", each)])
        for each in types
        if (owner := each.partition(".")[0]) in layouts
    ]
    items += _objects(owners, _ALL if manager else _EDIT)
    items += [("pageAccesses", [("apexPage", each), ("enabled", True)]) for each in of("ApexPage", 20)]
    items += [
        ("recordTypeVisibilities", [
            ("default", defaults[each.partition(".")[0]] == each), ("recordType", each), ("visible", True)
        ])
        for each in types
    ]  # fmt: skip
    items += [("tabVisibilities", [("tab", each), ("visibility", "DefaultOn")]) for each in of("CustomTab", 40)]
    items.append(("userLicense", "Salesforce"))
    items += [("userPermissions", [("enabled", True), ("name", each)]) for each in ("ApiEnabled", "ViewSetup")]
    return document("Profile", items)
