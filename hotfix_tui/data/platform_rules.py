"""What Salesforce demands of single objects beyond their describe.

Source: Object Reference, "PricebookEntry", "Account" (person accounts).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from hotfix_tui.data.rows import Scalar

# Rows that must be there before the object's others: "Before you can define a custom price, create a standard price".
FIRST_ROWS = {"PricebookEntry": "Pricebook2.IsStandard"}

# The one row that every org has although nothing in it need be equal, so its flag is its key.
SINGLETONS = frozenset({("Pricebook2", "IsStandard")})

# Objects of which the org refuses a second row of one key although no field of it is unique.
UNIQUE_BY_RULE = frozenset({"PricebookEntry"})

# Bytes of data storage a record takes (Salesforce Help, "Data and File Storage Allocations").
BYTES_A_RECORD = 2048

# Most records a call of the sObject Collections resource takes.
ROWS_A_CALL = 200

# "Use Bulk API 2.0 for more than 2,000 records" (Bulk API 2.0 Developer Guide).
BULK_FROM = 2_000
# The org works in batches of 10,000 rows; larger jobs gain nothing, and their intents would be large.
ROWS_A_JOB = 10_000


def read_only_now(name: str, fields: Mapping[str, Scalar]) -> frozenset[str]:
    """Fields that a row with these values does not take.

    With UseStandardPrice, UnitPrice follows the standard one. A person account has its name in parts, so `Name` cannot
    be set; another account has none of a person's fields.
    """
    if name == "PricebookEntry" and fields.get("UseStandardPrice") is True:
        return frozenset({"UnitPrice"})
    if name == "Account" and "LastName" in fields:
        if fields["LastName"]:
            return frozenset({"Name"})
        return frozenset(field for field in fields if field in _PERSON_FIELDS or _PERSONS_OWN.fullmatch(field))
    return frozenset()


_PERSON_FIELDS = frozenset({"FirstName", "LastName", "MiddleName", "Salutation", "Suffix"})
# Fields of the contact behind a person account as the account shows them.
_PERSONS_OWN = re.compile(r"Person(?!.*__c$)[A-Z]\w*|\w+__pc")
