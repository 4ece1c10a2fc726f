"""What a Dev Hub does with a ScratchOrgInfo or ActiveScratchOrg that is saved or deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hotfix_tui.localorg.oauth.apps import CLI_APP, CLI_CALLBACK
from hotfix_tui.localorg.records.outcome import SaveError, SaveRefused

if TYPE_CHECKING:
    from hotfix_tui.localorg.records.standard.save import Save

_LONGEST_DAYS, _DAYS = 30, 7
# Active scratch orgs of Enterprise Edition (Salesforce DX Developer Guide, "Supported Scratch Org Editions").
_MOST = 40


def info(save: Save) -> None:
    """Fills a request. Raises SaveRefused for a duration out of bounds and when there are too many already."""
    row, org = save.row, save.org
    if not save.creating:
        return
    days = row.get("DurationDays")
    row["DurationDays"] = days = _DAYS if days is None else int(days)
    if not 1 <= days <= _LONGEST_DAYS:
        words = f"Duration (days): must be between 1 and {_LONGEST_DAYS}"
        raise SaveRefused(SaveError("NUMBER_OUTSIDE_VALID_RANGE", words, ("DurationDays",)))
    active = int(org.store.value("SELECT COUNT(*) FROM ActiveScratchOrg WHERE IsDeleted = 0"))
    most = _MOST if org.conditions.scratch_limit is None else org.conditions.scratch_limit
    if active >= most:
        words = "The signup request failed because this organization has reached its active scratch org limit"
        raise SaveRefused(SaveError("LIMIT_EXCEEDED", words, ()))
    row["Status"] = "New"
    row["ConnectedAppConsumerKey"] = row.get("ConnectedAppConsumerKey") or CLI_APP
    row["ConnectedAppCallbackUrl"] = row.get("ConnectedAppCallbackUrl") or CLI_CALLBACK
    row["ExpirationDate"] = f"{(org.clock.now() + timedelta(days=days)).date()}"


def after_info(save: Save) -> None:
    """The sign-up begins."""
    if save.creating:
        save.org.scratch_orgs.worker.wake()


def after_active(save: Save) -> None:
    """A deleted scratch org goes for good."""
    save.org.scratch_orgs.worker.wake()
