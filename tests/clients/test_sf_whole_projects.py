"""Whole projects through an org and back by the Salesforce CLI: a manifest of all, retrieved, is the source."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from hotfix_tui.localorg import process
from hotfix_tui.localorg.wanted import Load, Wanted
from tests.clients import install
from tests.clients.library import write_library, write_project
from tests.clients.programs import ClosedWorld, Sf, needs
from tests.clients.running import Orgs
from tests.localorg.wire import tree

pytestmark = pytest.mark.slow
CORPUS = Path(os.environ.get("HOTFIX_CORPUS", Path(__file__).resolve().parents[3] / "shared" / "corpus"))
_PACKAGED = re.compile(r"/sfdcInternalInt__[^/]*\Z")
_PUBLISHED = {"recipes": "apex-recipes-2026-07", "ebikes": "ebikes-2026-07", "spaces": "easy-spaces-2024-03"}


@pytest.fixture(scope="module")
def projects(folder: Path) -> dict[str, Path]:
    """Projects by the alias of the org that is made of them: the library, and published ones where they are."""
    found = {"library": write_library(folder / "library")}
    return found | {alias: CORPUS / name for alias, name in _PUBLISHED.items() if (CORPUS / name).is_dir()}


@pytest.fixture(scope="module")
def made_of_projects(folder: Path, projects: dict[str, Path]) -> Iterator[Orgs]:
    """An org of each project."""
    loads = tuple(Load(alias, str(path)) for alias, path in projects.items())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOTFIX_HOME", str(folder / "orgs"))
        registry, _ = process.start(Wanted(loads=loads))
    try:
        yield Orgs(registry)
    finally:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HOTFIX_HOME", str(folder / "orgs"))
            process.stop()


def _files(project: Path) -> dict[str, bytes]:
    """The source by path behind main/default; of several package folders, the last one's."""
    return {
        path.as_posix().partition("/main/default/")[2]: path.read_bytes()
        for path in sorted(project.rglob("*"))
        if path.is_file() and "/main/default/" in path.as_posix()
    }


def _same(path: str, one: bytes, other: bytes) -> bool:
    if one == other or not path.endswith(".xml"):
        return one == other
    return bool(tree(ElementTree.fromstring(one)) == tree(ElementTree.fromstring(other)))


@pytest.mark.parametrize("alias", ["library", *_PUBLISHED])
def test_what_is_retrieved_is_what_the_org_was_made_of(
    made_of_projects: Orgs, projects: dict[str, Path], world: ClosedWorld, tmp_path: Path, alias: str
) -> None:
    if alias not in projects:
        pytest.skip("no published projects here")
    needs(install.SF_FOLDER)
    sf = Sf(world, write_project(tmp_path / "project"))
    sf.log_in(alias, made_of_projects[alias])
    sf.json("project", "generate", "manifest", "--from-org", alias, "-n", "all")
    answer = sf.json("project", "retrieve", "start", "-o", alias, "-x", "all.xml")
    assert (answer["status"], answer["messages"]) == ("Succeeded", [])
    # What belongs to a package is in no manifest of the CLI's, unless it is asked for.
    source = {path: body for path, body in _files(projects[alias]).items() if not _PACKAGED.search(path)}
    retrieved = _files(sf.project)
    assert set(source) <= set(retrieved)
    assert [path for path, body in source.items() if not _same(path, body, retrieved[path])] == []
    # Beyond it are only the standard objects, without anything of their own, and the settings of flows.
    more = {path.partition("/")[0] for path in set(retrieved) - set(source)}
    assert more <= {"objects", "flowDefinitions", "settings", "profiles"}
