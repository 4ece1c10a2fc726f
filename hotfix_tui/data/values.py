"""When two values are the same value: numbers, dates and picklists by what they mean, not how they are written."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from hotfix_tui.data.rows import USER, Ref, Scalar

_NUMBERS = frozenset({"double", "currency", "percent", "int", "long"})


def comparable(value: Scalar, kind: str) -> object:
    """`value` of a field of describe type `kind`, so that equal results mean equal values.

    Empty text is null, as in Salesforce; a multi-select picklist is a set; a datetime an instant.
    """
    if value is None or value == "":
        return False if kind == "boolean" else None
    if kind in _NUMBERS:
        return _number(value)
    if kind == "datetime":
        return _instant(str(value))
    if kind == "multipicklist":
        return frozenset(str(value).split(";"))
    if kind == "textarea":
        return str(value).replace("\r\n", "\n")
    if kind == "time":
        return str(value).rstrip("Z").split(".")[0]
    return value


def same_value(left: Scalar, right: Scalar, kind: str) -> bool:
    """Whether both are the same value of a field of this type."""
    return comparable(left, kind) == comparable(right, kind)


def _number(value: Scalar) -> object:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return value


def _instant(value: str) -> object:
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except ValueError:
        return value


def same_user(left: str, right: str, *, both_sandboxes: bool = False) -> bool:
    """Whether two orgs' usernames are one person's.

    A sandbox's username is production's with the sandbox's name behind a dot. Between two sandboxes the last part of
    both is left out. Source: Salesforce Help, "Sandbox usernames".
    """
    one, other = left.lower(), right.lower()
    if one == other or one.startswith(other + ".") or other.startswith(one + "."):
        return True
    return both_sandboxes and user_stem(one) == user_stem(other)


def user_stem(username: str) -> str:
    """A sandbox's username without its last part, when enough of a domain stays."""
    stem, _, _ = username.rpartition(".")
    return stem if "." in stem.rpartition("@")[2] else username


def same_ref(left: Ref | None, right: Ref | None, *, fold_case: bool = True, both_sandboxes: bool = False) -> bool:
    """Whether two lookups name the same parent."""
    if left is None or right is None:
        return left is right
    if left[0] != right[0]:
        return False
    if left[0] == USER:
        return same_user(left[1], right[1], both_sandboxes=both_sandboxes)
    return left[1].casefold() == right[1].casefold() if fold_case else left[1] == right[1]
