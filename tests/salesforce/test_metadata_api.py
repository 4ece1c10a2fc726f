"""Metadata API calls: envelopes as the WSDL has them, replies with none, one or many elements, jobs that take time."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from lxml import etree

from hotfix_tui.salesforce.deploys import DeployOptions, DeployResult
from hotfix_tui.salesforce.errors import (
    MalformedReply,
    MetadataFault,
    OrgUnreachable,
    ReplyLost,
    RetrieveFailed,
    SalesforceError,
    ServerUnavailable,
    SessionExpired,
)
from hotfix_tui.salesforce.following import follow
from hotfix_tui.salesforce.metadata_api import MetadataType, TypeQuery
from hotfix_tui.salesforce.org import Org
from tests.salesforce.scripted import FAST, TOKEN, Answer, Request, Server, drop, fault, refused, reply, soap

JOB = "0Af5e000000AbCdCAK"
NAMES = {"m": "http://soap.sforce.com/2006/04/metadata", "s": "http://schemas.xmlsoap.org/soap/envelope/"}


def xml(request: Request) -> etree._Element:
    return etree.fromstring(request.body)


def texts(request: Request, path: str) -> list[str]:
    return [element.text or "" for element in xml(request).findall(path, NAMES)]


def listed(*names: str, type_name: str = "ApexClass") -> bytes:
    results = "".join(
        f"<result><createdById>005</createdById><fileName>classes/{name}.cls</fileName><fullName>{name}</fullName>"
        f"<id>01p</id><lastModifiedByName>U &amp; V</lastModifiedByName><lastModifiedDate>2026-01-12T20:00:00.000Z"
        f"</lastModifiedDate><manageableState>unmanaged</manageableState><type>{type_name}</type></result>"
        for name in names
    )
    return soap(f"<listMetadataResponse>{results}</listMetadataResponse>")


async def test_the_session_travels_in_the_header_at_the_orgs_version(org: Org, server: Server) -> None:
    server.on("listMetadata", listed())
    await org.list_metadata(["ApexClass"])
    [sent] = server.requests
    assert (sent.method, sent.path) == ("POST", "/services/Soap/m/67.0")
    assert sent.headers["soapaction"] == '""'
    assert texts(sent, "s:Header/m:SessionHeader/m:sessionId") == [TOKEN]
    assert texts(sent, "s:Body/m:listMetadata/m:asOfVersion") == ["67.0"]


@pytest.mark.parametrize("count", [0, 1, 3])
async def test_a_list_may_hold_none_one_or_many(org: Org, server: Server, count: int) -> None:
    server.on("listMetadata", listed(*(f"C{number}" for number in range(count))))
    found = await org.list_metadata(["ApexClass"])
    assert [item.full_name for item in found] == [f"C{number}" for number in range(count)]
    if found:
        assert (found[0].type, found[0].last_modified_by, found[0].namespace) == ("ApexClass", "U & V", "")
        assert found[0].last_modified_at == "2026-01-12T20:00:00.000Z"


async def test_types_are_asked_three_at_a_time_each_once_in_order(org: Org, server: Server) -> None:
    for number in range(8):
        server.on(f"<met:type>T{number}<", listed(f"of{number}"))
    asked: list[TypeQuery] = [*(f"T{number}" for number in range(7)), "T0", ("T7", "folder/one")]
    found = await org.list_metadata(asked)
    batches = sorted(texts(sent, "s:Body/m:listMetadata/m:queries/m:type") for sent in server.requests)
    assert batches == [["T0", "T1", "T2"], ["T3", "T4", "T5"], ["T6", "T7"]]
    assert [item.full_name for item in found] == ["of2", "of5", "of7"]
    assert len({sent.connection for sent in server.requests}) > 1


async def test_a_refused_type_does_not_spoil_the_others_of_its_call(org: Org, server: Server) -> None:
    server.on("<met:type>A<", listed("A1"))
    server.on("<met:type>C<", listed("C1"))
    server.on("<met:type>B<", fault("INVALID_TYPE", "Unknown type:B"))
    refused_types: list[tuple[TypeQuery, str]] = []
    found = await org.list_metadata(["A", "B", "C"], lambda name, error: refused_types.append((name, error.code)))
    assert [item.full_name for item in found] == ["A1", "C1"]
    assert refused_types == [("B", "INVALID_TYPE")]
    with pytest.raises(MetadataFault):
        await org.list_metadata(["A", "B", "C"])


async def test_the_types_of_the_org(org: Org, server: Server) -> None:
    objects = (
        "<metadataObjects><childXmlNames>CustomField</childXmlNames><childXmlNames>RecordType</childXmlNames>"
        "<directoryName>objects</directoryName><inFolder>false</inFolder><metaFile>false</metaFile>"
        "<suffix>object</suffix><xmlName>CustomObject</xmlName></metadataObjects>"
        "<metadataObjects><directoryName>classes</directoryName><inFolder>false</inFolder><metaFile>true</metaFile>"
        "<suffix>cls</suffix><xmlName>ApexClass</xmlName></metadataObjects>"
    )
    server.on(
        "describeMetadata", soap(f"<describeMetadataResponse><result>{objects}</result></describeMetadataResponse>")
    )
    assert await org.describe_metadata() == [
        MetadataType("CustomObject", "objects", "object", False, False, ("CustomField", "RecordType")),
        MetadataType("ApexClass", "classes", "cls", False, True, ()),
    ]


STARTED = soap(
    f"<retrieveResponse><result><done>false</done><id>{JOB}</id><state>Queued</state></result></retrieveResponse>"
)


def retrieved(inner: str) -> bytes:
    return soap(f"<checkRetrieveStatusResponse><result>{inner}</result></checkRetrieveStatusResponse>")


PENDING = retrieved("<done>false</done><status>InProgress</status><success>false</success>")
ZIP = base64.b64encode(b"PK zip").decode()
DONE = retrieved(
    "<done>true</done><status>Succeeded</status><success>true</success>"
    "<fileProperties><fullName>A</fullName><type>ApexClass</type></fileProperties>"
    "<messages><fileName>unpackaged/package.xml</fileName><problem>'B' cannot be found</problem></messages>"
    f"<zipFile>{ZIP[:4]}\n{ZIP[4:]}</zipFile>"
)


async def test_a_retrieve_waits_while_it_is_pending(org: Org, server: Server) -> None:
    server.on("retrieveRequest", STARTED)
    server.on("checkRetrieveStatus", PENDING, PENDING, DONE)
    found = await org.retrieve({"ApexClass": ["B", "A", "A"], "Flow": ["*"], "Layout": []}, api_version="62.0")
    assert found.zip == b"PK zip"
    assert [(item.type, item.full_name) for item in found.properties] == [("ApexClass", "A")]
    assert found.messages[0].problem == "'B' cannot be found"
    start = server.requests[0]
    assert start.path == "/services/Soap/m/62.0"
    base = "s:Body/m:retrieve/m:retrieveRequest/"
    assert texts(start, f"{base}m:apiVersion") + texts(start, f"{base}m:unpackaged/m:version") == ["62.0", "62.0"]
    assert texts(start, f"{base}m:unpackaged/m:types/m:name") == ["ApexClass", "Flow"]
    assert texts(start, f"{base}m:unpackaged/m:types/m:members") == ["A", "B", "*"]
    assert len(server.requests) == 4


async def test_a_retrieve_that_fails_says_why(org: Org, server: Server) -> None:
    server.on("retrieveRequest", STARTED)
    failed = "<done>true</done><status>Failed</status><success>false</success>"
    why = "<errorMessage>LIMIT: too many files</errorMessage><errorStatusCode>LIMIT_EXCEEDED</errorStatusCode>"
    server.on("checkRetrieveStatus", retrieved(failed + why))
    with pytest.raises(RetrieveFailed, match="too many files") as caught:
        await org.retrieve({"ApexClass": ["*"]})
    assert caught.value.code == "LIMIT_EXCEEDED"


async def test_a_retrieve_whose_zip_was_lost_is_begun_again_once(org: Org, server: Server) -> None:
    server.on("retrieveRequest", STARTED)
    gone = fault("INVALID_LOCATOR", "retrieve result has been deleted")
    server.on("checkRetrieveStatus", drop, gone, DONE)
    assert (await org.retrieve({"ApexClass": ["A"]})).zip == b"PK zip"
    assert len([sent for sent in server.requests if b"retrieveRequest" in sent.body]) == 2
    server.on("checkRetrieveStatus", gone)
    with pytest.raises(MetadataFault):
        await org.retrieve({"ApexClass": ["A"]})


async def test_a_retrieve_that_does_not_end_is_given_up(server: Server) -> None:
    server.on("retrieveRequest", STARTED)
    server.on("checkRetrieveStatus", PENDING)
    async with await Org.connect(server.login(), timing=replace(FAST, retrieve=0.05)) as org:
        with pytest.raises(RetrieveFailed, match="has not finished"):
            await org.retrieve({"ApexClass": ["A"]})


@pytest.mark.parametrize(
    "inner",
    ["<done>true</done><success>true</success>", "<done>true</done><success>true</success><zipFile>!!</zipFile>"],
)
async def test_a_retrieve_without_a_zip_is_no_retrieve(org: Org, server: Server, inner: str) -> None:
    server.on("retrieveRequest", STARTED)
    server.on("checkRetrieveStatus", retrieved(inner))
    with pytest.raises(MalformedReply):
        await org.retrieve({"ApexClass": ["A"]})


async def test_a_large_zip_comes_whole(org: Org, server: Server) -> None:
    content = bytes(range(256)) * 60_000  # 15 MB: beyond what libxml2 reads without being told
    zip_file = base64.b64encode(content).decode()
    server.on("retrieveRequest", STARTED)
    server.on(
        "checkRetrieveStatus", retrieved(f"<done>true</done><success>true</success><zipFile>{zip_file}</zipFile>")
    )
    assert (await org.retrieve({"ApexClass": ["*"]})).zip == content


def deploy_reply() -> bytes:
    return soap(
        f"<deployResponse><result><done>false</done><id>{JOB}</id><state>Queued</state></result></deployResponse>"
    )


async def test_a_deploy_is_sent_with_its_options_in_the_wsdls_order(org: Org, server: Server) -> None:
    server.on("DeployOptions", deploy_reply())
    options = DeployOptions(check_only=True, test_level="RunSpecifiedTests", tests=("ATest", "BTest"))
    assert await org.deploy(b"PK\x00zip", options) == JOB
    [sent] = server.requests
    body = xml(sent).find("s:Body/m:deploy", NAMES)
    assert body is not None
    assert base64.b64decode(body[0].text or "") == b"PK\x00zip"
    assert [(str(item.tag).rpartition("}")[2], item.text) for item in body[1]] == [
        ("allowMissingFiles", "false"),
        ("autoUpdatePackage", "false"),
        ("checkOnly", "true"),
        ("ignoreWarnings", "true"),
        ("performRetrieve", "false"),
        ("purgeOnDelete", "false"),
        ("rollbackOnError", "true"),
        ("runTests", "ATest"),
        ("runTests", "BTest"),
        ("singlePackage", "true"),
        ("testLevel", "RunSpecifiedTests"),
    ]


@pytest.mark.parametrize(
    ("answer", "error", "written"),
    [
        (drop, ReplyLost, "unknown"),
        (fault("UNKNOWN_EXCEPTION", "An unexpected error occurred"), ServerUnavailable, "unknown"),
        (fault("INSUFFICIENT_ACCESS", "no"), MetadataFault, "no"),
        (soap("<deployResponse/>"), MalformedReply, "unknown"),
        (soap("<deployResponse><result><id>no id</id></result></deployResponse>"), MalformedReply, "unknown"),
        (reply(200, "<html>"), MalformedReply, "unknown"),
        (reply(502, "<html>bad gateway</html>"), ServerUnavailable, "unknown"),
        (fault("INVALID_SESSION_ID", "expired"), SessionExpired, "no"),
    ],
)
async def test_a_deploy_is_never_sent_twice(
    org: Org, server: Server, answer: Answer, error: type[SalesforceError], written: str
) -> None:
    server.on("DeployOptions", answer)
    with pytest.raises(error) as caught:
        await org.deploy(b"zip", DeployOptions())
    assert len(server.requests) == 1
    assert caught.value.written == written


def status(state: str, inner: str = "", *, done: bool = False, parts: tuple[int, int] = (0, 2)) -> bytes:
    return soap(
        f"<checkDeployStatusResponse><result><id>{JOB}</id><status>{state}</status><done>{str(done).lower()}</done>"
        f"<success>{str(state == 'Succeeded').lower()}</success><checkOnly>false</checkOnly>"
        f"<numberComponentsDeployed>{parts[0]}</numberComponentsDeployed><numberComponentsTotal>{parts[1]}"
        f"</numberComponentsTotal><numberComponentErrors>0</numberComponentErrors>{inner}</result>"
        "</checkDeployStatusResponse>"
    )


DETAILS = """
<stateDetail>Processing Type: Apex Component</stateDetail><createdBy>0055e000001AbCd</createdBy>
<createdByName>U</createdByName><startDate>2026-01-13T10:00:00.000Z</startDate>
<numberTestsCompleted>1</numberTestsCompleted><numberTestsTotal>3</numberTestsTotal><numberTestErrors>1</numberTestErrors>
<details>
 <componentFailures><componentType>ApexClass</componentType><fileName>classes/A.cls</fileName><fullName>A</fullName>
  <lineNumber>7</lineNumber><columnNumber>3</columnNumber><problem>Variable does not exist: x</problem>
  <problemType>Error</problemType><success>false</success><changed>false</changed><created>false</created>
  <deleted>false</deleted></componentFailures>
 <componentSuccesses><componentType>CustomField</componentType><fileName>objects/R__c.object</fileName>
  <fullName>R__c.F__c</fullName><success>true</success><created>true</created><changed>true</changed></componentSuccesses>
 <componentSuccesses><componentType/><fileName>package.xml</fileName><fullName>package.xml</fullName>
  <success>true</success></componentSuccesses>
 <runTestResult><numFailures>1</numFailures><totalTime>12.0</totalTime>
  <codeCoverage><name>A</name><type>Class</type><numLocations>40</numLocations>
   <numLocationsNotCovered>10</numLocationsNotCovered></codeCoverage>
  <codeCoverageWarnings><message>Average test coverage is 75%</message></codeCoverageWarnings>
  <failures><methodName>fails</methodName><name>ATest</name><message>System.AssertException: no</message>
   <stackTrace>Class.ATest.fails: line 4</stackTrace><time>5.5</time></failures>
  <successes><methodName>passes</methodName><name>ATest</name><time>6.0</time></successes>
 </runTestResult>
