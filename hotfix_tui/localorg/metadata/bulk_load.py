"""Putting many components into an org at once, as they are: how a large org begins."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from hotfix_tui.localorg.metadata import bodies
from hotfix_tui.localorg.metadata.component import Component, ComponentId
from hotfix_tui.localorg.metadata.flows import definition_xml, version_of
from hotfix_tui.localorg.metadata.layout import main_file
from hotfix_tui.localorg.metadata.order import SCHEMA_TYPES
from hotfix_tui.localorg.metadata.parts import parent_key
from hotfix_tui.localorg.metadata.types import key_prefix

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_AT_ONCE = 500
_STATUS = re.compile(rb"<status>(\w+)</status>")
_Row = tuple[object, ...]


@dataclass(frozen=True)
class Prepared:
    """Components ready to be put into any number of orgs: rows of tables, and what the schema hears of."""

    rows: list[_Row]
    versions: list[_Row]
    parts: list[tuple[str, str, bytes]]
    fields: list[str]
    types: frozenset[str]


def prepare(components: Iterable[Component], next_id: Callable[[str], str]) -> Iterator[Prepared]:
    """Makes components ready, some hundred at a time; `next_id` gives ids by their first three characters.

    Nothing is checked: each is in the org's own writing, says who made and changed it when, and comes after what it
    stands on (an object before its fields, a value set before the fields that use it). An active flow is active, as
    version 1 or the one its name says.
    """
    waiting = iter(components)
    while some := list(islice(waiting, _AT_ONCE)):
        rows: list[_Row] = []
        versions: list[_Row] = []
        for component in some:
            if component.type == "Flow":
                component, version = _version(component, next_id)
                versions.append(version)
                rows.append(_row(_definition(component, version), next_id))
            rows.append(_row(component, next_id))
        parts = [(item.type, item.full_name, item.xml) for item in some if item.type in SCHEMA_TYPES]
        fields = [item.full_name for item in some if item.type == "CustomField"]
        yield Prepared(rows, versions, parts, fields, frozenset(item.type for item in some))


def put(org: LocalOrg, prepared: Prepared) -> None:
    """Puts in components that the org does not have yet, without looking. For use in a transaction.

    Source tracking hears nothing of them.
    """
    org.store.executemany("INSERT INTO _component VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", prepared.rows)
    org.store.executemany("INSERT INTO _flow_version VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", prepared.versions)
    org.schema.load(prepared.parts)


class Numbers:
    """Counts an org's ids without asking its store for each."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        self._last: dict[str, int] = {}

    def next_id(self, prefix: str) -> str:
        """The next id that begins with these three characters."""
        if prefix not in self._last:
            self._last[prefix] = self._org.store.next_number(f"id:{prefix}") - 1
        self._last[prefix] += 1
        return self._org.ids.record_id(prefix, self._last[prefix])

    def keep(self) -> None:
        """Sees to it that no id is given out again."""
        for prefix, number in self._last.items():
            self._org.store.keep_number(f"id:{prefix}", number)


def _row(item: Component, next_id: Callable[[str], str]) -> _Row:
    made = item.id or next_id(key_prefix(item.type))
    by, changed_by = item.created_by, item.modified_by or item.created_by
    when = (by, item.created_at, changed_by, item.modified_at or item.created_at)
    return (item.type, item.full_name, made, parent_key(item.type, item.full_name), *when, bodies.pack(item.files))


def _version(item: Component, next_id: Callable[[str], str]) -> tuple[Component, _Row]:
    """The flow under its plain name, and its one version."""
    name, number = version_of(item.full_name)
    found = _STATUS.search(item.xml)
    status = found[1].decode() if found else "Active"
    flow = Component("Flow", name, {main_file(ComponentId("Flow", name)): item.xml})
    for key in ("created_by", "created_at", "modified_by", "modified_at"):
        setattr(flow, key, getattr(item, key))
    audit = (item.created_by, item.created_at, item.modified_by, item.modified_at)
    return flow, (name, number or 1, next_id("301"), status, item.xml, *audit)


def _definition(flow: Component, version: _Row) -> Component:
    path = main_file(ComponentId("FlowDefinition", flow.full_name))
    _, number, _, status, *_ = version
    files = {path: definition_xml(int(str(number)) if status == "Active" else 0)}
    audit = (flow.created_by, flow.created_at, flow.modified_by, flow.modified_at)
    return Component("FlowDefinition", flow.full_name, files, "", *audit)
