"""Between metadata XML and the `Metadata` column of the Tooling API."""

from __future__ import annotations

from typing import Any

from hotfix_tui.localorg.metadata import xml

# Elements that are lists even when there is one of them, by the type they are in.
_LISTS = {
    "WorkflowRule": frozenset({"actions", "criteriaItems", "workflowTimeTriggers"}),
    "CustomField": frozenset({"summaryFilterItems", "referenceTargets"}),
}
# What a type's Metadata shows as null when the XML does not have it.
_NULLS = {
    "ValidationRule": ("description", "errorDisplayField", "shouldEvaluateOnClient", "urls"),
    "FlowDefinition": ("activeVersionNumber", "description", "masterLabel", "urls"),
    "WorkflowRule": ("booleanFilter", "description", "formula", "urls"),
}
_NUMBERS = frozenset({"activeVersionNumber", "length", "precision", "scale", "visibleLines", "startingNumber"})


class BadMetadata(ValueError):
    """A Metadata value that the org does not take."""


def to_json(type_name: str, content: bytes) -> dict[str, Any]:
    """The Metadata of a component: its document without the full name, booleans and numbers as JSON has them."""
    root = xml.parse(content)
    result: dict[str, Any] = dict.fromkeys(_NULLS.get(type_name, ()))
    result.update(_object(root, _LISTS.get(type_name, frozenset())))
    result.pop("fullName", None)
    return result


def _object(element: xml.Element, lists: frozenset[str]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for child in xml.children(element):
        tag, value = xml.name(child), _value(child, lists)
        if tag in result or tag in lists:
            known = result.get(tag, [])
            result[tag] = [*(known if isinstance(known, list) else [known]), value]
        else:
            result[tag] = value
    return result


def _value(element: xml.Element, lists: frozenset[str]) -> Any:
    if xml.children(element):
        return _object(element, lists)
    text = element.text or ""
    if text in ("true", "false"):
        return text == "true"
    if xml.name(element) in _NUMBERS and text.lstrip("-").isdigit():
        return int(text)
    return text


def from_json(type_name: str, full_name: str, metadata: dict[str, Any]) -> bytes:
    """The document of a component whose Metadata was sent: the whole of it, nulls left out. Raises BadMetadata."""
    root = xml.new_root(type_name)
    name = xml.new_root("fullName")
    name.text = full_name
    root.append(name)
    for key, value in metadata.items():
        if key not in ("fullName", "urls", "attributes"):
            _append(root, key, value)
    return xml.write(root)


def _append(parent: xml.Element, key: str, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, list):
        for item in value:
            _append(parent, key, item)
        return
    if not key.isidentifier():
        raise BadMetadata(f"No such column '{key}' on sobject of type Metadata")
    child = xml.new_root(key)
    parent.append(child)
    if isinstance(value, dict):
        for inner, item in value.items():
            _append(child, inner, item)
    elif isinstance(value, bool):
        child.text = "true" if value else "false"
    else:
        child.text = str(value)
