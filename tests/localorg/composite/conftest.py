"""An org with a small library in it, where shelves can be announced by platform events."""

from __future__ import annotations

from typing import Any

import pytest

from hotfix_tui.localorg.org import LocalOrg
from tests.localorg.own_org import LIBRARY, Api, api, bare_org, component, field, shared, user

__all__ = ["api", "bare_org", "org", "shared", "user"]


def _event(behaviour: str) -> bytes:
    inner = f"<label>Said</label><pluralLabel>Said</pluralLabel><publishBehavior>{behaviour}</publishBehavior>"
    return component("CustomObject", f"{inner}<deploymentStatus>Deployed</deploymentStatus>")


@pytest.fixture
def org(bare_org: LocalOrg) -> LocalOrg:
    """The library, and two events: one published at once, one when its transaction is over."""
    parts = [
        *LIBRARY,
        ("CustomObject", "Now__e", _event("PublishImmediately")),
        ("CustomObject", "Later__e", _event("PublishAfterCommit")),
    ]
    for name in ("Now__e", "Later__e"):
        parts.append(("CustomField", f"{name}.Word__c", field("Word__c", "Text", "<length>40</length>")))
    for kind, name, xml in parts:
        bare_org.schema.apply_component(kind, name, xml)
    return bare_org


def step(method: str, path: str, reference: str, body: Any = None, **headers: str) -> dict[str, Any]:
    """One subrequest to version 66."""
    made = {"method": method, "url": f"/services/data/v66.0{path}", "referenceId": reference}
    if body is not None:
        made["body"] = body
    if headers:
        made["httpHeaders"] = {name.replace("_", "-"): value for name, value in headers.items()}
    return made


def composite(api: Api, *steps: dict[str, Any], **flags: bool) -> dict[str, dict[str, Any]]:
    """The answers of a composite call, by reference ID."""
    answer = api.call("POST", "/composite", {"compositeRequest": list(steps), **flags})
    assert answer.status_code == 200, answer.text
    found = answer.json()["compositeResponse"]
    assert [each["referenceId"] for each in found] == [each["referenceId"] for each in steps]
    return {each["referenceId"]: each for each in found}
