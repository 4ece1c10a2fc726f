"""One deployment: what was asked, how far it is, and its DeployResult."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from hotfix_tui.localorg.metadata.catalogue import soap_time
from hotfix_tui.localorg.metadata.options import DeployOptions, Message

# The guide writes FinalizingDeploy and FinalizingDeployFailed; the WSDLs that Salesforce publishes for tools have
# Finalizing and FinalizingFailed, and the Salesforce CLI breaks off on any other word.
FINALIZING = "Finalizing"
DONE = frozenset({"Succeeded", "SucceededPartial", "Failed", "Canceled", "FinalizingFailed"})


@dataclass
class DeployJob:
    """A deployment as the queue keeps it. Counts and times are those of DeployResult; times in REST form.

    `at_component`, `at_test`: which one it has come to, from 1. `disturbance`: the problem that a fault gives it there.
    """

    id: str
    options: DeployOptions
    created_by: str
    created_at: str
    created_by_name: str = ""
    status: str = "Pending"
    started_at: str = ""
    completed_at: str = ""
    modified_at: str = ""
    canceled_by: str = ""
    canceled_by_name: str = ""
    error_message: str = ""
    error_code: str = ""
    state_detail: str = ""
    components_total: int = 0
    components_deployed: int = 0
    component_errors: int = 0
    tests_total: int = 0
    tests_completed: int = 0
    test_errors: int = 0
    successes: list[Message] = field(default_factory=list)
    failures: list[Message] = field(default_factory=list)
    test_result: dict[str, Any] | None = None
    test_level: str = ""
    validated_id: str = ""
    at_component: int = 0
    at_test: int = 0
    disturbance: str = ""

    @property
    def done(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in DONE

    @property
    def success(self) -> bool:
        """Whether everything was deployed (or would be)."""
        return self.status == "Succeeded"

    @property
    def tests_enabled(self) -> bool:
        """Whether tests run, or ran, in it."""
        return self.test_level not in ("", "NoTestRun")

    def dump(self) -> str:
        """As JSON, without the zip."""
        plain = {**vars(self), "options": self.options.stored()}
        plain["successes"] = [vars(item) for item in self.successes]
        plain["failures"] = [vars(item) for item in self.failures]
        return json.dumps(plain)

    def soap(self, *, details: bool) -> dict[str, Any]:
        """The DeployResult, elements in the order of the WSDL."""
        return {
            "canceledBy": self.canceled_by or None,
            "canceledByName": self.canceled_by_name or None,
            "checkOnly": self.options.check_only,
            "completedDate": soap_time(self.completed_at) if self.completed_at else None,
            "createdBy": self.created_by[:15],
            "createdByName": self.created_by_name,
            "createdDate": soap_time(self.created_at),
            "details": self._details() if details else {},
            "done": self.done,
            "errorMessage": self.error_message or None,
            "errorStatusCode": self.error_code or None,
            "id": self.id,
            "ignoreWarnings": self.options.ignore_warnings,
            "lastModifiedDate": soap_time(self.modified_at or self.created_at),
            "numberComponentErrors": self.component_errors,
            "numberComponentsDeployed": self.components_deployed,
            "numberComponentsTotal": self.components_total,
            "numberTestErrors": self.test_errors,
            "numberTestsCompleted": self.tests_completed,
            "numberTestsTotal": self.tests_total,
            "rollbackOnError": self.options.rollback_on_error,
            "runTestsEnabled": self.tests_enabled,
            "startDate": soap_time(self.started_at) if self.started_at else None,
            "stateDetail": self.state_detail or None,
            "status": self.status,
            "success": self.success,
        }

    def _details(self) -> dict[str, Any]:
        return {
            "componentFailures": [_message(item) for item in self.failures],
            "componentSuccesses": [_message(item) for item in self.successes],
            "runTestResult": self.test_result or _NO_TESTS,
        }


_NO_TESTS: dict[str, Any] = {"numFailures": 0, "numTestsRun": 0, "totalTime": 0.0}


def load(text: str) -> DeployJob:
    """The job that `dump` wrote."""
    plain = json.loads(text)
    plain["options"] = DeployOptions(**plain["options"])
    plain["successes"] = [Message(**item) for item in plain["successes"]]
    plain["failures"] = [Message(**item) for item in plain["failures"]]
    return DeployJob(**plain)


def _message(item: Message) -> dict[str, Any]:
    """A DeployMessage, elements in the order of the WSDL."""
    return {
        "changed": item.changed,
        "columnNumber": item.column or None,
        "componentType": item.component_type,
        "created": item.created,
        "createdDate": soap_time(item.at),
        "deleted": item.deleted,
        "fileName": item.file_name,
        "fullName": item.full_name,
        "id": item.id or None,
        "lineNumber": item.line or None,
        "problem": item.problem or None,
        "problemType": item.problem_type or None,
        "success": item.success,
    }
