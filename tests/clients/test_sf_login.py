"""`sf` and an org it has only an address and a token of: login, the list of orgs, what an org is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.programs import ClosedWorld, Sf, run
from tests.clients.running import Orgs

pytestmark = pytest.mark.slow


def test_login_takes_the_org_s_own_answers_for_who_and_what_it_is(orgs: Orgs, sf: Sf) -> None:
    for alias, sandbox in (("prod", False), ("dev", True)):
        answer = sf.log_in(alias, orgs[alias])
        assert answer["username"] == orgs[alias]["username"]
        assert answer["orgId"] == orgs[alias]["org_id"]
        assert answer["instanceUrl"].rstrip("/") == orgs[alias]["instance_url"]
        assert (answer["isSandbox"], answer["isScratch"], answer["isDevHub"]) == (sandbox, False, False)
        assert answer["instanceApiVersion"] == "67.0"


def test_login_over_https_with_the_printed_authority(orgs: Orgs, sf: Sf, tmp_path: Path) -> None:
    own, dev = ClosedWorld(tmp_path / "own"), orgs["dev"]
    trusting = Sf(own, sf.project, {"NODE_EXTRA_CA_CERTS": orgs.registry["ca"]})
    assert trusting.log_in("secure", dev, dev["https_url"])["orgId"] == dev["org_id"]
    found = trusting.json("data", "query", "-o", "secure", "-q", "SELECT Username FROM User WHERE IsActive = true")
    assert dev["username"] in {row["Username"] for row in found["records"]}
    assert own.beyond() == []


def test_a_wrong_token_is_no_login(orgs: Orgs, sf: Sf) -> None:
    org_id = orgs["dev"]["org_id"][:15]
    answer = sf.fails(
        *("org", "login", "access-token", "--no-prompt", "--alias", "wrong"),
        *("--instance-url", orgs["dev"]["instance_url"]),
        SF_ACCESS_TOKEN=f"{org_id}!AQ4AQWrong",
    )
    assert "Bad_OAuth_Token" in answer["message"]


def test_the_list_of_orgs_knows_kinds_and_connections(orgs: Orgs, sf: Sf) -> None:
    found = sf.json("org", "list")
    connected = {entry["alias"]: entry for entry in (*found["other"], *found["sandboxes"])}
    assert [entry["alias"] for entry in found["sandboxes"]] == ["dev"]
    for alias in ("prod", "dev"):
        assert connected[alias]["connectedStatus"] == "Connected", connected[alias]
        assert connected[alias]["orgId"] == orgs[alias]["org_id"]
    shown = sf.json("org", "display", "-o", "prod")
    assert (shown["id"], shown["apiVersion"]) == (orgs["prod"]["org_id"], "67.0")
    assert (shown["username"], shown["connectedStatus"]) == (orgs["prod"]["username"], "Connected")


def test_a_token_that_no_longer_counts_is_seen_in_the_list(orgs: Orgs, sf: Sf) -> None:
    refused = '[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]'
    orgs.control("POST", "/faults", {"org": "prod", "mode": "status", "status": 401, "body": refused, "times": 5})
    found = sf.json("org", "list")
    orgs.control("DELETE", "/faults")
    status = {entry["alias"]: entry["connectedStatus"] for entry in (*found["other"], *found["sandboxes"])}
    assert status["dev"] == "Connected"
    assert status["prod"] != "Connected"


def test_what_a_client_sends_beyond_loopback_is_refused_and_seen(world: ClosedWorld, tmp_path: Path, sf: Sf) -> None:
    other = ClosedWorld(tmp_path / "other")
    for script in ("fetch('http://192.0.2.1/')", "require('node:https').get('https://example.invalid/')"):
        assert run(["node", "-e", script], tmp_path, other.node()).code != 0
    assert other.beyond() == ["192.0.2.1:80", "example.invalid:443"]
    assert world.beyond() == []
