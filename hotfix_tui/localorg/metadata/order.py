"""In what order components become part of an org's schema."""

from __future__ import annotations

from hotfix_tui.localorg.metadata.component import Component

# What the schema must hear of, in this order: a field needs its object, a record type its object's picklists.
SCHEMA_TYPES = (
    "GlobalValueSet",
    "StandardValueSet",
    "CustomObject",
    "CustomField",
    "BusinessProcess",
    "RecordType",
    "ValidationRule",
    "MatchingRule",
    "DuplicateRule",
    "CustomMetadata",
)


def schema_order(component: Component) -> tuple[int, str, str]:
    """The order in which components can be applied: objects before their fields, records of custom metadata last."""
    position = SCHEMA_TYPES.index(component.type) if component.type in SCHEMA_TYPES else len(SCHEMA_TYPES)
    if component.type == "CustomMetadata":
        position += 1
    return (position, component.type, component.full_name)
