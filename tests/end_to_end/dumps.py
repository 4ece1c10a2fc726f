"""The whole state of an org as plain data, read from outside, so that two states can be compared."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from tests.end_to_end.outside import METADATA, OutsideView

_XMLNS = f"{{{METADATA}}}"
_AUDIT = {"SystemModstamp", "LastModifiedDate", "LastModifiedById", "CreatedDate", "CreatedById", "LastActivityDate"}
_AUDIT |= {"LastViewedDate", "LastReferencedDate"}
_OWN_TABLES = ["Product2", "Pricebook2", "PricebookEntry", "PermissionSetAssignment"]
# What the parts of an object file are called as components of their own.
_PARTS = {
    "fields": "CustomField",
    "validationRules": "ValidationRule",
    "recordTypes": "RecordType",
    "listViews": "ListView",
    "fieldSets": "FieldSet",
    "compactLayouts": "CompactLayout",
    "webLinks": "WebLink",
}


def canonical(element: ElementTree.Element) -> Any:
    """An element as nested tuples, its children in one fixed order: what it says, whatever the order it says it in."""
    children = sorted((canonical(child) for child in element), key=repr)
    return (element.tag.removeprefix(_XMLNS), (element.text or "").strip(), tuple(children))


def metadata(org: OutsideView) -> dict[str, Any]:
    """Every component of `org` by `Type:Full_Name` (parts of objects) or by its file, as canonical content."""
    described = org.soap("<describeMetadata><asOfVersion>67.0</asOfVersion></describeMetadata>")
    types = [found.text or "" for found in described.iter(f"{_XMLNS}xmlName")]
    members: dict[str, list[str]] = {}
    for kind in types:
        listed = org.soap(f"<listMetadata><queries><type>{kind}</type></queries></listMetadata>")
        names = [found.text or "" for found in listed.iter(f"{_XMLNS}fullName")]
        if names:
            members[kind] = names
    found: dict[str, Any] = {}
    for path, content in org.retrieve(members).items():
        if path.endswith(".object"):
            found.update(_parts(path, content))
        elif content.lstrip().startswith(b"<?xml") or path.endswith("-meta.xml"):
            found[path] = canonical(ElementTree.fromstring(content))
        else:
            found[path] = content
    return found


def _parts(path: str, content: bytes) -> dict[str, Any]:
    root = ElementTree.fromstring(content)
    name = path.rpartition("/")[2].removesuffix(".object")
    found: dict[str, Any] = {}
    for child in list(root):
        kind = _PARTS.get(child.tag.removeprefix(_XMLNS))
        if kind:
            found[f"{kind}:{name}.{child.findtext(f'{_XMLNS}fullName')}"] = canonical(child)
            root.remove(child)
    found[path] = canonical(root)
    return found


def name_of(part: str) -> str:
    """`Type:Full_Name` for what `metadata` names by its file (a class and its meta file are one component)."""
    if ":" in part:
        return part
    kinds = {
        "classes": "ApexClass",
        "triggers": "ApexTrigger",
        "flows": "Flow",
        "flowDefinitions": "Flow",
        "customMetadata": "CustomMetadata",
        "permissionsets": "PermissionSet",
        "layouts": "Layout",
    }
    folder, _, file = part.removeprefix("unpackaged/").partition("/")
    return f"{kinds.get(folder, folder)}:{re.sub(r'(-meta.xml)$', '', file).rpartition('.')[0]}"


def objects(org: OutsideView) -> list[str]:
    """The objects whose rows a hotfix may touch: all custom ones, products and prices, permission set assignments."""
    described = org.get("/services/data/v67.0/sobjects")["sobjects"]
    custom = [one["name"] for one in described if one["name"].endswith("__c") and one["queryable"]]
    return sorted(custom) + _OWN_TABLES


@dataclass(frozen=True)
class Rows:
    """One org's records: object → Id → fields without the audit fields."""

    tables: dict[str, dict[str, dict[str, Any]]]

    def changed(self, later: Rows, key_field: str) -> set[str]:
        """`Object:key` of every row that is new, gone or other in `later`."""
        found = set()
        for name in self.tables.keys() | later.tables.keys():
            before, after = self.tables.get(name, {}), later.tables.get(name, {})
            for record in before.keys() | after.keys():
                old, new = before.get(record), after.get(record)
                # A field that the fix adds is empty in every row; that is no change of the row.
                if _filled(old) != _filled(new):
                    row = new or old or {}
                    found.add(f"{name}:{row.get(key_field) or record}")
        return found


def _filled(row: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if row is None else {name: value for name, value in row.items() if value not in (None, False)}


def records(org: OutsideView, names: Iterable[str] | None = None) -> Rows:
    """All rows of `names` (default: `objects`)."""
    tables = {}
    for name in names if names is not None else objects(org):
        described = org.get(f"/services/data/v67.0/sobjects/{name}/describe")
        fields = [field["name"] for field in described["fields"] if field["name"] not in _AUDIT]
        rows = org.soql(f"SELECT {', '.join(fields)} FROM {name}")
        tables[name] = {row["Id"]: {key: value for key, value in row.items() if key != "attributes"} for row in rows}
    return Rows(tables)


def automations(org: OutsideView) -> dict[str, Any]:
    """The state of every trigger, validation rule, flow (active version) and duplicate rule."""
    found: dict[str, Any] = {}
    for row in org.soql("SELECT Name, Status FROM ApexTrigger", tooling=True):
        found[f"ApexTrigger:{row['Name']}"] = row["Status"]
    rules = "SELECT ValidationName, Active, EntityDefinition.QualifiedApiName FROM ValidationRule"
    for row in org.soql(rules, tooling=True):
        found[f"ValidationRule:{row['EntityDefinition']['QualifiedApiName']}.{row['ValidationName']}"] = row["Active"]
    for row in org.soql("SELECT DeveloperName, ActiveVersion.VersionNumber FROM FlowDefinition", tooling=True):
        found[f"Flow:{row['DeveloperName']}"] = (row["ActiveVersion"] or {}).get("VersionNumber")
    for row in org.soql("SELECT DeveloperName, SobjectType, IsActive FROM DuplicateRule"):
        found[f"DuplicateRule:{row['SobjectType']}.{row['DeveloperName']}"] = row["IsActive"]
    return found
