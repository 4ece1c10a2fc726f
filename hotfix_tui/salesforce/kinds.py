"""What kind of org an org is, told from its `Organization` record (never guessed by exclusion).

Source: `sf org login` reads the same columns; sandbox = IsSandbox without TrialExpirationDate, scratch = both.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class OrgKind(StrEnum):
    """The value is what people read."""

    PRODUCTION = "production"
    DEVELOPER_EDITION = "developer edition"
    SANDBOX_DEVELOPER = "sandbox developer"
    SANDBOX_DEVELOPER_PRO = "sandbox developer pro"
    SANDBOX_PARTIAL = "sandbox partial"
    SANDBOX_FULL = "sandbox full"
    SANDBOX_UNKNOWN = "sandbox unknown"
    SCRATCH = "scratch"
    TRIAL = "trial"
    UNKNOWN = "unknown"

    @property
    def production_rules(self) -> bool:
        """Whether every write needs a permit: production, a trial without sandbox flag, what cannot be told."""
        return self in (OrgKind.PRODUCTION, OrgKind.TRIAL, OrgKind.UNKNOWN)

    @property
    def sandbox(self) -> bool:
        """Whether it is a sandbox of any licence (a scratch org is none)."""
        return self.value.startswith("sandbox")


# `Organization.OrganizationType` of paid editions. One that is not listed is no reason to relax the rules.
_PAID_EDITIONS = frozenset(
    {
        "Team Edition",
        "Professional Edition",
        "Enterprise Edition",
        "Unlimited Edition",
        "Performance Edition",
        "Essentials Edition",
        "Starter Edition",
        "Pro Suite Edition",
        "Contact Manager Edition",
        "Group Edition",
        "Personal Edition",
        "Database.com Edition",
        "Base Edition",
    }
)

# Data storage in MB by sandbox licence: Developer 200 (400 with the storage feature), Developer Pro 1 GB, Partial 5 GB.
# A sandbox does not tell its own licence; its storage does. A Full copy has production's storage, whatever that is.
_DEVELOPER_MB = 400
_DEVELOPER_PRO_MB = 1024
_PARTIAL_MB = 5 * 1024


def kind_of(organization: Mapping[str, Any], data_storage_mb: int | None = None) -> OrgKind:
    """The kind of the org with this `Organization` row.

    `organization` needs IsSandbox, TrialExpirationDate and OrganizationType; a missing or null IsSandbox is UNKNOWN.
    `data_storage_mb` is `DataStorageMB.Max` of the limits resource; it only names the licence of a sandbox.
    """
    is_sandbox = organization.get("IsSandbox")
    trial_ends = organization.get("TrialExpirationDate")
    edition = organization.get("OrganizationType")
    if not isinstance(is_sandbox, bool) or "TrialExpirationDate" not in organization:
        return OrgKind.UNKNOWN
    if is_sandbox:
        return OrgKind.SCRATCH if trial_ends else _sandbox(data_storage_mb)
    if trial_ends:
        return OrgKind.TRIAL
    if edition == "Developer Edition":
        return OrgKind.DEVELOPER_EDITION
    return OrgKind.PRODUCTION if edition in _PAID_EDITIONS else OrgKind.UNKNOWN


def _sandbox(data_storage_mb: int | None) -> OrgKind:
    if not data_storage_mb or data_storage_mb < 0:
        return OrgKind.SANDBOX_UNKNOWN
    if data_storage_mb <= _DEVELOPER_MB:
        return OrgKind.SANDBOX_DEVELOPER
    if data_storage_mb <= _DEVELOPER_PRO_MB:
        return OrgKind.SANDBOX_DEVELOPER_PRO
    return OrgKind.SANDBOX_PARTIAL if data_storage_mb <= _PARTIAL_MB else OrgKind.SANDBOX_FULL
