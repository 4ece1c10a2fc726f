"""What a generated org answers, and what another org says to its components."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotfix_tui.localorg.metadata.types import metadata_types
from hotfix_tui.localorg.org import LocalOrg
from tests.localorg.generate.conftest import Made
from tests.localorg.generate.test_pair import contents
from tests.localorg.metadata.soap_client import Soap, serving


def client(url: str, org: LocalOrg, name: str) -> Soap:
    user = org.users.by_username(name)
    assert user is not None
    return Soap(url, org.users.token_for(user.id))


@pytest.mark.slow
def test_all_of_it_is_listed_retrieved_and_taken_by_another_org(small: Made, tmp_path: Path) -> None:
    """A deploy refuses what names something that is not there, and what is not valid: so every reference resolves."""
    mine = contents(small.large)
    table = metadata_types()
    wanted: dict[str, list[str]] = {}
    for kind, name in mine:
        child = table.children.get(kind)
        if child is None:
            wanted.setdefault(kind, []).append(name)
        elif child.parent == "CustomObject":
            wanted.setdefault(child.parent, []).append(name.partition(".")[0])
        else:
            wanted.setdefault(child.parent, []).append("*")
    wanted = {kind: sorted(set(names)) for kind, names in wanted.items()}
    with serving(small.large) as url:
        soap = client(url, small.large, "admin@large.example")
        plain = [kind for kind in wanted if not table.types[kind].in_folder and not table.types[kind].children]
        assert all(set(soap.listing(kind)) == set(wanted[kind]) for kind in plain)
        files, result = soap.retrieve(wanted)
    assert result.get("messages", []) == []
    other = LocalOrg.create(tmp_path / "other", name="other", kind="developer", clock=small.large.clock)
    other.deploys.pace = 0
    user = other.users.add_user("admin@large.example", "Alex Admin")
    with serving(other) as url:
        outcome = Soap(url, other.users.token_for(user)).deploy(files)
    problems = outcome["details"][0].get("componentFailures", [])
    assert [(each["fullName"], each["problem"]) for each in problems] == []
    assert outcome["success"] == ["true"]
    standard = {each for each in contents(other) if each[0] == "CustomObject" and "__" not in each[1]}
    assert contents(other).keys() - standard == mine.keys()
    other.close()
