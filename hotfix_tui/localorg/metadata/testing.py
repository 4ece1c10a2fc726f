"""Apex tests of a deploy: which run, how they end, and what they cover.

This org does not execute Apex: how a test ends and what it covers is what was planted (`apex.planted`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.apex.planted import PlantedOutcomes
from hotfix_tui.localorg.metadata.apex import code_lines, is_test_class, test_methods
from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.localorg.metadata.envelope import NIL
from hotfix_tui.localorg.metadata.options import DeployOptions
from hotfix_tui.localorg.metadata.package import Package
from hotfix_tui.localorg.metadata.support import new_id, production_rules
from hotfix_tui.localorg.metadata.types import key_prefix

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

REQUIRED_PERCENT = 75
_NO_ID = "000000000000000AAA"


@dataclass
class TestRun:
    """The tests of one deploy. `methods`: (class, method) in the order they run."""

    methods: list[tuple[str, str]] = field(default_factory=list)
    failures: list[dict[str, Any]] = field(default_factory=list)
    successes: list[dict[str, Any]] = field(default_factory=list)
    coverage: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)

    def result(self) -> dict[str, Any]:
        """The RunTestsResult, elements in the order of the WSDL."""
        return {
            "apexLogId": None,
            "codeCoverage": self.coverage,
            "codeCoverageWarnings": self.warnings,
            "failures": self.failures,
            "flowCoverage": [],
            "flowCoverageWarnings": [],
            "numFailures": len(self.failures),
            "numTestsRun": len(self.failures) + len(self.successes),
            "successes": self.successes,
            "totalTime": float(20 * (len(self.failures) + len(self.successes))),
        }


def effective_level(org: LocalOrg, options: DeployOptions, package: Package) -> str:
    """The test level that counts: production runs local tests when Apex is deployed and no level was named."""
    if options.test_level:
        return options.test_level
    return "RunLocalTests" if production_rules(org) and package.has_apex else "NoTestRun"


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
            self._add_all()
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

    def _add_all(self) -> None:
        names = {item.full_name for item in self._org.components.properties("ApexClass")}
        names |= {item.full_name for item in self._package.items if item.type == "ApexClass"}
        for name in sorted(names):
            found = self._class(name)
            if found is not None and is_test_class(found.body):
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

    def cover(self) -> None:
        """Works out the coverage of the package's classes and triggers, and warns where it is too low."""
        if self.level == "NoTestRun":
            return
        for item in self._package.items:
            if item.type in ("ApexClass", "ApexTrigger") and not (
                item.type == "ApexClass" and is_test_class(item.component.body)
            ):
                self._cover(item.type, item.full_name, item.component.body)

    def _cover(self, type_name: str, name: str, body: str) -> None:
        percent = self._percent(name)
        lines = code_lines(body)
        missing = round(lines * (100 - percent) / 100)
        # A class that was only tried has an id too, one that nothing will have.
        component_id = self._org.components.id_of(type_name, name) or new_id(self._org, key_prefix(type_name))
        self.run.coverage.append(
            {
                "dmlInfo": [],
                "id": component_id,
                "locationsNotCovered": [
                    {"column": 0, "line": line + 1, "numExecutions": 0, "time": -1.0} for line in range(missing)
                ],
                "methodInfo": [],
                "name": name,
                "namespace": NIL,
                "numLocations": lines,
                "numLocationsNotCovered": missing,
                "soqlInfo": [],
                "soslInfo": [],
                "type": "Class" if type_name == "ApexClass" else "Trigger",
            }
        )
        self._warn(type_name, name, percent, component_id)

    def _warn(self, type_name: str, name: str, percent: float, component_id: str) -> None:
        if self.level == "RunSpecifiedTests" and percent < REQUIRED_PERCENT:
            kind = "Class" if type_name == "ApexClass" else "Trigger"
            text = (
                f"Test coverage of selected Apex {kind} is {percent:.0f}%, "
                f"at least {REQUIRED_PERCENT}% test coverage is required"
            )
            self.run.warnings.append({"id": component_id, "message": text, "name": name, "namespace": NIL})
        elif self.level != "RunSpecifiedTests" and type_name == "ApexTrigger" and percent == 0:
            text = "Test coverage of selected Apex Trigger is 0%, at least 1% test coverage is required"
            self.run.warnings.append({"id": component_id, "message": text, "name": name, "namespace": NIL})

    def check_average(self) -> None:
        """With all local tests, the org's classes and triggers must be covered by 75 % on the whole."""
        if self.level not in ("RunLocalTests", "RunAllTestsInOrg") or not production_rules(self._org):
            return
        percents = [self._percent(name) for name in self._code_names()]
        if percents and sum(percents) / len(percents) < REQUIRED_PERCENT:
            average = sum(percents) / len(percents)
            text = (
                f"Average test coverage across all Apex Classes and Triggers is {average:.0f}%, "
                f"at least {REQUIRED_PERCENT}% test coverage is required"
            )
            self.run.warnings.append({"id": _NO_ID, "message": text, "name": NIL, "namespace": NIL})

    def _code_names(self) -> set[str]:
        names = {item.full_name for item in self._package.items if item.type in ("ApexClass", "ApexTrigger")}
        for type_name in ("ApexClass", "ApexTrigger"):
            names |= {item.full_name for item in self._org.components.properties(type_name)}
        return {name for name in names if not self._is_test(name)}

    def _is_test(self, name: str) -> bool:
        found = self._class(name)
        return found is not None and is_test_class(found.body)

    def _percent(self, name: str) -> float:
        """What the tests of this deploy cover; nothing when there is none."""
        return self._planted.of(name).covered if self.run.methods else 0.0