</details>
"""


async def test_a_deploys_details_are_all_there_also_in_partial_success(org: Org, server: Server) -> None:
    server.on("checkDeployStatus", status("SucceededPartial", DETAILS, done=True, parts=(1, 2)))
    result = await org.deploy_result(JOB)
    assert (result.status, result.done, result.components_done, result.components_total) == (
        "SucceededPartial",
        True,
        1,
        2,
    )
    assert (result.tests_done, result.tests_total, result.test_errors) == (1, 3, 1)
    assert result.state_detail == "Processing Type: Apex Component"
    failure, field, package = result.messages
    assert (failure.outcome, failure.line, failure.column) == ("failed", 7, 3)
    assert (failure.type, failure.full_name, failure.problem) == ("ApexClass", "A", "Variable does not exist: x")
    assert (field.outcome, field.full_name, field.line) == ("created", "R__c.F__c", None)
    assert (package.type, package.outcome) == ("", "unchanged")
    assert result.failures == (failure,)
    [failed] = result.failed_tests
    assert (failed.class_name, failed.method, failed.message) == ("ATest", "fails", "System.AssertException: no")
    assert (failed.stack_trace, failed.milliseconds) == ("Class.ATest.fails: line 4", 5.5)
    assert [test.passed for test in result.tests] == [False, True]
    assert (result.coverage[0].name, result.coverage[0].percent) == ("A", 75.0)
    assert result.coverage_warnings == ("Average test coverage is 75%",)


async def seen_by(follower: AsyncIterator[DeployResult]) -> list[tuple[str, int]]:
    return [(result.status, result.components_done) async for result in follower]


async def test_following_tells_each_change_once_and_ends_with_the_deploy(org: Org, server: Server) -> None:
    running = [
        status("InProgress", parts=(1, 2)),
        status("InProgress", parts=(1, 2)),
        status("InProgress", parts=(2, 2)),
    ]
    server.on("checkDeployStatus", status("Pending"), *running, status("Succeeded", done=True, parts=(2, 2)))
    assert await seen_by(follow(org, JOB)) == [("Pending", 0), ("InProgress", 1), ("InProgress", 2), ("Succeeded", 2)]
    assert len(server.requests) == 5


async def test_following_survives_what_passes(org: Org, server: Server) -> None:
    busy = [refused(503, "SERVER_UNAVAILABLE")] * 7
    server.on(
        "checkDeployStatus",
        status("InProgress"), *busy, drop, drop, drop, reply(200, "<html>maintenance"), status("Succeeded", done=True),
    )  # fmt: skip
    assert await seen_by(follow(org, JOB)) == [("InProgress", 0), ("Succeeded", 0)]


async def test_following_gives_up_on_an_org_that_stays_silent(org: Org, server: Server) -> None:
    server.on("checkDeployStatus", status("InProgress"))
    follower = follow(org, JOB)
    assert (await anext(follower)).status == "InProgress"
    server.close()
    with pytest.raises(OrgUnreachable):
        await asyncio.wait_for(anext(follower), FAST.poll_patience * 6)


async def test_following_stops_at_once_when_the_session_is_over(org: Org, server: Server) -> None:
    server.on("checkDeployStatus", fault("INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader"))
    with pytest.raises(SessionExpired):
        await anext(follow(org, JOB))
    assert len(server.requests) == 1


async def test_a_finished_deploy_makes_describes_stale(org: Org, server: Server) -> None:
    described = {"name": "A", "fields": []}
    server.on("sobjects/A/describe", reply(200, described))
    await org.describe("A")
    server.on("checkDeployStatus", status("Succeeded", done=True))
    await org.deploy_result(JOB)
    await org.describe("A")
    assert len([sent for sent in server.requests if "describe" in sent.target]) == 2


async def test_quick_deploy_and_cancel_say_what_the_wsdl_says(org: Org, server: Server) -> None:
    server.on("deployRecentValidation", soap("<r><result>0Af5e000000ZZZZCAK</result></r>"))
    assert await org.quick_deploy(JOB) == "0Af5e000000ZZZZCAK"
    assert texts(server.requests[-1], "s:Body/m:deployRecentValidation/m:validationId") == [JOB]
    server.on("checkDeployStatus", status("InProgress", "<createdBy>0055e000001ZZZZ</createdBy>"))
    server.on("cancelDeploy", soap(f"<r><result><done>false</done><id>{JOB}</id></result></r>"))
    assert await org.cancel_deploy(JOB) is False
    assert texts(server.requests[-1], "s:Body/m:cancelDeploy/m:String") == [JOB]


async def test_recent_deploys_are_told_where_the_org_tells_them(org: Org, server: Server) -> None:
    since = datetime(2026, 1, 13, 9, 0, tzinfo=UTC)
    server.on("FROM DeployRequest", refused(400, "INVALID_TYPE", "sObject type 'DeployRequest' is not supported."))
    assert await org.recent_deploys(since) == []
    row = {"Id": JOB, "Status": "InProgress", "CheckOnly": True, "CreatedById": "005", "CompletedDate": None}
    server.on("FROM DeployRequest", reply(200, {"totalSize": 1, "done": True, "records": [row]}))
    [deploy] = await org.recent_deploys(since)
    assert (deploy.id, deploy.status, deploy.check_only, deploy.completed_at) == (JOB, "InProgress", True, "")
    assert "CreatedDate >= 2026-01-13T09:00:00.000+00:00" in server.requests[-1].soql
