"""The org's limits. Used requests and storage are counted; the other limits are given as unused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.records.storage import MEGABYTE

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

MAX_URI = 16_384
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


def bulk_limit(name: str) -> int:
    """A daily limit of the Bulk APIs, by its name in /limits."""
    return _PLAIN[name]


def limit_info(org: LocalOrg, used: int) -> str:
    """The Sforce-Limit-Info header."""
    return f"api-usage={min(used, org.request_limit)}/{org.request_limit}"


def data_storage(org: LocalOrg) -> tuple[int, int]:
    """Megabytes of data storage the org has, and has left."""
    most, used = org.records.storage.most, org.records.storage.used()
    return most // MEGABYTE, max(0, most - used) // MEGABYTE


def limits(org: LocalOrg) -> dict[str, Any]:
    """The answer of GET /limits."""
    data_max, data_left = data_storage(org)
    files = _FILE_MB.get(org.kind, 200)
    found = {name: {"Max": most, "Remaining": most} for name, most in _PLAIN.items()}
    for name in ("DailyBulkApiBatches", "DailyBulkV2QueryJobs"):
        found[name]["Remaining"] = max(0, _PLAIN[name] - org.bulk.used(name))
    most = org.request_limit
    found["DailyApiRequests"] = {"Max": most, "Remaining": max(0, most - org.requests)}
    found["DataStorageMB"] = {"Max": data_max, "Remaining": data_left}
    found["FileStorageMB"] = {"Max": files, "Remaining": files}
    return dict(sorted(found.items()))
