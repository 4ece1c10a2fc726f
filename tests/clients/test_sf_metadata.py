"""`sf org list metadata…` and `sf project retrieve`: what the CLI lists and writes to disk is what the org holds."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.clients.library import CODE, write_project
from tests.clients.programs import Sf
from tests.clients.running import Orgs
from tests.localorg.own_org import LIBRARY
from tests.localorg.wire import NS, tree

pytestmark = pytest.mark.slow
_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?><Package xmlns="http://soap.sforce.com/2006/04/metadata">'
    "<types><members>Shelf__c</members><name>CustomObject</name></types>"
    "<types><members>Book__c.Net__c</members><name>CustomField</name></types>"
    "<types><members>*</members><name>ApexClass</name></types><version>66.0</version></Package>"
)


@pytest.fixture
def own(sf: Sf, tmp_path: Path) -> Sf:
    """The CLI in an empty project of the test's own."""
    return Sf(sf.world, write_project(tmp_path / "project"))


def _source(own: Sf) -> dict[str, bytes]:
    root = own.project / "force-app" / "main" / "default"
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def _library(*names: str) -> dict[str, bytes]:
    """The source of some of the library's components, by path."""
    found = {}
    for _, name, xml in LIBRARY:
        item, _, child = name.partition(".")
        if item in names or name in names:
            path = f"fields/{child}.field-meta.xml" if child else f"{item}.object-meta.xml"
            found[f"objects/{item}/{path}"] = xml
    return found


def _holds(xml: bytes, other: bytes) -> bool:
    """Whether each child of the second element is in the first."""
    have, wanted = (set(tree(ElementTree.fromstring(text))[3]) for text in (xml, other))
    return wanted <= have


def test_types_and_components_are_those_the_org_tells_others(orgs: Orgs, sf: Sf) -> None:
    wire = orgs.wire("prod")
    listed = sf.json("org", "list", "metadata-types", "-o", "prod")["metadataObjects"]
    answer = wire.soap("<describeMetadata><asOfVersion>67.0</asOfVersion></describeMetadata>")
    assert {each["xmlName"] for each in listed} == {each.text for each in answer.iter(f"{NS}xmlName")}
    fields = {each["fullName"]: each for each in sf.json("org", "list", "metadata", "-o", "prod", "-m", "CustomField")}
    assert {f"CustomField:{name}" for name in fields} == set(wire.listing("CustomField"))
    assert fields["Book__c.Net__c"]["manageableState"] == "unmanaged"
    assert sf.json("org", "list", "metadata", "-o", "prod", "-m", "ApexTrigger") == []


def test_named_components_are_written_in_source_format(own: Sf) -> None:
    answer = own.json(
        "project", "retrieve", "start", "-o", "prod", "-m", "CustomObject:Book__c", "-m", "ApexClass:Shelves"
    )
    assert (answer["success"], answer["status"]) == (True, "Succeeded")
    source, wanted = _source(own), _library("Book__c")
    assert set(source) == {*wanted, "classes/Shelves.cls", "classes/Shelves.cls-meta.xml"}
    assert source["classes/Shelves.cls"].decode() == CODE["classes/Shelves.cls"]
    assert all(_holds(source[path], xml) for path, xml in wanted.items())
    assert {Path(each["filePath"]).name for each in answer["files"]} == {Path(path).name for path in source}


def test_a_manifest_and_a_wildcard_bring_what_they_name(own: Sf) -> None:
    (own.project / "package.xml").write_text(_MANIFEST)
    answer = own.json("project", "retrieve", "start", "-o", "prod", "-x", "package.xml")
    assert answer["status"] == "Succeeded"
    classes = {f"{path}{end}" for path in CODE for end in ("", "-meta.xml")}
    # The CLI writes the file of a field's object even where the org sent nothing for it.
    book = "objects/Book__c/Book__c.object-meta.xml"
    assert set(_source(own)) == {*_library("Shelf__c"), *_library("Book__c.Net__c"), book, *classes}
    assert len(ElementTree.fromstring(_source(own)[book])) == 0
    answer = own.json("project", "retrieve", "start", "-o", "prod", "-m", "CustomObject:*")
    library = _library("Shelf__c", "Book__c", "Loan__c")
    assert set(_source(own)) == {*library, *classes}
    assert {each["type"] for each in answer["files"]} == {"CustomObject", "CustomField"}


def test_what_is_not_there_is_told_by_name(own: Sf) -> None:
    ran = own.run("project", "retrieve", "start", "-o", "prod", "-m", "ApexClass:Nowhere", "--json")
    assert "Entity of type 'ApexClass' named 'Nowhere' cannot be found" in ran.out, ran.words
    assert _source(own) == {}
