"""Functions of formulas that need nothing but their arguments."""

from __future__ import annotations

import calendar
import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from hotfix_tui.localorg.formula.syntax import FormulaError


def text_of(value: Any) -> str:
    """A value as TEXT() writes it; nothing becomes an empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value)


def number_of(value: Any) -> Decimal:
    """A value as a number; nothing counts as zero. Raises FormulaError for texts and dates."""
    if value is None:
        return Decimal(0)
    if isinstance(value, Decimal):
        return value
    raise FormulaError(f"Incorrect parameter type. Expected Number, received {kind_of(value)}")


def kind_of(value: Any) -> str:
    """The word Salesforce has for a value's type."""
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, Decimal):
        return "Number"
    if isinstance(value, datetime):
        return "DateTime"
    if isinstance(value, date):
        return "Date"
    return "Text"


def is_blank(value: Any) -> bool:
    """Nothing, or an empty text."""
    return value is None or value == ""


def _value(text: Any) -> Decimal | None:
    if is_blank(text):
        return None
    if isinstance(text, Decimal):
        return text
    try:
        return Decimal(str(text).strip().replace(",", ""))
    except InvalidOperation:
        raise FormulaError(f"VALUE: '{text}' is not a number") from None


def _round(number: Any, digits: Any) -> Decimal:
    places = int(number_of(digits))
    return number_of(number).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def _date(year: Any, month: Any, day: Any) -> date:
    try:
        return date(int(number_of(year)), int(number_of(month)), int(number_of(day)))
    except ValueError as error:
        raise FormulaError(f"DATE: {error}") from None


def _date_value(value: Any) -> date | None:
    if is_blank(value):
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise FormulaError(f"DATEVALUE: '{value}' is not a date") from None


def _datetime_value(value: Any) -> datetime | None:
    if is_blank(value):
        return None
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    try:
        found = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        raise FormulaError(f"DATETIMEVALUE: '{value}' is not a date and time") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _time_value(value: Any) -> time | None:
    if is_blank(value):
        return None
    if isinstance(value, datetime):
        return value.time()
    if isinstance(value, time):
        return value
    try:
        return time.fromisoformat(str(value).removesuffix("Z"))
    except ValueError:
        raise FormulaError(f"TIMEVALUE: '{value}' is not a time") from None


def _part(name: str) -> Callable[[Any], Decimal | None]:
    def part(value: Any) -> Decimal | None:
        if value is None:
            return None
        if not hasattr(value, name):
            raise FormulaError(f"Incorrect parameter type for function '{name.upper()}()'. Received {kind_of(value)}")
        return Decimal(getattr(value, name))

    return part


def _add_months(value: Any, months: Any) -> date | None:
    if value is None:
        return None
    count = value.year * 12 + value.month - 1 + int(number_of(months))
    year, month = divmod(count, 12)
    last = calendar.monthrange(year, month + 1)[1]
    was_last = value.day == calendar.monthrange(value.year, value.month)[1]
    found: date = value.replace(year=year, month=month + 1, day=last if was_last else min(value.day, last))
    return found


def _regex(text: Any, pattern: Any) -> bool:
    try:
        return re.fullmatch(str(pattern), text_of(text)) is not None
    except re.error as error:
        raise FormulaError(f"REGEX: {error}") from None


def _mod(number: Any, by: Any) -> Decimal:
    divisor = number_of(by)
    if not divisor:
        raise FormulaError("Division by zero")
    value = number_of(number)
    return value - divisor * (value / divisor).to_integral_value(ROUND_FLOOR)


def _decimal(function: Callable[[Decimal], Decimal]) -> Callable[[Any], Decimal]:
    """A function that Decimal itself has, to all its digits."""

    def apply(value: Any) -> Decimal:
        try:
            return function(number_of(value))
        except ArithmeticError:
            raise FormulaError(f"{value} is out of range") from None

    return apply


def _float(function: Callable[..., float]) -> Callable[..., Decimal]:
    def apply(*values: Any) -> Decimal:
        try:
            return Decimal(repr(function(*(float(number_of(value)) for value in values))))
        except (ValueError, OverflowError) as error:
            raise FormulaError(str(error)) from None

    return apply


