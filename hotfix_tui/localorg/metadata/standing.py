"""Components that every org has though nobody made them: standard value sets and the settings that deploys go by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.component import Component, ComponentId
from hotfix_tui.localorg.metadata.layout import main_file
from hotfix_tui.localorg.schema.apply import standard_value_sets
from hotfix_tui.localorg.schema.model import PicklistValue

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_MEANINGS = {
    "CaseStatus": ("closed",),
    "ContractStatus": ("grouping",),
    "LeadStatus": ("converted",),
    "OpportunityStage": ("closed", "won"),
    "OrderStatus": ("grouping",),
    "TaskPriority": ("high",),
    "TaskStatus": ("closed",),
}
# Settings as they are in a new org, as far as something here goes by them.
_SETTINGS = {
    "deployment": ("DeploymentSettings", (("doesSkipAsyncApexValidation", "false"),)),
    "flow": ("FlowSettings", (("enableFlowDeployAsActiveEnabled", "false"),)),
}


def standing(org: LocalOrg, wanted: ComponentId) -> Component | None:
    """The component as the org has it from the beginning; None for all that somebody must make first."""
    if wanted.type == "StandardValueSet":
        return _value_set(org, wanted.full_name)
    found = _SETTINGS.get(wanted.full_name.lower()) if wanted.type == "Settings" else None
    if found is None:
        return None
    root = xml.new_root(found[0])
    for tag, value in found[1]:
        _add(root, tag, value)
    return _component("Settings", found[0].removesuffix("Settings"), root)


def _value_set(org: LocalOrg, full_name: str) -> Component | None:
    names = {name.lower(): name for name in standard_value_sets()}
    name = names.get(full_name.lower())
    fields = [field for path in standard_value_sets().get(name or "", ()) if (field := org.schema.field(path))]
    if name is None or not fields:
        return None
    root = xml.new_root("StandardValueSet")
    _add(root, "sorted", "false")
    for value in fields[0].values:
        entry = _add(root, "standardValue")
        for tag, text in (("fullName", value.value), ("default", str(value.default).lower()), ("label", value.label)):
            _add(entry, tag, text)
        if not value.active:
            _add(entry, "isActive", "false")
        for tag, text in _meaning(name, value):
            _add(entry, tag, text)
    return _component("StandardValueSet", name, root)


def _meaning(name: str, value: PicklistValue) -> Iterator[tuple[str, str]]:
    """What a value of the set means, as StandardValue in the Metadata API has it: closed, won, how likely …"""
    marks = _MEANINGS.get(name, ())
    if "closed" in marks:
        yield "closed", str("closed" in value.marks).lower()
    if "converted" in marks:
        yield "converted", str("converted" in value.marks).lower()
    if "won" in marks:
        yield "forecastCategory", value.forecast or "Pipeline"
    if "grouping" in marks:
        yield "groupingString", "Activated" if "activated" in value.marks else "Draft"
    if "high" in marks:
        yield "highPriority", str("high" in value.marks).lower()
    if "won" in marks:
        yield "probability", str(value.probability or 0)
        yield "won", str("won" in value.marks).lower()


def _add(parent: xml.Element, tag: str, text: str = "") -> xml.Element:
    child = xml.new_root(tag)
    child.text = text or None
    parent.append(child)
    return child


def _component(type_name: str, full_name: str, root: xml.Element) -> Component:
    return Component(type_name, full_name, {main_file(ComponentId(type_name, full_name)): xml.write(root)})
