"""What a retrieve gives: profiles cut by the manifest, files as a version has them, content byte for byte."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.localorg.metadata.conftest import Served
from tests.localorg.metadata.samples import apex_class, document, tickets
from tests.localorg.metadata.soap_client import Fault, Soap, manifest, types, unzip

PROFILE = document(
    "Profile",
    "<classAccesses><apexClass>A</apexClass><enabled>true</enabled></classAccesses>"
    "<classAccesses><apexClass>B</apexClass><enabled>false</enabled></classAccesses>"
    "<custom>true</custom>"
    "<fieldPermissions><editable>false</editable><field>Ticket__c.Limit__c</field><readable>true</readable></fieldPermissions>"
    "<fieldPermissions><editable>false</editable><field>Ticket__c.Parent__c</field><readable>false</readable></fieldPermissions>"
    "<objectPermissions><allowCreate>false</allowCreate><allowDelete>false</allowDelete><allowEdit>false</allowEdit>"
    "<allowRead>true</allowRead><modifyAllRecords>false</modifyAllRecords><object>Ticket__c</object>"
    "<viewAllRecords>false</viewAllRecords></objectPermissions>"
    "<userPermissions><enabled>true</enabled><name>ViewSetup</name></userPermissions>"
    "<userPermissions><enabled>false</enabled><name>EditTask</name></userPermissions>",
)


def _with_profile(org: Served) -> None:
    files = {
        **tickets(),
        **apex_class("A", "class A {}"),
        **apex_class("B", "class B {}"),
        "profiles/Desk.profile": PROFILE,
        "package.xml": manifest(CustomObject=["Ticket__c"], ApexClass=["A", "B"], Profile=["Desk"]),
    }
    assert org.soap.deploy(files)["status"] == ["Succeeded"]


def _profile(org: Served, **more: list[str]) -> str:
    return org.soap.retrieve({"Profile": ["Desk"], **more})[0]["profiles/Desk.profile"].decode()


def test_a_profile_alone_shows_only_what_belongs_to_no_component(here: Served) -> None:
    _with_profile(here)
    alone = _profile(here)
    assert "ViewSetup" in alone and "<custom>true</custom>" in alone
    assert "Ticket__c" not in alone and "classAccesses" not in alone


def test_a_profile_shows_what_is_about_the_manifests_components_and_is_on(here: Served) -> None:
    _with_profile(here)
    with_object = _profile(here, CustomObject=["Ticket__c"])
    assert "Ticket__c.Limit__c" in with_object and "<object>Ticket__c</object>" in with_object
    assert "classAccesses" not in with_object
    with_field = _profile(here, CustomField=["Ticket__c.Limit__c"])
    assert "Ticket__c.Limit__c" in with_field and "objectPermissions" not in with_field
    everything = _profile(here, CustomObject=["*"], ApexClass=["*"])
    assert "<apexClass>A</apexClass>" in everything
    for off in ("<apexClass>B<", "Ticket__c.Parent__c", "EditTask"):
        assert off not in everything


def test_a_permission_set_comes_whole_from_api_40_and_cut_before(here: Served) -> None:
    _with_profile(here)
    flags = "<editable>true</editable><field>Ticket__c.Limit__c</field><readable>true</readable>"
    grant = f"<fieldPermissions>{flags}</fieldPermissions>"
    body = document("PermissionSet", f"{grant}<label>Staff</label>")
    path = "permissionsets/Staff.permissionset"
    here.soap.deploy({"package.xml": manifest(PermissionSet=["Staff"]), path: body})
    for version, whole in (("63.0", True), ("40.0", True), ("39.0", False)):
        soap = Soap(here.soap.url, here.soap.token, version)
        shown = soap.retrieve({"PermissionSet": ["Staff"]})[0][path].decode()
        assert ("Ticket__c.Limit__c" in shown) is whole


def test_what_came_after_a_version_is_not_in_its_files(here: Served) -> None:
    newer = manifest(CustomPermission=["A"]).replace("63.0", "66.0")
    path = "customPermissions/A.customPermission"
    body = document("CustomPermission", "<isLicensed>false</isLicensed><label>A</label><novelty>1</novelty>")
    assert here.soap.deploy({"package.xml": newer, path: body})["status"] == ["Succeeded"]
    found = {}
    for version in ("60.0", "66.0"):
        soap = Soap(here.soap.url, here.soap.token, version)
        found[version] = soap.retrieve({"CustomPermission": ["A"]})[0][path].decode()
    assert "novelty" not in found["60.0"] and "<label>A</label>" in found["60.0"]
    assert "<novelty>1</novelty>" in found["66.0"]


def _result(org: Served, inner: str) -> tuple[set[str], Any]:
    started = org.soap.call("retrieve", f"<retrieveRequest><apiVersion>63.0</apiVersion>{inner}</retrieveRequest>")[0]
    result = org.soap.call("checkRetrieveStatus", f"<id>{started['id'][0]}</id>")[0]
    return (set(unzip(base64.b64decode(result["zipFile"][0]))) if result["zipFile"][0] else set()), result


def test_specific_files_leave_the_rest_out_and_say_what_is_missing(here: Served) -> None:
    _with_profile(here)
    wanted = f"<unpackaged>{types({'ApexClass': ['*'], 'CustomObject': ['*']})}<version>63.0</version></unpackaged>"
    files = "<specificFiles>classes/A.cls</specificFiles><specificFiles>classes/Z.cls</specificFiles>"
    names, result = _result(here, f"<singlePackage>true</singlePackage>{files}{wanted}")
    assert names == {"package.xml", "classes/A.cls"}
    assert "classes/Z.cls" in result["messages"][0]["problem"][0]
    with pytest.raises(Fault, match="singlePackage"):
        _result(here, files + wanted)


def test_a_package_that_is_not_there_fails_in_the_words_clients_look_for(here: Served) -> None:
    _, result = _result(here, "<packageNames>Ghost</packageNames>")
    assert (result["status"], result["errorStatusCode"]) == (["Failed"], ["INVALID_CROSS_REFERENCE_KEY"])
    assert result["errorMessage"] == ["INVALID_CROSS_REFERENCE_KEY: No package named 'Ghost' found"]


@pytest.mark.parametrize(
    "inner", ["", "<rootTypesWithDependencies>Bot</rootTypesWithDependencies>", "<everything>true</everything>"]
)
def test_a_request_that_is_not_understood_is_a_fault(here: Served, inner: str) -> None:
    with pytest.raises(Fault):
        _result(here, inner)


def test_a_result_is_as_the_org_was_when_it_was_asked(here: Served) -> None:
    here.soap.deploy({"package.xml": manifest(ApexClass=["A"]), **apex_class("A", "class A { /* old */ }")})
    inner = f"<request><unpackaged>{types({'ApexClass': ['A']})}<version>63.0</version></unpackaged></request>"
    started = here.soap.call("retrieve", inner)[0]["id"][0]
    here.soap.deploy({"package.xml": manifest(ApexClass=["A"]), **apex_class("A", "class A { /* new */ }")})
    result = here.soap.call("checkRetrieveStatus", f"<id>{started}</id>")[0]
    assert b"old" in unzip(base64.b64decode(result["zipFile"][0]))["unpackaged/classes/A.cls"]


BYTES = bytes(range(256)) * 3
RESOURCE = document("StaticResource", "<cacheControl>Public</cacheControl><contentType>image/png</contentType>")
EMAIL = document(
    "EmailTemplate",
    "<available>true</available><encodingKey>UTF-8</encodingKey><name>Hi</name><style>none</style>"
    "<subject>Hi</subject><type>text</type><uiType>Aloha</uiType>",
)
DOCUMENT = document("Document", "<internalUseOnly>false</internalUseOnly><name>logo</name><public>false</public>")


def _folder(kind: str) -> str:
    access = "<accessType>Public</accessType>" if kind != "ReportFolder" else ""
    return document(kind, f"{access}<name>Team</name>")


CONTENT: dict[str, tuple[dict[str, list[str]], dict[str, str | bytes]]] = {
    "web component": (
        {"LightningComponentBundle": ["card"]},
        {
            "lwc/card/card.js": b"export default class {}\r\n\t// \xc3\xa9",
            "lwc/card/card.html": "<template>\n</template>",
            "lwc/card/__tests__/card.test.js": "it",
            "lwc/card/card.js-meta.xml": document("LightningComponentBundle", "<apiVersion>63.0</apiVersion>"),
        },
    ),
    "aura": (
        {"AuraDefinitionBundle": ["box"]},
        {
            "aura/box/box.cmp": "<aura:component>\r\n</aura:component>",
            "aura/box/box.cmp-meta.xml": document("AuraDefinitionBundle", "<apiVersion>63.0</apiVersion>"),
        },
    ),
    "static resource": (
        {"StaticResource": ["logo"]},
        {"staticresources/logo.resource": BYTES, "staticresources/logo.resource-meta.xml": RESOURCE},
    ),
    "experience": (
        {"ExperienceBundle": ["Site1"]},
        {
            "experiences/Site1/config/site.json": b'{"a" : 1}\n',
            "experiences/Site1.site-meta.xml": document(
                "ExperienceBundle", "<label>S</label><type>ChatterNetworkPicasso</type>"
            ),
        },
    ),
    "document": (
        {"Document": ["Team", "Team/logo.png"]},
        {
            "documents/Team-meta.xml": _folder("DocumentFolder"),
            "documents/Team/logo.png": BYTES,
            "documents/Team/logo.png-meta.xml": DOCUMENT,
        },
    ),
    "email template": (
        {"EmailTemplate": ["Team", "Team/Hi"]},
        {
            "email/Team-meta.xml": _folder("EmailFolder"),
            "email/Team/Hi.email": b"Hi {!Contact.Name}\r\n",
            "email/Team/Hi.email-meta.xml": EMAIL,
        },
    ),
    "visualforce page": (
        {"ApexPage": ["Home"]},
        {
            "pages/Home.page": "<apex:page>\r\n</apex:page>",
            "pages/Home.page-meta.xml": document("ApexPage", "<apiVersion>63.0</apiVersion><label>H</label>"),
        },
    ),
}


@pytest.mark.parametrize("kind", CONTENT)
def test_content_comes_back_byte_for_byte(here: Served, kind: str) -> None:
    wanted, files = CONTENT[kind]
    result = here.soap.deploy({"package.xml": manifest(**wanted), **files})
    assert result["status"] == ["Succeeded"], result
    found, _ = here.soap.retrieve(wanted)
    assert set(found) == {"package.xml", *files}
    for path, body in files.items():
        if not path.endswith("-meta.xml"):
            assert found[path] == (body.encode() if isinstance(body, str) else body)
    again = here.soap.deploy(found)
    changed = {item["changed"][0] for item in again["details"][0]["componentSuccesses"] if item["componentType"][0]}
    assert changed == {"false"}


@pytest.mark.parametrize(
    ("folder_type", "type_name"), [("DocumentFolder", "Document"), ("EmailFolder", "EmailTemplate")]
)
def test_types_in_folders_are_listed_by_folder(here: Served, folder_type: str, type_name: str) -> None:
    kind = "document" if type_name == "Document" else "email template"
    wanted, files = CONTENT[kind]
    here.soap.deploy({"package.xml": manifest(**wanted), **files})
    assert set(here.soap.listing(folder_type)) == {"Team"}
    assert set(here.soap.listing(type_name, "Team")) == {wanted[type_name][1]}
    assert here.soap.listing(type_name) == {}


# Lists


def test_dates_in_lists_lie_as_those_of_real_orgs(here: Served) -> None:
    kind = document(
        "CustomObject", "<fields><fullName>A__c</fullName><label>A</label><length>9</length><type>Text</type></fields>"
        "<label>Rate</label><pluralLabel>Rates</pluralLabel>",
    )  # fmt: skip
    record = document("CustomMetadata", "<label>One</label><protected>false</protected>")
    settings = document("FlowSettings", "<enableFlowDeployAsActiveEnabled>true</enableFlowDeployAsActiveEnabled>")
    files = {
        **tickets(),
        "package.xml": manifest(CustomObject=["*"], CustomMetadata=["*"], Settings=["Flow"]),
        "objects/Rate__mdt.object": kind,
        "customMetadata/Rate.One.md": record,
        "settings/Flow.settings": settings,
    }
    assert here.soap.deploy(files)["status"] == ["Succeeded"]

    def date(type_name: str, name: str) -> str:
        return str(here.soap.listing(type_name)[name]["lastModifiedDate"][0])

    assert date("CustomMetadata", "Rate.One").startswith("1960")
    assert date("Settings", "Flow").startswith("1970")
    assert date("CustomObject", "Account").startswith("1970")
    before = date("CustomObject", "Ticket__c")
    here.org.clock.advance(86400)
    field = "<fields><fullName>New__c</fullName><label>N</label><length>9</length><type>Text</type></fields>"
    only = document("CustomObject", field)
    here.soap.deploy({"package.xml": manifest(CustomField=["Ticket__c.New__c"]), "objects/Ticket__c.object": only})
    assert date("CustomObject", "Ticket__c") == before
    assert date("CustomField", "Ticket__c.New__c") > before


def test_types_are_described_from_the_version_they_came_with(here: Served) -> None:
    def names(version: str) -> set[str]:
        soap = Soap(here.soap.url, here.soap.token, version)
        return {item["xmlName"][0] for item in soap.call("describeMetadata")[0]["metadataObjects"]}

    assert "LightningComponentBundle" not in names("31.0")
    assert "LightningComponentBundle" in names("45.0") & names("67.0")
    assert {"ApexClass", "CustomObject", "Flow"} <= names("31.0")
    with pytest.raises(Fault, match="INVALID_TYPE"):
        Soap(here.soap.url, here.soap.token, "44.0").listing("LightningComponentBundle")
