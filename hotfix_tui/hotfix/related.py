"""Which of the orgs this machine knows belong to a production org: a fix never goes to another org unasked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotfix_tui.salesforce.errors import SalesforceError

if TYPE_CHECKING:
    from hotfix_tui.salesforce.login import OrgLogin
    from hotfix_tui.salesforce.org import Org

# Source: Tooling API, SandboxProcess: SandboxOrganization is an org id in 15 characters; the status is a code
# in conditions, "1" is Completed.
_SANDBOXES = "SELECT SandboxOrganization FROM SandboxProcess WHERE Status = '1'"
_SCRATCH = "SELECT ScratchOrg FROM ActiveScratchOrg"


async def related(production: Org, source: str, logins: dict[str, OrgLogin]) -> list[str]:
    """Aliases of production's own sandboxes and scratch orgs, in the order of `logins`.

    `source`: of production's login. Local orgs belong together. Of others production itself is asked; what it does not
    tell our user (no right to see sandboxes, no Dev Hub) is not related.
    """
    if source == "local":
        return [alias for alias, login in logins.items() if login.source == "local"]
    known: set[str] = set()
    for ask, soql, field in (
        (production.tooling_query, _SANDBOXES, "SandboxOrganization"),
        (production.query, _SCRATCH, "ScratchOrg"),
    ):
        try:
            known.update(str(row[field])[:15] for row in await ask(soql) if row.get(field))
        except SalesforceError:
            continue
    return [alias for alias, login in logins.items() if login.org_id[:15] in known]
