"""What a formula may be made of, and what it says when its parts do not fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from hotfix_tui.localorg.clock import Clock
from hotfix_tui.localorg.formula import FormulaError, check, check_field, evaluate, parse
from hotfix_tui.localorg.org import LocalOrg
from hotfix_tui.localorg.records.formulas import RecordContext
from tests.localorg.own_org import LIBRARY, NOW


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalOrg]:
    org = LocalOrg.create(tmp_path_factory.mktemp("org"), name="library", kind="production", clock=Clock(NOW))
    for kind, name, xml in LIBRARY:
        org.schema.apply_component(kind, name, xml)
    yield org
    org.close()


@pytest.mark.parametrize(
    ("formula", "problem"),
    [
        ("Price__c & 'x' = ''", "Incorrect parameter type for operator '&'. Expected Text, received Number"),
        ("Name + 1 = 'x'", "Incorrect parameter type for operator '+'. Expected Text, received Number"),
        (
            "Name - 1 = 0",
            "Incorrect parameter type for operator '-'. Expected Number, Date, DateTime, received Text",
        ),
        ("Name = 1", "Incorrect parameter type for operator '='. Expected Text, received Number"),
        ("Bought__c > TODAY()", "Incorrect parameter type for operator '>'. Expected DateTime, received Date"),
        (
            "Lent__c > TRUE",
            "operator '>'. Expected Number, Date, DateTime, received Boolean",
        ),
        (
            "Genre__c = 'Novel'",
            "Field Genre__c is a picklist field. Picklist fields are only supported in certain functions.",
        ),
        ("CONTAINS(Tags__c, 'x')", "Field Tags__c is a multi-select picklist field."),
        (
            "ISPICKVAL(Name, 'x')",
            "function 'ISPICKVAL()'. Expected Picklist, received Text",
        ),
        (
            "IF(Price__c, TRUE, FALSE)",
            "function 'IF()'. Expected Boolean, received Number",
        ),
        ("IF(TRUE, 'a', 1) = 'a'", "Incorrect parameter type for function 'IF()'. Expected Text, received Number"),
        ("CASE(Genre__c, 1, 'a', 'b') = 'a'", "'CASE()'. Expected Text, received Number"),
        ("CASE(Genre__c, 'Novel', 'a', 2) = 'a'", "'CASE()'. Expected Text, received Number"),
        ("CASE(Name, 'a', 1, 'b', 2) = 1", "Incorrect number of parameters for function 'CASE()'."),
        ("LEFT(Name) = 'a'", "Incorrect number of parameters for function 'LEFT()'. Expected 2, received 1"),
        ("YEAR(Bought__c) = 2026", "Incorrect parameter type for function 'YEAR()'. Expected Date, received DateTime"),
        ("TEXT(Name) = ''", "'TEXT()'. Expected Number, Date, DateTime, Time, Picklist, received Text"),
        ("ISCHANGED(Name & 'x')", "Incorrect parameter type for function 'ISCHANGED()'. Expected Field"),
        ("REGEX(Name, '\\\\p{Alpha}')", "this org cannot read the pattern"),
        ("Price__c", "Formula result is data type (Number), incompatible with expected data type (true or false)."),
        ("TODAY() + TODAY() = TODAY()", "Incorrect parameter type for operator '+'. Expected Number, received Date"),
        ("$System.Now = NOW()", "Field $System.Now does not exist. Check spelling."),
        ("VLOOKUP(Name, Name, 'x') = 'x'", "Function VLOOKUP may not be used in this type of formula"),
        (
            "OR(" + "TRUE," * 1000 + "FALSE)",
            "Formula is too long (5,009 characters).",
        ),
    ],
)
def test_a_rule_whose_parts_do_not_fit_is_refused_in_salesforces_words(
    library: LocalOrg, formula: str, problem: str
) -> None:
    with pytest.raises(FormulaError) as error:
        check(library.schema, library.schema.require("Book__c"), formula)
    assert problem in str(error.value)


@pytest.mark.parametrize(
    "formula",
    [
        "CASE(Genre__c, 'Novel', TODAY(), NULL) > Shelf__r.Opened__c",
        "ISPICKVAL(PRIORVALUE(Genre__c), '') && INCLUDES(Tags__c, 'New')",
        "TEXT(Genre__c) & Name & $User.Username & $Label.Hello = '' || $Permission.Skip",
        "Bought__c - NOW() > 1.5 && (DATEVALUE(Bought__c) + 1 = TODAY())",
        "NOT(ISBLANK(Shelf__r.Owner:User.Profile.Name)) && Bought__c > $System.OriginDateTime",
        "IF(Lent__c = TRUE, BLANKVALUE(Price__c, 1), NULL) >= MIN(1, 2, Discount__c)",
        "REGEX(Name, '[A-Z]+') && ISNEW() && TIMEVALUE('10:00:00.000') < TIMENOW()",
    ],
)
def test_a_rule_whose_parts_fit_is_taken(library: LocalOrg, formula: str) -> None:
    check(library.schema, library.schema.require("Book__c"), formula)


@pytest.mark.parametrize(
    ("formula", "problem"),
    [
        ("ISNEW()", "Function ISNEW may not be used in this type of formula"),
        ("REGEX(Name, 'x')", "Function REGEX may not be used in this type of formula"),
        ("Notes__c", 'unsupported field type called "Long Text Area" using the following field: Notes__c'),
        ("Price__c", "Formula result is data type (Number), incompatible with expected data type (Text)."),
        ("TEXT(Twin__c)", "refers to itself"),
    ],
)
def test_a_formula_field_is_refused_for_what_only_rules_may(library: LocalOrg, formula: str, problem: str) -> None:
    book = library.schema.require("Book__c")
    name = book.field("Name")
    assert name is not None
    made = replace(name, name="Made__c", formula=formula, length=1300)
    try:
        book.add(replace(made, name="Twin__c", type="double", formula="LEN(Made__c)"))
        book.add(made)
        with pytest.raises(FormulaError) as error:
            check_field(library.schema, book, made)
    finally:
        book.drop("Made__c")
        book.drop("Twin__c")
    assert problem in str(error.value)


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("TRUNC(-2.789, 2)", Decimal("-2.78")),
        ("LN(EXP(2))", 2),
        ("LOG(1000) + SQRT(2.25)", Decimal("4.5")),
        ("2 ^ 0.5 * 2 ^ 0.5", 2),
        ("0.1 + 0.2", Decimal("0.3")),
        ("INITCAP('aNN bee') & REVERSE('abc')", "Ann Beecba"),
        ("CHR(ASCII('A') + 1)", "B"),
        ("DAYOFYEAR(DATE(2026, 2, 1)) + ISOWEEK(DATE(2026, 1, 13)) + ISOYEAR(DATE(2027, 1, 1))", 32 + 3 + 2026),
        ("FROMUNIXTIME(UNIXTIMESTAMP($System.OriginDateTime) + 60) - $System.OriginDateTime", Decimal(60) / 86400),
        ("TIMEVALUE('23:59:59.500') + 1000", time(0, 0, 0, 500_000)),
        ("$System.OriginDateTime", datetime(1900, 1, 1, tzinfo=UTC)),
    ],
)
def test_functions_have_the_values_of_their_documentation(library: LocalOrg, formula: str, value: Any) -> None:
    got = evaluate(parse(formula), RecordContext(library, library.schema.require("Book__c"), {}))
    assert got == value or (isinstance(got, Decimal) and abs(got - value) < Decimal("1e-20"))
