"""The org's limits. Used requests and storage are counted; the other limits are given as unused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

MAX_URI = 16_384
_RECORD_BYTES = 2048
_REQUESTS = {
    "production": 100_000,
    "full": 100_000,
    "partial": 100_000,
    "developer": 100_000,
    "developer_pro": 100_000,
    "scratch": 15_000,
    "developer_edition": 15_000,
}
_DATA_MB = {
    "production": 10_240,
    "full": 10_240,
    "partial": 5_120,
    "developer_pro": 1_024,
    "developer": 200,
    "scratch": 200,
    "developer_edition": 5,
}
_FILE_MB = {"production": 10_240, "full": 10_240, "partial": 5_120, "developer_pro": 1_024, "scratch": 50}
_PLAIN = {
    "ConcurrentAsyncGetReportInstances": 200,
    "ConcurrentSyncReportRuns": 20,
    "DailyAsyncApexExecutions": 250_000,
    "DailyBulkApiBatches": 15_000,
    "DailyBulkV2QueryFileStorageMB": 976_562,
    "DailyBulkV2QueryJobs": 10_000,
    "DailyDurableStreamingApiEvents": 10_000,
    "DailyGenericStreamingApiEvents": 10_000,
    "DailyStreamingApiEvents": 10_000,
    "DailyWorkflowEmails": 1_000,
    "HourlyAsyncReportRuns": 1_200,
    "HourlyDashboardRefreshes": 200,
    "HourlyODataCallout": 1_000,
    "HourlySyncReportRuns": 500,
    "HourlyTimeBasedWorkflow": 1_000,
    "MassEmail": 5_000,
    "SingleEmail": 5_000,
}


def request_limit(org: LocalOrg) -> int:
    """Requests a day."""
    return _REQUESTS[org.kind]


def limit_info(org: LocalOrg, used: int) -> str:
    """The Sforce-Limit-Info header."""
    return f"api-usage={used}/{request_limit(org)}"


def data_storage(org: LocalOrg) -> tuple[int, int]:
    """Megabytes of data storage the org has, and has left; a record counts 2 KB, as in Salesforce."""
    records = sum(
        int(org.store.value(f'SELECT COUNT(*) FROM "{each.name}"'))  # noqa: S608
        for each in org.schema
        if each.api == "data" and not each.custom_metadata and "audit" in each.flags and "create" in each.flags
    )
    most = _DATA_MB[org.kind]
    return most, max(0, most - -(-records * _RECORD_BYTES // 1_048_576))


def limits(org: LocalOrg) -> dict[str, Any]:
    """The answer of GET /limits."""
    data_max, data_left = data_storage(org)
    files = _FILE_MB.get(org.kind, 200)
    found = {name: {"Max": most, "Remaining": most} for name, most in _PLAIN.items()}
    most = request_limit(org)
    found["DailyApiRequests"] = {"Max": most, "Remaining": max(0, most - org.requests)}
    found["DataStorageMB"] = {"Max": data_max, "Remaining": data_left}
    found["FileStorageMB"] = {"Max": files, "Remaining": files}
    return dict(sorted(found.items()))
