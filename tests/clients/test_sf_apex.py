"""The Salesforce CLI runs Apex tests in a local org and reads what became of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.clients.programs import Sf
from tests.clients.running import Orgs

pytestmark = pytest.mark.slow


def test_tests_are_run_and_waited_for_with_their_coverage(sf: Sf, orgs: Orgs) -> None:
    found = sf.json("apex", "run", "test", "--wait", "5", "--code-coverage", "--target-org", "dev")
    assert found["summary"]["outcome"] == "Passed"
    assert [(test["FullName"], test["Outcome"]) for test in found["tests"]] == [("ShelvesTest.none", "Pass")]
    assert [(each["name"], each["coveredPercent"]) for each in found["coverage"]["coverage"]] == [("Shelves", 100)]
    assert (found["summary"]["testRunCoverage"], found["summary"]["orgWideCoverage"]) == ("100%", "100%")
    rows: list[dict[str, Any]] = orgs.wire("dev").query("SELECT Status FROM ApexTestRunResult", tooling=True)
    assert [row["Status"] for row in rows] == ["Completed"]


def test_a_failing_test_and_its_words_reach_the_person(sf: Sf, orgs: Orgs) -> None:
    words = "System.AssertException: Assertion Failed: Expected: 0, Actual: 1"
    orgs.control("POST", "/orgs/dev/apex/outcome", {"name": "ShelvesTest", "failures": {"none": words}})
    try:
        ran = sf.run("apex", "run", "test", "--tests", "ShelvesTest.none", "--synchronous", "--json", "-o", "dev")
        assert ran.code == 100, ran.words
        answer = json.loads(ran.out)["result"]
        assert answer["summary"]["outcome"] == "Failed"
        assert [(test["Outcome"], test["Message"]) for test in answer["tests"]] == [("Fail", words)]
    finally:
        orgs.control("POST", "/orgs/dev/apex/outcome", {"name": "ShelvesTest"})


def test_results_are_asked_for_later(sf: Sf) -> None:
    started = sf.json("apex", "run", "test", "--class-names", "ShelvesTest", "--target-org", "dev")
    found = sf.json("apex", "get", "test", "--test-run-id", started["testRunId"], "--target-org", "dev")
    assert found["summary"]["testRunId"][:15] == started["testRunId"]
    assert [test["Outcome"] for test in found["tests"]] == ["Pass"]


def test_a_class_that_is_no_test_is_refused_in_the_orgs_words(sf: Sf) -> None:
    answer = sf.fails("apex", "run", "test", "--class-names", "Shelves", "--wait", "1", "--target-org", "dev")
    assert "This class name's value is invalid: Shelves." in answer["message"]
