"""What an org is allowed by its kind: API requests a day, data storage."""

from __future__ import annotations

from collections.abc import Mapping

REQUESTS_A_DAY: Mapping[str, int] = {
    "production": 100_000,
    "full": 100_000,
    "partial": 100_000,
    "developer": 100_000,
    "developer_pro": 100_000,
    "scratch": 15_000,
    "developer_edition": 15_000,
}
DATA_MB: Mapping[str, int] = {
    "production": 10_240,
    "full": 10_240,
    "partial": 5_120,
    "developer_pro": 1_024,
    "developer": 200,
    "scratch": 200,
    "developer_edition": 5,
}
