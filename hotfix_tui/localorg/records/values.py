"""Values as clients send them, turned into what columns keep: types, lengths, picklists, in Salesforce's words."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from hotfix_tui.localorg.clock import api_datetime, parse_datetime
from hotfix_tui.localorg.records.outcome import refused
from hotfix_tui.localorg.schema.model import NUMBERS, TEXTS, Field, RecordType
from hotfix_tui.localorg.store.ids import to_18

_EMAIL = re.compile(
    r"[^@\s,;<>()\[\]\\\"]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\Z"
)
_NESTED = (dict, list)
_ZONE = re.compile(r"(?<=\d{4}-\d{2}-\d{2})(?:Z|[+-]\d{2}:?\d{2})\Z")


def stored_value(field: Field, value: Any, record_type: RecordType | None = None) -> Any:
    """What the column keeps for a value from a client. Raises SaveRefused."""
    if value is None:
        if field.type == "boolean":
            raise refused(
                "INVALID_TYPE_ON_FIELD_IN_RECORD", f"{field.label}: value not of required type: null", field.name
            )
        return None
    if field.type in NUMBERS:
        return _number(field, value)
    convert = _CONVERTERS.get(field.type)
    return convert(field, value) if convert else _text(field, value, record_type)


def _bad_json(field: Field, value: Any) -> Exception:
    kind = "double" if field.type == "percent" else field.type
    shown = f" value {str(value).lower() if isinstance(value, bool) else value}"
    text = f"Cannot deserialize instance of {kind} from {_token(value)}{'' if isinstance(value, _NESTED) else shown}"
    return refused("JSON_PARSER_ERROR", f"{text} or request may be missing a required field", field.name)


def _token(value: Any) -> str:
    """How the parser that the messages come from calls a JSON value."""
    match value:
        case bool():
            return f"VALUE_{str(value).upper()}"
        case int():
            return "VALUE_NUMBER_INT"
        case float():
            return "VALUE_NUMBER_FLOAT"
        case dict():
            return "START_OBJECT"
        case list():
            return "START_ARRAY"
        case _:
            return "VALUE_STRING"


def _boolean(field: Field, value: Any) -> int:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and value.lower() in ("true", "false", "1", "0"):
        return int(value.lower() in ("true", "1"))
    raise _bad_json(field, value)


def _number(field: Field, value: Any) -> float | int | None:
    if isinstance(value, str) and not value.strip():
        return None
    try:
        if isinstance(value, bool):
            raise InvalidOperation
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise _bad_json(field, value) from None
    if not number.is_finite():
        raise _bad_json(field, value)
    if field.type == "int":
        if number != number.to_integral_value():
            raise _bad_json(field, value)
        if len(str(abs(int(number)))) > (field.digits or 9):
            raise _out_of_range(field, value)
        return int(number)
    number = number.quantize(Decimal(1).scaleb(-field.scale), rounding=ROUND_HALF_UP)
    if abs(number) >= Decimal(10) ** (field.precision - field.scale):
        raise _out_of_range(field, value)
    return float(number)


def _out_of_range(field: Field, value: Any) -> Exception:
    return refused(
        "NUMBER_OUTSIDE_VALID_RANGE",
        f"{field.label}: value outside of valid range on numeric field: {value}",
        field.name,
    )


def _date(field: Field, value: Any) -> str | None:
    if not isinstance(value, str):
        raise _bad_json(field, value)
    if not value.strip():
        return None
    try:
        text = value.strip().upper()
        # Salesforce takes a zone behind a day, and of an instant the day it names.
        return (parse_datetime(text) if "T" in text else date.fromisoformat(_ZONE.sub("", text))).isoformat()[:10]
    except ValueError:
        raise _bad_json(field, value) from None


def _datetime(field: Field, value: Any) -> str | None:
    if not isinstance(value, str):
        raise _bad_json(field, value)
    if not value.strip():
        return None
    try:
        if "T" not in value.upper():
            date.fromisoformat(value.strip())
        return api_datetime(parse_datetime(value.upper()))
    except ValueError:
        raise _bad_json(field, value) from None


def _time(field: Field, value: Any) -> str | None:
    if not isinstance(value, str):
        raise _bad_json(field, value)
    try:
        found = time.fromisoformat(value.strip().upper().removesuffix("Z"))
    except ValueError:
        raise _bad_json(field, value) from None
    return f"{found:%H:%M:%S}.{found.microsecond // 1000:03d}Z"


def _reference(field: Field, value: Any) -> str | None:
    if not isinstance(value, str):
        raise _bad_json(field, value)
    if not value.strip():
        return None
    found = to_18(value.strip())
    if found is None and not any(name.endswith("Definition") for name in field.reference_to):
        raise refused("MALFORMED_ID", f"{field.label}: id value of incorrect type: {value}", field.name)
    return found or value.strip()


def _base64(field: Field, value: Any) -> str:
    try:
        base64.b64decode(str(value), validate=True)
    except (binascii.Error, ValueError):
        raise _bad_json(field, value) from None
    return str(value)


def _text(field: Field, value: Any, record_type: RecordType | None) -> str | None:
    if isinstance(value, _NESTED):
        raise _bad_json(field, value)
    if isinstance(value, bool):
        value = str(value).lower()
    text = str(value).replace("\r\n", "\n") if field.type == "textarea" else str(value)
    text = text.strip()
    if not text:
        return None
    if field.type in ("picklist", "multipicklist"):
        text = _picklist(field, text, record_type)
    elif field.type == "email" and not _EMAIL.match(text):
        raise refused("INVALID_EMAIL_ADDRESS", f"{field.label}: invalid email address: {text}", field.name)
    if field.length and len(text) > field.length:
        raise refused(
            "STRING_TOO_LONG", f"{field.label}: data value too large: {text} (max length={field.length})", field.name
        )
    return text


def _picklist(field: Field, text: str, record_type: RecordType | None) -> str:
    """The value in its declared spelling; a restricted field takes active ones only, and those of the record type."""
    chosen = [part.strip() for part in text.split(";") if part.strip()] if field.type == "multipicklist" else [text]
    offered = record_type.values.get(field.name.lower()) if record_type else None
    out: list[str] = []
    for each in chosen:
        known = next((v for v in field.values if v.value.lower() == each.lower()), None)
        known = known or next((v for v in field.values if v.label.lower() == each.lower()), None)
        allowed = known is not None and known.active and (offered is None or known.value in offered)
        if field.restricted and not allowed:
            raise refused(
                "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                f"{field.label}: bad value for restricted picklist field: {each}",
                field.name,
            )
        out.append(known.value if known else each)
    if field.type == "multipicklist":
        order = {each.value: index for index, each in enumerate(field.values)}
        out = sorted(dict.fromkeys(out), key=lambda each: order.get(each, len(order)))
    return ";".join(out)


_CONVERTERS: dict[str, Callable[[Field, Any], Any]] = {
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "time": _time,
    "reference": _reference,
    "id": _reference,
    "base64": _base64,
}


def formula_value(field: Field, value: Any) -> Any:
    """A stored value as formulas see it: percent as a fraction, numbers as Decimal, dates as dates."""
    if field.type == "boolean":
        return bool(value)
    if value is None:
        return None
    if field.type in NUMBERS:
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        return number / 100 if field.type == "percent" else number
    if field.type == "date":
        return date.fromisoformat(value)
    if field.type == "datetime":
        return parse_datetime(value)
    if field.type == "time":
        return time.fromisoformat(str(value).removesuffix("Z"))
    return str(value)


def from_formula(field: Field, value: Any) -> Any:
    """A formula's result as the field's column would keep it."""
    if field.type == "boolean":
        return int(bool(value))
    if value is None or value == "":
        return None
    if field.type in NUMBERS:
        return _rounded(field, value)
    if isinstance(value, (date, time)):
        return _moment(field, value)
    if isinstance(value, Decimal) and field.type in TEXTS:
        return format(value.normalize(), "f")
    return str(value)


def _rounded(field: Field, value: Any) -> float | None:
    if not isinstance(value, Decimal):
        return None
    number = value * 100 if field.type == "percent" else value
    return float(number.quantize(Decimal(1).scaleb(-field.scale), rounding=ROUND_HALF_UP))


def _moment(field: Field, value: date | time) -> str:
    if isinstance(value, time):
        return f"{value:%H:%M:%S}.{value.microsecond // 1000:03d}Z"
    if isinstance(value, datetime):
        return api_datetime(value) if field.type == "datetime" else value.astimezone(UTC).date().isoformat()
    return f"{value.isoformat()}T00:00:00.000+0000" if field.type == "datetime" else value.isoformat()
