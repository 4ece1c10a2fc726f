"""The contacts behind person accounts: Salesforce makes and keeps them with their accounts, and nobody writes them.

A lookup to one is carried as ("PersonContact", the account's match key), so that it leads to the contact of the same
account in any org. Source: Salesforce Help, "Person Accounts" ("a person account … is stored as an account and a
contact"); Object Reference, "Account" (`PersonContactId`), "Contact" (`IsPersonAccount`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from hotfix_tui.data.keys import KeyPart
from hotfix_tui.data.rows import ACCOUNT, PERSON_CONTACT, Ref
from hotfix_tui.data.shape import ObjectShape
from hotfix_tui.data.spool import spooled_words
from hotfix_tui.salesforce.soql import in_clauses

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

_CONTACT = "Contact"
_OF_ACCOUNT, _OF_CONTACT = "PersonContactId", "IsPersonAccount"


def person_columns(shape: ObjectShape) -> tuple[str, ...]:
    """The columns that tell a person from others in an org that has person accounts; none in another."""
    wanted = {ACCOUNT: (_OF_ACCOUNT,), _CONTACT: (_OF_CONTACT, "AccountId")}.get(shape.name, ())
    return wanted if wanted and wanted[0] in shape.fields else ()


class Persons:
    """The person contacts of the rows that are read: Id → their account's Id."""

    def __init__(self) -> None:
        self.accounts: MutableMapping[str, str] = spooled_words()

    def note(self, record: Mapping[str, Any]) -> bool:
        """Remembers the person behind a row of Account or Contact, if any; whether it is the contact of one."""
        if contact := record.get(_OF_ACCOUNT):
            self.accounts[contact] = record["Id"]
        if not record.get(_OF_CONTACT):
            return False
        self.accounts[record["Id"]] = record.get("AccountId") or ""
        return True

    def __bool__(self) -> bool:
        return bool(self.accounts)

    def __contains__(self, record_id: object) -> bool:
        return record_id in self.accounts

    def ref(self, record_id: str, keys: Mapping[str, str], parts: Iterable[KeyPart]) -> Ref | None:
        """What a lookup to this contact is carried as; None when its account has no key. `parts`: of Account's key."""
        key = keys.get(self.accounts.get(record_id, ""))
        if not key:
            return None
        return PERSON_CONTACT, key if any(part.case_sensitive for part in parts) else key.casefold()

    def named(self, keys: Mapping[str, str], parts: Iterable[KeyPart]) -> MutableMapping[str, str]:
        """The name of each of them (as in `ref`) → its Id."""
        parts = list(parts)
        found = spooled_words()
        for record_id in self.accounts:
            if ref := self.ref(record_id, keys, parts):
                found[ref[1]] = record_id
        return found


async def contacts_of(org: Org, accounts: Iterable[str]) -> dict[str, str]:
    """Account's Id → the Id of the contact behind it, for those that are persons."""
    found: dict[str, str] = {}
    for chunk in in_clauses(accounts, 8_000):
        soql = f"SELECT Id, {_OF_ACCOUNT} FROM {ACCOUNT} WHERE Id IN {chunk}"  # noqa: S608 - ids the org gave
        found |= {row["Id"]: row[_OF_ACCOUNT] for row in await org.query(soql) if row[_OF_ACCOUNT]}
    return found
