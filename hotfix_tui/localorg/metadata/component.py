"""A component as the org keeps it: type, full name, files, and who made and changed it when."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class ComponentId:
    """Type and full name; `CustomField:Account.Tier__c`. Full names are kept as given, and matched without case."""

    type: str
    full_name: str

    def __str__(self) -> str:
        return f"{self.type}:{self.full_name}"

    @property
    def key(self) -> tuple[str, str]:
        """What identifies the component: Salesforce's full names do not tell case apart."""
        return (self.type, self.full_name.lower())


@dataclass
class Component:
    """One component.

    `files`: path inside a package (`classes/A.cls`) → bytes. A child (a field, a rule) has exactly one file under the
    path "": its own XML document, root element named as its type. A parent's XML is without its children.
    Times are ISO 8601 UTC with milliseconds (`2026-01-12T20:00:00.000Z`).
    """

    type: str
    full_name: str
    files: dict[str, bytes] = field(default_factory=dict)
    id: str = ""
    created_by: str = ""
    created_at: str = ""
    modified_by: str = ""
    modified_at: str = ""

    @property
    def component_id(self) -> ComponentId:
        """Type and full name."""
        return ComponentId(self.type, self.full_name)

    @property
    def xml(self) -> bytes:
        """The component's XML: its only file, or its -meta.xml beside content; b"" where there is none."""
        if len(self.files) == 1:
            return next(iter(self.files.values()))
        metas = [body for path, body in sorted(self.files.items()) if path.endswith("-meta.xml")]
        return metas[0] if metas else b""

    @property
    def body(self) -> str:
        """The text beside the -meta.xml (Apex source, markup); "" where there is none."""
        for path, content in sorted(self.files.items()):
            if path and not path.endswith("-meta.xml"):
                return content.decode("utf-8", "replace")
        return ""
