"""Checks of Apex: names only. This org does not compile."""

from __future__ import annotations

from collections.abc import Iterator

from hotfix_tui.localorg.metadata.apex import blanked, class_name, custom_names, trigger_header
from hotfix_tui.localorg.metadata.checks.world import World
from hotfix_tui.localorg.metadata.options import Message
from hotfix_tui.localorg.metadata.package import Item


def check_class(item: Item, world: World) -> Iterator[Message]:
    """The class is named as its file, and every custom object or field it names is somewhere in the org."""
    yield from _held(item, world)
    body = item.component.body
    found = class_name(body)
    if found is None:
        yield item.problem("Expecting a class, interface or enum declaration", 1)
        return
    if found.lower() != item.full_name.lower():
        yield item.problem(f"File name mismatch with class name: {found}", 1)
    yield from _names(item, world, body)


def _held(item: Item, world: World) -> Iterator[Message]:
    """A class that jobs wait for cannot be deployed, unless the Deployment Settings allow it."""
    if not world.org.components.exists("ApexClass", item.full_name):
        return
    jobs = world.org.jobs.holding(item.full_name)
    if jobs and not world.org.jobs.deploys_of_held_classes_allowed():
        scheduled = any(job.kind == "ScheduledApex" for job in jobs)
        what = "This schedulable class has jobs" if scheduled else "This Apex class has batch or future jobs"
        yield item.problem(f"{what} pending or in progress", 1, 1)


def check_trigger(item: Item, world: World) -> Iterator[Message]:
    """The trigger's object exists, and what it names does."""
    body = item.component.body
    header = trigger_header(body)
    if header is None:
        yield item.problem("Expecting a trigger declaration: trigger Name on SObject (events)", 1)
        return
    if not world.has_object(header.object):
        yield item.problem(f"Invalid type: {header.object}", header.line)
    if header.name.lower() != item.full_name.lower():
        yield item.problem(f"File name mismatch with trigger name: {header.name}", header.line)
    yield from _names(item, world, body)


def _names(item: Item, world: World, body: str) -> Iterator[Message]:
    known = world.custom_names()
    for name, line in custom_names(body):
        if name.lower() in known:
            continue
        kind = "Didn't understand relationship" if name.lower().endswith("__r") else "Variable does not exist:"
        yield item.problem(f"{kind} {name}", line, _column(body, line, name))


def _column(body: str, line: int, name: str) -> int:
    """The column a name begins at in a line of the source."""
    text = next(iter(blanked(body).splitlines()[line - 1 : line]), "")
    return text.lower().find(name.lower()) + 1
