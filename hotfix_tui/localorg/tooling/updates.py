"""What can be changed through the Tooling API: validation rules, workflow rules, which flow version is active."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.checks import World, check_item
from hotfix_tui.localorg.metadata.component import Component, ComponentId
from hotfix_tui.localorg.metadata.layout import main_file
from hotfix_tui.localorg.metadata.package import Item, Package
from hotfix_tui.localorg.schema import SchemaError
from hotfix_tui.localorg.tooling.metadata_json import BadMetadata, from_json

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_WHOLE = {
    "ValidationRule": ("active", "errorConditionFormula", "errorMessage"),
    "WorkflowRule": ("active", "triggerType"),
}
_APEX = frozenset({"ApexClass", "ApexTrigger", "ApexPage", "ApexComponent", "CustomField", "CustomObject"})


def update(org: LocalOrg, type_name: str, record_id: str, body: dict[str, Any], user_id: str) -> None:
    """A PATCH. Raises ApiError: a type that cannot be changed so, Metadata that is not whole, a version not there."""
    if type_name in _APEX and org.kind == "production":
        raise ApiError("INVALID_OPERATION", "Save or update not supported in active organizations")
    if type_name not in (*_WHOLE, "FlowDefinition"):
        raise ApiError("METHOD_NOT_ALLOWED", f"{type_name} cannot be updated by this org's Tooling API", 405)
    metadata = body.get("Metadata")
    unknown = sorted(set(body) - {"Metadata", "FullName", "attributes"})
    if unknown:
        raise ApiError("INVALID_FIELD", f"No such column '{unknown[0]}' on sobject of type {type_name}")
    if not isinstance(metadata, dict):
        raise ApiError("REQUIRED_FIELD_MISSING", "Required fields are missing: [Metadata]", fields=["Metadata"])
    if type_name == "FlowDefinition":
        _activate(org, record_id, metadata, user_id)
    else:
        _replace_rule(org, type_name, record_id, metadata, user_id)


def _activate(org: LocalOrg, record_id: str, metadata: dict[str, Any], user_id: str) -> None:
    unknown = sorted(set(metadata) - {"activeVersionNumber", "description", "masterLabel", "urls"})
    if unknown:
        raise ApiError("INVALID_FIELD", f"No such column '{unknown[0]}' on sobject of type Metadata")
    number = metadata.get("activeVersionNumber") or 0
    component = org.components.by_id(record_id)
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise ApiError("JSON_PARSER_ERROR", f"Cannot deserialize instance of int from VALUE {number}")
    if component is None:
        raise ApiError("NOT_FOUND", "The requested resource does not exist", 404)
    try:
        org.components.activate_flow(component.full_name, number, user_id)
    except ValueError as problem:
        raise ApiError("FIELD_INTEGRITY_EXCEPTION", str(problem)) from None


def _replace_rule(org: LocalOrg, type_name: str, record_id: str, metadata: dict[str, Any], user_id: str) -> None:
    component = org.components.by_id(record_id)
    if component is None:
        raise ApiError("NOT_FOUND", "The requested resource does not exist", 404)
    missing = [key for key in _WHOLE[type_name] if metadata.get(key) is None]
    if missing:
        problem = f"Required fields are missing: [{', '.join(missing)}]"
        raise ApiError("REQUIRED_FIELD_MISSING", problem, fields=missing)
    try:
        content = from_json(type_name, component.full_name.rpartition(".")[2], metadata)
    except BadMetadata as problem:
        raise ApiError("INVALID_FIELD", str(problem)) from None
    changed = Component(type_name, component.full_name, {"": content})
    _check(org, changed, content)
    try:
        with org.atomic():
            org.components.put_all([changed], user_id)
    except SchemaError as problem:
        raise ApiError("FIELD_INTEGRITY_EXCEPTION", str(problem)) from None


def _check(org: LocalOrg, changed: Component, content: bytes) -> None:
    """The same checks a deploy makes."""
    path = main_file(ComponentId(changed.type, changed.full_name))
    item = Item(changed, path, xml.parse(content))
    problems = check_item(item, World(org, Package(items=[item])))
    if problems:
        raise ApiError("FIELD_INTEGRITY_EXCEPTION", problems[0].problem)


def delete(org: LocalOrg, type_name: str, record_id: str) -> None:
    """A DELETE: only flow versions that are not active. Raises ApiError for everything else."""
    if type_name != "Flow":
        raise ApiError("METHOD_NOT_ALLOWED", f"{type_name} cannot be deleted by this org's Tooling API", 405)
    version = next((item for item in org.components.flows.all() if item.id == record_id), None)
    if version is None:
        raise ApiError("NOT_FOUND", "The requested resource does not exist", 404)
    if version.status == "Active":
        raise ApiError("DELETE_FAILED", "You can't delete the active version of a flow.")
    org.components.delete("Flow", f"{version.name}-{version.number}")
