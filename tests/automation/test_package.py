"""Packages that turn one flag and nothing else."""

from __future__ import annotations

import io
import zipfile

import pytest

from hotfix_tui.automation.package import body_of, own_files, pack, unpack, with_flag
from hotfix_tui.salesforce.errors import MalformedReply

TRIGGER = {
    "triggers/T.trigger": "trigger T on A (before insert) { String s = '<status>Active</status>'; }\n",
    "triggers/T.trigger-meta.xml": '<?xml version="1.0"?>\n<ApexTrigger xmlns="u"><!-- <status>Active</status> -->\n'
    "<apiVersion>60.0</apiVersion><status>Active</status></ApexTrigger>",
}
WORKFLOW = {
    "workflows/A__c.workflow": '<?xml version="1.0"?><Workflow xmlns="u"><rules><fullName>One</fullName>'
    "<active>true</active><formula>a &lt; b</formula></rules><rules><fullName>Two</fullName><active>true</active>"
    "</rules></Workflow>"
}


def test_only_the_flag_of_the_trigger_moves() -> None:
    off = with_flag("ApexTrigger", "T", TRIGGER, active=False)
    assert off["triggers/T.trigger"] == TRIGGER["triggers/T.trigger"]
    assert "<status>Inactive</status>" in off["triggers/T.trigger-meta.xml"]
    assert "<!-- <status>Active</status> -->" in off["triggers/T.trigger-meta.xml"]
    assert body_of("ApexTrigger", "T", off) == body_of("ApexTrigger", "T", TRIGGER)


def test_only_the_named_rule_of_a_workflow_moves() -> None:
    off = with_flag("WorkflowRule", "A__c.Two", WORKFLOW, active=False)["workflows/A__c.workflow"]
    assert off.count("<active>true</active>") == 1
    assert off.index("<active>true") < off.index("<active>false")
    edited = {"workflows/A__c.workflow": off.replace("a &lt; b", "a &lt; c")}
    assert body_of("WorkflowRule", "A__c.Two", edited) == body_of("WorkflowRule", "A__c.Two", WORKFLOW)
    assert body_of("WorkflowRule", "A__c.One", edited) != body_of("WorkflowRule", "A__c.One", WORKFLOW)


def test_an_automation_that_is_not_in_the_files_is_an_error() -> None:
    with pytest.raises(KeyError):
        with_flag("WorkflowRule", "A__c.Three", WORKFLOW, active=False)
    assert own_files("DuplicateRule", "A__c.X", WORKFLOW) == {}


def test_a_package_is_the_same_bytes_for_the_same_content_and_names_its_members() -> None:
    one = pack(TRIGGER, {"ApexTrigger": ["T", "T"], "DuplicateRule": ["A__c.R&D"]}, "60.0")
    assert one == pack(dict(reversed(TRIGGER.items())), {"DuplicateRule": ["A__c.R&D"], "ApexTrigger": {"T"}}, "60.0")
    assert unpack(one, "org") == TRIGGER
    manifest = zipfile.ZipFile(io.BytesIO(one)).read("package.xml").decode()
    assert manifest.count("<members>T</members>") == 1
    assert "<members>A__c.R&amp;D</members>" in manifest


def test_a_zip_that_is_none_or_too_large_is_refused() -> None:
    with pytest.raises(MalformedReply, match="cannot be read"):
        unpack(b"PK nonsense", "org")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("unpackaged/triggers/T.trigger", "\0" * 60_000_000)
    with pytest.raises(MalformedReply, match="too large"):
        unpack(buffer.getvalue(), "org")


def test_an_entity_in_a_body_is_not_expanded(tmp_path: object) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "boom">]><ApexTrigger><status>Active</status><label>&a;</label></ApexTrigger>'
    files = {"triggers/T.trigger-meta.xml": bomb}
    assert "boom</label>" not in with_flag("ApexTrigger", "T", files, active=False)["triggers/T.trigger-meta.xml"]
