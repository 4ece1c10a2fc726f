"""What an org answers when it refuses: status, error code and message in Salesforce's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class ApiError(Exception):
    """A request refused as a whole. Rendered as `[{"message", "errorCode", "fields"?}]`."""

    def __init__(self, code: str, message: str, status: int = 400, fields: Sequence[str] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.fields = fields

    def body(self) -> list[dict[str, Any]]:
        """The JSON a client gets."""
        entry: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields is not None:
            entry["fields"] = list(self.fields)
        return [entry]


_HINT = (
    " If you are attempting to use a custom {kind}, be sure to append the '__c' after the {name} name."
    " Please reference your WSDL or the describe call for the appropriate names."
)


def not_found() -> ApiError:
    """404: no such resource."""
    return ApiError("NOT_FOUND", "The requested resource does not exist", 404)


def unknown_object(name: str) -> str:
    """The sentence for an object that does not exist."""
    return f"sObject type '{name}' is not supported." + _HINT.format(kind="object", name="entity")


def unknown_column(name: str, entity: str) -> str:
    """The sentence for a field that a query names and the object lacks."""
    return f"No such column '{name}' on entity '{entity}'." + _HINT.format(kind="field", name="custom field")
