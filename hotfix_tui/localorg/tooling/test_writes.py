"""Test runs that are aborted, and suites of test classes.

Sources: object reference, ApexTestQueueItem (Status = Aborted ends it), ApexTestSuite and TestSuiteMembership
(create and delete); forcedotcom/salesforcedx-apex, abortTestRun and buildSuite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.errors import ApiError, not_found
from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.apex import is_test_class
from hotfix_tui.localorg.metadata.component import Component, ComponentId
from hotfix_tui.localorg.metadata.layout import main_file
from hotfix_tui.localorg.store import to_18
from hotfix_tui.localorg.tooling.fields import fields, text
from hotfix_tui.localorg.tooling.setup_save import erase, save

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg


class TestWrites:
    """ApexTestQueueItem, ApexTestSuite, TestSuiteMembership."""

    __test__ = False

    def __init__(self, org: LocalOrg) -> None:
        self._org = org

    def create(self, name: str, body: dict[str, Any], user_id: str) -> str:
        """A suite, or a class in one."""
        if name == "ApexTestSuite":
            given = fields(name, body, ("TestSuiteName",), ("TestSuiteName",))
            suite = text("TestSuiteName", given["TestSuiteName"])
            if self._org.components.exists(name, suite):
                raise ApiError("DUPLICATE_VALUE", f"duplicate value found: TestSuiteName duplicates value {suite}")
            return self._save(suite, [], user_id)
        both = ("ApexTestSuiteId", "ApexClassId")
        given = fields(name, body, both, both)
        found = self._component(given["ApexTestSuiteId"], "ApexTestSuite")
        member = self._component(given["ApexClassId"], "ApexClass")
        if not is_test_class(member.body):
            raise ApiError(
                "FIELD_INTEGRITY_EXCEPTION", f"{member.full_name} is not a test class", fields=["ApexClassId"]
            )
        classes = members(found)
        if member.full_name.lower() not in [each.lower() for each in classes]:
            self._save(found.full_name, [*classes, member.full_name], user_id)
        row = self._org.store.value(
            "SELECT Id FROM TestSuiteMembership WHERE ApexTestSuiteId = ? AND ApexClassId = ?", (found.id, member.id)
        )
        return str(row)

    def update(self, name: str, record_id: str, body: dict[str, Any], user_id: str) -> None:
        """Aborts what waits or runs of a queue item's class."""
        given = fields(name, body, ("Status",), ("Status",))
        if given["Status"] != "Aborted":
            problem = f"Status: bad value for restricted picklist field: {given['Status']}"
            raise ApiError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", problem, fields=["Status"])
        self._org.test_runs.abort(record_id)

    def delete(self, name: str, record_id: str, user_id: str) -> None:
        """A suite, or one class of it."""
        if name == "ApexTestSuite":
            found = self._component(record_id, "ApexTestSuite")
            erase(self._org, ComponentId(name, found.full_name), user_id)
            return
        row = self._org.store.get(name, record_id) or {}
        found = self._component(row.get("ApexTestSuiteId"), "ApexTestSuite")
        gone = self._component(row.get("ApexClassId"), "ApexClass").full_name.lower()
        self._save(found.full_name, [each for each in members(found) if each.lower() != gone], user_id)

    def _component(self, given: Any, type_name: str) -> Component:
        record_id = to_18(str(given)) or ""
        found = self._org.components.by_id(record_id)
        if found is None or found.type != type_name:
            problem = f"invalid cross reference id: {given}"
            raise ApiError("INVALID_CROSS_REFERENCE_KEY", problem) if given else not_found()
        return found

    def _save(self, suite: str, classes: list[str], user_id: str) -> str:
        root = xml.new_root("ApexTestSuite")
        for name in classes:
            element = xml.new_root("testClassName")
            element.text = name
            root.append(element)
        path = main_file(ComponentId("ApexTestSuite", suite))
        return save(self._org, Component("ApexTestSuite", suite, {path: xml.write(root)}), user_id)


def members(suite: Component) -> list[str]:
    """The class names in a suite's file."""
    return [xml.text(item) for item in xml.children(xml.parse(suite.xml), "testClassName")]
