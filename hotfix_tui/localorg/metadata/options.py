"""What a deploy was asked to do, and the messages it answers with."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.envelope import SoapFault, boolean

TEST_LEVELS = ("NoTestRun", "RunSpecifiedTests", "RunLocalTests", "RunAllTestsInOrg")


_OPTIONS = frozenset(
    {
        "allowMissingFiles",
        "autoUpdatePackage",
        "checkOnly",
        "ignoreWarnings",
        "performRetrieve",
        "purgeOnDelete",
        "rollbackOnError",
        "runTests",
        "singlePackage",
        "testLevel",
    }
)


@dataclass
class DeployOptions:
    """DeployOptions of the Metadata API. `test_level` is empty when the caller named none."""

    allow_missing_files: bool = False
    auto_update_package: bool = False
    check_only: bool = False
    ignore_warnings: bool = False
    purge_on_delete: bool = False
    rollback_on_error: bool = False
    run_tests: list[str] = field(default_factory=list)
    single_package: bool = False
    test_level: str = ""

    def stored(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return asdict(self)


def options_of(element: xml.Element | None) -> DeployOptions:
    """The options in a deploy call, in any order. Raises SoapFault for an option or test level nobody knows."""
    for item in xml.children(element) if element is not None else []:
        if xml.name(item) not in _OPTIONS:
            raise SoapFault("soapenv:Client", f"Element {{{xml.NAMESPACE}}}{xml.name(item)} invalid at this location")
    level = xml.text(element, "testLevel") if element is not None else ""
    if level and level not in TEST_LEVELS:
        raise SoapFault("INVALID_VALUE", f"'{level}' is not a valid value for the enum 'TestLevel'")
    if boolean(element, "performRetrieve"):
        raise SoapFault("INVALID_OPERATION", "performRetrieve is not offered by this org: call retrieve instead")
    tests = [xml.text(item) for item in xml.children(element, "runTests")] if element is not None else []
    return DeployOptions(
        allow_missing_files=boolean(element, "allowMissingFiles"),
        auto_update_package=boolean(element, "autoUpdatePackage"),
        check_only=boolean(element, "checkOnly"),
        ignore_warnings=boolean(element, "ignoreWarnings"),
        purge_on_delete=boolean(element, "purgeOnDelete"),
        rollback_on_error=boolean(element, "rollbackOnError"),
        run_tests=[name for name in tests if name],
        single_package=boolean(element, "singlePackage"),
        test_level=level,
    )


@dataclass
class Message:
    """A DeployMessage: what happened, or would not happen, to one component."""

    component_type: str
    full_name: str
    file_name: str
    problem: str = ""
    problem_type: Literal["", "Error", "Warning", "Info"] = ""
    line: int = 0
    column: int = 0
    created: bool = False
    changed: bool = False
    deleted: bool = False
    id: str = ""
    at: str = ""

    @property
    def success(self) -> bool:
        """Whether the component is (or would be) in the org as the package has it."""
        return self.problem_type != "Error"


def error(component_type: str, full_name: str, file_name: str, problem: str, line: int = 0, column: int = 0) -> Message:
    """The message of a component that cannot be deployed."""
    return Message(component_type, full_name, file_name, problem, "Error", line, column)
