"""What is listed and read before an org has listed everything, for the first rows to come at once.

Triggers and flows: one call lists them, any org has few of them compared with the rest, they have neither parents nor
children, and where something broke they are what people look at first.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hotfix_tui.compare.flows import FLOW
from hotfix_tui.compare.org_listing import Listing, list_types

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

EARLY = ("ApexTrigger", FLOW)


def early_types(types: Iterable[str] | None) -> tuple[str, ...]:
    """Which of the wanted types (None: all) are listed first."""
    wanted = None if types is None else set(types)
    return tuple(name for name in EARLY if wanted is None or name in wanted)


async def list_early(org: Org, names: Iterable[str], *, managed: bool) -> Listing:
    """These types. One that the org refuses is in `unreadable`, and is asked for again with all others.

    Raises SalesforceError when the org as a whole cannot be read.
    """
    listing = await list_types(org, names, managed=managed)
    for name in names:
        if name not in listing.unreadable:
            listing.members.setdefault(name, [])
    return listing
