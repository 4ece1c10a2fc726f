"""EntityDefinition, FieldDefinition, MetadataComponentDependency: what they tell, and which queries they refuse."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import quote

import pytest

from hotfix_tui.localorg.org import LocalOrg
from tests.localorg.metadata.conftest import Served
from tests.localorg.metadata.samples import apex_class, document, flow, only, rule, text_field, tickets, trigger
from tests.localorg.metadata.soap_client import OPENER, Rest, Soap, manifest, problems, serving

FILES = {
    **tickets(),
    "package.xml": manifest(
        CustomObject=["*"],
        CustomField=["Account.Tier__c"],
        ApexClass=["*"],
        ApexTrigger=["*"],
        Flow=["*"],
        CustomPermission=["*"],
        LightningComponentBundle=["panel"],
        StaticResource=["logo"],
    ),
    "objects/Account.object": only(text_field("Tier__c")),
    **apex_class(
        "Pricing",
        "public class Pricing {\n  // Parent__c is a comment\n  Decimal cap(Ticket__c t) { return t.Limit__c; }\n}",
    ),
    **apex_class(
        "Caller",
        "public class Caller {\n  Object a = new Pricing();\n"
        "  Boolean b = FeatureManagement.checkPermission('Skip');\n}",
    ),
    **trigger("OnTicket", "trigger OnTicket on Ticket__c (before insert) {}"),
    "flows/Guard.flow": flow(),
    "customPermissions/Skip.customPermission": document("CustomPermission", "<label>Skip</label>"),
    "lwc/panel/panel.js": (
        "import cap from '@salesforce/apex/Pricing.cap';\nimport T from '@salesforce/schema/Account.Tier__c';"
    ),
    "lwc/panel/panel.js-meta.xml": document(
        "LightningComponentBundle", "<apiVersion>63.0</apiVersion><isExposed>true</isExposed>"
    ),
    "staticresources/logo.resource": "<svg/>",
    "staticresources/logo.resource-meta.xml": document(
        "StaticResource", "<cacheControl>Public</cacheControl><contentType>image/svg+xml</contentType>"
    ),
}


@pytest.fixture(scope="module")
def org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with ExitStack() as stack:
        made = LocalOrg.create(tmp_path_factory.mktemp("org") / "here", name="here", kind="developer")
        stack.callback(made.close)
        made.deploys.pace = 0
        user_id = made.users.add_user("admin@example.com", "Ada Admin")
        token = made.users.token_for(user_id)
        url = stack.enter_context(serving(made))
        served = Served(made, Soap(url, token), Rest(url, token), user_id)
        assert problems(served.soap.deploy(FILES)) == {}
        rules = {"package.xml": manifest(ValidationRule=["Ticket__c.Cap"])}
        capped = only(rule("Cap", "AND(NOT($Permission.Skip), Parent__r.Limit__c &gt; 1)"))
        assert problems(served.soap.deploy({**rules, "objects/Ticket__c.object": capped})) == {}
        yield served


def _refused(org: Served, soql: str, tooling: bool = True) -> tuple[str, str]:
    status, answer = org.rest.call("GET", f"{'/tooling' if tooling else ''}/query?q={quote(soql)}")
    assert status == 400, answer
    return answer[0]["errorCode"], answer[0]["message"]


def test_fields_are_told_for_the_objects_a_query_asks_for(org: Served) -> None:
    entity = org.rest.tooling("SELECT DurableId FROM EntityDefinition WHERE QualifiedApiName = 'Ticket__c'")[0][
        "DurableId"
    ]
    field = org.rest.tooling("SELECT Id FROM CustomField WHERE DeveloperName = 'Limit'")[0]["Id"]
    for where in (
        "EntityDefinition.QualifiedApiName = 'Ticket__c'",
        f"EntityDefinitionId = '{entity}'",
        "EntityDefinition.QualifiedApiName IN ('Ticket__c')",
        "EntityDefinition.DeveloperName = 'Ticket'",
    ):
        rows = org.rest.tooling(
            "SELECT DurableId, QualifiedApiName, DeveloperName, DataType, EntityDefinition.QualifiedApiName FROM"
            f" FieldDefinition WHERE {where} AND DeveloperName IN ('Limit', 'Parent') ORDER BY QualifiedApiName"
        )
        assert [(row["QualifiedApiName"], row["DataType"]) for row in rows] == [
            ("Limit__c", "Percent(3, 2)"),
            ("Parent__c", "Lookup(Ticket__c)"),
        ]
        assert rows[0]["DurableId"] == f"{entity}.{field[:15]}"
        assert rows[0]["EntityDefinition"]["QualifiedApiName"] == "Ticket__c"
    row = org.rest.query("SELECT Label, IsNillable FROM FieldDefinition WHERE DurableId = 'Account.Name'")[0]
    assert (row["Label"], row["IsNillable"]) == ("Account Name", False)
    nested = org.rest.tooling(
        "SELECT QualifiedApiName, (SELECT QualifiedApiName FROM Fields WHERE DeveloperName = 'Tier')"
        " FROM EntityDefinition WHERE QualifiedApiName = 'Account'"
    )
    assert [each["QualifiedApiName"] for each in nested[0]["Fields"]["records"]] == ["Tier__c"]


def test_a_new_field_is_among_the_definitions_at_once(org: Served) -> None:
    soql = (
        "SELECT QualifiedApiName FROM FieldDefinition WHERE EntityDefinitionId = 'Contact' AND DeveloperName = 'Fresh'"
    )
    assert org.rest.tooling(soql) == []
    metadata = {"type": "Text", "length": 20, "label": "Fresh"}
    body = {"FullName": "Contact.Fresh__c", "Metadata": metadata}
    assert org.rest.call("POST", "/tooling/sobjects/CustomField", body)[0] == 201
    assert [row["QualifiedApiName"] for row in org.rest.tooling(soql)] == ["Fresh__c"]


@pytest.mark.parametrize(
    ("soql", "code", "words"),
    [
        (
            "SELECT Id FROM FieldDefinition",
            "MALFORMED_QUERY",
            "FieldDefinition: a filter on a reified column is required",
        ),
        ("SELECT Id FROM FieldDefinition WHERE DataType = 'Date'", "MALFORMED_QUERY", "[EntityDefinitionId,DurableId]"),
        (
            "SELECT IsCustomizable, COUNT(Id) FROM EntityDefinition GROUP BY IsCustomizable",
            "EXTERNAL_OBJECT_UNSUPPORTED_EXCEPTION",
            "not yet supported by this SObject storage type",
        ),
        (
            "SELECT Id FROM EntityDefinition WHERE KeyPrefix = '001' OR KeyPrefix = '003'",
            "MALFORMED_QUERY",
            "Disjunctions",
        ),
        ("SELECT Id FROM EntityDefinition WHERE QualifiedApiName != 'Account'", "MALFORMED_QUERY", "Only equals"),
        (
            "SELECT MetadataComponentId FROM MetadataComponentDependency ORDER BY MetadataComponentId",
            "EXTERNAL_OBJECT_UNSUPPORTED_EXCEPTION",
            "not yet supported",
        ),
        (
            "SELECT COUNT() FROM MetadataComponentDependency",
            "EXTERNAL_OBJECT_UNSUPPORTED_EXCEPTION",
            "not yet supported",
        ),
        (
            "SELECT MetadataComponentId FROM MetadataComponentDependency WHERE MetadataComponentName = 'A'",
            "INVALID_FIELD",
            "can not be filtered",
        ),
        (
            "SELECT MetadataComponentId FROM MetadataComponentDependency WHERE MetadataComponentType LIKE 'Apex%'",
            "MALFORMED_QUERY",
            "Only equals",
        ),
    ],
)
def test_queries_a_real_org_refuses_are_refused(org: Served, soql: str, code: str, words: str) -> None:
    refused = _refused(org, soql)
    assert refused[0] == code
    assert words in refused[1]


def _dependencies(org: Served, where: str = "") -> set[tuple[str, str]]:
    rows: list[dict[str, Any]] = org.rest.tooling(
        "SELECT MetadataComponentName, MetadataComponentType, RefMetadataComponentName, RefMetadataComponentType,"
        f" RefMetadataComponentId FROM MetadataComponentDependency {where}"
    )
    return {
        (
            f"{row['MetadataComponentType']}:{row['MetadataComponentName']}",
            f"{row['RefMetadataComponentType']}:{row['RefMetadataComponentName']}",
        )
        for row in rows
    }


def test_dependencies_are_those_of_the_components_as_they_are(org: Served) -> None:
    found = _dependencies(org)
    assert {
        ("ApexClass:Pricing", "CustomField:Limit"),
        ("ApexClass:Pricing", "CustomObject:Ticket"),
        ("ApexClass:Caller", "ApexClass:Pricing"),
        ("ApexClass:Caller", "CustomPermission:Skip"),
        ("ApexTrigger:OnTicket", "CustomObject:Ticket"),
        ("Flow:Guard-1", "CustomObject:Ticket"),
        ("ValidationRule:Cap", "CustomField:Limit"),
        ("ValidationRule:Cap", "CustomField:Parent"),
        ("ValidationRule:Cap", "CustomPermission:Skip"),
        ("LightningComponentBundle:panel", "ApexClass:Pricing"),
        ("LightningComponentBundle:panel", "CustomField:Tier"),
    } <= found
    assert ("ApexClass:Pricing", "CustomField:Parent") not in found, "a comment is no reference"
    field = org.rest.tooling("SELECT Id FROM CustomField WHERE DeveloperName = 'Limit'")[0]["Id"]
    users = _dependencies(org, f"WHERE RefMetadataComponentId = '{field}'")
    assert users == {("ApexClass:Pricing", "CustomField:Limit"), ("ValidationRule:Cap", "CustomField:Limit")}
    changed = {"package.xml": manifest(ApexClass=["Caller"]), **apex_class("Caller", "public class Caller {}")}
    org.soap.deploy(changed)
    assert not any(user == "ApexClass:Caller" for user, _ in _dependencies(org))


def test_bundles_resources_and_flow_versions_are_rows(org: Served) -> None:
    bundle = org.rest.tooling(
        "SELECT Id, IsExposed, ApiVersion FROM LightningComponentBundle WHERE DeveloperName = 'panel'"
    )[0]
    assert (bundle["IsExposed"], bundle["ApiVersion"]) == (True, 63.0)
    files = org.rest.tooling(
        f"SELECT FilePath, Format FROM LightningComponentResource WHERE LightningComponentBundleId = '{bundle['Id']}'"
        " ORDER BY FilePath"
    )
    assert files[0]["FilePath"] == "lwc/panel/panel.js"
    logo = org.rest.query("SELECT Name, ContentType, BodyLength, CacheControl FROM StaticResource")[0]
    assert (logo["Name"], logo["ContentType"], logo["BodyLength"], logo["CacheControl"]) == (
        "logo",
        "image/svg+xml",
        6,
        "Public",
    )
    views = org.rest.query("SELECT VersionNumber, Status, FlowDefinitionView.ApiName FROM FlowVersionView")
    assert [(v["VersionNumber"], v["Status"], v["FlowDefinitionView"]["ApiName"]) for v in views] == [
        (1, "Active", "Guard")
    ]


def test_what_the_org_has_not_is_no_object_of_the_api(org: Served) -> None:
    for name in ("TraceFlag", "ScratchOrgInfo"):
        assert _refused(org, f"SELECT Id FROM {name}")[0] == "INVALID_TYPE"
        assert org.rest.call("GET", f"/tooling/sobjects/{name}/describe")[0] == 404


def test_the_global_describe_and_the_resources_name_what_there_is(org: Served) -> None:
    status, answer = org.rest.call("GET", "/tooling/sobjects")
    assert status == 200
    listed = {each["name"]: each for each in answer["sobjects"]}
    assert {"ApexClass", "ValidationRule", "SourceMember", "MetadataComponentDependency", "Flow"} <= set(listed)
    assert "Account" not in listed
    assert listed["ApexClass"]["urls"]["sobject"] == "/services/data/v63.0/tooling/sobjects/ApexClass"
    status, resources = org.rest.call("GET", "/tooling/")
    assert (status, resources["query"]) == (200, "/services/data/v63.0/tooling/query")
    described = org.rest.call("GET", "/tooling/sobjects/ApexClass/describe")[1]
    assert {"Metadata", "SymbolTable", "FullName"} <= {field["name"] for field in described["fields"]}
    plain = org.rest.call("GET", "/sobjects/ApexClass/describe")[1]
    assert "Metadata" not in {field["name"] for field in plain["fields"]}


@pytest.mark.parametrize(("version", "status"), [("99.0", 404), ("29.0", 410), ("31.0", 200), ("67", 200)])
def test_versions_are_those_of_the_rest_api(org: Served, version: str, status: int) -> None:
    request = urllib.request.Request(
        f"{org.rest.url}/services/data/v{version}/tooling/sobjects",
        headers={"Authorization": f"Bearer {org.rest.token}"},
    )
    try:
        with OPENER.open(request, timeout=30) as answer:
            found = answer.status
    except urllib.error.HTTPError as error:
        found = error.code
    assert found == status
