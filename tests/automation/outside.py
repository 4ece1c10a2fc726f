"""Automations as the org itself answers, asked without our own client."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote_plus
from urllib.request import Request, urlopen

from tests.data.campus import School


def tooling(school: School, soql: str) -> list[dict[str, Any]]:
    return list(_get(school, f"/services/data/v60.0/tooling/query?q={quote_plus(soql)}")["records"])


def _get(school: School, path: str) -> Any:
    request = Request(school.login.instance_url + path)
    request.add_header("Authorization", f"Bearer {school.login.access_token}")
    with urlopen(request, timeout=20) as answer:
        return json.load(answer)


def patch(school: School, type_name: str, record_id: str, metadata: dict[str, Any]) -> None:
    """A change somebody makes in Setup meanwhile."""
    url = f"{school.login.instance_url}/services/data/v60.0/tooling/sobjects/{type_name}/{record_id}"
    request = Request(url, json.dumps({"Metadata": metadata}).encode(), method="PATCH")
    request.add_header("Authorization", f"Bearer {school.login.access_token}")
    request.add_header("Content-Type", "application/json")
    with urlopen(request, timeout=20) as answer:
        assert answer.status == 204


def metadata_of(school: School, type_name: str, record_id: str) -> dict[str, Any]:
    return dict(_get(school, f"/services/data/v60.0/tooling/sobjects/{type_name}/{record_id}")["Metadata"])


def states(school: School) -> dict[str, Any]:
    """Everything a restore must bring back, by name."""
    found: dict[str, Any] = {}
    for row in tooling(school, "SELECT Name, Status, Body FROM ApexTrigger"):
        found[row["Name"]] = (row["Status"], row["Body"])
    for row in tooling(school, "SELECT Id, ValidationName, Active FROM ValidationRule"):
        found[row["ValidationName"]] = (row["Active"], metadata_of(school, "ValidationRule", row["Id"]))
    for row in tooling(
        school, "SELECT DeveloperName, ActiveVersion.VersionNumber, LatestVersion.VersionNumber FROM FlowDefinition"
    ):
        active = row["ActiveVersion"]["VersionNumber"] if row["ActiveVersion"] else None
        found[row["DeveloperName"]] = (active, row["LatestVersion"]["VersionNumber"])
    for row in tooling(school, "SELECT Id, Name FROM WorkflowRule"):
        metadata = metadata_of(school, "WorkflowRule", row["Id"])
        found[row["Name"]] = (metadata["active"], metadata)
    for row in school.soql("SELECT DeveloperName, IsActive FROM DuplicateRule"):
        found[row["DeveloperName"]] = row["IsActive"]
    return found


def flags(school: School) -> dict[str, Any]:
    """name → on or off, a flow's active version."""
    return {name: value[0] if isinstance(value, tuple) else value for name, value in states(school).items()}


ON = {
    "LessonTrigger": "Active",
    "Open_Course_Has_Fee": True,
    "Hours_Are_Positive": False,
    "Course_Opened": 2,
    "Same_Code": True,
    "Stamp Notes": True,
    "Old Stamp": False,
}
OFF = {
    "LessonTrigger": "Inactive",
    "Open_Course_Has_Fee": False,
    "Hours_Are_Positive": False,
    "Course_Opened": None,
    "Same_Code": False,
    "Stamp Notes": False,
    "Old Stamp": False,
}
