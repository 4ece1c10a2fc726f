"""Deploying over the Metadata API: sending a package, looking at it, cancelling it, quick deploy."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hotfix_tui.salesforce.connection import Connection
from hotfix_tui.salesforce.deploys import DeployOptions, DeployResult, RecentDeploy, deploy_result, recent_deploy
from hotfix_tui.salesforce.errors import NotFound, RequestRefused, TooLarge
from hotfix_tui.salesforce.permit import WritePermit
from hotfix_tui.salesforce.rest import query, record_id
from hotfix_tui.salesforce.soap_calls import call_to_read, call_to_write, parsed_reply, result_of
from hotfix_tui.salesforce.soql import quote
from hotfix_tui.salesforce.timing import MAX_ZIP, MB

if TYPE_CHECKING:
    from hotfix_tui.salesforce.soap import Pairs
    from hotfix_tui.salesforce.wire import Wire


async def deploy(connection: Connection, package: bytes, options: DeployOptions, permit: WritePermit | None) -> str:
    """Sends a zip (package.xml at its root). Returns the deploy's id; the org goes on by itself.

    Raises TooLarge above 39 MB, ReplyLost when the org may have taken it.
    """
    org = connection.login.alias
    if len(package) > MAX_ZIP:
        raise TooLarge(
            f"The package has {len(package) / MB:.0f} MB; an org takes {MAX_ZIP // MB} MB in one deploy.",
            org=org,
            next="Deploy fewer components at a time.",
        )

    def send(wire: Wire) -> str:
        body: Pairs = [("ZipFile", base64.b64encode(package).decode()), ("DeployOptions", options.pairs())]
        node = wire.soap("deploy", body)
        return parsed_reply(
            connection, "deploy", node, lambda node: record_id(result_of(node).text("id")), writing=True
        )

    return await connection.write(send, permit=permit, call="validate" if options.check_only else "deploy")


async def deploy_status(connection: Connection, deploy_id: str, *, details: bool = True) -> DeployResult:
    """The deploy as the org has it now (kept by the org for 30 days)."""
    body: Pairs = [("asyncProcessId", record_id(deploy_id)), ("includeDetails", details)]
    return await call_to_read(connection, "checkDeployStatus", body, lambda node: deploy_result(result_of(node)))


class _OwnDeploy:
    """Admits the cancelling of a deploy that the session's own user began: a way out needs no permit."""

    act = "cancel"

    def __init__(self, org_id: str) -> None:
        self.org_id = org_id

    def admits(self, org_id: str) -> bool:
        """For the org it was made for."""
        return org_id == self.org_id


async def cancel_deploy(
    connection: Connection, deploy_id: str, user_id: str, admit: Callable[[str], None], permit: WritePermit | None
) -> bool:
    """Asks the org to cancel a deploy. Returns whether it is already cancelled; otherwise its status tells.

    `admit` is asked when the deploy is not `user_id`'s own.
    """
    status = await deploy_status(connection, deploy_id, details=False)
    if status.created_by[:15] == user_id[:15]:  # createdBy may have 15 characters
        permit = _OwnDeploy(connection.org_id)
    else:
        admit("cancel of another user's deploy")
    body: Pairs = [("String", record_id(deploy_id))]
    return await call_to_write(
        connection, "cancelDeploy", body, lambda node: result_of(node).flag("done"), permit, "cancel of a deploy"
    )


async def recent_deploys(connection: Connection, since: datetime) -> list[RecentDeploy]:
    """Deploys anybody made since then, from Tooling's DeployRequest; none where the org does not have it."""
    columns = "Id, Status, CheckOnly, CreatedById, CreatedDate, StartDate, CompletedDate"
    after = quote(since.astimezone(UTC))
    soql = f"SELECT {columns} FROM DeployRequest WHERE CreatedDate >= {after} ORDER BY CreatedDate DESC"  # noqa: S608
    try:
        rows = await query(connection, soql, "tooling/query")
    except NotFound:
        return []
    except RequestRefused as error:
        if error.code not in ("INVALID_TYPE", "INVALID_FIELD"):
            raise
        return []
    return [recent_deploy(row) for row in rows]


async def quick_deploy(connection: Connection, validation_id: str, permit: WritePermit | None) -> str:
    """Deploys what a validation of the last 10 days found good, without running tests again. Returns a new id."""
    body: Pairs = [("validationId", record_id(validation_id))]
    return await call_to_write(
        connection,
        "deployRecentValidation",
        body,
        lambda node: record_id(result_of(node).value),
        permit,
        "quick deploy",
    )
