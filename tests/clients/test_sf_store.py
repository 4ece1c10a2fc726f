"""Our reading of the store that the real Salesforce CLI made: its orgs, aliases, tokens."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from hotfix_tui.salesforce.errors import BadLogin
from hotfix_tui.salesforce.login import known_logins, login_for
from hotfix_tui.salesforce.org import Org
from tests.clients.programs import ClosedWorld, Sf
from tests.clients.running import Orgs

pytestmark = pytest.mark.slow


@pytest.fixture
def home(sf: Sf, world: ClosedWorld, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The CLI's home is ours too; `sf` is not on the PATH."""
    monkeypatch.setenv("HOTFIX_HOME", str(world.home))
    monkeypatch.setenv("PATH", os.defpath)
    return world.home


async def _username(alias: str) -> str:
    async with await Org.connect(login_for(alias)) as org:
        return org.username


def test_its_orgs_are_ours_to_use_with_tokens_decrypted_from_its_files(home: Path, orgs: Orgs) -> None:
    assert {alias for alias, login in known_logins().items() if login.source == "sf"} == {"prod", "dev"}
    for alias in ("prod", "dev"):
        assert login_for(alias).token() == orgs[alias]["access_token"]
        assert asyncio.run(_username(alias)) == orgs[alias]["username"]
    token = orgs["prod"]["access_token"].encode()
    assert [file for file in home.rglob("*") if file.is_file() and token in file.read_bytes()] == []


def test_sf_is_asked_where_its_key_cannot_be_read(
    home: Path, orgs: Orgs, world: ClosedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in world.node().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("hotfix_tui.salesforce.logins.sf_cli.SfTokens._decrypted", lambda self: "")
    assert login_for("dev").token() == orgs["dev"]["access_token"]
    monkeypatch.setenv("PATH", os.defpath)
    with pytest.raises(BadLogin, match="cannot be read without `sf`"):
        login_for("dev").token()


def test_a_redacted_text_is_never_taken_for_a_token(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "sf"
    words = "[REDACTED] Use 'sf org auth show-access-token' to view"
    fake.write_text(f"""#!/bin/sh\necho '{{"status":0,"result":{{"accessToken":"{words.replace("'", "")}"}}}}'\n""")
    fake.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.defpath}")
    monkeypatch.setattr("hotfix_tui.salesforce.logins.sf_cli.SfTokens._decrypted", lambda self: "")
    with pytest.raises(BadLogin, match="it is redacted"):
        login_for("dev").token()


def test_two_orgs_of_one_alias_are_both_there(home: Path, orgs: Orgs, monkeypatch: pytest.MonkeyPatch) -> None:
    from hotfix_tui.salesforce.logins import flows

    prod = orgs["prod"]
    asyncio.run(flows.by_token("dev", prod["instance_url"], prod["access_token"]))
    found = known_logins()
    assert (found["dev"].source, found["dev"].org_id) == ("own", prod["org_id"])
    assert found[orgs["dev"]["username"]].org_id == orgs["dev"]["org_id"]
    flows.log_out("dev", tell_org=False)
