"""The canonical form: what it forgets, and what it must not forget."""

from __future__ import annotations

import random
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.normalise import canonical_xml, normalise, same
from hotfix_tui.compare.xml import BadXml

NS = 'xmlns="http://soap.sforce.com/2006/04/metadata"'


def component(kind: str, body: str, path: str = "x/X.x") -> Component:
    return Component(ComponentId(kind, "X"), {path: f"<{kind} {NS}>{body}</{kind}>".encode()})


def alike(kind: str, left: str, right: str) -> bool:
    return same(component(kind, left), component(kind, right))


@pytest.mark.parametrize(
    ("kind", "left", "right"),
    [
        ("CustomField", "<label>A</label><type>Text</type>", "<type>Text</type>\n\n  <label>A</label>"),
        ("CustomField", "<label>A</label>", "<!-- note --><label>A</label><?pi x?>"),
        ("CustomField", "<label>A&amp;B</label>", "<label><![CDATA[A&B]]></label>"),
        ("CustomField", "<label></label>", "<label/>"),
        ("Queue", "<queueMembers></queueMembers>", "<queueMembers>\n    </queueMembers>"),
        ("Profile", "<custom>true</custom>", "<custom>true</custom>&gt;"),
        ("PermissionSet", "<tabSettings><tab>A</tab></tabSettings><tabSettings><tab>B</tab></tabSettings>",
         "<tabSettings><tab>B</tab></tabSettings><tabSettings><tab>A</tab></tabSettings>"),
        ("FromTheFuture", "<things><name>A</name></things><things><name>B</name></things>",
         "<things><name>B</name></things><things><name>A</name></things>"),
    ],
)  # fmt: skip
def test_what_means_the_same_is_the_same(kind: str, left: str, right: str) -> None:
    assert alike(kind, left, right)


@pytest.mark.parametrize(
    ("kind", "left", "right"),
    [
        ("CustomField", "<label>A</label>", "<label>A </label>"),
        ("CustomField", "<formula>A\n+ B</formula>", "<formula>A + B</formula>"),
        ("CustomField", "<label>A</label>", "<label>a</label>"),
        ("CustomField", "<label>A</label>", ""),
        ("CustomField", "<scale>2</scale>", "<precision>2</precision>"),
        ("CustomObject", "<searchLayouts><searchResultsAdditionalFields>A</searchResultsAdditionalFields>"
         "<searchResultsAdditionalFields>B</searchResultsAdditionalFields></searchLayouts>",
         "<searchLayouts><searchResultsAdditionalFields>B</searchResultsAdditionalFields>"
         "<searchResultsAdditionalFields>A</searchResultsAdditionalFields></searchLayouts>"),
        ("ListView", "<filters><field>A</field></filters><filters><field>B</field></filters>",
         "<filters><field>B</field></filters><filters><field>A</field></filters>"),
        ("DelegateGroup", "<roles>A</roles><roles>A</roles>", "<roles>A</roles>"),
        ("LightningComponentBundle", "<targetConfigs><targetConfig><property name='a'/><property name='b'/>"
         "</targetConfig></targetConfigs>", "<targetConfigs><targetConfig><property name='b'/><property name='a'/>"
         "</targetConfig></targetConfigs>"),
    ],
)  # fmt: skip
def test_what_means_something_else_is_different(kind: str, left: str, right: str) -> None:
    assert not alike(kind, left, right)


def test_a_typed_value_is_the_same_under_another_prefix_but_not_with_another_type() -> None:
    def value(prefix: str, schema: str, kind: str) -> Component:
        text = (
            f'<CustomMetadata {NS} xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:{prefix}="{schema}">'
            f'<values><field>A</field><value i:type="{prefix}:{kind}">1</value></values></CustomMetadata>'
        )
        return Component(ComponentId("CustomMetadata", "X"), {"customMetadata/X.md": text.encode()})

    schema = "http://www.w3.org/2001/XMLSchema"
    assert same(value("xsd", schema, "double"), value("q", schema, "double"))
    assert not same(value("xsd", schema, "double"), value("xsd", schema, "string"))


def test_a_layout_assignment_is_known_by_its_layout_and_record_type() -> None:
    def assignment(record_type: str) -> str:
        inner = f"<recordType>{record_type}</recordType>" if record_type else ""
        return f"<layoutAssignments><layout>L</layout>{inner}</layoutAssignments>"

    one, two = assignment("") + assignment("R.A"), assignment("R.A") + assignment("")
    assert alike("Profile", one, two)
    assert not alike("Profile", one, assignment("R.A") + assignment("R.B"))


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("ApexClass", "classes/A.cls"),
        ("ApexTrigger", "triggers/A.trigger"),
        ("ApexPage", "pages/A.page"),
        ("ApexComponent", "components/A.component"),
        ("LightningComponentBundle", "lwc/a/a.js"),
        ("AuraDefinitionBundle", "aura/a/a.cmp"),
    ],
)
def test_line_ends_a_mark_at_the_beginning_and_blanks_at_the_end_of_code_do_not_matter(kind: str, path: str) -> None:
    def code(text: bytes) -> Component:
        return Component(ComponentId(kind, "A"), {path: text})

    before = code(b"class A {\n}\n")
    for other in (b"class A {\r\n}\r\n", b"\xef\xbb\xbfclass A {\n}\n", b"class A {\n}", b"class A {\n}\n\n  \r\n"):
        assert same(before, code(other)), other
    for other in (b"class  A {\n}\n", b"class A {\n\n}\n", b"class A { \n}\n", b"\nclass A {\n}\n", b"class a {\n}\n"):
        assert not same(before, code(other)), other


