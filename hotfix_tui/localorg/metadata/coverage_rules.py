"""What the tests of a deploy covered, and the rules that a deploy fails by when it was too little.

Sources: Metadata API Developer Guide, "Running Tests in a Deployment" (each class and trigger 75 % with specified and
relevant tests; 75 % on the whole and some of each trigger otherwise), and the words real orgs were recorded with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.apex import code_lines, is_test_class, lines_of
from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.localorg.metadata.envelope import NIL
from hotfix_tui.localorg.metadata.package import Package
from hotfix_tui.localorg.metadata.support import flows_land_active, new_id, production_rules
from hotfix_tui.localorg.metadata.types import key_prefix

if TYPE_CHECKING:
    from hotfix_tui.localorg.apex.planted import PlantedOutcomes
    from hotfix_tui.localorg.metadata.testing import TestRun
    from hotfix_tui.localorg.org import LocalOrg

REQUIRED_PERCENT = 75
EACH_OF_THE_PACKAGE = frozenset({"RunSpecifiedTests", "RunRelevantTests"})
_NO_ID = "000000000000000AAA"
_CODE = ("ApexClass", "ApexTrigger")
_UNTESTED_FLOWS = frozenset({"Flow", "Survey"})


class CoverageRules:
    """Judges one run of tests; findings are put into it."""

    def __init__(self, org: LocalOrg, package: Package, level: str, planted: PlantedOutcomes, run: TestRun) -> None:
        self._org = org
        self._package = package
        self._level = level
        self._planted = planted
        self._run = run

    def judge(self) -> None:
        """Works out the coverage of the package's classes, triggers and flows, and warns where it is too low."""
        for item in self._package.items:
            if item.type in _CODE and not _is_test(item.component):
                self._cover(item.component)
        if self._level not in EACH_OF_THE_PACKAGE:
            self._check_average()
        if production_rules(self._org) and flows_land_active(self._org, self._package):
            self._cover_flows()

    def _percent(self, name: str) -> float:
        """What the tests of this deploy cover; nothing when there is none."""
        return self._planted.of(name).covered if self._run.methods else 0.0

    def _cover(self, code: Component) -> None:
        percent = self._percent(code.full_name)
        covered, missing = lines_of(code.body, percent)
        # A class that was only tried has an id too, one that nothing will have.
        known = self._org.components.id_of(code.type, code.full_name)
        component_id = known or new_id(self._org, key_prefix(code.type))
        self._run.coverage.append(
            {
                "dmlInfo": [],
                "id": component_id,
                "locationsNotCovered": [
                    {"column": 0, "line": line, "numExecutions": 0, "time": -1.0} for line in missing
                ],
                "methodInfo": [],
                "name": code.full_name,
                "namespace": NIL,
                "numLocations": len(covered) + len(missing),
                "numLocationsNotCovered": len(missing),
                "soqlInfo": [],
                "soslInfo": [],
                "type": code.type.removeprefix("Apex"),
            }
        )
        least = self._least(code.type)
        if percent < least:
            kind = code.type.removeprefix("Apex")
            text = f"Test coverage of selected Apex {kind} is {_shown(percent)}%, at least {least}% test coverage"
            self._warn(f"{text} is required", component_id, code.full_name)

    def _least(self, type_name: str) -> int:
        if self._level in EACH_OF_THE_PACKAGE:
            return REQUIRED_PERCENT
        return 1 if type_name == "ApexTrigger" else 0

    def _check_average(self) -> None:
        """With all local tests, the lines of the org's classes and triggers must be covered by 75 % on the whole."""
        counts = [(code_lines(code.body), self._percent(code.full_name)) for code in self._all_code()]
        lines = sum(count for count, _ in counts)
        if not lines:
            return
        average = sum(count * percent for count, percent in counts) / lines
        if average < REQUIRED_PERCENT:
            text = f"Average test coverage across all Apex Classes and Triggers is {int(average)}%, at least"
            self._warn(f"{text} {REQUIRED_PERCENT}% test coverage is required", _NO_ID, NIL)

    def _all_code(self) -> list[Component]:
        """The code there will be, without test classes."""
        found = {code.component_id.key: code for kind in _CODE for code in self._org.components.list(kind)}
        for deletion in self._package.delete_before:
            found.pop(deletion.component.key, None)
        found |= {item.component.component_id.key: item.component for item in self._package.items if item.type in _CODE}
        return [code for code in found.values() if not _is_test(code)]

    def _warn(self, message: str, component_id: str, name: str) -> None:
        self._run.warnings.append({"id": component_id, "message": message, "name": name, "namespace": NIL})

    # Flows

    def _cover_flows(self) -> None:
        """Where flows land active in production, tests must cover 75 % of its active autolaunched flows."""
        brought = [item.component for item in self._package.items if item.type == "Flow" and _counts(item.component)]
        if not brought:
            return
        for flow in brought:
            self._run.flow_coverage.append(self._flow(flow))
        names = {flow.full_name.lower(): flow for flow in self._active_flows()}
        names |= {flow.full_name.lower(): flow for flow in brought}
        average = sum(self._percent(flow.full_name) for flow in names.values()) / len(names)
        if average < REQUIRED_PERCENT:
            text = f"Average test coverage across all active autolaunched flows is {int(average)}%, at least"
            told = {"flowId": NIL, "flowName": NIL, "flowNamespace": NIL}
            message = f"{text} {REQUIRED_PERCENT}% test coverage is required"
            self._run.flow_warnings.append({**told, "message": message})

    def _active_flows(self) -> list[Component]:
        versions = [version for version in self._org.components.flows.all() if version.status == "Active"]
        flows = [Component("Flow", version.name, {"": version.body}) for version in versions]
        return [flow for flow in flows if _counts(flow)]

    def _flow(self, flow: Component) -> dict[str, Any]:
        root = xml.parse(flow.xml)
        names = [xml.text(element, "name") for element in xml.children(root) if xml.text(element, "locationX")]
        missing = round(len(names) * (100 - self._percent(flow.full_name)) / 100)
        return {
            "elementsNotCovered": names[len(names) - missing :],
            "flowId": new_id(self._org, key_prefix("Flow")),
            "flowName": flow.full_name,
            "flowNamespace": NIL,
            "numElements": len(names),
            "numElementsNotCovered": missing,
            "processType": xml.text(root, "processType"),
        }


def _shown(percent: float) -> str:
    """As real orgs write it: three decimals at most, none that are nothing."""
    return f"{percent:.3f}".rstrip("0").rstrip(".")


def _is_test(code: Component) -> bool:
    return code.type == "ApexClass" and is_test_class(code.body)


def _counts(flow: Component) -> bool:
    """Whether a flow is active and of a kind that Apex tests can set off (a screen flow is not)."""
    root = xml.parse(flow.xml)
    return xml.text(root, "status") == "Active" and xml.text(root, "processType") not in _UNTESTED_FLOWS
