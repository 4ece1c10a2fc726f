"""Describe results in SOAP: what the REST API answers, as elements in the order of their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hotfix_tui.localorg.soap.envelope import Markup, tag

# What only the REST API says.
_ONLY_REST = frozenset({"urls", "sobjectDescribeOption", "listviewable", "lookupLayoutable", "recentItems"})
# What the WSDL wants there even when it is null.
_NILLABLE = frozenset(
    {
        "associateEntityType",
        "associateParentEntity",
        "defaultImplementation",
        "implementedBy",
        "implementsInterfaces",
        "keyPrefix",
        "networkScopeFieldName",
        "recordTypeId",
        "urlDetail",
        "urlEdit",
        "urlNew",
    }
)
_PAGES = dict.fromkeys(("urlDetail", "urlEdit", "urlNew"))


def described(found: Mapping[str, Any]) -> str:
    """A DescribeSObjectResult; a local org has no pages to name."""
    return element("result", {**found, **_PAGES, "idEnabled": True})


def listed(found: Mapping[str, Any]) -> str:
    """A DescribeGlobalResult."""
    objects = [{**each, "idEnabled": True} for each in found["sobjects"]]
    return element("result", {**found, "sobjects": objects})


def element(name: str, value: Any) -> str:
    """A part of a describe result; nothing for what is null, or `xsi:nil` where the WSDL has it so."""
    if value is None:
        return tag(name, None) if name in _NILLABLE else ""
    if isinstance(value, Mapping):
        inner = "".join(element(key, value[key]) for key in sorted(value) if key not in _ONLY_REST)
        return tag(name, Markup(inner))
    if isinstance(value, list):
        return "".join(element(name, each) for each in value)
    return tag(name, value)
