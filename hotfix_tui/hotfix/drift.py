"""How far an org has drifted from production where a data set's records are at home: their objects, triggers, flows."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotfix_tui import paths
from hotfix_tui.data.platform_rules import BYTES_A_RECORD

if TYPE_CHECKING:
    from hotfix_tui.data.data_set import DataSet, ObjectSpec
    from hotfix_tui.salesforce.org import Org

# What fires on records and what they are made of; layouts, profiles and reports make no difference to a seed.
_TYPES = ("CustomObject", "ApexTrigger", "Flow", "Workflow")


@dataclass(frozen=True)
class Drift:
    """`differ` of `of` components of the impact set are not the same, by content. `data_set`: its name.

    `rows`: how many rows of production meet its conditions, below whichever parents: no more than these are seeded.
    """

    data_set: str
    differ: int
    of: int
    rows: int = 0

    @property
    def megabytes(self) -> float:
        """What the rows take at most."""
        return self.rows * BYTES_A_RECORD / (1024 * 1024)

    @property
    def words(self) -> str:
        """A clause for a list of reasons."""
        if not self.of:
            return f"nothing of {self.data_set} is in it"
        return f"{self.differ:,} of {self.of:,} components of {self.data_set} differ from production"


async def drift_of(production: str, alias: str, data_set: DataSet) -> Drift:
    """Compares the org `alias` with `production`; what has not changed since the last time is not fetched again.

    Raises SalesforceError when either cannot be read.
    """
    from hotfix_tui.compare.cache import FILE, MetadataCache
    from hotfix_tui.compare.compare import SAME, compare
    from hotfix_tui.compare.impact import ImpactSet
    from hotfix_tui.compare.sources import OrgSource
    from hotfix_tui.salesforce.login import login_for
    from hotfix_tui.salesforce.org import Org

    async with await Org.connect(login_for(production)) as there, await Org.connect(login_for(alias)) as here:
        with contextlib.closing(MetadataCache(paths.cache() / FILE)) as cache:
            impact = ImpactSet.of_objects(data_set.names)
            comparison = compare(
                OrgSource(there, cache=cache), OrgSource(here, cache=cache), types=_TYPES, impact=impact
            )
            async for _ in comparison:
                pass
        there_are = await asyncio.gather(*(_rows(there, spec) for spec in data_set.objects if spec.mode != "reference"))
    rows = [row for row in comparison.rows.values() if row.impact]
    return Drift(data_set.name, sum(row.status != SAME for row in rows), len(rows), sum(there_are))


async def _rows(org: Org, spec: ObjectSpec) -> int:
    """How many rows meet the object's own condition; 0 where the org does not count them."""
    from hotfix_tui.data.relationships import count_soql
    from hotfix_tui.salesforce.errors import RequestRefused

    with contextlib.suppress(RequestRefused):
        return await org.count(count_soql(spec))
    return 0
