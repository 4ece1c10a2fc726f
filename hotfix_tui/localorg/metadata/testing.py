"""Apex tests of a deploy: which run, how they end, and what they cover.

This org does not execute Apex: how a test ends and what it covers is what was planted (`apex.planted`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.apex.planted import PlantedOutcomes
from hotfix_tui.localorg.metadata.apex import is_test_class, test_methods
from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.localorg.metadata.coverage_rules import CoverageRules
from hotfix_tui.localorg.metadata.envelope import NIL
from hotfix_tui.localorg.metadata.options import DeployOptions
from hotfix_tui.localorg.metadata.package import Package
from hotfix_tui.localorg.metadata.relevant import relevant_tests
from hotfix_tui.localorg.metadata.support import flows_land_active, new_id, production_rules
from hotfix_tui.localorg.metadata.types import key_prefix

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg


@dataclass
class TestRun:
    """The tests of one deploy. `methods`: (class, method) in the order they run."""

    methods: list[tuple[str, str]] = field(default_factory=list)
    failures: list[dict[str, Any]] = field(default_factory=list)
    successes: list[dict[str, Any]] = field(default_factory=list)
    coverage: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    flow_coverage: list[dict[str, Any]] = field(default_factory=list)
    flow_warnings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether every test passed and enough was covered."""
        return not (self.failures or self.warnings or self.flow_warnings)

    def result(self) -> dict[str, Any]:
        """The RunTestsResult, elements in the order of the WSDL."""
        return {
            "apexLogId": None,
            "codeCoverage": self.coverage,
            "codeCoverageWarnings": self.warnings,
            "failures": self.failures,
            "flowCoverage": self.flow_coverage,
            "flowCoverageWarnings": self.flow_warnings,
            "numFailures": len(self.failures),
            "numTestsRun": len(self.failures) + len(self.successes),
            "successes": self.successes,
            "totalTime": float(20 * (len(self.failures) + len(self.successes))),
        }


def effective_level(org: LocalOrg, options: DeployOptions, package: Package) -> str:
    """The test level that counts. With none named, production runs local tests when Apex or active flows come."""
    if options.test_level:
        return options.test_level
    if not production_rules(org):
        return "NoTestRun"
    active_flows = package.brings_active_flow and flows_land_active(org, package)
    return "RunLocalTests" if package.has_apex or active_flows else "NoTestRun"


class TestRunner:
    """Finds and runs the tests of a deploy."""

    def __init__(self, org: LocalOrg, options: DeployOptions, package: Package, level: str) -> None:
        self._org = org
        self._options = options
        self._package = package
        self.level = level
        self._planted = PlantedOutcomes(org)
        self.run = TestRun()

    def _class(self, name: str) -> Component | None:
        brought = self._package.item("ApexClass", name)
        gone = {item.component.key for item in self._package.delete_before}
        if brought is not None:
            return brought.component
        return None if ("ApexClass", name.lower()) in gone else self._org.components.get("ApexClass", name)

    def plan(self) -> list[tuple[str, str]]:
        """Finds the methods to run; returns what is wrong with the classes that were named (class, problem)."""
        if self.level == "NoTestRun":
            return []
        if self.level != "RunSpecifiedTests":
            self._add_all(relevant=self.level == "RunRelevantTests")
            return []
        problems = []
        if not self._options.run_tests:
            problems.append(("", "You must specify at least one test class with the RunSpecifiedTests test level."))
        for name in self._options.run_tests:
            found = self._class(name)
            if found is None or not is_test_class(found.body):
                problems.append((name, f"runTests value '{name}' is not a test class of this org or package"))
            else:
                self._add(found)
        return problems

    def _add_all(self, *, relevant: bool) -> None:
        names = {item.full_name for item in self._org.components.properties("ApexClass")}
        names |= {item.full_name for item in self._package.items if item.type == "ApexClass"}
        classes = {name: found for name in sorted(names) if (found := self._class(name)) is not None}
        tests = {name: found for name, found in classes.items() if is_test_class(found.body)}
        if relevant:
            bodies = {name.lower(): found.body for name, found in classes.items()}
            wanted = relevant_tests(tests, bodies, self._package)
            tests = {name: found for name, found in tests.items() if name.lower() in wanted}
        for found in tests.values():
            self._add(found)

    def _add(self, found: Component) -> None:
        self.run.methods.extend((found.full_name, method) for method in test_methods(found.body))

    def execute(self, index: int, disturbance: str = "") -> bool:
        """Runs one method of the plan; False when it fails, as it does with a disturbance for its message."""
        name, method = self.run.methods[index]
        found = self._class(name)
        class_id = found.id if found and found.id else self._org.components.id_of("ApexClass", name)
        class_id = class_id or new_id(self._org, key_prefix("ApexClass"))
        message = disturbance or self._planted.failure(name, method)
        if message is None:
            passed = {"id": class_id, "methodName": method, "name": name, "namespace": NIL}
            self.run.successes.append({**passed, "seeAllData": False, "time": 20.0})
            return True
        self.run.failures.append(
            {
                "id": class_id,
                "message": message,
                "methodName": method,
                "name": name,
                "namespace": NIL,
                "packageName": name,
                "seeAllData": False,
                "stackTrace": f"Class.{name}.{method}: line 1, column 1",
                "time": 20.0,
                "type": "Class",
            }
        )
        return False

    def judge(self) -> None:
        """Works out what was covered, and what was covered too little."""
        if self.level != "NoTestRun":
            CoverageRules(self._org, self._package, self.level, self._planted, self.run).judge()
