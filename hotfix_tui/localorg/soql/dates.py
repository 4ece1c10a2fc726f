"""Date literals: each names a range of days, from the first to the one after the last.

From Salesforce's "Date Formats and Date Literals in WHERE". Weeks begin on Sunday (en_US), days at midnight UTC, the
fiscal year in the month that the organization says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from hotfix_tui.localorg.soql.parse import malformed

_Days = tuple[date, date]


@dataclass(frozen=True)
class Calendar:
    """The day a query runs on, and the month (1 to 12) in which the fiscal year begins."""

    today: date
    fiscal_month: int = 1

    @property
    def fiscal_start(self) -> date:
        """The first day of the present fiscal year."""
        year = self.today.year - (self.today.month < self.fiscal_month)
        return date(year, self.fiscal_month, 1)


def _month(day: date, add: int = 0) -> date:
    count = day.year * 12 + day.month - 1 + add
    return date(count // 12, count % 12 + 1, 1)


def _days(at: Calendar, first: int, last: int) -> _Days:
    return at.today + timedelta(days=first), at.today + timedelta(days=last)


def _week(at: Calendar, first: int, last: int) -> _Days:
    sunday = at.today - timedelta(days=(at.today.weekday() + 1) % 7)
    return sunday + timedelta(days=7 * first), sunday + timedelta(days=7 * last)


def _months(at: Calendar, first: int, last: int) -> _Days:
    return _month(at.today, first), _month(at.today, last)


def _quarter(at: Calendar, first: int, last: int) -> _Days:
    start = date(at.today.year, (at.today.month - 1) // 3 * 3 + 1, 1)
    return _month(start, 3 * first), _month(start, 3 * last)


def _year(at: Calendar, first: int, last: int) -> _Days:
    return date(at.today.year + first, 1, 1), date(at.today.year + last, 1, 1)


def _fiscal_quarter(at: Calendar, first: int, last: int) -> _Days:
    start = at.fiscal_start
    gone = (at.today.year * 12 + at.today.month - start.year * 12 - start.month) // 3
    return _month(start, 3 * (gone + first)), _month(start, 3 * (gone + last))


def _fiscal_year(at: Calendar, first: int, last: int) -> _Days:
    return _month(at.fiscal_start, 12 * first), _month(at.fiscal_start, 12 * last)


_UNITS: dict[str, Callable[[Calendar, int, int], _Days]] = {
    "WEEK": _week,
    "MONTH": _months,
    "QUARTER": _quarter,
    "YEAR": _year,
    "FISCAL_QUARTER": _fiscal_quarter,
    "FISCAL_YEAR": _fiscal_year,
}
_FIXED: dict[str, Callable[[Calendar], _Days]] = {
    "YESTERDAY": lambda at: _days(at, -1, 0),
    "TODAY": lambda at: _days(at, 0, 1),
    "TOMORROW": lambda at: _days(at, 1, 2),
    "LAST_90_DAYS": lambda at: _days(at, -90, 1),
    "NEXT_90_DAYS": lambda at: _days(at, 1, 91),
}
_COUNTED: dict[str, Callable[[Calendar, int], _Days]] = {
    "LAST_N_DAYS": lambda at, n: _days(at, -n, 1),
    "NEXT_N_DAYS": lambda at, n: _days(at, 1, n + 1),
    "N_DAYS_AGO": lambda at, n: _days(at, -n, 1 - n),
}


def date_range(name: str, count: int | None, at: Calendar) -> tuple[date, date]:
    """The days a literal names: the first, and the one after the last.

    Raises MALFORMED_QUERY for unknown literals and for days before year 1 or after year 9999.
    """
    text = name if count is None else f"{name}:{count}"
    try:
        found = _fixed(name, at) if count is None else _counted(name, count, at)
    except (OverflowError, ValueError):
        found = None
    if found is None:
        raise malformed(f"unexpected token: '{text}'")
    return found


def _fixed(name: str, at: Calendar) -> _Days | None:
    if name in _FIXED:
        return _FIXED[name](at)
    which, _, unit = name.partition("_")
    first = {"LAST": -1, "THIS": 0, "NEXT": 1}.get(which)
    return None if first is None or unit not in _UNITS else _UNITS[unit](at, first, first + 1)


def _counted(name: str, count: int, at: Calendar) -> _Days | None:
    if name in _COUNTED:
        return _COUNTED[name](at, count)
    for unit, days in _UNITS.items():
        if name == f"LAST_N_{unit}S":
            return days(at, -count, 0)
        if name == f"NEXT_N_{unit}S":
            return days(at, 1, count + 1)
        if name == f"N_{unit}S_AGO":
            return days(at, -count, 1 - count)
    return None
