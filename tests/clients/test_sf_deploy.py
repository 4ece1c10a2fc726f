"""`sf project deploy` and `delete`, over SOAP and REST: what the CLI reports and what the org holds afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.library import write_class, write_project, write_source
from tests.clients.programs import Sf
from tests.clients.running import Orgs
from tests.localorg.own_org import an_object, field

pytestmark = pytest.mark.slow
_START = ("project", "deploy", "start", "-d", "force-app", "-o")
_TEST = """@IsTest
private class {0}Test {{
    @IsTest
    static void one() {{
        new {0}().one();
    }}
}}
"""
_SEATS = field("Seats__c", "Number", "<precision>4</precision><scale>0</scale>")


@pytest.fixture
def own(sf: Sf, tmp_path: Path) -> Sf:
    """The CLI in an empty project of the test's own."""
    return Sf(sf.world, write_project(tmp_path / "project"))


@pytest.fixture
def slow_deploys(orgs: Orgs) -> Iterator[None]:
    """Deployments take longer than a call of the CLI does."""
    orgs.control("POST", "/pace", {"seconds": 5})
    yield
    orgs.control("POST", "/pace", {"seconds": 0})


def _room(project: Path, name: str) -> None:
    write_source(project, f"objects/{name}/{name}.object-meta.xml", an_object(name.removesuffix("__c")))
    write_source(project, f"objects/{name}/fields/Seats__c.field-meta.xml", _SEATS)


def _has(orgs: Orgs, alias: str, *components: str) -> list[bool]:
    listed = orgs.wire(alias).listing(*{component.partition(":")[0] for component in components})
    return [component in listed for component in components]


def _operations(orgs: Orgs, alias: str, since: int) -> list[str]:
    """What a client did since the log was so long: SOAP operations, and the other requests by method and path."""
    return [
        entry["operation"] or f"{entry['method']} {entry['path'].partition('?')[0]}"
        for entry in orgs.requests(alias)[since:]
    ]


def _deployed(answer: dict[str, Any]) -> set[str]:
    return {
        f"{each['componentType']}:{each['fullName']}"
        for each in answer["details"]["componentSuccesses"]
        if each["componentType"]
    }


@pytest.mark.parametrize("way", ["SOAP", "REST"])
def test_new_components_are_deployed_and_can_be_used(orgs: Orgs, own: Sf, way: str) -> None:
    room, code = f"{way}_Room__c", f"{way}Rooms"
    _room(own.project, room)
    write_class(own.project, code, f"public class {code} {{\n    public {room} any;\n}}\n")
    since = len(orgs.requests("dev"))
    answer = own.json(*_START, "dev", SF_ORG_METADATA_REST_DEPLOY=str(way == "REST").lower())
    assert (answer["status"], answer["success"], answer["done"]) == ("Succeeded", True, True)
    assert _deployed(answer) == {f"CustomObject:{room}", f"CustomField:{room}.Seats__c", f"ApexClass:{code}"}
    assert (answer["numberComponentsDeployed"], answer["numberComponentErrors"]) == (3, 0)
    assert {each["state"] for each in answer["files"]} == {"Created"}
    # Nobody was granted the new field; the object itself is an administrator's at once.
    made = orgs.wire("dev").rest("POST", f"/sobjects/{room}", {"Name": "Attic"})
    assert made["success"] is True
    done = _operations(orgs, "dev", since)
    assert ("deploy" in done) is (way == "SOAP")
    assert any(each.endswith("/metadata/deployRequest") for each in done) is (way == "REST")


@pytest.mark.parametrize("way", ["SOAP", "REST"])
def test_a_component_that_fails_is_told_with_line_and_problem_and_nothing_stays(orgs: Orgs, own: Sf, way: str) -> None:
    _room(own.project, "Lost__c")
    write_source(
        own.project,
        "triggers/Lose.trigger",
        "trigger Lose on Lost__c (before insert) {\n    new Lost__c(Nope__c = 1);\n}\n",
    )
    write_source(
        own.project,
        "triggers/Lose.trigger-meta.xml",
        '<ApexTrigger xmlns="http://soap.sforce.com/2006/04/metadata"><apiVersion>66.0</apiVersion>'
        "<status>Active</status></ApexTrigger>",
    )
    answer = own.fails(*_START, "dev", SF_ORG_METADATA_REST_DEPLOY=str(way == "REST").lower())
    result = answer.get("data") or answer["result"]
    assert (result["status"], result["success"], result["numberComponentErrors"]) == ("Failed", False, 1)
    (problem,) = result["details"]["componentFailures"]
    assert (problem["componentType"], problem["fullName"], int(problem["lineNumber"])) == ("ApexTrigger", "Lose", 2)
    assert "Nope__c" in problem["problem"]
    assert _has(orgs, "dev", "CustomObject:Lost__c", "ApexTrigger:Lose") == [False, False]


