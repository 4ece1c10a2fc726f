"""Baselines and snapshots: components and records of an org as they were, in the journal."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from typing import TYPE_CHECKING

from hotfix_tui.events import Event, Keep
from hotfix_tui.events.seed import BaselineTaken
from hotfix_tui.hotfix.context import Context
from hotfix_tui.journal.secrets import holds_secret, redact

if TYPE_CHECKING:
    from hotfix_tui.compare.component import Component, ComponentId
    from hotfix_tui.data.rows import DataRows
    from hotfix_tui.salesforce.org import Org

    Components = Mapping[ComponentId, Component]

_MISSING = "The {} baseline was not taken yet."


async def take(
    which: str, org: Org, components: Components, records: DataRows, unread: Iterable[str] = ()
) -> AsyncGenerator[Event, None]:
    """Keeps `org` as the baseline `which` (production or environment), without the types `unread`."""
    yield keep_components(f"baseline/{which}/components", org, components)
    yield keep_records(f"baseline/{which}/records", org, records)
    yield BaselineTaken(
        which=which,
        org=org.alias,
        org_id=org.org_id,
        components=len(components),
        records=len(records),
        unread=tuple(sorted(unread)),
    )


def keep_components(name: str, org: Org, components: Components) -> Keep:
    """Components as kept content."""
    from hotfix_tui.compare.fix import components_to_bytes

    return Keep(name=name, org=org.alias, org_id=org.org_id, content=components_to_bytes(components))


def keep_records(name: str, org: Org, records: DataRows) -> Keep:
    """Records as kept content."""
    from hotfix_tui.data.rows_json import rows_to_bytes

    return Keep(name=name, org=org.alias, org_id=org.org_id, content=rows_to_bytes(records))


def components(ctx: Context, which: str) -> dict[ComponentId, Component]:
    """The components of the baseline `which`. Raises StepRefused when it was not taken."""
    from hotfix_tui.compare.fix import bytes_to_components

    return bytes_to_components(ctx.kept(f"baseline/{which}/components", _MISSING.format(which)))


def records(ctx: Context, which: str) -> DataRows:
    """The records of the baseline `which`. Raises StepRefused when it was not taken."""
    from hotfix_tui.data.rows_json import bytes_to_rows

    return bytes_to_rows(ctx.kept(f"baseline/{which}/records", _MISSING.format(which)))


def keep_sides(key: ComponentId, a: bytes, b: bytes, org_a: Org, org_b: Org) -> Iterable[Keep]:
    """Both sides' normalised text of a component that differs, for the difference view."""
    for side, text, org in (("a", a, org_a), ("b", b, org_b)):
        name = f"compare/{side}/{key.type}/{key.full_name}"
        if holds_secret(text):
            text = redact(text.decode(errors="replace")).encode()  # somebody wrote a session id into their metadata
        yield Keep(name=name, org=org.alias, org_id=org.org_id, content=text)
