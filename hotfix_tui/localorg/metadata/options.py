"""What a deploy was asked to do, and the messages it answers with."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.envelope import SoapFault, boolean

TEST_LEVELS = ("NoTestRun", "RunSpecifiedTests", "RunRelevantTests", "RunLocalTests", "RunAllTestsInOrg")

_OPTIONS = frozenset(
    {
        "allowMissingFiles",
        "autoUpdatePackage",
        "checkOnly",
        "ignoreWarnings",
        "performRetrieve",
        "purgeOnDelete",
        "rollbackOnError",
        "runAllTests",
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
    given = xml.children(element) if element is not None else []
    for item in given:
        if xml.name(item) not in _OPTIONS:
            raise SoapFault("soapenv:Client", f"Element {{{xml.NAMESPACE}}}{xml.name(item)} invalid at this location")
    flags = {name: boolean(element, name) for name in _OPTIONS - {"runTests", "testLevel"}}
    tests = [xml.text(item) for item in given if xml.name(item) == "runTests"]
    return _options(flags, [name for name in tests if name], xml.text(element, "testLevel") if given else "")


def options_of_json(wanted: Any) -> DeployOptions:
    """The options in the JSON part of a REST deployment; none at all is fine. Raises SoapFault as `options_of`."""
    if wanted is None:
        wanted = {}
    if not isinstance(wanted, dict):
        raise SoapFault("JSON_PARSER_ERROR", "deployOptions must be an object")
    for name in wanted:
        if name not in _OPTIONS:
            raise SoapFault("JSON_PARSER_ERROR", f"Unrecognized field '{name}' in deployOptions")
    flags = {name: _flag(name, wanted.get(name)) for name in _OPTIONS - {"runTests", "testLevel"}}
    tests, level = wanted.get("runTests") or [], wanted.get("testLevel") or ""
    if not isinstance(level, str) or not isinstance(tests, list) or not all(isinstance(item, str) for item in tests):
        raise SoapFault("JSON_PARSER_ERROR", "testLevel is text, and runTests a list of texts")
    return _options(flags, [name for name in tests if name], level)


def _flag(name: str, value: Any) -> bool:
    """A JSON boolean, or one in text as the documentation's examples have it."""
    if value is None or isinstance(value, bool):
        return bool(value)
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise SoapFault("JSON_PARSER_ERROR", f"'{value}' is not a boolean: {name}")


def _options(flags: dict[str, bool], tests: list[str], level: str) -> DeployOptions:
    if level and level not in TEST_LEVELS:
        raise SoapFault("INVALID_VALUE", f"'{level}' is not a valid value for the enum 'TestLevel'")
    if flags["performRetrieve"]:
        raise SoapFault("INVALID_OPERATION", "performRetrieve is not offered by this org: call retrieve instead")
    if tests and level != "RunSpecifiedTests":
        # Without a level, naming tests is how API 33 and before asked for them.
        if level:
            raise SoapFault("INVALID_OPERATION", "runTests can be used only with a testLevel of RunSpecifiedTests")
        level = "RunSpecifiedTests"
    if flags["runAllTests"]:
        level = level or "RunAllTestsInOrg"
    return DeployOptions(
        allow_missing_files=flags["allowMissingFiles"],
        auto_update_package=flags["autoUpdatePackage"],
        check_only=flags["checkOnly"],
        ignore_warnings=flags["ignoreWarnings"],
        purge_on_delete=flags["purgeOnDelete"],
        rollback_on_error=flags["rollbackOnError"],
        run_tests=tests,
        single_package=flags["singlePackage"],
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
    counts: bool = True
    """Whether an error is one, and with ignoreWarnings off a warning too."""

    @property
    def success(self) -> bool:
        """Whether the component is (or would be) in the org as the package has it."""
        return not (self.counts and self.problem_type in ("Error", "Warning"))


def error(component_type: str, full_name: str, file_name: str, problem: str, line: int = 0, column: int = 0) -> Message:
    """The message of a component that cannot be deployed."""
    return Message(component_type, full_name, file_name, problem, "Error", line, column)
