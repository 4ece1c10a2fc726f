"""Two orgs whose records a person wants to compare, by alias."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from hotfix_tui.events.session import Finding

if TYPE_CHECKING:
    from hotfix_tui.data.data_set import DataSet
    from hotfix_tui.salesforce.org import Org


@asynccontextmanager
async def open_both(a: str, b: str) -> AsyncIterator[tuple[Org, Org]]:
    """Both orgs, connected. Raises UnknownAlias (a folder has no records), and what connecting raises."""
    from hotfix_tui.salesforce.login import login_for
    from hotfix_tui.salesforce.org import Org

    logins = login_for(a), login_for(b)
    async with await Org.connect(logins[0]) as one, await Org.connect(logins[1]) as other:
        yield one, other


async def unseen_notes(orgs: Iterable[Org], data_set: DataSet) -> list[Finding]:
    """Objects of which our user may not see every row in an org: there, a row that is hidden looks like none."""
    from hotfix_tui.hotfix.access import unseen_rows

    return [
        Finding(level="warning", text=text, org=org.alias)
        for org in orgs
        for text in await unseen_rows(org, data_set.names)
    ]


async def fitting(orgs: Iterable[Org], data_sets: Iterable[DataSet]) -> dict[str, list[str]]:
    """Data set (its file) → the objects it names that one of the orgs does not have; empty for one that fits."""
    there: set[str] | None = None
    for org in orgs:
        names = {name.lower() for name in await org.describe_global()}
        there = names if there is None else there & names
    return {str(one.path): [name for name in one.names if name.lower() not in (there or set())] for one in data_sets}
