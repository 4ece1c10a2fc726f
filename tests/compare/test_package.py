"""Packages: taken apart and built, and what a hostile zip is told."""

from __future__ import annotations

import io
import string
import xml.etree.ElementTree as ET
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfix_tui.compare.archive import BOMB_BYTES, read_zip
from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.normalise import same
from hotfix_tui.compare.package import BadPackage, build, split

NS = "http://soap.sforce.com/2006/04/metadata"


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for path, content in files.items():
            package.writestr(path, content)
    return buffer.getvalue()


def metadata(kind: str, body: str) -> bytes:
    return f'<?xml version="1.0"?><{kind} xmlns="{NS}">{body}</{kind}>'.encode()


OBJECT = metadata(
    "CustomObject",
    "<fields><fullName>A__c</fullName><type>Text</type></fields><label>Thing</label>"
    "<fields><fullName>B__c</fullName><type>Number</type></fields>"
    "<validationRules><fullName>Rule</fullName><active>true</active></validationRules>",
)


def tree(content: bytes) -> list[tuple[str, str]]:
    return [(node.tag.split("}")[-1], (node.text or "").strip()) for node in ET.fromstring(content).iter()]


def manifest_of(package: bytes, name: str = "package.xml") -> dict[str, list[str]]:
    found = {}
    for types in ET.fromstring(read_zip(package)[name]).iter(f"{{{NS}}}types"):
        found[types.findtext(f"{{{NS}}}name") or ""] = [item.text or "" for item in types.iter(f"{{{NS}}}members")]
    return found


def test_children_are_components_of_their_own_and_their_parent_is_without_them() -> None:
    found = split({"unpackaged/package.xml": b"<Package/>", "unpackaged/objects/Thing__c.object": OBJECT})
    assert sorted(map(str, found)) == [
        "CustomField:Thing__c.A__c",
        "CustomField:Thing__c.B__c",
        "CustomObject:Thing__c",
        "ValidationRule:Thing__c.Rule",
    ]
    parent = found[ComponentId("CustomObject", "Thing__c")].files["objects/Thing__c.object"]
    assert tree(parent) == [("CustomObject", ""), ("label", "Thing")]
    field = found[ComponentId("CustomField", "Thing__c.A__c")].files["objects/Thing__c.object"]
    assert tree(field) == [("CustomField", ""), ("fullName", "A__c"), ("type", "Text")]


def test_a_parent_that_only_wraps_children_is_no_component() -> None:
    labels = metadata("CustomLabels", "<labels><fullName>Hello</fullName><value>Hi</value></labels>")
    assert list(map(str, split({"labels/CustomLabels.labels": labels}))) == ["CustomLabel:Hello"]


@pytest.mark.parametrize(
    ("path", "component"),
    [
        ("classes/A.cls", "ApexClass:A"),
        ("classes/A.cls-meta.xml", "ApexClass:A"),
        ("reports/Sales/Won.report", "Report:Sales/Won"),
        ("reports/Sales-meta.xml", "Report:Sales"),
        ("documents/Logos/a.b.png", "Document:Logos/a.b.png"),
        ("documents/Logos/a.b.png-meta.xml", "Document:Logos/a.b.png"),
        ("email/Mails/Hello.email", "EmailTemplate:Mails/Hello"),
        ("lwc/panel/panel.js", "LightningComponentBundle:panel"),
        ("lwc/panel/panel.js-meta.xml", "LightningComponentBundle:panel"),
        ("aura/box/box.cmp-meta.xml", "AuraDefinitionBundle:box"),
        ("staticresources/lib.resource", "StaticResource:lib"),
        ("staticresources/lib.resource-meta.xml", "StaticResource:lib"),
        ("settings/Flow.settings", "Settings:Flow"),
        ("layouts/Case-Case %28All%29 Layout.layout", "Layout:Case-Case %28All%29 Layout"),
        ("customMetadata/Conf.Default.md", "CustomMetadata:Conf.Default"),
        ("experiences/site1.site-meta.xml", "ExperienceBundle:site1"),
        ("experiences/site1/views/home.json", "ExperienceBundle:site1"),
        ("digitalExperiences/site/shop1/sfdc_cms__view/home/_meta.json", "DigitalExperienceBundle:site/shop1"),
        ("territory2Models/M/M.territory2Model", "Territory2Model:M"),
        ("territory2Models/M/territories/West.territory2", "Territory2:M.West"),
        ("fromTheFuture/X.thing", "fromTheFuture:X.thing"),
    ],
)
def test_a_file_belongs_to_the_component_that_its_place_says(path: str, component: str) -> None:
    assert list(map(str, split({path: b"<x/>"}))) == [component]


def test_a_build_wraps_children_and_names_only_what_was_asked_for() -> None:
    found = split({"objects/Thing__c.object": OBJECT, "classes/A.cls": b"class A {}"})
    chosen = [found[ComponentId.parse("CustomField:Thing__c.B__c")], found[ComponentId.parse("ApexClass:A")]]
    package = build(chosen, "63.0", [ComponentId("ApexClass", "Old")])
    assert manifest_of(package) == {"ApexClass": ["A"], "CustomField": ["Thing__c.B__c"]}
    assert manifest_of(package, "destructiveChangesPost.xml") == {"ApexClass": ["Old"]}
    files = read_zip(package)
    assert tree(files["objects/Thing__c.object"]) == [
        ("CustomObject", ""), ("fields", ""), ("fullName", "B__c"), ("type", "Number"),
    ]  # fmt: skip
    assert b"<version>63.0</version>" in files["package.xml"]
    assert b"<version>" not in files["destructiveChangesPost.xml"]


