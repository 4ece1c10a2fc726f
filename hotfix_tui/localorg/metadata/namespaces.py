"""The namespace that an API name carries: `SBQQ__Quote__c` is of the package `SBQQ`.

No name that is given in Setup holds two underscores in a row, so two of them part a namespace from a name.
"""

from __future__ import annotations

import re

from hotfix_tui.localorg.metadata.component import Component

_ENDINGS = frozenset({"c", "r", "b", "e", "x", "mdt", "kav", "ka", "xo", "pc", "pr", "s"})
_NAMED_FREELY = frozenset({"Profile", "Document", "Report", "Dashboard", "Role"})
_NAMESPACE = re.compile(r"[A-Za-z]\w{0,14}")


def namespace_of(component: Component) -> str:
    """The namespace of the component's own name; empty where it has none."""
    if component.type in _NAMED_FREELY:
        return ""
    own = component.full_name.rpartition("/")[2]
    own = own.partition("-")[2] if component.type == "Layout" else own.rpartition(".")[2]
    parts = own.split("__")
    if len(parts) < (3 if parts[-1].lower() in _ENDINGS else 2):
        return ""
    return parts[0] if _NAMESPACE.fullmatch(parts[0]) else ""
