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
    """A JSON object. Raises JSON_PARSER_ERROR."""
    try:
        found = json.loads(content)
    except (ValueError, UnicodeDecodeError) as error:
        raise ApiError("JSON_PARSER_ERROR", f"{error}") from None
    if not isinstance(found, dict):
        raise ApiError("JSON_PARSER_ERROR", "The HTTP entity body is required to be a JSON object")
    return found


def options(request: Request, *, all_or_none: bool = False) -> SaveOptions:
    """What the save headers ask for. Raises ApiError when one is not understood."""
    duplicates = request.headers.get("sforce-duplicate-rule-header", "")
    assign = request.headers.get("sforce-auto-assign", "TRUE").strip().upper()
    return SaveOptions(
        all_or_none=all_or_none,
        allow_duplicates="allowsave=true" in duplicates.replace(" ", "").lower(),
        auto_assign=assign != "FALSE",
    )


def page_size(request: Request) -> int:
    """Rows a page, from Sforce-Query-Options: 200 to 2,000."""
    found = _BATCH.search(request.headers.get("sforce-query-options", ""))
    return min(2000, max(200, int(found[1]))) if found else 2000
