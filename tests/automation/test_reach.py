"""What could reach the outside from an org is told before rows are written there."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hotfix_tui.automation.reach import Reach, find_reach
from hotfix_tui.compare.component import Component as ClientComponent
from hotfix_tui.compare.component import ComponentId
from hotfix_tui.compare.package import build
from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.salesforce.deploys import DeployOptions
from tests.data.campus import NS, School


def put(school: School, kind: str, name: str, path: str, inner: str) -> None:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{kind} {NS}>{inner}</{kind}>\n'
    school.inside.components.put_all([Component(kind, name, {path: text.encode()})], school.user_id)


def site(school: School, name: str, url: str, active: str = "true") -> None:
    inner = f"<disableProtocolSecurity>false</disableProtocolSecurity><isActive>{active}</isActive><url>{url}</url>"
    put(school, "RemoteSiteSetting", name, f"remoteSiteSettings/{name}.remoteSite", inner)


def credential(school: School, name: str, inner: str) -> None:
    put(school, "NamedCredential", name, f"namedCredentials/{name}.namedCredential", f"<label>{name}</label>{inner}")


async def reach(box: School, prod: School) -> dict[str, Reach]:
    async with box.connect() as org, prod.connect() as production:
        found = await find_reach(org, production, ["Course__c", "Account"])
    return {f"{one.kind} {one.name}".strip(): one for one in found}


async def test_an_address_of_production_s_own_is_told_from_a_test_system(box: School, prod: School) -> None:
    site(prod, "ERP", "https://erp.example.com")
    site(box, "ERP", "https://erp.example.com/test?key=secret")
    site(box, "Rates", "https://rates-test.example.com")
    site(box, "Off", "https://off.example.com", "false")
    found = await reach(box, prod)
    assert (found["remote site ERP"].level, found["remote site Rates"].level) == ("production", "outside")
    assert found["remote site ERP"].detail == "erp.example.com/…, where production sends too"
    assert "remote site Off" not in found


async def test_credentials_of_both_kinds_show_no_secret(box: School, prod: School) -> None:
    credential(box, "Old", "<endpoint>https://user:hunter2@pay.example.com:8443/T0/hookpath?token=abc</endpoint>")
    newer = "<parameterName>Url</parameterName><parameterType>Url</parameterType>"
    value = "<parameterValue>https://tax.example.com</parameterValue>"
    credential(box, "New", f"<namedCredentialParameters>{newer}{value}</namedCredentialParameters>")
    found = await reach(box, prod)
    assert found["named credential Old"].detail == "pay.example.com:8443/…"
    assert found["named credential New"].detail == "tax.example.com"
    assert not any(secret in repr(found) for secret in ("hunter2", "abc", "hookpath"))


async def test_jobs_subscribers_and_captured_changes(box: School, prod: School) -> None:
    classes = Component("ApexClass", "Nightly", {"classes/Nightly.cls": b"public class Nightly {}"})
    box.inside.components.put_all([classes], box.user_id)
    box.inside.jobs.schedule("Nightly", "Nightly invoices")
    box.inside.jobs.schedule("Nightly", "Done", state="COMPLETE")
    box.inside.jobs.subscribe("SendToErp", "/event/Shipped__e")
    box.inside.jobs.subscribe("CourseWatch", "Course__ChangeEvent")
    box.inside.jobs.subscribe("LeadWatch", "LeadChangeEvent")
    member = "<eventChannel>ChangeEvents</eventChannel><selectedEntity>AccountChangeEvent</selectedEntity>"
    put(box, "PlatformEventChannelMember", "ChangeEvents_AccountChangeEvent",
        "platformEventChannelMembers/ChangeEvents_AccountChangeEvent.platformEventChannelMember", member)  # fmt: skip
    found = await reach(box, prod)
    assert found["scheduled job Nightly invoices"].detail.startswith("waiting, next at 2")
    assert "scheduled job Done" not in found
    assert "event subscriber SendToErp" in found and "event subscriber CourseWatch" in found
    assert "event subscriber LeadWatch" not in found
    assert found["change data capture Account"].level == "unknown"


async def test_an_outbound_message_goes_where_it_says(box: School, prod: School) -> None:
    inner = (
        "<fullName>Tell_ERP</fullName><apiVersion>63.0</apiVersion><endpointUrl>https://erp.example.com/in</endpointUrl>"
        "<fields>Id</fields><includeSessionId>false</includeSessionId><integrationUser>a@b.example</integrationUser>"
        "<name>Tell ERP</name><protected>false</protected><useDeadLetterQueue>false</useDeadLetterQueue>"
    )
    text = f"<Workflow {NS}><outboundMessages>{inner}</outboundMessages></Workflow>"
    whole = ClientComponent(ComponentId("Workflow", "Lesson__c"), {"workflows/Lesson__c.workflow": text.encode()})
    async with box.connect() as org:
        deploy = await org.deploy(build([whole], org.api_version), DeployOptions())
        while not (result := await org.deploy_result(deploy)).done:
            await asyncio.sleep(0.05)
        assert result.status == "Succeeded", result
    found = await reach(box, prod)
    assert found["outbound message Lesson__c.Tell_ERP"].detail == "erp.example.com/…"


async def test_what_cannot_be_read_is_told_and_spoils_nothing(box: School, prod: School) -> None:
    site(box, "ERP", "https://erp.example.com")
    box.fault("unavailable", "EventBusSubscriber", times=20)
    found = await reach(box, prod)
    assert "remote site ERP" in found
    assert found["event subscriber"].level == "unknown" and "could not be read" in found["event subscriber"].detail
    assert "no API" not in found["e-mail"].advice
    assert "System email only" in found["e-mail"].detail


@pytest.mark.parametrize("text", ["not xml", "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"])
async def test_a_file_that_is_no_xml_is_told(box: School, prod: School, text: str, tmp_path: Path) -> None:
    from hotfix_tui.automation.package import child_texts, root_of

    if text == "not xml":
        with pytest.raises(ValueError, match="no XML"):
            root_of(text.encode())
    else:
        assert "root" not in "".join(child_texts(root_of(text.encode()), "a"))
