"""Rows of TabDefinition: the tabs of standard objects, and one for each CustomTab.

Source: Object Reference and Tooling API, "TabDefinition". CumulusCI asks it which custom objects have a tab.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.localorg.tooling.support import Row

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_STANDARD = (
    "Account", "Asset", "Campaign", "Case", "Contact", "Contract", "Lead", "Opportunity", "Order", "Pricebook2",
    "Product2", "Task",
)  # fmt: skip

_FAR = 900_000  # ids of standard tabs lie beyond those that custom ones will ever have


def refresh(org: LocalOrg) -> None:
    """Makes the rows anew."""
    if not org.store.columns("TabDefinition"):
        return
    rows = [_row(org, f"standard-{name}", name, "") for name in _STANDARD if org.schema.object(name)]
    rows += [_custom(org, component) for component in org.components.list("CustomTab")]
    org.store.replace_rows("TabDefinition", rows)


def _custom(org: LocalOrg, component: Component) -> Row:
    tab = xml.parse(component.xml)
    of_object = xml.text(tab, "customObject") == "true"
    row = _row(org, component.full_name, component.full_name if of_object else None, xml.text(tab, "label"))
    return {**row, "Id": component.id, "DurableId": component.id, "IsCustom": True}


def _row(org: LocalOrg, name: str, object_name: str | None, label: str) -> Row:
    found = org.schema.object(object_name) if object_name else None
    return {
        "Id": org.ids.record_id("01r", _FAR + _STANDARD.index(object_name)) if object_name in _STANDARD else "",
        "DurableId": name,
        "Name": name,
        "Label": (found.plural if found else "") or label or name,
        "SobjectName": object_name,
        "IsCustom": False,
        "IsAvailableInAloha": True,
        "IsAvailableInDesktop": True,
        "IsAvailableInLightning": True,
        "IsAvailableInMobile": True,
    }
