"""Up to 200 records a call: /composite/sobjects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from hotfix_tui.localorg.errors import ApiError, not_found
from hotfix_tui.localorg.records.outcome import SaveOutcome
from hotfix_tui.localorg.rest.bodies import Answer, flag, json_body, options
from hotfix_tui.localorg.rest.sobjects import no_key

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

MAX_RECORDS = 200
_MAX_CHUNKS = 10


class Collections:
    """Handlers of one org. A well-formed call is answered 200, record by record, in order."""

    def __init__(self, org: LocalOrg) -> None:
        self.org = org

    def create(self, request: Request, body: bytes) -> Response:
        """POST /composite/sobjects."""
        records, all_or_none = _records(body)
        rows = [(_type(record), record) for record in records]
        _chunks([name for name, _ in rows])
        save = options(request, all_or_none=all_or_none)
        return _answer(self.org.records.insert_all(request.state.user, rows, options=save))

    def update(self, request: Request, body: bytes) -> Response:
        """PATCH /composite/sobjects."""
        records, all_or_none = _records(body)
        rows = [(_type(record), _record_id(record), record) for record in records]
        _chunks([row[0] for row in rows])
        save = options(request, all_or_none=all_or_none)
        return _answer(self.org.records.update_all(request.state.user, rows, options=save))

    def upsert(self, request: Request, body: bytes) -> Response:
        """PATCH /composite/sobjects/X/Field; with the field Id, null creates and a value changes."""
        owner = self.org.seen.object(request.path_params["object"])
        key = request.path_params["key"]
        if owner is None or owner.api == "tooling":
            raise not_found()
        field = owner.field(key)
        if field is None or not (field.external_id or field.id_lookup):
            raise no_key(key)
        records, all_or_none = _records(body)
        for record in records:
            if _type(record).lower() != owner.name.lower():
                text = f"All records must be of the type {owner.name} in an upsert call"
                raise ApiError("INVALID_INPUT", text)
        save = options(request, all_or_none=all_or_none)
        outcomes = self.org.records.upsert_all(request.state.user, owner.name, key, records, options=save)
        return _answer(outcomes, upsert=True)

    def remove(self, request: Request, body: bytes) -> Response:
        """DELETE /composite/sobjects?ids=…&allOrNone=…"""
        ids = [each.strip() for each in request.query_params.get("ids", "").split(",") if each.strip()]
        if not ids:
            raise ApiError("INVALID_INPUT", "The ids query parameter is required")
        _limit(len(ids))
        save = options(request, all_or_none=flag(request, "allOrNone"))
        return _answer(self.org.records.delete_all(request.state.user, ids, options=save))

    def read(self, request: Request, body: bytes) -> Response:
        """GET /composite/sobjects/X?ids=…&fields=…, and POST with a body; null for what is not there."""
        owner = self.org.seen.object(request.path_params["object"])
        if owner is None or owner.api == "tooling":
            raise not_found()
        given = json_body(body) if request.method == "POST" else {}
        ids = _listed(given.get("ids"), request.query_params.get("ids"))
        fields = _listed(given.get("fields"), request.query_params.get("fields"))
        if not ids or not fields:
            raise ApiError("INVALID_INPUT", "Both ids and fields are required")
        if len(ids) > 2000:
            raise ApiError("INVALID_INPUT", "The maximum number of ids is 2000")
        quoted = ", ".join("'" + each.replace("\\", "").replace("'", "") + "'" for each in ids)
        selected = ", ".join(dict.fromkeys(["Id", *(f for f in fields if f.lower() != "id")]))
        soql = f"SELECT {selected} FROM {owner.name} WHERE Id IN ({quoted})"  # noqa: S608
        found = self.org.queries.run(soql, version=request.path_params["version"])["records"]
        by_id = {record["Id"][:15]: record for record in found}
        return Answer([by_id.get(each[:15]) for each in ids])


def _listed(body: Any, query: str | None) -> list[str]:
    if isinstance(body, list):
        return [str(each) for each in body]
    return [each.strip() for each in (query or "").split(",") if each.strip()]


def _records(body: bytes) -> tuple[list[dict[str, Any]], bool]:
    content = json_body(body)
    unknown = set(content) - {"records", "allOrNone"}
    if unknown:
        raise ApiError("JSON_PARSER_ERROR", f'Unrecognized field "{sorted(unknown)[0]}"')
    records = content.get("records")
    if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
        raise ApiError("JSON_PARSER_ERROR", "The records property must be an array of records")
    _limit(len(records))
    all_or_none = content.get("allOrNone", False)
    if not isinstance(all_or_none, bool):
        raise ApiError("JSON_PARSER_ERROR", f"Cannot deserialize instance of boolean from value {all_or_none}")
    return records, all_or_none


def _limit(count: int) -> None:
    if count > MAX_RECORDS:
        text = f"record limit reached. cannot submit more than {MAX_RECORDS} records into this call"
        raise ApiError("EXCEEDED_ID_LIMIT", text)


def _type(record: dict[str, Any]) -> str:
    attributes = record.get("attributes")
    name = attributes.get("type") if isinstance(attributes, dict) else None
    if not isinstance(name, str) or not name:
        raise ApiError("INVALID_INPUT", "Include the object type in the attributes of each record")
    return name


def _record_id(record: dict[str, Any]) -> str:
    found = next((value for name, value in record.items() if name.lower() == "id"), None)
    return str(found) if found else ""


def _chunks(names: Sequence[str]) -> None:
    """Runs of the same type: a call takes ten at most."""
    runs = sum(1 for index, name in enumerate(names) if index == 0 or names[index - 1].lower() != name.lower())
    if runs > _MAX_CHUNKS:
        text = f"Cannot have more than {_MAX_CHUNKS} chunks in a single operation."
        raise ApiError("INVALID_INPUT", f"{text} Please rearrange the data to reduce chunking.")


def _answer(outcomes: Sequence[SaveOutcome], *, upsert: bool = False) -> Response:
    return Answer([outcome.item(upsert=upsert) for outcome in outcomes])
