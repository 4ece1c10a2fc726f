"""Loading an org from folders: both formats, several package folders, plans."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotfix_tui.localorg.loading import load_folder
from hotfix_tui.localorg.loading.folder import NotMetadata
from hotfix_tui.localorg.org import LocalOrg
from tests.localorg.metadata.samples import document

FIELD = "<fullName>{0}</fullName><label>{0}</label><length>40</length><type>Text</type>"
LOOKUP = (
    "<fullName>Parent__c</fullName><label>Parent</label><referenceTo>Thing__c</referenceTo>"
    "<relationshipName>Things</relationshipName><type>Lookup</type>"
)
OBJECT = (
    "<deploymentStatus>Deployed</deploymentStatus>{}<label>Thing</label><nameField><label>N</label><type>Text</type>"
    "</nameField><pluralLabel>Things</pluralLabel><sharingModel>ReadWrite</sharingModel>"
)
RECORD_TYPE = "<fullName>Small</fullName><active>true</active><label>Small one</label>"


@pytest.fixture
def org(tmp_path: Path) -> Iterator[LocalOrg]:
    made = LocalOrg.create(tmp_path / "org", name="org")
    yield made
    made.close()


def _write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, body in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body if isinstance(body, bytes) else body.encode())
    return folder


def _source(package: str = "force-app") -> dict[str, str | bytes]:
    base = f"{package}/main/default"
    return {
        f"{base}/objects/Thing__c/Thing__c.object-meta.xml": document("CustomObject", OBJECT.format("")),
        f"{base}/objects/Thing__c/fields/Code__c.field-meta.xml": document("CustomField", FIELD.format("Code__c")),
        f"{base}/objects/Thing__c/fields/Parent__c.field-meta.xml": document("CustomField", LOOKUP),
        f"{base}/objects/Thing__c/recordTypes/Small.recordType-meta.xml": document("RecordType", RECORD_TYPE),
        f"{base}/classes/sub/A.cls": "public class A {}",
        f"{base}/classes/sub/A.cls-meta.xml": document("ApexClass", "<apiVersion>63.0</apiVersion>"),
        f"{base}/lwc/hello/hello.js": "export default 1;",
        f"{base}/lwc/hello/hello.js-meta.xml": document("LightningComponentBundle", "<isExposed>true</isExposed>"),
        f"{base}/lwc/hello/__tests__/hello.test.js": "test()",
        f"{base}/staticresources/Pack.resource-meta.xml": document(
            "StaticResource", "<contentType>application/zip</contentType>"
        ),
        f"{base}/staticresources/Pack/classes/a.css": "a {}",
        f"{base}/staticresources/Logo.resource-meta.xml": document(
            "StaticResource", "<contentType>image/png</contentType>"
        ),
        f"{base}/staticresources/Logo.png": b"\x89PNG",
        f"{base}/reports/Sales.reportFolder-meta.xml": document("ReportFolder", "<name>Sales</name>"),
        f"{base}/reports/Sales/Open.report-meta.xml": document("Report", "<name>Open</name>"),
        f"{base}/documents/Docs/Plan.document-meta.xml": document("Document", "<name>Plan</name>"),
        f"{base}/documents/Docs/Plan.txt": "plan",
        f"{base}/permissionSets/Staff.permissionset-meta.xml": document("PermissionSet", "<label>Staff</label>"),
        f"{base}/objectTranslations/Thing__c-fr/Thing__c-fr.objectTranslation-meta.xml": document(
            "CustomObjectTranslation", "<caseValues><plural>false</plural><value>Chose</value></caseValues>"
        ),
        f"{base}/objectTranslations/Thing__c-fr/Code__c.fieldTranslation-meta.xml": document(
            "CustomFieldTranslation", "<label>Le code</label><name>Code__c</name>"
        ),
    }


def _all(org: LocalOrg) -> dict[str, dict[str, bytes]]:
    return {
        str(component.component_id): component.files
        for type_name in org.components.types()
        for component in org.components.list(type_name)
    }


def test_source_format_becomes_components_with_package_paths(org: LocalOrg, tmp_path: Path) -> None:
    report = load_folder(org, _write(tmp_path / "app", _source()))
    assert report.warnings == []
    found = _all(org)
    assert set(found) == {
        "CustomObject:Thing__c",
        "CustomField:Thing__c.Code__c",
        "CustomField:Thing__c.Parent__c",
        "RecordType:Thing__c.Small",
        "ApexClass:A",
        "LightningComponentBundle:hello",
        "StaticResource:Pack",
        "StaticResource:Logo",
        "Report:Sales",
        "Report:Sales/Open",
        "Document:Docs/Plan.txt",
        "PermissionSet:Staff",
        "CustomObjectTranslation:Thing__c-fr",
    }
    assert report.components == len(found)
    assert set(found["ApexClass:A"]) == {"classes/A.cls", "classes/A.cls-meta.xml"}
    assert set(found["LightningComponentBundle:hello"]) == {"lwc/hello/hello.js", "lwc/hello/hello.js-meta.xml"}
    assert found["StaticResource:Logo"]["staticresources/Logo.resource"] == b"\x89PNG"
    assert found["StaticResource:Pack"]["staticresources/Pack.resource"].startswith(b"PK")
    assert set(found["Report:Sales"]) == {"reports/Sales-meta.xml"}
    assert set(found["Document:Docs/Plan.txt"]) == {"documents/Docs/Plan.txt", "documents/Docs/Plan.txt-meta.xml"}
    assert b"Le code" in next(iter(found["CustomObjectTranslation:Thing__c-fr"].values()))
    assert org.schema.object("Thing__c").field("Code__c") is not None


def test_metadata_format_gives_the_same_components(org: LocalOrg, tmp_path: Path) -> None:
    load_folder(org, _write(tmp_path / "app", _source()))
    children = (
        f"<fields>{FIELD.format('Code__c')}</fields><fields>{LOOKUP}</fields><recordTypes>{RECORD_TYPE}</recordTypes>"
    )
    files: dict[str, str | bytes] = {
        "package.xml": document("Package", "<version>63.0</version>"),
        "objects/Thing__c.object": document("CustomObject", OBJECT.format(children)),
        "classes/A.cls": "public class A {}",
        "classes/A.cls-meta.xml": document("ApexClass", "<apiVersion>63.0</apiVersion>"),
    }
    other = LocalOrg.create(tmp_path / "other", name="other")
    load_folder(other, _write(tmp_path / "package", files))
    wanted = _all(org)
    assert len(_all(other)) == 5
    assert {name: bodies for name, bodies in _all(other).items() if wanted[name] != bodies} == {}
    other.close()


def test_a_component_in_two_package_folders_is_taken_from_the_last_and_warned_of(org: LocalOrg, tmp_path: Path) -> None:
    files = _source("b-base")
    files["a-extra/main/default/permissionsets/Staff.permissionset-meta.xml"] = document(
        "PermissionSet", "<label>A</label>"
    )
    files["c-more/main/default/permissionsets/Staff.permissionset-meta.xml"] = document(
        "PermissionSet", "<label>C</label>"
    )
    report = load_folder(org, _write(tmp_path / "app", files))
    assert report.warnings == [
        "PermissionSet:Staff is in a-extra and in b-base; taken from b-base.",
        "PermissionSet:Staff is in b-base and in c-more; taken from c-more.",
    ]
    assert org.queries.records("SELECT Label FROM PermissionSet WHERE Name = 'Staff'")[0]["Label"] == "C"


def test_files_of_no_known_type_are_warned_of(org: LocalOrg, tmp_path: Path) -> None:
    files = {**_source(), "force-app/main/default/sorcery/X.spell-meta.xml": document("Spell", "")}
    report = load_folder(org, _write(tmp_path / "app", files))
    assert [warning for warning in report.warnings if "sorcery/X.spell-meta.xml" in warning]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"notes.txt": "nothing"}, "no Salesforce metadata"),
        ({"force-app/classes/A.cls-meta.xml": "<ApexClass>"}, "line 1"),
        ({"force-app/objects/X__c/fields/A__c.field-meta.xml": "not xml"}, "A__c.field-meta.xml"),
    ],
)
def test_a_folder_that_is_not_metadata_is_refused_in_a_sentence(
    org: LocalOrg, tmp_path: Path, files: dict[str, str | bytes], words: str
) -> None:
    with pytest.raises(NotMetadata, match=words):
        load_folder(org, _write(tmp_path / "app", files))
    assert _all(org) == {}


def test_a_rule_whose_formula_is_not_understood_is_kept_and_warned_of(org: LocalOrg, tmp_path: Path) -> None:
    rule = (
        "<fullName>R</fullName><active>false</active><errorConditionFormula>SORCERY(1)</errorConditionFormula>"
        "<errorMessage>x</errorMessage>"
    )
    path = "force-app/main/default/objects/Thing__c/validationRules/R.validationRule-meta.xml"
    report = load_folder(org, _write(tmp_path / "app", {**_source(), path: document("ValidationRule", rule)}))
    assert org.components.exists("ValidationRule", "Thing__c.R")
    assert [warning for warning in report.warnings if warning.startswith("ValidationRule:Thing__c.R")]


def _tree(kind: str, *rows: dict[str, object]) -> str:
    records = [{"attributes": {"type": kind, "referenceId": f"{kind}{n}"}, **row} for n, row in enumerate(rows, 1)]
    return json.dumps({"records": records})


def test_a_plans_references_record_types_and_field_case_are_resolved(org: LocalOrg, tmp_path: Path) -> None:
    things = _tree(
        "Thing__c",
        {"name": "One", "code__c": "1", "Parent__c": "@Thing__c2"},
        {"Name": "Two", "RecordType": {"Name": "Small"}},
    )
    plan = json.dumps(
        [{"sobject": "Thing__c", "files": ["things.json"]}, {"sobject": "Contact", "files": ["people.json"]}]
    )
    people = _tree("Contact", {"LastName": "Doe"})
    files = {**_source(), "data/plan.json": plan, "data/things.json": things, "data/people.json": people}
    report = load_folder(org, _write(tmp_path / "app", files))
    assert report.records == 3
    rows = org.queries.records(
        "SELECT Name, Code__c, Parent__r.Name, RecordType.DeveloperName FROM Thing__c ORDER BY Name"
    )
    assert rows[0]["Code__c"] == "1"
    assert rows[0]["Parent__r"]["Name"] == "Two"
    assert rows[1]["RecordType"]["DeveloperName"] == "Small"
    assert len(org.fired.rows()) == 0


def test_the_plan_that_resolves_alone_with_most_rows_is_taken_and_the_others_named(
    org: LocalOrg, tmp_path: Path
) -> None:
    files = {
        **_source(),
        "data/a-small.json": json.dumps([{"sobject": "Thing__c", "files": ["one.json"]}]),
        "data/b-large.json": json.dumps([{"sobject": "Thing__c", "files": ["two.json"]}]),
        "data/c-missing.json": json.dumps([{"sobject": "Thing__c", "files": ["two.json", "absent.json"]}]),
        "data/d-dangling.json": json.dumps([{"sobject": "Thing__c", "files": ["dangling.json"]}]),
        "data/one.json": _tree("Thing__c", {"Name": "One"}),
        "data/two.json": _tree("Thing__c", {"Name": "One"}, {"Name": "Two"}),
        "data/dangling.json": _tree("Thing__c", *({"Name": str(n), "Parent__c": "@Elsewhere"} for n in range(9))),
    }
    folder = _write(tmp_path / "app", files)
    report = load_folder(org, folder)
    assert report.records == 2
    assert report.warnings == [
        "The plan a-small.json is left out: b-large.json has more rows.",
        "The plan c-missing.json is left out: it names a file that is not there, absent.json.",
        "The plan d-dangling.json is left out: it refers to a record that is not in it (@Elsewhere).",
    ]


def test_a_named_plan_is_taken_and_one_that_does_not_resolve_is_refused(org: LocalOrg, tmp_path: Path) -> None:
    files = {
        **_source(),
        "data/a.json": json.dumps([{"sobject": "Thing__c", "files": ["one.json"]}]),
        "data/b.json": json.dumps([{"sobject": "Thing__c", "files": ["absent.json"]}]),
        "data/one.json": _tree("Thing__c", {"Name": "One"}),
    }
    folder = _write(tmp_path / "app", files)
    with pytest.raises(NotMetadata, match=r"absent\.json"):
        load_folder(org, folder, plan=folder / "data/b.json")
    assert _all(org) == {}
    assert load_folder(org, folder, plan=folder / "data/a.json").records == 1


def test_a_record_of_an_object_the_org_lacks_undoes_the_load(org: LocalOrg, tmp_path: Path) -> None:
    files = {
        **_source(),
        "data/a.json": json.dumps([{"sobject": "Ghost__c", "files": ["one.json"]}]),
        "data/one.json": _tree("Ghost__c", {"Name": "One"}),
    }
    with pytest.raises(NotMetadata, match="Ghost__c"):
        load_folder(org, _write(tmp_path / "app", files))
    assert _all(org) == {}
    assert org.schema.object("Thing__c") is None
