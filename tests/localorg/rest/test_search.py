"""Searching, over HTTP: the part of SOSL that is understood, and that the rest is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfix_tui.localorg.rest import sosl
from tests.localorg.own_org import Api


def _find(api: Api, text: str) -> list[str]:
    answer = api.call("GET", "/search", params={"q": text})
    assert answer.status_code == 200, answer.text
    return [each.get("Name") or each["attributes"]["type"] for each in answer.json()["searchRecords"]]


@pytest.fixture(scope="module")
def rows(shared: Api) -> Api:
    acme = shared.create("Account", Name="Acme Rockets", Phone="555-0100", Description="fast things")
    shared.create("Account", Name="Rocket Acme", Website="https://acme.example")
    shared.create("Contact", LastName="Acme", Email="a.acme@rockets.example", AccountId=acme)
    return shared


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("FIND {acme} RETURNING Account(Name)", ["Acme Rockets", "Rocket Acme"]),
        ("find {ROCKETS acme} in all fields returning account(Name)", ["Acme Rockets"]),
        ('FIND {"acme rockets"} RETURNING Account(Name)', ["Acme Rockets"]),
        ('FIND {"rockets acme"} RETURNING Account(Name)', []),
        ("FIND {rock*} RETURNING Account(Name ORDER BY Name DESC)", ["Rocket Acme", "Acme Rockets"]),
        ("FIND {rocket?} RETURNING Account(Name)", ["Acme Rockets"]),
        ("FIND {fast} IN NAME FIELDS RETURNING Account(Name)", []),
        ("FIND {fast} RETURNING Account(Name WHERE Name LIKE 'A%' LIMIT 1)", ["Acme Rockets"]),
        ("FIND {0100} IN PHONE FIELDS RETURNING Account(Name)", ["Acme Rockets"]),
        ("FIND {a.acme@rockets.example} IN EMAIL FIELDS RETURNING Contact(Name), Account", ["Acme"]),
        ("FIND {acme} RETURNING Account(Name), Contact(Name) LIMIT 2", ["Acme Rockets", "Rocket Acme"]),
        ("FIND {acme}", ["Account", "Account", "Contact"]),
    ],
)
def test_words_phrases_groups_and_clauses(rows: Api, text: str, names: list[str]) -> None:
    assert _find(rows, text) == names


def test_what_was_deleted_is_not_found(rows: Api) -> None:
    bolt = rows.create("Account", Name="Bolt")
    assert _find(rows, "FIND {bolt} RETURNING Account(Name)") == ["Bolt"]
    rows.call("DELETE", f"/sobjects/Account/{bolt}")
    assert _find(rows, "FIND {bolt} RETURNING Account(Name)") == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "MALFORMED_SEARCH"),
        ("FIND acme", "MALFORMED_SEARCH"),
        ("FIND {}", "MALFORMED_SEARCH"),
        ("FIND {a}", "MALFORMED_SEARCH"),
        ("FIND {acme OR bolt}", "MALFORMED_SEARCH"),
        ("FIND {(acme)}", "MALFORMED_SEARCH"),
        ("FIND {acme} IN SOME FIELDS", "MALFORMED_SEARCH"),
        ("FIND {acme} RETURNING Account(Name) WITH DIVISION = 'x'", "MALFORMED_SEARCH"),
        ("FIND {acme} RETURNING Account()", "MALFORMED_SEARCH"),
        ("FIND {acme} RETURNING Nope(Id)", "INVALID_TYPE"),
        ("FIND {acme} RETURNING Account(Nope)", "INVALID_FIELD"),
        ("FIND {acme} RETURNING Account(Id WHERE Name)", "MALFORMED_QUERY"),
        ("FIND {acme} UPDATE TRACKING", "MALFORMED_SEARCH"),
    ],
)
def test_what_is_not_understood_is_refused(shared: Api, text: str, code: str) -> None:
    answer = shared.call("GET", "/search", params={"q": text})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


def test_searching_by_parameters(rows: Api) -> None:
    asked = {"q": "acme", "sobject": "Account", "Account.fields": "Id,Name", "Account.limit": "1", "in": "NAME"}
    (found,) = rows.call("GET", "/parameterizedSearch", params=asked).json()["searchRecords"]
    assert found["Name"] == "Acme Rockets" and found["attributes"]["type"] == "Account"
    assert rows.call("GET", "/parameterizedSearch", params={"q": "acme", "dataCategory": "x"}).status_code == 400


@given(st.lists(st.text("abcxyz", min_size=2, max_size=6), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_a_record_is_found_by_any_of_its_words_and_by_their_phrase(words: list[str], random: object) -> None:
    value = " - ".join(words)
    assert sosl.matches(sosl.units(f'"{" ".join(words)}"'), [value])
    assert all(sosl.matches(sosl.units(word), ["other", value]) for word in words)
    assert all(sosl.matches(sosl.units(word[:1] + "*" + word[-1:]), [value]) for word in words)
    assert not sosl.matches(sosl.units("nothere"), [value])
