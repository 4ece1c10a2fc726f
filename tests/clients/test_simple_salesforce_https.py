"""simple-salesforce with nothing but the org's HTTPS address and the authority to trust."""

from __future__ import annotations

import pytest
import requests
from simple_salesforce import Salesforce

from tests.clients.running import Orgs

pytestmark = pytest.mark.slow


def test_records_bulk_and_metadata_over_https(orgs: Orgs, monkeypatch: pytest.MonkeyPatch) -> None:
    org = orgs["dev"]
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", orgs.registry["ca"])
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    sf = Salesforce(instance_url=org["https_url"], session_id=org["access_token"], version="63.0")
    made = sf.Shelf__c.create({"Name": "Over TLS", "Key__c": "tls"})
    (row,) = orgs.wire("dev").query("SELECT Id, Name FROM Shelf__c WHERE Key__c = 'tls'")
    assert (row["Id"], row["Name"]) == (made["id"], "Over TLS")
    (job,) = sf.bulk2.Shelf__c.upsert(records=[{"Key__c": "tls", "Name": "B"}], external_id_field="Key__c", wait=0.05)
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (1, 0)
    assert sf.query_all("SELECT Name FROM Shelf__c WHERE Key__c = 'tls'")["records"][0]["Name"] == "B"
    listed = sf.mdapi.list_metadata([sf.mdapi.ListMetadataQuery(type="ApexClass")])
    assert {each.fullName for each in listed} == {"Shelves", "ShelvesTest"}
    assert sf.is_sandbox() is True


def test_who_does_not_trust_the_authority_gets_no_answer(orgs: Orgs) -> None:
    org = orgs["dev"]
    sf = Salesforce(instance_url=org["https_url"], session_id=org["access_token"])
    with pytest.raises(requests.exceptions.SSLError):
        sf.limits()