def test_a_build_keeps_elements_of_one_name_together() -> None:
    """The Metadata API calls an element duplicated when another stands between two of its name."""
    package = build(split({"objects/Thing__c.object": OBJECT}).values(), "63.0")
    root = ET.fromstring(read_zip(package)["objects/Thing__c.object"])
    tags = [node.tag.split("}")[-1] for node in root]
    assert tags == ["fields", "fields", "label", "validationRules"]


def test_the_same_components_give_the_same_bytes() -> None:
    components = list(split({"objects/Thing__c.object": OBJECT, "classes/A.cls": b"class A {}"}).values())
    assert build(components, "63.0") == build(reversed(components), "63.0")


def test_typed_values_keep_the_prefix_that_their_type_names() -> None:
    body = '<values><field>A__c</field><value xsi:type="xsd:double">70.0</value></values>'
    head = f'xmlns="{NS}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    content = f'<CustomMetadata {head} xmlns:xsd="http://www.w3.org/2001/XMLSchema">{body}</CustomMetadata>'.encode()
    component = split({"customMetadata/Conf.A.md": content})[ComponentId("CustomMetadata", "Conf.A")]
    assert (
        b'xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
        in read_zip(build([component], "63.0"))["customMetadata/Conf.A.md"]
    )


names = st.text(string.ascii_letters, min_size=1, max_size=8)
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=20)


@given(st.dictionaries(names, st.tuples(texts, texts), min_size=1, max_size=5), st.booleans())
def test_what_is_built_splits_into_what_it_was_built_from(fields: dict[str, tuple[str, str]], own: bool) -> None:
    def element(name: str, text: str) -> str:
        node = ET.Element(name)
        node.text = text
        return ET.tostring(node, encoding="unicode")

    body = "".join(
        f"<fields>{element('description', left)}<fullName>{name}__c</fullName>{element('label', right)}</fields>"
        for name, (left, right) in fields.items()
    )
    content = metadata("CustomObject", body + ("<label>T</label>" if own else ""))
    components = split({"objects/T__c.object": content})
    again = split(build(components.values(), "63.0"))
    assert set(again) == set(components)
    assert len(components) == len(fields) + own
    assert all(same(components[key], again[key]) for key in components)
    for name, (left, right) in fields.items():
        found = ET.fromstring(again[ComponentId("CustomField", f"T__c.{name}__c")].files["objects/T__c.object"])
        assert (found.findtext(f"{{{NS}}}description") or "") == left
        assert (found.findtext(f"{{{NS}}}label") or "") == right


@pytest.mark.parametrize(
    "path", ["../evil.cls", "/etc/passwd", "classes/../../x", "C:/x", "classes\\..\\x", "a/../../b", "classes/a\0b"]
)
def test_a_path_that_leaves_the_package_is_refused(path: str) -> None:
    with pytest.raises(BadPackage):
        split({path: b""})
    if "\0" not in path:
        with pytest.raises(BadPackage, match="path"):
            split(zipped({path: b"x"}))
    with pytest.raises(BadPackage):
        build([Component(ComponentId("ApexClass", "A"), {path: b""})], "63.0")


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = zipped({"classes/A.cls": b"\0" * (BOMB_BYTES + 1)})
    assert len(bomb) < 100_000
    with pytest.raises(BadPackage, match="unpacks to"):
        split(bomb)


def test_a_zip_with_a_lying_size_is_refused() -> None:
    content = zipped({"classes/A.cls": b"a" * 5000})
    lying = content.replace((5000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lying != content
    with pytest.raises(BadPackage):
        split(lying)


def test_a_link_in_a_zip_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        entry = zipfile.ZipInfo("classes/A.cls")
        entry.external_attr = 0o120777 << 16
        package.writestr(entry, "/etc/passwd")
    with pytest.raises(BadPackage, match="link"):
        split(buffer.getvalue())


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04", b"no zip at all", zipped({"a/b": b"x" * 999})[:-30]],
    ids=["empty", "head only", "text", "cut off"],  # not the bytes: a zip holds the time
)
def test_bytes_that_are_no_zip_are_refused(content: bytes) -> None:
    with pytest.raises(BadPackage, match="cannot be read"):
        split(content)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_twice_in_a_zip_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("classes/A.cls", "one")
        package.writestr("classes/A.cls", "two")
    with pytest.raises(BadPackage, match="twice"):
        split(buffer.getvalue())


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_file_that_is_packed_as_no_package_is_is_refused(packing: int) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as package:
        package.writestr("classes/A.cls", b"class A {}")
    with pytest.raises(BadPackage, match="packed in a way"):
        read_zip(buffer.getvalue())


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_zip_is_refused_in_words_or_read(damage: list[tuple[int, int]]) -> None:
    one = Component(
        ComponentId("ApexClass", "A"), {"classes/A.cls": b"class A {}\n" * 9, "classes/A.cls-meta.xml": b"<A/>"}
    )
    content = bytearray(build([one], "63.0"))
    for place, byte in damage:
        content[place % len(content)] = byte
    try:
        assert all(isinstance(inner, bytes) for inner in read_zip(bytes(content)).values())
    except BadPackage as error:
        assert str(error)
