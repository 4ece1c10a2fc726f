"""Real local orgs and their request log: what changes an org is a write call, and none reaches production."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import io
import zipfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.localorg import process
from hotfix_tui.localorg.wanted import Load, Wanted
from hotfix_tui.salesforce.bulk import BulkJob
from hotfix_tui.salesforce.deploys import DeployOptions
from hotfix_tui.salesforce.errors import MetadataFault, NotFound, RequestRefused, WriteRefused
from hotfix_tui.salesforce.following import follow
from hotfix_tui.salesforce.graphs import GraphNode
from hotfix_tui.salesforce.kinds import OrgKind
from hotfix_tui.salesforce.login import login_for
from hotfix_tui.salesforce.org import Org
from hotfix_tui.salesforce.permit import WRITE_CALLS
from hotfix_tui.salesforce.records import WriteOptions
from tests.end_to_end.outside import Instance, instance

NS = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
OBJECT = f"""<?xml version="1.0" encoding="UTF-8"?>
<CustomObject {NS}>
    <deploymentStatus>Deployed</deploymentStatus>
    <fields>
        <fullName>Key__c</fullName><externalId>true</externalId><label>Key</label><length>40</length>
        <required>false</required><type>Text</type><unique>true</unique>
    </fields>
    <label>Thing</label><nameField><label>Name</label><type>Text</type></nameField><pluralLabel>Things</pluralLabel>
    <sharingModel>ReadWrite</sharingModel>
    <validationRules>
        <fullName>Short</fullName><active>true</active><errorConditionFormula>LEN(Name) &gt; 70</errorConditionFormula>
        <errorMessage>Too long</errorMessage>
    </validationRules>
