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
    """Reads the components back and compares them with `promised`; `deleted` must be gone."""
    from hotfix_tui.compare.fix import same_or_alike
    from hotfix_tui.compare.org_source import read_org

    ids = {*promised, *deleted}
    there = (await read_org(org, only=ids)).components if ids else {}
    differs = tuple(str(key) for key in sorted(ids) if not same_or_alike(promised.get(key), there.get(key)))
    return Verified(org=org.alias, what="components", matches=len(ids) - len(differs), differs=differs)
