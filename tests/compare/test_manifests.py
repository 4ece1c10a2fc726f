"""The manifests of a comparison: an org takes them, and is what the other is then, but for what they leave out."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest

from hotfix_tui.compare.compare import Comparison, compare
from hotfix_tui.compare.component import ComponentId
from hotfix_tui.compare.manifests import GONE, PACKAGE, manifests
from hotfix_tui.compare.sources import FolderSource, OrgSource
from tests.compare import folders
from tests.compare.served import Served, served

MAIN = "force-app/main/default"


async def ended(comparison: Comparison) -> Comparison:
    async for _ in comparison:
        pass
    return comparison


def members(content: bytes) -> dict[str, list[str]]:
    found = {}
    for block in re.findall(r"<types>(.*?)</types>", content.decode(), re.DOTALL):
        (name,) = re.findall(r"<name>(.*?)</name>", block)
        found[name] = re.findall(r"<members>(.*?)</members>", block)
    return found


def pair(root: Path) -> tuple[Path, Path]:
    """Two projects that differ in children, objects and flows; B has a draft flow and a record type of its own."""
    a, b = folders.generate_pair(root)
    record_type = "<fullName>Big</fullName><active>true</active><label>Big</label>"
    folders.write(
        b / MAIN, "objects/Thing_0__c/recordTypes/Big.recordType-meta.xml", folders.xml("RecordType", record_type)
    )
    draft = (
        "<apiVersion>63.0</apiVersion><label>Draft</label><processType>AutoLaunchedFlow</processType>"
        "<start><locationX>0</locationX><locationY>0</locationY></start><status>Draft</status>"
    )
    folders.write(b / MAIN, "flows/Only_Draft.flow-meta.xml", folders.xml("Flow", draft))
    own = (
        "<deploymentStatus>Deployed</deploymentStatus><label>Extra</label><nameField><label>Name</label>"
        "<type>Text</type></nameField><pluralLabel>Extras</pluralLabel><sharingModel>ReadWrite</sharingModel>"
    )
    note = "<fullName>Note__c</fullName><label>Note</label><length>80</length><type>Text</type>"
    folders.write(b / MAIN, "objects/Extra__c/Extra__c.object-meta.xml", folders.xml("CustomObject", own))
    folders.write(b / MAIN, "objects/Extra__c/fields/Note__c.field-meta.xml", folders.xml("CustomField", note))
    folders.write(b / MAIN, "objects/Thing_1__c/fields/Note__c.field-meta.xml", folders.xml("CustomField", note))
    return a, b


async def package(source: Served, files: dict[str, bytes]) -> bytes:
    """What the org gives for a manifest, with the manifests in it, as a person deploys it."""
    retrieved = await source.org.retrieve(members(files[PACKAGE]))
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(retrieved.zip)) as given, zipfile.ZipFile(buffer, "w") as made:
        for name in given.namelist():
            path = name.removeprefix("unpackaged/")
            if path and path != PACKAGE:
                made.writestr(path, given.read(name))
        for name, content in files.items():
            made.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.slow
async def test_an_org_takes_the_manifests_and_is_the_same_afterwards(tmp_path: Path) -> None:
    folder_a, folder_b = pair(tmp_path)
    async with served(tmp_path, "a", folder_a) as a, served(tmp_path, "b", folder_b) as b:
        before = await ended(compare(OrgSource(a.org), OrgSource(b.org)))
        # The type of this record is in neither project.
        chosen = {key for key in before.differences if key.type != "CustomMetadata"}
        made = manifests(before, chosen)
        gone = members(made.files[GONE])
        assert gone["CustomObject"] == ["Extra__c"] and gone["CustomField"] == ["Thing_1__c.Note__c"]
        assert gone["Flow"] == ["Only_Draft-1"] and "RecordType" not in gone
        assert [sentence.partition(":")[0] for sentence in made.left_out] == ["Flow", "RecordType"]
        assert "version 1 is active" in made.left_out[0]
        assert "CustomField" in members(made.files[PACKAGE]) and "ValidationRule" in members(made.files[PACKAGE])
        await b.deploy(await package(a, made.files))
        after = await ended(compare(OrgSource(a.org), OrgSource(b.org)))
        assert {str(key) for key in chosen & set(after.differences)} == {"Flow:Flow_9", "RecordType:Thing_0__c.Big"}


async def test_a_folder_says_of_a_flow_that_its_versions_are_not_known(tmp_path: Path) -> None:
    made = manifests(await ended(compare(*(FolderSource(folder) for folder in pair(tmp_path)))))
    assert "Flow" not in members(made.files[GONE])
    assert [sentence for sentence in made.left_out if "version by version" in sentence]


@pytest.mark.parametrize("name", ["Account", "Account.Industry"])
async def test_salesforces_own_is_never_to_be_deleted(tmp_path: Path, name: str) -> None:
    folders.generate(tmp_path / "a", objects=1)
    b = folders.generate(tmp_path / "b", objects=1)
    kind = "CustomField" if "." in name else "CustomObject"
    body = (
        "<fullName>Industry</fullName><trackHistory>true</trackHistory>"
        if "." in name
        else "<enableFeeds>true</enableFeeds>"
    )
    path = "fields/Industry.field-meta.xml" if "." in name else "Account.object-meta.xml"
    folders.write(b / MAIN, f"objects/Account/{path}", folders.xml(kind, body))
    comparison = await ended(compare(FolderSource(tmp_path / "a"), FolderSource(b)))
    assert ComponentId(kind, name) in comparison.differences
    made = manifests(comparison)
    assert GONE not in made.files
    assert made.left_out == (f"{kind}:{name}: it is Salesforce's own and stays.",)
