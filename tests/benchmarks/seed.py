"""Seeding 10,000 or 100,000 related rows from org to org, beside SFDMU and CumulusCI.

`uv run python -m tests.benchmarks.seed [ROWS] [ours sfdmu cci]`. All work on the same local orgs, one after the other,
each into a sandbox of its own; needs `python -m tests.clients.install`. "own" is wall minus the processor time of the
orgs' process meanwhile; on a machine with other work look at "own cpu", the program's own processor time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from hotfix_tui.hotfix.client import HotfixClient, path_of
from hotfix_tui.journal import Journal
from tests.benchmarks.seed_orgs import BOXES, DATA_SET, BenchOrgs, Measured, bench_orgs, connection_of, measured
from tests.clients import install
from tests.clients.programs import ClosedWorld

_MAPPING = """
Accounts:
  sf_object: Account
  api: bulk
  fields: [Name, Bench_Key__c, Description]
  lookups:
    ParentId: {table: Account}
Contacts:
  sf_object: Contact
  api: bulk
  fields: [LastName, Email, Bench_Key__c]
  lookups:
    AccountId: {table: Account}
Memberships:
  sf_object: Membership__c
  api: bulk
  fields: [Name, Role__c, Bench_Key__c]
  lookups:
    Account__c: {table: Account}
    Contact__c: {table: Contact}
"""


def ours(orgs: BenchOrgs, folder: Path) -> tuple[Measured, Measured]:
    """The seed step in its own runner process; a second run finds nothing to write."""
    data_set = folder / "benchmark.toml"
    data_set.write_text(DATA_SET)
    environment = {**os.environ, "HOTFIX_HOME": str(orgs.home), "HOTFIX_RUNNER_IDLE": "0"}
    program = [sys.executable, "-m", "hotfix_tui"]
    new = [*program, "new", "bench", "--production", "prod", "--environment", "ours", "--json"]
    made = subprocess.run(new, env=environment, capture_output=True, text=True, check=True)
    hotfix = json.loads(made.stdout.splitlines()[0])["hotfix"]
    with HotfixClient(hotfix) as client:
        while client.runner_alive():
            time.sleep(0.05)
    runs = []
    for _ in range(2):
        with Journal.open(path_of(hotfix)) as journal:
            journal.post("seed", {"data_set": str(data_set)})
        runs.append(measured(orgs, [sys.executable, "-m", "hotfix_tui.hotfix.runner", hotfix], folder, environment))
        with HotfixClient(hotfix) as client:
            client.poll()
            assert client.state.results["seed"] == "done", client.state.failures
            print("  ", client.state.written["ours", "seed"], flush=True)
    return runs[0], runs[1]


def sfdmu(orgs: BenchOrgs, folder: Path) -> tuple[Measured, Measured]:
    """Upsert by external id with what it chooses itself (Bulk above 200 rows)."""
    named = [("prod", orgs.registry["orgs"]["prod"]), ("sfdmu", orgs.registry["orgs"]["sfdmu"])]
    queries = (
        "SELECT Name, Bench_Key__c, Description, ParentId FROM Account",
        "SELECT LastName, Email, Bench_Key__c, AccountId FROM Contact",
        "SELECT Name, Role__c, Bench_Key__c, Account__c, Contact__c FROM Membership__c",
    )
    content = {
        "orgs": [
            {"name": name, "instanceUrl": one["instance_url"], "accessToken": one["access_token"]}
            for name, one in named
        ],
        "objects": [{"query": query, "operation": "Upsert", "externalId": "Bench_Key__c"} for query in queries],
    }  # fmt: skip
    (folder / "export.json").write_text(json.dumps(content))
    environment = ClosedWorld(folder / "home").node(**install.sfdmu_home())
    command = ["sf", "sfdmu", "run", "-s", "prod", "-u", "sfdmu", "-p", str(folder), "--noprompt", "--json"]
    first = measured(orgs, command, folder, environment)
    return first, measured(orgs, command, folder, environment)


def cci(orgs: BenchOrgs, folder: Path) -> tuple[Measured, Measured]:
    """extract_dataset, then load_dataset, both by Bulk. It inserts again in a second run, so there is none."""
    home, project = folder / "home", folder / "project"
    (home / ".cumulusci").mkdir(parents=True)
    (home / ".cumulusci" / "cumulus_timestamp").write_text(str(time.time()))
    project.mkdir()
    (project / "cumulusci.yml").write_text(
        "project:\n  name: bench\n  package:\n    name: bench\n    api_version: '66.0'\n"
    )
    (project / "mapping.yml").write_text(_MAPPING)
    identity = ("-c", "user.email=cci@bench.example", "-c", "user.name=cci")
    for words in (("init", "--quiet"), (*identity, "commit", "--quiet", "--allow-empty", "-m", "empty")):
        subprocess.run(["git", *words], cwd=project, check=True)
    settings = {
        "CUMULUSCI_KEY": "0123456789abcdef",
        "CUMULUSCI_DISABLE_REFRESH": "1",
        "CUMULUSCI_AUTO_DETECT": "0",
        "REQUESTS_CA_BUNDLE": orgs.registry["ca"],
        "CUMULUSCI_ORG_prod": connection_of(orgs.registry["orgs"]["prod"]),
        "CUMULUSCI_ORG_cci": connection_of(orgs.registry["orgs"]["cci"]),
    }
    environment = ClosedWorld(home / "world").python(**settings) | {"HOME": str(home)}
    program = str(install.CUMULUSCI_FOLDER / "venv" / "bin" / "cci")
    options = ["-o", "mapping", "mapping.yml", "-o", "sql_path", "data.sql"]
    parts = [
        measured(orgs, [program, "task", "run", task, "--org", org, *options], project, environment)
        for task, org in (("extract_dataset", "prod"), ("load_dataset", "cci"))
    ]
    both = Measured(
        wall=sum(one.wall for one in parts),
        busy=sum(one.busy for one in parts),
        cpu=sum(one.cpu for one in parts),
        memory=max(one.memory for one in parts),
        code=max(one.code for one in parts),
        said=parts[-1].said,
    )
    return both, both


_PROGRAMS: dict[str, Callable[[BenchOrgs, Path], tuple[Measured, Measured]]] = {
    "ours": ours,
    "sfdmu": sfdmu,
    "cci": cci,
}


def main(arguments: list[str]) -> None:
    """Fills prod, runs each program, prints a table."""
    rows = int(arguments[0]) if arguments else 10_000
    wanted = arguments[1:] or list(BOXES)
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name, bench_orgs(Path(name)) as orgs:
        started = time.monotonic()
        there = orgs.fill(rows)
        print(f"{rows:,} rows in prod after {time.monotonic() - started:.0f} s: {there}", flush=True)
        print(f"{'':<10}{'wall s':>9}{'orgs s':>9}{'own s':>9}{'own cpu':>9}{'MB':>7}", flush=True)
        for program in wanted:
            folder = Path(name) / program
            folder.mkdir()
            first, second = _PROGRAMS[program](orgs, folder)
            for label, one in ((program, first), *(((f"{program} 2", second),) if second is not first else ())):
                print(
                    f"{label:<10}{one.wall:>9.1f}{one.busy:>9.1f}{one.own:>9.1f}{one.cpu:>9.1f}{one.memory / 1e6:>7.0f}"
                    + ("" if one.code == 0 else f"  exit {one.code}: {one.said[-600:]}"),
                    flush=True,
                )
            found = orgs.count(program)
            print("   ", "all there" if found == there else f"NOT all there: {found}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
