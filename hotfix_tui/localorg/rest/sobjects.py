"""Single records and describes: /sobjects/…"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from hotfix_tui.localorg.errors import ApiError, not_found
from hotfix_tui.localorg.faults.answers import READ_ONLY
from hotfix_tui.localorg.records.outcome import SaveOutcome, SaveRefused
from hotfix_tui.localorg.rest.bodies import Answer, flag, json_body, options
from hotfix_tui.localorg.rest.unchanged import Unchanged
from hotfix_tui.localorg.schema.describe import describe, describe_global, summary
from hotfix_tui.localorg.schema.model import SObject
from hotfix_tui.localorg.store.ids import to_18

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_STATUS = {
    "ENTITY_IS_DELETED": 404,
    "INSUFFICIENT_ACCESS_OR_READONLY": 403,
    READ_ONLY.code: READ_ONLY.status,
}
_TELLS_CHANGED = 46


class SObjects:
    """Handlers of one org; each gets the request and its body."""

    def __init__(self, org: LocalOrg) -> None:
        self.org = org
        self._unchanged = Unchanged(org.clock)

    def known(self, request: Request) -> SObject:
        """The object a path names, as the user sees it. Raises 404."""
        found = self.org.seen.object(request.path_params["object"])
        if found is None or found.api == "tooling":
            raise not_found()
        return found

    def listing(self, request: Request, body: bytes) -> Response:
        """GET /sobjects; 304 when the client has it already."""
        return self._unchanged.answer(request, describe_global(self.org.seen, request.path_params["version"]))

    def basic(self, request: Request, body: bytes) -> Response:
        """GET /sobjects/X."""
        found = summary(self.org.seen, self.known(request), request.path_params["version"])
        return Answer({"objectDescribe": found, "recentItems": []})

    def describe(self, request: Request, body: bytes) -> Response:
        """GET /sobjects/X/describe; 304 when the client has it already."""
        found = describe(self.org.seen, self.known(request), request.path_params["version"])
        return self._unchanged.answer(request, found)

    def create(self, request: Request, body: bytes) -> Response:
        """POST /sobjects/X."""
        owner = self.known(request)
        fields = self._fields(owner, body)
        outcome = self.org.records.insert(request.state.user, owner.name, fields, options=options(request))
        if not outcome.success:
            return refusal(outcome)
        location = f"/services/data/v{request.path_params['version']}/sobjects/{owner.name}/{outcome.id}"
        errors: list[dict[str, Any]] = []
        if owner.platform_event:
            # An event is only put on the bus when the call is answered.
            event = self.org.store.get(owner.name, str(outcome.id)) or {}
            errors = [{"statusCode": "OPERATION_ENQUEUED", "message": event.get("EventUuid"), "fields": []}]
        return Answer({"id": outcome.id, "success": True, "errors": errors}, 201, {"Location": location})

    def read(self, request: Request, body: bytes) -> Response:
        """GET /sobjects/X/ID, with ?fields=."""
        owner = self.known(request)
        return self._record(owner, _id(owner, request.path_params["id"]), request)

    def _record(self, owner: SObject, record_id: str, request: Request) -> Response:
        self.org.recycle_bin.expire()
        row = self.org.store.get(owner.name, record_id)
        if row is None or owner.platform_event:
            raise ApiError("NOT_FOUND", "The requested resource does not exist", 404)
        if row.get("IsDeleted"):
            raise ApiError("ENTITY_IS_DELETED", "entity is deleted", 404)
        wanted = request.query_params.get("fields")
        names = [name.strip() for name in wanted.split(",")] if wanted else self._all(owner)
        soql = f"SELECT {', '.join(dict.fromkeys(names))} FROM {owner.name} WHERE Id = '{record_id}'"  # noqa: S608
        found = self.org.queries.run(soql, version=request.path_params["version"])["records"]
        if not found:
            raise not_found()
        return Answer(found[0])

    def _fields(self, owner: SObject, body: bytes) -> dict[str, Any]:
        """The record in a body. Its id is in the path, and its type, where it is said, is the one of the path."""
        fields = json_body(body)
        _not_named(fields, "Id")
        attributes = fields.get("attributes", {})
        kind = attributes.get("type", owner.name) if isinstance(attributes, dict) else attributes
        if str(kind).lower() != owner.name.lower():
            raise ApiError("INVALID_TYPE", f"The attributes name the type {kind}, the resource is {owner.name}")
        return fields

    def _there(self, owner: SObject, request: Request) -> str:
        record_id = _id(owner, request.path_params["id"])
        if self.org.store.get(owner.name, record_id) is None:
            raise ApiError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", 404)
        return record_id

    def _all(self, owner: SObject) -> list[str]:
        return [each.name for each in owner.fields.values() if not each.tooling_only and each.type not in ("base64",)]

    def update(self, request: Request, body: bytes) -> Response:
        """PATCH /sobjects/X/ID."""
        owner = self.known(request)
        record_id = self._there(owner, request)
        fields = self._fields(owner, body)
        outcome = self.org.records.update(request.state.user, owner.name, record_id, fields, options=options(request))
        return Response(status_code=204) if outcome.success else refusal(outcome)

    def remove(self, request: Request, body: bytes) -> Response:
        """DELETE /sobjects/X/ID."""
        owner = self.known(request)
        outcome = self.org.records.delete(request.state.user, self._there(owner, request))
        return Response(status_code=204) if outcome.success else refusal(outcome)

    # By external id

    def read_by_key(self, request: Request, body: bytes) -> Response:
        """GET /sobjects/X/Field/value; 300 when several have it."""
        owner, found = self._by_key(request)
        if not found:
            raise not_found()
        return self._record(owner, found[0], request) if len(found) == 1 else self._several(owner, found, request)

    def upsert(self, request: Request, body: bytes) -> Response:
        """PATCH /sobjects/X/Field/value; 201 created, 200 changed, 300 several. `updateOnly=true` never creates.

        Before version 46 a changed record is answered 204, without a body.
        """
        owner, found = self._by_key(request)
        fields = self._fields(owner, body)
        name, value = request.path_params["key"], request.path_params["value"]
        key, update_only = owner.field(name), flag(request, "updateOnly")
        _not_named(fields, "Id", key.name if key else name)
        if len(found) > 1:
            return self._several(owner, found, request)
        if not found and update_only:
            raise not_found()
        user, save = request.state.user, options(request)
        if found:
            outcome = self.org.records.update(user, owner.name, found[0], fields, options=save)
        elif key is not None and key.type == "id":
            raise not_found()
        else:
            outcome = self.org.records.insert(user, owner.name, {**fields, name: value}, options=save)
        if not outcome.success:
            return refusal(outcome)
        if not outcome.created and int(request.path_params["version"].partition(".")[0]) < _TELLS_CHANGED:
            return Response(status_code=204)
        content: dict[str, Any] = {"id": outcome.id, "success": True, "errors": [], "created": outcome.created}
        return Answer(content, 201 if outcome.created else 200)

    def remove_by_key(self, request: Request, body: bytes) -> Response:
        """DELETE /sobjects/X/Field/value."""
        owner, found = self._by_key(request)
        if not found:
            raise not_found()
        if len(found) > 1:
            return self._several(owner, found, request)
        outcome = self.org.records.delete(request.state.user, found[0])
        return Response(status_code=204) if outcome.success else refusal(outcome)

    def _by_key(self, request: Request) -> tuple[SObject, list[str]]:
        owner = self.known(request)
        name = request.path_params["key"]
        field = owner.field(name)
        if field is None or not (field.external_id or field.id_lookup):
            raise no_key(name)
        try:
            return owner, self.org.records.find(owner.name, name, request.path_params["value"])
        except SaveRefused as problem:
            error = problem.errors[0]
            raise ApiError(error.code, error.message) from None

    def _several(self, owner: SObject, found: list[str], request: Request) -> Response:
        base = f"/services/data/v{request.path_params['version']}/sobjects/{owner.name}"
        return Answer([f"{base}/{quote(each)}" for each in found], 300)


def _not_named(fields: dict[str, Any], *names: str) -> None:
    """What the path says must not be said again in the body."""
    for name in names:
        if any(each.lower() == name.lower() for each in fields):
            text = f"The {name} field should not be specified in the sobject data."
            raise ApiError("INVALID_FIELD", text, fields=[name])


def no_key(name: str) -> ApiError:
    """404: no such external id field."""
    text = f"Provided external ID field does not exist or is not accessible: {name}"
    return ApiError("NOT_FOUND", text, 404)


def _id(owner: SObject, text: str) -> str:
    found = to_18(text)
    if found is None:
        # What is no id is taken for the name of a field.
        raise no_key(text)
    if owner.key_prefix and found[:3] != owner.key_prefix:
        raise ApiError("MALFORMED_ID", f"{owner.label} ID: id value of incorrect type: {text}", fields=["Id"])
    return found


def refusal(outcome: SaveOutcome) -> Response:
    """A refused single save: the first error's status."""
    errors: list[dict[str, Any]] = [error.body() for error in outcome.errors]
    return Answer(errors, _STATUS.get(outcome.errors[0].code, 400))
