"""Clients that others wrote, against an org with a small library in it: in this process, or running by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients import install
from tests.clients.library import write_library, write_project
from tests.clients.programs import ClosedWorld, Sf, needs
from tests.clients.running import Orgs, running
from tests.localorg.own_org import api, bare_org, org, user

__all__ = ["api", "bare_org", "org", "user"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the tests of one module."""
    return tmp_path_factory.mktemp("clients")


@pytest.fixture(scope="module")
def orgs(folder: Path) -> Iterator[Orgs]:
    """`prod`, a production org, and `dev`, a sandbox: both hold the library and no records."""
    with running(folder / "orgs", write_library(folder / "library"), prod="production", dev="developer") as made:
        yield made


@pytest.fixture(scope="module")
def world(folder: Path) -> Iterator[ClosedWorld]:
    """A HOME for the module's clients. At the end none of them has tried to leave the machine."""
    made = ClosedWorld(folder / "home")
    yield made
    assert made.beyond() == []


@pytest.fixture(scope="module")
def sf(orgs: Orgs, world: ClosedWorld, folder: Path) -> Sf:
    """The Salesforce CLI, logged in to both orgs, in an empty project."""
    needs(install.SF_FOLDER)
    made = Sf(world, write_project(folder / "project"))
    for alias in ("prod", "dev"):
        made.log_in(alias, orgs[alias])
    return made
