"""Trying a package on a copy of the org's schema, so that what the schema refuses is known before the first change."""

from __future__ import annotations

import tempfile
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING

from hotfix_tui.localorg.formula import FormulaError, check_field
from hotfix_tui.localorg.metadata.checks.summaries import summary_problem
from hotfix_tui.localorg.metadata.component import ComponentId
from hotfix_tui.localorg.metadata.options import Message
from hotfix_tui.localorg.metadata.order import SCHEMA_TYPES, schema_order
from hotfix_tui.localorg.metadata.package import Item, Package
from hotfix_tui.localorg.schema import Schema, SchemaError
from hotfix_tui.localorg.store import Store

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg


def schema_problems(org: LocalOrg, package: Package) -> list[Message]:
    """What the schema does not take of a package: one message a component, in the schema's own words."""
    touching = [item for item in package.items if item.type in SCHEMA_TYPES]
    removed = [item.component for item in package.delete_before if item.component.type in SCHEMA_TYPES]
    if not touching and not removed:
        return []
    with tempfile.TemporaryDirectory(prefix="hotfix-trial-") as folder:
        store = Store(Path(folder) / "trial.sqlite")
        try:
            trial = _Trial(org, store, removed)
            ordered = sorted(touching, key=lambda item: schema_order(item.component))
            refused = [problem for item in ordered if (problem := trial.problem_of(item)) is not None]
            return [*refused, *trial.formula_problems()]
        finally:
            store.close()


class _Trial:
    """A schema with the org's objects and none of its rows; what is done to it does not touch the org."""

    def __init__(self, org: LocalOrg, store: Store, removed: list[ComponentId]) -> None:
        self._org = org
        self._store = store
        self._removed = removed
        self._taken: list[Item] = []
        self._schema = Schema(store, org.schema.ids, org.schema.currencies)
        self._begin()

    def _begin(self) -> None:
        """The org's schema without what the package deletes, with what has been taken of it."""
        self._schema.objects = deepcopy(self._org.schema.objects)
        self._schema.value_sets = dict(self._org.schema.value_sets)
        self._schema.version += 1
        for component in self._removed:
            self._table(component)
            self._schema.remove_component(component.type, component.full_name)
        for item in self._taken:
            self._apply(item)

    def problem_of(self, item: Item) -> Message | None:
        """Why the schema does not take a component; None when it does, and then later ones may build on it."""
        try:
            self._apply(item)
        except SchemaError as problem:
            # A schema that refuses rebuilds itself from its own file, which knows nothing of the org.
            self._begin()
            return item.problem(str(problem))
        self._taken.append(item)
        return None

    def formula_problems(self) -> list[Message]:
        """Formulas and default values of the package's fields that would not be worked out, once all of it is there."""
        out: list[Message] = []
        for item in self._taken:
            owner_name, _, name = item.full_name.partition(".")
            owner = self._schema.object(owner_name) if item.type == "CustomField" else None
            field = owner.field(name) if owner else None
            if owner is None or field is None:
                continue
            if problem_text := summary_problem(self._schema, owner, field):
                out.append(item.problem(problem_text))
            try:
                check_field(self._schema, owner, field)
            except FormulaError as problem:
                out.append(item.problem(f"Error: {problem}"))
        return out

    def _apply(self, item: Item) -> None:
        self._table(item.component.component_id)
        self._schema.apply_component(item.type, item.full_name, item.component.xml)
        self._store.execute("DELETE FROM _schema_part")

    def _table(self, component: ComponentId) -> None:
        """Rows and columns are made and dropped with components: the object's table must be there."""
        name = component.full_name.partition(".")[0]
        owner = self._schema.object(f"{name}__mdt" if component.type == "CustomMetadata" else name)
        if owner is not None:
            self._schema.ensure(owner)
