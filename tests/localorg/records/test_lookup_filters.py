"""Lookup filters: a required one refuses what it leaves out."""

from __future__ import annotations

import pytest

from hotfix_tui.localorg.org import LocalOrg
from hotfix_tui.localorg.schema.model import SchemaError
from tests.localorg.own_org import field


def _filtered(*items: str, logic: str = "", optional: bool = False) -> bytes:
    inner = "".join(f"<filterItems>{item}</filterItems>" for item in items)
    return field(
        "Best_Book__c",
        "Lookup",
        f"<lookupFilter><active>true</active>{inner}<isOptional>{str(optional).lower()}</isOptional>"
        + (f"<booleanFilter>{logic}</booleanFilter>" if logic else "")
        + "</lookupFilter><referenceTo>Book__c</referenceTo><relationshipName>BestOf</relationshipName>",
    )


def _item(name: str, operation: str, value: str = "", other: str = "") -> str:
    end = f"<valueField>{other}</valueField>" if other else f"<value>{value}</value>"
    return f"<field>{name}</field><operation>{operation}</operation>{end}"


NOVEL = _item("Book__c.Genre__c", "equals", "Novel, Poetry")
OWN = _item("Book__c.Shelf__c", "equals", other="$Source.Id")
ADMIN = _item("$Profile.Name", "equals", "System Administrator")


def test_a_required_filter_refuses_what_it_leaves_out(org: LocalOrg, user: str) -> None:
    org.schema.apply_component(
        "CustomField", "Shelf__c.Best_Book__c", _filtered(NOVEL, OWN, ADMIN, logic="1 AND 2 AND 3")
    )
    here = org.records.insert(user, "Shelf__c", {"Name": "here"}).id
    there = org.records.insert(user, "Shelf__c", {"Name": "there"}).id
    books = {
        name: org.records.insert(user, "Book__c", {"Name": name, "Shelf__c": shelf, "Genre__c": genre}).id
        for name, shelf, genre in (("right", here, "Poetry"), ("essay", here, "Essay"), ("far", there, "Novel"))
    }
    assert here
    for name in ("essay", "far"):
        (error,) = org.records.update(user, "Shelf__c", here, {"Best_Book__c": books[name]}).errors
        assert (error.code, error.message, error.fields) == (
            "FIELD_FILTER_VALIDATION_EXCEPTION",
            "Value does not exist or does not match filter criteria.",
            ("Best_Book__c",),
        )
    assert org.records.update(user, "Shelf__c", here, {"Best_Book__c": books["right"]}).success
    described = {each["name"]: each for each in org.schema.describe("Shelf__c")["fields"]}
    assert described["Best_Book__c"]["filteredLookupInfo"] == {
        "controllingFields": ["Id"],
        "dependent": True,
        "optionalFilter": False,
    }


def test_an_optional_filter_refuses_nothing_and_an_unknown_one_is_not_deployed(org: LocalOrg, user: str) -> None:
    org.schema.apply_component("CustomField", "Shelf__c.Best_Book__c", _filtered(NOVEL, optional=True))
    shelf = org.records.insert(user, "Shelf__c", {"Name": "here"}).id
    essay = org.records.insert(user, "Book__c", {"Name": "e", "Shelf__c": shelf, "Genre__c": "Essay"}).id
    assert shelf and org.records.update(user, "Shelf__c", shelf, {"Best_Book__c": essay}).success
    with pytest.raises(SchemaError, match="operation within"):
        org.schema.apply_component(
            "CustomField", "Shelf__c.Best_Book__c", _filtered(_item("Book__c.Name", "within", "x"))
        )
