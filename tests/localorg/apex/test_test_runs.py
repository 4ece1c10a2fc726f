"""Runs of Apex tests through the Tooling API: what is asked, how they go on, what clients read of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hotfix_tui.localorg.apex.planted import plant
from tests.localorg.metadata.conftest import Served

RUN = "/tooling/runTestsAsynchronous"


@pytest.fixture(autouse=True)
def nothing_planted(coded: Served) -> Iterator[None]:
    yield
    coded.org.store.execute("DELETE FROM apex_coverage")
    coded.org.deploys.pace = 0


def _run(org: Served, body: dict[str, Any]) -> str:
    status, answer = org.rest.call("POST", RUN, body)
    assert status == 200, answer
    assert isinstance(answer, str)
    assert len(answer) == 15
    assert answer.startswith("707")
    return answer


def _summary(org: Served, job: str) -> dict[str, Any]:
    """The query of sf apex run test, word for word."""
    rows = org.rest.tooling(
        "SELECT AsyncApexJobId, Status, ClassesCompleted, ClassesEnqueued, MethodsEnqueued, StartTime, EndTime, "
        f"TestTime, TestSetupTime, UserId FROM ApexTestRunResult WHERE AsyncApexJobId = '{job}'"
    )
    assert len(rows) == 1
    return rows[0]


def _items(org: Served, job: str) -> list[dict[str, Any]]:
    return org.rest.tooling(
        "SELECT Id, Status, ExtendedStatus, ApexClassId, ApexClass.Name, TestRunResultId, ParentJobId "
        f"FROM ApexTestQueueItem WHERE ParentJobId = '{job}'"
    )


def _results(org: Served, job: str) -> list[dict[str, Any]]:
    ids = "','".join(item["Id"] for item in _items(org, job))
    return org.rest.tooling(
        "SELECT Id, QueueItemId, StackTrace, Message, RunTime, TestTimestamp, AsyncApexJobId, MethodName, Outcome, "
        "ApexLogId, IsTestSetup, ApexClass.Id, ApexClass.Name, ApexClass.NamespacePrefix FROM ApexTestResult "
        f"WHERE QueueItemId IN ('{ids}')"
    )


def test_a_run_answers_its_id_and_clients_read_outcomes_and_coverage(coded: Served) -> None:
    plant(coded.org, "PricingTest", failures={"subtracts": "System.AssertException: Assertion Failed"})
    plant(coded.org, "Billing", 50)
    plant(coded.org, "Pricing", 50)
    body = {"tests": [{"className": "PricingTest"}, {"className": "TicketTest"}], "testLevel": "RunSpecifiedTests"}
    job = _run(coded, {**body, "skipCodeCoverage": False})
    summary = _summary(coded, job)
    assert summary["AsyncApexJobId"][:15] == job
    assert (summary["Status"], summary["ClassesCompleted"], summary["MethodsEnqueued"]) == ("Failed", 2, 3)
    assert summary["UserId"] == coded.user_id
    assert [(item["Status"], item["ExtendedStatus"]) for item in _items(coded, job)] == [
        ("Completed", "(1/2)"),
        ("Completed", "(1/1)"),
    ]
    results = {row["MethodName"]: row for row in _results(coded, job)}
    assert {name: row["Outcome"] for name, row in results.items()} == {
        "adds": "Pass",
        "subtracts": "Fail",
        "opens": "Pass",
    }
    failed = results["subtracts"]
    assert failed["Message"] == "System.AssertException: Assertion Failed"
    assert failed["StackTrace"] == "Class.PricingTest.subtracts: line 1, column 1"
    assert failed["ApexClass"]["Name"] == "PricingTest"
    found = coded.rest.tooling(
        "SELECT ApexTestClassId, ApexClassOrTrigger.Id, ApexClassOrTrigger.Name, TestMethodName, NumLinesCovered, "
        f"NumLinesUncovered, Coverage FROM ApexCodeCoverage WHERE ApexTestClassId IN ('{failed['ApexClass']['Id']}')"
    )
    assert [(row["ApexClassOrTrigger"]["Name"], row["TestMethodName"]) for row in found] == [
        ("Pricing", "adds"),
        ("Pricing", "subtracts"),
    ]
    assert found[0]["Coverage"] == {"coveredLines": [3], "uncoveredLines": [4]}
    aggregate = coded.rest.tooling(
        "SELECT ApexClassOrTrigger.Name, NumLinesCovered, NumLinesUncovered, Coverage FROM ApexCodeCoverageAggregate"
    )
    lines = {r["ApexClassOrTrigger"]["Name"]: (r["NumLinesCovered"], r["NumLinesUncovered"]) for r in aggregate}
    assert lines == {"Pricing": (1, 1), "Billing": (2, 2), "OnTicket": (2, 0)}
    assert coded.rest.tooling("SELECT PercentCovered FROM ApexOrgWideCoverage")[0]["PercentCovered"] == 62


def test_a_deployment_and_a_run_of_tests_agree_on_a_planted_failure(coded: Served) -> None:
    plant(coded.org, "PricingTest", failures={"adds": "no"})
    job = _run(coded, {"classNames": "PricingTest"})
    failed = [row["MethodName"] for row in _results(coded, job) if row["Outcome"] == "Fail"]
    from tests.localorg.apex.conftest import CODE

    deployed = coded.soap.deploy(CODE, checkOnly=True, testLevel="RunSpecifiedTests", runTests=["PricingTest"])
    told = deployed["details"][0]["runTestResult"][0]["failures"]
    assert [item["methodName"][0] for item in told] == failed == ["adds"]


def _classes(org: Served, job: str) -> list[str]:
    return sorted(item["ApexClass"]["Name"] for item in _items(org, job))


def test_all_documented_forms_of_a_request_choose_their_classes(coded: Served) -> None:
    ids = {row["Name"]: row["Id"] for row in coded.rest.tooling("SELECT Id, Name FROM ApexClass")}
    suite = coded.rest.tooling("SELECT Id, TestSuiteName FROM ApexTestSuite")[0]
    both = ["PricingTest", "TicketTest"]
    for body, expected in (
        ({"testLevel": "RunLocalTests"}, both),
        ({"testLevel": "RunAllTestsInOrg", "category": ["Apex"]}, both),
        ({"classids": f"{ids['PricingTest']},{ids['TicketTest'][:15]}"}, both),
        ({"classNames": "PricingTest"}, ["PricingTest"]),
        ({"suiteids": suite["Id"]}, ["PricingTest"]),
        ({"suiteNames": "Prices", "testLevel": "RunSpecifiedTests"}, ["PricingTest"]),
        ({"tests": [{"classId": ids["TicketTest"]}], "maxFailedTests": -1}, ["TicketTest"]),
    ):
        assert _classes(coded, _run(coded, body)) == expected
    status, job = coded.rest.call("GET", f"{RUN}?classids={ids['TicketTest']}")
    assert (status, _classes(coded, job)) == (200, ["TicketTest"])
    job = _run(coded, {"tests": [{"className": "PricingTest", "testMethods": ["subtracts"]}]})
    assert [row["MethodName"] for row in _results(coded, job)] == ["subtracts"]


@pytest.mark.parametrize(
    ("body", "status", "code", "words"),
    [
        ({"classNames": "Absent"}, 403, "INVALID_INPUT", "This class name's value is invalid: Absent. Provide the"),
        ({"classNames": "Pricing"}, 403, "INVALID_INPUT", "name of an Apex class that has test methods."),
        ({"tests": [{"className": "PricingTest", "testMethods": ["x"]}]}, 403, "INVALID_INPUT", "invalid: x."),
        ({"tests": [{"className": "TicketTest"}] * 2}, 403, "INVALID_INPUT", "Include the class name TicketTest only"),
        ({"testLevel": "RunEverything"}, 403, "INVALID_INPUT", "RunEverything"),
        ({"testLevel": "RunLocalTests", "classNames": "TicketTest"}, 403, "INVALID_INPUT", "RunLocalTests"),
        ({"suiteNames": "None"}, 403, "INVALID_INPUT", "None"),
        ({}, 403, "INVALID_INPUT", "No tests were found"),
        ({"wrong": 1}, 400, "JSON_PARSER_ERROR", "wrong"),
    ],
)
def test_a_request_that_names_no_tests_is_refused_whole(
    coded: Served, body: dict[str, Any], status: int, code: str, words: str
) -> None:
    before = len(coded.rest.tooling("SELECT Id FROM ApexTestRunResult"))
    answered, error = coded.rest.call("POST", RUN, body)
    assert (answered, error[0]["errorCode"]) == (status, code)
    assert words in error[0]["message"]
    assert len(coded.rest.tooling("SELECT Id FROM ApexTestRunResult")) == before


def test_a_run_goes_on_with_the_clock_class_by_class(coded: Served) -> None:
    coded.org.deploys.pace = 100
    job = _run(coded, {"classNames": "PricingTest,TicketTest"})

    def states() -> tuple[str, list[str], int]:
        items = [item["Status"] for item in _items(coded, job)]
        return _summary(coded, job)["Status"], items, len(_results(coded, job))

    assert states() == ("Processing", ["Processing", "Queued"], 0)
    coded.org.clock.advance(101)
    assert states() == ("Processing", ["Processing", "Queued"], 1)
    coded.org.clock.advance(100)
    assert states() == ("Processing", ["Completed", "Processing"], 2)
    coded.org.clock.advance(100)
    assert states() == ("Completed", ["Completed", "Completed"], 3)
    jobs = coded.rest.query(
        f"SELECT Status, JobType, TotalJobItems, NumberOfErrors FROM AsyncApexJob WHERE Id = '{job}'"
    )
    assert [(row["Status"], row["JobType"], row["TotalJobItems"]) for row in jobs] == [("Completed", "TestRequest", 2)]


def test_an_aborted_class_does_not_run_on_and_the_run_is_aborted(coded: Served) -> None:
    coded.org.deploys.pace = 100
    job = _run(coded, {"classNames": "PricingTest,TicketTest"})
    coded.org.clock.advance(101)
    records = [
        {"attributes": {"type": "ApexTestQueueItem"}, "Id": item["Id"], "Status": "Aborted"}
        for item in _items(coded, job)
    ]
    status, answer = coded.rest.call("PATCH", "/tooling/composite/sobjects", {"records": records})
    assert (status, [entry["success"] for entry in answer]) == (200, [True, True])
    assert [item["Status"] for item in _items(coded, job)] == ["Aborted", "Aborted"]
    assert _summary(coded, job)["Status"] == "Aborted"
    coded.org.clock.advance(1000)
    assert [row["MethodName"] for row in _results(coded, job)] == ["adds"]


def test_a_limit_of_failures_stops_a_run(coded: Served) -> None:
    plant(coded.org, "PricingTest", failures={"adds": "no", "subtracts": "no"})
    job = _run(coded, {"tests": [{"className": "PricingTest"}, {"className": "TicketTest"}], "maxFailedTests": 0})
    assert [row["Outcome"] for row in _results(coded, job)] == ["Fail", "Skip", "Skip"]


def test_a_run_that_skips_coverage_leaves_it_as_it_was(coded: Served) -> None:
    _run(coded, {"classNames": "PricingTest"})
    before = coded.rest.tooling("SELECT Id, NumLinesCovered FROM ApexCodeCoverageAggregate")
    plant(coded.org, "Pricing", 0)
    _run(coded, {"classNames": "PricingTest", "skipCodeCoverage": True})
    assert coded.rest.tooling("SELECT Id, NumLinesCovered FROM ApexCodeCoverageAggregate") == before


def test_limits_hang_on_results_as_cumulusci_reads_them(coded: Served) -> None:
    job = _run(coded, {"classNames": "TicketTest"})
    rows = coded.rest.tooling(
        "SELECT Id,ApexClassId,TestTimestamp, Message,MethodName,Outcome, RunTime,StackTrace, (SELECT Id,Callouts,"
        "AsyncCalls,DmlRows,Email, LimitContext,LimitExceptions,MobilePush, QueryRows,Sosl,Cpu,Dml,Soql FROM "
        f"ApexTestResults) FROM ApexTestResult WHERE AsyncApexJobId='{job}'"
    )
    limits = rows[0]["ApexTestResults"]["records"][0]
    assert (limits["LimitContext"], limits["Soql"]) == ("ASYNC", 0)


def test_a_synchronous_run_answers_its_result_at_once(coded: Served) -> None:
    plant(coded.org, "PricingTest", failures={"adds": "System.AssertException: no"})
    body = {"tests": [{"className": "PricingTest"}], "testLevel": "RunSpecifiedTests", "skipCodeCoverage": False}
    status, answer = coded.rest.call("POST", "/tooling/runTestsSynchronous", body)
    assert status == 200
    assert (answer["numTestsRun"], answer["numFailures"]) == (2, 1)
    assert [item["methodName"] for item in answer["successes"]] == ["subtracts"]
    assert answer["failures"][0]["message"] == "System.AssertException: no"
    two = {"tests": [{"className": "PricingTest"}, {"className": "TicketTest"}]}
    status, error = coded.rest.call("POST", "/tooling/runTestsSynchronous", two)
    assert (status, error[0]["message"]) == (403, "Provide only one tests array.")
    status, answer = coded.rest.call("GET", "/tooling/runTestsSynchronous?classnames=TicketTest")
    assert (status, answer["numTestsRun"]) == (200, 1)


def test_suites_are_made_and_filled_as_the_cli_does_it(coded: Served) -> None:
    status, made = coded.rest.call("POST", "/tooling/sobjects/ApexTestSuite", {"TestSuiteName": "Nightly"})
    assert (status, made["success"]) == (201, True)
    member = coded.rest.tooling("SELECT Id FROM ApexClass WHERE Name = 'TicketTest'")[0]["Id"]
    link = {"ApexTestSuiteId": made["id"], "ApexClassId": member}
    assert coded.rest.call("POST", "/tooling/sobjects/TestSuiteMembership", link)[0] == 201
    assert _classes(coded, _run(coded, {"suiteNames": "Nightly"})) == ["TicketTest"]
    body = coded.soap.retrieve({"ApexTestSuite": ["Nightly"]})[0]["testSuites/Nightly.testSuite"].decode()
    assert "<testClassName>TicketTest</testClassName>" in body
    assert coded.rest.call("DELETE", f"/tooling/sobjects/ApexTestSuite/{made['id']}")[0] == 204
    assert coded.rest.call("POST", RUN, {"suiteNames": "Nightly"})[0] == 403


def test_anonymous_apex_is_answered_and_does_nothing(coded: Served) -> None:
    status, answer = coded.rest.call("GET", "/tooling/executeAnonymous/?anonymousBody=insert+new+Account(Name%3D'x');")
    assert status == 200
    assert answer == {
        "line": -1,
        "column": -1,
        "compiled": True,
        "success": True,
        "compileProblem": None,
        "exceptionStackTrace": None,
        "exceptionMessage": None,
    }
    assert coded.rest.query("SELECT Id FROM Account") == []
    assert coded.rest.call("GET", "/tooling/executeAnonymous")[0] == 400
