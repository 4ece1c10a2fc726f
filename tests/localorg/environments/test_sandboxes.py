"""Sandboxes by SandboxInfo, SandboxProcess and sandboxAuth: stages, refusals, refresh, clone, delete."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.localorg import process
from hotfix_tui.localorg.wanted import Load, Wanted
from tests.clients.library import write_library
from tests.clients.running import Orgs
from tests.localorg.environments.conftest import Factory
from tests.localorg.wire import Refused, Wire

pytestmark = pytest.mark.slow


def wire(tokens: dict[str, Any]) -> Wire:
    return Wire({"instance_url": tokens["instance_url"], "access_token": tokens["access_token"], "users": {}})


def test_a_sandbox_goes_through_its_stages_and_is_entered_by_a_code(factory: Factory) -> None:
    factory.prod.rest("POST", "/sobjects/Shelf__c", {"Name": "Only in production"})
    info = factory.create("Fix1", Description="for the tests")
    with pytest.raises(Refused, match="INVALID_STATUS"):
        factory.log_in("fix1")
    seen = factory.until(info, "Completed")
    assert seen[-3:] == ["Processing", "Activating", "Completed"]
    done = factory.process(info)
    assert (done["CopyProgress"], done["LicenseType"]) == (100, "DEVELOPER")
    assert done["EndDate"]
    tokens = factory.log_in("Fix1")
    assert tokens["authUserName"] == f"{factory.orgs['prod']['username']}.fix1"
    sandbox = wire(tokens)
    found = sandbox.query("SELECT Id, IsSandbox, TrialExpirationDate FROM Organization")[0]
    assert (found["Id"][:15], found["IsSandbox"]) == (done["SandboxOrganization"], True)
    assert sandbox.query("SELECT Id FROM Shelf__c") == []
    assert sandbox.query("SELECT Name FROM ApexClass WHERE Name = 'Shelves'", tooling=True)
    assert sandbox.query("SELECT IsSourceTrackingSandboxesEnabled FROM SourceTrackingSettings", tooling=True)
    with pytest.raises(Refused, match="INVALID_TYPE"):
        sandbox.query("SELECT Id FROM SandboxInfo", tooling=True)


def test_conditions_on_the_status_use_codes_and_answers_words(factory: Factory) -> None:
    assert factory.prod.query("SELECT Id FROM SandboxProcess WHERE Status = 'Completed'", tooling=True) == []
    found = factory.prod.query("SELECT Status, SandboxName FROM SandboxProcess WHERE Status = '1'", tooling=True)
    assert {row["Status"] for row in found} == {"Completed"}
    assert "dev" in {row["SandboxName"] for row in found}  # a sandbox that was there from the start


def test_what_cannot_be_asked_for_is_refused_before_anything_happens(factory: Factory) -> None:
    before = len(factory.prod.query("SELECT Id FROM SandboxInfo", tooling=True))
    for name, values, code in (
        ("dev", {}, "DUPLICATE_VALUE"),
        ("DEV", {}, "DUPLICATE_VALUE"),
        ("prod", {}, "DUPLICATE_VALUE"),
        ("1fix", {}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ("waytoolongname", {}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ("good", {"ActivationUserGroupId": None}, "REQUIRED_FIELD_MISSING"),
        ("good", {"ActivationUserGroupId": "00G000000000000AAA"}, "MALFORMED_ID"),
        ("good", {"LicenseType": None}, "REQUIRED_FIELD_MISSING"),
        ("good", {"LicenseType": "GIGANTIC"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("good", {"SourceId": "0GQ000000000000AAA"}, "INVALID_CROSS_REFERENCE_KEY"),
        ("good", {"Colour": "red"}, "INVALID_FIELD"),
    ):
        assert factory.refused(name, **values)["errorCode"] == code, (name, values)
    factory.orgs.control("POST", "/orgs/prod/conditions", {"sandbox_licences": 1})
    assert factory.refused("good")["errorCode"] == "LIMIT_EXCEEDED"
    factory.orgs.control("DELETE", "/orgs/prod/conditions")
    assert len(factory.prod.query("SELECT Id FROM SandboxInfo", tooling=True)) == before


def test_who_may_not_manage_sandboxes_makes_none(factory: Factory) -> None:
    prod = factory.orgs["prod"]
    other = next(iter(prod["users"]))
    profile = factory.prod.query("SELECT Id FROM Profile WHERE Name = 'Standard User'")[0]["Id"]
    user = factory.prod.query(f"SELECT Id FROM User WHERE Username = '{other}'")[0]["Id"]
    factory.prod.rest("PATCH", f"/sobjects/User/{user}", {"ProfileId": profile})
    group = factory.group
    with pytest.raises(Refused, match="Manage Sandboxes") as refused:
        body = {"SandboxName": "mine", "LicenseType": "DEVELOPER", "ActivationUserGroupId": group}
        Wire(prod, other).rest("POST", "/tooling/sobjects/SandboxInfo", body)
    assert refused.value.status == 403


def test_a_copy_can_stand_still_and_stop_for_good(factory: Factory) -> None:
    factory.orgs.control("POST", "/orgs/prod/conditions", {"sandboxes": "suspended"})
    info = factory.create("still")
    factory.until(info, "Suspended")
    factory.orgs.control("POST", "/orgs/prod/conditions", {"sandboxes": "stopped"})
    factory.until(info, "Stopped")
    factory.orgs.control("DELETE", "/orgs/prod/conditions")
    assert factory.process(info)["Status"] == "Stopped"
    assert factory.prod.rest("DELETE", f"/tooling/sobjects/SandboxInfo/{info}") is None
    factory.until(info, "Deleted")


def test_a_refresh_waits_for_its_activation_and_is_another_org(factory: Factory) -> None:
    info = factory.create("fresh")
    factory.until(info, "Completed")
    before = factory.log_in("fresh")
    body = {"LicenseType": "DEVELOPER", "ActivationUserGroupId": factory.group}
    with pytest.raises(Refused, match="INVALID_STATUS"):
        factory.prod.rest("PATCH", f"/tooling/sobjects/SandboxInfo/{info}", body)  # once a day
    factory.orgs.control("POST", "/clock", {"advance": 25 * 3600})
    factory.prod.rest("PATCH", f"/tooling/sobjects/SandboxInfo/{info}", body)
    factory.until(info, "Pending Activation")
    entered = Wire(factory.orgs.control("GET", "/status")["orgs"]["fresh"] | {"access_token": "", "users": {}})
    assert entered.call("GET", "/services/data")  # the old one is still there
    latest = factory.process(info)["Id"]
    factory.prod.rest("PATCH", f"/tooling/sobjects/SandboxProcess/{latest}", {"RefreshAction": "ACTIVATE"})
    factory.until(info, "Completed")
    after = factory.log_in("fresh")
    assert after["id"].split("/")[-2] != before["id"].split("/")[-2]
    with pytest.raises(Refused, match="INVALID_SESSION_ID"):
        wire(before).query("SELECT Id FROM User LIMIT 1")


def test_a_clone_has_what_its_source_has_and_a_deleted_sandbox_s_name_is_free_again(factory: Factory) -> None:
    origin = factory.create("origin")
    factory.until(origin, "Completed")
    wire(factory.log_in("origin")).rest("POST", "/sobjects/Shelf__c", {"Name": "Kept"})
    info = factory.create("copy", LicenseType=None, SourceId=origin)
    factory.until(info, "Completed")
    tokens = factory.log_in("copy")
    assert tokens["authUserName"].endswith(".example.copy")
    assert [row["Name"] for row in wire(tokens).query("SELECT Name FROM Shelf__c")] == ["Kept"]
    factory.prod.rest("DELETE", f"/tooling/sobjects/SandboxInfo/{info}")
    assert factory.refused("copy")["errorCode"] == "DUPLICATE_VALUE"
    factory.until(info, "Deleted")
    with pytest.raises(OSError):  # nobody listens there any more
        wire(tokens).query("SELECT Id FROM User LIMIT 1")
    assert "copy" not in process_status(factory)
    factory.until(factory.create("copy"), "Completed")


def process_status(factory: Factory) -> str:
    return json.dumps(factory.orgs.control("GET", "/status")["orgs"])


def test_a_copy_goes_on_after_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTFIX_HOME", str(tmp_path / "home"))
    wanted = Wanted(loads=(Load("prod", str(write_library(tmp_path / "library")), "production"),))
    try:
        factory = Factory(Orgs(process.start(wanted)[0]))
        factory.orgs.control("POST", "/pace", {"sandbox": 30})
        info = factory.create("later")
        process.stop()
        factory = Factory(Orgs(process.start(wanted)[0]))
        factory.orgs.control("POST", "/pace", {"sandbox": 0.02})
        factory.until(info, "Completed")
        org_id = factory.process(info)["SandboxOrganization"]
        process.stop()
        registry, _ = process.start(wanted)
        assert registry["orgs"]["later"]["org_id"][:15] == org_id
        assert factory.log_in("later")["authUserName"] == "admin@prod.example.later"
    finally:
        process.stop()
