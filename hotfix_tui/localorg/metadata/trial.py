"""Trying a package on a copy of the org's schema, so that what the schema refuses is known before the first change."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hotfix_tui.localorg.metadata.options import Message
from hotfix_tui.localorg.metadata.package import Item, Package
from hotfix_tui.localorg.metadata.store import SCHEMA_TYPES, schema_order
from hotfix_tui.localorg.schema import Schema, SchemaError
from hotfix_tui.localorg.store import Store

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_COPIED = ("_schema_part", "_meta", "_sequence")


def schema_problems(org: LocalOrg, package: Package) -> list[Message]:
    """What the schema does not take of a package: one message a component, in the schema's own words."""
    touching = [item for item in package.items if item.type in SCHEMA_TYPES]
    removed = [item for item in package.delete_before if item.component.type in SCHEMA_TYPES]
    if not touching and not removed:
        return []
    with _copy_of(org) as schema:
        for deletion in removed:
            schema.remove_component(deletion.component.type, deletion.component.full_name)
        ordered = sorted(touching, key=lambda item: schema_order(item.component))
        return [problem for item in ordered if (problem := _try(schema, item)) is not None]


def _try(schema: Schema, item: Item) -> Message | None:
    try:
        schema.apply_component(item.type, item.full_name, item.component.xml)
    except SchemaError as problem:
        return item.problem(str(problem))
    return None


@contextmanager
def _copy_of(org: LocalOrg) -> Iterator[Schema]:
    with tempfile.TemporaryDirectory(prefix="hotfix-trial-") as folder:
        store = Store(Path(folder) / "trial.sqlite")
        try:
            Schema(store, org.schema.ids, org.schema.currencies)
            with store.transaction():
                for table in _COPIED:
                    rows = org.store.rows(f"SELECT * FROM {table}")  # noqa: S608
                    store.execute(f"DELETE FROM {table}")  # noqa: S608
                    for row in rows:
                        marks = ", ".join("?" for _ in row)
                        store.execute(f"INSERT INTO {table} VALUES ({marks})", row)  # noqa: S608
            schema = Schema(store, org.schema.ids, org.schema.currencies)
            yield schema
        finally:
            store.close()
