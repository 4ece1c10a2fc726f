"""What a person may not see is not there by any door: composite calls, SOAP, searches; over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.localorg.composite.conftest import composite, step
from tests.localorg.own_org import Api, served_library
from tests.localorg.soap.conftest import Refused, Soap


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Api, Api]]:
    """The library as its administrator sees it, and as a standard user does, to whom nothing of it was granted."""
    folder: Path = tmp_path_factory.mktemp("doors")
    with served_library(folder / "org") as ann:
        sam = ann.org.users.add_user("sam@library.example", "Sam Low", "Standard User")
        ann.create("Shelf__c", Name="Hidden Shelf", Key__c="H")
        yield ann, Api(ann.url, ann.org.users.token_for(sam), ann.org)


def test_a_composite_call_is_made_as_the_one_who_makes_it(both: tuple[Api, Api]) -> None:
    steps = (
        step("POST", "/sobjects/Shelf__c", "made", {"Name": "x"}),
        step("GET", "/query?q=SELECT Name FROM Shelf__c", "asked"),
        step("POST", "/sobjects/Account", "account", {"Name": "x"}),
    )
    ann, sam = both
    found = composite(sam, *steps)
    assert [found[name]["httpStatusCode"] for name in ("made", "asked", "account")] == [404, 400, 201]
    assert found["asked"]["body"][0]["errorCode"] == "INVALID_TYPE"
    tree = {"records": [{"attributes": {"type": "Shelf__c", "referenceId": "r"}, "Name": "x"}]}
    assert sam.call("POST", "/composite/tree/Shelf__c", tree).status_code == 404
    assert [row["Name"] for row in ann.query("SELECT Name FROM Shelf__c")] == ["Hidden Shelf"]


def test_soap_knows_no_more_than_rest(both: tuple[Api, Api]) -> None:
    ann, sam = both
    assert Soap(ann.url, ann.token).query("SELECT Name FROM Shelf__c")["size"] == "1"
    soap = Soap(sam.url, sam.token)
    for operation, inner in (
        ("query", "<queryString>SELECT Name FROM Shelf__c</queryString>"),
        ("create", "<sObjects><type>Shelf__c</type><Name>x</Name></sObjects>"),
        ("describeSObject", "<sObjectType>Shelf__c</sObjectType>"),
    ):
        with pytest.raises(Refused) as refused:
            soap.raw(operation, inner)
        assert refused.value.code == "sf:INVALID_TYPE", operation
    (listed,) = soap.call("describeGlobal")
    assert "Shelf__c" not in {each["name"] for each in listed["sobjects"]}


def test_a_search_finds_nothing_that_is_not_seen(both: tuple[Api, Api]) -> None:
    ann, sam = both
    asked = {"q": "FIND {hidden}"}
    assert len(ann.call("GET", "/search", params=asked).json()["searchRecords"]) == 1
    assert sam.call("GET", "/search", params=asked).json() == {"searchRecords": []}
    answer = sam.call("GET", "/search", params={"q": "FIND {hidden} RETURNING Shelf__c(Name)"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_TYPE")
