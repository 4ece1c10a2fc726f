"""jsforce with records beyond single calls: the SOAP API, composite calls, searches."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.clients import install
from tests.clients.programs import ClosedWorld, Sf, needs, run
from tests.clients.running import Orgs

pytestmark = pytest.mark.slow
_PROGRAM = Path(__file__).with_name("jsforce_records.cjs")


def test_soap_composite_and_search_answer_as_jsforce_reads_them(orgs: Orgs, world: ClosedWorld, tmp_path: Path) -> None:
    needs(install.SF_FOLDER)
    prod = orgs["prod"]
    environment = world.node(
        ORG_URL=prod["instance_url"],
        ORG_TOKEN=prod["access_token"],
        NODE_PATH=str(install.SF_FOLDER / "node_modules"),
    )
    ran = run(["node", str(_PROGRAM)], tmp_path, environment)
    assert ran.code == 0, ran.words
    told = json.loads(ran.out)
    assert told == {
        "user": [prod["username"], prod["org_id"], False, None],
        "clock": True,
        "tree": [False, ["s", "b"]],
        "composite": [200, 204, 201],
        "graphs": [[True, [201]], [False, [400, 400]]],
        "batch": [True, [200, 404]],
        "found": ["named"],
        "inBin": 1,
        "emptied": [True],
        "described": True,
        "refused": "soapenv:Client",
    }
    assert orgs.wire("prod").count("Shelf__c") == 2


def test_anonymous_apex_is_answered_and_nothing_runs(orgs: Orgs, sf: Sf, tmp_path: Path) -> None:
    code = tmp_path / "code.apex"
    code.write_text("insert new Shelf__c(Name = 'from apex');\nSystem.debug('<&>');\n")
    before = orgs.wire("dev").count("Shelf__c")
    found = sf.json("apex", "run", "--file", str(code), "--target-org", "dev")
    assert (found["compiled"], found["success"], found["compileProblem"]) == (True, True, "")
    assert "Execute Anonymous: System.debug('<&>');" in found["logs"]
    assert orgs.wire("dev").count("Shelf__c") == before
