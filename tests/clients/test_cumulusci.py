"""CumulusCI over HTTPS: metadata both ways, queries, and data sets extracted and loaded by REST and by Bulk."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.clients import install
from tests.clients.library import write_class, write_project
from tests.clients.programs import ClosedWorld, Ran, needs, run
from tests.clients.running import Orgs
from tests.localorg.own_org import component
from tests.localorg.wire import Wire

pytestmark = pytest.mark.slow
_MAPPING = """
Shelves:
  sf_object: Shelf__c
  api: {api}
  fields: [Name, Key__c, Cap__c]
Books:
  sf_object: Book__c
  api: {api}
  fields: [Name, Key__c, Genre__c, Price__c, Notes__c]
  lookups:
    Shelf__c: {{table: Shelf__c}}
    Sequel_Of__c: {{table: Book__c}}
"""
_PACKAGE = """<?xml version="1.0" encoding="UTF-8"?>
<Package xmlns="http://soap.sforce.com/2006/04/metadata">
{}
<version>66.0</version>
</Package>
"""


@dataclass(frozen=True)
class Cci:
    """`cci` in a project and a HOME of its own."""

    project: Path
    environment: dict[str, str]

    def run(self, *words: str) -> Ran:
        """One call as typed; it must succeed."""
        program = install.CUMULUSCI_FOLDER / "venv" / "bin" / "cci"
        ran = run([str(program), *words], self.project, self.environment)
        assert ran.code == 0, ran.words
        return ran

    def task(self, name: str, org: str, **options: str) -> str:
        """One task; what it told, on one line."""
        given = [word for option, value in options.items() for word in ("-o", option, value)]
        return " ".join(self.run("task", "run", name, "--org", org, *given).out.split())


@pytest.fixture
def cci(orgs: Orgs, tmp_path: Path) -> Cci:
    """CumulusCI with both orgs as services of its environment, and an empty project in a git repository."""
    needs(install.CUMULUSCI_FOLDER)
    home, project = tmp_path / "cci-home", tmp_path / "project"
    # The time of its last look for a newer version: now, so that it does not look.
    (home / ".cumulusci").mkdir(parents=True)
    (home / ".cumulusci" / "cumulus_timestamp").write_text(str(time.time()))
    project.mkdir()
    (project / "cumulusci.yml").write_text(
        "project:\n  name: library\n  package:\n    name: library\n    api_version: '66.0'\n"
    )
    identity = ("-c", "user.email=cci@library.example", "-c", "user.name=cci")
    for words in (("init", "--quiet"), (*identity, "commit", "--quiet", "--allow-empty", "-m", "empty")):
        subprocess.run(["git", *words], cwd=project, check=True)
    connected = {f"CUMULUSCI_ORG_{alias}": json.dumps(_connection(orgs[alias])) for alias in ("prod", "dev")}
    settings = {
        "CUMULUSCI_KEY": "0123456789abcdef",
        "CUMULUSCI_DISABLE_REFRESH": "1",
        "CUMULUSCI_AUTO_DETECT": "0",
        "REQUESTS_CA_BUNDLE": orgs.registry["ca"],
    }
    return Cci(project, ClosedWorld(home).python(**settings, **connected))


def _connection(entry: dict[str, Any]) -> dict[str, Any]:
    url = entry["https_url"]
    return {
        "access_token": entry["access_token"],
        "instance_url": url,
        "id": f"{url}/id/{entry['org_id']}/{entry['org_id'].replace('00D', '005', 1)}",
        "username": entry["username"],
        "scratch": False,
    }


def _package(folder: Path, **types: str) -> Path:
    """A manifest, one element a line: CumulusCI reads it line by line."""
    folder.mkdir(parents=True, exist_ok=True)
    each = (f"<types>\n<members>{name}</members>\n<name>{kind}</name>\n</types>" for kind, name in types.items())
    (folder / "package.xml").write_text(_PACKAGE.format("\n".join(each)))
    return folder / "package.xml"


def test_org_info_is_what_the_org_says_of_itself(orgs: Orgs, cci: Cci) -> None:
    for alias, sandbox in (("prod", False), ("dev", True)):
        info = json.loads(cci.run("org", "info", alias, "--json").out)
        assert (info["username"], info["is_sandbox"]) == (orgs[alias]["username"], sandbox)
        assert (info["org_type"], info["instance_url"]) == ("Enterprise Edition", orgs[alias]["https_url"])


def test_components_are_listed_deployed_and_retrieved(orgs: Orgs, cci: Cci) -> None:
    listed = cci.task("list_nonsource_trackable_components", "dev", metadata_types="CustomObject,ApexClass")
    named = set(re.findall(r"(?:CustomObject|ApexClass): \w+", listed))
    assert named == {name.replace(":", ": ", 1) for name in orgs.wire("dev").listing("CustomObject", "ApexClass")}
    described = cci.task("describe_metadatatypes", "dev")
    assert "Done" in described
    package = _package(cci.project / "src", ApexClass="Lender")
    (package.parent / "classes").mkdir()
    body = "public class Lender {\n    // 100 % tested\n}\n"
    (package.parent / "classes" / "Lender.cls").write_text(body)
    meta = component("ApexClass", "<apiVersion>66.0</apiVersion><status>Active</status>")
    (package.parent / "classes" / "Lender.cls-meta.xml").write_bytes(meta)
    assert "[Success]: Succeeded" in cci.task("deploy", "dev", path="src")
    wanted = _package(cci.project / "wanted", ApexClass="Lender", CustomObject="Shelf__c")
    cci.task("retrieve_unpackaged", "dev", path="got", package_xml=str(wanted))
    got = cci.project / "got"
    assert {str(path.relative_to(got)) for path in got.rglob("*") if path.is_file()} == {
        "package.xml",
        "classes/Lender.cls",
        "classes/Lender.cls-meta.xml",
        "objects/Shelf__c.object",
    }
    assert (got / "classes" / "Lender.cls").read_text() == body
    assert b"<fullName>Total__c</fullName>" in (got / "objects" / "Shelf__c.object").read_bytes()


def test_a_project_in_source_format_is_deployed_and_its_tests_run(orgs: Orgs, cci: Cci) -> None:
    needs(install.SF_FOLDER)
    source = write_project(cci.project / "source")
    write_class(source, "Fines", "public class Fines { public Integer none() { return 0; } }\n")
    write_class(
        source,
        "FinesTest",
        "@IsTest\nprivate class FinesTest {\n    @IsTest\n    static void none() { new Fines().none(); }\n}\n",
    )
    # CumulusCI has the Salesforce CLI convert it, so that one is on its path, as quiet as elsewhere.
    with_cli = {**cci.environment, **ClosedWorld(cci.project.parent / "cci-home").node()}
    (cci.project / "sfdx-project.json").write_bytes((source / "sfdx-project.json").read_bytes())
    told = Cci(cci.project, with_cli).task("deploy", "dev", path=str(source / "force-app"))
    assert "Converting from SFDX to MDAPI format." in told and "[Success]: Succeeded" in told
    ran = cci.task("run_tests", "dev", test_name_match="FinesTest")
    assert "Pass: 1 Retried: 0 Fail: 0 CompileFail: 0 Skip: 0" in ran
    soql = "SELECT MethodName, Outcome FROM ApexTestResult WHERE ApexClass.Name = 'FinesTest'"
    assert [(row["MethodName"], row["Outcome"]) for row in orgs.wire("dev").query(soql)] == [("none", "Pass")]


def _fill(wire: Wire, prefix: str, many: int) -> None:
    shelf = wire.rest("POST", "/sobjects/Shelf__c", {"Name": f"{prefix} shelf", "Key__c": prefix, "Cap__c": 7.5})["id"]
    rows = [
        {
            "attributes": {"type": "Book__c"},
            "Name": f"{prefix} {number}",
            "Key__c": f"{prefix}{number:03}",
            "Shelf__c": shelf,
            "Price__c": number + 0.5,
            "Notes__c": f'Line "{number}",\nand another',
        }
        for number in range(many)
    ]
    made = wire.rest("POST", "/composite/sobjects", {"allOrNone": True, "records": rows})
    links = [
        {"attributes": {"type": "Book__c"}, "id": made[number]["id"], "Sequel_Of__c": made[number - 1]["id"]}
        for number in range(1, many, 2)
    ]
    wire.rest("PATCH", "/composite/sobjects", {"allOrNone": True, "records": links})


def _plain(value: Any) -> Any:
    """A record without addresses, which differ from org to org."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items() if name != "attributes"}
    return value


