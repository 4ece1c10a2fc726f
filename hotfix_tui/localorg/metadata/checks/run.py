"""Which checks a component of a package goes through."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.checks import access, apex, flow, objects, pages, removal
from hotfix_tui.localorg.metadata.checks.world import World
from hotfix_tui.localorg.metadata.options import Message
from hotfix_tui.localorg.metadata.package import Deletion, Item
from hotfix_tui.localorg.metadata.shapes import KNOWN_VERSION, Misfit, shapes
from hotfix_tui.localorg.metadata.types import metadata_types
from hotfix_tui.localorg.metadata.versions import number

Check = Callable[[Item, World], Iterator[Message]]

_CHECKS: dict[str, Check] = {
    "ApexClass": apex.check_class,
    "ApexTrigger": apex.check_trigger,
    "CompactLayout": objects.check_field_list,
    "CustomField": objects.check_field,
    "CustomMetadata": objects.check_custom_metadata,
    "CustomObject": objects.check_object,
    "CustomTab": pages.check_tab,
    "DuplicateRule": pages.check_duplicate_rule,
    "FieldSet": objects.check_field_list,
    "Flow": flow.check_flow,
    "FlowDefinition": flow.check_definition,
    "Layout": pages.check_layout,
    "ListView": objects.check_field_list,
    "PermissionSet": access.check_access,
    "PermissionSetGroup": access.check_group,
    "Profile": access.check_access,
    "Queue": pages.check_queue,
    "RecordType": objects.check_record_type,
    "ValidationRule": objects.check_validation_rule,
    "WorkflowRule": objects.check_workflow_rule,
}

# Folders that every org has: "Unfiled Public" and the private ones of reports, dashboards, e-mail templates.
_STANDING_FOLDERS = frozenset({"unfiled$public", "private reports", "private dashboards"})


def check_item(item: Item, world: World) -> list[Message]:
    """The failures of one component: what it names and the org would not have. Empty when it can be deployed."""
    misfit = _misfit(item, world)
    if misfit is not None:
        return [item.problem(f"Error parsing file: {misfit.problem}", xml.line(misfit.element))]
    folder = _missing_folder(item, world)
    if folder:
        return [item.problem(f"Cannot find folder:{folder}")]
    check = _CHECKS.get(item.type)
    return list(check(item, world)) if check else []


def _missing_folder(item: Item, world: World) -> str:
    """The folder that a report, dashboard, document or e-mail template lies in; "" when the org has it."""
    kind = metadata_types().types.get(item.type)
    folder = item.full_name.rpartition("/")[0]
    if kind is None or not kind.in_folder or not folder or folder.lower() in _STANDING_FOLDERS:
        return ""
    return "" if world.has(item.type, folder) else folder


def _misfit(item: Item, world: World) -> Misfit | None:
    """What the WSDL does not have in a document of its version or before; what came later is not known here."""
    if item.element is None or number(world.package.version) > KNOWN_VERSION:
        return None
    kind = metadata_types().types.get(item.type)
    children = [child.tag for child in kind.children] if kind else []
    name = xml.name(item.element) if item.type == "Settings" or (kind and kind.in_folder) else item.type
    return shapes().misfit(item.element, name, children)


def check_removal(deletion: Deletion, world: World) -> Message | None:
    """Why a component cannot be deleted; None when it can (or is not there, which is only a warning)."""
    return removal.check(deletion, world)
