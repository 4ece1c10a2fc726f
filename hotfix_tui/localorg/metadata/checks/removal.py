"""What may not be deleted by a deploy."""

from __future__ import annotations

import re

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.apex import blanked
from hotfix_tui.localorg.metadata.checks.world import World
from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.localorg.metadata.flows import version_of
from hotfix_tui.localorg.metadata.options import Message, error
from hotfix_tui.localorg.metadata.package import Deletion

_NEVER = {"RecordType": "Cannot delete record type through API", "Profile": "Cannot delete profile through API"}


def check(deletion: Deletion, world: World) -> Message | None:
    """Why the component cannot be deleted; None when it can be, or is not there."""
    wanted = deletion.component
    if wanted.type == "Flow":
        problem = _flow_problem(deletion, world)
    elif not _present(deletion, world):
        return None
    elif wanted.type in _NEVER:
        problem = _NEVER[wanted.type]
    elif wanted.type in ("CustomField", "CustomObject"):
        problem = _referenced(deletion, world)
    else:
        problem = ""
    if not problem:
        return None
    return error(wanted.type, wanted.full_name, deletion.file_name, problem, deletion.line)


def _present(deletion: Deletion, world: World) -> bool:
    return world.org.components.exists(deletion.component.type, deletion.component.full_name)


def _flow_problem(deletion: Deletion, world: World) -> str:
    """A flow goes version by version, and only what is not active: the bare name is refused."""
    name, number = version_of(deletion.component.full_name)
    versions = world.org.components.flows.versions(name)
    if not versions:
        return ""
    if not number:
        return "insufficient access rights on cross-reference id"
    version = next((item for item in versions if item.number == number), None)
    if version is not None and version.status == "Active":
        return f"You can't delete the active version of a flow: {name}-{number}"
    if version is not None and world.org.jobs.paused(version.id):
        return f"You can't delete a flow version that has paused interviews: {name}-{number}"
    return ""


def _referenced(deletion: Deletion, world: World) -> str:
    """A field or object that code, a flow or a rule still names stays."""
    name = deletion.component.full_name.rpartition(".")[2]
    pattern = re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE)
    users = []
    gone = {item.component.key for item in (*world.package.delete_before, *world.package.delete_after)}
    for type_name in ("ApexClass", "ApexTrigger", "Flow", "ValidationRule"):
        for component in _components(world, type_name):
            if component.component_id.key in gone or _belongs(deletion, component.full_name):
                continue
            brought = world.package.item(type_name, component.full_name)
            current = brought.component if brought else component
            text = blanked(current.body) if current.body else current.xml.decode("utf-8", "replace")
            if type_name == "ValidationRule" and deletion.component.type == "CustomField":
                text = xml.text(xml.parse(current.xml), "errorConditionFormula")
            if pattern.search(text):
                users.append(f"{type_name} - {component.full_name}")
    if not users:
        return ""
    kind = "custom field" if deletion.component.type == "CustomField" else "custom object"
    return f"This {kind} is referenced elsewhere in salesforce.com. : {', '.join(users)}."


def _components(world: World, type_name: str) -> list[Component]:
    """The org's components; flows version by version, as they are deleted."""
    if type_name != "Flow":
        return list(world.org.components.list(type_name))
    flows = world.org.components.flows
    found = [flows.as_component(f"{version.name}-{version.number}") for version in flows.all()]
    return [version for version in found if version is not None]


def _belongs(deletion: Deletion, full_name: str) -> bool:
    """Whether a component goes with the object that is deleted."""
    return deletion.component.type == "CustomObject" and full_name.startswith(f"{deletion.component.full_name}.")
