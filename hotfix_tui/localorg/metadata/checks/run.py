"""Which checks a component of a package goes through."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hotfix_tui.localorg.metadata.checks import access, apex, flow, objects, pages, removal
from hotfix_tui.localorg.metadata.checks.world import World
from hotfix_tui.localorg.metadata.options import Message
from hotfix_tui.localorg.metadata.package import Deletion, Item

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
    "Profile": access.check_access,
    "Queue": pages.check_queue,
    "RecordType": objects.check_record_type,
    "ValidationRule": objects.check_validation_rule,
    "WorkflowRule": objects.check_workflow_rule,
}


def check_item(item: Item, world: World) -> list[Message]:
    """The failures of one component: what it names and the org would not have. Empty when it can be deployed."""
    check = _CHECKS.get(item.type)
    return list(check(item, world)) if check else []


def check_removal(deletion: Deletion, world: World) -> Message | None:
    """Why a component cannot be deleted; None when it can (or is not there, which is only a warning)."""
    return removal.check(deletion, world)
