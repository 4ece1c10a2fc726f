"""A running deploy's results as events: each message and each test once, progress only when something moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hotfix_tui.events import Event
from hotfix_tui.events.deploy import ComponentDeployed, DeployFinished, DeployProgressed, DeployRequested, TestRan
from hotfix_tui.salesforce.dates import instant

if TYPE_CHECKING:
    from hotfix_tui.salesforce.deploys import DeployMessage, DeployResult

# A validation whose tests passed can be deployed without running them again for ten days.
_QUICK_DEPLOY = timedelta(days=10)


@dataclass
class DeployTeller:
    """Tells one deploy; `requested` is its intent."""

    requested: DeployRequested
    _told: set[tuple[str, ...]] = field(default_factory=set)
    _last: DeployProgressed | None = None

    def events(self, result: DeployResult) -> Iterator[Event]:
        """What is new in `result` since the last one; DeployFinished comes last, when it is done."""
        progressed = DeployProgressed(
            org=self.requested.org,
            deploy_id=result.id,
            status=result.status,
            components_done=result.components_done,
            components_total=result.components_total,
            component_errors=result.component_errors,
            tests_done=result.tests_done,
            tests_total=result.tests_total,
            test_errors=result.test_errors,
            detail=result.state_detail,
        )
        if progressed != self._last:
            self._last = progressed
            yield progressed
        yield from self._messages(result)
        yield from self._tests(result)
        if result.done:
            yield self._finished(result)

    def _messages(self, result: DeployResult) -> Iterator[Event]:
        for message in result.messages:
            key = ("component", message.type, message.full_name, message.outcome, message.problem)
            if message.type and key not in self._told:
                self._told.add(key)
                yield ComponentDeployed(
                    org=self.requested.org,
                    deploy_id=result.id,
                    type=message.type,
                    full_name=message.full_name,
                    outcome=message.outcome,
                    problem=message.problem,
                    line=message.line,
                )

    def _tests(self, result: DeployResult) -> Iterator[Event]:
        for test in result.tests:
            key = ("test", test.class_name, test.method)
            if key not in self._told:
                self._told.add(key)
                yield TestRan(
                    org=self.requested.org,
                    deploy_id=result.id,
                    class_name=test.class_name,
                    method=test.method,
                    passed=test.passed,
                    message=test.message,
                    milliseconds=test.milliseconds,
                )

    def _finished(self, result: DeployResult) -> DeployFinished:
        return DeployFinished(
            key=self.requested.key,
            org=self.requested.org,
            deploy_id=result.id,
            purpose=self.requested.purpose,
            check_only=self.requested.check_only,
            status=result.status,
            problems=tuple(_problems(result)),
            quick_deploy_until=_quick_deploy_until(result),
        )


def _problems(result: DeployResult) -> Iterator[dict[str, Any]]:
    for message in result.failures:
        yield _problem(message)
    for test in result.failed_tests:
        yield {"type": "ApexClass", "full_name": test.class_name, "problem": f"{test.method}: {test.message}"}
    if result.done and not result.success:
        for warning in result.coverage_warnings:
            yield {"type": "", "full_name": "", "problem": warning}
        if result.error_message:
            yield {"type": "", "full_name": "", "problem": result.error_message}


def _problem(message: DeployMessage) -> dict[str, Any]:
    return {
        "type": message.type,
        "full_name": message.full_name,
        "problem": message.problem,
        "line": message.line,
    }


def _quick_deploy_until(result: DeployResult) -> str:
    if not (result.check_only and result.status == "Succeeded" and result.tests):
        return ""
    ended = instant(result.completed_at)
    if ended is None:
        return ""
    return (ended + _QUICK_DEPLOY).isoformat(timespec="seconds").replace("+00:00", "Z")
