"""POST /composite: up to 25 requests, later ones using what earlier ones answered."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from hotfix_tui.localorg.composite.references import References, Unresolved
from hotfix_tui.localorg.composite.subrequest import Result, Subrequest, halted, perform, read_all
from hotfix_tui.localorg.errors import ApiError, not_found
from hotfix_tui.localorg.rest.bodies import Answer, json_body
from hotfix_tui.localorg.rest.routing import Inner

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

MAX_SUBREQUESTS = 25
MAX_QUERIES = 5
ROLLED_BACK = "The transaction was rolled back since another operation in the same transaction failed."
_QUERY = re.compile(r"(tooling/)?(query|queryall|composite/sobjects)(/.*)?")
_OFFERED = re.compile(r"(sobjects|query|queryall|composite/sobjects)(/.*)?", re.DOTALL)


class RolledBack(Exception):
    """Undoes a call of which one part failed."""


class Composite:
    """The handler. Subrequests run in the order they come in, which is one of those that collation may choose."""

    def __init__(self, org: LocalOrg, inner: Inner, check: Callable[[Subrequest], None] | None = None) -> None:
        self._org = org
        self._inner = inner
        self._check = check or offered

    def run(self, request: Request, body: bytes) -> Response:
        """The call. Answered 200 whatever became of its parts; 400 when it is not well formed or too large."""
        raw = json_body(body)
        all_or_none = flags(raw, {"compositeRequest"}, ("allOrNone", "collateSubrequests"))["allOrNone"]
        version = request.path_params["version"]
        subrequests = read_all(raw.get("compositeRequest"), version)
        _limits(subrequests)
        series = Series(self._inner, request, self._check)
        found = all_or_nothing(self._org, series, subrequests) if all_or_none else series.run(subrequests)
        return Answer({"compositeResponse": [each.item() for each in found]})


def flags(raw: dict[str, Any], others: set[str], names: Sequence[str]) -> dict[str, bool]:
    """The switches of a call, false where they are not given; nothing but them and `others` may be in it."""
    for name in raw:
        if name not in others and name not in names:
            raise ApiError("JSON_PARSER_ERROR", f'Unrecognized field "{name}"')
    for name in names:
        if not isinstance(raw.get(name, False), bool):
            raise ApiError("JSON_PARSER_ERROR", f"Cannot deserialize instance of boolean from value {raw[name]}")
    return {name: bool(raw.get(name, False)) for name in names}


def _limits(subrequests: Sequence[Subrequest]) -> None:
    if len(subrequests) > MAX_SUBREQUESTS:
        text = f"Limit of {MAX_SUBREQUESTS} reached for number of subrequests in Composite Api"
        raise ApiError("LIMIT_EXCEEDED", text)
    if sum(1 for each in subrequests if _QUERY.fullmatch(each.resource)) > MAX_QUERIES:
        text = f"Limit of {MAX_QUERIES} reached for number of sObject Collections and query operations in Composite Api"
        raise ApiError("LIMIT_EXCEEDED", text)


def offered(subrequest: Subrequest) -> None:
    """What may be asked for inside a composite call. Raises ApiError."""
    if not _OFFERED.fullmatch(subrequest.resource):
        raise not_found()


class Series:
    """Subrequests one after the other, each with what the earlier ones answered; `check` says which it takes."""

    def __init__(self, inner: Inner, request: Request, check: Any) -> None:
        self._inner = inner
        self._request = request
        self._check = check

    def run(self, subrequests: Sequence[Subrequest], *, all_or_none: bool = False) -> list[Result]:
        """Carries them out; with `all_or_none` it stops after the first that fails."""
        references = References(self._request.path_params["version"])
        found: list[Result] = []
        for each in subrequests:
            result = self._one(each, references, all_or_none=all_or_none)
            found.append(result)
            references.add(each.reference_id, result.body)
            if all_or_none and result.failed:
                break
        return found

    def _one(self, each: Subrequest, references: References, *, all_or_none: bool) -> Result:
        try:
            self._check(each)
            return perform(self._inner, self._request, references.resolved(each), all_or_none=all_or_none)
        except Unresolved as problem:
            return halted(each.reference_id, str(problem))
        except ApiError as problem:
            return Result(each.reference_id, problem.status, problem.body(), {})


def all_or_nothing(org: LocalOrg, series: Series, subrequests: Sequence[Subrequest]) -> list[Result]:
    """All in one transaction; after a failure nothing is left of the others, and they say so."""
    found: list[Result] = []
    try:
        with org.locks.kept(), org.store.transaction():
            found = series.run(subrequests, all_or_none=True)
            if found and found[-1].failed:
                raise RolledBack
    except RolledBack:
        failed = found[-1]
        return [
            failed if each.reference_id == failed.reference_id else halted(each.reference_id, ROLLED_BACK)
            for each in subrequests
        ]
    return found
