"""Whatever text comes as a formula, it is refused with a reason or has a value of the type it was taken for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfix_tui.localorg.clock import Clock
from hotfix_tui.localorg.formula import FormulaError, NotUnderstood, check, evaluate, parse
from hotfix_tui.localorg.formula.check import resolve
from hotfix_tui.localorg.formula.signatures import SIGNATURES
from hotfix_tui.localorg.formula.types import Types, letter_of
from hotfix_tui.localorg.org import LocalOrg
from hotfix_tui.localorg.records.formulas import RecordContext
from tests.localorg.own_org import LIBRARY, NOW

_ATOMS = st.sampled_from(
    [
        *[
            "0",
            "1",
            "-2.5",
            "1e",
            "TRUE",
            "NULL",
            "'a'",
            "''",
            "'2026-01-13'",
            "Name",
            "Price__c",
            "Genre__c",
            "Tags__c",
            "Lent__c",
            "Bought__c",
            "Shelf__r.Opened__c",
        ]
    ]
)


def _calls(inner: Any) -> Any:
    call = st.tuples(st.sampled_from(sorted(SIGNATURES)), st.lists(inner, max_size=4)).map(
        lambda parts: f"{parts[0]}({', '.join(parts[1])})"
    )
    pair = st.tuples(
        inner, st.sampled_from(["+", "-", "*", "/", "^", "&", "=", "<>", "<", ">=", "&&", "||"]), inner
    ).map(lambda parts: f"({' '.join(parts)})")
    return call | pair


_FORMULAS = st.recursive(_ATOMS, _calls, max_leaves=5)
_KINDS: dict[str, Any] = {"T": str, "N": Decimal, "B": bool, "M": datetime, "D": date, "H": time}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalOrg]:
    org = LocalOrg.create(tmp_path_factory.mktemp("org"), name="library", kind="production", clock=Clock(NOW))
    for kind, name, xml in LIBRARY:
        org.schema.apply_component(kind, name, xml)
    yield org
    org.close()


@settings(max_examples=500, deadline=None)
@given(_FORMULAS | st.text(max_size=30), st.booleans())
def test_a_formula_is_refused_or_has_a_value_of_its_type(library: LocalOrg, formula: str, empty: bool) -> None:
    book = library.schema.require("Book__c")
    row: dict[str, Any] = {"Name": None if empty else "n", "Price__c": None if empty else 2.5, "Lent__c": 1}
    row["Bought__c"] = None if empty else "2026-01-13T10:00:00.000+0000"
    types = Types(lambda path: letter_of(resolve(library.schema, book, path), path))
    try:
        check(library.schema, book, formula)
    except FormulaError as problem:
        assert str(problem)
    try:
        letter = types.value(parse(formula))
    except FormulaError:
        return
    try:
        value = evaluate(parse(formula), RecordContext(library, book, row, creating=True))
    except FormulaError as problem:
        assert not isinstance(problem, NotUnderstood), problem
        return
    if value is not None and letter != "X":
        assert isinstance(value, _KINDS[letter]), (letter, value)
