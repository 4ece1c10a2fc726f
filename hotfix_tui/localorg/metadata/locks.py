"""What a running deployment holds: nothing else may change it meanwhile."""

from __future__ import annotations

from hotfix_tui.localorg.metadata.component import ComponentId
from hotfix_tui.localorg.metadata.package import Package

LOCKED = (
    "ALREADY_IN_PROCESS",
    "The changes you requested require Salesforce to temporarily lock your organization's administration setup. "
    "However, the administration setup has already been locked by another change. Please wait for the previous "
    "action to finish, then try again later.",
)
"""Code and words of a change that meets a lock."""


def holds(package: Package, wanted: ComponentId) -> bool:
    """Whether a package brings or deletes the component, its object, a child of it, or another version of the flow."""
    held = [item.component.component_id for item in package.items]
    held += [deletion.component for deletion in (*package.delete_before, *package.delete_after)]
    return any(_touch(one, wanted) for one in held)


def _touch(one: ComponentId, other: ComponentId) -> bool:
    if one.type == other.type and one.full_name.lower() == other.full_name.lower():
        return True
    if {one.type, other.type} <= {"Flow", "FlowDefinition"}:
        return _flow(one) == _flow(other)
    if "CustomObject" in (one.type, other.type):
        mine, its = one.full_name.lower(), other.full_name.lower()
        return mine.startswith(f"{its}.") or its.startswith(f"{mine}.")
    return False


def _flow(component: ComponentId) -> str:
    name, dash, number = component.full_name.lower().rpartition("-")
    return name if dash and number.isdigit() else component.full_name.lower()
