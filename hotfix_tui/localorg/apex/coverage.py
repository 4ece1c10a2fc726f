"""What a test run covered: rows of ApexCodeCoverage, ApexCodeCoverageAggregate and ApexOrgWideCoverage.

How much of a class or trigger is covered is what was planted. Which test covered it is told from the source: a test
class covers the classes it names, and the triggers on the objects it names.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.apex.planted import PlantedOutcomes
from hotfix_tui.localorg.metadata.apex import blanked, is_test_class, lines_of, trigger_header
from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.localorg.metadata.support import new_id, timestamp

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_WORD = re.compile(r"\w+")


def record(org: LocalOrg, ran: list[tuple[Component, str]]) -> None:
    """Writes the coverage of methods (class, method) that ran; what other classes' tests covered before stays."""
    planted, code = PlantedOutcomes(org), _code(org)
    store, at = org.store, timestamp(org)
    audit = {
        "CreatedDate": at,
        "CreatedById": org.system_user_id,
        "LastModifiedDate": at,
        "LastModifiedById": org.system_user_id,
        "SystemModstamp": at,
        "IsDeleted": False,
    }
    shares = {found.id: _row(found, planted) for found in code}
    with store.transaction():
        for test in {found.id: found for found, _ in ran}.values():
            store.execute("DELETE FROM ApexCodeCoverage WHERE ApexTestClassId = ?", (test.id,))
            names = {word.lower() for word in _WORD.findall(blanked(test.body))}
            touched = [found for found in code if _subject(found) in names]
            for method in [method for found, method in ran if found.id == test.id]:
                for found in touched:
                    row = {"ApexTestClassId": test.id, "TestMethodName": method, **shares[found.id], **audit}
                    store.insert_row("ApexCodeCoverage", {"Id": new_id(org, "714"), **row})
        rows = [{"Id": new_id(org, "715"), **shares[found.id], **audit} for found in code]
        store.replace_rows("ApexCodeCoverageAggregate", rows)
        store.replace_rows("ApexOrgWideCoverage", [_org_wide(org, at)])


def begin(org: LocalOrg) -> None:
    """An org in which no test ran says that nothing is covered."""
    if org.store.value("SELECT 1 FROM ApexOrgWideCoverage") is None:
        org.store.replace_rows("ApexOrgWideCoverage", [_org_wide(org, timestamp(org))])


def _org_wide(org: LocalOrg, at: str) -> dict[str, Any]:
    covered, missed = org.store.row(
        "SELECT IFNULL(SUM(NumLinesCovered), 0), IFNULL(SUM(NumLinesUncovered), 0) FROM ApexCodeCoverageAggregate"
    ) or (0, 0)
    percent = covered * 100 // (covered + missed) if covered + missed else 0
    return {"Id": new_id(org, "716"), "PercentCovered": percent, "SystemModstamp": at}


def _code(org: LocalOrg) -> list[Component]:
    classes = [found for found in org.components.list("ApexClass") if not is_test_class(found.body)]
    return [*classes, *org.components.list("ApexTrigger")]


def _subject(found: Component) -> str:
    """The name by which a test shows that it exercises a class or trigger, in lower case."""
    header = trigger_header(found.body) if found.type == "ApexTrigger" else None
    return (header.object if header else found.full_name).lower()


def _row(found: Component, planted: PlantedOutcomes) -> dict[str, Any]:
    covered, missed = lines_of(found.body, planted.of(found.full_name).covered)
    return {
        "ApexClassOrTriggerId": found.id,
        "NumLinesCovered": len(covered),
        "NumLinesUncovered": len(missed),
        "Coverage": {"coveredLines": covered, "uncoveredLines": missed},
    }
