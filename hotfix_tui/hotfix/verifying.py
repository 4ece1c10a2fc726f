"""What an org has against what was promised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from hotfix_tui.events.promote import Verified

if TYPE_CHECKING:
    from hotfix_tui.compare.component import Component, ComponentId
    from hotfix_tui.salesforce.org import Org


async def verify_components(
    org: Org, promised: Mapping[ComponentId, Component], deleted: Iterable[ComponentId] = ()
) -> Verified:
    """Reads the components back and compares them with `promised`; `deleted` must be gone.

    What cannot be read is not verified: it is among what differs.
    """
    from hotfix_tui.compare.fix import same_or_alike
    from hotfix_tui.compare.org_source import OrgComponents, read_org

    ids = {*promised, *deleted}
    read = await read_org(org, only=ids) if ids else OrgComponents()
    there = read.components
    differs = tuple(
        str(key) for key in sorted(ids) if read.why_unread(key) or not same_or_alike(promised.get(key), there.get(key))
    )
    return Verified(org=org.alias, what="components", matches=len(ids) - len(differs), differs=differs)
