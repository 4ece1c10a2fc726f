"""Each thing that simple-salesforce 1.12.10 or requests would do wrong, kept out of our calls."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from hotfix_tui.salesforce.deploys import DeployOptions
from hotfix_tui.salesforce.errors import (
    BadLogin,
    MalformedReply,
    MetadataFault,
    RequestRefused,
    SalesforceError,
    SessionExpired,
    TooLarge,
)
from hotfix_tui.salesforce.org import Org
from hotfix_tui.salesforce.session import OrgSession
from hotfix_tui.salesforce.timing import MAX_ZIP
from tests.salesforce.scripted import FAST, ORG_ID, TOKEN, Server, fault, refused, reply, soap

NO_ROWS = reply(200, {"totalSize": 0, "done": True, "records": []})
LISTED = soap("<listMetadataResponse/>")


async def test_metadata_calls_leave_the_headers_of_later_calls_alone(server: Server) -> None:
    one_thread = type(FAST)(**{**FAST.__dict__, "threads": 1})
    server.on("listMetadata", LISTED)
    server.on("FROM Account", NO_ROWS)
    async with await Org.connect(server.login(), timing=one_thread) as org:
        await org.list_metadata(["ApexClass"])
        await org.query("SELECT Id FROM Account")
    soap_call, query = server.requests[-2:]
    assert soap_call.headers["content-type"].startswith("text/xml")
    assert query.headers["content-type"] == "application/json"
    assert "soapaction" not in query.headers
    assert query.headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("call", ["query", "describe", "insert", "list_metadata"])
async def test_a_session_that_stays_expired_costs_one_request(org: Org, server: Server, call: str) -> None:
    server.on("/services/data", refused(401, "INVALID_SESSION_ID", "Session expired or invalid"))
    server.on("/services/Soap", fault("INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader"))
    calls: dict[str, Callable[[], Awaitable[Any]]] = {
        "query": lambda: org.query("SELECT Id FROM Account"),
        "describe": lambda: org.describe("Account"),
        "insert": lambda: org.insert("Account", [{"Name": "A"}]),
        "list_metadata": lambda: org.list_metadata(["ApexClass"]),
    }
    with pytest.raises(SessionExpired):
        await calls[call]()
    assert len(server.requests) == 1


@pytest.mark.parametrize("value", ["a b#c", "a/b", "a?b=c", "..", ".", "%2e%2e", "ü'\\\"", "a&b"])
async def test_an_external_id_reaches_the_org_as_it_is(org: Org, server: Server, value: str) -> None:
    server.on("composite/sobjects", reply(200, [{"id": "0015e000001AbCdAAK", "success": True, "created": False}]))
    await org.upsert("Account", "Key__c", [{"Key__c": value}])
    [sent] = server.requests
    assert sent.target == "/services/data/v67.0/composite/sobjects/Account/Key__c"
    assert sent.json()["records"] == [{"attributes": {"type": "Account"}, "Key__c": value}]


@pytest.mark.parametrize("name", ["../User", "Account/005", "Account?x", "", "1A", "Account\r\nX: y", "Ünsinn__c"])
async def test_what_is_no_name_never_gets_into_an_address(org: Org, server: Server, name: str) -> None:
    with pytest.raises(ValueError, match="not the API name"):
        await org.describe(name)
    with pytest.raises(ValueError, match="not the API name"):
        await org.insert(name, [{"Name": "A"}])
    with pytest.raises(ValueError, match="not the API name"):
        await org.upsert("Account", name, [{name: "A"}])
    with pytest.raises(ValueError, match="not a Salesforce id"):
        await org.tooling_record("ValidationRule", f"03d{name}")
    assert server.requests == []


async def test_a_redirect_is_refused_and_the_token_stays(org: Org, server: Server) -> None:
    other = Server()
    address = f"http://localhost:{other.port}/services/data/v67.0/query/"
    server.on("FROM Account", reply(302, None, Location=address))
    server.on("listMetadata", reply(307, None, Location=address))
    with pytest.raises(RequestRefused) as caught:
        await org.query("SELECT Id FROM Account")
    assert f"localhost:{other.port}" in str(caught.value)
    with pytest.raises(RequestRefused):
        await org.list_metadata(["ApexClass"])
    assert other.requests == []
    other.close()


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/services/data/v67.0/query/01g-2000",
        "//evil.example/services/data",
        "@evil.example/services/data/",
        ".evil.example/services/data/",
        "/services/data/../../evil",
        "/services/data//evil.example",
        7,
        None,
    ],
)
async def test_the_next_page_is_fetched_from_the_same_org_only(org: Org, server: Server, address: object) -> None:
    page = {"totalSize": 2, "done": False, "nextRecordsUrl": address, "records": [{"Id": "1"}]}
    server.on("FROM Account", reply(200, page))
    with pytest.raises(MalformedReply):
        await org.query("SELECT Id FROM Account")
    assert len(server.requests) == 1


def test_the_session_reaches_nothing_but_the_org(server: Server) -> None:
    other = Server()
    session = OrgSession(f"http://127.0.0.1:{server.port}", loopback=True)
    assert session.get(f"https://127.0.0.1:{server.port}/services/data").status_code == 200
    for address in (f"http://127.0.0.1:{other.port}/", "https://127.0.0.1:1/", "https://example.com/"):
        with pytest.raises(requests.exceptions.InvalidSchema):
            session.get(address)
    assert other.requests == []
    other.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://example.my.salesforce.com",
        "http://127.0.0.1.example.com",
        "http://10.0.0.1:8000",
        "http://[2001:db8::1]/",
        "ftp://127.0.0.1",
        "https://user:secret@example.com",
        "https://",
        "example.com",
        "https://exa mple.com",
        "http://127.0.0.1:99999",
    ],
)
def test_an_address_that_could_give_the_token_away_is_refused(server: Server, url: str) -> None:
    with pytest.raises(BadLogin):
        server.login(instance_url=url)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://localhost:80/path?x", "http://localhost"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://Acme--Dev.sandbox.my.salesforce.com:443/", "https://acme--dev.sandbox.my.salesforce.com"),
    ],
)
def test_an_address_becomes_an_origin(server: Server, url: str, origin: str) -> None:
    assert server.login(instance_url=url).instance_url == origin


@pytest.mark.parametrize("token", ["", "00Dx!y\r\nX-Evil: 1", "a b", "ü"])
def test_a_token_that_is_none_is_refused_unshown(server: Server, token: str) -> None:
    with pytest.raises(BadLogin) as caught:
        server.login(access_token=token)
    assert not token or token not in str(caught.value)


async def test_a_netrc_entry_does_not_replace_the_token(
    server: Server, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = own_home / ".netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    # As for an org elsewhere, where the environment counts.
    monkeypatch.setattr("hotfix_tui.salesforce.login.OrgLogin.loopback", False)
    async with await Org.connect(server.login(), timing=FAST):
        pass
    with_token = [seen for seen in server.requests if seen.path != "/services/data"]
    assert {seen.headers["authorization"] for seen in with_token} == {f"Bearer {TOKEN}"}


async def test_an_org_on_this_machine_is_not_looked_for_behind_a_proxy(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Server()
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    monkeypatch.setenv("no_proxy", "")
    async with await Org.connect(server.login(), timing=FAST):
        pass
    assert proxy.requests == []
    proxy.close()


async def test_cookies_are_not_kept(org: Org, server: Server) -> None:
    server.on("FROM Account", reply(200, {"done": True, "records": []}, Set_Cookie="sid=secret; Path=/"))
    for _ in range(5):
        await org.query("SELECT Id FROM Account")
    assert not [seen for seen in server.requests if "cookie" in seen.headers]


async def test_an_error_holds_neither_token_nor_the_whole_reply(org: Org, server: Server) -> None:
    long = "x" * 100_000
    server.on("FROM Account", refused(400, "MALFORMED_QUERY", f"sessionId {TOKEN} {long}"))
    with pytest.raises(RequestRefused) as caught:
        await org.query("SELECT Id FROM Account")
    whole = "".join(traceback.format_exception(caught.value, chain=True))
    assert TOKEN not in whole
    assert long not in whole
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
    assert (caught.value.code, caught.value.status, caught.value.org) == ("MALFORMED_QUERY", 400, "box")


async def test_a_lost_connection_is_told_without_the_query(org: Org, server: Server) -> None:
    server.close()
    hidden = "".join(reversed("etavirp"))  # not in the source lines that a traceback shows
    with pytest.raises(SalesforceError) as caught:
        await org.query(f"SELECT Id FROM Account WHERE Name = '{hidden}'")
    assert hidden not in "".join(traceback.format_exception(caught.value, chain=True))


@pytest.mark.parametrize(
    "evil",
    [
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        "<!-- " + " " * 5000 + '--><!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">',
    ],
)
async def test_a_document_type_in_a_reply_is_refused_unread(org: Org, server: Server, evil: str) -> None:
    server.on("listMetadata", LISTED.replace(b"<soapenv:Envelope", evil.encode() + b"<soapenv:Envelope", 1))
    server.on("describeMetadata", reply(200, f"<?xml version='1.0'?>{evil}<x/>"))
    with pytest.raises(MalformedReply):
        await org.describe_metadata()


async def test_a_query_too_long_for_an_address_is_not_sent(org: Org, server: Server) -> None:
    with pytest.raises(TooLarge) as caught:
        await org.query("SELECT Id FROM Account WHERE Name IN ('" + "x" * 16_000 + "')")
    assert "IN lists" in caught.value.next
    assert server.requests == []


async def test_a_package_too_large_for_an_org_is_not_sent(org: Org, server: Server) -> None:
    with pytest.raises(TooLarge):
        await org.deploy(b"x" * (MAX_ZIP + 1), DeployOptions())
    assert server.requests == []


async def test_a_fault_keeps_the_orgs_words_and_code(org: Org, server: Server) -> None:
    server.on("listMetadata", fault("INVALID_TYPE", "Unknown type:Nothing"))
    with pytest.raises(MetadataFault) as caught:
        await org.list_metadata(["Nothing"])
    assert str(caught.value) == "box refused listMetadata: INVALID_TYPE: Unknown type:Nothing"
    assert caught.value.code == "INVALID_TYPE"
    assert ORG_ID not in str(caught.value)
