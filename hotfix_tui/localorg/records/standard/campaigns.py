"""Campaigns have statuses of their own for members; a person is a member once."""

from __future__ import annotations

from hotfix_tui.localorg.records.loading import raw_insert
from hotfix_tui.localorg.records.outcome import refused
from hotfix_tui.localorg.records.standard.save import Save


def after_campaign(save: Save) -> None:
    """A new campaign gets the statuses Sent (the default) and Responded."""
    if not save.creating:
        return
    for order, (label, default) in enumerate((("Sent", True), ("Responded", False)), start=1):
        row = {"CampaignId": save.row["Id"], "Label": label, "SortOrder": order, "IsDefault": default}
        raw_insert(save.org, "CampaignMemberStatus", {**row, "HasResponded": not default})


def member(save: Save) -> None:
    """A lead or a contact, once a campaign; whether they responded is what the status says."""
    row, store = save.row, save.org.store
    if save.creating:
        person = next((name for name in ("LeadId", "ContactId") if row.get(name)), None)
        if person is None:
            text = "Required fields are missing: [LeadId or ContactId]"
            raise refused("REQUIRED_FIELD_MISSING", text, "LeadId", "ContactId")
        twin = store.value(
            f'SELECT Id FROM CampaignMember WHERE IsDeleted = 0 AND CampaignId = ? AND "{person}" = ?',  # noqa: S608
            (row.get("CampaignId"), row[person]),
        )
        if twin:
            raise refused("DUPLICATE_VALUE", "Already a campaign member.")
    known = store.rows(
        "SELECT Label, HasResponded, IsDefault FROM CampaignMemberStatus WHERE CampaignId = ? AND IsDeleted = 0",
        (row.get("CampaignId"),),
    )
    if known and row.get("Status") not in {label for label, _, _ in known}:
        row["Status"] = next((label for label, _, default in known if default), known[0][0])
    responded = {label: answered for label, answered, _ in known} or {"Responded": 1}
    row["HasResponded"] = int(bool(responded.get(row.get("Status"), 0)))
    if row["HasResponded"] and row.get("FirstRespondedDate") is None:
        row["FirstRespondedDate"] = save.now[:10]
    row["LeadOrContactId"] = row.get("ContactId") or row.get("LeadId")
