"""Short forms for narrow places: ages, counts, states."""

from __future__ import annotations

from datetime import UTC, datetime

from hotfix_tui.salesforce.dates import instant

STEPS = ("Environment", "Seed", "Promote", "Sync")

COMPONENT_STATES = {
    "only_in_a": ("+", "only in production", "add"),
    "only_in_b": ("-", "only in environment", "remove"),
    "different": ("~", "differs", "warn"),
    "same": ("=", "same", "dim"),
    "unreadable": ("?", "unreadable", "bad"),
}
"""ComponentCompared.status → sign, words, tone. A is production, B the environment."""

RECORD_STATES = {
    **COMPONENT_STATES,
    "ambiguous": ("!", "ambiguous", "bad"),
    "keyless": ("?", "without a key", "warn"),
}
"""RecordCompared.status, likewise."""

STEP_NAMES = {
    "choose_environment": "Choosing the environment",
    "compare": "Comparing",
    "resolve": "Bringing components",
    "undo_resolve": "Taking components back",
    "plan": "Planning",
    "rehearse": "Rehearsing",
    "seed": "Seeding",
    "undo_seed": "Undoing the seed",
    "baseline": "Taking the baseline",
    "find_fix": "Looking for the fix",
    "validate": "Validating",
    "promote": "Promoting",
    "sync_compare": "Comparing the orgs",
    "sync": "Syncing",
    "restore": "Restoring automations",
    "finish": "Finishing",
}
"""A request's kind → what it does, as a person says it."""

RESULTS = {
    "done": ("done", "good"),
    "differences": ("done, something was left", "warn"),
    "cancelled": ("cancelled", "warn"),
    "refused": ("refused", "bad"),
    "failed": ("could not finish", "bad"),
}


def running_words(step: str) -> str:
    """`Seeding` for `seed`; an unknown step is named as it is."""
    return STEP_NAMES.get(step, step.replace("_", " ").capitalize())


def time_of_day(at: str) -> str:
    """`14:03:09` in the terminal's time zone; empty for no instant."""
    parsed = instant(at)
    return parsed.astimezone().strftime("%H:%M:%S") if parsed else ""


def day_and_time(at: str) -> str:
    """`13 Jan 09:41` in the terminal's time zone; empty for no instant."""
    parsed = instant(at)
    return parsed.astimezone().strftime("%d %b %H:%M") if parsed else ""


def ago(at: str, now: datetime | None = None) -> str:
    """`12 min`, `3 h`, `2 d` since an instant; empty for none."""
    parsed = instant(at)
    if parsed is None:
        return ""
    seconds = max(((now or datetime.now(UTC)) - parsed).total_seconds(), 0)
    return age(seconds / 3600)


def age(hours: float | None) -> str:
    """`12 min`, `14 h`, `3 d`; empty for unknown."""
    if hours is None:
        return ""
    if hours < 1:
        return f"{int(hours * 60)} min"
    if hours < 48:
        return f"{int(hours)} h"
    days = int(hours / 24)
    return f"{days} d" if days < 1000 else f"{days // 365} y"


def clock(at: str, now: datetime | None = None) -> str:
    """`1:03:09` since an instant, as an incident clock."""
    parsed = instant(at)
    if parsed is None:
        return ""
    seconds = int(max(((now or datetime.now(UTC)) - parsed).total_seconds(), 0))
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def of_total(done: int, total: int) -> str:
    """`7/10`; `7` while the total is not known."""
    return f"{done:,}/{total:,}" if total else f"{done:,}"


def listed(names: list[str] | tuple[str, ...], most: int = 4) -> str:
    """`a, b and 3 more`."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def megabytes(size: float) -> str:
    """`1.4` for a size in MB, without decimals from 10 on."""
    return f"{size:.1f}" if size < 10 else f"{size:,.0f}"


def many(count: int, one: str, more: str = "") -> str:
    """`1 row`, `2 rows`."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def pace_words(rate: float, left: float) -> str:
    """` (512 a second, 3 min left)`; empty while it cannot be told."""
    if rate <= 0:
        return ""
    often = f"{rate:,.0f} a second" if rate >= 1 else f"{rate * 60:,.0f} a minute"
    if left < 1:
        return f" ({often})"
    long = f"{left:,.0f} s" if left < 90 else f"{left / 60:,.0f} min"
    return f" ({often}, {long} left)"
