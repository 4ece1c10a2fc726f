"""A record being saved, as rules of standard objects see it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.clock import api_datetime
from hotfix_tui.localorg.schema.model import PicklistValue, SObject

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg


@dataclass
class Save:
    """`row` is what will be stored (changed in place), `old` what was there, `given` what the client sent of it."""

    org: LocalOrg
    owner: SObject
    row: dict[str, Any]
    old: dict[str, Any] | None
    given: dict[str, Any]
    creating: bool
    user_id: str = ""

    @property
    def now(self) -> str:
        """The present instant as records carry it."""
        return api_datetime(self.org.clock.now())

    def changed(self, name: str) -> bool:
        """Whether this save gives a field another value; always so for a new record."""
        return self.creating or (self.old or {}).get(name) != self.row.get(name)

    def choice(self, name: str) -> PicklistValue | None:
        """The declared value of a picklist field."""
        field = self.owner.field(name)
        value = self.row.get(name)
        return next((each for each in field.values if each.value == value), None) if field else None

    def marked(self, name: str, mark: str) -> bool:
        """Whether the chosen value of a picklist means closed, won, activated …"""
        chosen = self.choice(name)
        return chosen is not None and mark in chosen.marks

    def parent(self, field: str, target: str) -> dict[str, Any]:
        """The row a look-up leads to, empty when there is none."""
        found = self.row.get(field)
        return (self.org.store.get(target, found) if found else None) or {}


def money(value: Any, scale: int = 2) -> float | None:
    """An amount rounded as its column keeps it; None stays None."""
    if value is None:
        return None
    return float(Decimal(str(value)).quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_UP))


def number(value: Any) -> Decimal:
    """A stored number for reckoning; nothing counts as zero."""
    return Decimal(str(value)) if value is not None else Decimal(0)
