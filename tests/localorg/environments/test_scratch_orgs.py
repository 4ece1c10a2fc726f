"""Scratch orgs of a Dev Hub by ScratchOrgInfo and ActiveScratchOrg."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.localorg.environments.conftest import Factory
from tests.localorg.wire import Refused, Wire

pytestmark = pytest.mark.slow


@pytest.fixture
def hub(factory: Factory) -> Iterator[Factory]:
    factory.orgs.control("POST", "/orgs/prod/dev-hub", {})
    yield factory
    factory.orgs.control("DELETE", "/orgs/prod/conditions")


def asked(hub: Factory, **values: Any) -> dict[str, Any]:
    """A scratch org that was asked for, as its ScratchOrgInfo is in the end."""
    body = {"OrgName": "Fix", "Edition": "Developer", "DurationDays": 3, **values}
    made = hub.prod.rest("POST", "/sobjects/ScratchOrgInfo", body)["id"]
    end = time.monotonic() + 20
    while time.monotonic() < end:
        row: dict[str, Any] = hub.prod.rest("GET", f"/sobjects/ScratchOrgInfo/{made}")
        if row["Status"] in ("Active", "Error"):
            return row
        time.sleep(0.02)
    raise AssertionError(row)


def entered(row: dict[str, Any]) -> Wire:
    """A scratch org by the code that its ScratchOrgInfo has."""
    form = f"grant_type=authorization_code&code={row['AuthCode']}&client_id=PlatformCLI"
    form += "&redirect_uri=http://localhost:1717/OauthRedirect"
    door = Wire({"instance_url": row["LoginUrl"], "access_token": "", "users": {}})
    kind = "application/x-www-form-urlencoded"
    tokens = json.loads(door.call("POST", "/services/oauth2/token", form.encode(), kind))
    return Wire({"instance_url": tokens["instance_url"], "access_token": tokens["access_token"], "users": {}})


def test_an_org_that_is_no_hub_does_not_know_scratch_orgs(factory: Factory) -> None:
    factory.orgs.control("POST", "/orgs/prod/dev-hub", {"on": False})
    with pytest.raises(Refused, match="INVALID_TYPE"):
        factory.prod.query("SELECT Id FROM ScratchOrgInfo")
    with pytest.raises(Refused, match="cannot be a Dev Hub"):
        factory.orgs.control("POST", "/orgs/dev/dev-hub", {})


def test_a_scratch_org_has_person_accounts_when_they_are_asked_for(hub: Factory) -> None:
    plain = entered(asked(hub))
    with pytest.raises(Refused, match="INVALID_FIELD"):
        plain.query("SELECT IsPersonAccount FROM Account")
    scratch = entered(asked(hub, OrgName="Persons", Features="API;PersonAccounts"))
    made = scratch.rest("POST", "/sobjects/Account", {"LastName": "Byron"})["id"]
    found = scratch.query("SELECT Name, PersonContactId, RecordType.DeveloperName FROM Account")
    assert [(one["Name"], one["RecordType"]["DeveloperName"]) for one in found] == [("Byron", "PersonAccount")]
    contact = scratch.query("SELECT Id, AccountId, IsPersonAccount FROM Contact")[0]
    assert (contact["Id"], contact["AccountId"], contact["IsPersonAccount"]) == (
        found[0]["PersonContactId"],
        made,
        True,
    )


def test_a_scratch_org_is_empty_expires_and_goes_with_its_record(hub: Factory) -> None:
    row = asked(hub)
    assert row["ScratchOrg"].startswith("00D")
    scratch = entered(row)
    found = scratch.query("SELECT IsSandbox, TrialExpirationDate, OrganizationType FROM Organization")[0]
    assert (found["IsSandbox"], found["OrganizationType"]) == (True, "Developer Edition")
    assert found["TrialExpirationDate"][:10] == row["ExpirationDate"]
    assert scratch.query("SELECT Id FROM ApexClass", tooling=True) == []
    active = hub.prod.query(f"SELECT Id FROM ActiveScratchOrg WHERE SignupUsername = '{row['SignupUsername']}'")
    hub.prod.rest("DELETE", f"/sobjects/ActiveScratchOrg/{active[0]['Id']}")
    end = time.monotonic() + 20
    while hub.prod.rest("GET", f"/sobjects/ScratchOrgInfo/{row['Id']}")["Status"] != "Deleted":
        assert time.monotonic() < end
        time.sleep(0.02)
    with pytest.raises(OSError):  # nobody listens there any more
        scratch.query("SELECT Id FROM User LIMIT 1")


def test_what_cannot_be_signed_up_says_why(hub: Factory) -> None:
    with pytest.raises(Refused, match="NUMBER_OUTSIDE_VALID_RANGE"):
        asked(hub, DurationDays=31)
    hub.orgs.control("POST", "/orgs/prod/conditions", {"scratch_limit": 0})
    with pytest.raises(Refused, match="LIMIT_EXCEEDED"):
        asked(hub)
    hub.orgs.control("POST", "/orgs/prod/conditions", {"scratch_limit": None, "scratch_error": "C-1016"})
    row = asked(hub)
    assert (row["Status"], row["ErrorCode"], row["ScratchOrg"]) == ("Error", "C-1016", None)