def _books(wire: Wire, prefix: str) -> list[Any]:
    rows = wire.query(
        "SELECT Name, Key__c, Price__c, Genre__c, Notes__c, Shelf__r.Name, Shelf__r.Cap__c, Sequel_Of__r.Key__c"
        f" FROM Book__c WHERE Key__c LIKE '{prefix}%' ORDER BY Key__c"
    )
    return [_plain(row) for row in rows]


@pytest.mark.parametrize("api", ["rest", "bulk"])
def test_a_data_set_is_extracted_from_one_org_and_loaded_into_another(orgs: Orgs, cci: Cci, api: str) -> None:
    prod, dev = orgs.wire("prod"), orgs.wire("dev")
    for wire in (prod, dev):
        for shelf in wire.query("SELECT Id FROM Shelf__c"):
            wire.rest("DELETE", f"/sobjects/Shelf__c/{shelf['Id']}")
    _fill(prod, api, 60)
    mapping = cci.project / "mapping.yml"
    mapping.write_text(_MAPPING.format(api=api))
    since = len(orgs.requests("dev"))
    cci.task("extract_dataset", "prod", mapping=str(mapping), sql_path="data.sql")
    told = cci.task("load_dataset", "dev", mapping=str(mapping), sql_path="data.sql")
    assert "Setting records to 'recently viewed'." in told and "Could not" not in told and "Cannot" not in told
    assert len(_books(dev, api)) == 60
    assert _books(dev, api) == _books(prod, api)
    assert prod.query("SELECT COUNT(Id) n FROM Book__c WHERE Sequel_Of__c != null")[0]["n"] == 30
    written = {entry["path"].split("/")[2] for entry in orgs.requests("dev")[since:] if entry["method"] == "POST"}
    assert ("async" in written) is (api == "bulk")


def test_a_query_s_rows_become_a_file(orgs: Orgs, cci: Cci) -> None:
    wire = orgs.wire("prod")
    for name in ('A, "quoted"', "Zürich"):
        wire.rest("POST", "/sobjects/Account", {"Name": name})
    soql = "SELECT Id, Name FROM Account ORDER BY Name"
    cci.task("query", "prod", object="Account", query=soql, result_file="accounts.csv")
    with (cci.project / "accounts.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows == [{"Id": row["Id"], "Name": row["Name"]} for row in wire.query(soql)]
    assert [row["Name"] for row in rows] == ['A, "quoted"', "Zürich"]
