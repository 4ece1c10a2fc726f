"""One request inside another: what it says, the request it becomes, and how its answer is written.

Shapes: "Composite Subrequest" and "Composite Subrequest Result" of Salesforce's REST API guide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response

from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.rest.routing import Inner

METHODS = ("POST", "PUT", "PATCH", "GET", "DELETE")
_FIELDS = frozenset({"method", "url", "referenceId", "body", "httpHeaders"})
_INHERITED = ("accept", "authorization", "content-type")
_REFERENCE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
_URL = re.compile(r"/services/data/v(\d+)\.0/(.+)", re.IGNORECASE | re.DOTALL)
# What a URL may hold as it is. Clients leave blanks, quotes and brackets of a query unencoded.
_PLAIN = "/%?&=+,:;@!$'()*~-._"
_CHECKS_REFERENCE_IDS = 52


@dataclass(frozen=True)
class Subrequest:
    """What one subrequest asks for; `url` and `body` may hold references to earlier answers."""

    method: str
    url: str
    reference_id: str
    body: Any
    headers: Mapping[str, str]

    @property
    def version(self) -> str:
        """The API version its URL names, as `66`."""
        found = _URL.match(self.url)
        return found[1] if found else ""

    @property
    def resource(self) -> str:
        """The path below the version, lower case, without the query and slashes at its end."""
        found = _URL.match(self.url)
        return found[2].partition("?")[0].strip("/").lower() if found else ""


@dataclass(frozen=True)
class Result:
    """What became of a subrequest."""

    reference_id: str
    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def failed(self) -> bool:
        """Whether it counts as an error: by its status, or because a record of a collection was refused."""
        if self.status >= 400:
            return True
        items = self.body if isinstance(self.body, list) else ()
        return any(isinstance(item, dict) and item.get("success") is False for item in items)

    def item(self) -> dict[str, Any]:
        """As it is answered."""
        return {
            "body": self.body,
            "httpHeaders": dict(self.headers),
            "httpStatusCode": self.status,
            "referenceId": self.reference_id,
        }


def halted(reference_id: str, message: str) -> Result:
    """A subrequest that was not carried out, or was undone."""
    return Result(reference_id, 400, [{"errorCode": "PROCESSING_HALTED", "message": message}], {})


def read_all(found: Any, version: str) -> list[Subrequest]:
    """The subrequests of a compositeRequest, sent to a version. Raises ApiError: the whole call is refused."""
    if not isinstance(found, list) or not found:
        raise ApiError("JSON_PARSER_ERROR", "The compositeRequest property must be an array of subrequests")
    subrequests = [_read(each, version) for each in found]
    seen: set[str] = set()
    for each in subrequests:
        if each.reference_id in seen:
            raise ApiError("INVALID_INPUT", f"Duplicate referenceId in the request: {each.reference_id}")
        seen.add(each.reference_id)
    return subrequests


def _read(raw: Any, version: str) -> Subrequest:
    if not isinstance(raw, dict):
        raise ApiError("JSON_PARSER_ERROR", "A subrequest must be a JSON object")
    for name in raw:
        if name not in _FIELDS:
            raise ApiError("JSON_PARSER_ERROR", f'Unrecognized field "{name}" in a subrequest')
    texts = {name: raw.get(name) for name in ("method", "url", "referenceId")}
    for name, value in texts.items():
        if not isinstance(value, str) or not value:
            raise ApiError("INVALID_INPUT", f"The {name} property is required in each subrequest")
    method, url, reference_id = (str(value) for value in texts.values())
    if method not in METHODS:
        raise ApiError("INVALID_INPUT", f"'{method}' is not a valid method: {', '.join(METHODS)}")
    if not _URL.match(url):
        raise ApiError("INVALID_INPUT", f"The URL of a subrequest must start with /services/data/vXX.X/: {url}")
    if int(version.partition(".")[0]) >= _CHECKS_REFERENCE_IDS and not _REFERENCE_ID.fullmatch(reference_id):
        raise ApiError("INVALID_INPUT", bad_reference_id(reference_id))
    return Subrequest(method, url, reference_id, raw.get("body"), _headers(raw.get("httpHeaders") or {}))


def bad_reference_id(name: str) -> str:
    """The sentence for a reference ID with other characters than letters, digits and underscores."""
    return (
        f"Provided referenceId ('{name}') must start with a letter or a number,"
        " and it can contain only letters, numbers and underscores ('_')."
    )


def _headers(found: Any) -> dict[str, str]:
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise ApiError("JSON_PARSER_ERROR", "The httpHeaders of a subrequest must be an object of strings")
    for name in found:
        if name.lower() in _INHERITED:
            raise ApiError("INVALID_INPUT", f"The header {name} cannot be specified in a subrequest")
    return {str(name).lower(): value for name, value in found.items()}


def perform(inner: Inner, outer: Request, subrequest: Subrequest, *, all_or_none: bool = False) -> Result:
    """Carries a subrequest out, as the user of the call around it."""
    body = b"" if subrequest.body is None else json.dumps(subrequest.body).encode()
    response = inner.answer(_request(outer, subrequest, all_or_none=all_or_none), body)
    headers = {_cased(name): value for name, value in response.headers.items() if not name.startswith("content-")}
    return Result(subrequest.reference_id, response.status_code, content(response), headers)


def content(response: Response) -> Any:
    """The JSON of an answer; None where it has none."""
    return json.loads(bytes(response.body)) if response.body else None


def _request(outer: Request, subrequest: Subrequest, *, all_or_none: bool) -> Request:
    path, _, query = subrequest.url.partition("?")
    inherited = {name: outer.headers[name] for name in _INHERITED if name in outer.headers}
    headers = {**inherited, "host": outer.headers.get("host", ""), **subrequest.headers}
    straight = "/" + unquote(path).strip("/")
    return Request(
        {
            "type": "http",
            "http_version": "1.1",
            "scheme": outer.url.scheme,
            "server": outer.scope.get("server"),
            "client": outer.scope.get("client"),
            "method": subrequest.method,
            "path": straight,
            "raw_path": quote(straight).encode(),
            "root_path": "",
            "query_string": quote(query, safe=_PLAIN).encode(),
            "headers": [(name.encode("latin-1"), value.encode("utf-8")) for name, value in headers.items()],
            "state": {"user": outer.state.user, "all_or_none": all_or_none},
        }
    )


def _cased(name: str) -> str:
    return "ETag" if name == "etag" else "-".join(part.capitalize() for part in name.split("-"))
