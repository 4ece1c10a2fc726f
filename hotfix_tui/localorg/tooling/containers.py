"""Containers: how development tools save Apex. Working copies in a container are compiled and saved together.

Sources: Tooling API reference, MetadataContainer, ApexClassMember (and its kin), ContainerAsyncRequest,
DeployDetails. A request is carried out before its POST is answered; here, as in a deployment, compiling means
checking names.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.errors import ApiError, not_found
from hotfix_tui.localorg.metadata.component import Component, ComponentId
from hotfix_tui.localorg.metadata.layout import main_file
from hotfix_tui.localorg.metadata.options import Message
from hotfix_tui.localorg.metadata.support import new_id, timestamp
from hotfix_tui.localorg.schema import SchemaError
from hotfix_tui.localorg.store import to_18
from hotfix_tui.localorg.tooling.apex_writes import source_component
from hotfix_tui.localorg.tooling.fields import fields, text
from hotfix_tui.localorg.tooling.setup_save import problems_of

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

MEMBERS = {
    "ApexClassMember": "ApexClass",
    "ApexTriggerMember": "ApexTrigger",
    "ApexPageMember": "ApexPage",
    "ApexComponentMember": "ApexComponent",
}
_MEMBER_FIELDS = ("Body", "ContentEntityId", "FullName", "MetadataContainerId")


class Containers:
    """MetadataContainer, its members, ContainerAsyncRequest."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org

    def create(self, name: str, body: dict[str, Any], user_id: str) -> str:
        """A container, a working copy in one, or the request to save one."""
        if name == "MetadataContainer":
            return self._container(body, user_id)
        if name == "ContainerAsyncRequest":
            return self._request(body, user_id)
        return self._member(name, body, user_id)

    def update(self, name: str, record_id: str, body: dict[str, Any], user_id: str) -> None:
        """A container's name, or a member's body: its only field that can be changed."""
        column = "Name" if name == "MetadataContainer" else "Body"
        given = fields(name, body, (column,), (column,))
        self._open(name, record_id)
        values = {column: text(column, given[column])}
        self._org.store.update_row(name, record_id, {**values, **self._changed(user_id)})

    def delete(self, name: str, record_id: str, user_id: str) -> None:
        """A container goes with its members."""
        store = self._org.store
        self._open(name, record_id)
        with store.transaction():
            if name == "MetadataContainer":
                for each in MEMBERS:
                    store.execute(f'DELETE FROM "{each}" WHERE MetadataContainerId = ?', (record_id,))  # noqa: S608
            store.execute(f'DELETE FROM "{name}" WHERE Id = ?', (record_id,))  # noqa: S608

    # Rows

    def _changed(self, user_id: str) -> dict[str, Any]:
        at = timestamp(self._org)
        return {"LastModifiedDate": at, "LastModifiedById": user_id, "SystemModstamp": at}

    def _insert(self, name: str, values: dict[str, Any], user_id: str) -> str:
        found = self._org.schema.require(name)
        record_id = new_id(self._org, found.key_prefix or "000")
        changed = self._changed(user_id)
        created = {"CreatedDate": changed["LastModifiedDate"], "CreatedById": user_id, "IsDeleted": False}
        self._org.store.insert_row(name, {"Id": record_id, **created, **changed, **values})
        return record_id

    def _open(self, name: str, record_id: str) -> None:
        """Members that were saved belong to their request; they stay as they are."""
        row = self._org.store.get(name, record_id)
        if row is None:
            raise not_found()
        if name in MEMBERS and str(row["MetadataContainerId"]).startswith("1dr"):
            raise ApiError("INVALID_OPERATION", "A container member that was deployed cannot be changed")

    def _container(self, body: dict[str, Any], user_id: str) -> str:
        name = text("Name", fields("MetadataContainer", body, ("Name",), ("Name",))["Name"])
        known = self._org.store.value("SELECT Id FROM MetadataContainer WHERE Name = ?", (name,))
        if known is not None:
            problem = f"duplicate value found: Name duplicates value on record with id: {str(known)[:15]}"
            raise ApiError("DUPLICATE_VALUE", problem)
        return self._insert("MetadataContainer", {"Name": name}, user_id)

    def _member(self, name: str, body: dict[str, Any], user_id: str) -> str:
        given = fields(name, body, _MEMBER_FIELDS, ("Body", "MetadataContainerId"))
        container = to_18(str(given["MetadataContainerId"])) or ""
        if self._org.store.get("MetadataContainer", container) is None:
            raise ApiError("INVALID_CROSS_REFERENCE_KEY", f"invalid cross reference id: {given['MetadataContainerId']}")
        full_name, entity = self._target(name, given)
        twice = self._org.store.value(
            f'SELECT Id FROM "{name}" WHERE MetadataContainerId = ? AND FullName = ?',  # noqa: S608
            (container, full_name),
        )
        if twice is not None:
            problem = f"duplicate value found: ContentEntityId duplicates value on record with id: {str(twice)[:15]}"
            raise ApiError("DUPLICATE_VALUE", problem)
        row = {
            "MetadataContainerId": container,
            "ContentEntityId": entity,
            "FullName": full_name,
            "Body": text("Body", given["Body"]),
            "LastSyncDate": timestamp(self._org),
        }
        return self._insert(name, row, user_id)

    def _target(self, name: str, given: dict[str, Any]) -> tuple[str, str | None]:
        """Full name and id of what a member is a copy of; a full name nobody has makes a new component."""
        entity = to_18(str(given["ContentEntityId"])) if given.get("ContentEntityId") else None
        if entity is not None:
            found = self._org.components.by_id(entity)
            if found is None or found.type != MEMBERS[name]:
                raise ApiError("INVALID_CROSS_REFERENCE_KEY", f"invalid cross reference id: {given['ContentEntityId']}")
            return found.full_name, found.id
        if not given.get("FullName"):
            problem = "Required fields are missing: [ContentEntityId]"
            raise ApiError("REQUIRED_FIELD_MISSING", problem, fields=["ContentEntityId"])
        full_name = text("FullName", given["FullName"])
        return full_name, self._org.components.id_of(MEMBERS[name], full_name) or None

    # Saving

    def _request(self, body: dict[str, Any], user_id: str) -> str:
        both = ("MetadataContainerId", "MetadataContainerMemberId")
        given = fields("ContainerAsyncRequest", body, (*both, "IsCheckOnly", "IsRunTests"))
        if bool(given.get(both[0])) == bool(given.get(both[1])):
            raise ApiError("INVALID_INPUT", f"Specify either {both[0]} or {both[1]}")
        check_only = given.get("IsCheckOnly", False)
        if not isinstance(check_only, bool):
            raise ApiError("JSON_PARSER_ERROR", f"Cannot deserialize instance of boolean from VALUE {check_only}")
        if not check_only and self._org.kind == "production":
            raise ApiError("INVALID_OPERATION", "Save or update not supported in active organizations")
        container, members = self._members(given)
        changed = [self._component(name, row) for name, row in members]
        problems = problems_of(self._org, changed)
        error = ""
        if not problems and not check_only:
            problems, error = self._save(changed, user_id)
        row = {
            "MetadataContainerId": container,
            "IsCheckOnly": check_only,
            "IsRunTests": False,
            "State": "Failed" if problems or error else "Completed",
            "ErrorMsg": error or None,
            "DeployDetails": self._details(changed, problems),
        }
        with self._org.store.transaction():
            request_id = self._insert("ContainerAsyncRequest", row, user_id)
            if row["State"] == "Completed" and not check_only:
                for name, member in members:
                    self._org.store.update_row(name, member["Id"], {"MetadataContainerId": request_id})
        return request_id

    def _members(self, given: dict[str, Any]) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
        """The container, and the members to save with their types. Raises ApiError when there are none."""
        store = self._org.store
        container = to_18(str(given.get("MetadataContainerId") or "")) or ""
        member = to_18(str(given.get("MetadataContainerMemberId") or "")) or ""
        found = []
        for name in MEMBERS:
            column, value = ("MetadataContainerId", container) if container else ("Id", member)
            rows = store.rows(f'SELECT Id FROM "{name}" WHERE {column} = ? ORDER BY Id', (value,))  # noqa: S608
            found += [(name, row) for (each,) in rows if (row := store.get(name, str(each))) is not None]
        if not found or (container and store.get("MetadataContainer", container) is None):
            raise ApiError("INVALID_CROSS_REFERENCE_KEY", f"invalid cross reference id: {container or member}")
        return container or str(found[0][1]["MetadataContainerId"]), found

    def _component(self, name: str, row: dict[str, Any]) -> Component:
        type_name = MEMBERS[name]
        known = self._org.components.get(type_name, row["FullName"])
        made = source_component(type_name, row["FullName"], row["Body"], {}, known)
        return replace(made, id=known.id if known else "")

    def _save(self, changed: list[Component], user_id: str) -> tuple[list[Message], str]:
        try:
            with self._org.atomic():
                self._org.components.put_all([replace(each, id="") for each in changed], user_id)
        except SchemaError as problem:
            return [], str(problem)
        return [], ""

    def _details(self, changed: list[Component], problems: list[Message]) -> dict[str, Any]:
        """DeployDetails: a message for each component, failures and successes apart."""
        failed = {problem.full_name.lower() for problem in problems}
        failures = [_message(problem, timestamp(self._org)) for problem in problems]
        successes = [
            _message(
                Message(each.type, each.full_name, main_file(ComponentId(each.type, each.full_name)), id=each.id),
                timestamp(self._org),
            )
            for each in changed
            if each.full_name.lower() not in failed
        ]
        return {
            "allComponentMessages": [*failures, *successes],
            "componentFailures": failures,
            "componentSuccesses": successes,
            "runTestResult": None,
        }


def _message(item: Message, at: str) -> dict[str, Any]:
    return {
        "changed": item.success,
        "columnNumber": item.column or -1,
        "componentType": item.component_type,
        "created": item.success and not item.id,
        "createdDate": at,
        "deleted": False,
        "fileName": item.file_name,
        "fullName": item.full_name,
        "id": item.id or None,
        "lineNumber": item.line or -1,
        "problem": item.problem or None,
        "problemType": item.problem_type or None,
        "success": item.success,
        "warning": False,
    }
