"""How many records of which objects a generated org has."""

from __future__ import annotations

from dataclasses import dataclass

from hotfix_tui.localorg.generate.world import MadeObject, World

_EACH = 500
"""One object more for so many records …"""
_FEWEST, _MOST = 4, 24
"""… within these."""
KEY = "Source_Key__c"


@dataclass(frozen=True)
class Table:
    """An object and how many rows it has. `free`: so many rows at its end that no other row leads to."""

    owner: MadeObject
    rows: int
    free: int

    @property
    def name(self) -> str:
        """The object's API name."""
        return self.owner.name

    def key(self, place: int) -> str:
        """The key of the row at a place."""
        return f"{''.join(word[0] for word in self.owner.label.split())}-{place:08}"

    @property
    def led_to(self) -> int:
        """How many rows others may lead to."""
        return max(1, self.rows - self.free)


def tables(world: World, records: int, free: int) -> list[Table]:
    """The tables of an org with so many records, masters before their details; `free` rows of them led to by none.

    Accounts and contacts, and custom objects with what they are details of; a few have most of the records.
    """
    if not records:
        return []
    most = min(_MOST, max(_FEWEST, records // _EACH))
    chosen = {each.name: each for each in world.standard if _has_key(each)}
    for each in sorted(world.custom, key=lambda one: not one.masters):
        family = [*(world.objects[name] for name in each.masters), each]
        if len(chosen) + len(family) <= most + 2 and all(map(_has_key, family)):
            chosen |= {one.name: one for one in family}
    ordered = sorted(chosen.values(), key=lambda one: len(one.masters))
    weights = [1 / (place % 7 + 1) for place in range(len(ordered))]
    counts = [max(1, int(records * weight / sum(weights))) for weight in weights]
    counts[-1] += records - sum(counts)
    return [
        Table(each, count, min(count // 4, -(-free * 2 // len(ordered))))
        for each, count in zip(ordered, counts, strict=True)
    ]


def _has_key(each: MadeObject) -> bool:
    return any(one.name == KEY for one in each.fields)
