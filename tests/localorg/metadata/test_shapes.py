"""The WSDL's types as data: what fits them, and what is left of a document that holds more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.shapes import shapes
from tests.localorg.metadata.samples import document

KNOWN = ("description", "label", "connectedApp", "isLicensed", "requiredPermission")
UNKNOWN = ("novelty", "zeal", "fields")


@given(st.lists(st.sampled_from(KNOWN + UNKNOWN), max_size=8, unique=True))
def test_arranging_leaves_what_the_wsdl_has_in_its_order_and_nothing_else(names: list[str]) -> None:
    inner = {
        "isLicensed": "true",
        "requiredPermission": "<dependency>true</dependency><customPermission>B</customPermission>",
    }
    root = xml.parse(document("CustomPermission", "".join(f"<{n}>{inner.get(n, 'x')}</{n}>" for n in names)).encode())
    may_lack = shapes().may_lack(xml.write(root), "CustomPermission")
    shapes().arrange(root, "CustomPermission")
    order = list(shapes().members("CustomPermission"))
    assert [xml.name(child) for child in root] == sorted((n for n in names if n in KNOWN), key=order.index)
    assert shapes().misfit(root, "CustomPermission") is None
    assert may_lack or not set(names) & set(UNKNOWN)
    again = xml.write(root)
    shapes().arrange(root, "CustomPermission")
    assert xml.write(root) == again


@pytest.mark.parametrize(
    ("kind", "inner", "problem"),
    [
        ("CustomField", "<type>Number</type><precision>many</precision>", "'many' is not a valid value for"),
        ("CustomField", "<type>Letters</type>", "'Letters' is not a valid value for the enum 'FieldType'"),
        ("CustomField", "<required>True</required>", "'True' is not a valid value for the type xsd:boolean"),
        ("CustomField", "<label>A</label><label>B</label>", "Element label is duplicated"),
        ("CustomField", "<lookupFilter><colour>red</colour></lookupFilter>", "colour invalid at this location"),
        ("Sorcery", "<spell/>", ""),
    ],
)  # fmt: skip
def test_a_document_that_does_not_fit_says_where(kind: str, inner: str, problem: str) -> None:
    found = shapes().misfit(xml.parse(document(kind, inner).encode()), kind)
    assert problem in (found.problem if found else "")
    assert bool(found) is bool(problem)


def test_components_are_told_from_their_parts() -> None:
    assert shapes().is_metadata("CustomField") and shapes().is_metadata("FlowSettings")
    assert not shapes().is_metadata("ValueSet") and not shapes().is_metadata("Sorcery")
    assert next(iter(shapes().members("CustomField"))) == "fullName"
