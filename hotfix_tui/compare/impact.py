"""Which components a data set can run into: those of its objects, and those that name them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.places import META


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
        return _belongs(component.id, self.objects) or _names(component, self.objects)


def impact_of(components: Mapping[ComponentId, Component], objects: Iterable[str]) -> set[ComponentId]:
    """The components that belong to `objects` (fields, rules, record types, layouts …) or name them in their content
    (triggers, classes, flows, lookups, permission sets, custom metadata …).

    Names are compared whole and without regard to case, as Salesforce does.
    """
    impact = ImpactSet.of_objects(objects)
    return {key for key, component in components.items() if impact.has(component)}


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
    return any(pattern.search(content) for path, content in component.files.items() if not _is_code_meta(path))


def _is_code_meta(path: str) -> bool:
    """The `-meta.xml` of a class or bundle says nothing about objects."""
    return path.endswith(META) and path.startswith(("classes/", "lwc/", "aura/"))