</CustomObject>
"""
MANIFEST = f"""<?xml version="1.0" encoding="UTF-8"?>
<Package {NS}><types><members>{{name}}</members><name>{{kind}}</name></types><version>63.0</version></Package>
"""
LABELS = f"""<?xml version="1.0" encoding="UTF-8"?>
<CustomLabels {NS}><labels><fullName>Deployed_Label</fullName><language>en_US</language><protected>false</protected>
<shortDescription>d</shortDescription><value>deployed</value></labels></CustomLabels>
"""
READING = {"describeMetadata", "listMetadata", "readMetadata", "retrieve", "checkRetrieveStatus", "checkDeployStatus"}
# Ends a deploy that this session began, so it must work without a permit; of others' deploys it asks for one itself.
WAY_OUT = {"cancel_deploy"}
# Asks for a code of our own user in a sandbox: a login, which changes nothing.
WAY_IN = {"authorize_sandbox"}

Request = dict[str, Any]


class Permit:
    """A permit that a mistaken caller might hold."""

    act = "promote"

    def __init__(self, org_id: str, *, admits: bool) -> None:
        self.org_id = org_id
        self._admits = admits

    def admits(self, org_id: str) -> bool:
        return self._admits and org_id == self.org_id


@pytest.fixture(scope="module")
def orgs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """HOTFIX_HOME of two running orgs with the same content: `prod`, and `box`, a sandbox."""
    folder = tmp_path_factory.mktemp("source")
    (folder / "package.xml").write_text(MANIFEST.format(name="Thing__c", kind="CustomObject"))
    (folder / "objects").mkdir()
    (folder / "objects" / "Thing__c.object").write_text(OBJECT)
    home = tmp_path_factory.mktemp("orgs") / "hotfix"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOTFIX_HOME", str(home))
        loads = Load("prod", str(folder), "production"), Load("box", str(folder), "developer")
        process.start(Wanted("", loads))
        try:
            instance(home).control("/pace", {"seconds": 0})
            yield home
        finally:
            process.stop()


@pytest.fixture
def running(orgs: Path, monkeypatch: pytest.MonkeyPatch) -> Instance:
    monkeypatch.setenv("HOTFIX_HOME", str(orgs))
    return instance(orgs)


@pytest.fixture
async def production(running: Instance) -> AsyncIterator[Org]:
    async with await Org.connect(login_for("prod")) as org:
        assert org.kind is OrgKind.PRODUCTION
        yield org


@pytest.fixture
async def sandbox(running: Instance) -> AsyncIterator[Org]:
    async with await Org.connect(login_for("box")) as org:
        yield org


def log(running: Instance, alias: str) -> list[Request]:
    """The requests the org has had, in its own words."""
    requests: list[Request] = running.control(f"/orgs/{alias}/requests")["log"]
    return requests


def changes(requests: list[Request]) -> list[Request]:
    """Those that may change an org."""
    return [one for one in requests if one["method"] != "GET" and one["operation"] not in READING]


def package() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("package.xml", MANIFEST.format(name="Deployed_Label", kind="CustomLabel"))
        archive.writestr("labels/CustomLabels.labels", LABELS)
    return content.getvalue()


def arguments(record: str, rule: str, job: BulkJob) -> dict[str, tuple[Any, ...]]:
    """What each write call is called with. All of it is good: nothing but the missing permit can be in the way."""
    return {
        "insert": ("Thing__c", [{"Name": "inserted"}]),
        "update": ("Thing__c", [{"Id": record, "Name": "updated"}]),
        "upsert": ("Thing__c", "Key__c", [{"Key__c": "K9", "Name": "upserted"}]),
        "tooling_update": ("ValidationRule", rule, {"Metadata": rule_metadata(active=False)}),
        "tooling_create": ("MetadataContainer", {"Name": "made"}),
        "tooling_delete": ("ValidationRule", rule),
        "deploy": (package(), DeployOptions()),
        "quick_deploy": ("0Af000000000001AAA",),
        "bulk_create": ("Thing__c", "insert"),
        "bulk_upload": (job, b"Name\nfrom a job\n"),
        "bulk_start": (job,),
        "bulk_abort": (job,),
        "delete": ([record],),
        "undelete": ([record],),
        "rehearse": ([[GraphNode("r0", "insert", "Thing__c", {"Name": "rehearsed"})]],),
    }


def rule_metadata(*, active: bool) -> dict[str, Any]:
    return {"active": active, "errorConditionFormula": "LEN(Name) > 70", "errorMessage": "Too long"}


async def a_rule(org: Org) -> str:
    [rule] = await org.tooling_query("SELECT Id FROM ValidationRule WHERE ValidationName = 'Short'")
    return str(rule["Id"])


def content(running: Instance, alias: str) -> list[Any]:
    """What the write calls would change, asked from outside."""
    org = running.orgs[alias]
    labels = org.soap("<listMetadata><queries><type>CustomLabel</type></queries></listMetadata>")
    return [
        org.soql("SELECT Id, Name, Key__c, LastModifiedDate FROM Thing__c ORDER BY Id"),
        org.soql("SELECT Active FROM ValidationRule", tooling=True),
        [node.text for node in labels.iter() if node.tag.endswith("fullName")],
    ]


@pytest.mark.parametrize("held", ["no permit", "a used one", "another org's"])
async def test_no_write_call_sends_anything_to_production_without_its_permit(
    running: Instance, production: Org, sandbox: Org, held: str
) -> None:
    permits = {
        "a used one": Permit(production.org_id, admits=False),
        "another org's": Permit(sandbox.org_id, admits=True),
    }
    [saved] = await production.under(Permit(production.org_id, admits=True)).insert("Thing__c", [{"Name": "there"}])
    job = await production.under(Permit(production.org_id, admits=True)).bulk_create("Thing__c", "insert")
    calls = arguments(saved.id, await a_rule(production), job)
    assert set(calls) == set(WRITE_CALLS)
    before, seen = content(running, "prod"), len(log(running, "prod"))
    org = production.under(permits[held]) if held in permits else production
    for name, args in calls.items():
        with pytest.raises(WriteRefused, match="prod is a production org"):
            await getattr(org, name)(*args)
    assert log(running, "prod")[seen:] == []
    assert content(running, "prod") == before


async def test_every_method_that_changes_an_org_is_a_write_call(running: Instance, sandbox: Org) -> None:
    sent: dict[str, list[Request]] = {}

    async def call(name: str, *args: Any, **named: Any) -> Any:
        before = len(log(running, "box"))
        try:
            answer = getattr(sandbox, name)(*args, **named)
            if inspect.isasyncgen(answer):
                return [row async for row in answer]
            return await answer if inspect.isawaitable(answer) else answer
        finally:
            sent.setdefault(name, []).extend(log(running, "box")[before:])

    query = "SELECT Id FROM Thing__c"
    await call("connect", login_for("box"))
    for name in ("query", "query_iter", "query_all_rows", "count"):
        await call(name, query)
    rules = await call("tooling_query", "SELECT Id FROM ValidationRule WHERE ValidationName = 'Short'")
    await call("tooling_record", "ValidationRule", rules[0]["Id"])
    for name in ("forget_describes", "describe_global", "limits", "describe_metadata"):
        await call(name)
    await call("describe", "Thing__c")
    await call("list_metadata", ["CustomObject", "ApexClass", "Layout", "CustomLabel"])
    await call("retrieve", {"CustomObject": ["Thing__c"]})
    await call("read_metadata", "CustomObject", ["Thing__c", "Nothing__c"])
    await call("recent_deploys", datetime.now(UTC) - timedelta(days=1))
    await call("admit", "a look")
    await call("saving", WriteOptions())
    await call("under", Permit(sandbox.org_id, admits=True))
    [saved] = await sandbox.insert("Thing__c", [{"Name": "there"}])
    job = await sandbox.bulk_create("Thing__c", "insert")
    refused = {"quick_deploy", "bulk_abort"}  # there is no such validation, and the job has ended by then
    for name, args in arguments(saved.id, rules[0]["Id"], job).items():
        with contextlib.suppress(*((MetadataFault, RequestRefused) if name in refused else ())):
            answer = await call(name, *args)
        if name == "deploy":
            assert (await call("deploy_result", answer)).id[:15] == answer[:15]
            assert [look async for look in follow(sandbox, answer)][-1].success
    while not (await call("bulk_job", job.id)).ended:
        await asyncio.sleep(0.01)
    [written] = await call("bulk_outcome", job, "successfulResults", ("Name",))
    assert (written.created, written.cells) == (True, ("from a job",))
    running.control("/pace", {"seconds": 5})
    try:
        await call("cancel_deploy", await sandbox.deploy(package(), DeployOptions()))
    finally:
        running.control("/pace", {"seconds": 0})
    with contextlib.suppress(NotFound):  # a sandbox makes none
        await call("authorize_sandbox", {"sandboxName": "fix"})
    await call("close")

    public = {name for name, member in inspect.getmembers(Org, callable) if not name.startswith("_")}
    assert set(sent) == public, "each public method is called here"
    assert {name for name, requests in sent.items() if changes(requests)} == set(WRITE_CALLS) | WAY_OUT | WAY_IN


async def test_production_is_seen_to_change_under_its_permit(running: Instance, production: Org) -> None:
    """The other side of the first test: what it looks at does change when a write goes out."""
    before, seen = content(running, "prod"), len(log(running, "prod"))
    org = production.under(Permit(production.org_id, admits=True))
    [saved] = await org.insert("Thing__c", [{"Name": "there"}])
    await org.tooling_update("ValidationRule", await a_rule(org), {"Metadata": rule_metadata(active=False)})
    looks = [look async for look in follow(org, await org.deploy(package(), DeployOptions()))]
    assert looks[-1].success
    now = content(running, "prod")
    assert saved.success
    assert [old != new for old, new in zip(before, now, strict=True)] == [True, True, True]
    assert len(changes(log(running, "prod")[seen:])) == 3
