"""`sf org create sandbox` and `sf org delete sandbox` against a local production org."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.clients.programs import ClosedWorld, Sf
from tests.clients.running import Orgs

pytestmark = pytest.mark.slow


def test_a_sandbox_is_made_entered_and_deleted(orgs: Orgs, sf: Sf, world: ClosedWorld, tmp_path: Path) -> None:
    orgs.control("POST", "/pace", {"sandbox": 0.01})
    group = {"Name": "All", "DeveloperName": "All_Of_Us", "Type": "Regular"}
    made = orgs.wire("prod").rest("POST", "/sobjects/Group", group)["id"]
    wanted = {"licenseType": "Developer", "activationUserGroupId": made, "description": "for a fix"}
    (tmp_path / "sandbox.json").write_text(json.dumps(wanted))
    answer = sf.json(
        *("org", "create", "sandbox", "--target-org", "prod", "--definition-file", str(tmp_path / "sandbox.json")),
        *("--name", "sffix", "--alias", "sffix", "--no-prompt", "--poll-interval", "15", "--wait", "2"),
    )
    assert (answer["SandboxName"], answer["LicenseType"]) == ("sffix", "DEVELOPER")
    assert answer["SandboxUsername"] == f"{orgs['prod']['username']}.sffix"
    shown = sf.json("org", "display", "-o", "sffix")
    assert shown["connectedStatus"] == "Connected"
    assert shown["id"][:15] == answer["SandboxOrganization"]
    found = sf.json("data", "query", "-o", "sffix", "-q", "SELECT IsSandbox FROM Organization")
    assert found["records"][0]["IsSandbox"] is True
    listed = sf.json("org", "list", "metadata", "-o", "sffix", "-m", "ApexClass")
    assert {item["fullName"] for item in listed} == {"Shelves", "ShelvesTest"}
    refused = sf.fails(
        *("org", "create", "sandbox", "--target-org", "prod", "--definition-file", str(tmp_path / "sandbox.json")),
        *("--name", "sffix", "--no-prompt", "--async"),
    )
    assert "already exists" in refused["message"]
    sf.json("org", "delete", "sandbox", "-o", "sffix", "--no-prompt")
    rows = orgs.wire("prod").query("SELECT Id FROM SandboxInfo WHERE SandboxName = 'sffix'", tooling=True)
    assert rows == []
    assert world.beyond() == []