def _log(function: Callable[[Decimal], Decimal]) -> Callable[[Any], Decimal]:
    def apply(value: Any) -> Decimal:
        number = number_of(value)
        if number <= 0:
            raise FormulaError(f"{number} has no logarithm")
        return function(number)

    return apply


def _trunc(number: Any, digits: Any = Decimal(0)) -> Decimal:
    return number_of(number).quantize(Decimal(1).scaleb(-int(number_of(digits))), rounding=ROUND_DOWN)


def _unix(value: Any) -> Decimal | None:
    if isinstance(value, time):
        return Decimal(value.hour * 3600 + value.minute * 60 + value.second)
    moment = _datetime_value(value)
    return None if moment is None else Decimal(int(moment.timestamp()))


def _from_unix(value: Any) -> datetime | None:
    return None if value is None else datetime.fromtimestamp(int(number_of(value)), UTC)


def _iso(index: int) -> Callable[[Any], Decimal | None]:
    return lambda value: None if value is None else Decimal(value.isocalendar()[index])


def _character(value: Any) -> str:
    code = int(number_of(value))
    if not 0 < code < 0x110000:
        raise FormulaError(f"CHR: {code} is no character")
    return chr(code)


def _find(search: Any, text: Any, start: Any = Decimal(1)) -> Decimal:
    return Decimal(text_of(text).find(text_of(search), int(number_of(start)) - 1) + 1)


def _pad(text: Any, length: Any, fill: Any, left: bool) -> str:
    value, size, pad = text_of(text), int(number_of(length)), text_of(fill) or " "
    missing = (pad * max(0, size - len(value)))[: max(0, size - len(value))]
    return (missing + value if left else value + missing)[:size]


def _case_safe(value: Any) -> Any:
    from hotfix_tui.localorg.store.ids import to_18

    return to_18(text_of(value)) or text_of(value)


def _is_number(value: Any) -> bool:
    try:
        return _value(value) is not None
    except FormulaError:
        return False


def _away_from_zero(value: Any) -> Decimal:
    number = number_of(value)
    return number.to_integral_value(ROUND_CEILING if number > 0 else ROUND_FLOOR)


def _towards_zero(value: Any) -> Decimal:
    number = number_of(value)
    return number.to_integral_value(ROUND_FLOOR if number > 0 else ROUND_CEILING)


def _weekday(value: Any) -> Decimal | None:
    found = _date_value(value)
    return None if found is None else Decimal(found.isoweekday() % 7 + 1)


def _begins(text: Any, start: Any) -> bool:
    return text_of(text).startswith(text_of(start))


