"""A deployment as the REST resource deployRequest shows it: the same facts as over SOAP, in JSON's own order and nulls.

Order of the keys and what is null were taken from a recorded answer of a real org; the documentation of the resource
shows fewer of them.
"""

from __future__ import annotations

from typing import Any

from hotfix_tui.localorg.metadata.archive import MANIFEST
from hotfix_tui.localorg.metadata.envelope import NIL
from hotfix_tui.localorg.metadata.job import DeployJob
from hotfix_tui.localorg.metadata.options import DeployOptions, Message

_RUN_ORDER = (
    "successes",
    "failures",
    "totalTime",
    "apexLogId",
    "flowCoverage",
    "numFailures",
    "codeCoverage",
    "codeCoverageWarnings",
    "flowCoverageWarnings",
    "numTestsRun",
)
_NO_RUN: dict[str, Any] = {"totalTime": 0.0, "apexLogId": None, "numFailures": 0, "numTestsRun": 0}


def deploy_request(job: DeployJob, *, details: bool, options: bool = False) -> dict[str, Any]:
    """The deployRequest resource. `details`: fill the lists, which are empty otherwise; `options`: say them back."""
    return {
        "id": job.id,
        "validatedDeployRequestId": job.validated_id or None,
        "deployOptions": _options(job.options) if options else None,
        "deployResult": _result(job, details=details),
    }


def _options(options: DeployOptions) -> dict[str, Any]:
    return {
        "allowMissingFiles": options.allow_missing_files,
        "autoUpdatePackage": options.auto_update_package,
        "checkOnly": options.check_only,
        "ignoreWarnings": options.ignore_warnings,
        "performRetrieve": False,
        "purgeOnDelete": options.purge_on_delete,
        "rollbackOnError": options.rollback_on_error,
        "runTests": options.run_tests or None,
        "singlePackage": options.single_package,
        "testLevel": options.test_level or None,
    }


def _result(job: DeployJob, *, details: bool) -> dict[str, Any]:
    return {
        "id": job.id,
        "messages": None,
        "retrieveResult": None,
        "success": job.success,
        "checkOnly": job.options.check_only,
        "ignoreWarnings": job.options.ignore_warnings,
        "rollbackOnError": job.options.rollback_on_error,
        "status": job.status,
        "numberComponentsDeployed": job.components_deployed,
        "numberComponentsTotal": job.components_total,
        "numberComponentErrors": job.component_errors,
        "numberTestsCompleted": job.tests_completed,
        "numberTestsTotal": job.tests_total,
        "numberTestErrors": job.test_errors,
        "details": _details(job, full=details),
        "createdDate": job.created_at,
        "startDate": job.started_at or None,
        "lastModifiedDate": job.modified_at or job.created_at,
        "completedDate": job.completed_at or None,
        "errorStatusCode": job.error_code or None,
        "errorMessage": job.error_message or None,
        "stateDetail": job.state_detail or None,
        "createdBy": job.created_by[:15],
        "createdByName": job.created_by_name,
        "canceledBy": job.canceled_by[:15] or None,
        "canceledByName": job.canceled_by_name or None,
        "done": job.done,
        "runTestsEnabled": job.tests_enabled,
        "runTestResult": None,
    }


def _details(job: DeployJob, *, full: bool) -> dict[str, Any]:
    failures = [_message(item) for item in job.failures] if full else []
    successes = [_message(item) for item in job.successes] if full else []
    return {
        "componentFailures": failures,
        "componentSuccesses": successes,
        "retrieveResult": None,
        "allComponentMessages": [*successes, *failures],
        "runTestResult": _run((job.test_result if full else None) or _NO_RUN),
    }


def _message(item: Message) -> dict[str, Any]:
    return {
        "componentType": item.component_type,
        "fileName": item.file_name,
        "fullName": item.full_name,
        "id": item.id or None,
        "problem": item.problem or None,
        "success": item.success,
        "warning": item.problem_type == "Warning",
        "created": item.created,
        "changed": item.changed,
        "deleted": item.deleted,
        "lineNumber": item.line or None,
        "columnNumber": item.column or None,
        "requiresProductionTestRun": item.component_type in ("ApexClass", "ApexTrigger"),
        "createdDate": item.at,
        "knownPackagingProblem": False,
        "forPackageManifestFile": item.file_name == MANIFEST and not item.component_type,
        "problemType": item.problem_type or None,
    }


def _run(result: dict[str, Any]) -> dict[str, Any]:
    return {key: _plain(result.get(key, [])) for key in _RUN_ORDER}


def _plain(value: Any) -> Any:
    """The value with JSON's null where SOAP writes `xsi:nil`."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return None if value == NIL else value
