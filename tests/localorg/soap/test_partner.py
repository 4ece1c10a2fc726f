"""The partner API, over HTTP."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from tests.localorg.own_org import Api
from tests.localorg.records.test_saving import _duplicate_rules
from tests.localorg.soap.conftest import NIL, PARTNER, RECORDS, XSI, Refused, Soap


def test_who_is_calling_and_what_time_it_is(soap: Soap, api: Api) -> None:
    (found,) = soap.call("getUserInfo")
    assert (found["userName"], found["organizationId"]) == ("ann@library.example", api.org.org_id)
    assert (found["roleId"], found["organizationMultiCurrency"]) == (None, "false")
    (now,) = soap.call("getServerTimestamp")
    assert now["timestamp"].startswith("2026-01-13T10:00:") and now["timestamp"].endswith("Z")


def test_the_address_may_end_in_the_org_and_the_answer_says_the_limits(soap: Soap, api: Api) -> None:
    for path in (f"/services/Soap/u/66.0/{api.org.org_id[:15]}", "/services/soap/U/59/", "/services/Soap/u/31.0"):
        assert replace(soap, path=path).call("getUserInfo")
    header = soap.raw("getUserInfo").find("{http://schemas.xmlsoap.org/soap/envelope/}Header")
    assert header is not None
    info = header.find(f"{{{PARTNER}}}LimitInfoHeader/{{{PARTNER}}}limitInfo")
    assert info is not None
    assert [each.text for each in info][1:] == ["100000", "API REQUESTS"]


def _create(kind: str, **fields: str) -> str:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return f"<sObjects><type>{kind}</type>{inner}</sObjects>"


def test_records_are_created_read_changed_and_deleted(soap: Soap, api: Api) -> None:
    shelf, bad = soap.call(
        "create", _create("Shelf__c", Name="A &lt; B", Cap__c="12.5") + _create("Shelf__c", Cap__c="x")
    )
    assert (shelf["success"], "errors" in shelf) == ("true", False)
    assert (bad["success"], bad["id"]) == ("false", None)
    assert bad["errors"]["statusCode"] == "JSON_PARSER_ERROR" and bad["errors"]["fields"] == "Cap__c"
    book = soap.call("create", _create("Book__c", Name="Emma", Shelf__c=shelf["id"], Lent__c="true"))[0]["id"]
    inner = f"<sObjects><type>Book__c</type><fieldsToNull>Lent__c</fieldsToNull><Id>{book}</Id></sObjects>"
    assert soap.call("update", inner)[0]["errors"]["statusCode"] == "INVALID_TYPE_ON_FIELD_IN_RECORD"
    changed = f'<sObjects><type>Book__c</type><Id>{book}</Id><Name xsi:nil="true"/><Price__c>3</Price__c></sObjects>'
    assert soap.call("update", changed)[0] == {"id": book, "success": "true"}
    fields = "<fieldList>Name,Price__c,Lent__c</fieldList><sObjectType>Book__c</sObjectType>"
    found, missing = soap.results("retrieve", f"{fields}<ids>{book}</ids><ids>a01000000000001AAA</ids>")
    assert missing.get(NIL) == "true"
    assert found.get(f"{{{XSI}}}type") == "sf:sObject"
    texts = [(each.tag.rpartition("}")[2], each.text) for each in found]
    assert texts == [("type", "Book__c"), ("Id", None), ("Name", "Emma"), ("Price__c", "3.0"), ("Lent__c", "true")]
    assert {each.tag.partition("}")[0] for each in found} == {f"{{{RECORDS}"}
    assert soap.call("delete", f"<ids>{book}</ids><ids>{book}</ids>")[1]["errors"]["statusCode"] == "ENTITY_IS_DELETED"
    assert api.query("SELECT Id FROM Book__c") == []


def test_upsert_by_external_id_and_by_id(soap: Soap) -> None:
    keyed = "<externalIDFieldName>Key__c</externalIDFieldName>"
    first = soap.call("upsert", keyed + _create("Shelf__c", Key__c="K", Name="A"))[0]
    second = soap.call("upsert", keyed + _create("Shelf__c", Key__c="K", Name="B"))[0]
    assert (first["created"], second["created"], first["id"] == second["id"]) == ("true", "false", True)
    by_id = "<externalIDFieldName>Id</externalIDFieldName>"
    found = soap.call("upsert", by_id + _create("Shelf__c", Id=first["id"], Name="C") + _create("Shelf__c", Name="D"))
    assert [each["created"] for each in found] == ["false", "true"]
    nested = (
        "<sObjects><type>Book__c</type><Name>Emma</Name>"
        "<Shelf__r><type>Shelf__c</type><Key__c>K</Key__c></Shelf__r></sObjects>"
    )
    assert soap.call("create", nested)[0]["success"] == "true"
    rows = soap.query("SELECT Shelf__r.Name FROM Book__c")["records"]
    assert rows[0]["Shelf__r"] == {"type": "Shelf__c", "Id": None, "Name": "C"}


def test_all_or_none_is_said_in_the_header(soap: Soap) -> None:
    two = _create("Shelf__c", Name="A") + _create("Shelf__c", Cap__c="x")
    found = soap.call("create", two, "<AllOrNoneHeader><allOrNone>true</allOrNone></AllOrNoneHeader>")
    assert [each["errors"]["statusCode"] for each in found] == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "JSON_PARSER_ERROR",
    ]
    assert soap.query("SELECT Id FROM Shelf__c")["records"] == []


def test_duplicates_and_assignment_are_said_in_the_header_and_what_is_not_done_is_refused(soap: Soap, api: Api) -> None:
    user = api.org.users.by_username("ann@library.example")
    assert user is not None
    _duplicate_rules(api.org, user.id, "Allow")
    assert soap.call("create", _create("Shelf__c", Name="A"))[0]["success"] == "true"
    (twin,) = soap.call("create", _create("Shelf__c", Name="A"))
    assert twin["errors"]["statusCode"] == "DUPLICATES_DETECTED"
    header = (
        "<DuplicateRuleHeader><allowSave>true</allowSave></DuplicateRuleHeader>"
        "<AssignmentRuleHeader><useDefaultRule>false</useDefaultRule></AssignmentRuleHeader>"
    )
    assert soap.call("create", _create("Shelf__c", Name="A"), header)[0]["success"] == "true"
    truncating = (
        "<AllowFieldTruncationHeader><allowFieldTruncation>true</allowFieldTruncation></AllowFieldTruncationHeader>"
    )
    for wrong in (truncating, "<AllOrNoneHeader><allOrNone>perhaps</allOrNone></AllOrNoneHeader>"):
        with pytest.raises(Refused):
            soap.call("create", _create("Shelf__c", Name="B"), wrong)
    assert len(api.query("SELECT Id FROM Shelf__c")) == 2


def test_a_query_answers_nested_records_dates_and_counts(soap: Soap, api: Api) -> None:
    shelf = api.create("Shelf__c", Name="A", Opened__c="2026-01-01")
    api.create("Book__c", Name="Emma", Shelf__c=shelf, Bought__c="2026-01-02T03:04:05+01:00")
    found = soap.query("SELECT Id, Name, Opened__c, Owner.Name, (SELECT Name, Bought__c FROM Books__r) FROM Shelf__c")
    (row,) = found["records"]
    assert (found["done"], found["queryLocator"], found["size"]) == ("true", None, "1")
    assert row["Id"] == [shelf, shelf] and row["Opened__c"] == "2026-01-01"
    assert row["Owner"] == {"type": "Name", "Id": None, "Name": "Ann Bee"}
    assert row["Books__r"]["records"]["Bought__c"] == "2026-01-02T02:04:05.000Z"
    assert row["Books__r"]["size"] == "1"
    assert soap.query("SELECT COUNT() FROM Shelf__c")["size"] == "1"
    grouped = soap.query("SELECT Name, COUNT(Id) FROM Shelf__c GROUP BY Name")["records"]
    assert grouped == [{"type": "AggregateResult", "Id": None, "Name": "A", "expr0": "1"}]


def test_pages_are_walked_by_the_locator(soap: Soap, api: Api) -> None:
    with api.org.store.transaction():
        for number in range(601):
            api.org.records.raw_insert("Account", {"Name": f"A{number:03}"})
    first = soap.query("SELECT Name FROM Account")
    assert (len(first["records"]), first["done"], first["size"]) == (500, "false", "601")
    (rest,) = soap.call("queryMore", f"<queryLocator>{first['queryLocator']}</queryLocator>")
    assert (len(rest["records"]), rest["done"]) == (101, "true")
    header = "<QueryOptions><batchSize>250</batchSize></QueryOptions>"
    assert len(soap.query("SELECT Name FROM Account", header=header)["records"]) == 250
    with pytest.raises(Refused) as refused:
        soap.call("queryMore", "<queryLocator>01g000000000001AAA-500</queryLocator>")
    assert (refused.value.code, refused.value.detail) == ("sf:INVALID_QUERY_LOCATOR", ["InvalidQueryLocatorFault"])


def test_undelete_brings_back_the_same_ids_until_fifteen_days_are_over(soap: Soap, api: Api) -> None:
    shelf = api.create("Shelf__c", Name="A")
    book = api.create("Book__c", Name="Emma", Shelf__c=shelf)
    assert api.call("DELETE", f"/sobjects/Shelf__c/{shelf}").status_code == 204
    rows = soap.query("SELECT Id FROM Book__c WHERE IsDeleted = true", "queryAll")["records"]
    assert [row["Id"][0] for row in rows] == [book]
    assert soap.call("undelete", f"<ids>{shelf}</ids>") == [{"id": shelf, "success": "true"}]
    assert [row["Id"] for row in api.query("SELECT Id FROM Book__c")] == [book]
    assert api.call("DELETE", f"/sobjects/Shelf__c/{shelf}").status_code == 204
    span = "<sObjectType>Shelf__c</sObjectType><startDate>2026-01-13T09:00:00Z</startDate><endDate>{}</endDate>"
    (gone,) = soap.call("getDeleted", span.format("2026-01-13T11:00:00Z"))
    assert gone["deletedRecords"]["id"] == shelf
    api.org.clock.advance(15.1 * 86_400)
    (late,) = soap.call("undelete", f"<ids>{shelf}</ids>")
    assert (late["success"], late["errors"]["statusCode"]) == ("false", "UNDELETE_FAILED")
    assert soap.query("SELECT Id FROM Shelf__c", "queryAll")["records"] == []


def test_the_recycle_bin_is_emptied_record_by_record(soap: Soap, api: Api) -> None:
    shelf, other = api.create("Shelf__c", Name="A"), api.create("Shelf__c", Name="B")
    api.call("DELETE", f"/composite/sobjects?ids={shelf},{other}")
    assert soap.call("emptyRecycleBin", f"<ids>{shelf}</ids>") == [{"id": shelf, "success": "true"}]
    found = soap.call("undelete", f"<ids>{shelf}</ids><ids>{other}</ids>")
    assert [each["success"] for each in found] == ["false", "true"]
    span = "<sObjectType>Shelf__c</sObjectType><startDate>2026-01-13T09:00:00Z</startDate>"
    (gone,) = soap.call("getDeleted", f"{span}<endDate>2026-01-13T11:00:00Z</endDate>")
    assert gone["deletedRecords"]["id"] == shelf


def test_what_changed_in_a_span(soap: Soap, api: Api) -> None:
    shelf = api.create("Shelf__c", Name="A")
    span = "<sObjectType>Shelf__c</sObjectType><startDate>2026-01-13T09:00:00.000Z</startDate>"
    (found,) = soap.call("getUpdated", f"{span}<endDate>2026-01-13T11:00:00.000Z</endDate>")
    assert found == {"ids": shelf, "latestDateCovered": "2026-01-13T11:00:00.000Z"}


def test_objects_are_described(reading: Soap) -> None:
    (listed,) = reading.call("describeGlobal")
    shelf = next(each for each in listed["sobjects"] if each["name"] == "Shelf__c")
    assert (shelf["associateEntityType"], shelf["idEnabled"], shelf["undeletable"]) == (None, "true", "true")
    (found,) = reading.results("describeSObject", "<sObjectType>book__c</sObjectType>")
    names = [each.tag.rpartition("}")[2] for each in found]
    assert names == sorted(names) and "urls" not in names
    fields = {each.findtext(f"{{{PARTNER}}}name"): each for each in found.iter(f"{{{PARTNER}}}fields")}
    assert fields["Shelf__c"].findtext(f"{{{PARTNER}}}referenceTo") == "Shelf__c"
    assert fields["Net__c"].findtext(f"{{{PARTNER}}}calculated") == "true"
    both = reading.call("describeSObjects", "<sObjectType>Book__c</sObjectType><sObjectType>Account</sObjectType>")
    assert [each["name"] for each in both] == ["Book__c", "Account"]


@pytest.mark.parametrize(
    ("operation", "inner", "code", "detail"),
    [
        ("query", "<queryString>SELECT Foo FROM Account</queryString>", "sf:INVALID_FIELD", "InvalidFieldFault"),
        ("query", "<queryString>SELECT FROM</queryString>", "sf:MALFORMED_QUERY", "MalformedQueryFault"),
        ("query", "<queryString>SELECT Id FROM Nope</queryString>", "sf:INVALID_TYPE", "InvalidSObjectFault"),
        ("describeSObject", "<sObjectType>Nope</sObjectType>", "sf:INVALID_TYPE", "InvalidSObjectFault"),
        ("create", "<sObjects><type>Nope</type></sObjects>", "sf:INVALID_TYPE", "InvalidSObjectFault"),
        (
            "create",
            "<sObjects><type>Account</type><No__c>1</No__c></sObjects>",
            "sf:INVALID_FIELD",
            "InvalidFieldFault",
        ),
        ("delete", "<ids>x</ids>" * 201, "sf:EXCEEDED_ID_LIMIT", "UnexpectedErrorFault"),
        ("query", "", "soapenv:Client", ""),
        ("convertLead", "", "soapenv:Client", ""),
    ],
)
def test_a_call_that_is_refused_whole_is_a_fault(
    reading: Soap, operation: str, inner: str, code: str, detail: str
) -> None:
    with pytest.raises(Refused) as refused:
        reading.raw(operation, inner)
    assert (refused.value.status, refused.value.code) == (500, code)
    assert refused.value.detail == ([detail] if detail else [])
    if detail:
        assert refused.value.words.startswith(f"{code.removeprefix('sf:')}: ")


@pytest.mark.parametrize("token", ["", "00D!nope"])
def test_without_a_session_there_is_only_a_fault(reading: Soap, token: str) -> None:
    with pytest.raises(Refused) as refused:
        reading.raw("getUserInfo", token=token)
    assert refused.value.code == "sf:INVALID_SESSION_ID"
    assert refused.value.words.startswith("INVALID_SESSION_ID: Invalid Session ID found in SessionHeader: Illegal")


@pytest.mark.parametrize("version", ["20.0", "30.0", "99.0", "x"])
def test_a_version_that_is_retired_or_not_there(reading: Soap, version: str) -> None:
    with pytest.raises(Refused) as refused:
        replace(reading, path=f"/services/Soap/u/{version}").raw("getUserInfo")
    assert (refused.value.status, refused.value.code) == (500, "sf:UNSUPPORTED_API_VERSION")


def test_login_went_with_version_65(reading: Soap) -> None:
    inner = "<username>ann@library.example</username><password>secret</password>"
    with pytest.raises(Refused) as refused:
        replace(reading, path="/services/Soap/u/64.0").raw("login", inner, token="")
    assert (refused.value.code, refused.value.detail) == ("sf:INVALID_LOGIN", ["LoginFault"])
    with pytest.raises(Refused) as refused:
        replace(reading, path="/services/Soap/u/65.0").raw("login", inner, token="")
    assert refused.value.code == "soapenv:Client"
    assert "No operation available for request {urn:partner.soap.sforce.com}login" in refused.value.words


def test_the_enterprise_api_types_its_records(soap: Soap, api: Api) -> None:
    enterprise = replace(soap, namespace="urn:enterprise.soap.sforce.com", path="/services/Soap/c/66.0")
    made = enterprise.call("create", '<sObjects xsi:type="ens:Shelf__c"><Name>A</Name></sObjects>')[0]
    assert made["success"] == "true"
    (found,) = enterprise.results("query", "<queryString>SELECT Id, Name, Key__c FROM Shelf__c</queryString>")
    (record,) = found.iter("{urn:enterprise.soap.sforce.com}records")
    assert record.get(f"{{{XSI}}}type") == "sf:Shelf__c"
    assert [each.tag for each in record] == [f"{{urn:sobject.enterprise.soap.sforce.com}}{n}" for n in ("Id", "Name")]


def test_apex_is_answered_and_not_run(soap: Soap, api: Api) -> None:
    apex = replace(
        soap, namespace="http://soap.sforce.com/2006/08/apex", path=f"/services/Soap/s/66.0/{api.org.org_id}"
    )
    (found,) = apex.call("executeAnonymous", "<apexcode>insert new Account(Name = 'x');</apexcode>")
    assert found == {
        "column": "-1",
        "compileProblem": None,
        "compiled": "true",
        "exceptionMessage": None,
        "exceptionStackTrace": None,
        "line": "-1",
        "success": "true",
    }
    assert api.query("SELECT Id FROM Account") == []
    header = "<DebuggingHeader><debugLevel>DEBUGONLY</debugLevel></DebuggingHeader>"
    root = apex.raw("executeAnonymous", "<String>Integer i;</String>", header)
    log = next(root.iter("{http://soap.sforce.com/2006/08/apex}debugLog")).text or ""
    assert "Execute Anonymous: Integer i;" in log and "EXECUTION" not in log
    for operation, inner in (("executeAnonymous", ""), ("runTests", "")):
        with pytest.raises(Refused):
            apex.raw(operation, inner)


def test_hostile_text_stays_text(soap: Soap) -> None:
    with pytest.raises(Refused):
        soap.raw("create", "<sObjects><type>Shelf__c</type><Name>&x;</Name></sObjects>")
    soap.call("create", _create("Shelf__c", Name="&lt;/sf:Name&gt;&amp;\x09 ]]&gt;"))
    assert soap.query("SELECT Name FROM Shelf__c")["records"][0]["Name"] == "</sf:Name>&\t ]]>"
    assert ElementTree.iselement(soap.raw("getUserInfo"))
