"""Formulas on records of an org."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hotfix_tui.localorg.formula import FormulaError, check, evaluate, parse
from hotfix_tui.localorg.org import LocalOrg
from hotfix_tui.localorg.records.formulas import RecordContext


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("1 + 2 * 3 - -4", 11),
        ("2 ^ 3 ^ 1 / 4", 2),
        ("(1 + 2) * 3 = 9 && !FALSE", True),
        ("IF(1 <> 2, 'a' & \"b\", NULL)", "ab"),
        ("CASE(2, 1, 'one', 2, 'two', 'many')", "two"),
        ("LEN('café') + VALUE('1.5')", Decimal("5.5")),
        ("CONTAINS('sandbox', 'box') AND BEGINS('sandbox', 'sand')", None),
        ("AND(CONTAINS('sandbox', 'box'), BEGINS('sandbox', 'sand'))", True),
        ("OR(ISBLANK(''), FALSE)", True),
        ("ROUND(2.345, 2)", Decimal("2.35")),
        ("MAX(1, 7, 3) - MIN(4, 2) + ABS(-1) + MOD(7, 3)", 7),
        ("DATE(2026, 1, 31) + 1", date(2026, 2, 1)),
        ("ADDMONTHS(DATE(2026, 1, 31), 1)", date(2026, 2, 28)),
        ("YEAR(TODAY()) * 100 + MONTH(TODAY())", 202601),
        ("REGEX('DR-0147', 'DR-[0-9]{4}')", True),
        ("TEXT(12.50)", "12.5"),
        ("SUBSTITUTE(UPPER(LEFT('hotfix', 3)), 'O', '0')", "H0T"),
        ("BLANKVALUE('', 'x') & NULLVALUE(NULL, 'y')", "xy"),
        ("NULL > 1", False),
        ("/* why */ LPAD('7', 3, '0')", "007"),
        ("HYPERLINK('https://x', 'X')", '<a href="https://x" target="_blank">X</a>'),
    ],
)
def test_a_formula_has_its_value(org: LocalOrg, formula: str, value: Any) -> None:
    context = RecordContext(org, org.schema.require("Book__c"), {})
    if value is None:
        with pytest.raises(FormulaError):
            parse(formula)
    else:
        assert evaluate(parse(formula), context) == value


def test_a_percent_field_is_a_fraction_and_parents_are_walked(org: LocalOrg, user: str) -> None:
    shelf = org.records.insert(user, "Shelf__c", {"Name": "A", "Cap__c": 70}).id
    book = org.schema.require("Book__c")
    context = RecordContext(org, book, {"Shelf__c": shelf, "Discount__c": 60.0})
    assert evaluate(parse("Discount__c"), context) == Decimal("0.6")
    assert evaluate(parse("Shelf__r.Cap__c"), context) == Decimal("0.7")
    assert evaluate(parse("Sequel_Of__r.Discount__c"), context) is None
    assert evaluate(parse("Discount__c + 0.1 > Shelf__r.Cap__c"), context) is False
    assert evaluate(parse("Discount__c + 0.11 > Shelf__r.Cap__c"), context) is True


def test_blank_numbers_count_as_zero_only_where_the_formula_says_so(org: LocalOrg) -> None:
    book = org.schema.require("Book__c")
    assert evaluate(parse("Price__c + 1"), RecordContext(org, book, {})) is None
    assert evaluate(parse("Price__c + 1"), RecordContext(org, book, {}, blank_as_zero=True)) == 1
    assert evaluate(parse("ISBLANK(Price__c)"), RecordContext(org, book, {}, blank_as_zero=True)) is True


def test_changes_are_seen_against_the_record_as_it_was(org: LocalOrg) -> None:
    book = org.schema.require("Book__c")
    update = RecordContext(org, book, {"Price__c": 5.0}, {"Price__c": 4.0})
    assert evaluate(parse("ISCHANGED(Price__c) && PRIORVALUE(Price__c) = 4 && !ISNEW()"), update) is True
    create = RecordContext(org, book, {"Price__c": 5.0}, creating=True)
    assert evaluate(parse("ISNEW() && NOT(ISCHANGED(Price__c))"), create) is True


def test_the_user_and_their_permissions_are_known(org: LocalOrg, user: str) -> None:
    context = RecordContext(org, org.schema.require("Book__c"), {}, user_id=user)
    assert evaluate(parse("$User.Username & $Profile.Name"), context) == "ann@library.exampleSystem Administrator"
    assert evaluate(parse("$Permission.Skip_Checks"), context) is False
    permission = org.records.raw_insert("CustomPermission", {"DeveloperName": "Skip_Checks", "MasterLabel": "x"})
    permission_set = org.records.raw_insert("PermissionSet", {"Name": "Skip", "Label": "Skip"})
    org.records.raw_insert("SetupEntityAccess", {"ParentId": permission_set, "SetupEntityId": permission})
    org.records.insert(user, "PermissionSetAssignment", {"PermissionSetId": permission_set, "AssigneeId": user})
    assert evaluate(parse("$Permission.Skip_Checks"), context) is True


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("Price__c >", "Syntax error"),
        ("NOSUCH(1)", "Unknown function NOSUCH"),
        ("Nothing__c = 1", "Field Nothing__c does not exist"),
        ("Shelf__r.Nothing__c = 1", "Field Shelf__r.Nothing__c does not exist"),
        ("IF(TRUE, 1)", "Incorrect number of parameters for function 'IF()'"),
        ("$Api.Session_ID = ''", "$Api is not supported"),
        ("GEOLOCATION(1, 2)", "Function GEOLOCATION may not be used"),
    ],
)
def test_a_formula_that_is_not_understood_is_refused_with_the_reason(org: LocalOrg, formula: str, reason: str) -> None:
    with pytest.raises(FormulaError, match=reason.replace("(", r"\(").replace(")", r"\)").replace("$", r"\$")):
        check(org.schema, org.schema.require("Book__c"), formula)


@pytest.mark.parametrize("formula", ["1 / 0", "IF('a', 1, 2)", "'a' < 1", "LN(0)"])
def test_a_formula_that_cannot_be_worked_out_says_so(org: LocalOrg, formula: str) -> None:
    with pytest.raises(FormulaError):
        evaluate(parse(formula), RecordContext(org, org.schema.require("Book__c"), {}))
