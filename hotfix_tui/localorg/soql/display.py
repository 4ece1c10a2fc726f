"""FORMAT(): values as a user of the locale en_US, in the time zone UTC, sees them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hotfix_tui.localorg.clock import parse_datetime
from hotfix_tui.localorg.schema.model import Field


def displayed(field: Field, value: Any, currencies: Sequence[str]) -> Any:
    """The text for a value; None stays None.

    `currencies` are the org's ISO codes: amounts carry the corporate one where there are several, `$` otherwise.
    """
    if value is None:
        return None
    if field.type in ("int", "double", "long"):
        return _grouped(value, field.scale)
    if field.type == "percent":
        return f"{_grouped(value, field.scale)}%"
    if field.type == "currency":
        sign = "-" if value < 0 else ""
        unit = f"{currencies[0]} " if len(currencies) > 1 else "$"
        return f"{sign}{unit}{_grouped(abs(value), field.scale)}"
    if field.type == "date":
        day = date.fromisoformat(value)
        return f"{day.month}/{day.day}/{day.year}"
    if field.type == "datetime":
        moment = parse_datetime(value)
        hour = moment.hour % 12 or 12
        half = "PM" if moment.hour >= 12 else "AM"
        return f"{moment.month}/{moment.day}/{moment.year}, {hour}:{moment.minute:02} {half}"
    return value


def _grouped(value: float, scale: int) -> str:
    number = Decimal(repr(value)).quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_UP)
    return f"{number:,}"
