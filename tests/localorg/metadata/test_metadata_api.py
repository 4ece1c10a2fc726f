"""The Metadata API's reading side, and the protocol around it."""

from __future__ import annotations

import pytest

from tests.localorg.metadata.conftest import Served
from tests.localorg.metadata.samples import apex_class, document, tickets
from tests.localorg.metadata.soap_client import META, Fault, Soap, manifest

LABELS = document(
    "CustomLabels",
    "".join(
        f"<labels><fullName>{name}</fullName><language>en_US</language><protected>false</protected>"
        f"<shortDescription>{name}</shortDescription><value>{name}</value></labels>"
        for name in ("Hello", "Bye")
    ),
)
REPORTS = {
    "package.xml": manifest(Report=["Sales", "Sales/Open"]),
    "reports/Sales-meta.xml": document("ReportFolder", "<name>Sales</name>"),
    "reports/Sales/Open.report": document("Report", "<name>Open</name>"),
}


def test_describe_names_types_with_folders_suffixes_and_children(here: Served) -> None:
    described = here.soap.call("describeMetadata", "<asOfVersion>63.0</asOfVersion>")[0]
    types = {item["xmlName"][0]: item for item in described["metadataObjects"]}
    assert set(types["CustomObject"]["childXmlNames"]) >= {"CustomField", "ValidationRule", "RecordType", "Index"}
    assert types["ApexClass"]["metaFile"] == ["true"]
    assert types["Report"]["inFolder"] == ["true"]
    assert "suffix" not in types["LightningComponentBundle"]
    assert not set(types) & {"CustomField", "ReportFolder"}
    assert described["testRequired"] == ["false"]


def test_production_says_that_tests_are_required(production: Served) -> None:
    described = production.soap.call("describeMetadata")[0]
    assert (described["testRequired"], described["partialSaveAllowed"]) == (["true"], ["false"])


def test_list_tells_who_changed_what_and_when(here: Served) -> None:
    here.soap.deploy(tickets())
    listed = here.soap.listing("CustomField")["Ticket__c.Limit__c"]
    assert listed["lastModifiedByName"] == ["Ada Admin"]
    assert listed["lastModifiedDate"][0].startswith("2026-01-13T10:00")
    assert listed["fileName"] == ["objects/Ticket__c.object"]
    assert listed["id"][0].startswith("00N")


def test_list_of_objects_has_standard_ones_without_id_or_date(here: Served) -> None:
    here.soap.deploy(tickets())
    listed = here.soap.listing("CustomObject")
    assert listed["Account"]["id"] == [""]
    assert listed["Account"]["lastModifiedDate"][0].startswith("1970")
    assert listed["Ticket__c"]["id"][0].startswith("01I")


def test_three_queries_are_the_most_a_list_takes(here: Served) -> None:
    queries = "<queries><type>ApexClass</type></queries>"
    assert here.soap.call("listMetadata", queries * 3) == []
    with pytest.raises(Fault, match="LIMIT_EXCEEDED"):
        here.soap.call("listMetadata", queries * 4)


def test_an_unknown_type_is_a_fault_in_lists_and_a_message_in_retrieves(here: Served) -> None:
    with pytest.raises(Fault, match="INVALID_TYPE: Unknown type:Sorcery"):
        here.soap.listing("Sorcery")
    _, result = here.soap.retrieve({"Sorcery": ["*"], "ApexClass": ["Absent"]})
    assert result["success"] == ["true"]
    assert [item["problem"][0] for item in result["messages"]] == [
        "Unknown type name 'Sorcery' specified in package.xml",
        "Entity of type 'ApexClass' named 'Absent' cannot be found",
    ]


def test_folders_list_by_their_own_type_and_their_content_by_folder(here: Served) -> None:
    assert here.soap.deploy(REPORTS)["status"] == ["Succeeded"]
    assert set(here.soap.listing("ReportFolder")) == {"Sales"}
    assert set(here.soap.listing("Report", "Sales")) == {"Sales/Open"}
    assert here.soap.listing("Report") == {}
    files, _ = here.soap.retrieve({"Report": ["*"]})
    assert set(files) == {"package.xml"}
    files, _ = here.soap.retrieve({"Report": ["Sales", "Sales/Open"]})
    assert set(files) == {"package.xml", "reports/Sales-meta.xml", "reports/Sales/Open.report"}


def test_a_star_gives_custom_objects_and_standard_ones_come_by_name(here: Served) -> None:
    here.soap.deploy(tickets())
    files, _ = here.soap.retrieve({"CustomObject": ["*"]})
    assert set(files) == {"package.xml", "objects/Ticket__c.object"}
    files, _ = here.soap.retrieve({"CustomObject": ["*", "Account"]})
    assert "objects/Account.object" in files


