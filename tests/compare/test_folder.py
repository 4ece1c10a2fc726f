"""Folders of metadata in every layout that is in use."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from hotfix_tui.compare.component import ComponentId
from hotfix_tui.compare.folder import NotMetadata, read_folder, scan_folder
from hotfix_tui.compare.normalise import normalise, same
from hotfix_tui.compare.package import build
from tests.compare.folders import generate, write, xml


def names(folder: Path) -> list[str]:
    return sorted(map(str, read_folder(folder)))


def test_the_metadata_api_format_gives_the_same_components_as_source_format(tmp_path: Path) -> None:
    source = read_folder(generate(tmp_path / "source"))
    with zipfile.ZipFile(io.BytesIO(build(source.values(), "63.0"))) as package:
        package.extractall(tmp_path / "src")
    again = read_folder(tmp_path / "src")
    assert set(again) == set(source)
    assert all(same(source[key], again[key]) for key in source)


def test_source_format_is_found_wherever_it_lies_and_however_its_directory_is_spelt(tmp_path: Path) -> None:
    write(tmp_path, "permissionSets/A.permissionset-meta.xml", xml("PermissionSet", "<label>A</label>"))
    write(tmp_path, "force-app/main/default/classes/deep/er/B.cls", "class B {}")
    write(tmp_path, "force-app/main/default/classes/deep/er/B.cls-meta.xml", xml("ApexClass", ""))
    found = read_folder(tmp_path)
    assert sorted(map(str, found)) == ["ApexClass:B", "PermissionSet:A"]
    assert set(found[ComponentId("ApexClass", "B")].files) == {"classes/B.cls", "classes/B.cls-meta.xml"}


def test_the_last_package_folder_by_name_wins_and_it_is_said(tmp_path: Path) -> None:
    for folder, label in [("b-app", "from b"), ("a-app", "from a"), ("c-app", "from c")]:
        path = f"{folder}/main/default/remoteSiteSettings/R.remoteSite-meta.xml"
        write(tmp_path, path, xml("RemoteSiteSetting", f"<description>{label}</description>"))
    contents = scan_folder(tmp_path)
    (component,) = contents.components.values()
    assert b"from c" in normalise(component)
    assert len(contents.warnings) == 2
    assert "RemoteSiteSetting:R" in contents.warnings[1] and "c-app/main/default counts" in contents.warnings[1]


def test_sfdx_project_json_says_where_the_metadata_is(tmp_path: Path) -> None:
    write(tmp_path, "sfdx-project.json", json.dumps({"packageDirectories": [{"path": "app"}]}))
    write(tmp_path, "app/classes/A.cls", "class A {}")
    write(tmp_path, "old/classes/B.cls", "class B {}")
    assert names(tmp_path) == ["ApexClass:A"]
    write(tmp_path, "sfdx-project.json", "{")
    with pytest.raises(NotMetadata, match=r"sfdx-project\.json cannot be read"):
        read_folder(tmp_path)


def test_types_in_folders_keep_the_folder_in_their_name(tmp_path: Path) -> None:
    write(tmp_path, "app/reports/Sales.reportFolder-meta.xml", xml("ReportFolder", "<name>Sales</name>"))
    write(tmp_path, "app/reports/Sales/Won.report-meta.xml", xml("Report", "<name>Won</name>"))
    write(tmp_path, "app/email/Mails/Hello.email", "Hello {!Contact.Name}")
    write(tmp_path, "app/email/Mails/Hello.email-meta.xml", xml("EmailTemplate", "<name>Hello</name>"))
    write(tmp_path, "app/documents/Logos/logo.document-meta.xml", xml("Document", "<name>logo</name>"))
    write(tmp_path, "app/documents/Logos/logo.png", "png")
    found = read_folder(tmp_path)
    assert {str(key): sorted(component.files) for key, component in found.items()} == {
        "Report:Sales": ["reports/Sales-meta.xml"],
        "Report:Sales/Won": ["reports/Sales/Won.report"],
        "EmailTemplate:Mails/Hello": ["email/Mails/Hello.email", "email/Mails/Hello.email-meta.xml"],
        "Document:Logos/logo.png": ["documents/Logos/logo.png", "documents/Logos/logo.png-meta.xml"],
    }


def test_static_resources_are_files_or_folders(tmp_path: Path) -> None:
    for name, kind in [("style", "text/css"), ("lib", "application/zip")]:
        meta = xml("StaticResource", f"<contentType>{kind}</contentType>")
        write(tmp_path, f"app/staticresources/{name}.resource-meta.xml", meta)
    write(tmp_path, "app/staticresources/style.css", "a { }")
    write(tmp_path, "app/staticresources/lib/js/a.js", "a()")
    write(tmp_path, "app/staticresources/lib/b.js", "b()")
    found = read_folder(tmp_path)
    assert names(tmp_path) == ["StaticResource:lib", "StaticResource:style"]
    style = found[ComponentId("StaticResource", "style")]
    assert style.files["staticresources/style.resource"] == b"a { }"
    lib = found[ComponentId("StaticResource", "lib")]
    with zipfile.ZipFile(io.BytesIO(lib.files["staticresources/lib.resource"])) as packed:
        assert {name: packed.read(name) for name in packed.namelist()} == {"b.js": b"b()", "js/a.js": b"a()"}
    before = normalise(lib)
    write(tmp_path, "app/staticresources/lib/b.js", "c()")
    assert normalise(read_folder(tmp_path)[lib.id]) != before


def test_translations_of_fields_are_part_of_their_objects_translation(tmp_path: Path) -> None:
    where = "app/objectTranslations/Thing__c-de"
    write(tmp_path, f"{where}/Thing__c-de.objectTranslation-meta.xml", xml("CustomObjectTranslation", "<gender/>"))
    body = "<label>Feld</label><name>A__c</name>"
    write(tmp_path, f"{where}/A__c.fieldTranslation-meta.xml", xml("CustomFieldTranslation", body))
    (component,) = read_folder(tmp_path).values()
    assert str(component.id) == "CustomObjectTranslation:Thing__c-de"
    assert b"<fields>\n        <label>Feld</label>" in normalise(component)


def test_a_bots_versions_are_components_of_their_own(tmp_path: Path) -> None:
    write(tmp_path, "app/bots/B/B.bot-meta.xml", xml("Bot", "<label>B</label>"))
    write(tmp_path, "app/bots/B/v1.botVersion-meta.xml", xml("BotVersion", "<fullName>v1</fullName>"))
    assert names(tmp_path) == ["Bot:B", "BotVersion:B.v1"]


def test_a_child_file_without_a_full_name_gets_it_from_its_file_name(tmp_path: Path) -> None:
    path = "app/objects/Thing__c/fields/A__c.field-meta.xml"
    write(tmp_path, path, xml("CustomField", "<label>A</label>"))
    (without,) = read_folder(tmp_path).values()
    write(tmp_path, path, xml("CustomField", "<fullName>A__c</fullName><label>A</label>"))
    (with_name,) = read_folder(tmp_path).values()
    assert same(without, with_name)


def test_what_is_no_metadata_is_left_out_and_unknown_types_are_said(tmp_path: Path) -> None:
    write(tmp_path, "app/classes/A.cls", "class A {}")
    write(tmp_path, "app/lwc/panel/panel.js", "x")
    write(tmp_path, "app/lwc/panel/__tests__/panel.test.js", "x")
    write(tmp_path, "app/lwc/jsconfig.json", "{}")
    write(tmp_path, "app/README.md", "x")
    write(tmp_path, "data/plan.json", "[]")
    write(tmp_path, ".git/objects/Thing__c.object", "x")
    write(tmp_path, "app/future/X.future-meta.xml", "<Future/>")
    contents = scan_folder(tmp_path)
    assert sorted(map(str, contents.components)) == ["ApexClass:A", "LightningComponentBundle:panel"]
    assert list(contents.components[ComponentId("LightningComponentBundle", "panel")].files) == ["lwc/panel/panel.js"]
    assert contents.warnings == ("app/future/X.future-meta.xml was left out: its type is not known.",)


def test_links_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    write(tmp_path / "project", "app/classes/A.cls", "class A {}")
    (tmp_path / "project/app/classes/B.cls").symlink_to(secret)
    contents = scan_folder(tmp_path / "project")
    assert list(map(str, contents.components)) == ["ApexClass:A"]
    assert contents.warnings == ("app/classes/B.cls was left out: it is a link.",)


def test_a_folder_that_is_not_metadata_is_told_so_in_a_sentence(tmp_path: Path) -> None:
    write(tmp_path, "src/main.py", "print()")
    for folder, words in [
        (tmp_path / "nowhere", "There is no folder"),
        (tmp_path / "src/main.py", "is a file"),
        (tmp_path, "holds no Salesforce metadata"),
    ]:
        with pytest.raises(NotMetadata, match=words) as raised:
            read_folder(folder)
        assert str(raised.value).endswith(".")
