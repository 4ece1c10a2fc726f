"""Which fields can be a match key: suggestions from describe, and whether an org's rows are told apart by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hotfix_tui.data.data_set import ID, available
from hotfix_tui.data.data_set_loader import load
from hotfix_tui.data.keys import at_path
from hotfix_tui.data.relationships import parents

if TYPE_CHECKING:
    from hotfix_tui.salesforce.describe import FieldDescribe, ObjectDescribe
    from hotfix_tui.salesforce.org import Org

_KEY_TYPES = frozenset({"string", "email", "phone", "url", "double", "int", "long", "picklist"})
_CURRENCY = "CurrencyIsoCode"
_SHOWN = 20


@dataclass(frozen=True)
class KeyChoice:
    """A match key that may do, and why. `second_key`: what confirms it, where one must."""

    key: tuple[str, ...]
    why: str
    second_key: tuple[str, ...] = ()


@dataclass(frozen=True)
class KeyCheck:
    """What an org's rows say of a key: how many there are, how many have a part of it empty, which values are shared.

    `shared`: the values of the key and how many rows have them, the most rows first, at most twenty.
    """

    rows: int
    blank: int
    shared: tuple[tuple[str, int], ...] = ()

    @property
    def good(self) -> bool:
        """Whether it tells every row from every other."""
        return not self.blank and not self.shared

    def words(self) -> str:
        """As people read it."""
        if not self.rows:
            return "there are no rows"
        said = []
        if self.shared:
            value, count = self.shared[0]
            more = f" and {len(self.shared) - 1} more" if len(self.shared) > 1 else ""
            said.append(f"{count:,} rows share {value}{more}")
        if self.blank:
            said.append(f"{self.blank:,} of {self.rows:,} rows have none")
        return "; ".join(said) or f"{self.rows:,} rows, all different"


def suggest_keys(describe: ObjectDescribe) -> list[KeyChoice]:
    """Match keys for an object, the best first: external Ids, unique fields, what templates use, what Salesforce looks
    rows up by, the parent's key with the name, the name; at last the Id, for rows a sandbox was copied with.
    """
    found: dict[tuple[str, ...], KeyChoice] = {}
    for choice in _choices(describe):
        found.setdefault(choice.key, choice)
    return list(found.values())


def _choices(describe: ObjectDescribe) -> Iterator[KeyChoice]:
    if "SetupOwnerId" in describe.fields:
        yield KeyChoice(("SetupOwnerId",), "whose row of the setting it is: the org's, a profile's, a user's")
    usable = [one for one in describe.fields.values() if _usable(one)]
    yield from (KeyChoice((one.name,), "external Id, unique") for one in usable if one.external_id and one.unique)
    yield from (KeyChoice((one.name,), "unique") for one in usable if one.unique)
    yield from (KeyChoice((one.name,), "external Id, not unique by itself") for one in usable if one.external_id)
    known = template_keys().get(describe.name)
    if known and all(path.split(".")[0] in describe.fields or "." in path or path == _CURRENCY for path in known):
        yield KeyChoice(known, "used by a template")
    yield from (KeyChoice((one.name,), "rows are looked up by it") for one in usable if one.id_lookup)
    needed = tuple(dict.fromkeys(one.field for one in parents(describe) if one.required and not one.polymorphic))
    named = next((one.name for one in usable if one.name_field and one.type == "string"), "")
    if needed and named:
        yield KeyChoice((*needed, named), "the parent's key and the name")
    if len(needed) > 1:
        yield KeyChoice(needed, "the keys of its parents")
    if named:
        yield KeyChoice((named,), "the name")
    if named or needed:
        second = (named,) if named else needed
        yield KeyChoice((ID,), "the Id, for a sandbox copied from production; update or reference only", second)


def _usable(field: FieldDescribe) -> bool:
    """Whether its value can be the same in two orgs and be asked for."""
    writable = field.createable and not field.calculated and not field.auto_number
    return field.type in _KEY_TYPES and writable and field.filterable


def template_keys() -> dict[str, tuple[str, ...]]:
    """Object → match key, as the templates that come with the program have them."""
    return {spec.name: spec.key for path in available().values() for spec in load(path).objects if not spec.by_id}


async def check_key(org: Org, name: str, key: tuple[str, ...], where: str = "") -> KeyCheck:
    """Asks `org` whether `key` tells the rows of `name` (those of `where`) apart.

    Four queries at most, no row is read. Raises SalesforceError, also when a field of the key cannot be grouped.
    """
    describe = await org.describe(name)
    parts = [path for path in key if path != _CURRENCY or path in describe.fields]
    condition = f" WHERE ({where})" if where else ""
    also = f"{condition} AND " if where else " WHERE "
    rows = await org.count(f"SELECT COUNT() FROM {name}{condition}")  # noqa: S608 - names are checked, where is the user's
    if parts == [ID] or not rows:
        return KeyCheck(rows, 0)
    empty = " OR ".join(f"{path} = null" for path in parts)
    blank = await org.count(f"SELECT COUNT() FROM {name}{also}({empty})")  # noqa: S608
    listed = ", ".join(parts)
    filled = " AND ".join(f"{path} != null" for path in parts)
    soql = (
        f"SELECT {listed}, COUNT(Id) found FROM {name}{also}({filled}) GROUP BY {listed} "  # noqa: S608
        f"HAVING COUNT(Id) > 1 ORDER BY COUNT(Id) DESC LIMIT {_SHOWN}"
    )
    shared = [(_value(row, parts), int(row["found"])) for row in await org.query(soql)]
    return KeyCheck(rows, blank, tuple(shared))


def _value(row: dict[str, Any], parts: list[str]) -> str:
    """The key's values in a row of a grouped query, where a path's value stands under the path's last name."""
    return "|".join(str(at_path(row, path) if path in row else row.get(path.split(".")[-1])) for path in parts)
