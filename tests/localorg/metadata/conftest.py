"""Orgs for tests of the metadata side, served over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hotfix_tui.localorg.clock import Clock
from hotfix_tui.localorg.org import Kind, LocalOrg
from tests.localorg.metadata.soap_client import Rest, Soap, serving


@dataclass
class Served:
    """A served org with its clients."""

    org: LocalOrg
    soap: Soap
    rest: Rest
    user_id: str


Serve = Callable[..., Served]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Makes and serves an org of a kind; deployments take no time unless `pace` says so."""
    with ExitStack() as stack:

        def make(kind: Kind = "developer", name: str = "here", pace: float = 0.0) -> Served:
            folder = tmp_path / name
            clock = Clock(datetime(2026, 1, 13, 10, tzinfo=UTC))
            known = (folder / "org.sqlite").exists()
            org = LocalOrg.open(folder, clock) if known else LocalOrg.create(folder, name=name, kind=kind, clock=clock)
            stack.callback(org.close)
            org.deploys.pace = pace
            user_id = org.users.add_user("admin@example.com", "Ada Admin")
            token = org.users.token_for(user_id)
            url = stack.enter_context(serving(org))
            return Served(org, Soap(url, token), Rest(url, token), user_id)

        yield make


@pytest.fixture
def here(serve: Serve) -> Served:
    """A developer sandbox."""
    return serve()


@pytest.fixture
def production(serve: Serve) -> Served:
    """A production org."""
    return serve("production", "prod")
