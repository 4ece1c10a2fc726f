"""What standard objects work out for themselves when a record is saved, and what they refuse.

Each object's rules come from its page in Salesforce's object reference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hotfix_tui.localorg.environments import scratch_rules as scratch
from hotfix_tui.localorg.people import permission_records
from hotfix_tui.localorg.records.standard import activities, campaigns, cases, opportunities, orders, persons, prices
from hotfix_tui.localorg.records.standard.save import Save

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_BEFORE: dict[str, Callable[[Save], None]] = {
    "CampaignMember": campaigns.member,
    "Contact": persons.contact,
    "Case": cases.case,
    "Contract": orders.contract,
    "Event": activities.event,
    "FieldPermissions": permission_records.before_save,
    "ObjectPermissions": permission_records.before_save,
    "Opportunity": opportunities.opportunity,
    "OpportunityLineItem": opportunities.line,
    "Order": orders.order,
    "OrderItem": orders.item,
    "PermissionSet": permission_records.before_save,
    "PermissionSetAssignment": permission_records.before_save,
    "Task": activities.task,
}
# Before required fields are looked for.
_FIRST: dict[str, Callable[[Save], None]] = {
    "Account": persons.account,
    "PricebookEntry": prices.entry,
    "ScratchOrgInfo": scratch.info,
}
_AFTER: dict[str, Callable[[Save], None]] = {
    "Account": persons.after_account,
    "ActiveScratchOrg": scratch.after_active,
    "Campaign": campaigns.after_campaign,
    "FieldPermissions": permission_records.after_save,
    "ObjectPermissions": permission_records.after_save,
    "OpportunityContactRole": opportunities.after_role,
    "PricebookEntry": prices.after_entry,
    "OpportunityLineItem": opportunities.after_line,
    "ScratchOrgInfo": scratch.after_info,
    "User": permission_records.after_user,
}


def before_save(save: Save) -> None:
    """Fills what the org works out, before rules and formulas look at the record. Raises SaveRefused."""
    rule = _BEFORE.get(save.owner.name)
    if rule:
        rule(save)


def fill(save: Save) -> None:
    """Fills required fields that the org knows better than the client. Raises SaveRefused."""
    rule = _FIRST.get(save.owner.name)
    if rule:
        rule(save)


def after_save(save: Save) -> None:
    """Changes other records that depend on this one, once it is saved, deleted or brought back."""
    rule = _AFTER.get(save.owner.name)
    if rule:
        rule(save)


def after_removal(org: LocalOrg, name: str, row: dict[str, object]) -> None:
    """The same for a record that was deleted or brought back."""
    owner = org.schema.object(name)
    if owner is not None and name != "Campaign":
        # What it says now and what it said are one: only what adds up over records changes.
        after_save(Save(org, owner, dict(row), dict(row), {}, creating=False))


__all__ = ["Save", "after_removal", "after_save", "before_save", "fill"]
