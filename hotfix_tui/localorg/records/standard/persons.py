"""Person accounts: an account whose record type is a person's has a contact of its own, kept like it.

Sources: Object Reference, "Account" (LastName makes a person; Name is worked out); words of refusals as reports have
them (SFDMU issues 6 and 378); that a contact cannot be put below a person is in Salesforce Help, in which words is
assumed.
"""

from __future__ import annotations

from typing import Any

from hotfix_tui.localorg.records.loading import full_name, new_id, raw_insert
from hotfix_tui.localorg.records.outcome import SECURITY, SaveRefused, refused
from hotfix_tui.localorg.records.standard.save import Save
from hotfix_tui.localorg.schema.persons import SHOWN, of_person, on_account


def account(save: Save) -> None:
    """Settles whether an account is a person; a person's name is made of its parts, another has none of these."""
    if not save.org.schema.persons:
        return
    row = save.row
    if save.creating and row.get("LastName") and not row.get("RecordTypeId"):
        row["RecordTypeId"] = save.org.store.value(
            "SELECT Id FROM RecordType WHERE IsPersonType = 1 ORDER BY rowid", ()
        )
    row["IsPersonAccount"] = int(_is_person(save))
    if not row["IsPersonAccount"]:
        alien = [name for name in save.given if (field := save.owner.field(name)) and of_person(field)]
        if alien:
            raise _bad(f"Account: bad field names on insert/update call: {', '.join(alien)}", *alien)
        return
    if "Name" in save.given:
        raise _bad(f"Unable to create/update fields: Name. {SECURITY}", "Name")
    if not row.get("LastName"):
        raise refused("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", "LastName")
    row["Name"] = full_name(row)
    if not row.get("PersonContactId"):
        contact = save.org.schema.require("Contact")
        row["PersonContactId"] = new_id(save.org, contact)


def after_account(save: Save) -> None:
    """The contact of a person is made with it and follows it."""
    row = save.row
    if not save.org.schema.persons or not row.get("IsPersonAccount"):
        return
    store, contact = save.org.store, save.org.schema.require("Contact")
    values: dict[str, Any] = {theirs: row.get(ours) for ours, theirs in SHOWN.items() if contact.field(theirs)}
    customs = [one.name for one in contact.fields.values() if one.name.endswith("__c") and one.column]
    values |= {name: row.get(on_account(name)) for name in customs}
    values |= {"Name": row["Name"], "OwnerId": row.get("OwnerId"), "IsDeleted": row.get("IsDeleted") or 0}
    if store.get("Contact", row["PersonContactId"]) is None:
        made = {"Id": row["PersonContactId"], "AccountId": row["Id"], "IsPersonAccount": 1}
        raw_insert(
            save.org, "Contact", {**{name: value for name, value in values.items() if value is not None}, **made}
        )
    else:
        del values["IsDeleted"]
        store.update_row("Contact", row["PersonContactId"], values)


def contact(save: Save) -> None:
    """Nobody puts a contact below a person, nor gives a person's contact a record type."""
    if not save.org.schema.persons:
        return
    if save.row.get("IsPersonAccount"):
        if save.changed("RecordTypeId"):
            raise refused("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
    elif save.parent("AccountId", "Account").get("IsPersonAccount"):
        raise _bad("cannot specify a person account as the account of a contact", "AccountId")


def _is_person(save: Save) -> bool:
    found = save.row.get("RecordTypeId")
    return bool(found and save.org.store.value("SELECT IsPersonType FROM RecordType WHERE Id = ?", (found,)))


def _bad(text: str, *fields: str) -> SaveRefused:
    return refused("INVALID_FIELD_FOR_INSERT_UPDATE", text, *fields)