PURE: dict[str, Callable[..., Any]] = {
    "ABS": lambda n: abs(number_of(n)),
    "ACOS": _float(math.acos),
    "ADDMONTHS": _add_months,
    "ASCII": lambda text: Decimal(ord(text_of(text)[0])) if text_of(text) else None,
    "ASIN": _float(math.asin),
    "ATAN": _float(math.atan),
    "ATAN2": _float(math.atan2),
    "BEGINS": _begins,
    "BR": lambda: "\n",
    "CASESAFEID": _case_safe,
    "CEILING": _away_from_zero,
    "CHR": _character,
    "COS": _float(math.cos),
    "CONTAINS": lambda text, part: text_of(part) in text_of(text),
    "DATE": _date,
    "DATEVALUE": _date_value,
    "DATETIMEVALUE": _datetime_value,
    "DAY": _part("day"),
    "DAYOFYEAR": lambda value: None if value is None else Decimal(value.timetuple().tm_yday),
    "EXP": _decimal(Decimal.exp),
    "FIND": _find,
    "FLOOR": _towards_zero,
    "FROMUNIXTIME": _from_unix,
    "HOUR": _part("hour"),
    "HTMLENCODE": lambda text: text_of(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
    "HYPERLINK": lambda url, label, target="_blank": (
        f'<a href="{text_of(url)}" target="{text_of(target)}">{text_of(label)}</a>'
    ),
    "IMAGE": lambda url, alt, *size: f'<img src="{text_of(url)}" alt="{text_of(alt)}" border="0"/>',
    "INITCAP": lambda text: re.sub(r"\w+", lambda word: word[0].capitalize(), text_of(text)),
    "ISOWEEK": _iso(1),
    "ISOYEAR": _iso(0),
    "ISNUMBER": _is_number,
    "LEFT": lambda text, n: text_of(text)[: max(0, int(number_of(n)))],
    "LEN": lambda text: Decimal(len(text_of(text))),
    "LN": _log(Decimal.ln),
    "LOG": _log(Decimal.log10),
    "LOWER": lambda text, locale=None: text_of(text).lower(),
    "LPAD": lambda text, n, fill=" ": _pad(text, n, fill, True),
    "MAX": lambda *n: max(number_of(each) for each in n),
    "MCEILING": lambda n: number_of(n).to_integral_value(ROUND_CEILING),
    "MFLOOR": lambda n: number_of(n).to_integral_value(ROUND_FLOOR),
    "MID": lambda text, start, n: text_of(text)[max(0, int(number_of(start)) - 1) :][: max(0, int(number_of(n)))],
    "MILLISECOND": lambda value: None if value is None else Decimal(value.microsecond // 1000),
    "MIN": lambda *n: min(number_of(each) for each in n),
    "MINUTE": _part("minute"),
    "MOD": _mod,
    "MONTH": _part("month"),
    "PI": lambda: Decimal("3.14159265358979323846"),
    "PICKLISTCOUNT": lambda value: Decimal(len([part for part in text_of(value).split(";") if part])),
    "REGEX": _regex,
    "REVERSE": lambda text: text_of(text)[::-1],
    "RIGHT": lambda text, n: text_of(text)[-int(number_of(n)) :] if number_of(n) > 0 else "",
    "ROUND": _round,
    "RPAD": lambda text, n, fill=" ": _pad(text, n, fill, False),
    "SECOND": _part("second"),
    "SIN": _float(math.sin),
    "SQRT": _decimal(Decimal.sqrt),
    "SUBSTITUTE": lambda text, old, new: text_of(text).replace(text_of(old), text_of(new)),
    "TAN": _float(math.tan),
    "TEXT": text_of,
    "TIMEVALUE": _time_value,
    "TRIM": lambda text: text_of(text).strip(),
    "TRUNC": _trunc,
    "UNIXTIMESTAMP": _unix,
    "UPPER": lambda text, locale=None: text_of(text).upper(),
    "URLENCODE": lambda text: quote(text_of(text), safe=""),
    "VALUE": _value,
    "WEEKDAY": _weekday,
    "YEAR": _part("year"),
}


def add(left: Any, right: Any, sign: int) -> Any:
    """`left + right` or `left - right`: numbers, texts, dates with days, differences of dates in days."""
    if isinstance(left, str) or isinstance(right, str):
        if sign < 0:
            raise FormulaError(
                "Incorrect parameter type for operator '-'. Expected Number, Date, DateTime, received Text"
            )
        return text_of(left) + text_of(right)
    if isinstance(left, date) and isinstance(right, date):
        if sign > 0:
            raise FormulaError("Incorrect parameter type for operator '+'. Expected Number, received Date")
        return _between(left, right)
    if isinstance(left, time):
        if isinstance(right, time):
            return (_unix(left) or Decimal(0)) * 1000 - (_unix(right) or Decimal(0)) * 1000
        return shift_time(left, number_of(right) * sign)
    if isinstance(left, (date, datetime)):
        return _shift(left, number_of(right) * sign)
    if isinstance(right, (date, datetime)):
        return _shift(right, number_of(left))
    return number_of(left) + number_of(right) * sign


def _between(left: date, right: date) -> Decimal:
    """Days and parts of days from `right` to `left`."""
    if isinstance(left, datetime) and isinstance(right, datetime):
        apart = left - right
    else:
        first = left.date() if isinstance(left, datetime) else left
        second = right.date() if isinstance(right, datetime) else right
        apart = first - second
    return Decimal(apart.days) + (Decimal(apart.seconds) + Decimal(apart.microseconds) / 1_000_000) / 86_400


def _shift(moment: date, days: Decimal) -> date:
    if isinstance(moment, datetime):
        return moment + timedelta(microseconds=int(days * 86_400_000_000))
    return moment + timedelta(days=int(days))


def shift_time(moment: time, milliseconds: Decimal) -> time:
    """A time of day so many milliseconds later, around midnight."""
    since = (moment.hour * 3600 + moment.minute * 60 + moment.second) * 1000 + moment.microsecond // 1000
    total = (since + int(milliseconds)) % 86_400_000
    seconds, rest = divmod(total, 1000)
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60, rest * 1000)
