"""Reading the fields of a record that was sent: known ones, in any case, and those that must be there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hotfix_tui.localorg.errors import ApiError


def fields(name: str, body: dict[str, Any], known: Iterable[str], required: Iterable[str] = ()) -> dict[str, Any]:
    """The fields in their proper spelling. Raises INVALID_FIELD and REQUIRED_FIELD_MISSING in Salesforce's words."""
    spelling = {each.lower(): each for each in known}
    found: dict[str, Any] = {}
    for key, value in body.items():
        proper = spelling.get(key.lower())
        if proper is None:
            raise ApiError("INVALID_FIELD", f"No such column '{key}' on sobject of type {name}")
        if proper in found:
            raise ApiError("JSON_PARSER_ERROR", f"Duplicate field '{key}'")
        found[proper] = value
    missing = [each for each in required if found.get(each) in (None, "")]
    if missing:
        text = f"Required fields are missing: [{', '.join(missing)}]"
        raise ApiError("REQUIRED_FIELD_MISSING", text, fields=missing)
    return found


def text(name: str, value: Any) -> str:
    """A value that must be text. Raises JSON_PARSER_ERROR."""
    if not isinstance(value, str):
        raise ApiError("JSON_PARSER_ERROR", f"Cannot deserialize instance of string from the value of {name}")
    return value
