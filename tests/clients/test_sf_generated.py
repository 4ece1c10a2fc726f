"""Generated orgs read by the Salesforce CLI: what it retrieves from both differs exactly as their maker says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.localorg import process
from hotfix_tui.localorg.wanted import Wanted
from tests.clients import install
from tests.clients.library import write_project
from tests.clients.programs import ClosedWorld, Sf, needs
from tests.clients.running import Orgs

pytestmark = pytest.mark.slow
Files = dict[str, bytes]


@pytest.fixture(scope="module")
def generated(folder: Path) -> Iterator[tuple[Orgs, dict[str, Any]]]:
    """A pair of orgs, and where they differ."""
    home = folder / "generated"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOTFIX_HOME", str(home))
        registry, _ = process.start(Wanted(generate="components=500,differing=40,seed=5"))
    try:
        yield Orgs(registry), json.loads((home / "local-orgs" / "generated.json").read_text())
    finally:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HOTFIX_HOME", str(home))
            process.stop()


def retrieved(orgs: Orgs, world: ClosedWorld, alias: str, project: Path) -> Files:
    """All source of an org, by path."""
    sf = Sf(world, write_project(project))
    sf.log_in(alias, orgs[alias])
    sf.json("project", "generate", "manifest", "--from-org", alias, "-n", "all")
    answer = sf.json("project", "retrieve", "start", "-o", alias, "-x", "all.xml")
    assert (answer["status"], answer["messages"]) == ("Succeeded", [])
    root = sf.project / "force-app" / "main" / "default"
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def name_in(path: str) -> str:
    """The component a file of source belongs to, by the last part of its name."""
    parts = path.split("/")
    if parts[0] in ("lwc", "aura"):
        return parts[1]
    return parts[-1].split(".")[parts[0] in ("customMetadata", "quickActions")]


def test_the_cli_reads_all_of_it_and_finds_the_stated_differences(
    generated: tuple[Orgs, dict[str, Any]], world: ClosedWorld, tmp_path: Path
) -> None:
    needs(install.SF_FOLDER)
    orgs, told = generated
    ours, theirs = (retrieved(orgs, world, alias, tmp_path / alias) for alias in ("large", "twin"))
    paths = {path for path in ours.keys() | theirs.keys() if ours.get(path) != theirs.get(path)}
    # Which version of a flow is active is in a file of its own here, and labels and workflow are one file for many.
    single = {path for path in paths if path.split("/")[0] not in ("flowDefinitions", "labels", "workflows")}
    found = {name_in(path) for path in single}
    stated = {
        each["full_name"].rpartition("/")[2].partition(".")[2] or each["full_name"].rpartition("/")[2]
        for listed in told["components"].values()
        for each in listed
        if each["type"] not in ("CustomLabel", "WorkflowRule", "WorkflowAlert", "WorkflowFieldUpdate")
    }
    assert found == stated
    assert {"labels/CustomLabels.labels-meta.xml"} <= paths
