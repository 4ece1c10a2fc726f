"""Which components a data set can run into, or belong to an object: those of its objects, and those that name them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.places import META
from hotfix_tui.compare.references.names import owner_of

_TRIGGER = re.compile(rb"/\*.*?\*/|//[^\n]*|\btrigger\s+\w+\s+on\s+(\w+)", re.IGNORECASE | re.DOTALL)
_START = re.compile(rb"<start>(?:(?!</start>).)*?<object>\s*(\w+)\s*</object>", re.DOTALL)
_RECORD_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_OBJECT = re.compile(r"[A-Za-z]\w*")


@dataclass(frozen=True)
class ImpactSet:
    """The objects of a data set, by API name."""

    objects: frozenset[str]

    @classmethod
    def of_objects(cls, objects: Iterable[str]) -> ImpactSet:
        """The impact set of `objects`."""
        return cls(frozenset(objects))

    def has(self, component: Component) -> bool:
        """Whether `component` belongs to one of the objects or names one."""
        return self.owns(component.id) or _names(component, self.objects)

    def owns(self, component: ComponentId) -> bool:
        """Whether a component belongs to one of the objects by its name."""
        return _belongs(component, self.objects)

    @staticmethod
    def looked_into(component: Component) -> Iterator[bytes]:
        """The files in which the objects' names count."""
        return (content for path, content in component.files.items() if not _is_code_meta(path))


def impact_of(components: Mapping[ComponentId, Component], objects: Iterable[str]) -> set[ComponentId]:
    """The components that belong to `objects` (fields, rules, record types, layouts …) or name them in their content
    (triggers, classes, flows, lookups, permission sets, custom metadata …).

    Names are compared whole and without regard to case, as Salesforce does.
    """
    impact = ImpactSet.of_objects(objects)
    return {key for key, component in components.items() if impact.has(component)}


class NoSuchTarget(ValueError):
    """What the impact was asked of is on neither side. The text is a sentence."""


@dataclass(frozen=True)
class ImpactTarget:
    """What a person asks the impact of: a record by its id, a component, or an object. The others are empty then."""

    record: str = ""
    component: ComponentId | None = None
    object: str = ""

    def __str__(self) -> str:
        return self.record or self.object or str(self.component)


def parse_target(text: str) -> ImpactTarget:
    """A record's id (15 or 18 characters), `Type:Full_Name`, or an object's API name.

    Every id has a digit in its first three characters, the object's prefix. Raises ValueError, a sentence, for what is
    none of them.
    """
    text = text.strip()
    if ":" in text:
        component = ComponentId.parse(text)
        return (
            ImpactTarget(object=component.full_name)
            if component.type == "CustomObject"
            else ImpactTarget("", component)
        )
    if _RECORD_ID.fullmatch(text) and any(letter.isdigit() for letter in text[:3]):
        return ImpactTarget(record=text)
    if _OBJECT.fullmatch(text):
        return ImpactTarget(object=text)
    raise ValueError(f"{text!r} is no record id, no object and no component: write Type:Full_Name for a component.")


def object_of(component: Component) -> str:
    """The object a component belongs to: by its name, a trigger's `on`, a flow's start. Empty when to none."""
    if owner := owner_of(component.id):
        return owner
    pattern = {"ApexTrigger": _TRIGGER, "Flow": _START}.get(component.id.type)
    if pattern is None:
        return ""
    for content in ImpactSet.looked_into(component):
        for found in pattern.finditer(content):
            if found.group(1):
                return found.group(1).decode("ascii", "replace")
    return ""


def _belongs(component: ComponentId, objects: frozenset[str]) -> bool:
    """By the full name: `X__c`, `X__c.Field__c`, `X__c-Layout`, a custom metadata type's own records `X.Record`."""
    owner = re.split(r"[.\-]", component.full_name, maxsplit=1)[0].lower()
    return any(owner == name.lower() or f"{owner}__mdt" == name.lower() for name in objects)


def _names(component: Component, objects: frozenset[str]) -> bool:
    if not objects:
        return False
    # A custom object's relationships (X__r) are named after fields, not after the object; they do not count.
    pattern = re.compile(
        rb"(?<![\w])(?:" + b"|".join(re.escape(name.encode()) for name in sorted(objects)) + rb")(?![\w])",
        re.IGNORECASE,
    )
    return any(pattern.search(content) for content in ImpactSet.looked_into(component))


def _is_code_meta(path: str) -> bool:
    """The `-meta.xml` of a class or bundle says nothing about objects."""
    return path.endswith(META) and path.startswith(("classes/", "lwc/", "aura/"))
