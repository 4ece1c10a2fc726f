"""sObject collections of the Tooling API: jsforce updates several records of a type in one call.

Source: Tooling API guide, "Group Operations for Fewer Round Trips with SObject Collections"; jsforce,
connection.update. With `allOrNone` the rows that went well are answered as rolled back when another one fails, and
are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.store import to_18
from hotfix_tui.localorg.tooling.writes import Writes

MAX_RECORDS = 200
_ROLLED_BACK = (
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
)
Result = dict[str, Any]


class _Undo(Exception):
    """Some record was refused and all were to be written or none."""


class Collections:
    """Writes up to 200 records; the answer has an entry for each, in order."""

    def __init__(self, writes: Writes) -> None:
        self._writes = writes

    def create(self, body: dict[str, Any], user_id: str) -> list[Result]:
        """POST: makes records."""

        def act(record: dict[str, Any]) -> str:
            return self._writes.create(_type(record), _fields(record), user_id)

        return self._all(body, act)

    def update(self, body: dict[str, Any], user_id: str) -> list[Result]:
        """PATCH: changes records, each named by its Id."""

        def act(record: dict[str, Any]) -> str:
            given = next((value for key, value in record.items() if key.lower() == "id"), None)
            record_id = to_18(str(given)) if given else None
            if record_id is None:
                raise ApiError("MISSING_ARGUMENT", "Id not specified in an update call")
            self._writes.update(_type(record), record_id, _fields(record), user_id)
            return record_id

        return self._all(body, act)

    def delete(self, ids: list[str], user_id: str, *, all_or_none: bool) -> list[Result]:
        """DELETE ?ids=: records of any types."""

        def act(record: dict[str, Any]) -> str:
            record_id = to_18(record["id"])
            type_name = self._writes.type_of(record_id) if record_id else None
            if record_id is None or type_name is None:
                raise ApiError("MALFORMED_ID", f"malformed id {record['id']}")
            self._writes.delete(type_name, record_id, user_id)
            return record_id

        return self._run([{"id": each} for each in ids], act, all_or_none=all_or_none)

    def _all(self, body: dict[str, Any], act: Callable[[dict[str, Any]], str]) -> list[Result]:
        unknown = set(body) - {"records", "allOrNone"}
        records, all_or_none = body.get("records"), body.get("allOrNone", False)
        if unknown or not isinstance(records, list) or not isinstance(all_or_none, bool):
            raise ApiError("JSON_PARSER_ERROR", "The body must have records, a list, and may have allOrNone, a boolean")
        if not all(isinstance(record, dict) for record in records):
            raise ApiError("JSON_PARSER_ERROR", "Each record must be a JSON object")
        return self._run(records, act, all_or_none=all_or_none)

    def _run(
        self, records: list[dict[str, Any]], act: Callable[[dict[str, Any]], str], *, all_or_none: bool
    ) -> list[Result]:
        if len(records) > MAX_RECORDS:
            raise ApiError("EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {MAX_RECORDS} records")
        results: list[Result] = []
        try:
            with self._writes.org.atomic():
                for record in records:
                    results.append(_one(record, act))
                if all_or_none and not all(result["success"] for result in results):
                    raise _Undo
        except _Undo:
            return [_failure(*_ROLLED_BACK) if result["success"] else result for result in results]
        return results


def _one(record: dict[str, Any], act: Callable[[dict[str, Any]], str]) -> Result:
    try:
        return {"id": act(record), "success": True, "errors": []}
    except ApiError as problem:
        return _failure(problem.message, problem.code, problem.fields or ())


def _failure(message: str, code: str, fields: Any = ()) -> Result:
    return {"success": False, "errors": [{"statusCode": code, "message": message, "fields": list(fields)}]}


def _type(record: dict[str, Any]) -> str:
    attributes = record.get("attributes")
    name = attributes.get("type") if isinstance(attributes, dict) else None
    if not isinstance(name, str):
        raise ApiError("INVALID_FIELD", "The attributes of a record must name its type")
    return name


def _fields(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key.lower() not in ("id", "attributes")}
