"""Data storage: how much the records take, and whether there is room for one more."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from hotfix_tui.localorg.allowances import DATA_MB
from hotfix_tui.localorg.records.outcome import refused

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg
    from hotfix_tui.localorg.schema.model import SObject

MEGABYTE = 1_048_576
SETUP = frozenset(
    {"Organization", "User", "UserRole", "UserLicense", "Profile", "PermissionSet", "PermissionSetAssignment"}
    | {"PermissionSetGroup", "PermissionSetGroupComponent", "ObjectPermissions", "FieldPermissions", "CustomPermission"}
    | {"SetupEntityAccess", "Group", "GroupMember", "QueueSobject", "RecordType", "BusinessProcess", "CurrencyType"}
    | {"OpportunityStage", "CaseStatus", "LeadStatus", "TaskStatus", "ContractStatus", "OrderStatus"}
)
"""Objects whose rows are how an org is set up, not data."""
_RECORD_BYTES = 2_048
# Bytes of the records that do not take 2 KB (help: "Salesforce Record Size Overview").
_OTHER = {"Campaign": 8_192, "CampaignMember": 1_024}
# Comes with its campaign.
_FREE = frozenset({"CampaignMemberStatus"})


class Storage:
    """The data storage of one org. Records in the recycle bin do not count; most records count 2 KB.

    Rows are counted anew only when the known upper bound (what was counted last, and what came since) is too much:
    counting at every insert would make each one as slow as the org is large.
    """

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        self._lock = threading.Lock()
        self._bound: int | None = None

    @property
    def most(self) -> int:
        """Bytes the org has."""
        lowered = self._org.conditions.storage_mb
        return int((DATA_MB[self._org.kind] if lowered is None else lowered) * MEGABYTE)

    def used(self) -> int:
        """Bytes the records take now."""
        found = 0
        for each in self._org.schema:
            if _counts(each):
                live = ' WHERE "IsDeleted" = 0' if each.field("IsDeleted") else ""
                rows = int(self._org.store.value(f'SELECT COUNT(*) FROM "{each.name}"{live}'))  # noqa: S608
                found += rows * _OTHER.get(each.name, _RECORD_BYTES)
        return found

    def claim(self, owner: SObject) -> None:
        """Room for one more record of an object. Raises STORAGE_LIMIT_EXCEEDED."""
        if not _counts(owner):
            return
        size = _OTHER.get(owner.name, _RECORD_BYTES)
        with self._lock:
            if self._bound is None or self._bound + size > self.most:
                self._bound = self.used()
            if self._bound + size > self.most:
                raise refused("STORAGE_LIMIT_EXCEEDED", "storage limit exceeded")
            self._bound += size


def _counts(owner: SObject) -> bool:
    data = owner.api == "data" and owner.name not in SETUP | _FREE and not owner.custom_metadata
    return data and {"audit", "create"} <= owner.flags
