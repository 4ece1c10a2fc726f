"""Dates and times as Salesforce writes them. Source: REST API guide, "Valid Date and DateTime Formats"."""

from __future__ import annotations

from datetime import UTC, datetime


def instant(text: str) -> datetime | None:
    """An ISO 8601 time (`…Z`, `…+0000`, in UTC where it says no zone); None for what is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
