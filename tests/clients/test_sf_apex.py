"""`sf apex`: tests run as jobs whose results the CLI collects, and anonymous code, which is answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.programs import Sf
from tests.clients.running import Orgs

pytestmark = pytest.mark.slow


def test_a_test_class_is_run_and_its_results_and_coverage_collected(orgs: Orgs, sf: Sf) -> None:
    wire = orgs.wire("dev")
    answer = sf.json("apex", "run", "test", "-o", "dev", "-n", "ShelvesTest", "-w", "2", "--code-coverage")
    summary = answer["summary"]
    assert (summary["outcome"], summary["testsRan"], summary["passing"], summary["failing"]) == ("Passed", 1, 1, 0)
    (test,) = answer["tests"]
    assert (test["FullName"], test["Outcome"]) == ("ShelvesTest.none", "Pass")
    covered = {each["name"]: each for each in answer["coverage"]["coverage"]}
    assert covered["Shelves"]["coveredPercent"] == 100
    run = summary["testRunId"]
    rows = wire.query(f"SELECT MethodName, Outcome, ApexClass.Name FROM ApexTestResult WHERE AsyncApexJobId = '{run}'")
    assert [(row["MethodName"], row["Outcome"], row["ApexClass"]["Name"]) for row in rows] == [
        ("none", "Pass", "ShelvesTest")
    ]
    again = sf.json("apex", "get", "test", "-o", "dev", "-i", run)
    assert again["summary"]["outcome"] == "Passed"


def test_a_run_started_without_waiting_is_found_by_its_id(orgs: Orgs, sf: Sf) -> None:
    started = sf.json("apex", "run", "test", "-o", "dev", "--test-level", "RunLocalTests")
    found = sf.json("apex", "get", "test", "-o", "dev", "-i", started["testRunId"])
    assert {each["FullName"] for each in found["tests"]} == {"ShelvesTest.none"}
    assert found["summary"]["outcome"] == "Passed"


def test_anonymous_apex_is_answered(sf: Sf, tmp_path: Path) -> None:
    file = tmp_path / "hello.apex"
    file.write_text("System.debug('hello');\n")
    answer = sf.json("apex", "run", "-o", "dev", "-f", str(file))
    assert (answer["success"], answer["compiled"], answer["compileProblem"]) == (True, True, "")
