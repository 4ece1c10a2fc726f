"""The client against orgs that behave: two local orgs over real HTTP, one of them production."""

from __future__ import annotations

import asyncio
import io
import socket
import threading
import time
import zipfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvicorn

from hotfix_tui.localorg.faults import Fault, FaultList
from hotfix_tui.localorg.org import LocalOrg
from hotfix_tui.localorg.rest.app import build_app
from hotfix_tui.localorg.traffic import AbortableProtocol, Traffic
from hotfix_tui.salesforce.deploys import DeployOptions
from hotfix_tui.salesforce.errors import (
    MetadataFault,
    NotFound,
    ReplyLost,
    RequestRefused,
    SessionExpired,
    WriteRefused,
    WrongOrg,
)
from hotfix_tui.salesforce.following import follow
from hotfix_tui.salesforce.kinds import OrgKind
from hotfix_tui.salesforce.login import OrgLogin
from hotfix_tui.salesforce.org import Org
from hotfix_tui.salesforce.soql import in_clauses, quote
from hotfix_tui.salesforce.timing import Timing

QUICK = Timing(connect=2, read=10, write=20, backoff=(0.01, 0.05, 0.2), poll_first=0.01, poll_most=0.1)


@dataclass
class Served:
    """One local org on a port. `faults` are taken up by the next requests that fit."""

    org: LocalOrg
    login: OrgLogin
    faults: FaultList


