"""Whose a component is, by its API name: `SBQQ__Quote__c` came with the package whose namespace is `SBQQ`.

Names that people give in Setup hold no two underscores in a row, so two of them stand between a namespace and a name,
or before one of Salesforce's own endings (`__c`, `__mdt` …). A namespace is 1 to 15 letters, digits and underscores,
begins with a letter and ends with none (Salesforce Help, "Register a Namespace for a Managed Package").
"""

from __future__ import annotations

import re

from hotfix_tui.compare.component import ComponentId

_ENDINGS = frozenset(
    {
        "c",
        "r",
        "b",
        "e",
        "x",
        "mdt",
        "kav",
        "ka",
        "xo",
        "dlm",
        "dll",
        "pc",
        "pr",
        "s",
        "tag",
        "share",
        "history",
        "feed",
    }
)
# Their names are what people see, in which anything may stand.
_NAMED_FREELY = frozenset({"Profile", "Document", "DocumentFolder", "Report", "ReportFolder", "Dashboard", "Role"})
_NAMESPACE = re.compile(r"[A-Za-z](?:[A-Za-z0-9]|_(?!_)){0,14}(?<!_)")


def namespace_of(key: ComponentId) -> str:
    """The namespace of the component's own name; empty when it has none. `Case.SBQQ__X__c` has, `SBQQ__Q__c.X__c` not.

    A layout is its object's or a package's by what follows the object: `SBQQ__Q__c-SBQQ__Q Layout`.
    """
    if key.type in _NAMED_FREELY:
        return ""
    own = key.full_name.rpartition("/")[2]
    own = own.partition("-")[2] if key.type == "Layout" else own.rpartition(".")[2]
    parts = own.split("__")
    named = len(parts) >= (3 if parts[-1].lower() in _ENDINGS else 2)
    return parts[0] if named and parts[-1] and _NAMESPACE.fullmatch(parts[0]) else ""
