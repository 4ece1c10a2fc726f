"""`sf org create scratch` and `sf org delete scratch` against a local Dev Hub."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.clients.programs import ClosedWorld, Sf
from tests.clients.running import Orgs

pytestmark = pytest.mark.slow


def test_a_scratch_org_is_made_deployed_to_and_deleted(orgs: Orgs, sf: Sf, world: ClosedWorld, tmp_path: Path) -> None:
    orgs.control("POST", "/pace", {"sandbox": 0.05})
    orgs.control("POST", "/orgs/prod/dev-hub", {})
    file = tmp_path / "scratch.json"
    file.write_text(json.dumps({"orgName": "Fix", "edition": "Developer"}))
    sf.log_in("hub", orgs["prod"])
    answer = sf.json(
        *("org", "create", "scratch", "--target-dev-hub", "hub", "--definition-file", str(file)),
        *("--alias", "scratch", "--duration-days", "3", "--wait", "2"),
    )
    assert answer["scratchOrgInfo"]["Status"] == "Active"
    shown = sf.json("org", "display", "-o", "scratch")
    assert shown["status"] == "Active"
    assert shown["id"][:15] == answer["scratchOrgInfo"]["ScratchOrg"]
    listed = sf.json("org", "list")
    assert [entry["alias"] for entry in listed["scratchOrgs"]] == ["scratch"]
    sf.json("org", "delete", "scratch", "-o", "scratch", "--no-prompt")
    assert orgs.wire("prod").query("SELECT Id FROM ActiveScratchOrg") == []
    assert world.beyond() == []
