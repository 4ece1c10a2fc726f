"""What a save answers, and how it may be asked to behave."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

SECURITY = (
    "Please check the security settings of this field and verify that it is read/write for your profile or"
    " permission set."
)
"""What Salesforce says behind each field that cannot be written."""


@dataclass(frozen=True)
class SaveError:
    """One reason a record was not saved."""

    code: str
    message: str
    fields: tuple[str, ...] = ()

    def item(self) -> dict[str, Any]:
        """As collections answer it (`statusCode`)."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields)}

    def body(self) -> dict[str, Any]:
        """As a single call answers it (`errorCode`)."""
        return {"message": self.message, "errorCode": self.code, "fields": list(self.fields)}


class SaveRefused(Exception):
    """A record is not saved; rolls its savepoint back."""

    def __init__(self, *errors: SaveError) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = errors


def refused(code: str, message: str, *fields: str) -> SaveRefused:
    """A refusal with one error."""
    return SaveRefused(SaveError(code, message, fields))


@dataclass(frozen=True)
class SaveOptions:
    """Headers of a save: whether all records stand or fall together, whether duplicates that only alert are saved.

    `recorded` is called with the outcomes inside the transaction that saves the records, for what must be kept exactly
    when they are.
    """

    all_or_none: bool = False
    allow_duplicates: bool = False
    auto_assign: bool = True
    recorded: Callable[[Sequence[SaveOutcome]], None] | None = None


@dataclass(frozen=True)
class SaveOutcome:
    """What became of one record; `id` is None when an insert was refused."""

    id: str | None
    success: bool
    created: bool = False
    errors: Sequence[SaveError] = field(default_factory=tuple)

    def item(self, *, upsert: bool = False) -> dict[str, Any]:
        """As collections answer it."""
        out: dict[str, Any] = {}
        if self.id is not None:
            out["id"] = self.id
        out["success"] = self.success
        out["errors"] = [error.item() for error in self.errors]
        if upsert and self.success:
            out["created"] = self.created
        return out
