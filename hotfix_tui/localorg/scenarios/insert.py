"""Putting a scenario's rows into an org: ids, references, audit fields."""

from __future__ import annotations

from typing import Any

from hotfix_tui.localorg.org import LocalOrg
from hotfix_tui.localorg.scenarios.format import Org, Scenario, ScenarioError
from hotfix_tui.localorg.scenarios.rows import ObjectRows, Row, numbers, parents_first, rows_of
from hotfix_tui.localorg.scenarios.timeline import Timeline
from hotfix_tui.localorg.store.ids import IdMaker

# What a Developer or Developer Pro sandbox has production's ids of; Partial and Full copies keep all ids.
# Source: Salesforce Help, "Sandbox Types and Templates"; products and price books by vendors' reports.
_COPIED = frozenset({"Product2", "Pricebook2", "PricebookEntry"})
_KEEP_IDS = frozenset({"production", "partial", "full"})
_USERS = ("CreatedById", "LastModifiedById")


def insert_rows(scenario: Scenario, spec: Org, org: LocalOrg, timeline: Timeline, users: dict[str, str]) -> None:
    """Inserts every row of the org's layers, past automation and validation. Raises ScenarioError."""
    found = rows_of(scenario, spec.layers)
    writer = _Writer(org, spec, timeline, users)
    writer.number(scenario, found)
    for rows in parents_first(found):
        writer.insert(rows)


class _Writer:
    def __init__(self, org: LocalOrg, spec: Org, timeline: Timeline, users: dict[str, str]) -> None:
        self._org = org
        self._spec = spec
        self._timeline = timeline
        self._users = users
        self._ids: dict[tuple[str, str], str] = {("User", handle): user_id for handle, user_id in users.items()}

    def number(self, scenario: Scenario, found: dict[str, ObjectRows]) -> None:
        """Gives every row its id, so that references may point anywhere."""
        shared = IdMaker(f"{scenario.name}:rows")
        own = IdMaker(f"{scenario.name}:rows:{self._spec.alias}")
        counted = numbers(scenario)
        for name, rows in found.items():
            made = self._org.schema.object(name)
            if made is None or not made.key_prefix:
                raise ScenarioError(f"{self._spec.alias} has records of {name}, but no such object.")
            ids = shared if self._spec.kind in _KEEP_IDS or name in _COPIED else own
            for handle in rows.rows:
                self._ids[name, handle] = ids.record_id(made.key_prefix, counted[name, handle])

    def insert(self, rows: ObjectRows) -> None:
        """Inserts the rows of one object in their order."""
        made = self._org.schema.require(rows.object)
        fields = {each.name for each in made.stored_fields()}
        found = []
        for handle, row in rows.rows.items():
            values = self._resolved(rows, handle, row)
            strange = sorted(set(values) - fields)
            if strange:
                raise ScenarioError(f"{self._spec.alias}: {rows.object} {handle}: there is no field {strange[0]}.")
            found.append(values)
        if rows.object == "Pricebook2":
            for values in found:
                self._org.records.raw_insert(rows.object, values)
        else:
            self._org.records.raw_insert_all(rows.object, found)

    def _resolved(self, rows: ObjectRows, handle: str, row: Row) -> Row:
        values: Row = {"Id": self._ids[rows.object, handle]}
        for name, value in row.items():
            targets = rows.lookups.get(name)
            if name in _USERS:
                targets = ("User",)
            values[name] = self._reference(rows.object, handle, name, value, targets) if targets else self._moved(value)
        values.setdefault("CreatedById", next(iter(self._users.values())))
        values.setdefault("CreatedDate", self._moved(f"{self._spec.created:%Y-%m-%dT%H:%M:%SZ}"))
        return values

    def _moved(self, value: Any) -> Any:
        return self._timeline.value(value)

    def _reference(self, owner: str, handle: str, name: str, value: Any, targets: tuple[str, ...]) -> str | None:
        if value is None:
            return None
        for target in targets:
            found = self._ids.get((target, str(value))) or self._in_setup(owner, target, str(value))
            if found:
                return found
        raise ScenarioError(
            f"{self._spec.alias}: {owner} {handle}: {name} names {' or '.join(targets)} {value}, which is not there."
        )

    def _in_setup(self, owner: str, target: str, name: str) -> str | None:
        if target == "RecordType":
            sql = "SELECT Id FROM RecordType WHERE DeveloperName = ? AND SobjectType = ?"
            found = self._org.store.value(sql, (name, owner))
        elif target == "Group":
            found = self._org.store.value("SELECT Id FROM [Group] WHERE DeveloperName = ?", (name,))
        else:
            return None
        return str(found) if found else None
