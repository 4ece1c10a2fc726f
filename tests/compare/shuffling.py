"""Copies of folders that say the same in another order and another spelling."""

from __future__ import annotations

import random
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

from tests.compare import independent

# Elements of the folders used here whose order means something, written down by hand from what a user sees in Setup.
ORDER_COUNTS = {
    "value", "standardValue", "customValue", "layoutSections", "layoutColumns", "layoutItems", "relatedLists", "fields",
    "columns", "tabs", "filters", "conditions", "rules", "criteriaItems", "itemInstances", "valueListItems", "criteria",
    "assignmentItems", "quickActionListItems", "quickActionLayoutColumns", "customButtons",
    "quickActionLayoutItems", "sortOptions", "choiceReferences", "fieldNames", "displayedFields", "targetConfig",
    "relatedContentItems", "searchResultsAdditionalFields", "lookupDialogsAdditionalFields", "listViewButtons",
    "customTabListAdditionalFields", "searchFilterFields", "lookupPhoneDialogsAdditionalFields", "mapItems",
    "property", "feedFilters", "leftComponents", "rightComponents",
    "transformValues", "transformValueActions", "filterItems", "multilineLayoutFields",
    "appMenuItems", "relatedObjects",
}  # fmt: skip


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name.endswith(("-meta.xml", ".cls")))


def shuffle(folder: Path, target: Path, rng: random.Random) -> Path:
    """A copy of `folder`, elements shuffled where order has no meaning, white space and namespace spelt otherwise."""
    shutil.copytree(folder, target, copy_function=shutil.copyfile)
    for path in target.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)
    for path in target.rglob("*-meta.xml"):
        root = ET.fromstring(path.read_bytes())
        mix(root, rng)
        ET.register_namespace(rng.choice(["", "m"]), "http://soap.sforce.com/2006/04/metadata")
        ET.indent(root, space=rng.choice(["", " ", "\t"]))
        text = ET.tostring(root, encoding="unicode")
        # A prefix inside a value is no markup to ElementTree, which drops its declaration.
        if "xsd:" in text and "xmlns:xsd" not in text:
            text = text.replace(" ", ' xmlns:xsd="http://www.w3.org/2001/XMLSchema" ', 1)
        path.write_text("<!-- made by hand -->\n" + text.replace("\n", "\r\n"), newline="")
    for path in target.rglob("*.cls"):
        path.write_text(path.read_text().replace("\n", "\r\n"), newline="")
    return target


def mix(node: ET.Element, rng: random.Random) -> None:
    for child in node:
        mix(child, rng)
    children = list(node)
    rng.shuffle(children)
    by_tag: dict[str, list[ET.Element]] = {}
    for child in node:
        by_tag.setdefault(independent.plain(child.tag), []).append(child)
    kept = {tag: iter(items) for tag, items in by_tag.items() if tag in ORDER_COUNTS}
    node[:] = [next(kept[tag]) if (tag := independent.plain(child.tag)) in kept else child for child in children]
