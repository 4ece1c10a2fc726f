"""Contracts and orders begin as drafts; what is ordered follows the order's price book."""

from __future__ import annotations

from datetime import date, timedelta

from hotfix_tui.localorg.records.outcome import refused
from hotfix_tui.localorg.records.standard.opportunities import price_book_entry
from hotfix_tui.localorg.records.standard.save import Save, money, number


def contract(save: Save) -> None:
    """It ends a day before its term of months is over; nobody creates one that is activated already."""
    row = save.row
    _draft_first(save, "contract")
    start, months = row.get("StartDate"), row.get("ContractTerm")
    row["EndDate"] = None
    if start and months:
        day = date.fromisoformat(start)
        count = day.year * 12 + day.month - 1 + int(months)
        row["EndDate"] = (_clipped(count // 12, count % 12 + 1, day.day) - timedelta(days=1)).isoformat()


def _clipped(year: int, month: int, day: int) -> date:
    """The day, or the last one of a month that has fewer."""
    following = date(year + month // 12, month % 12 + 1, 1)
    return min(date(year, month, 1) + timedelta(days=day - 1), following - timedelta(days=1))


def order(save: Save) -> None:
    """It is activated with at least one product in it, and not when it is created."""
    _draft_first(save, "order")
    activated = save.marked("Status", "activated")
    was = (save.old or {}).get("StatusCode") == "Activated"
    if activated and not was:
        found = save.org.store.value("SELECT 1 FROM OrderItem WHERE OrderId = ? AND IsDeleted = 0", (save.row["Id"],))
        if not found:
            raise refused("FAILED_ACTIVATION", "An order must have at least one product.")
        save.row["ActivatedDate"], save.row["ActivatedById"] = save.now, save.user_id


def _draft_first(save: Save, what: str) -> None:
    activated = save.marked("Status", "activated")
    if save.creating and activated:
        text = f"Choose a valid {what} status and save your changes. Ask your admin for details."
        raise refused("FAILED_ACTIVATION", text, "Status")
    save.row["StatusCode"] = "Activated" if activated else "Draft"
    if what == "contract" and activated and (save.old or {}).get("StatusCode") != "Activated":
        save.row["ActivatedDate"], save.row["ActivatedById"] = save.now, save.user_id


def item(save: Save) -> None:
    """A product of an order takes its price book entry from the order's price book, and no other."""
    row = save.row
    parent = save.parent("OrderId", "Order")
    if save.creating and parent:
        if not parent.get("Pricebook2Id"):
            text = "field integrity exception: OrderId (the order has no price book)"
            raise refused("FIELD_INTEGRITY_EXCEPTION", text, "OrderId")
        entry = price_book_entry(save, parent["Pricebook2Id"], "order")
        row.update(PricebookEntryId=entry["Id"], Product2Id=entry["Product2Id"], ListPrice=entry["UnitPrice"])
        if row.get("UnitPrice") is None:
            row["UnitPrice"] = entry["UnitPrice"]
    if row.get("UnitPrice") is not None and row.get("Quantity") is not None:
        row["TotalPrice"] = money(number(row["UnitPrice"]) * number(row["Quantity"]))