@pytest.fixture(scope="module")
def orgs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Served]]:
    served: dict[str, Served] = {}
    servers: list[uvicorn.Server] = []
    threads: list[threading.Thread] = []
    folder: Path = tmp_path_factory.mktemp("orgs")
    for alias, kind in (("prod", "production"), ("hfx1", "developer")):
        org = LocalOrg.create(folder / alias, name=alias.upper(), kind=kind)  # type: ignore[arg-type]
        user = org.users.add_user(f"admin@{alias}.example", "Admin")
        listener = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(
            Traffic(build_app(org), org),
            http=AbortableProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            h11_max_incomplete_event_size=256 * 1024,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        servers.append(server)
        threads.append(thread)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        login = OrgLogin(alias, org.org_id, url, f"admin@{alias}.example", org.users.token_for(user))
        served[alias] = Served(org, login, org.faults)
    while not all(server.started for server in servers):
        time.sleep(0.01)
    yield served
    for server in servers:
        server.should_exit = True
    for thread in threads:
        thread.join(5)
    for one in served.values():
        one.org.close()


@pytest.fixture
async def sandbox(orgs: dict[str, Served]) -> AsyncIterator[Org]:
    async with await Org.connect(orgs["hfx1"].login, timing=QUICK) as org:
        yield org


def package(files: dict[str, str]) -> bytes:
    """A zip of these files, by path."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def manifest(*types: tuple[str, str]) -> str:
    inner = "".join(f"<types><members>{member}</members><name>{name}</name></types>" for name, member in types)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Package xmlns="http://soap.sforce.com/2006/04/metadata">'
        f"{inner}<version>67.0</version></Package>"
    )


OBJECT = """<?xml version="1.0" encoding="UTF-8"?>
<CustomObject xmlns="http://soap.sforce.com/2006/04/metadata">
    <deploymentStatus>Deployed</deploymentStatus>
    <fields>
        <fullName>Key__c</fullName><label>Key</label><type>Text</type><length>40</length>
        <externalId>true</externalId><unique>true</unique><caseSensitive>false</caseSensitive><required>false</required>
    </fields>
    <fields>
        <fullName>Mode__c</fullName><label>Mode</label><type>Picklist</type><required>false</required>
        <valueSet><restricted>true</restricted><valueSetDefinition><sorted>false</sorted>
            <value><fullName>One</fullName><default>false</default><label>One</label></value>
        </valueSetDefinition></valueSet>
    </fields>
    <label>{name}</label><pluralLabel>{name}s</pluralLabel>
    <nameField><label>Name</label><type>Text</type></nameField>
    <sharingModel>ReadWrite</sharingModel>
    <validationRules>
        <fullName>No_Forbidden</fullName><active>true</active>
        <errorConditionFormula>Name = "forbidden"</errorConditionFormula><errorMessage>Not this one.</errorMessage>
    </validationRules>
</CustomObject>
"""


async def deploy(org: Org, files: bytes, *, check_only: bool = False) -> list[str]:
    deploy_id = await org.deploy(files, DeployOptions(check_only=check_only))
    return [result.status async for result in follow(org, deploy_id)]


async def with_object(org: Org, name: str) -> str:
    """A custom object with a key field, a restricted picklist and a validation rule, deployed for one test.

    A deployed field is seen by nobody: a permission set shows both to our user.
    """
    sees = name.replace("__c", "_Reader")
    fields = "".join(
        f"<fieldPermissions><editable>true</editable><field>{name}.{field}</field><readable>true</readable>"
        "</fieldPermissions>"
        for field in ("Key__c", "Mode__c")
    )
    files = {
        "package.xml": manifest(("CustomObject", name), ("PermissionSet", sees)),
        f"objects/{name}.object": OBJECT.replace("{name}", name),
        f"permissionsets/{sees}.permissionset": (
            f'<PermissionSet xmlns="http://soap.sforce.com/2006/04/metadata">{fields}<label>{sees}</label>'
            "</PermissionSet>"
        ),
    }
    assert (await deploy(org, package(files)))[-1] == "Succeeded"
    [permission_set] = await org.query(f"SELECT Id FROM PermissionSet WHERE Name = {quote(sees)}")
    assignment = {"AssigneeId": org.user_id, "PermissionSetId": permission_set["Id"]}
    assert all(saved.success for saved in await org.insert("PermissionSetAssignment", [assignment]))
    return name


async def test_orgs_say_who_they_are(orgs: dict[str, Served], sandbox: Org) -> None:
    async with await Org.connect(orgs["prod"].login, timing=QUICK) as production:
        assert production.kind is OrgKind.PRODUCTION
        assert production.org_id == orgs["prod"].org.org_id
        with pytest.raises(WriteRefused):
            await production.insert("Account", [{"Name": "A"}])
        assert await production.query("SELECT Id FROM Account") == []
    assert sandbox.kind is OrgKind.SANDBOX_DEVELOPER
    assert sandbox.username == "admin@hfx1.example"
    assert sandbox.created
    assert sandbox.api_usage is not None
    assert (await sandbox.limits())["DailyApiRequests"].max > 0


async def test_a_login_for_another_org_or_with_a_dead_token_is_refused(orgs: dict[str, Served]) -> None:
    with pytest.raises(WrongOrg):
        await Org.connect(replace(orgs["hfx1"].login, org_id=orgs["prod"].org.org_id), timing=QUICK)
    with pytest.raises(SessionExpired):
        await Org.connect(replace(orgs["hfx1"].login, access_token="00D000000000000!dead"), timing=QUICK)


async def test_records_go_in_come_out_change_and_go(sandbox: Org) -> None:
    name = await with_object(sandbox, "Round__c")
    saved = await sandbox.insert(
        name, [{"Name": "a", "Key__c": "K1"}, {"Name": "b", "Mode__c": "Two"}, {"Name": "forbidden"}]
    )
    assert [result.success for result in saved] == [True, False, False]
    assert [result.errors[0].code for result in saved[1:]] == [
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
    ]
    assert saved[2].errors[0].message == "Not this one."
    [changed] = await sandbox.update(name, [{"Id": saved[0].id, "Mode__c": "One"}])
    assert changed.success
    assert await sandbox.query(f"SELECT Id, Name, Key__c, Mode__c FROM {name}") == [
        {"Id": saved[0].id, "Name": "a", "Key__c": "K1", "Mode__c": "One"}
    ]
    assert await sandbox.count(f"SELECT COUNT() FROM {name}") == 1
    [gone] = await sandbox.delete([saved[0].id])
    assert gone.success
    assert await sandbox.query(f"SELECT Id FROM {name}") == []
    assert [row["IsDeleted"] for row in await sandbox.query_all_rows(f"SELECT IsDeleted FROM {name}")] == [True]


NASTY = ["a b#c", "a/b", "a?b=c", "..", "%2e%2e", "it's", 'say "so"', "back\\slash", "100%_sure", "ü€😀", "x'; DROP"]


async def test_upserts_find_their_rows_whatever_the_key(sandbox: Org) -> None:
    name = await with_object(sandbox, "Keyed__c")
    first = await sandbox.upsert(name, "Key__c", [{"Key__c": key, "Name": "first"} for key in NASTY])
    assert [result.created for result in first] == [True] * len(NASTY)
    second = await sandbox.upsert(name, "Key__c", [{"Key__c": key, "Name": f"n{n}"} for n, key in enumerate(NASTY)])
    assert [(result.id, result.created) for result in second] == [(result.id, False) for result in first]
    for number, key in enumerate(NASTY):
        assert await sandbox.query(f"SELECT Name FROM {name} WHERE Key__c = {quote(key)}") == [{"Name": f"n{number}"}]
    [clause] = in_clauses(NASTY)
    assert await sandbox.count(f"SELECT COUNT() FROM {name} WHERE Key__c IN {clause}") == len(NASTY)


async def test_more_rows_than_a_page_all_come(sandbox: Org) -> None:
    name = await with_object(sandbox, "Many__c")
    for start in range(0, 2200, 200):
        rows = [{"Name": f"{number:05}", "Key__c": f"{number:05}"} for number in range(start, start + 200)]
        assert all(result.success for result in await sandbox.insert(name, rows))
    found = await sandbox.query(f"SELECT Name FROM {name} ORDER BY Name")
    assert [row["Name"] for row in found] == [f"{number:05}" for number in range(2200)]
    clauses = list(in_clauses((f"{number:05}" for number in range(2200)), 4000))
    counts = await asyncio.gather(*(sandbox.count(f"SELECT COUNT() FROM {name} WHERE Key__c IN {c}") for c in clauses))
    assert len(clauses) > 5
    assert sum(counts) == 2200


async def test_a_deploy_is_seen_by_describe_list_and_retrieve(sandbox: Org) -> None:
    with pytest.raises(NotFound):
        await sandbox.describe("Fresh__c")
    name = await with_object(sandbox, "Fresh__c")
    described = await sandbox.describe(name)
    assert described.custom
    assert described.fields["Key__c"].external_id
    assert described.fields["Mode__c"].restricted_picklist
    assert [value.value for value in described.fields["Mode__c"].picklist_values] == ["One"]
    assert name in await sandbox.describe_global()
    types = {item.name: item for item in await sandbox.describe_metadata()}
    assert "CustomField" in types["CustomObject"].children
    listed = await sandbox.list_metadata(["CustomObject", "ApexClass", "CustomField", "ValidationRule"])
    assert ("CustomField", f"{name}.Key__c") in {(item.type, item.full_name) for item in listed}
    retrieved = await sandbox.retrieve({"CustomObject": [name], "ApexClass": ["NoSuchClass"]})
    with zipfile.ZipFile(io.BytesIO(retrieved.zip)) as archive:
        assert f"unpackaged/objects/{name}.object" in archive.namelist()
    assert [message.problem for message in retrieved.messages if "NoSuchClass" in message.problem]


async def test_a_type_the_org_does_not_know_is_refused_in_its_words(sandbox: Org) -> None:
    with pytest.raises(MetadataFault) as caught:
        await sandbox.list_metadata(["NoSuchType"])
    assert caught.value.code == "INVALID_TYPE"


async def test_a_refused_deploy_changes_nothing_and_says_what_is_wrong(sandbox: Org) -> None:
    files = {"package.xml": manifest(("ApexClass", "Missing")), "classes/Other.cls": "public class Other {}"}
    deploy_id = await sandbox.deploy(package(files), DeployOptions())
    results = [result async for result in follow(sandbox, deploy_id)]
    assert results[-1].status == "Failed"
    assert results[-1].done
    assert not results[-1].success
    assert all(message.problem for message in results[-1].failures)
    assert results[-1].failures


async def test_a_check_only_deploy_leaves_no_trace(sandbox: Org) -> None:
    files = {
        "package.xml": manifest(("CustomObject", "Ghost__c")),
        "objects/Ghost__c.object": OBJECT.replace("{name}", "Ghost"),
    }
    assert (await deploy(sandbox, package(files), check_only=True))[-1] == "Succeeded"
    with pytest.raises(NotFound):
        await sandbox.describe("Ghost__c", fresh=True)


async def test_a_validation_rule_is_switched_off_and_on_by_tooling(sandbox: Org) -> None:
    name = await with_object(sandbox, "Ruled__c")
    soql = f"SELECT Id, Active FROM ValidationRule WHERE EntityDefinition.QualifiedApiName = {quote(name)}"
    [rule] = await sandbox.tooling_query(soql)
    record = await sandbox.tooling_record("ValidationRule", rule["Id"])
    assert record["FullName"] == f"{name}.No_Forbidden"
    await sandbox.tooling_update("ValidationRule", rule["Id"], {"Metadata": record["Metadata"] | {"active": False}})
    assert (await sandbox.tooling_query(soql))[0]["Active"] is False
    [saved] = await sandbox.insert(name, [{"Name": "forbidden"}])
    assert saved.success


async def test_an_insert_whose_reply_is_lost_may_have_been_done(orgs: dict[str, Served], sandbox: Org) -> None:
    name = await with_object(sandbox, "Lost__c")
    orgs["hfx1"].faults.append(Fault("hfx1", "drop_after", path="composite/sobjects"))
    with pytest.raises(ReplyLost) as caught:
        await sandbox.insert(name, [{"Name": "a"}])
    assert caught.value.written == "unknown"
    assert await sandbox.count(f"SELECT COUNT() FROM {name}") == 1
    orgs["hfx1"].faults.append(Fault("hfx1", "drop_before", path="composite/sobjects"))
    with pytest.raises(ReplyLost):
        await sandbox.insert(name, [{"Name": "b"}])
    assert await sandbox.count(f"SELECT COUNT() FROM {name}") == 1


async def test_a_deploy_whose_reply_is_lost_is_found_again(orgs: dict[str, Served], sandbox: Org) -> None:
    since = datetime.now(UTC) - timedelta(minutes=1)
    files = {
        "package.xml": manifest(("CustomObject", "Found__c")),
        "objects/Found__c.object": OBJECT.replace("{name}", "Found"),
    }
    before = {item.id for item in await sandbox.recent_deploys(since)}
    orgs["hfx1"].faults.append(Fault("hfx1", "drop_after", path="deploy"))
    with pytest.raises(ReplyLost):
        await sandbox.deploy(package(files), DeployOptions())
    [found] = [item for item in await sandbox.recent_deploys(since) if item.id not in before]
    assert found.created_by[:15] == sandbox.user_id[:15]
    assert [result.status async for result in follow(sandbox, found.id)][-1] == "Succeeded"


async def test_polling_goes_on_through_a_busy_org(orgs: dict[str, Served], sandbox: Org) -> None:
    files = {
        "package.xml": manifest(("CustomObject", "Busy__c")),
        "objects/Busy__c.object": OBJECT.replace("{name}", "Busy"),
    }
    orgs["hfx1"].faults.append(Fault("hfx1", "status", path="checkDeployStatus", times=9, status=503))
    orgs["hfx1"].faults.append(Fault("hfx1", "drop_before", path="checkDeployStatus", times=3))
    assert (await deploy(sandbox, package(files)))[-1] == "Succeeded"


async def test_a_query_the_org_refuses_is_told_in_its_words(sandbox: Org) -> None:
    with pytest.raises(RequestRefused) as caught:
        await sandbox.query("SELECT Nothing__c FROM Account")
    assert caught.value.code == "INVALID_FIELD"
    assert "Nothing__c" in str(caught.value)
