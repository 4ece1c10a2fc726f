"""A sandbox with two test classes and what they test, shared by a module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from hotfix_tui.localorg.clock import Clock
from hotfix_tui.localorg.org import LocalOrg
from tests.localorg.metadata.conftest import Served
from tests.localorg.metadata.samples import apex_class, custom_object, document, trigger
from tests.localorg.metadata.soap_client import Rest, Soap, manifest, problems, serving

CODE = {
    "package.xml": manifest(CustomObject=["*"], ApexClass=["*"], ApexTrigger=["*"], ApexTestSuite=["*"]),
    "objects/Ticket__c.object": custom_object(""),
    **apex_class(
        "Pricing", "public class Pricing {\n  public Integer one() {\n    Integer a = 1;\n    return a;\n  }\n}"
    ),
    **apex_class("Billing", "public class Billing {\n  Integer a;\n  Integer b;\n  Integer c;\n  Integer d;\n}"),
    **apex_class(
        "PricingTest",
        "@IsTest\nclass PricingTest {\n  @IsTest static void adds() { new Pricing().one(); }\n"
        "  @IsTest static void subtracts() { new Pricing().one(); }\n  static void helper() {}\n}",
    ),
    **apex_class(
        "TicketTest", "@IsTest\nclass TicketTest {\n  @IsTest static void opens() { insert new Ticket__c(); }\n}"
    ),
    **trigger("OnTicket", "trigger OnTicket on Ticket__c (before insert) {\n  Integer a = 1;\n  Integer b = 2;\n}"),
    "testSuites/Prices.testSuite": document("ApexTestSuite", "<testClassName>PricingTest</testClassName>"),
}


@pytest.fixture(scope="module")
def coded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with ExitStack() as stack:
        clock = Clock(datetime(2026, 1, 13, 10, tzinfo=UTC))
        org = LocalOrg.create(tmp_path_factory.mktemp("org") / "here", name="here", kind="developer", clock=clock)
        stack.callback(org.close)
        org.deploys.pace = 0
        user_id = org.users.add_user("admin@example.com", "Ada Admin")
        token = org.users.token_for(user_id)
        url = stack.enter_context(serving(org))
        served = Served(org, Soap(url, token), Rest(url, token), user_id)
        assert problems(served.soap.deploy(CODE)) == {}
        yield served
