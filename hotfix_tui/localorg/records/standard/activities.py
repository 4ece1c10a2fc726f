"""Tasks close by their status; an event's beginning, end and duration follow from each other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hotfix_tui.localorg.clock import api_datetime, parse_datetime
from hotfix_tui.localorg.records.outcome import refused
from hotfix_tui.localorg.records.standard.save import Save


def task(save: Save) -> None:
    """IsClosed, CompletedDateTime, IsHighPriority and the account it is about."""
    row = save.row
    closed = save.marked("Status", "closed")
    if closed and not (save.old or {}).get("IsClosed"):
        row["CompletedDateTime"] = save.now
    elif not closed:
        row["CompletedDateTime"] = None
    row["IsClosed"], row["IsHighPriority"] = int(closed), int(save.marked("Priority", "high"))
    row["AccountId"] = _account(save)


def event(save: Save) -> None:
    """Start and duration give the end, start and end the duration. Raises SaveRefused."""
    row, given = save.row, save.given
    start = given.get("StartDateTime") or given.get("ActivityDateTime") or row.get("StartDateTime")
    if start is None and row.get("ActivityDate"):
        start = f"{row['ActivityDate']}T00:00:00.000+0000"
    if start is None:
        text = "Required fields are missing: [ActivityDateTime, DurationInMinutes]"
        raise refused("REQUIRED_FIELD_MISSING", text, "ActivityDateTime", "DurationInMinutes")
    begins = parse_datetime(start)
    end = given.get("EndDateTime")
    minutes = given.get("DurationInMinutes")
    if minutes is None and end is not None:
        minutes = int((parse_datetime(end) - begins).total_seconds() // 60)
    if minutes is None:
        minutes = row.get("DurationInMinutes") or (1440 if row.get("IsAllDayEvent") else None)
    if minutes is None:
        raise refused("REQUIRED_FIELD_MISSING", "Required fields are missing: [DurationInMinutes]", "DurationInMinutes")
    if minutes < 0:
        raise refused("FIELD_INTEGRITY_EXCEPTION", "Event duration can not be negative", "DurationInMinutes")
    until = begins + timedelta(minutes=int(minutes))
    row.update(StartDateTime=api_datetime(begins), DurationInMinutes=int(minutes), EndDateTime=api_datetime(until))
    row["ActivityDateTime"] = None if row.get("IsAllDayEvent") else row["StartDateTime"]
    row["ActivityDate"], row["EndDate"] = row["StartDateTime"][:10], row["EndDateTime"][:10]
    row["AccountId"] = _account(save)


def _account(save: Save) -> Any:
    """The account itself, the one of what it is about, or the contact's."""
    what = save.row.get("WhatId")
    owner = save.org.schema.object_of_id(what) if what else None
    if owner is not None and owner.name == "Account":
        return what
    if owner is not None and owner.field("AccountId"):
        found = (save.org.store.get(owner.name, str(what)) or {}).get("AccountId")
        if found:
            return found
    who = save.row.get("WhoId")
    return (save.org.store.get("Contact", who) or {}).get("AccountId") if who else None
