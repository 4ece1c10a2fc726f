"""`data-sets` on the command line: listed, checked against an org, made around a record."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from hotfix_tui import paths
from hotfix_tui.cli import main
from hotfix_tui.data.data_set_loader import load
from hotfix_tui.headless import codes
from hotfix_tui.salesforce import login
from tests.data import campus
from tests.data.campus import School
from tests.data.conftest import fill


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    with campus.served(tmp_path_factory.mktemp("school"), "prod", "production") as made:
        fill(made)
        yield made


@pytest.fixture
def school(served: School, monkeypatch: pytest.MonkeyPatch) -> School:
    monkeypatch.setattr(login, "login_for", lambda alias: served.login)
    return served


def test_data_sets_are_listed_with_what_is_wrong_with_them(capsys: pytest.CaptureFixture[str]) -> None:
    (paths.data_sets() / "broken.toml").write_text("v = 2\n")
    assert main(["data-sets", "--json"]) == codes.DIFFERENCES
    found = {one["name"]: one for one in map(json.loads, capsys.readouterr().out.splitlines())}
    assert "v must be 1" in found["broken"]["error"]
    assert found["queues_and_groups"]["place"] == "template"
    assert found["queues_and_groups"]["objects"] == ["Group", "QueueSobject", "GroupMember"]
    assert main(["data-sets", "show", "broken"]) == codes.USAGE
    assert main(["data-sets", "check", "broken"]) == codes.USAGE
    assert "Usage: hotfix-tui data-sets check NAME --org ALIAS" in capsys.readouterr().err


@pytest.mark.slow
def test_a_data_set_is_checked_against_an_org(school: School, capsys: pytest.CaptureFixture[str]) -> None:
    asteroid = '[[object]]\nname = "Asteroid__c"\nroot = true\nkey = ["Name"]\n'
    text = campus.DATA_SET.replace("[[production_change]]", f"{asteroid}[[production_change]]")
    text = text.replace('key = ["Lesson_Key__c"]', 'key = ["RecordTypeId"]\nskip_fields = ["Nmae"]')
    text = text.replace('name = "Product2"', 'name = "Product2"\nskip_fields = ["Nmae"]\nmasks = { Star__c = "fake" }')
    (paths.data_sets() / "campus.toml").write_text(text)
    assert main(["data-sets", "check", "campus", "--org", "prod", "--json"]) == codes.DIFFERENCES
    found = {one["object"]: one for one in map(json.loads, capsys.readouterr().out.splitlines())}
    assert (found["Course__c"]["rows"], found["Course__c"]["problems"]) == (2, [])
    assert found["Asteroid__c"]["problems"] == ["prod does not have it (or our user cannot see it)"]
    assert "whose parent is not in the data set" in found["Lesson__c"]["problems"][0]
    assert "Nmae, Star__c is not there" in found["Product2"]["problems"][0]
    (paths.data_sets() / "campus.toml").write_text(campus.DATA_SET)
    assert main(["data-sets", "check", "campus", "--org", "prod"]) == codes.DONE
    assert "ok Course__c                          key: 2 rows, all different" in capsys.readouterr().out


def test_a_data_set_around_a_record_is_printed_or_kept(school: School, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data-sets", "around", school.ids["C1"], "--org", "prod"]) == codes.DONE
    assert "where = \"Course_Key__c = 'C1'\"" in capsys.readouterr().out
    assert main(["data-sets", "around", school.ids["C1"], "--org", "prod", "--save", "c1"]) == codes.DONE
    assert load(paths.data_sets() / "c1.toml").names[0] == "Course__c"
    assert main(["data-sets", "around", school.ids["C1"], "--org", "prod", "--save", "c1"]) == codes.REFUSED
