"""jsforce, which the Salesforce CLI and many tools stand on: one program through all of its APIs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.clients import install
from tests.clients.programs import ClosedWorld, needs, run
from tests.clients.running import Orgs

pytestmark = pytest.mark.slow
_PROGRAM = Path(__file__).with_name("jsforce_calls.cjs")


@pytest.mark.parametrize("url", ["instance_url", "https_url"])
def test_a_program_on_jsforce_gets_from_each_api_what_it_expects(
    orgs: Orgs, world: ClosedWorld, tmp_path: Path, url: str
) -> None:
    needs(install.SF_FOLDER)
    alias = {"instance_url": "prod", "https_url": "dev"}[url]
    environment = world.node(
        ORG_URL=orgs[alias][url],
        ORG_TOKEN=orgs[alias]["access_token"],
        NODE_EXTRA_CA_CERTS=orgs.registry["ca"],
        NODE_PATH=str(install.SF_FOLDER / "node_modules"),
    )
    ran = run(["node", str(_PROGRAM)], tmp_path, environment)
    assert ran.code == 0, ran.words
    told, wire = json.loads(ran.out), orgs.wire(alias)
    assert told["identity"] == {"user": orgs[alias]["username"], "org": orgs[alias]["org_id"]}
    assert told["limits"] == wire.rest("GET", "/limits")["DailyApiRequests"]["Max"]
    assert told["made"] == 450
    assert told["upserted"] == [[True, False], [True, True]]
    assert (told["read"], told["deleted"], told["refused"]) == (4.5, [True, True], "REQUIRED_FIELD_MISSING")
    assert told["queried"] == wire.count("Book__c", "WHERE Key__c LIKE 'js%'") == 449
    assert told["children"] == ["js 1"]
    assert [each[0] for each in told["bulk"]] == [True, False]
    assert told["bulk"][1][1][0].startswith("STRING_TOO_LONG:")
    assert told["bulkQuery"] == [{"Name": 'b, "1"'}]
    assert (told["bulk2"], told["bulk2Query"]) == ([["false", "true"], 0, 0], [{"Key__c": "b1"}, {"Key__c": "b3"}])
    described = wire.soap("<describeMetadata><asOfVersion>66.0</asOfVersion></describeMetadata>")
    assert told["types"] == len([each for each in described.iter() if each.tag.endswith("}xmlName")])
    assert told["fields"] == ["Cap__c", "Key__c", "Opened__c", "Total__c"]
    assert (told["label"], told["labelRead"]) == ([[True, True]], "a < b & c")
    assert "CustomLabel:Js_Label" in wire.listing("CustomLabel")
    assert told["tooling"] == ["Shelves", "ShelvesTest"]
    assert told["anonymous"] is True
