"""Masks: what is carried instead of a value, made where the value is read, so that nothing else ever sees it.

A fake or hash depends on the value and the data set's `mask_seed` alone: the same value gives the same mask in every
run and on every object, so masked match keys still match. It is a keyed digest; who knows the seed and guesses a value
can confirm the guess, so a seed is kept as one keeps the data set.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hotfix_tui.data.data_set import Mask, ObjectSpec
from hotfix_tui.data.errors import DataSetError
from hotfix_tui.data.rows import Scalar

if TYPE_CHECKING:
    from hotfix_tui.salesforce.describe import FieldDescribe, ObjectDescribe

_TEXT = frozenset({"string", "textarea", "combobox"})
_NUMBERS = frozenset({"double", "currency", "percent"})
_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"
_SHORTEST_HASH = 12
"""Characters below which a hash would soon be the same for two values."""


class Masker:
    """The masks of one object as one org describes it: `mask` changes rows of a query in place."""

    def __init__(self, spec: ObjectSpec, describe: ObjectDescribe, seed: str) -> None:
        """Raises DataSetError for a mask that cannot give a value of its field's type."""
        self._masks = {
            one.field: mask_function(one, describe.fields[one.field], spec.name, seed)
            for one in spec.masks
            if one.field in describe.fields
        }

    def mask(self, record: dict[str, Any]) -> None:
        """Puts masks in the place of `record`'s values. An empty value stays empty."""
        for name, function in self._masks.items():
            if record.get(name) not in (None, ""):
                record[name] = function(record[name])

    def mask_path(self, record: Mapping[str, Any], name: str) -> None:
        """As `mask`, for one field of a parent that came along a path."""
        if name in self._masks and isinstance(record, dict) and record.get(name) not in (None, ""):
            record[name] = self._masks[name](record[name])

    def __bool__(self) -> bool:
        return bool(self._masks)


def mask_function(mask: Mask, field: FieldDescribe, name: str, seed: str) -> Callable[[Scalar], Scalar]:
    """What `mask` makes of a value of `field`. Raises DataSetError when it cannot give a value of that type."""
    if mask.kind == "null":
        if not field.nillable:
            raise DataSetError(f"{name}.{field.name} cannot be empty, so its mask cannot be null.")
        return lambda _: None
    if mask.kind == "constant":
        if why := _unfit(mask.constant, field):
            raise DataSetError(f"The constant of {name}.{field.name} {why}.")
        return lambda _: mask.constant
    if field.type == "reference":
        raise DataSetError(f"{name}.{field.name} is a lookup; its mask can only be null or a constant.")
    if mask.kind == "hash":
        if field.type not in _TEXT or field.length < _SHORTEST_HASH:
            raise DataSetError(f"{name}.{field.name} is no text of {_SHORTEST_HASH} characters or more to hold a hash.")
        return lambda value: _digest(seed, value).hex()[: min(field.length, 40)]
    make = _fakes(field)
    if make is None:
        raise DataSetError(f"There is no fake for {name}.{field.name}, which is of type {field.type}.")
    return lambda value: make(_digest(seed, value), field)


def _digest(seed: str, value: Scalar) -> bytes:
    return hmac.new(seed.encode(), repr(value).encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


def _unfit(value: Scalar, field: FieldDescribe) -> str:
    """Why `value` cannot be the constant of a field of this type; "" when it can."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if field.type == "boolean":
        return "" if isinstance(value, bool) else "must be true or false"
    if field.type in _NUMBERS or field.type in ("int", "long"):
        if not number or (field.type not in _NUMBERS and not isinstance(value, int)):
            return "must be a number"
        return ""
    if not isinstance(value, str):
        return "must be text"
    if field.length and len(value) > field.length:
        return f"is longer than {field.length} characters"
    if field.restricted_picklist and (unknown := set(value.split(";")) - _active(field)):
        return f"is not an active value of its picklist: {', '.join(sorted(unknown))}"
    return ""


def _active(field: FieldDescribe) -> set[str]:
    return {one.value for one in field.picklist_values if one.active}


_Fake = Callable[[bytes, "FieldDescribe"], Scalar]


def _fakes(field: FieldDescribe) -> _Fake | None:
    if field.type in ("picklist", "multipicklist", "combobox") and _active(field):
        return _one_of
    return _FAKES.get(field.type)


def _one_of(digest: bytes, field: FieldDescribe) -> Scalar:
    values = sorted(_active(field))
    return values[int.from_bytes(digest[:4]) % len(values)]


def _syllables(digest: bytes) -> Iterable[str]:
    for byte in digest:
        yield _CONSONANTS[byte % len(_CONSONANTS)] + _VOWELS[byte // len(_CONSONANTS) % len(_VOWELS)]


def _words(digest: bytes, field: FieldDescribe) -> Scalar:
    """Three words that nobody has; fewer letters where the field is shorter."""
    parts = list(_syllables(digest))
    text = " ".join("".join(parts[start : start + 3]).capitalize() for start in (0, 3, 6))
    return text[: field.length or 255].strip() or "x"


def _email(digest: bytes, field: FieldDescribe) -> Scalar:
    """An address that is never delivered: RFC 2606 keeps `.invalid` free."""
    return digest.hex()[: min(20, max((field.length or 80) - 16, 1))] + "@masked.invalid"


def _phone(digest: bytes, field: FieldDescribe) -> Scalar:
    digits = str(int.from_bytes(digest[:8]))[:7].rjust(7, "0")
    return f"+1 555 {digits}"[: field.length or 40]


def _url(digest: bytes, field: FieldDescribe) -> Scalar:
    return f"https://{digest.hex()[:16]}.invalid"[: field.length or 255]


def _day(digest: bytes, field: FieldDescribe) -> Scalar:
    del field
    return (date(1950, 1, 1) + timedelta(days=int.from_bytes(digest[:4]) % 25_000)).isoformat()


def _instant(digest: bytes, field: FieldDescribe) -> Scalar:
    del field
    seconds = int.from_bytes(digest[:6]) % (50 * 365 * 86_400)
    return (datetime(1970, 1, 2, tzinfo=UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _time(digest: bytes, field: FieldDescribe) -> Scalar:
    del field
    minutes = int.from_bytes(digest[:4]) % 1_440
    return f"{minutes // 60:02}:{minutes % 60:02}:00.000Z"


def _whole(digest: bytes, field: FieldDescribe) -> Scalar:
    del field
    return int.from_bytes(digest[:8]) % 1_000_000


def _decimal(digest: bytes, field: FieldDescribe) -> Scalar:
    """A number that its precision and scale can hold, of at most four digits before the point (100 for a percent)."""
    whole = min(max((field.precision or 6) - field.scale, 0), 4)
    most = min(10**whole, 100) if field.type == "percent" else 10**whole
    scale = min(field.scale, 2)
    cents: int = int.from_bytes(digest[:8]) % int(most * 10**scale)
    return float(round(cents / 10**scale, scale))


def _boolean(digest: bytes, field: FieldDescribe) -> Scalar:
    del field
    return bool(digest[0] & 1)


_FAKES: dict[str, _Fake] = {
    "string": _words,
    "textarea": _words,
    "combobox": _words,
    "picklist": _words,
    "email": _email,
    "phone": _phone,
    "url": _url,
    "date": _day,
    "datetime": _instant,
    "time": _time,
    "int": _whole,
    "long": _whole,
    "double": _decimal,
    "currency": _decimal,
    "percent": _decimal,
    "boolean": _boolean,
}
