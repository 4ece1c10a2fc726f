"""Cases close by their status, and belong to their contact's account unless told otherwise."""

from __future__ import annotations

from hotfix_tui.localorg.records.standard.save import Save


def case(save: Save) -> None:
    """IsClosed, ClosedDate, and the account of the contact."""
    row = save.row
    closed = save.marked("Status", "closed")
    was = bool((save.old or {}).get("IsClosed"))
    row["IsClosed"] = int(closed)
    if closed and not was:
        row["ClosedDate"] = save.now
    elif not closed:
        row["ClosedDate"] = None
    if save.creating and row.get("AccountId") is None and row.get("ContactId"):
        row["AccountId"] = save.parent("ContactId", "Contact").get("AccountId")
