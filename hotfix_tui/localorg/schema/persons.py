"""What person accounts add to an org's objects once they are enabled, which cannot be taken back.

Sources: Object Reference, "Account" and "Contact" (fields marked for person accounts); Salesforce Help, "Person
Accounts" ("custom contact fields … are available on person accounts", under names that end with __pc).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hotfix_tui.localorg.schema.model import Field, SObject
from hotfix_tui.localorg.schema.parse import field_in

if TYPE_CHECKING:
    from hotfix_tui.localorg.schema.schema import Schema

_FIELDS = {
    "Account": (
        'LastName string(80) of:Name "Last Name"',
        'FirstName string(40) -permissionable of:Name "First Name"',
        'Salutation picklist(40) -permissionable of:Name [Mr.; Ms.; Mrs.; Dr.; Prof.] "Salutation"',
        'IsPersonAccount boolean readonly "Is Person Account"',
        'PersonContactId reference readonly >Contact ~PersonContact "Contact ID"',
        'PersonMobilePhone phone(40) "Mobile"',
        'PersonEmail email(80) "Email"',
        'PersonTitle string(80) "Title"',
        'PersonDepartment string(80) "Department"',
        'PersonBirthdate date "Birthdate"',
        'PersonHasOptedOutOfEmail boolean "Email Opt Out"',
    ),
    "Contact": ('IsPersonAccount boolean readonly "Is Person Account"',),
    "RecordType": ('IsPersonType boolean readonly "Is Person Type"',),
}

SHOWN = {
    "LastName": "LastName",
    "FirstName": "FirstName",
    "Salutation": "Salutation",
    "PersonMobilePhone": "MobilePhone",
    "PersonEmail": "Email",
    "PersonTitle": "Title",
    "PersonDepartment": "Department",
    "PersonBirthdate": "Birthdate",
    "PersonHasOptedOutOfEmail": "HasOptedOutOfEmail",
}
"""Fields of an account that are its contact's."""


def add_person_fields(made: SObject) -> None:
    """The standard fields."""
    for line in _FIELDS.get(made.name, ()):
        made.add(field_in(line))


def mirror_custom_fields(schema: Schema) -> None:
    """Gives Account each custom field of Contact as its person's, and takes away what Contact has no more."""
    account, contact = schema.object("Account"), schema.object("Contact")
    if account is None or contact is None:
        return
    wanted = {on_account(one.name): one for one in contact.fields.values() if one.name.endswith("__c") and one.column}
    for name in [one.name for one in account.fields.values() if one.name.endswith("__pc")]:
        if name not in wanted:
            account.drop(name)
    for name, field in wanted.items():
        if account.field(name) is None:
            account.add(replace(field, name=name, unique=False, external_id=False, child_relationship=None))
            schema.ensure(account)


def on_account(name: str) -> str:
    """A custom field of Contact as Account has it."""
    return f"{name.removesuffix('__c')}__pc"


def of_person(field: Field) -> bool:
    """Whether an account field is its person's alone, so that a business account does not take it."""
    return field.name in SHOWN or field.name.endswith("__pc")
