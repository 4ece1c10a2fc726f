"""Components written by their `Metadata`: validation rules, workflow rules, custom fields, record types.

Source: the objects' pages in the Tooling API reference: FullName and Metadata are sent to create one, the whole
Metadata to change one. What is not sent is not there any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.metadata.component import Component, ComponentId
from hotfix_tui.localorg.tooling.fields import fields
from hotfix_tui.localorg.tooling.metadata_json import BadMetadata, from_json
from hotfix_tui.localorg.tooling.setup_save import erase, save

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_WHOLE = {
    "ValidationRule": ("active", "errorConditionFormula", "errorMessage"),
    "WorkflowRule": ("active", "triggerType"),
    "CustomField": ("type",),
    "RecordType": ("active", "label"),
}


class MetadataWrites:
    """Creates, changes and deletes children of objects and workflows."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org

    def create(self, name: str, body: dict[str, Any], user_id: str) -> str:
        """FullName (`Object__c.Name`) and Metadata."""
        given = fields(name, body, ("FullName", "Metadata"), ("FullName", "Metadata"))
        full_name = str(given["FullName"])
        owner, _, own = full_name.partition(".")
        if not owner or not own or self._org.schema.object(owner) is None:
            raise ApiError("FIELD_INTEGRITY_EXCEPTION", f"Entity of type '{name}' named '{full_name}' cannot be found")
        if self._org.components.exists(name, full_name):
            text = f"There is already a {name} named {own} on {owner}."
            raise ApiError("DUPLICATE_DEVELOPER_NAME", text, fields=["FullName"])
        return self._save(name, full_name, given["Metadata"], user_id)

    def update(self, name: str, record_id: str, body: dict[str, Any], user_id: str) -> None:
        """Metadata, whole. A FullName that is sent along must be the component's own: nothing is renamed."""
        given = fields(name, body, ("FullName", "Metadata"), ("Metadata",))
        component = self._component(record_id)
        if str(given.get("FullName") or component.full_name).lower() != component.full_name.lower():
            raise ApiError("FIELD_INTEGRITY_EXCEPTION", "The full name of a component cannot be changed here")
        self._save(name, component.full_name, given["Metadata"], user_id)

    def delete(self, name: str, record_id: str, user_id: str) -> None:
        """As a destructive change."""
        component = self._component(record_id)
        erase(self._org, ComponentId(name, component.full_name), user_id)

    def _component(self, record_id: str) -> Component:
        component = self._org.components.by_id(record_id)
        if component is None:
            raise ApiError("NOT_FOUND", "The requested resource does not exist", 404)
        return component

    def _save(self, name: str, full_name: str, metadata: Any, user_id: str) -> str:
        if not isinstance(metadata, dict):
            raise ApiError("JSON_PARSER_ERROR", "Cannot deserialize instance of Metadata: it must be a JSON object")
        missing = [key for key in _WHOLE[name] if metadata.get(key) is None]
        if missing:
            text = f"Required fields are missing: [{', '.join(missing)}]"
            raise ApiError("REQUIRED_FIELD_MISSING", text, fields=missing)
        try:
            content = from_json(name, full_name.rpartition(".")[2], metadata)
        except BadMetadata as problem:
            raise ApiError("INVALID_FIELD", str(problem)) from None
        return save(self._org, Component(name, full_name, {"": content}), user_id)
