"""What a save checks and what it leaves behind."""

from typing import Any

import pytest

from hotfix_tui.localorg.org import LocalOrg
from hotfix_tui.localorg.records.outcome import SaveOptions
from tests.localorg.own_org import a_rule, component, field


@pytest.fixture
def shelf(org: LocalOrg, user: str) -> str:
    made = org.records.insert(user, "Shelf__c", {"Name": "A", "Key__c": "Shelf-A", "Cap__c": 70}).id
    assert made
    return made


@pytest.mark.parametrize(
    ("fields", "code", "message", "named"),
    [
        ({"Shelf__c": None}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Shelf__c]", ("Shelf__c",)),
        ({"Name": "x" * 81}, "STRING_TOO_LONG", "(max length=80)", ("Name",)),
        (
            {"Genre__c": "Opera"},
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "Genre: bad value for restricted picklist field: Opera",
            ("Genre__c",),
        ),
        ({"Tags__c": "New;Old"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "picklist field: Old", ("Tags__c",)),
        ({"Price__c": 1_000_000}, "NUMBER_OUTSIDE_VALID_RANGE", "value outside of valid range", ("Price__c",)),
        ({"Price__c": "much"}, "JSON_PARSER_ERROR", "Cannot deserialize instance of currency", ("Price__c",)),
        ({"Bought__c": "yesterday"}, "JSON_PARSER_ERROR", "Cannot deserialize instance of datetime", ("Bought__c",)),
        ({"Nope__c": 1}, "INVALID_FIELD", "No such column 'Nope__c' on sobject of type Book__c", ()),
        ({"Net__c": 1}, "INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: Net__c.", ("Net__c",)),
        ({"CreatedDate": "2026-01-01"}, "INVALID_FIELD_FOR_INSERT_UPDATE", "fields: CreatedDate.", ("CreatedDate",)),
        (
            {"Sequel_Of__c": "001000000000001AAA"},
            "MALFORMED_ID",
            "Sequel Of: id value of incorrect type",
            ("Sequel_Of__c",),
        ),
        ({"Sequel_Of__c": "soon"}, "MALFORMED_ID", "Sequel Of: id value of incorrect type: soon", ("Sequel_Of__c",)),
        ({"Shelf__r": {"Key__c": "Z"}}, "INVALID_FIELD", "Foreign key external ID: Z not found for field Key__c", ()),
    ],
)
def test_a_bad_value_refuses_the_record(
    org: LocalOrg, user: str, shelf: str, fields: dict[str, Any], code: str, message: str, named: tuple[str, ...]
) -> None:
    given = {"Name": "Emma", "Shelf__c": shelf, **fields}
    if "Shelf__r" in fields:
        del given["Shelf__c"]
    outcome = org.records.insert(user, "Book__c", given)
    assert not outcome.success and outcome.id is None
    assert (outcome.errors[0].code, outcome.errors[0].fields) == (code, named)
    assert message in outcome.errors[0].message
    assert org.queries.run("SELECT COUNT() FROM Book__c")["totalSize"] == 0


def test_values_are_kept_as_salesforce_keeps_them(org: LocalOrg, user: str, shelf: str) -> None:
    fields = {
        "name": "  Emma ",
        "Shelf__r": {"Key__c": "shelf-a"},
        "Genre__c": "novel",
        "Tags__c": "Signed;New",
        "Price__c": "12.345",
        "Bought__c": "2026-01-13T09:00:00+02:00",
        "Notes__c": "",
    }
    made = org.records.insert(user, "book__c", fields).id
    row = org.queries.records(f"SELECT FIELDS(ALL) FROM Book__c WHERE Id = '{made}' LIMIT 1")[0]
    assert row["Shelf__c"] == shelf
    assert (row["Name"], row["Genre__c"], row["Tags__c"], row["Price__c"]) == ("Emma", "Novel", "New;Signed", 12.35)
    assert (row["Bought__c"], row["Notes__c"], row["Lent__c"]) == ("2026-01-13T07:00:00.000+0000", None, False)
    assert row["CreatedById"] == row["LastModifiedById"] == user
    assert row["CreatedDate"].startswith("2026-01-13T10:00:")
    assert "OwnerId" not in row


def test_unique_keys_do_not_tell_case_apart_unless_declared(org: LocalOrg, user: str) -> None:
    org.schema.apply_component(
        "CustomField",
        "Shelf__c.Exact__c",
        field("Exact__c", "Text", "<length>9</length><unique>true</unique><caseSensitive>true</caseSensitive>"),
    )
    first = org.records.insert(user, "Shelf__c", {"Name": "1", "Key__c": "Ab", "Exact__c": "Ab"}).id
    again = org.records.insert(user, "Shelf__c", {"Name": "2", "Key__c": "aB"})
    assert again.errors[0].code == "DUPLICATE_VALUE"
    assert again.errors[0].message == f"duplicate value found: Key__c duplicates value on record with id: {first}"
    assert org.records.insert(user, "Shelf__c", {"Name": "3", "Exact__c": "aB"}).success
    assert org.records.delete(user, str(first)).success
    assert org.records.insert(user, "Shelf__c", {"Name": "4", "Key__c": "AB"}).success


def test_a_detail_is_not_given_to_another_master_unless_allowed(org: LocalOrg, user: str, shelf: str) -> None:
    book = org.records.insert(user, "Book__c", {"Name": "Emma", "Shelf__c": shelf}).id or ""
    other = org.records.insert(user, "Shelf__c", {"Name": "B"}).id
    refused = org.records.update(user, "Book__c", book, {"Shelf__c": other})
    assert refused.errors[0].code == "INVALID_FIELD_FOR_INSERT_UPDATE"
    inner = "<referenceTo>Shelf__c</referenceTo><relationshipName>Books</relationshipName>"
    allowed = field("Shelf__c", "MasterDetail", inner + "<reparentableMasterDetail>true</reparentableMasterDetail>")
    org.schema.apply_component("CustomField", "Book__c.Shelf__c", allowed)
    assert org.records.update(user, "Book__c", book, {"Shelf__c": other}).success


def test_upsert_creates_changes_and_refuses_what_is_ambiguous(org: LocalOrg, user: str) -> None:
    first = org.records.upsert(user, "Shelf__c", "Key__c", {"Key__c": "K", "Name": "one"})
    second = org.records.upsert(user, "Shelf__c", "key__c", {"key__c": "k", "Name": "two"})
    assert (first.created, second.created, first.id) == (True, False, second.id)
    assert org.records.upsert(user, "Shelf__c", "Key__c", {"Name": "x"}).errors[0].code == "MISSING_ARGUMENT"
    assert org.records.upsert(user, "Shelf__c", "Cap__c", {"Cap__c": 1}).errors[0].code == "INVALID_FIELD"
    by_id = org.records.upsert(user, "Shelf__c", "Id", {"Id": first.id, "Name": "three"})
    assert (by_id.created, by_id.id) == (False, first.id)
    assert org.records.upsert(user, "Shelf__c", "Id", {"Id": None, "Name": "four"}).created
    for _ in range(2):
        org.records.raw_insert("Shelf__c", {"Name": "twin", "Key__c": "T"})
    assert org.records.upsert(user, "Shelf__c", "Key__c", {"Key__c": "T"}).errors[0].code == "DUPLICATE_EXTERNAL_ID"


def test_a_validation_rule_sees_the_percent_as_a_fraction_and_says_its_message(
    org: LocalOrg, user: str, shelf: str
) -> None:
    rule = a_rule("AND(Lent__c, Discount__c > BLANKVALUE(Shelf__r.Cap__c, 0.5))", "Too much.", "Discount__c")
    org.schema.apply_component("ValidationRule", "Book__c.Cap", rule)
    book = {"Name": "Emma", "Shelf__c": shelf, "Lent__c": True}
    refused = org.records.insert(user, "Book__c", {**book, "Discount__c": 71})
    assert [(e.code, e.message, e.fields) for e in refused.errors] == [
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Too much.", ("Discount__c",))
    ]
    made = org.records.insert(user, "Book__c", {**book, "Discount__c": 70})
    assert made.success
    assert not org.records.update(user, "Book__c", str(made.id), {"Discount__c": 99}).success
    org.schema.remove_component("ValidationRule", "Book__c.Cap")
    assert org.records.update(user, "Book__c", str(made.id), {"Discount__c": 99}).success


def test_a_loaded_rule_that_is_not_understood_refuses_writes(org: LocalOrg, user: str) -> None:
    org.schema.apply_component("ValidationRule", "Shelf__c.Odd", a_rule("VLOOKUP(1)"), lenient=True)
    outcome = org.records.insert(user, "Shelf__c", {"Name": "A"})
    assert outcome.errors[0].code == "FORMULA_EXPRESSION_INVALID"
    assert "Function VLOOKUP may not be used" in outcome.errors[0].message


def test_all_or_none_rolls_everything_back(org: LocalOrg, user: str) -> None:
    rows = [("Shelf__c", {"Name": "A"}), ("Shelf__c", {"Nope": 1})]
    outcomes = org.records.insert_all(user, rows, options=SaveOptions(all_or_none=True))
    assert [o.errors[0].code for o in outcomes] == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_FIELD"]
    assert org.queries.run("SELECT COUNT() FROM Shelf__c")["totalSize"] == 0
    outcomes = org.records.insert_all(user, rows)
    assert [o.success for o in outcomes] == [True, False]
    assert org.queries.run("SELECT COUNT() FROM Shelf__c")["totalSize"] == 1


def test_auto_numbers_count_and_ids_have_the_objects_prefix(org: LocalOrg, user: str) -> None:
    made = [org.records.insert(user, "Loan__c", {}).id or "" for _ in range(2)]
    assert [row["Name"] for row in org.queries.records("SELECT Name FROM Loan__c ORDER BY Id")] == ["L-001", "L-002"]
    assert {each[:3] for each in made} == {org.schema.require("Loan__c").key_prefix}


def test_a_price_needs_the_standard_price_first_and_its_book_product_and_currency_are_fixed(
    org: LocalOrg, user: str
) -> None:
    standard = org.queries.records("SELECT Id FROM Pricebook2 WHERE IsStandard = true")[0]["Id"]
    book = org.records.insert(user, "Pricebook2", {"Name": "US", "IsActive": True}).id
    product = org.records.insert(user, "Product2", {"Name": "Bag", "ProductCode": "B-1"}).id
    entry = {"Pricebook2Id": book, "Product2Id": product, "UnitPrice": 5, "IsActive": True}
    assert org.records.insert(user, "PricebookEntry", entry).errors[0].code == "STANDARD_PRICE_NOT_DEFINED"
    assert org.records.insert(user, "PricebookEntry", {**entry, "Pricebook2Id": standard}).success
    made = org.records.insert(user, "PricebookEntry", entry)
    assert made.success
    assert org.records.insert(user, "PricebookEntry", entry).errors[0].code == "DUPLICATE_VALUE"
    changed = org.records.update(user, "PricebookEntry", str(made.id), {"Product2Id": product})
    assert changed.errors[0].code == "INVALID_FIELD_FOR_INSERT_UPDATE"
    row = org.queries.records(f"SELECT Name, ProductCode FROM PricebookEntry WHERE Id = '{made.id}'")[0]
    assert (row["Name"], row["ProductCode"]) == ("Bag", "B-1")


def _duplicate_rules(org: LocalOrg, user: str, action: str) -> None:
    matching = component(
        "MatchingRule",
        "<fullName>Same_Name</fullName><label>Same</label><matchingRuleItems><blankValueBehavior>NullNotAllowed"
        "</blankValueBehavior><fieldName>Name</fieldName><matchingMethod>Exact</matchingMethod></matchingRuleItems>"
        "<ruleStatus>Active</ruleStatus>",
    )
    rule = component(
        "DuplicateRule",
        f"<actionOnInsert>{action}</actionOnInsert><actionOnUpdate>{action}</actionOnUpdate><alertText>Twin!</alertText>"
        "<duplicateRuleMatchRules><matchRuleSObjectType>Shelf__c</matchRuleSObjectType>"
        "<matchingRule>Same_Name</matchingRule></duplicateRuleMatchRules><isActive>true</isActive>"
        "<masterLabel>Twins</masterLabel><operationsOnInsert>Alert</operationsOnInsert><sortOrder>1</sortOrder>",
    )
    org.components.put("MatchingRule", "Shelf__c.Same_Name", {"": matching}, user)
    org.components.put("DuplicateRule", "Shelf__c.Twins", {"duplicateRules/Shelf__c.Twins.duplicateRule": rule}, user)


@pytest.mark.parametrize(("action", "saved"), [("Allow", True), ("Block", False)])
def test_a_duplicate_is_refused_and_saved_on_request_only_when_the_rule_allows(
    org: LocalOrg, user: str, action: str, saved: bool
) -> None:
    _duplicate_rules(org, user, action)
    assert org.records.insert(user, "Shelf__c", {"Name": "A"}).success
    refused = org.records.insert(user, "Shelf__c", {"Name": "a"})
    assert (refused.errors[0].code, refused.errors[0].message) == ("DUPLICATES_DETECTED", "Twin!")
    insisted = org.records.insert(user, "Shelf__c", {"Name": "a"}, options=SaveOptions(allow_duplicates=True))
    assert insisted.success is saved
    assert org.records.insert(user, "Shelf__c", {"Name": "b"}).success
