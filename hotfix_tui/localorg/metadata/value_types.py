"""describeValueType: what fields a metadata type has, from the WSDL's declaration."""

from __future__ import annotations

from typing import Any

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.envelope import SoapFault
from hotfix_tui.localorg.metadata.shapes import Member, shapes
from hotfix_tui.localorg.metadata.types import metadata_types

# How deep types are unfolded: they may hold themselves (a field's value set, a filter's filter).
_DEEPEST = 4


def describe_value_type(body: xml.Element) -> dict[str, Any]:
    """The DescribeValueTypeResult of a type given as `{namespace}Name`. Raises SoapFault INVALID_TYPE."""
    given = xml.text(body, "type")
    namespace, brace, name = given.rpartition("}")
    if not brace:
        namespace, name = f"{{{xml.NAMESPACE}", given
    known = shapes()
    if namespace != f"{{{xml.NAMESPACE}" or not known.known(name):
        raise SoapFault("INVALID_TYPE", f"Unknown type:{given}")
    component = known.is_metadata(name)
    table = metadata_types()
    code = name in ("ApexClass", "ApexTrigger") or (name in table.types and table.types[name].bundle)
    child = table.children.get(name)
    fields = [_field(member, 0) for member in known.members(name).values()]
    return {
        "apiCreatable": component and not code,
        "apiDeletable": component and not code and name != "Profile",
        "apiReadable": component and not code,
        "apiUpdatable": component and not code,
        "parentField": _parent(child.parent) if child else None,
        "valueTypeFields": fields,
    }


def _field(member: Member, depth: int) -> dict[str, Any]:
    known = shapes()
    inner: list[dict[str, Any]] = []
    if known.known(member.type) and depth < _DEEPEST:
        inner = [_field(item, depth + 1) for item in known.members(member.type).values()]
    return {
        "fields": inner,
        "foreignKeyDomain": [],
        "isForeignKey": False,
        "isNameField": member.name == "fullName",
        "minOccurs": int(member.required),
        "name": member.name,
        "picklistValues": [
            {"active": True, "defaultValue": False, "label": value, "value": value}
            for value in known.enums.get(member.type, ())
        ],
        "soapType": member.type,
        "valueRequired": member.required or member.name == "fullName",
    }


def _parent(type_name: str) -> dict[str, Any]:
    return {
        "fields": [],
        "foreignKeyDomain": [type_name],
        "isForeignKey": True,
        "isNameField": False,
        "minOccurs": 0,
        "name": "",
        "picklistValues": [],
        "soapType": "string",
        "valueRequired": True,
    }