@pytest.mark.parametrize("way", ["SOAP", "REST"])
def test_a_validation_changes_nothing_until_its_quick_deploy(orgs: Orgs, own: Sf, way: str) -> None:
    code, rest = f"{way}Validated", {"SF_ORG_METADATA_REST_DEPLOY": str(way == "REST").lower()}
    write_class(own.project, code, f"public class {code} {{\n    public Integer one() {{ return 1; }}\n}}\n")
    write_class(own.project, f"{code}Test", _TEST.format(code))
    checked = own.json(
        *("project", "deploy", "validate", "-o", "prod", "-d", "force-app", "-l", "RunLocalTests"), **rest
    )
    assert (checked["status"], checked["checkOnly"]) == ("Succeeded", True)
    ran = checked["details"]["runTestResult"]
    assert f"{code}Test" in {each["name"] for each in ran["successes"]}
    assert int(ran["numTestsRun"]) == checked["numberTestsCompleted"] >= 2
    assert _has(orgs, "prod", f"ApexClass:{code}") == [False]
    quick = own.json("project", "deploy", "quick", "-o", "prod", "-i", checked["id"], "-w", "1", **rest)
    assert (quick["status"], quick["checkOnly"]) == ("Succeeded", False)
    assert quick["id"] != checked["id"]
    assert _has(orgs, "prod", f"ApexClass:{code}", f"ApexClass:{code}Test") == [True, True]


def test_a_job_is_left_alone_looked_at_cancelled_and_taken_up_again(orgs: Orgs, own: Sf, slow_deploys: None) -> None:
    for name in ("First", "Second", "Third", "Fourth"):
        write_class(own.project, name, f"public class {name} {{ }}\n")
    job = own.json(*_START, "dev", "--async")["id"]
    report = own.json("project", "deploy", "report", "-o", "dev", "-i", job)
    assert (report["id"], report["done"], report["status"] in ("Pending", "InProgress")) == (job, False, True)
    ran = own.run("project", "deploy", "cancel", "-o", "dev", "-i", job, "--json")
    assert '"status": "Canceled"' in ran.out, ran.words
    assert _has(orgs, "dev", "ApexClass:First", "ApexClass:Fourth") == [False, False]
    job = own.json(*_START, "dev", "--async")["id"]
    orgs.control("POST", "/pace", {"seconds": 0})
    resumed = own.json("project", "deploy", "resume", "-i", job)
    assert (resumed["id"], resumed["status"]) == (job, "Succeeded")
    assert _has(orgs, "dev", "ApexClass:First", "ApexClass:Fourth") == [True, True]
    report = own.json("project", "deploy", "report", "-o", "dev", "-i", job)
    assert _deployed(report) == {f"ApexClass:{name}" for name in ("First", "Second", "Third", "Fourth")}


def test_a_deploy_that_is_being_finalized_is_followed_to_its_end(orgs: Orgs, own: Sf) -> None:
    orgs.control("POST", "/pace", {"seconds": 1.5})
    write_class(own.project, "Finalized", "public class Finalized { }\n")
    since = len(orgs.requests("dev"))
    try:
        answer = own.json(*_START, "dev")
    finally:
        orgs.control("POST", "/pace", {"seconds": 0})
    assert (answer["status"], _has(orgs, "dev", "ApexClass:Finalized")) == ("Succeeded", [True])
    assert _operations(orgs, "dev", since).count("checkDeployStatus") >= 3, "one of them while it is finalized"


def test_destructive_changes_delete_before_and_after(orgs: Orgs, own: Sf) -> None:
    _room(own.project, "Doomed__c")
    write_class(own.project, "Doomed", "public class Doomed { }\n")
    own.json(*_START, "dev")
    package = '<Package xmlns="http://soap.sforce.com/2006/04/metadata">{}<version>66.0</version></Package>'
    types = "<types><members>{}</members><name>{}</name></types>"
    for name, content in (
        ("package.xml", ""),
        ("pre.xml", types.format("Doomed", "ApexClass")),
        ("post.xml", types.format("Doomed__c", "CustomObject")),
    ):
        (own.project / name).write_text(package.format(content))
    answer = own.json(
        *("project", "deploy", "start", "-o", "dev", "-x", "package.xml"),
        *("--pre-destructive-changes", "pre.xml", "--post-destructive-changes", "post.xml"),
    )
    assert answer["status"] == "Succeeded"
    assert {"Doomed", "Doomed__c"} <= {
        each["fullName"] for each in answer["details"]["componentSuccesses"] if each["deleted"]
    }
    assert _has(orgs, "dev", "ApexClass:Doomed", "CustomObject:Doomed__c") == [False, False]


def test_deleting_source_deletes_it_here_and_in_the_org(orgs: Orgs, own: Sf) -> None:
    write_class(own.project, "Unwanted", "public class Unwanted { }\n")
    own.json(*_START, "dev")
    answer = own.json("project", "delete", "source", "-o", "dev", "-m", "ApexClass:Unwanted", "--no-prompt")
    assert answer["status"] == "Succeeded"
    assert {each["fullName"] for each in answer["deletedSource"]} == {"Unwanted"}
    assert not list(own.project.rglob("Unwanted*"))
    assert _has(orgs, "dev", "ApexClass:Unwanted") == [False]
