"""Flows: which version is active, and versions that are deleted.

Sources: Tooling API, FlowDefinition (PATCH of activeVersionNumber, 0 or null deactivates: CumulusCI, activate_flow)
and Flow (DELETE of a version); Salesforce help, "Delete a flow version": not the active one, not one with paused
interviews.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.errors import ApiError, not_found
from hotfix_tui.localorg.tooling.fields import fields

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_DEFINITION = frozenset({"activeVersionNumber", "description", "masterLabel", "urls"})


class FlowWrites:
    """FlowDefinition and Flow."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org

    def create(self, name: str, body: dict[str, Any], user_id: str) -> str:
        """Flows are deployed, not made here."""
        raise not_found()

    def update(self, name: str, record_id: str, body: dict[str, Any], user_id: str) -> None:
        """Makes a version of a FlowDefinition the active one, or none."""
        metadata = fields(name, body, ("FullName", "Metadata"), ("Metadata",))["Metadata"]
        if not isinstance(metadata, dict):
            raise ApiError("JSON_PARSER_ERROR", "Cannot deserialize instance of Metadata: it must be a JSON object")
        unknown = sorted(set(metadata) - _DEFINITION)
        if unknown:
            raise ApiError("INVALID_FIELD", f"No such column '{unknown[0]}' on sobject of type Metadata")
        number = metadata.get("activeVersionNumber") or 0
        if not isinstance(number, int) or isinstance(number, bool) or number < 0:
            raise ApiError("JSON_PARSER_ERROR", f"Cannot deserialize instance of int from VALUE {number}")
        component = self._org.components.by_id(record_id)
        if component is None:
            raise not_found()
        try:
            self._org.components.activate_flow(component.full_name, number, user_id)
        except ValueError as problem:
            raise ApiError("FIELD_INTEGRITY_EXCEPTION", str(problem)) from None

    def delete(self, name: str, record_id: str, user_id: str) -> None:
        """Deletes one version of a flow that is not in use."""
        version = next((item for item in self._org.components.flows.all() if item.id == record_id), None)
        if version is None:
            raise not_found()
        if version.status == "Active":
            raise ApiError("DELETE_FAILED", "You can't delete the active version of a flow.")
        paused = self._org.jobs.paused(version.id)
        if paused:
            text = f"You can't delete a flow version that has paused interviews: {', '.join(paused)}"
            raise ApiError("DELETE_FAILED", text)
        self._org.components.delete("Flow", f"{version.name}-{version.number}", user_id)
