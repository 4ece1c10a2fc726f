"""The fix as components, and where it stands elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.fix import bytes_to_components, components_delta, components_to_bytes, three_way


def apex(name: str, body: str) -> Component:
    return Component(ComponentId("ApexClass", name), {f"classes/{name}.cls": body.encode()})


def field(body: str) -> Component:
    content = f"<CustomField>{body}</CustomField>".encode()
    return Component(ComponentId("CustomField", "T__c.A__c"), {"objects/T__c.object": content})


def by_id(*components: Component) -> dict[ComponentId, Component]:
    return {component.id: component for component in components}


def test_the_delta_is_what_was_made_changed_and_deleted_by_content() -> None:
    baseline = by_id(apex("A", "1"), apex("B", "1"), apex("C", "1"), field("<label>L</label><type>Text</type>"))
    now = by_id(apex("A", "1\r\n".strip()), apex("B", "2"), apex("D", "1"), field("<type>Text</type><label>L</label>"))
    assert [(str(key), change) for key, change in components_delta(baseline, now)] == [
        ("ApexClass:B", "changed"),
        ("ApexClass:C", "deleted"),
        ("ApexClass:D", "new"),
    ]


A, B, C = apex("X", "a"), apex("X", "b"), apex("X", "c")


@pytest.mark.parametrize(
    ("base", "theirs", "ours", "cell"),
    [
        (A, A, B, "apply"),
        (None, None, B, "new"),
        (A, B, B, "same"),
        (None, B, B, "same"),
        (A, None, None, "same"),
        (A, A, None, "apply"),
        (A, C, B, "differs"),
        (A, None, B, "differs"),
        (None, C, B, "differs"),
        (A, C, None, "differs"),
    ],
)
def test_where_a_component_of_the_fix_stands(
    base: Component | None, theirs: Component | None, ours: Component | None, cell: str
) -> None:
    standing = three_way(base, theirs, ours)
    assert standing.cell == cell
    assert bool(standing.reason) == (cell == "differs")


def test_the_reasons_tell_the_cases_apart() -> None:
    cases = [(A, C, B), (A, None, B), (None, C, B), (A, C, None)]
    assert len({three_way(*case).reason for case in cases}) == len(cases)


def test_what_is_not_xml_is_only_the_same_by_its_bytes() -> None:
    assert three_way(field("<a>"), field("<a>"), field("<label/>")).cell == "apply"
    assert three_way(field("<a>"), field("<b>"), field("<label/>")).cell == "differs"


files = st.dictionaries(st.text(min_size=1, max_size=8), st.binary(max_size=30) | st.text(max_size=9).map(str.encode))
kept = st.builds(
    lambda kind, name, content, by, at, version: Component(
        ComponentId(kind, name), content, by, at, {"active_version": version} if version else {}
    ),
    st.sampled_from(["ApexClass", "StaticResource"]),
    st.text(min_size=1, max_size=8),
    files,
    st.text(max_size=5),
    st.text(max_size=5),
    st.integers(0, 3),
)


@given(st.lists(kept, max_size=5))
def test_components_come_back_from_bytes_as_they_were(components: list[Component]) -> None:
    whole = by_id(*components)
    content = components_to_bytes(whole)
    assert bytes_to_components(content) == whole
    assert components_to_bytes(dict(reversed(whole.items()))) == content


@pytest.mark.parametrize("content", [b"", b"rubbish", b"x\x9c\x03\x00\x00\x00\x00\x01"])
def test_other_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="not kept components"):
        bytes_to_components(content)


def test_bytes_of_text_are_compact() -> None:
    many = by_id(*(apex(f"Class{number}", "public class Foo { }\n" * 200) for number in range(50)))
    assert len(components_to_bytes(many)) < 5_000