def test_a_child_alone_comes_in_its_parents_file_without_the_rest(here: Served) -> None:
    here.soap.deploy(tickets())
    files, result = here.soap.retrieve({"CustomField": ["ticket__c.limit__c"]})
    body = files["objects/Ticket__c.object"].decode()
    assert "<fullName>Limit__c</fullName>" in body
    assert "Parent__c" not in body
    assert "<label>Ticket</label>" not in body
    assert "Ticket__c.Limit__c" in {item["fullName"][0] for item in result["fileProperties"]}


def test_labels_list_one_by_one_and_come_in_one_file(here: Served) -> None:
    here.soap.deploy({"package.xml": manifest(CustomLabels=["CustomLabels"]), "labels/CustomLabels.labels": LABELS})
    assert set(here.soap.listing("CustomLabel")) == {"Hello", "Bye"}
    one = here.soap.retrieve({"CustomLabel": ["Bye"]})[0]["labels/CustomLabels.labels"].decode()
    assert "Bye" in one
    assert "Hello" not in one
    both = here.soap.retrieve({"CustomLabels": ["*"]})[0]["labels/CustomLabels.labels"].decode()
    assert both.index("Bye") < both.index("Hello")


def test_without_single_package_files_lie_in_unpackaged(here: Served) -> None:
    here.soap.deploy(tickets())
    files, result = here.soap.retrieve({"CustomObject": ["Ticket__c"]}, single=False)
    assert set(files) == {"unpackaged/package.xml", "unpackaged/objects/Ticket__c.object"}
    assert all(item["fileName"][0].startswith("unpackaged/") for item in result["fileProperties"])


def test_what_was_retrieved_deploys_unchanged_to_the_same_org(here: Served) -> None:
    here.soap.deploy(
        {
            **tickets(),
            **apex_class("A", "public class A {}\n"),
            "package.xml": manifest(CustomObject=["*"], ApexClass=["*"]),
        }
    )
    files, _ = here.soap.retrieve({"CustomObject": ["Ticket__c"], "ApexClass": ["*"]})
    result = here.soap.deploy(files)
    assert {
        item["changed"][0] for item in result["details"][0]["componentSuccesses"] if item["fullName"] != ["package.xml"]
    } == {"false"}


def test_source_comes_back_byte_for_byte(here: Served) -> None:
    body = "public class A {\r\n\t// é “quotes” & <tags>\r\n}"
    here.soap.deploy({"package.xml": manifest(ApexClass=["A"]), **apex_class("A", body)})
    files, _ = here.soap.retrieve({"ApexClass": ["A"]})
    assert files["classes/A.cls"] == body.encode()


@pytest.mark.parametrize("suffix", ["", "/", "/00D000000000001", "/deployRequest/0Af000000000001"])
def test_any_path_behind_the_version_reaches_the_endpoint(here: Served, suffix: str) -> None:
    assert here.soap.call("listMetadata", "<queries><type>ApexClass</type></queries>", suffix) == []


def test_any_prefix_is_understood_and_cumulusci_asks_check_status(here: Served) -> None:
    envelope = (
        '<soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/"><soap-env:Header>'
        f'<ns0:SessionHeader xmlns:ns0="http://soap.sforce.com/2006/04/metadata"><ns0:sessionId>{here.soap.token}'
        "</ns0:sessionId></ns0:SessionHeader></soap-env:Header><soap-env:Body><ns0:retrieve "
        'xmlns:ns0="http://soap.sforce.com/2006/04/metadata"><ns0:request><ns0:unpackaged><ns0:types><ns0:members>*'
        "</ns0:members><ns0:name>ApexClass</ns0:name></ns0:types><ns0:version>63.0</ns0:version></ns0:unpackaged>"
        "</ns0:request></ns0:retrieve></soap-env:Body></soap-env:Envelope>"
    )
    answer = here.soap.send(envelope, "/00D000000000001").decode()
    retrieve_id = answer.partition("<id>")[2].partition("</id>")[0]
    assert retrieve_id.startswith("09S")
    assert here.soap.call("checkStatus", f"<asyncProcessId>{retrieve_id}</asyncProcessId>")[0]["done"] == ["true"]


def test_a_wrong_token_is_salesforces_fault(here: Served) -> None:
    with pytest.raises(Fault) as caught:
        Soap(here.soap.url, "00D000000000001!wrong").listing("ApexClass")
    assert caught.value.status == 500
    assert caught.value.code == "sf:INVALID_SESSION_ID"
    assert caught.value.text.startswith("INVALID_SESSION_ID: Invalid Session ID found in SessionHeader")


@pytest.mark.parametrize("version", ["22.0", "99.0", "abc"])
def test_versions_that_are_not_offered_are_refused(here: Served, version: str) -> None:
    with pytest.raises(Fault, match="UNSUPPORTED_API_VERSION"):
        Soap(here.soap.url, here.soap.token, version).listing("ApexClass")


@pytest.mark.parametrize("body", ["", "hello", "<a/>", f"<renameEverything {META}/>"])
def test_what_is_no_known_call_is_a_fault(here: Served, body: str) -> None:
    with pytest.raises(Fault):
        here.soap.send(body)
