"""The three APIs that share one form of envelope, and the faults they answer with.

Namespaces and fault types as in the partner, enterprise and Apex WSDLs.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Dialect:
    """One API: its namespace, those of its records and faults, and the letter it has in an address.

    `typed`: records are of their object's type (enterprise), not of the one type sObject. `detailed`: a fault has a
    detail with its type.
    """

    letter: str
    namespace: str
    records: str
    faults: str
    typed: bool = False
    detailed: bool = True


PARTNER = Dialect(
    "u", "urn:partner.soap.sforce.com", "urn:sobject.partner.soap.sforce.com", "urn:fault.partner.soap.sforce.com"
)
ENTERPRISE = Dialect(
    "c",
    "urn:enterprise.soap.sforce.com",
    "urn:sobject.enterprise.soap.sforce.com",
    "urn:fault.enterprise.soap.sforce.com",
    typed=True,
)
_APEX = "http://soap.sforce.com/2006/08/apex"
APEX = Dialect("s", _APEX, _APEX, _APEX, detailed=False)

_FAULTS = {
    "INVALID_FIELD": "InvalidFieldFault",
    "MALFORMED_QUERY": "MalformedQueryFault",
    "INVALID_TYPE": "InvalidSObjectFault",
    "MALFORMED_ID": "InvalidIdFault",
    "INVALID_QUERY_LOCATOR": "InvalidQueryLocatorFault",
    "INVALID_LOGIN": "LoginFault",
}
# These say where in a query something is wrong; -1 where that is not known.
PLACED = frozenset({"InvalidFieldFault", "MalformedQueryFault", "InvalidSObjectFault"})


def fault_type(code: str) -> str:
    """The type of the fault with an exception code."""
    return _FAULTS.get(code, "UnexpectedErrorFault")
