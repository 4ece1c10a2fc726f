"""Opportunities follow their stage; their lines follow the price book."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hotfix_tui.localorg.records.outcome import SaveRefused, refused
from hotfix_tui.localorg.records.standard.save import Save, money, number
from hotfix_tui.localorg.schema.stages import FORECAST_NAMES

_CATEGORIES = {name: category for category, name in FORECAST_NAMES.items()}


def opportunity(save: Save) -> None:
    """Probability and forecast category come from the stage unless given; the amount from the lines, if any."""
    row, stage = save.row, save.choice("StageName")
    if save.changed("StageName") and stage is not None:
        if save.given.get("Probability") is None:
            row["Probability"] = None if stage.probability is None else float(stage.probability)
        if save.given.get("ForecastCategoryName") is None:
            row["ForecastCategoryName"] = FORECAST_NAMES.get(stage.forecast, row.get("ForecastCategoryName"))
    row["ForecastCategory"] = _CATEGORIES.get(str(row.get("ForecastCategoryName")), "Pipeline")
    row["IsClosed"], row["IsWon"] = int(save.marked("StageName", "closed")), int(save.marked("StageName", "won"))
    if not save.creating and save.changed("StageName"):
        row["LastStageChangeDate"] = save.now
    if (save.old or {}).get("HasOpportunityLineItem"):
        # The reference: with products, a new Amount is ignored and the rest of the update is done.
        row["Amount"] = (save.old or {}).get("Amount")
        if save.changed("Pricebook2Id"):
            raise _integrity("Pricebook2Id", "the price book of an opportunity with products cannot be changed")
    _expected(row)
    _fiscal(save)


def _expected(row: dict[str, Any]) -> None:
    known = row.get("Amount") is not None and row.get("Probability") is not None
    row["ExpectedRevenue"] = money(number(row["Amount"]) * number(row["Probability"]) / 100) if known else None


def _fiscal(save: Save) -> None:
    day = save.row.get("CloseDate")
    if not day:
        return
    start = int(save.org.store.value("SELECT FiscalYearStartMonth FROM Organization") or 1)
    year, month = int(day[:4]), int(day[5:7])
    save.row["FiscalYear"] = year - (month < start)
    save.row["FiscalQuarter"] = (month - start) % 12 // 3 + 1
    save.row["Fiscal"] = f"{save.row['FiscalYear']} {save.row['FiscalQuarter']}"


def line(save: Save) -> None:
    """A line takes product and list price from a price book entry of the opportunity's book."""
    row = save.row
    parent = save.parent("OpportunityId", "Opportunity")
    if save.creating:
        entry = price_book_entry(save, parent.get("Pricebook2Id"), "opportunity")
        product = save.org.store.get("Product2", entry["Product2Id"]) or {}
        row.update(PricebookEntryId=entry["Id"], Product2Id=entry["Product2Id"], ListPrice=entry["UnitPrice"])
        row["ProductCode"] = product.get("ProductCode")
        row["Name"] = f"{parent.get('Name', '')} {product.get('Name', '')}"[:376]
        if not parent.get("Pricebook2Id") and parent:
            save.org.store.update_row("Opportunity", parent["Id"], {"Pricebook2Id": entry["Pricebook2Id"]})
    _prices(save)


def price_book_entry(save: Save, book: Any, parent: str) -> dict[str, Any]:
    """The entry a new line names, itself or by its product. Raises FIELD_INTEGRITY_EXCEPTION.

    The words are those users report; for an inactive entry they are assumed.
    """
    store, row = save.org.store, save.row
    found = row.get("PricebookEntryId")
    if found is None and row.get("Product2Id") and book:
        found = store.value(
            "SELECT Id FROM PricebookEntry WHERE IsDeleted = 0 AND Pricebook2Id = ? AND Product2Id = ?",
            (book, row["Product2Id"]),
        )
    entry = store.get("PricebookEntry", found) if found else None
    if entry is None or entry.get("IsDeleted"):
        text = "versions 3.0 and higher must specify pricebook entry id; others must specify product id"
        message = f"field integrity exception: PricebookEntryId, unknown ({text})"
        raise refused("FIELD_INTEGRITY_EXCEPTION", message, "PricebookEntryId")
    if not entry.get("IsActive"):
        raise _integrity("PricebookEntryId", "pricebook entry is inactive")
    if book and entry["Pricebook2Id"] != book:
        text = f"pricebook entry is in a different pricebook than the one assigned to the {parent}"
        raise _integrity("PricebookEntryId", text)
    return entry


def _prices(save: Save) -> None:
    """Quantity times unit price is the total; a client gives one of the two prices."""
    row, given = save.row, save.given
    unit, total = given.get("UnitPrice"), given.get("TotalPrice")
    if unit is not None and total is not None:
        if not save.creating:
            raise refused(
                "INVALID_FIELD", "Cannot change both 'UnitPrice' and 'TotalPrice' in update call", "UnitPrice"
            )
        raise _integrity("unknown", "only one of unit price or total price may be specified")
    quantity = number(row.get("Quantity"))
    if not quantity:
        raise _integrity("Quantity", "quantity must not be zero")
    if total is not None:
        row["UnitPrice"] = money(number(total) / quantity)
    elif row.get("UnitPrice") is None:
        raise _integrity("unknown", "must specify a unit price or a total price")
    else:
        row["TotalPrice"] = money(number(row["UnitPrice"]) * quantity)


def after_line(save: Save) -> None:
    """The opportunity's amount, quantity and expected revenue are those of its lines."""
    store, opportunity_id = save.org.store, save.row.get("OpportunityId")
    parent = store.get("Opportunity", opportunity_id) if opportunity_id else None
    if parent is None:
        return
    lines = store.rows(
        "SELECT TotalPrice, Quantity FROM OpportunityLineItem WHERE OpportunityId = ? AND IsDeleted = 0",
        (opportunity_id,),
    )
    values: dict[str, Any] = {"HasOpportunityLineItem": int(bool(lines)), "Probability": parent.get("Probability")}
    if lines:
        values["Amount"] = money(sum((number(total) for total, _ in lines), Decimal(0)))
        values["TotalOpportunityQuantity"] = float(sum((number(quantity) for _, quantity in lines), Decimal(0)))
    else:
        values["Amount"], values["TotalOpportunityQuantity"] = parent.get("Amount"), None
    _expected(values)
    del values["Probability"]
    store.update_row("Opportunity", parent["Id"], {**values, "SystemModstamp": save.now})


def after_role(save: Save) -> None:
    """An opportunity has one primary contact: a new one takes the place of the old."""
    if save.row.get("IsPrimary") and save.changed("IsPrimary"):
        save.org.store.execute(
            "UPDATE OpportunityContactRole SET IsPrimary = 0 WHERE OpportunityId = ? AND Id != ?",
            (save.row.get("OpportunityId"), save.row["Id"]),
        )


def _integrity(field: str, text: str) -> SaveRefused:
    fields = () if field == "unknown" else (field,)
    return refused("FIELD_INTEGRITY_EXCEPTION", f"field integrity exception: {field} ({text})", *fields)
