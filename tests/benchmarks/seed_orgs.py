"""Orgs for measuring seeds: accounts with a self-lookup, contacts, and a junction between them."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hotfix_tui.localorg import process
from hotfix_tui.localorg.wanted import Load, Wanted
from tests.clients.library import write_project, write_source
from tests.localorg.wire import Wire

NS = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
KEY = (
    f"<CustomField {NS}><fullName>Bench_Key__c</fullName><caseSensitive>false</caseSensitive>"
    "<externalId>true</externalId><label>Key</label><length>40</length><type>Text</type><unique>true</unique></CustomField>"
)
OBJECT = (
    f"<CustomObject {NS}><deploymentStatus>Deployed</deploymentStatus><label>Membership</label><nameField>"
    "<label>Name</label><type>Text</type></nameField><pluralLabel>Memberships</pluralLabel>"
    "<sharingModel>ReadWrite</sharingModel></CustomObject>"
)
DATA_SET = """
v = 1
name = "Benchmark"
[[object]]
name = "Account"
root = true
key = ["Bench_Key__c"]
fields = ["Name", "Bench_Key__c", "Description", "ParentId"]
[[object]]
name = "Contact"
root = true
key = ["Bench_Key__c"]
fields = ["LastName", "Email", "Bench_Key__c", "AccountId"]
[[object]]
name = "Membership__c"
root = true
key = ["Bench_Key__c"]
fields = ["Name", "Role__c", "Bench_Key__c", "Account__c", "Contact__c"]
"""
BOXES = ("ours", "sfdmu", "cci")


def _lookup(name: str, to: str) -> str:
    return (
        f"<CustomField {NS}><fullName>{name}</fullName><label>{to}</label><referenceTo>{to}</referenceTo>"
        "<relationshipLabel>Memberships</relationshipLabel><relationshipName>Memberships</relationshipName>"
        "<type>Lookup</type></CustomField>"
    )


def write_source_project(folder: Path) -> Path:
    """The metadata that all orgs have."""
    write_project(folder)
    for name in ("Account", "Contact", "Membership__c"):
        write_source(folder, f"objects/{name}/fields/Bench_Key__c.field-meta.xml", KEY)
    write_source(folder, "objects/Membership__c/Membership__c.object-meta.xml", OBJECT)
    role = f"<CustomField {NS}><fullName>Role__c</fullName><label>Role</label><length>60</length><type>Text</type>"
    write_source(folder, "objects/Membership__c/fields/Role__c.field-meta.xml", f"{role}</CustomField>")
    for name, to in (("Account__c", "Account"), ("Contact__c", "Contact")):
        write_source(folder, f"objects/Membership__c/fields/{name}.field-meta.xml", _lookup(name, to))
    return folder


@dataclass(frozen=True)
class BenchOrgs:
    """`prod` with rows, and an empty sandbox for each program that brings them there."""

    home: Path
    registry: dict[str, Any]
    pid: int

    def wire(self, alias: str) -> Wire:
        """An org as seen with the standard library."""
        return Wire(self.registry["orgs"][alias])

    def count(self, alias: str) -> dict[str, int]:
        """How many keyed rows an org has, and how many of them have their parents."""
        wire = self.wire(alias)
        return {
            f"{name} {field}": wire.query(
                f"SELECT COUNT(Id) n FROM {name} WHERE Bench_Key__c != null AND {field} != null"
            )[0]["n"]
            for name, field in (
                ("Account", "Id"), ("Account", "ParentId"), ("Contact", "AccountId"), ("Membership__c", "Account__c"),
                ("Membership__c", "Contact__c"),
            )
        }  # fmt: skip

    def busy(self) -> float:
        """Seconds of processor time that the orgs' process has had."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def fill(self, rows: int) -> dict[str, int]:
        """Puts `rows` related rows into prod: a fifth accounts in trees four deep, two fifths each of the others."""
        accounts, contacts = rows // 5, 2 * rows // 5
        memberships = rows - accounts - contacts
        wire = self.wire("prod")
        ids: dict[str, list[str]] = {"Account": [], "Contact": []}

        def put(name: str, made: Iterator[dict[str, Any]]) -> None:
            batch: list[dict[str, Any]] = []
            for row in made:
                batch.append({"attributes": {"type": name}, **row})
                if len(batch) == 200:
                    ids.setdefault(name, []).extend(_insert(wire, batch))
                    batch = []
            if batch:
                ids.setdefault(name, []).extend(_insert(wire, batch))

        level = max(accounts // 4, 1)
        # A level is whole before the next one refers to it.
        for start in range(0, accounts, level):
            above = ids["Account"][-level:] if start else []
            stop = min(start + level, accounts)
            put("Account", (_account(number, above) for number in range(start, stop)))
        put("Contact", (_contact(number, ids["Account"]) for number in range(contacts)))
        put("Membership__c", (_membership(number, ids) for number in range(memberships)))
        return self.count("prod")


def _insert(wire: Wire, batch: list[dict[str, Any]]) -> list[str]:
    made = wire.rest("POST", "/composite/sobjects", {"allOrNone": True, "records": batch})
    return [one["id"] for one in made]


def _account(number: int, above: list[str]) -> dict[str, Any]:
    parent = {"ParentId": above[number % len(above)]} if above else {}
    return {"Name": f"Account {number}", "Bench_Key__c": f"A{number:07}", "Description": f"No. {number}" * 4, **parent}


def _contact(number: int, accounts: list[str]) -> dict[str, Any]:
    account = accounts[number % len(accounts)]
    key = f"C{number:07}"
    return {"LastName": f"Contact {number}", "Email": f"c{number}@x.example", "Bench_Key__c": key, "AccountId": account}


def _membership(number: int, ids: dict[str, list[str]]) -> dict[str, Any]:
    accounts, contacts = ids["Account"], ids["Contact"]
    return {
        "Name": f"Membership {number}", "Role__c": f"Role {number % 17}", "Bench_Key__c": f"M{number:07}",
        "Account__c": accounts[(number * 7) % len(accounts)], "Contact__c": contacts[number % len(contacts)],
    }  # fmt: skip


@contextmanager
def bench_orgs(folder: Path) -> Iterator[BenchOrgs]:
    """The orgs, running in a process of their own."""
    project = write_source_project(folder / "source")
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    os.environ["HOTFIX_HOME"] = str(home)
    loads = (Load("prod", str(project), "production"), *(Load(name, str(project), "full") for name in BOXES))
    registry, _ = process.start(Wanted("", loads))
    try:
        yield BenchOrgs(home, registry, int(registry["pid"]))
    finally:
        process.stop()


@dataclass(frozen=True)
class Measured:
    """One run of a program: seconds in all, seconds the orgs were at work, its own processor time, its most memory."""

    wall: float
    busy: float
    cpu: float
    memory: int
    code: int
    said: str

    @property
    def own(self) -> float:
        """Seconds that were not the orgs'."""
        return max(self.wall - self.busy, 0.0)


def measured(orgs: BenchOrgs, command: list[str], folder: Path, environment: dict[str, str]) -> Measured:
    """Runs a program to its end. Memory is the largest of its processes'."""
    busy, started = orgs.busy(), time.monotonic()
    out = folder / "out.log"
    with out.open("wb") as file:
        child = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT
        )
        most = 0
        while True:
            ended, status, used = os.wait4(child.pid, os.WNOHANG)
            if ended:
                break
            most = max(most, _resident(child.pid))
            time.sleep(0.05)
    wall, code = time.monotonic() - started, os.waitstatus_to_exitcode(status)
    child.returncode = code
    cpu = used.ru_utime + used.ru_stime
    return Measured(wall, orgs.busy() - busy, cpu, most, code, out.read_text(errors="replace")[-3000:])


def _resident(pid: int) -> int:
    """Bytes that a process and its children hold now."""
    total = 0
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                total += int(line.split()[1]) * 1024
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return total
    return total + sum(_resident(int(one)) for one in children)


def connection_of(entry: dict[str, Any]) -> str:
    """An org as CumulusCI reads it from its environment."""
    url = entry["https_url"]
    user = f"{url}/id/{entry['org_id']}/{entry['org_id'].replace('00D', '005', 1)}"
    return json.dumps(
        {
            "access_token": entry["access_token"], "instance_url": url, "id": user, "username": entry["username"],
            "scratch": False,
        }
    )  # fmt: skip
