"""What a Metadata API deploy is asked with and what it answers, with all the details simple-salesforce leaves out.

Source: DeployOptions, DeployResult, DeployMessage, RunTestsResult of the Metadata API WSDL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hotfix_tui.salesforce.soap import Node, Pairs

# The last one has two names: that of the WSDL and that of the guide.
_DONE = frozenset({"Succeeded", "SucceededPartial", "Failed", "Canceled", "FinalizingFailed", "FinalizingDeployFailed"})


@dataclass(frozen=True)
class DeployOptions:
    """How a package is deployed. `test_level` empty: the org's default; `tests` go with RunSpecifiedTests only.

    Production takes `rollback_on_error` only as true and never purges.
    """

    check_only: bool = False
    test_level: str = ""
    tests: tuple[str, ...] = ()
    rollback_on_error: bool = True
    ignore_warnings: bool = True
    purge_on_delete: bool = False

    def pairs(self) -> Pairs:
        """As the DeployOptions element, in the WSDL's order."""
        options: list[tuple[str, str | bool]] = [
            ("allowMissingFiles", False),
            ("autoUpdatePackage", False),
            ("checkOnly", self.check_only),
            ("ignoreWarnings", self.ignore_warnings),
            ("performRetrieve", False),
            ("purgeOnDelete", self.purge_on_delete),
            ("rollbackOnError", self.rollback_on_error),
        ]
        options += [("runTests", name) for name in self.tests]
        options.append(("singlePackage", True))
        if self.test_level:
            options.append(("testLevel", self.test_level))
        return options


@dataclass(frozen=True)
class DeployMessage:
    """What became of one component. `type` is empty for package.xml itself. `line` and `column` count from 1."""

    type: str
    full_name: str
    file_name: str
    id: str
    success: bool
    created: bool
    changed: bool
    deleted: bool
    problem: str = ""
    problem_type: str = ""
    line: int | None = None
    column: int | None = None

    @property
    def outcome(self) -> str:
        """created, changed, deleted, unchanged or failed."""
        if not self.success:
            return "failed"
        if self.deleted:
            return "deleted"
        return "created" if self.created else "changed" if self.changed else "unchanged"


@dataclass(frozen=True)
class TestResult:
    """One Apex test method. `milliseconds` as the org measured."""

    __test__ = False  # not a test of ours, says pytest's own rule

    class_name: str
    method: str
    namespace: str
    passed: bool
    message: str = ""
    stack_trace: str = ""
    milliseconds: float = 0.0


@dataclass(frozen=True)
class Coverage:
    """Apex lines of one class or trigger that the deploy's tests ran."""

    type: str
    name: str
    lines: int
    lines_missed: int

    @property
    def percent(self) -> float:
        """Covered lines of 100; 100 when there is nothing to cover."""
        return 100.0 if not self.lines else 100.0 * (self.lines - self.lines_missed) / self.lines


