"""Who an org is, from its own words, before anything else is asked of it."""

from __future__ import annotations

import pytest

from hotfix_tui.salesforce.errors import MalformedReply, OrgUnreachable, SessionExpired, WrongOrg
from hotfix_tui.salesforce.kinds import OrgKind
from hotfix_tui.salesforce.org import Org
from tests.salesforce.scripted import FAST, ORG_ID, TOKEN, USER_ID, Server, refused, reply


async def test_the_org_says_who_it_is(org: Org, server: Server) -> None:
    assert (org.alias, org.org_id, org.user_id, org.username) == ("box", ORG_ID, USER_ID, "a@b.example")
    assert (org.name, org.created, org.api_version) == ("Scripted", "2026-01-12T21:30:00.000+0000", "67.0")
    assert org.kind is OrgKind.SANDBOX_DEVELOPER
    assert org.instance_url == f"http://127.0.0.1:{server.port}"


@pytest.mark.parametrize(
    ("organization", "kind", "rules"),
    [
        ({"IsSandbox": False}, OrgKind.PRODUCTION, True),
        ({"IsSandbox": False, "OrganizationType": "Developer Edition"}, OrgKind.DEVELOPER_EDITION, False),
        ({"IsSandbox": False, "OrganizationType": "Edition of Tomorrow"}, OrgKind.UNKNOWN, True),
        ({"IsSandbox": False, "TrialExpirationDate": "2026-02-01T00:00:00.000+0000"}, OrgKind.TRIAL, True),
        ({"IsSandbox": True, "TrialExpirationDate": "2026-02-01T00:00:00.000+0000"}, OrgKind.SCRATCH, False),
        ({"IsSandbox": None}, OrgKind.UNKNOWN, True),
        ({"IsSandbox": "false"}, OrgKind.UNKNOWN, True),
    ],
)
async def test_the_kind_is_read_from_the_organization_and_what_cannot_be_told_is_guarded(
    server: Server, organization: dict[str, object], kind: OrgKind, rules: bool
) -> None:
    server.organization |= organization
    async with await Org.connect(server.login(), timing=FAST) as org:
        assert org.kind is kind
        assert org.kind.production_rules is rules


@pytest.mark.parametrize(
    ("megabytes", "kind"),
    [
        (200, OrgKind.SANDBOX_DEVELOPER),
        (400, OrgKind.SANDBOX_DEVELOPER),
        (1024, OrgKind.SANDBOX_DEVELOPER_PRO),
        (5120, OrgKind.SANDBOX_PARTIAL),
        (40000, OrgKind.SANDBOX_FULL),
    ],
)
async def test_a_sandbox_is_named_by_its_storage(server: Server, megabytes: int, kind: OrgKind) -> None:
    server.limits = {"DataStorageMB": {"Max": megabytes, "Remaining": 1}}
    async with await Org.connect(server.login(), timing=FAST) as org:
        assert org.kind is kind


async def test_a_sandbox_whose_limits_are_hidden_is_still_a_sandbox(server: Server) -> None:
    server.on("/limits/", refused(403, "INSUFFICIENT_ACCESS", "no"))
    async with await Org.connect(server.login(), timing=FAST) as org:
        assert org.kind is OrgKind.SANDBOX_UNKNOWN
        assert not org.kind.production_rules


async def test_another_org_behind_the_address_stops_before_anything_is_read(server: Server) -> None:
    server.user["organization_id"] = "00D5e000000zzzzEAA"
    with pytest.raises(WrongOrg) as caught:
        await Org.connect(server.login(), timing=FAST)
    assert "refreshed" in str(caught.value)
    assert [seen.path for seen in server.requests] == ["/services/oauth2/userinfo"]


async def test_an_org_id_of_15_characters_is_the_same_org_and_comes_out_with_18(server: Server) -> None:
    server.user |= {"organization_id": ORG_ID[:15], "user_id": USER_ID[:15]}
    async with await Org.connect(server.login(org_id=ORG_ID[:15]), timing=FAST) as org:
        assert (org.org_id, org.user_id) == (ORG_ID, USER_ID)


@pytest.mark.parametrize(
    ("versions", "used"), [(["30.0", "66.0"], "66.0"), (["67.0", "68.0", "70.0"], "67.0"), (["9.0", "10.0"], "10.0")]
)
async def test_the_newest_version_both_know_is_used(server: Server, versions: list[str], used: str) -> None:
    server.versions = [{"version": version} for version in versions]
    async with await Org.connect(server.login(), timing=FAST) as org:
        assert org.api_version == used
        assert any(seen.path.startswith(f"/services/data/v{used}/query") for seen in server.requests)


@pytest.mark.parametrize("answer", [[], [{"version": "68.0"}], {"no": "list"}, [{"version": "new"}]])
async def test_versions_that_make_no_sense_are_said_so(server: Server, answer: object) -> None:
    server.on("/services/data", reply(200, answer))
    with pytest.raises(MalformedReply):
        await Org.connect(server.login(), timing=FAST)


@pytest.mark.parametrize(
    "answer",
    [
        refused(401, "INVALID_SESSION_ID", "Session expired or invalid"),
        reply(403, "Bad_OAuth_Token"),
        refused(403, "INVALID_SESSION_ID", "x"),
    ],
)
async def test_an_expired_token_is_named_as_that_after_one_request(server: Server, answer: bytes) -> None:
    server.on("userinfo", answer)
    with pytest.raises(SessionExpired) as caught:
        await Org.connect(server.login(), timing=FAST)
    assert len(server.requests) == 1
    assert "Log in to box again" in caught.value.next
    assert TOKEN not in str(caught.value)


async def test_a_dead_org_is_said_to_be_dead(server: Server) -> None:
    login = server.login()
    server.close()
    with pytest.raises(OrgUnreachable) as caught:
        await Org.connect(login, timing=FAST)
    assert str(caught.value) == "box does not answer: the connection is refused."
    assert caught.value.written == "no"


async def test_a_repr_shows_no_token(org: Org, server: Server) -> None:
    assert repr(org) == f"<Org box sandbox developer {ORG_ID}>"
    assert TOKEN not in repr(server.login())
