"""Which tests a run was asked for: the bodies of runTestsAsynchronous and runTestsSynchronous.

Sources: Tooling API, "Run Unit Tests Asynchronously" and "… Synchronously" (two forms of the body: `tests`, or
level, classes and suites); the bodies and errors of forcedotcom/salesforcedx-apex and CumulusCI. What nobody
documents is said in the same words as what is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.metadata.apex import is_test_class, test_methods
from hotfix_tui.localorg.metadata.component import Component

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

LEVELS = ("RunSpecifiedTests", "RunLocalTests", "RunAllTestsInOrg")
_LISTS = ("classids", "classnames", "suiteids", "suitenames")
_KNOWN = frozenset({"tests", "testlevel", "category", "maxfailedtests", "skipcodecoverage", *_LISTS})
_TEST_KEYS = frozenset({"classname", "classid", "namespace", "testmethods"})
MAX_FAILED = 1_000_000


@dataclass
class Selection:
    """The methods of a run, class by class in the order asked. `max_failed` is -1 for no limit."""

    classes: list[tuple[Component, list[str]]] = field(default_factory=list)
    level: str = "RunSpecifiedTests"
    max_failed: int = -1
    skip_coverage: bool = False

    @property
    def methods(self) -> list[tuple[Component, str]]:
        """Every class and method, in the order they run."""
        return [(found, method) for found, methods in self.classes for method in methods]


def invalid(message: str) -> ApiError:
    """How the test runner refuses what it was asked (403, as real orgs do it)."""
    return ApiError("INVALID_INPUT", message, 403)


def selection(org: LocalOrg, body: dict[str, Any], *, synchronous: bool = False) -> Selection:
    """Reads a body, its keys in any case. Raises ApiError for what is unknown, wrong, or names no test class."""
    given = {key.lower(): value for key, value in body.items() if value is not None}
    unknown = [key for key in body if key.lower() not in _KNOWN]
    if unknown:
        raise ApiError("JSON_PARSER_ERROR", f'Unrecognized field "{unknown[0]}"')
    made = Selection(
        level=_level(given),
        max_failed=_number(given.get("maxfailedtests", -1)),
        skip_coverage=_flag(given.get("skipcodecoverage", False)),
    )
    named = any(given.get(key) for key in ("tests", *_LISTS))
    if not _wants_apex(given.get("category")):
        raise invalid("This org has no flow tests: the category must hold Apex.")
    if made.level != "RunSpecifiedTests":
        if named:
            raise invalid(f"Don't specify tests, classes or suites with the test level {made.level}.")
        made.classes = [(found, test_methods(found.body)) for found in _test_classes(org)]
    elif "tests" in given:
        made.classes = _tests(org, given["tests"], synchronous=synchronous)
    else:
        made.classes = [(found, test_methods(found.body)) for found in _listed(org, given)]
    if not made.methods:
        raise invalid("No tests were found that match the request. Specify classes or suites that have test methods.")
    return made


def _wants_apex(category: Any) -> bool:
    if category is None:
        return True
    if not isinstance(category, list) or not all(isinstance(item, str) for item in category):
        raise ApiError("JSON_PARSER_ERROR", "Cannot deserialize instance of list from VALUE_STRING")
    for item in category:
        if item.lower() not in ("apex", "flow"):
            raise invalid(f"This category's value is invalid: {item}. Provide Apex or Flow.")
    return not category or "apex" in [item.lower() for item in category]


def _level(given: dict[str, Any]) -> str:
    level = given.get("testlevel", "RunSpecifiedTests")
    if level not in LEVELS:
        raise invalid(f"This test level's value is invalid: {level}. Provide one of {', '.join(LEVELS)}.")
    return str(level)


def _number(value: Any) -> int:
    text = str(value)
    if isinstance(value, bool) or not text.removeprefix("-").isdigit() or not -1 <= int(text) <= MAX_FAILED:
        raise invalid(f"This maxFailedTests value is invalid: {value}. Provide an integer from 0 to {MAX_FAILED}.")
    return int(text)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool) and str(value).lower() not in ("true", "false"):
        raise ApiError("JSON_PARSER_ERROR", f"Cannot deserialize instance of boolean from VALUE {value}")
    return str(value).lower() == "true"


def _test_classes(org: LocalOrg) -> list[Component]:
    return [found for found in org.components.list("ApexClass") if is_test_class(found.body)]


def _class(org: LocalOrg, name: str, *, by_id: bool) -> Component:
    found = org.components.by_id(name) if by_id else org.components.get("ApexClass", name)
    if found is None or found.type != "ApexClass" or not is_test_class(found.body):
        what = "ID" if by_id else "name"
        raise invalid(
            f"This class {what}'s value is invalid: {name}. Provide the {what} of an Apex class that has test methods."
        )
    return found


def _tests(org: LocalOrg, tests: Any, *, synchronous: bool) -> list[tuple[Component, list[str]]]:
    if not isinstance(tests, list) or not all(isinstance(item, dict) for item in tests):
        raise ApiError("JSON_PARSER_ERROR", "Cannot deserialize instance of list from VALUE_STRING")
    if synchronous and len(tests) != 1:
        raise invalid("Provide only one tests array.")
    chosen: list[tuple[Component, list[str]]] = []
    for item in tests:
        found, methods = _one(org, item)
        if any(found.id == other.id for other, _ in chosen):
            raise invalid(f"Include the class name {found.full_name} only once.")
        chosen.append((found, methods))
    return chosen


def _one(org: LocalOrg, item: dict[str, Any]) -> tuple[Component, list[str]]:
    given = {key.lower(): value for key, value in item.items() if value is not None}
    unknown = [key for key in item if key.lower() not in _TEST_KEYS]
    if unknown:
        raise ApiError("JSON_PARSER_ERROR", f'Unrecognized field "{unknown[0]}"')
    name, class_id = given.get("classname"), given.get("classid")
    if bool(name) == bool(class_id):
        raise invalid("Provide either the class name or the class ID of each test.")
    if given.get("namespace"):
        name = f"{given['namespace']}.{name or class_id}"
    found = _class(org, str(name or class_id), by_id=not name)
    methods = given.get("testmethods")
    if methods is None or methods == []:
        return found, test_methods(found.body)
    return found, _named_methods(found, methods)


def _named_methods(found: Component, methods: Any) -> list[str]:
    if not isinstance(methods, list) or not all(isinstance(item, str) for item in methods):
        raise ApiError("JSON_PARSER_ERROR", "Cannot deserialize instance of list from VALUE_STRING")
    known = {method.lower(): method for method in test_methods(found.body)}
    for method in methods:
        if method.lower() not in known:
            raise invalid(
                f"This test method name's value is invalid: {method}. Provide the name of a test method in the class"
                f" {found.full_name}."
            )
    return list(dict.fromkeys(known[method.lower()] for method in methods))


def _listed(org: LocalOrg, given: dict[str, Any]) -> list[Component]:
    """The classes of comma-separated ids and names, and of suites."""
    found: dict[str, Component] = {}
    for key, by_id in (("classids", True), ("classnames", False)):
        for name in _names(given.get(key)):
            made = _class(org, name, by_id=by_id)
            found.setdefault(made.id, made)
    for key, column in (("suiteids", "substr(Id, 1, 15)"), ("suitenames", "TestSuiteName")):
        for name in _names(given.get(key)):
            for made in _suite(org, column, name[:15] if key == "suiteids" else name, name):
                found.setdefault(made.id, made)
    return list(found.values())


def _names(value: Any) -> Iterable[str]:
    parts = value if isinstance(value, list) else str(value or "").split(",")
    return [str(part).strip() for part in parts if str(part).strip()]


def _suite(org: LocalOrg, column: str, value: str, name: str) -> list[Component]:
    suite = org.store.value(f"SELECT Id FROM ApexTestSuite WHERE {column} = ?", (value,))  # noqa: S608
    if suite is None:
        raise invalid(f"This suite's value is invalid: {name}. Provide the name or the ID of a test suite.")
    rows = org.store.rows("SELECT ApexClassId FROM TestSuiteMembership WHERE ApexTestSuiteId = ? ORDER BY Id", (suite,))
    members = [org.components.by_id(str(row[0])) for row in rows]
    return [found for found in members if found is not None]
