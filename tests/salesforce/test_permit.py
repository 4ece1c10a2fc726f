"""No write leaves for an org under production rules without the permit that admits it."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from hotfix_tui.salesforce import deploy_api, records, tooling
from hotfix_tui.salesforce.bulk import BulkJob
from hotfix_tui.salesforce.deploys import DeployOptions
from hotfix_tui.salesforce.errors import WriteRefused
from hotfix_tui.salesforce.graphs import GraphNode
from hotfix_tui.salesforce.org import Org
from hotfix_tui.salesforce.permit import WRITE_CALLS
from hotfix_tui.salesforce.records import WriteOptions
from tests.salesforce.scripted import FAST, ORG_ID, USER_ID, Server, reply, soap

JOB = BulkJob("7505e000001AbCdAAK", "Account", "insert", "Open")
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "insert": ("Account", [{"Name": "A"}]),
    "update": ("Account", [{"Id": "0015e000001AbCdAAK", "Name": "A"}]),
    "upsert": ("Account", "Key__c", [{"Key__c": "A"}]),
    "delete": (["0015e000001AbCdAAK"],),
    "undelete": (["0015e000001AbCdAAK"],),
    "rehearse": ([[GraphNode("r0", "insert", "Account", {"Name": "A"})]],),
    "bulk_create": ("Account", "insert"),
    "bulk_upload": (JOB, b"Name\nA\n"),
    "bulk_start": (JOB,),
    "bulk_abort": (JOB,),
    "tooling_update": ("ValidationRule", "03d5e0000001234AAA", {"Metadata": {}}),
    "tooling_create": ("SandboxInfo", {"SandboxName": "fix"}),
    "tooling_delete": ("SandboxInfo", "0GQ5e0000001234AAA"),
    "deploy": (b"zip", DeployOptions()),
    "quick_deploy": ("0Af5e000000AbCdCAK",),
}


@dataclass
class Permit:
    org_id: str = ORG_ID
    act: str = "promote"
    open: bool = True

    def admits(self, org_id: str) -> bool:
        return self.open and org_id == self.org_id


@pytest.fixture(params=[{"IsSandbox": False}, {"IsSandbox": None}], ids=["production", "unknown"])
async def production(server: Server, request: pytest.FixtureRequest) -> AsyncIterator[Org]:
    server.organization |= request.param
    async with await Org.connect(server.login(), timing=FAST) as org:
        server.requests.clear()
        yield org


def test_every_write_call_is_walked_here() -> None:
    assert set(WRITE_CALLS) == set(ARGUMENTS)


def test_every_public_method_of_an_org_is_known_to_read_or_to_write() -> None:
    reads = {
        "close",
        "query",
        "query_iter",
        "query_all_rows",
        "tooling_query",
        "count",
        "describe",
        "describe_global",
        "forget_describes",
        "limits",
        "bulk_job",
        "bulk_outcome",
        "tooling_record",
        "authorize_sandbox",
        "describe_metadata",
        "list_metadata",
        "read_metadata",
        "retrieve",
        "deploy_result",
        "cancel_deploy",  # guarded in its own way: see below
        "recent_deploys",
        "connect",
        "under",
        "saving",
        "admit",
    }
    public = {name for name, member in inspect.getmembers(Org) if not name.startswith("_") and callable(member)}
    assert public == reads | set(WRITE_CALLS)


@pytest.mark.parametrize("call", sorted(ARGUMENTS))
@pytest.mark.parametrize(
    "permit",
    [None, Permit(open=False), Permit(org_id="00D5e000000zzzzEAA")],
    ids=["no permit", "used permit", "another org's"],
)
async def test_a_write_is_refused_before_any_request(
    production: Org, server: Server, call: str, permit: Permit | None
) -> None:
    org = production if permit is None else production.under(permit)
    with pytest.raises(WriteRefused) as caught:
        await getattr(org, call)(*ARGUMENTS[call])
    assert server.requests == []
    assert caught.value.written == "no"
    assert "box" in caught.value.next


async def test_a_write_is_refused_even_where_there_is_nothing_to_send(production: Org) -> None:
    with pytest.raises(WriteRefused):
        await production.insert("Account", [])
    with pytest.raises(WriteRefused):
        await production.delete(["not an id"])


@pytest.mark.parametrize("call", sorted(ARGUMENTS))
async def test_a_permit_that_admits_lets_the_write_out(production: Org, server: Server, call: str) -> None:
    ok = {"id": "0015e000001AbCdAAK", "success": True}
    server.on("composite/sobjects", reply(200, [ok]))
    server.on("tooling/sobjects", reply(200, ok))
    graph = {"graphId": "g0", "isSuccessful": False, "graphResponse": {"compositeResponse": []}}
    server.on("composite/graph", reply(200, {"graphs": [graph]}))
    job = {"id": JOB.id, "object": "Account", "operation": "insert", "state": "Open"}
    server.on("jobs/ingest", reply(200, job))
    result = "<result>{}</result>"
    server.on("deploy>", soap(f"<deployResponse>{result.format('<id>0Af5e000000AbCdCAK</id>')}</deployResponse>"))
    server.on("undelete>", soap(f"<u>{result.format('<id>0015e000001AbCdAAK</id><success>true</success>')}</u>"))
    server.on("deployRecentValidation", soap(f"<r>{result.format('0Af5e000000AbCdCAK')}</r>"))
    await getattr(production.under(Permit()), call)(*ARGUMENTS[call])
    assert len(server.requests) == 1
    with pytest.raises(WriteRefused):
        await getattr(production, call)(*ARGUMENTS[call])


@pytest.mark.parametrize(
    "write",
    [
        lambda connection: records.insert(connection, "Account", [{"Name": "A"}], WriteOptions(), None),
        lambda connection: tooling.update(connection, "ValidationRule", "03d5e0000001234AAA", {}, None),
        lambda connection: deploy_api.deploy(connection, b"zip", DeployOptions(), None),
        lambda connection: deploy_api.quick_deploy(connection, "0Af5e000000AbCdCAK", None),
    ],
)
async def test_the_modules_below_are_behind_the_same_door(
    production: Org, server: Server, write: Callable[[Any], Awaitable[Any]]
) -> None:
    with pytest.raises(WriteRefused):
        await write(production._connection)
    assert server.requests == []


async def test_a_reading_call_cannot_carry_a_write(org: Org, server: Server) -> None:
    for method in ("POST", "PATCH", "DELETE"):
        with pytest.raises(RuntimeError, match="not called as a write"):
            await org._connection.read(
                lambda wire, method=method: wire.rest("insert of Account", "sobjects/Account/", method=method, body={})  # type: ignore[misc]
            )
    for operation in ("deploy", "cancelDeploy", "deployRecentValidation", "updateMetadata"):
        with pytest.raises(RuntimeError, match="not called as a write"):
            await org._connection.read(lambda wire, operation=operation: wire.soap(operation, []))  # type: ignore[misc]
    assert server.requests == []


def status(user: str) -> bytes:
    return soap(
        "<checkDeployStatusResponse><result><id>0Af5e000000AbCdCAK</id><status>InProgress</status><done>false</done>"
        f"<createdBy>{user}</createdBy></result></checkDeployStatusResponse>"
    )


@pytest.mark.parametrize("user", [USER_ID, USER_ID[:15]])
async def test_ones_own_deploy_can_always_be_cancelled(production: Org, server: Server, user: str) -> None:
    server.on("checkDeployStatus", status(user))
    server.on("cancelDeploy", soap("<r><result><done>true</done><id>0Af5e000000AbCdCAK</id></result></r>"))
    assert await production.cancel_deploy("0Af5e000000AbCdCAK") is True


async def test_anothers_deploy_is_cancelled_with_a_permit_only(production: Org, server: Server) -> None:
    server.on("checkDeployStatus", status("0055e000001ZZZZAAK"))
    server.on("cancelDeploy", soap("<r><result><done>false</done><id>0Af5e000000AbCdCAK</id></result></r>"))
    with pytest.raises(WriteRefused):
        await production.cancel_deploy("0Af5e000000AbCdCAK")
    assert not [seen for seen in server.requests if b"cancelDeploy" in seen.body]
    assert await production.under(Permit()).cancel_deploy("0Af5e000000AbCdCAK") is False


async def test_an_org_without_production_rules_needs_no_permit(org: Org, server: Server) -> None:
    server.on("composite/sobjects", reply(200, [{"id": "0015e000001AbCdAAK", "success": True, "errors": []}]))
    [saved] = await org.insert("Account", [{"Name": "A"}])
    assert saved.success
