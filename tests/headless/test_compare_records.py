"""`compare A B --data-set` on the incident's orgs: what the incident says, and what is not understood."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

import pytest

from hotfix_tui.cli import main
from hotfix_tui.headless import codes
from tests import scenario_tables as tables
from tests.local_orgs import Orgs, incident

SAME, DIFFERENT, ONLY_IN_A = tables.SEED["equal"], tables.SEED["update"], tables.SEED["insert"]


@pytest.fixture(scope="module")
def orgs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orgs]:
    with incident(tmp_path_factory.mktemp("records")) as running:
        yield running


@pytest.mark.slow
def test_the_environment_before_the_seed_stands_as_the_incident_says(orgs: Orgs) -> None:
    before = {alias: len(orgs.instance.requests(alias)) for alias in ("prod", "hfx1")}
    ran = orgs.run("compare", "prod", "hfx1", "--data-set", orgs.data_set, "--json")
    end = ran.event("RecordCompareFinished")
    assert ran.code == codes.DIFFERENCES
    assert (end["same"], end["different"], end["only_in_a"], end["only_in_b"]) == (SAME, DIFFERENT, ONLY_IN_A, 0)
    assert Counter(line["status"] for line in ran.events("RecordCompared")) == {
        "same": SAME,
        "different": DIFFERENT,
        "only_in_a": ONLY_IN_A,
        "keyless": end["keyless"],
    }
    (twin,) = [line for line in ran.events("RecordCompared", status="keyless") if line["looks_like"]]
    (alone,) = ran.events("RecordCompared", object="Discount_Rule__c", key="DR-0102")
    assert (twin["looks_like"], alone["status"], alone["looks_like"]) == ("DR-0102", "only_in_a", twin["b_ids"][0])
    contained = ran.events("RecordCompared", status="different")
    assert all(line["changes"] == {"IsActive": [False, True]} for line in contained)
    assert {line["a_changed"]["by"] for line in contained} == {"Léa Marchand"}
    assert all(line["a_changed"]["at"] > line["b_changed"]["at"] for line in contained)
    for alias, count in before.items():
        assert {call["method"] for call in orgs.instance.requests(alias)[count:]} == {"GET"}


@pytest.mark.slow
def test_an_ambiguous_key_is_shown_with_its_rows_and_does_not_make_its_children_different(orgs: Orgs) -> None:
    ran = orgs.run("compare", "prod", "qa", "--data-set", orgs.data_set, "--json")
    (found,) = ran.events("RecordCompared", status="ambiguous")
    assert (found["object"], found["key"], len(found["a_ids"]), len(found["b_ids"])) == (
        "Discount_Rule__c",
        "DR-0147",
        1,
        2,
    )
    assert Counter(row["side"] for row in found["rows"]) == {"a": 1, "b": 2}
    assert {row["fields"]["Rule_Code__c"] for row in found["rows"] if row["side"] == "b"} == {
        row["fields"]["Rule_Code__c"] for row in found["rows"] if row["side"] == "a"
    }
    assert ran.event("RecordCompareFinished")["different"] == DIFFERENT
    assert any("without a match key" in line["text"] for line in ran.events("Finding"))
    turned = orgs.run("compare", "qa", "prod", "--data-set", orgs.data_set, "--json").event("RecordCompareFinished")
    straight = ran.event("RecordCompareFinished")
    for name in ("same", "different", "ambiguous", "keyless"):
        assert turned[name] == straight[name]
    assert (turned["only_in_a"], turned["only_in_b"]) == (straight["only_in_b"], straight["only_in_a"])


@pytest.mark.slow
def test_words_and_markdown_say_the_same(orgs: Orgs) -> None:
    words = orgs.run("compare", "prod", "uat", "--data-set", orgs.data_set)
    document = orgs.run("compare", "prod", "uat", "--data-set", orgs.data_set, "--md")
    assert words.code == document.code == codes.DIFFERENCES
    assert "PricebookEntry US|AUR-TIG-01|USD: different (IsActive)" in words.out
    assert ": same" not in words.out
    assert "## PricebookEntry (Price Book Entry)" in document.out
    assert "Active: false → true" in document.out
    assert orgs.run("compare", "prod", "prod", "--data-set", orgs.data_set).code == codes.DONE


def test_what_is_not_understood_is_said(capsys: pytest.CaptureFixture[str], tmp_path: object) -> None:
    for typed, words in (
        (["prod", "hfx1", "--data-set", "none"], "There is no data set 'none'"),
        (["prod", "./force-app", "--data-set", "price_books_and_products"], "No org is called"),
        (["prod", "hfx1", "--data-set", "x", "--type", "Flow"], "are about components, not records"),
        (["prod", "hfx1", "--data-set", "price_books_and_products", "--md", "--json"], "Choose one"),
    ):
        assert main(["compare", *typed]) == codes.USAGE
        assert words in capsys.readouterr().err
    assert main(["compare", "prod", "hfx1", "--data-set", "none", "--json"]) == codes.USAGE
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["event"] == "Failed"
