"""Where two versions of a component differ, in words a person can follow."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.difference import difference, overlap, text_diff
from hotfix_tui.compare.normalise import normalise
from tests.compare.test_normalise import roots, write

NS = 'xmlns="http://soap.sforce.com/2006/04/metadata"'


def component(kind: str, body: str) -> Component:
    return Component(ComponentId(kind, "X"), {"x/X.x": f"<{kind} {NS}>{body}</{kind}>".encode()})


def paths(kind: str, left: str, right: str) -> list[tuple[str, str | None, str | None]]:
    return list(difference(component(kind, left), component(kind, right)).paths)


def value(name: str, label: str) -> str:
    return f"<value><fullName>{name}</fullName><label>{label}</label></value>"


def values(*inner: str) -> str:
    return f"<valueSet><valueSetDefinition>{''.join(inner)}</valueSetDefinition></valueSet>"


def test_a_changed_value_is_named_by_the_keys_on_the_way_to_it() -> None:
    assert paths("CustomField", values(value("A", "a"), value("B", "b")), values(value("A", "a"), value("B", "c"))) == [
        ("valueSet.valueSetDefinition.value[B].label", "b", "c")
    ]


def test_an_added_element_that_has_a_key_moves_no_other() -> None:
    found = paths("CustomField", values(value("B", "b")), values(value("A", "a"), value("B", "b")))
    assert found == [
        ("valueSet.valueSetDefinition.value[A]", None, "fullName = A; label = a"),
    ]


def test_swapped_elements_whose_order_counts_differ_in_their_order() -> None:
    found = paths("CustomField", values(value("A", "a"), value("B", "b")), values(value("B", "b"), value("A", "a")))
    assert found == [("valueSet.valueSetDefinition.value.(order)", "[A] [B]", "[B] [A]")]


def test_elements_without_a_key_are_named_by_their_content() -> None:
    found = paths("DelegateGroup", "<roles>A</roles><roles>B</roles>", "<roles>B</roles><roles>C</roles>")
    assert found == [("roles[A]", "A", None), ("roles[C]", None, "C")]


def test_one_of_two_equal_elements_less_is_found() -> None:
    found = paths("DelegateGroup", "<roles>A</roles><roles>A</roles>", "<roles>A</roles>")
    assert found == [("roles[A] #2", "A", None)]


def test_an_attribute_counts() -> None:
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    left = f'<values><field>A</field><value {xsi} xsi:nil="true"/></values>'
    found = paths("CustomMetadata", left, "<values><field>A</field><value>7</value></values>")
    assert found == [("values[A].value", "@xsi:nil = true; (text) = ", "7")]


def test_a_component_that_one_side_lacks_differs_as_a_whole() -> None:
    here = component("CustomField", "")
    assert difference(here, None).paths == (("(whole component)", "there", None),)
    assert difference(None, here).paths == (("(whole component)", None, "there"),)
    assert not difference(None, None)
    assert not difference(here, here)


def test_the_text_difference_is_of_the_normalised_texts() -> None:
    left = component("CustomField", "<label>A</label><type>Text</type>")
    right = component("CustomField", "<type>Text</type>\n<label>B</label>")
    assert text_diff(left, right, context=0) == [
        "@@ -3 +3 @@",
        "-    <label>A</label>",
        "+    <label>B</label>",
    ]
    assert text_diff(left, left) == []
    assert [line[0] for line in text_diff(None, left)[1:]] == ["+"] * 5


def test_files_of_code_differ_by_file() -> None:
    key = ComponentId("ApexClass", "A")
    meta = f"<ApexClass {NS}><status>Active</status></ApexClass>".encode()
    left = Component(key, {"classes/A.cls": b"class A {}", "classes/A.cls-meta.xml": meta})
    right = Component(key, {"classes/A.cls": b"class A { }", "classes/A.cls-meta.xml": meta})
    assert difference(left, right).paths == (("classes/A.cls: (content)", "class A {}\n", "class A { }\n"),)


def test_a_key_that_fails_on_one_side_names_nothing_on_the_other_either() -> None:
    two = "<things><name>A</name><x>1</x></things><things><name>B</name><x>2</x></things>"
    twice = two.replace("B", "A")
    assert paths("FromTheFuture", two, twice) == [
        (
            "things[<things>; <name>A</name>; <x>2</x>; </things>]",
            None,
            "<things>; <name>A</name>; <x>2</x>; </things>",
        ),
        (
            "things[<things>; <name>B</name>; <x>2</x>; </things>]",
            "<things>; <name>B</name>; <x>2</x>; </things>",
            None,
        ),
    ]


def test_an_element_put_in_between_moves_no_other_where_only_the_order_tells_them_apart() -> None:
    def columns(*names: str) -> str:
        return "".join(f"<columns>{name}</columns>" for name in names)

    assert paths("ListView", columns("A", "B", "C"), columns("X", "A", "B", "D")) == [
        ("columns[1]", None, "X"),
        ("columns[3 → 4]", "C", "D"),
    ]


def test_more_differences_than_go_to_deepdiff_at_once_come_in_the_order_of_their_names() -> None:
    def fields(number: int) -> str:
        return "".join(
            f"<fieldPermissions><editable>{place < number}</editable><field>A.F{place:04}__c</field></fieldPermissions>"
            for place in range(900)
        )

    found = paths("PermissionSet", fields(0), fields(900))
    assert found == [(f"fieldPermissions[A.F{place:04}__c].editable", "False", "True") for place in range(900)]


def test_paths_overlap_when_one_lies_in_the_other() -> None:
    assert overlap("a.b", "a.b") and overlap("a", "a[1].b") and overlap("x.cls: (content)", "x.cls")
    assert overlap("(whole component)", "a")
    assert not overlap("a.b", "a.c") and not overlap("fields", "fieldSets[1]")


def made(kind: str, tree: list[Any]) -> Component:
    return component(kind, "".join(write(part, None) for part in tree))


@given(roots, st.randoms(use_true_random=False))
def test_there_is_a_place_exactly_when_the_normalised_texts_differ(root: tuple[str, list[Any]], rng: Any) -> None:
    kind, parts = root
    other = [part for part in parts if rng.random() > 0.2]
    rng.shuffle(other)
    left, right = made(kind, parts), made(kind, other)
    assert bool(difference(left, right)) == (normalise(left) != normalise(right))
