"""The Salesforce CLI runs Apex tests in a local org and reads what became of them."""

from __future__ import annotations

from typing import Any

import pytest

from hotfix_tui.localorg.apex.planted import plant
from hotfix_tui.localorg.org import LocalOrg
from tests.clients.programs import Sf
from tests.clients.running import Orgs

pytestmark = pytest.mark.slow


def _fail_planted(orgs: Orgs, words: str) -> None:
    orgs.control("POST", "/orgs/dev/apex/outcomes", {"name": "ShelvesTest", "failures": {"none": words}})


def test_tests_are_run_and_waited_for_with_their_coverage(sf: Sf, orgs: Orgs) -> None:
    found = sf.json("apex", "run", "test", "--wait", "5", "--code-coverage", "--target-org", "dev")
    assert found["summary"]["outcome"] == "Passed"
    assert [(test["FullName"], test["Outcome"]) for test in found["tests"]] == [("ShelvesTest.none", "Pass")]
    assert found["coverage"]["coverage"][0]["name"] == "Shelves"
    assert found["summary"]["testRunCoverage"] == "100%"
    rows: list[dict[str, Any]] = orgs.wire("dev").query("SELECT Status FROM ApexTestRunResult", tooling=True)
    assert [row["Status"] for row in rows] == ["Completed"]
