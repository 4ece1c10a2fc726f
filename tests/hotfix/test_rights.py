"""Rights that our user lacks are found when an org is asked, and named with what will not work."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotfix_tui.hotfix.orgs import OrgStatus, survey
from hotfix_tui.hotfix.rights import RIGHTS, Right, missing_rights
from hotfix_tui.salesforce.login import OrgLogin
from hotfix_tui.salesforce.org import Org
from tests.clients.library import write_library
from tests.clients.running import Orgs, running


@pytest.fixture
def orgs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Orgs]:
    monkeypatch.setenv("HOTFIX_HOME", str(tmp_path / "orgs"))
    with running(tmp_path / "orgs", write_library(tmp_path / "library"), prod="production") as made:
        yield made


def login(orgs: Orgs, username: str) -> OrgLogin:
    prod = orgs["prod"]
    return OrgLogin("prod", prod["org_id"], prod["instance_url"], username, prod["users"][username])


async def _missing(one: OrgLogin) -> list[Right]:
    async with await Org.connect(one) as org:
        return await missing_rights(org)


async def _survey() -> list[OrgStatus]:
    return [status async for status in survey()]


def test_a_user_s_missing_rights_are_named_and_an_administrator_misses_none(orgs: Orgs) -> None:
    [status] = asyncio.run(_survey())
    assert (status.missing, status.username, status.api_version) == ((), orgs["prod"]["username"], "67.0")
    assert (status.source, status.files_max_mb > 0) == ("local", True)
    other = next(iter(orgs["prod"]["users"]))
    prod = orgs.wire("prod")
    profile = prod.query("SELECT Id FROM Profile WHERE Name = 'Standard User'")[0]["Id"]
    user = prod.query(f"SELECT Id FROM User WHERE Username = '{other}'")[0]["Id"]
    prod.rest("PATCH", f"/sobjects/User/{user}", {"ProfileId": profile})
    lacking = {right.name for right in asyncio.run(_missing(login(orgs, other)))}
    assert lacking == {right.name for right in RIGHTS} - {"ViewSetup"} | {"ManageSandboxes"}
    granted = prod.rest(
        "POST", "/sobjects/PermissionSet", {"Name": "Fixer", "Label": "Fixer", "PermissionsAuthorApex": True}
    )
    given = {"PermissionSetId": granted["id"], "AssigneeId": user}
    prod.rest("POST", "/sobjects/PermissionSetAssignment", given)
    assert lacking - {right.name for right in asyncio.run(_missing(login(orgs, other)))} == {"AuthorApex"}


def test_a_right_that_this_edition_does_not_have_stops_nothing(orgs: Orgs, monkeypatch: pytest.MonkeyPatch) -> None:
    from hotfix_tui.hotfix import rights

    monkeypatch.setattr(rights, "RIGHTS", (Right("FlyToTheMoon", "Fly", "no flight"), *RIGHTS))
    admin = orgs["prod"]["username"]
    prod = orgs["prod"]
    one = OrgLogin("prod", prod["org_id"], prod["instance_url"], admin, prod["access_token"])
    assert asyncio.run(_missing(one)) == []
