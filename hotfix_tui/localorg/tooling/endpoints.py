"""The Tooling API over REST: query, describe, records of setup objects, test runs, anonymous Apex."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from hotfix_tui.localorg.apex.anonymous import execute_anonymous
from hotfix_tui.localorg.apex.selection import selection
from hotfix_tui.localorg.composite.batch import Batch
from hotfix_tui.localorg.composite.composite import Composite
from hotfix_tui.localorg.composite.subrequest import Subrequest
from hotfix_tui.localorg.errors import ApiError, not_found
from hotfix_tui.localorg.rest.bodies import Answer, flag, json_body, known_parameters, page_size
from hotfix_tui.localorg.rest.routing import Inner, Resource
from hotfix_tui.localorg.schema.describe import describe, describe_global, summary
from hotfix_tui.localorg.store import to_18
from hotfix_tui.localorg.tooling import limits
from hotfix_tui.localorg.tooling.collections import Collections
from hotfix_tui.localorg.tooling.dependencies import Dependencies
from hotfix_tui.localorg.tooling.field_rows import FieldRows
from hotfix_tui.localorg.tooling.writes import Writes

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg
    from hotfix_tui.localorg.schema import SObject

# Query parameters (lower case) by the first part of the path and how many parts there are.
_PARAMETERS = {
    ("query", 1): frozenset({"q", "columns"}),
    ("sobjects", 3): frozenset({"fields"}),
    ("executeanonymous", 1): frozenset({"anonymousbody"}),
    ("composite", 2): frozenset({"ids", "allornone"}),
    ("runtestsasynchronous", 1): frozenset({"classids", "suiteids"}),
    ("runtestssynchronous", 1): frozenset({"classnames"}),
}
_RESOURCES = ("composite", "executeAnonymous", "query", "runTestsAsynchronous", "runTestsSynchronous", "sobjects")
_IN_COMPOSITE = re.compile(r"tooling/(sobjects|query|composite/sobjects)(/.*)?", re.DOTALL)
_METHODS = ["GET", "POST", "PATCH", "DELETE"]


class _Call:
    """One request, its path below `tooling/` split."""

    def __init__(self, request: Request, content: bytes) -> None:
        self.request = request
        self.content = content
        self.method = request.method
        self.version = str(request.path_params["version"])
        self.parts = [part for part in request.path_params.get("rest", "").split("/") if part]
        user = getattr(request.state, "user", None)
        self.user_id = str(getattr(user, "id", user or ""))

    def parameter(self, name: str) -> str | None:
        """A query parameter, its name in any case."""
        return next((value for key, value in self.request.query_params.items() if key.lower() == name.lower()), None)

    def only(self, *methods: str) -> None:
        """Raises 405 for any other method."""
        if self.method not in methods:
            allowed = ",".join(methods)
            text = f"HTTP Method '{self.method}' not allowed. Allowed are {allowed}"
            raise ApiError("METHOD_NOT_ALLOWED", text, 405)


def routes(org: LocalOrg) -> list[Resource]:
    """Everything under `/services/data/vNN.N/tooling`; the rows that queries need are made here."""
    service = ToolingService(org)
    org.components.setup_rows.begin()
    FieldRows(org)
    Dependencies(org)
    org.test_runs.settle()
    base = "/services/data/v{version}/tooling"
    paths = (base, f"{base}/{{rest:path}}")
    found = [Resource(path, method, service.answer, None) for path in paths for method in _METHODS]
    service.inner.resources.extend(found)
    return found


def _offered(subrequest: Subrequest) -> None:
    """What may be asked for inside a composite call of the Tooling API. Raises ApiError."""
    if not _IN_COMPOSITE.fullmatch(subrequest.resource):
        raise not_found()


class ToolingService:
    """Answers Tooling requests; what the org refuses is an ApiError in Salesforce's words."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        self._writes = Writes(org)
        self._collections = Collections(self._writes)
        self.inner = Inner()
        self._composites = {
            "composite": Composite(org, self.inner, _offered).run,
            "composite/batch": Batch(org, self.inner).run,
        }
        self._heads: dict[str, Callable[[_Call], Response]] = {
            "query": self._query,
            "sobjects": self._sobjects,
            "runtestsasynchronous": self._run_asynchronously,
            "runtestssynchronous": self._run_synchronously,
            "executeanonymous": self._anonymous,
            "composite": self._composite,
        }
        if org.kind == "production":
            self._heads["sandboxauth"] = self._sandbox_auth

    def answer(self, request: Request, body: bytes) -> Response:
        """One request. Raises ApiError."""
        call = _Call(request, body)
        head = call.parts[0].lower() if call.parts else ""
        known_parameters(call.request, _PARAMETERS.get((head, len(call.parts)), frozenset()))
        if not head:
            call.only("GET")
            base = f"/services/data/v{call.version}/tooling"
            return Answer({name: f"{base}/{name}" for name in _RESOURCES})
        if head not in self._heads:
            raise not_found()
        return self._heads[head](call)

    # Queries

    def _query(self, call: _Call) -> Response:
        call.only("GET")
        page = page_size(call.request)
        if len(call.parts) > 2:
            raise not_found()
        if len(call.parts) == 2:
            return Answer(self._org.queries.more(call.parts[1], page))
        soql = call.parameter("q")
        if soql is None:
            raise ApiError("MALFORMED_QUERY", "The q parameter is required")
        if flag(call.request, "columns"):
            return Answer(self._org.queries.columns(soql, tooling=True))
        answer = self._org.queries.run(soql, version=call.version, tooling=True, page=page)
        return Answer(limits.checked(soql, answer))

    # Objects

    def _sobjects(self, call: _Call) -> Response:
        parts = call.parts
        if len(parts) > 3:
            raise not_found()
        if len(parts) == 1:
            call.only("GET")
            return Answer(describe_global(self._org.seen, call.version, tooling=True))
        found = self._object(parts[1])
        if len(parts) == 2:
            return self._plain(call, found)
        if parts[2].lower() == "describe":
            call.only("GET")
            return Answer(describe(self._org.seen, found, call.version, tooling=True))
        return self._record(call, found, parts[2])

    def _object(self, name: str) -> SObject:
        found = self._org.seen.object(name)
        if found is None or found.api == "data":
            raise not_found()
        return found

    def _plain(self, call: _Call, found: SObject) -> Response:
        call.only("GET", "POST")
        if call.method == "GET":
            told = summary(self._org.seen, found, call.version, tooling=True)
            return Answer({"objectDescribe": told, "recentItems": []})
        made = self._writes.create(found.name, json_body(call.content), call.user_id)
        location = f"/services/data/v{call.version}/tooling/sobjects/{found.name}/{made}"
        body = {"id": made, "success": True, "errors": [], "warnings": [], "infos": []}
        return Answer(body, 201, {"Location": location})

    def _record(self, call: _Call, found: SObject, given: str) -> Response:
        call.only("GET", "PATCH", "DELETE")
        record_id = to_18(given) or given
        if call.method == "GET":
            return Answer(self._read(call, found, record_id, given))
        if self._org.store.get(found.name, record_id) is None:
            raise _unknown(given)
        if call.method == "PATCH":
            self._writes.update(found.name, record_id, json_body(call.content), call.user_id)
        else:
            self._writes.delete(found.name, record_id, call.user_id)
        return Response(status_code=204)

    def _read(self, call: _Call, found: SObject, record_id: str, given: str) -> dict[str, Any]:
        wanted = call.parameter("fields")
        names = wanted.split(",") if wanted else [each.name for each in found.fields.values()]
        if not re.fullmatch(r"\w+", record_id):
            raise _unknown(given)
        soql = f"SELECT {', '.join(names)} FROM {found.name} WHERE Id = '{record_id}'"  # noqa: S608
        records: Sequence[dict[str, Any]] = self._org.queries.run(soql, version=call.version, tooling=True)["records"]
        if not records:
            raise _unknown(given)
        return records[0]

    def _composite(self, call: _Call) -> Response:
        name = "/".join(call.parts).lower()
        if name in self._composites:
            call.only("POST")
            return self._composites[name](call.request, call.content)
        if name != "composite/sobjects":
            raise not_found()
        call.only("POST", "PATCH", "DELETE")
        if call.method == "DELETE":
            ids = [part.strip() for part in (call.parameter("ids") or "").split(",") if part.strip()]
            return Answer(self._collections.delete(ids, call.user_id, all_or_none=flag(call.request, "allOrNone")))
        act = self._collections.create if call.method == "POST" else self._collections.update
        return Answer(act(json_body(call.content), call.user_id))

    def _sandbox_auth(self, call: _Call) -> Response:
        call.only("POST")
        if not self._org.people.rights(call.user_id).has("ManageSandboxes"):
            raise ApiError("INSUFFICIENT_ACCESS", "insufficient access rights: Manage Sandboxes is needed", 403)
        return Answer(self._org.sandboxes.authorize(json_body(call.content), call.user_id))

    # Apex

    def _run_asynchronously(self, call: _Call) -> Response:
        """The answer is a JSON string: the job's id in 15 characters."""
        chosen = selection(self._org, self._tests_asked(call, "classids", "suiteids"))
        return Answer(self._org.test_runs.start(chosen, call.user_id)[:15])

    def _run_synchronously(self, call: _Call) -> Response:
        chosen = selection(self._org, self._tests_asked(call, "classnames"), synchronous=True)
        return Answer(self._org.test_runs.run_now(chosen))

    def _tests_asked(self, call: _Call, *parameters: str) -> dict[str, Any]:
        """The body of a POST, or the parameters of a GET."""
        call.only("GET", "POST")
        if len(call.parts) > 1:
            raise not_found()
        if call.method == "POST":
            return json_body(call.content)
        return {name: call.parameter(name) for name in parameters}

    def _anonymous(self, call: _Call) -> Response:
        call.only("GET")
        body = call.parameter("anonymousBody")
        if body is None:
            raise ApiError("INVALID_INPUT", "The anonymousBody parameter is required")
        return Answer(execute_anonymous(body))


def _unknown(given: str) -> ApiError:
    text = f"Provided external ID field does not exist or is not accessible: {given}"
    return ApiError("NOT_FOUND", text, 404)
