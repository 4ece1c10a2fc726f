"""Price book entries that use the standard price follow it."""

from __future__ import annotations

from typing import Any

from hotfix_tui.localorg.records.outcome import refused
from hotfix_tui.localorg.records.standard.save import Save

_STANDARD = "Pricebook2Id IN (SELECT Id FROM Pricebook2 WHERE IsStandard = 1)"


def entry(save: Save) -> None:
    """UseStandardPrice takes the price of the product's standard entry, in the same currency.

    The reference: then UnitPrice is read-only. Raises FIELD_INTEGRITY_EXCEPTION when another price is given.
    """
    row = save.row
    if not row.get("UseStandardPrice"):
        return
    currency, key = _currency(save)
    price = save.org.store.value(
        f"SELECT UnitPrice FROM PricebookEntry WHERE IsDeleted = 0 AND {_STANDARD} AND Product2Id = ?{currency}",  # noqa: S608
        key,
    )
    if save.given.get("UnitPrice") not in (None, price):
        raise refused("FIELD_INTEGRITY_EXCEPTION", "field integrity exception")
    row["UnitPrice"] = price


def after_entry(save: Save) -> None:
    """A new standard price is that of the entries that use it."""
    row, store = save.row, save.org.store
    if save.creating or not save.changed("UnitPrice"):
        return
    if store.value("SELECT IsStandard FROM Pricebook2 WHERE Id = ?", (row.get("Pricebook2Id"),)):
        currency, key = _currency(save)
        store.execute(
            f"UPDATE PricebookEntry SET UnitPrice = ? WHERE UseStandardPrice = 1 AND Product2Id = ?{currency}",  # noqa: S608
            (row["UnitPrice"], *key),
        )


def _currency(save: Save) -> tuple[str, list[Any]]:
    key = [save.row.get("Product2Id")]
    if len(save.org.schema.currencies) < 2:
        return "", key
    return " AND CurrencyIsoCode IS ?", [*key, save.row.get("CurrencyIsoCode")]