@pytest.mark.parametrize(
    ("kind", "path"), [("StaticResource", "staticresources/A.resource"), ("Document", "documents/F/A.txt")]
)
def test_what_is_served_as_it_is_keeps_its_end(kind: str, path: str) -> None:
    one, other = (Component(ComponentId(kind, "A"), {path: text}) for text in (b"a\n", b"a"))
    assert not same(one, other)


def test_bytes_that_are_no_text_are_compared_as_bytes() -> None:
    def resource(content: bytes) -> Component:
        return Component(ComponentId("StaticResource", "A"), {"staticresources/A.resource": content})

    assert same(resource(b"\xff\xd8\xff"), resource(b"\xff\xd8\xff"))
    assert not same(resource(b"\xff\xd8\xff\r\n"), resource(b"\xff\xd8\xff\n"))


def test_one_file_cannot_pass_for_two() -> None:
    key = ComponentId("AuraDefinitionBundle", "x")
    two = Component(key, {"aura/x/a.js": b"1", "aura/x/b.js": b"2"})
    one = Component(key, {"aura/x/a.js": b"1\n==> aura/x/b.js\n2", "aura/x/c.js": b""})
    other = Component(key, {"aura/x/a.js": normalise(two)})
    assert not same(two, one)
    assert not same(two, other)


HOSTILE = [
    b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><Profile>&b;</Profile>',
    b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><Profile><description>&f;</description></Profile>',
    b'<!DOCTYPE Profile SYSTEM "http://127.0.0.1:9/x.dtd"><Profile/>',
    b"<Profile>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</Profile>",
    b"<Profile><a></Profile>",
    b"",
    b"\xff\xfe\x00",
]


@pytest.mark.parametrize("content", HOSTILE)
def test_xml_that_metadata_never_has_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(BadXml, match=r"\w+ \w+"):
        canonical_xml(content)


# Trees of elements: known types with rules of every kind, and unknown ones.
words = st.text("ab&<\n é", max_size=6)
leaf = st.builds(lambda tag, text: (tag, text), st.sampled_from(["name", "label", "field", "value", "x"]), words)
trees = st.recursive(
    leaf,
    lambda inner: st.tuples(
        st.sampled_from(["decisions", "rules", "conditions", "variables", "things"]), st.lists(inner, max_size=4)
    ),
    max_leaves=12,
)
roots = st.tuples(st.sampled_from(["Flow", "Profile", "CustomObject", "Unknown"]), st.lists(trees, max_size=6))


def write(tree: tuple[str, Any], rng: random.Random | None) -> str:
    tag, content = tree
    if isinstance(content, str):
        return f"<{tag}>{escape(content)}</{tag}>"
    parts = [write(child, rng) for child in content]
    if rng:
        # Elements of different names change places; those of one name keep theirs, as their order may count.
        rest = {
            name: [part for part in parts if part.startswith(f"<{name}>")]
            for name in {p[1 : p.index(">")] for p in parts}
        }
        order = list(rest)
        rng.shuffle(order)
        parts = [part for name in order for part in rest[name]]
    space = rng.choice(["", "\n  ", "\t"]) if rng and parts else ""
    return f"<{tag}>" + "".join(space + part for part in parts) + space + f"</{tag}>"


@example(("Flow", [("decisions", [("name", "<")]), ("decisions", [("name", "\n")])]))
@example(("Unknown", [("rules", [("label", "<")]), ("rules", [("label", "a"), ("label", "<")])]))
@given(roots)
def test_normalising_twice_changes_nothing(root: tuple[str, list[object]]) -> None:
    once = canonical_xml(write(root, None).encode())
    assert canonical_xml(once.encode()) == once


@given(roots, st.randoms(use_true_random=False))
def test_the_order_of_elements_and_white_space_do_not_matter(
    root: tuple[str, list[object]], rng: random.Random
) -> None:
    assert canonical_xml(write(root, rng).encode()) == canonical_xml(write(root, None).encode())


@given(st.lists(st.tuples(words, words), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_keyed_elements_and_multisets_do_not_mind_their_order(rows: list[tuple[str, str]], rng: random.Random) -> None:
    def profile(items: list[tuple[str, str]]) -> bytes:
        body = "".join(
            f"<fieldPermissions><field>{escape(a)}</field><readable>{escape(b)}</readable></fieldPermissions>"
            for a, b in items
        )
        return f"<Profile {NS}>{body}</Profile>".encode()

    mixed = rows[:]
    rng.shuffle(mixed)
    assert canonical_xml(profile(mixed)) == canonical_xml(profile(rows))


def test_the_normalised_text_reads_well() -> None:
    body = "<type>Text</type><fullName>A__c</fullName><label>A</label>"
    assert normalise(component("CustomField", body)).decode().split("\n")[1:] == [
        f"<CustomField {NS}>",
        "    <fullName>A__c</fullName>",
        "    <label>A</label>",
        "    <type>Text</type>",
        "</CustomField>",
        "",
    ]
