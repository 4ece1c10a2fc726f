"""Masks: always a value of the field's type, always the same for the same value and seed, never the value itself."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfix_tui.data.data_set import Mask, ObjectSpec
from hotfix_tui.data.errors import DataSetError
from hotfix_tui.data.masks import Masker, mask_function
from hotfix_tui.salesforce.describe import FieldDescribe, ObjectDescribe, object_describe

PICKS = [{"value": one, "label": one, "active": one != "Old"} for one in ("Red", "Green", "Old")]


def field(kind: str, **more: object) -> FieldDescribe:
    """A field as describe has it."""
    data = {"name": "Some__c", "type": kind, "createable": True, "updateable": True, "nillable": True, **more}
    return describe(data).fields["Some__c"]


def describe(*fields: dict[str, object]) -> ObjectDescribe:
    return object_describe({"name": "Thing__c", "fields": list(fields)})


@st.composite
def fields(draw: st.DrawFn) -> FieldDescribe:
    kind = draw(
        st.sampled_from(
            ["string", "textarea", "email", "phone", "url", "date", "datetime", "time", "int", "double", "currency",
             "percent", "boolean", "picklist", "multipicklist", "combobox"]
        )
    )  # fmt: skip
    scale = draw(st.integers(0, 8))
    return field(
        kind,
        length={"email": 80, "phone": 40, "url": 255}.get(kind, draw(st.integers(1, 255))),
        precision=draw(st.integers(max(scale, 1), 18)),
        scale=scale,
        restrictedPicklist=True,
        picklistValues=PICKS if "picklist" in kind else [],
    )


def fits(value: object, of: FieldDescribe) -> bool:
    """Whether Salesforce would take `value` (Object Reference, "Field Types")."""
    match of.type:
        case "boolean":
            return isinstance(value, bool)
        case "int":
            return isinstance(value, int) and 0 <= value < 10**9
        case "double" | "currency" | "percent":
            assert isinstance(value, float)
            return abs(value) <= 10 ** (of.precision - of.scale) and round(value, of.scale) == value
        case "date":
            return date.fromisoformat(str(value)).year > 1900
        case "datetime":
            return datetime.fromisoformat(str(value)).year > 1900
        case "time":
            return isinstance(time.fromisoformat(str(value)), time)
        case "picklist" | "multipicklist":
            return value in ("Red", "Green")
        case "email":
            return re.fullmatch(r"[0-9a-f]{1,64}@masked\.invalid", str(value)) is not None and len(str(value)) <= 80
        case "url":
            return str(value).startswith("https://") and len(str(value)) <= of.length
        case _:
            return 0 < len(str(value)) <= of.length and str(value) == str(value).strip()


@given(fields(), st.text(min_size=1), st.text())
def test_a_fake_fits_its_field_and_is_the_same_each_time(of: FieldDescribe, value: str, seed: str) -> None:
    fake = mask_function(Mask("Some__c", "fake"), of, "Thing__c", seed)
    assert fits(fake(value), of), fake(value)
    assert fake(value) == mask_function(Mask("Some__c", "fake"), of, "Other__c", seed)(value)


@given(st.lists(st.text(min_size=1), unique=True, max_size=50), st.integers(12, 255))
def test_hashes_of_different_values_differ_and_fit(values: list[str], length: int) -> None:
    hashed = mask_function(Mask("Some__c", "hash"), field("string", length=length), "Thing__c", "seed")
    results = {hashed(one) for one in values}
    assert len(results) == len(values)
    assert all(re.fullmatch("[0-9a-f]+", str(one)) and len(str(one)) <= length for one in results)


def test_another_seed_gives_other_masks_and_thousands_of_fakes_are_all_different() -> None:
    of = field("string", length=80)
    one, other = (mask_function(Mask("Some__c", "fake"), of, "Thing__c", seed) for seed in ("a", "b"))
    assert one("Ada") != other("Ada")
    assert len({one(f"person {number}") for number in range(20_000)}) == 20_000


@pytest.mark.parametrize(
    ("mask", "of", "words"),
    [
        (Mask("Some__c", "null"), field("string", nillable=False), "cannot be empty"),
        (Mask("Some__c", "fake"), field("reference", referenceTo=["Account"]), "is a lookup"),
        (Mask("Some__c", "hash"), field("string", length=8), "to hold a hash"),
        (Mask("Some__c", "hash"), field("double"), "to hold a hash"),
        (Mask("Some__c", "constant", "long"), field("string", length=3), "longer than 3"),
        (Mask("Some__c", "constant", 1.5), field("int"), "must be a number"),
        (Mask("Some__c", "constant", "Old"), field("picklist", restrictedPicklist=True, picklistValues=PICKS), "Old"),
        (Mask("Some__c", "constant", "yes"), field("boolean"), "true or false"),
    ],
)
def test_a_mask_that_cannot_fit_is_refused_before_any_row_is_read(mask: Mask, of: FieldDescribe, words: str) -> None:
    with pytest.raises(DataSetError, match=re.escape(words)):
        mask_function(mask, of, "Thing__c", "")


def test_what_is_empty_stays_empty_and_fields_without_a_mask_stay() -> None:
    masks = (Mask("Mail__c", "fake"), Mask("Note__c", "constant", "gone"), Mask("Absent__c", "null"))
    spec = replace(ObjectSpec("Thing__c", ("Key__c",), root=True), masks=masks)
    told = describe(
        {"name": "Mail__c", "type": "email", "length": 80, "nillable": True},
        {"name": "Note__c", "type": "textarea", "length": 80, "nillable": True},
        {"name": "Key__c", "type": "string", "length": 80, "nillable": True},
    )
    full = {"Mail__c": "ada@acme.example", "Note__c": "secret", "Key__c": "K1"}
    empty = {"Mail__c": None, "Note__c": None, "Key__c": "K2"}
    masker = Masker(spec, told, "s")
    masker.mask(full)
    masker.mask(empty)
    assert (full["Note__c"], full["Key__c"]) == ("gone", "K1")
    assert "acme" not in str(full)
    assert empty == {"Mail__c": None, "Note__c": None, "Key__c": "K2"}
