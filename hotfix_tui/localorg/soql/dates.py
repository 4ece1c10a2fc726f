"""Date literals: each names a range of days, from the first instant to the one after the last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from hotfix_tui.localorg.soql.parse import malformed


def _month(day: date, add: int = 0) -> date:
    count = day.year * 12 + day.month - 1 + add
    return date(count // 12, count % 12 + 1, 1)


def _week(day: date) -> date:
    """The Sunday a week begins with (en_US)."""
    return day - timedelta(days=(day.weekday() + 1) % 7)


def _quarter(day: date, add: int = 0) -> date:
    return _month(date(day.year, (day.month - 1) // 3 * 3 + 1, 1), 3 * add)


def _year(day: date, add: int = 0) -> date:
    return date(day.year + add, 1, 1)


def _days(first: int, last: int) -> Callable[[date], tuple[date, date]]:
    return lambda day: (day + timedelta(days=first), day + timedelta(days=last))


_FIXED: dict[str, Callable[[date], tuple[date, date]]] = {
    "YESTERDAY": _days(-1, 0),
    "TODAY": _days(0, 1),
    "TOMORROW": _days(1, 2),
    "LAST_WEEK": lambda d: (_week(d) - timedelta(7), _week(d)),
    "THIS_WEEK": lambda d: (_week(d), _week(d) + timedelta(7)),
    "NEXT_WEEK": lambda d: (_week(d) + timedelta(7), _week(d) + timedelta(14)),
    "LAST_MONTH": lambda d: (_month(d, -1), _month(d)),
    "THIS_MONTH": lambda d: (_month(d), _month(d, 1)),
    "NEXT_MONTH": lambda d: (_month(d, 1), _month(d, 2)),
    "LAST_90_DAYS": _days(-90, 1),
    "NEXT_90_DAYS": _days(1, 91),
    "LAST_QUARTER": lambda d: (_quarter(d, -1), _quarter(d)),
    "THIS_QUARTER": lambda d: (_quarter(d), _quarter(d, 1)),
    "NEXT_QUARTER": lambda d: (_quarter(d, 1), _quarter(d, 2)),
    "LAST_YEAR": lambda d: (_year(d, -1), _year(d)),
    "THIS_YEAR": lambda d: (_year(d), _year(d, 1)),
    "NEXT_YEAR": lambda d: (_year(d, 1), _year(d, 2)),
}
_COUNTED: dict[str, Callable[[date, int], tuple[date, date]]] = {
    "LAST_N_DAYS": lambda d, n: (d - timedelta(n), d + timedelta(1)),
    "NEXT_N_DAYS": lambda d, n: (d + timedelta(1), d + timedelta(n + 1)),
    "N_DAYS_AGO": lambda d, n: (d - timedelta(n), d - timedelta(n - 1)),
    "LAST_N_WEEKS": lambda d, n: (_week(d) - timedelta(7 * n), _week(d)),
    "NEXT_N_WEEKS": lambda d, n: (_week(d) + timedelta(7), _week(d) + timedelta(7 * (n + 1))),
    "N_WEEKS_AGO": lambda d, n: (_week(d) - timedelta(7 * n), _week(d) - timedelta(7 * (n - 1))),
    "LAST_N_MONTHS": lambda d, n: (_month(d, -n), _month(d)),
    "NEXT_N_MONTHS": lambda d, n: (_month(d, 1), _month(d, n + 1)),
    "N_MONTHS_AGO": lambda d, n: (_month(d, -n), _month(d, 1 - n)),
    "LAST_N_QUARTERS": lambda d, n: (_quarter(d, -n), _quarter(d)),
    "NEXT_N_QUARTERS": lambda d, n: (_quarter(d, 1), _quarter(d, n + 1)),
    "N_QUARTERS_AGO": lambda d, n: (_quarter(d, -n), _quarter(d, 1 - n)),
    "LAST_N_YEARS": lambda d, n: (_year(d, -n), _year(d)),
    "NEXT_N_YEARS": lambda d, n: (_year(d, 1), _year(d, n + 1)),
    "N_YEARS_AGO": lambda d, n: (_year(d, -n), _year(d, 1 - n)),
}


def date_range(name: str, count: int | None, today: date) -> tuple[date, date]:
    """The days a literal names: the first, and the one after the last. Raises MALFORMED_QUERY for unknown ones."""
    if count is None and name in _FIXED:
        return _FIXED[name](today)
    if count is not None and name in _COUNTED:
        return _COUNTED[name](today, count)
    text = name if count is None else f"{name}:{count}"
    raise malformed(f"unexpected token: '{text}'")
