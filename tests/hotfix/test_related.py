"""Which orgs are a production org's own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotfix_tui.hotfix.related import related
from hotfix_tui.salesforce.login import OrgLogin, login_for
from hotfix_tui.salesforce.logins import flows
from hotfix_tui.salesforce.org import Org
from tests.clients.library import write_library
from tests.clients.running import Orgs, running


@pytest.fixture
def orgs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Orgs]:
    """Production with one sandbox of its own, and an org of somebody else's; our own logins to all of them."""
    library = write_library(tmp_path / "library")
    with (
        running(tmp_path / "orgs", library, prod="production", dev="developer") as own,
        running(tmp_path / "others", library, other="developer") as others,
    ):
        monkeypatch.setenv("HOTFIX_HOME", str(tmp_path / "home"))
        for alias, entry in (("prod", own["prod"]), ("dev", own["dev"]), ("other", others["other"])):
            asyncio.run(flows.by_token(alias, entry["instance_url"], entry["access_token"]))
        yield own


async def _related(logins: dict[str, OrgLogin]) -> list[str]:
    async with await Org.connect(login_for("prod")) as production:
        return await related(production, logins["prod"].source, logins)


def test_only_sandboxes_that_production_tells_of_are_its_own(orgs: Orgs) -> None:
    from hotfix_tui.salesforce.login import known_logins

    logins = known_logins()
    assert set(logins) == {"prod", "dev", "other"}
    assert asyncio.run(_related(logins)) == ["dev"]
