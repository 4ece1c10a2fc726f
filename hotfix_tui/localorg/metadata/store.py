"""The org's components, in its SQLite file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from hotfix_tui.localorg.metadata import bodies, expand, parts, xml
from hotfix_tui.localorg.metadata.bulk_load import Numbers, Prepared, prepare, put
from hotfix_tui.localorg.metadata.component import Component, ComponentId
from hotfix_tui.localorg.metadata.deleted_fields import DeletedFields
from hotfix_tui.localorg.metadata.flows import FlowVersions, definition_xml, version_of
from hotfix_tui.localorg.metadata.layout import main_file
from hotfix_tui.localorg.metadata.order import SCHEMA_TYPES, schema_order
from hotfix_tui.localorg.metadata.reading import ComponentReader
from hotfix_tui.localorg.metadata.support import new_id, timestamp
from hotfix_tui.localorg.metadata.types import key_prefix
from hotfix_tui.localorg.people.grants import forget_field, grant_to_administrators, secure
from hotfix_tui.localorg.schema import SchemaError
from hotfix_tui.localorg.tooling.on_demand import Names
from hotfix_tui.localorg.tooling.rows import SetupRows
from hotfix_tui.localorg.tooling.source_members import Change, Kind, SourceMembers

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

Outcome = Literal["created", "changed", "unchanged"]
Sentences = list[str]

_TABLES = """
CREATE TABLE IF NOT EXISTS _component (
    type TEXT NOT NULL, full_name TEXT NOT NULL COLLATE NOCASE, id TEXT NOT NULL, parent TEXT NOT NULL COLLATE NOCASE,
    created_by TEXT NOT NULL, created_at TEXT NOT NULL, modified_by TEXT NOT NULL, modified_at TEXT NOT NULL,
    files BLOB NOT NULL, PRIMARY KEY (type, full_name)
)"""


@dataclass(frozen=True)
class _Write:
    """Who writes, when, and under which rules."""

    user_id: str
    at: str
    land_active: bool
    granted: bool
    warnings: Sentences | None


class ComponentStore(ComponentReader):
    """Components by type and full name. Full names do not tell case apart; types do.

    `put`, `put_all` and `delete` keep the schema (and with it describe, query and writes) and the Tooling rows in
    step, in one transaction. They check nothing: a deploy does that first. Times are ISO 8601 UTC, as the org's clock
    gives them, in REST form (`2026-01-12T20:00:00.000+0000`).
    """

    def __init__(self, org: LocalOrg) -> None:
        super().__init__(org, FlowVersions(org))
        self._org = org
        self._store.execute(_TABLES)
        self._store.execute("CREATE INDEX IF NOT EXISTS _component_parent ON _component (parent, type)")
        self.deleted_fields = DeletedFields(org)
        self.setup_rows = SetupRows(org)
        self.on_change: list[Callable[[Mapping[str, Names]], None]] = [self.setup_rows.refresh]
        self.source_members = SourceMembers(org)

    # Writing

    def put(self, type_name: str, full_name: str, files: dict[str, bytes], user_id: str, at: str = "") -> Outcome:
        """Makes or changes one component; a parent's file is taken apart into parent and children first.

        `at` defaults to the org's clock. Raises BadXml for a parent that is not XML, SchemaError (schema room) for an
        object or field that cannot be understood.
        """
        components = expand.expand(type_name, full_name, files)
        outcomes = self.put_all(components, user_id, at)
        return outcomes.get((type_name, full_name.lower()), "changed")

    def put_all(
        self,
        components: Iterable[Component],
        user_id: str,
        at: str = "",
        *,
        land_active: bool = True,
        granted: bool = True,
        warnings: Sentences | None = None,
    ) -> dict[tuple[str, str], Outcome]:
        """Makes or changes components, children on their own, all or none. Returns what happened to each, by key.

        `land_active`: whether an active flow lands active (in production only if the org's flow settings say so).
        `granted`: whether administrators may see new fields at once; a deploy gives nobody a field.
        With `warnings`, a component that the schema does not understand is kept and gets a sentence there; without,
        SchemaError is raised and nothing changed.
        """
        write = _Write(user_id, at or timestamp(self._org), land_active, granted, warnings)
        ordered = sorted(components, key=schema_order)
        outcomes: dict[tuple[str, str], Outcome] = {}
        with self._org.atomic():
            with self._org.schema.batch():
                for component in ordered:
                    outcomes[component.component_id.key] = self._put(component, write)
            new = [item for item in ordered if outcomes[item.component_id.key] == "created"]
            self._secure([item.full_name for item in new if item.type == "CustomField"], write)
            self._changed(item for item in ordered if outcomes[item.component_id.key] != "unchanged")
        return outcomes

    def load(self, components: Iterable[Component]) -> None:
        """Puts in many components that are not there yet, as they are, all or none (bulk_load.py says what it trusts).

        Custom fields among them are granted to administrators.
        """
        with self._org.atomic():
            numbers = Numbers(self._org)
            self.load_prepared(prepare(components, numbers.next_id))
            numbers.keep()

    def load_prepared(self, found: Iterable[Prepared]) -> None:
        """As `load`, for what was made ready before: for several orgs that are to have the same."""
        fields: list[str] = []
        types = set[str]()
        with self._org.atomic():
            with self._org.schema.batch():
                for prepared in found:
                    put(self._org, prepared)
                    fields += prepared.fields
                    types |= prepared.types
            secure(self._org, fields)
            grant_to_administrators(self._org, fields)
            self._tell(dict.fromkeys(types, None))

    def _secure(self, fields: Sequence[str], write: _Write) -> None:
        """New custom fields are under field-level security."""
        own = [name for name in fields if name.lower().endswith("__c")]
        secure(self._org, own)
        if write.granted:
            grant_to_administrators(self._org, own)

    def _put(self, component: Component, write: _Write) -> Outcome:
        if component.type == "FlowDefinition":
            return self._put_flow_definition(component, write)
        if component.type == "Flow":
            return self._put_flow(component, write)
        return self._save(component, write)

    def _save(self, component: Component, write: _Write) -> Outcome:
        old = self.get(component.type, component.full_name)
        files = expand.canonical_files(component)
        if component.type == "CustomObject" and files:
            root = xml.renamed(xml.parse(component.xml), "CustomObject")
            path = main_file(ComponentId("CustomObject", component.full_name))
            files = {path: parts.merged_own(old.xml if old else None, root)}
        if old is not None and old.files == files:
            return "unchanged"
        self._write_row(component, files, old, write.user_id, write.at)
        if component.type in SCHEMA_TYPES:
            self._apply_to_schema(Component(component.type, component.full_name, files), write)
        return "changed" if old else "created"

    def _apply_to_schema(self, saved: Component, write: _Write) -> None:
        lenient = write.warnings is not None
        try:
            self._org.schema.apply_component(saved.type, saved.full_name, saved.xml, lenient=lenient)
        except SchemaError as problem:
            if write.warnings is None:
                raise
            write.warnings.append(f"{saved.component_id} has no effect on records here: {problem}")
            return
        if write.warnings is not None and saved.type == "ValidationRule":
            owner, _, name = saved.full_name.partition(".")
            rule = self._org.schema.require(owner).rules[name.lower()]
            if rule.problem:
                write.warnings.append(f"{saved.component_id} refuses every write here: {rule.problem}")

    def _write_row(
        self, component: Component, files: dict[str, bytes], old: Component | None, user_id: str, at: str
    ) -> None:
        packed = bodies.pack(files)
        if old is not None:
            self._store.execute(
                "UPDATE _component SET files = ?, modified_by = ?, modified_at = ? WHERE type = ? AND full_name = ?",
                (packed, user_id, at, component.type, component.full_name),
            )
            self._note(component, old.id, "changed", user_id, at)
            return
        component_id = component.id or new_id(self._org, key_prefix(component.type))
        parent = parts.parent_key(component.type, component.full_name)
        self._store.execute(
            "INSERT INTO _component VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (component.type, component.full_name, component_id, parent, user_id, at, user_id, at, packed),
        )
        self._note(component, component_id, "created", user_id, at)

    def _note(self, component: Component, component_id: str, kind: Kind, user_id: str, at: str) -> None:
        """Tells source tracking. `component` has its files, for bundles are tracked file by file."""
        paths = tuple(component.files)
        self.source_members.note(Change(component.type, component.full_name, component_id, kind, user_id, at, paths))

    def _put_flow(self, component: Component, write: _Write) -> Outcome:
        name, number = version_of(component.full_name)
        outcome = self.flows.save(name, number, component.xml, write.user_id, write.at, land_active=write.land_active)
        self._sync_flow(name, write.user_id, write.at)
        return outcome

    def _put_flow_definition(self, component: Component, write: _Write) -> Outcome:
        wanted = xml.text(xml.parse(component.xml), "activeVersionNumber")
        return self.activate_flow(component.full_name, int(wanted or 0), write.user_id, write.at)

    def activate_flow(self, name: str, number: int, user_id: str, at: str = "") -> Outcome:
        """Makes a version the active one; 0 deactivates the flow. Raises ValueError when there is no such version."""
        at = at or timestamp(self._org)
        with self._store.transaction():
            changed = self.flows.activate(name, number, user_id, at)
            if changed:
                self._sync_flow(name, user_id, at)
                self._changed([ComponentId("Flow", name)])
        return "changed" if changed else "unchanged"

    def import_flow_version(
        self, name: str, number: int, content: bytes, status: str, user_id: str, at: str = ""
    ) -> None:
        """Plants a version with its number and status (Active, Draft, Obsolete), as an org with a history has it."""
        at = at or timestamp(self._org)
        with self._store.transaction():
            self.flows.plant(name, number, content, status, user_id, at)
            self._sync_flow(name, user_id, at)
            self._changed([ComponentId("Flow", name)])

    def _sync_flow(self, name: str, user_id: str, at: str) -> None:
        """Keeps the rows of the flow (its latest version's body) and its definition (the active number)."""
        latest = self.flows.latest(name)
        if latest is None:
            known = self.get("Flow", name)
            if known is not None:
                self._note(known, self.id_of("FlowDefinition", name), "deleted", user_id, at)
            for type_name in ("Flow", "FlowDefinition"):
                self._store.execute("DELETE FROM _component WHERE type = ? AND full_name = ?", (type_name, name))
            return
        flow = Component("Flow", latest.name, {main_file(ComponentId("Flow", latest.name)): latest.body})
        active = self.flows.active(name)
        path = main_file(ComponentId("FlowDefinition", latest.name))
        definition = Component("FlowDefinition", latest.name, {path: definition_xml(active.number if active else 0)})
        for component in (flow, definition):
            old = self.get(component.type, component.full_name)
            if old is None or old.files != component.files:
                self._write_row(component, component.files, old, user_id, at)

    def delete(self, type_name: str, full_name: str, user_id: str = "", at: str = "") -> bool:
        """Removes a component and its children; False when there was none. `Name-5` removes one flow version.

        `user_id` (default: the org's system user) and `at` (default: now) are who is said to have done it, and when.
        """
        write = _Write(user_id or self._org.system_user_id, at or timestamp(self._org), True, False, None)
        with self._store.transaction():
            below = [child.component_id for child in self.children(type_name, full_name)]
            removed = self._delete(type_name, full_name, write)
            if removed:
                self._changed([ComponentId(type_name, full_name), *below])
        return removed

    def _delete(self, type_name: str, full_name: str, write: _Write) -> bool:
        if type_name == "Flow":
            return self._delete_flow(full_name, write)
        children = self.children(type_name, full_name)
        for child in children:
            self._delete(child.type, child.full_name, write)
        known = self.get(type_name, full_name)
        gone = self._store.execute("DELETE FROM _component WHERE type = ? AND full_name = ?", (type_name, full_name))
        if known is not None:
            self._note(known, known.id, "deleted", write.user_id, write.at)
        if gone and type_name in SCHEMA_TYPES:
            self._org.schema.remove_component(type_name, full_name)
        if type_name == "CustomField":
            forget_field(self._org, full_name)
        return bool(gone or children)

    def _delete_flow(self, full_name: str, write: _Write) -> bool:
        name, number = version_of(full_name)
        if removed := self.flows.remove(name, number):
            self._sync_flow(name, write.user_id, write.at)
        return removed

    def touch(self, type_name: str, full_name: str, user_id: str, at: str) -> None:
        """Sets who changed a component last and when, and nothing else (a history that is loaded)."""
        self._store.execute(
            "UPDATE _component SET modified_by = ?, modified_at = ? WHERE type = ? AND full_name = ?",
            (user_id, at, type_name, full_name),
        )

    def _changed(self, changed: Iterable[ComponentId | Component]) -> None:
        """Tells whoever keeps something made from components; a version of a flow is a change of the flow."""
        found: dict[str, set[str]] = {}
        for each in changed:
            flow = each.type in ("Flow", "FlowDefinition")
            name = version_of(each.full_name)[0] if flow else each.full_name
            found.setdefault("Flow" if flow else each.type, set()).add(name)
        self._tell({type_name: frozenset(names) for type_name, names in found.items()})

    def _tell(self, changed: Mapping[str, Names]) -> None:
        if changed:
            for listener in self.on_change:
                listener(changed)
