"""What is compared and deployed: one metadata component, as files of a Metadata API package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class ComponentId(NamedTuple):
    """A component's identity: metadata type and full name as Salesforce spells them (`CustomField`, `Case.X__c`)."""

    type: str
    full_name: str

    def __str__(self) -> str:
        return f"{self.type}:{self.full_name}"

    @classmethod
    def parse(cls, text: str) -> ComponentId:
        """The id that `str` gave, `Type:Full_Name`. Raises ValueError when there is no type or no name."""
        kind, colon, name = text.partition(":")
        if not kind or not colon or not name:
            raise ValueError(f"{text!r} is not a component: write Type:Full_Name, for example ApexClass:Pricing")
        return cls(kind, name)


@dataclass(frozen=True, slots=True)
class Component:
    """One component and its content.

    `files`: path inside a package (`classes/A.cls`) → bytes, which may be packed until they are read (`bodies`). A
    child that lives in its parent's file (a CustomField in `objects/X.object`) has one file at the parent's path, whose
    root element is the child's type; `package.build` puts it back. `changed_by`, `changed_at` (ISO 8601): from
    listMetadata, empty for folders. `detail`: what else the org said, for a flow `active_version` (0: none),
    `latest_version` and `latest_status`.
    """

    id: ComponentId
    files: Mapping[str, bytes] = field(repr=False)
    changed_by: str = ""
    changed_at: str = ""
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def changed(self) -> dict[str, Any]:
        """Who changed it when, as events carry it: `{"by", "at"}` and `detail`; empty when nothing is known."""
        known = {"by": self.changed_by, "at": self.changed_at} if self.changed_by or self.changed_at else {}
        return {**known, **self.detail}
