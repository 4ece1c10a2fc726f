"""What the Tooling API writes, and what it refuses.

Sources: Tooling API guide, "Considerations for CRUD Operations in Active Orgs" (the six types and the sentence);
the reference of each object for its methods; for the lock of a running deployment, the words real orgs were
recorded with (ALREADY_IN_PROCESS).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from hotfix_tui.localorg.errors import ApiError, not_found
from hotfix_tui.localorg.metadata.checks.permitted import needed_for
from hotfix_tui.localorg.tooling import flow_writes, test_writes, tracking_writes
from hotfix_tui.localorg.tooling.apex_writes import ApexWrites
from hotfix_tui.localorg.tooling.containers import MEMBERS, Containers
from hotfix_tui.localorg.tooling.metadata_writes import MetadataWrites

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

ACTIVE_ORG = "Save or update not supported in active organizations"
NOT_IN_ACTIVE_ORGS = frozenset({"ApexClass", "ApexTrigger", "ApexPage", "ApexComponent", "CustomField", "CustomObject"})
LOCKED = (
    "The changes you requested require salesforce.com to temporarily lock your organization's administration setup."
    " However, the administration setup has already been locked by another change. Please wait for the previous action"
    " to finish, then try again later."
)
# Changes nobody's setup: these go on while a deployment runs.
_NOT_SETUP = frozenset({"ApexTestQueueItem", "SourceMember", "MetadataContainer", "SandboxInfo", "SandboxProcess"})
# The types that can be written, with the methods of each beside GET.
_METHODS = {
    "ApexClass": "POST DELETE",
    "ApexTrigger": "POST DELETE",
    "ApexPage": "POST DELETE",
    "ApexComponent": "POST DELETE",
    "ValidationRule": "POST PATCH DELETE",
    "WorkflowRule": "POST PATCH DELETE",
    "CustomField": "POST PATCH DELETE",
    "RecordType": "POST PATCH",
    "FlowDefinition": "PATCH",
    "Flow": "DELETE",
    "MetadataContainer": "POST PATCH DELETE",
    "ApexClassMember": "POST PATCH DELETE",
    "ApexTriggerMember": "POST PATCH DELETE",
    "ApexPageMember": "POST PATCH DELETE",
    "ApexComponentMember": "POST PATCH DELETE",
    "ContainerAsyncRequest": "POST",
    "ApexTestQueueItem": "PATCH",
    "ApexTestSuite": "POST DELETE",
    "TestSuiteMembership": "POST DELETE",
    "SourceMember": "PATCH",
    "SandboxInfo": "POST PATCH DELETE",
    "SandboxProcess": "PATCH",
}


class Writer(Protocol):
    """Writes records of some types. Each method raises ApiError."""

    def create(self, name: str, body: dict[str, Any], user_id: str) -> str:
        """Makes a record; returns its id."""

    def update(self, name: str, record_id: str, body: dict[str, Any], user_id: str) -> None:
        """Changes a record that exists."""

    def delete(self, name: str, record_id: str, user_id: str) -> None:
        """Removes a record that exists."""


class Writes:
    """The door for all writes of the Tooling API: what the org or the type does not allow stops here."""

    def __init__(self, org: LocalOrg) -> None:
        self.org = org
        containers, apex, metadata = Containers(org), ApexWrites(org), MetadataWrites(org)
        self._writers: dict[str, Writer] = {
            **dict.fromkeys(("ApexClass", "ApexTrigger", "ApexPage", "ApexComponent"), apex),
            **dict.fromkeys(("ValidationRule", "WorkflowRule", "CustomField", "RecordType"), metadata),
            **dict.fromkeys(("FlowDefinition", "Flow"), flow_writes.FlowWrites(org)),
            **dict.fromkeys(("ApexTestQueueItem", "ApexTestSuite", "TestSuiteMembership"), test_writes.TestWrites(org)),
            **dict.fromkeys(("MetadataContainer", "ContainerAsyncRequest", *MEMBERS), containers),
            "SourceMember": tracking_writes.TrackingWrites(org),
        }
        if org.kind == "production":
            self._writers |= dict.fromkeys(("SandboxInfo", "SandboxProcess"), org.sandboxes)

    def type_of(self, record_id: str) -> str | None:
        """The type of a record that can be written, by its id."""
        for name in self._writers:
            found = self.org.schema.object(name)
            if found is not None and found.key_prefix == record_id[:3] and self.org.store.get(found.name, record_id):
                return found.name
        return None

    def create(self, name: str, body: dict[str, Any], user_id: str) -> str:
        """POST. Raises ApiError."""
        return self._writer(name, "POST", user_id).create(self._known(name), _plain(body), user_id)

    def update(self, name: str, record_id: str, body: dict[str, Any], user_id: str) -> None:
        """PATCH. Raises ApiError."""
        writer, known = self._writer(name, "PATCH", user_id), self._known(name)
        if self.org.store.get(known, record_id) is None:
            raise not_found()
        writer.update(known, record_id, _plain(body), user_id)

    def delete(self, name: str, record_id: str, user_id: str) -> None:
        """DELETE. Raises ApiError."""
        writer, known = self._writer(name, "DELETE", user_id), self._known(name)
        if self.org.store.get(known, record_id) is None:
            raise not_found()
        writer.delete(known, record_id, user_id)

    def _known(self, name: str) -> str:
        found = self.org.schema.object(name)
        if found is None or found.api == "data":
            raise not_found()
        return found.name

    def _writer(self, name: str, method: str, user_id: str) -> Writer:
        known = self._known(name)
        permission, label = needed_for(known)
        if not self.org.people.rights(user_id).has(permission):
            text = f"insufficient access rights on entity: {known}. {label} is needed"
            raise ApiError("INSUFFICIENT_ACCESS", text, 403)
        if known in NOT_IN_ACTIVE_ORGS and self.org.kind == "production":
            raise ApiError("INVALID_OPERATION", ACTIVE_ORG)
        allowed = _METHODS.get(known, "").split()
        if method not in allowed:
            text = f"HTTP Method '{method}' not allowed. Allowed are {','.join(['GET', *allowed])}"
            raise ApiError("METHOD_NOT_ALLOWED", text, 405)
        if known not in (*_NOT_SETUP, *MEMBERS) and self.org.deploys.running:
            raise ApiError("ALREADY_IN_PROCESS", LOCKED)
        return self._writers[known]


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != "attributes"}
