"""The fix: what find_fix found in the environment, as the steps after it use it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hotfix_tui.events import Event
from hotfix_tui.hotfix import baselines
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.errors import StepRefused

if TYPE_CHECKING:
    from hotfix_tui.compare.component import Component, ComponentId
    from hotfix_tui.data.changes import RowChange
    from hotfix_tui.data.rows import DataRows
    from hotfix_tui.salesforce.org import Org

COMPONENTS = "fix/components"
RECORDS = "fix/records"
_PROMOTED = "promoted"
_MISSING = "The fix was not looked for yet."
_TEST_CLASS = re.compile(rb"@\s*istest\b", re.IGNORECASE)


@dataclass
class Fix:
    """Components by id as the environment has them, ids it deleted, changed rows, and all rows as they are there now.

    `base`: the same components as production had them before the fix.
    """

    components: dict[ComponentId, Component]
    deleted: list[ComponentId]
    changes: list[RowChange]
    now: DataRows
    base: dict[ComponentId, Component] = field(default_factory=dict)
    tests: tuple[str, ...] = ()

    @property
    def ids(self) -> set[ComponentId]:
        """All its components, deleted ones included."""
        return self.components.keys() | set(self.deleted)

    @property
    def names(self) -> tuple[str, ...]:
        """The components as events carry them."""
        return tuple(str(key) for key in sorted(self.ids))

    @property
    def new_fields(self) -> set[str]:
        """`Object.Field` of the fields that the fix brings."""
        return {key.full_name for key in self.components if key.type == "CustomField" and key not in self.base}

    def package(self, api_version: str) -> bytes:
        """As a zip to deploy. The same fix gives the same bytes."""
        from hotfix_tui.compare.package import build

        return build(self.components.values(), api_version, self.deleted)


def load(
    ctx: Context,
    *,
    components: Collection[str] | None = None,
    records: Collection[str] | None = None,
    tests: Iterable[str] | None = None,
) -> Fix:
    """The fix as last found, or the part of it that was chosen. Raises StepRefused when it was not looked for."""
    from hotfix_tui.compare.component import ComponentId

    if ctx.state.fix is None:
        raise StepRefused(_MISSING, next="Look for the fix first.")
    gone = [ComponentId(one.type, one.full_name) for one in ctx.state.fix_components if one.change == "deleted"]
    whole = _kept(ctx, COMPONENTS, RECORDS, gone)
    if components is not None:
        chosen = set(components)
        _known(chosen, {str(key) for key in whole.ids})
        whole.components = {key: one for key, one in whole.components.items() if str(key) in chosen}
        whole.deleted = [key for key in gone if str(key) in chosen]
    if records is not None:
        chosen = set(records)
        _known(chosen, {_name(change) for change in whole.changes})
        whole.changes = [change for change in whole.changes if _name(change) in chosen]
    production = baselines.components(ctx, "production")
    whole.base = {key: one for key, one in production.items() if key in whole.ids}
    wanted = tuple(tests) if tests is not None else ctx.state.fix.tests
    there = production.keys() | whole.components.keys()
    whole.tests = tuple(name for name in wanted if ComponentId("ApexClass", name) in there)
    return whole


def _kept(ctx: Context, components: str, records: str, deleted: list[ComponentId]) -> Fix:
    from hotfix_tui.compare.fix import bytes_to_components
    from hotfix_tui.data.changes import rows_delta
    from hotfix_tui.data.rows_json import bytes_to_rows

    now = bytes_to_rows(ctx.kept(records, _MISSING))
    changes = rows_delta(baselines.records(ctx, "environment"), now)
    return Fix(bytes_to_components(ctx.kept(components, _MISSING)), deleted, changes, now)


def started_elsewhere(ctx: Context, fix: Fix) -> dict[ComponentId, tuple[str, ...]]:
    """Components that would bring to production what differed in the environment before anybody worked on the fix.

    What differed then is not the fix; deployed, it would replace production's own. With the places inside each.
    """
    from hotfix_tui.compare.fix import inherited

    environment = baselines.components(ctx, "environment")
    found = {key: inherited(environment.get(key), fix.base.get(key), fix.components.get(key)) for key in fix.ids}
    return {key: found[key] for key in sorted(found) if found[key]}


async def keep_promoted(ctx: Context, fix: Fix, org: Org) -> AsyncGenerator[Event, None]:
    """Keeps what goes to production: the other orgs get that, whatever is done in the environment afterwards."""
    yield baselines.keep_components(f"{_PROMOTED}/components", org, fix.components)
    yield baselines.keep_records(f"{_PROMOTED}/records", org, fix.now)
    part = {"deleted": [str(key) for key in fix.deleted], "records": [_name(change) for change in fix.changes]}
    ctx.journal.set_meta(_PROMOTED, json.dumps(part))


def load_promoted(ctx: Context) -> Fix:
    """The fix as it went to production. Raises StepRefused when none did."""
    from hotfix_tui.compare.component import ComponentId

    part = json.loads(ctx.journal.meta(_PROMOTED) or "{}")
    deleted = [ComponentId.parse(text) for text in part.get("deleted", ())]
    fix = _kept(ctx, f"{_PROMOTED}/components", f"{_PROMOTED}/records", deleted)
    fix.changes = [change for change in fix.changes if _name(change) in part.get("records", ())]
    fix.base = {key: one for key, one in baselines.components(ctx, "production").items() if key in fix.ids}
    return fix


def _name(change: RowChange) -> str:
    return f"{change.object}:{change.key}"


def _known(chosen: set[str], there: set[str]) -> None:
    unknown = sorted(chosen - there)
    if unknown:
        raise StepRefused(f"{', '.join(unknown)} is not part of the fix.", next="Look for the fix again.")


async def keep(org: Org, components: Mapping[ComponentId, Component], now: DataRows) -> AsyncGenerator[Event, None]:
    """Keeps what was found for the steps after."""
    yield baselines.keep_components(COMPONENTS, org, components)
    yield baselines.keep_records(RECORDS, org, now)


def is_test(component: Component) -> bool:
    """Whether an Apex class has tests."""
    return component.id.type == "ApexClass" and any(_TEST_CLASS.search(content) for content in component.files.values())


def tests_for(changed: Iterable[ComponentId], classes: Mapping[ComponentId, Component]) -> tuple[str, ...]:
    """The test classes among `classes` that belong to the changed classes and triggers: those that name them, bare or
    with Test before or after, and changed test classes themselves.
    """
    names = sorted({key.full_name for key in changed if key.type in ("ApexClass", "ApexTrigger")})
    if not names:
        return ()
    any_name = b"|".join(re.escape(name.encode()) for name in names)
    mention = re.compile(rb"\b(?:Tests?_?)?(?:" + any_name + rb")(?:_?Tests?)?\b", re.IGNORECASE)
    return tuple(
        key.full_name
        for key, component in sorted(classes.items())
        if is_test(component) and any(mention.search(content) for content in component.files.values())
    )


def mentions(component: Component, name: str) -> bool:
    """Whether a component's content names `name` as a whole word."""
    word = re.compile(rb"\b" + re.escape(name.encode()) + rb"\b", re.IGNORECASE)
    return any(word.search(content) for content in component.files.values())
