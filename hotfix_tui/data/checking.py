"""Whether a data set fits an org, object by object, before a row is read: what it names, its conditions, its keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotfix_tui.data.data_set import DataSet, ObjectSpec
from hotfix_tui.data.errors import DataSetError
from hotfix_tui.data.fetching import Fetcher
from hotfix_tui.data.masks import Masker
from hotfix_tui.data.match_keys import KeyCheck, check_key
from hotfix_tui.salesforce.errors import SalesforceError

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org


@dataclass(frozen=True)
class ObjectCheck:
    """One object of a data set in one org. `problems` forbid a plan; `key`: None where the key could not be asked for.

    A key is checked on all rows that meet the object's own condition, whichever parents they hang on.
    """

    object: str
    problems: tuple[str, ...] = ()
    key: KeyCheck | None = None

    @property
    def good(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.problems and (self.key is None or self.key.good)


async def check(org: Org, data_set: DataSet) -> AsyncIterator[ObjectCheck]:
    """Checks each object, in the file's order. Reads no row. Raises SalesforceError when the org cannot be asked."""
    fetcher = Fetcher(org, data_set)
    await fetcher.prepare(lenient=True)
    for spec in data_set.objects:
        if spec.name in fetcher.missing:
            yield ObjectCheck(spec.name, (f"{org.alias} does not have it (or our user cannot see it)",))
        elif spec.name in fetcher.unfit:
            yield ObjectCheck(spec.name, (fetcher.unfit[spec.name],))
        else:
            yield await _object(org, data_set, spec)


async def _object(org: Org, data_set: DataSet, spec: ObjectSpec) -> ObjectCheck:
    describe = await org.describe(spec.name)
    named = (*spec.fields, *spec.skip_fields, *spec.masked, *spec.second_key, *spec.children_of)
    unknown = [one for one in dict.fromkeys(named) if one not in describe.fields]
    problems = [f"{', '.join(unknown)} is not there (or our user cannot see it)"] if unknown else []
    try:
        Masker(spec, describe, data_set.mask_seed)
    except DataSetError as error:
        problems.append(str(error))
    try:
        found = await check_key(org, spec.name, spec.key, spec.where)
    except SalesforceError as error:
        return ObjectCheck(spec.name, (*problems, " ".join(str(error).split())))
    return ObjectCheck(spec.name, tuple(problems), None if spec.mode == "reference" else found)
