"""A comparison narrowed to what a person asks about: the impact of a record, a component or an object."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hotfix_tui.compare.both_sides import BothSides
from hotfix_tui.compare.component import ComponentId
from hotfix_tui.compare.impact import ImpactTarget, NoSuchTarget
from hotfix_tui.compare.sources import OrgSource, Source
from hotfix_tui.events.compare import RecordRelated
from hotfix_tui.salesforce.errors import NotFound, SalesforceError

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org


@dataclass(frozen=True)
class RecordFound:
    """The object of a record, and what is related to it in each org that has it. `notes`: sentences about the rest."""

    object: str
    facts: tuple[RecordRelated, ...]
    notes: tuple[str, ...] = field(default=())


def orgs_of(sources: Iterable[Source]) -> list[Org]:
    """The orgs among the sides of a comparison."""
    return [source.org for source in sources if isinstance(source, OrgSource)]


async def find_record(orgs: Iterable[Org], record: str) -> RecordFound:
    """Looks a record up in every org, as its id is one org's own. Raises NoSuchTarget when none has it."""
    asked = list(orgs)
    if not asked:
        raise NoSuchTarget(f"{record} is a record's id, and neither side is an org that could have it.")
    facts, notes = [], []
    answers = await asyncio.gather(*(_related(org, record) for org in asked), return_exceptions=True)
    for answer in answers:
        if isinstance(answer, RecordRelated):
            facts.append(answer)
        elif isinstance(answer, SalesforceError):
            notes.append(answer.message)
            if not isinstance(answer, NotFound):
                raise answer
        else:
            raise answer
    if not facts:
        raise NoSuchTarget(" ".join(notes))
    return RecordFound(facts[0].object, tuple(facts), tuple(notes))


async def _related(org: Org, record: str) -> RecordRelated:
    from hotfix_tui.data.related import related

    found = await related(org, record)
    return RecordRelated(
        org=org.alias,
        object=found.object,
        record=found.id,
        name=found.name,
        parents=tuple(vars_of(one, ("field", "object", "id", "name")) for one in found.parents),
        children=tuple(vars_of(one, ("object", "field", "count", "detail")) for one in found.children),
        uncounted=found.uncounted,
    )


def vars_of(one: object, names: Iterable[str]) -> dict[str, object]:
    """Attributes by name, as events carry them."""
    return {name: getattr(one, name) for name in names}


def impact_keys(both: BothSides, target: ImpactTarget, known: Iterable[ComponentId]) -> set[ComponentId]:
    """What belongs to a component or object. Raises NoSuchTarget when no side has one of this name.

    `known`: what was compared. Blocks while it looks into all files: not for an event loop.
    """
    everything = {(key.type, key.full_name.lower()): key for key in known}
    if target.component is not None:
        found = everything.get((target.component.type, target.component.full_name.lower()))
        if found is None:
            raise NoSuchTarget(f"Neither side has {target.component}; names are written as Type:Full_Name.")
        return both.impact_of(found)
    keys = both.impact_of_objects([target.object])
    if not keys:
        raise NoSuchTarget(f"Neither side has an object {target.object}, and nothing names one.")
    return keys