@dataclass(frozen=True)
class DeployResult:
    """A deploy as the org has it now. Dates are ISO 8601 as the org sent them, empty when not reached.

    `status`: Pending, InProgress, Finalizing, FinalizingFailed (the guide: FinalizingDeploy, FinalizingDeployFailed),
    Succeeded, SucceededPartial, Failed, Canceling, Canceled. `tests_total` is right only once tests run.
    """

    id: str
    status: str
    done: bool
    success: bool
    check_only: bool
    components_done: int
    components_total: int
    component_errors: int
    tests_done: int
    tests_total: int
    test_errors: int
    state_detail: str = ""
    messages: tuple[DeployMessage, ...] = ()
    tests: tuple[TestResult, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    coverage_warnings: tuple[str, ...] = ()
    error_code: str = ""
    error_message: str = ""
    created_by: str = ""
    created_by_name: str = ""
    canceled_by_name: str = ""
    created_at: str = ""
    started_at: str = ""
    completed_at: str = ""

    @property
    def failures(self) -> tuple[DeployMessage, ...]:
        """Components that were refused."""
        return tuple(message for message in self.messages if not message.success)

    @property
    def failed_tests(self) -> tuple[TestResult, ...]:
        """Test methods that failed; a partial success can have some."""
        return tuple(test for test in self.tests if not test.passed)


@dataclass(frozen=True)
class RecentDeploy:
    """One row of the Tooling object DeployRequest: a deploy anybody made. It has no details."""

    id: str
    status: str
    check_only: bool
    created_by: str
    created_at: str
    started_at: str
    completed_at: str


def recent_deploy(row: Mapping[str, Any]) -> RecentDeploy:
    """A DeployRequest row."""

    def text(key: str) -> str:
        return str(row.get(key) or "")

    return RecentDeploy(
        id=text("Id"),
        status=text("Status"),
        check_only=row.get("CheckOnly") is True,
        created_by=text("CreatedById"),
        created_at=text("CreatedDate"),
        started_at=text("StartDate"),
        completed_at=text("CompletedDate"),
    )


def deploy_result(node: Node) -> DeployResult:
    """A `DeployResult` element. Raises NotSoap for numbers that are none."""
    details = node.first("details")
    tests = details.first("runTestResult") if details else None
    status = node.text("status")
    return DeployResult(
        id=node.text("id"),
        status=status,
        done=node.flag("done") or status in _DONE,
        success=node.flag("success"),
        check_only=node.flag("checkOnly"),
        components_done=node.number("numberComponentsDeployed"),
        components_total=node.number("numberComponentsTotal"),
        component_errors=node.number("numberComponentErrors"),
        tests_done=node.number("numberTestsCompleted"),
        tests_total=node.number("numberTestsTotal"),
        test_errors=node.number("numberTestErrors"),
        state_detail=node.text("stateDetail"),
        messages=_messages(details) if details else (),
        tests=_tests(tests) if tests else (),
        coverage=_coverage(tests) if tests else (),
        coverage_warnings=_warnings(tests) if tests else (),
        error_code=node.text("errorStatusCode"),
        error_message=node.text("errorMessage"),
        created_by=node.text("createdBy"),
        created_by_name=node.text("createdByName"),
        canceled_by_name=node.text("canceledByName"),
        created_at=node.text("createdDate"),
        started_at=node.text("startDate"),
        completed_at=node.text("completedDate"),
    )


def _messages(details: Node) -> tuple[DeployMessage, ...]:
    found = [_message(item) for item in details.all("componentFailures")]
    found += [_message(item) for item in details.all("componentSuccesses")]
    return tuple(found)


def _message(node: Node) -> DeployMessage:
    return DeployMessage(
        type=node.text("componentType"),
        full_name=node.text("fullName"),
        file_name=node.text("fileName"),
        id=node.text("id"),
        success=node.flag("success"),
        created=node.flag("created"),
        changed=node.flag("changed"),
        deleted=node.flag("deleted"),
        problem=node.text("problem"),
        problem_type=node.text("problemType"),
        line=node.number("lineNumber") or None,
        column=node.number("columnNumber") or None,
    )


def _tests(result: Node) -> tuple[TestResult, ...]:
    failures = [_test(item, passed=False) for item in result.all("failures")]
    return tuple(failures + [_test(item, passed=True) for item in result.all("successes")])


def _test(node: Node, *, passed: bool) -> TestResult:
    return TestResult(
        class_name=node.text("name"),
        method=node.text("methodName"),
        namespace=node.text("namespace"),
        passed=passed,
        message=node.text("message"),
        stack_trace=node.text("stackTrace"),
        milliseconds=_milliseconds(node.text("time")),
    )


def _milliseconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _coverage(result: Node) -> tuple[Coverage, ...]:
    return tuple(
        Coverage(
            item.text("type"), item.text("name"), item.number("numLocations"), item.number("numLocationsNotCovered")
        )
        for item in result.all("codeCoverage")
    )


def _warnings(result: Node) -> tuple[str, ...]:
    names = ("codeCoverageWarnings", "flowCoverageWarnings")
    return tuple(item.text("message") for name in names for item in result.all(name))
