"""Reading request bodies and headers, and writing answers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.records.outcome import SaveOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

_EVERYWHERE = frozenset({"oauth_token", "_HttpMethod", "format"})
_BATCH = re.compile(r"batchSize\s*=\s*(\d+)", re.IGNORECASE)


class Answer(Response):
    """JSON as Salesforce writes it: compact, UTF-8."""

    media_type = "application/json;charset=UTF-8"

    def __init__(self, content: Any, status_code: int = 200, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(content, status_code, headers)

    def render(self, content: Any) -> bytes:
        """The bytes of the body."""
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def json_body(content: bytes) -> dict[str, Any]:
    """A JSON object that means one thing only: no name twice, no half of a character. Raises JSON_PARSER_ERROR."""
    try:
        found = json.loads(content, object_pairs_hook=_once, parse_constant=_no_number)
        json.dumps(found, ensure_ascii=False).encode()
    except RecursionError:
        raise ApiError("JSON_PARSER_ERROR", "The HTTP entity body is nested too deeply") from None
    except UnicodeEncodeError:
        raise ApiError("JSON_PARSER_ERROR", "Invalid UTF-16: a surrogate without its other half") from None
    except ValueError as error:
        raise ApiError("JSON_PARSER_ERROR", f"{error}") from None
    if not isinstance(found, dict):
        raise ApiError("JSON_PARSER_ERROR", "The HTTP entity body is required to be a JSON object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"Duplicate field '{name}'")
        found[name] = value
    return found


def _no_number(name: str) -> Any:
    raise ValueError(f"Non-standard token '{name}'")


def known_parameters(request: Request, known: frozenset[str]) -> None:
    """Refuses query parameters this resource does not understand. Raises INVALID_INPUT."""
    for name in request.query_params:
        if name.lower() not in known and name not in _EVERYWHERE:
            raise ApiError("INVALID_INPUT", f"Unrecognized query parameter: {name}")


def flag(request: Request, name: str) -> bool:
    """A query parameter that is true or false, false when absent. Raises INVALID_INPUT for anything else."""
    given = (value for each, value in request.query_params.items() if each.lower() == name.lower())
    text = next(given, "false").lower()
    if text not in ("true", "false"):
        raise ApiError("INVALID_INPUT", f"The {name} parameter must be true or false: {text}")
    return text == "true"


def options(request: Request, *, all_or_none: bool = False) -> SaveOptions:
    """What the save headers ask for; a composite call may insist on all or none. Raises ApiError."""
    duplicates = request.headers.get("sforce-duplicate-rule-header", "")
    assign = request.headers.get("sforce-auto-assign", "TRUE").strip().upper()
    return SaveOptions(
        all_or_none=all_or_none or bool(getattr(request.state, "all_or_none", False)),
        allow_duplicates="allowsave=true" in duplicates.replace(" ", "").lower(),
        auto_assign=assign != "FALSE",
    )


def page_size(request: Request) -> int:
    """Rows a page, from Sforce-Query-Options: 200 to 2,000."""
    found = _BATCH.search(request.headers.get("sforce-query-options", ""))
    return min(2000, max(200, int(found[1]))) if found else 2000
