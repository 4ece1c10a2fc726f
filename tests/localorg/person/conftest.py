"""A served production org in which a second person works by a script."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.localorg.clock import Clock
from hotfix_tui.localorg.org import Kind, LocalOrg
from hotfix_tui.localorg.person.director import Director
from hotfix_tui.localorg.person.script import steps_from
from hotfix_tui.localorg.rest.server import serve
from hotfix_tui.localorg.traffic import Traffic
from tests.localorg.metadata.samples import apex_class, flow, only, rule, tickets
from tests.localorg.metadata.soap_client import Rest, Soap, manifest
from tests.localorg.own_org import NOW

CODE = {
    "package.xml": manifest(ApexClass=["Tickets", "TicketsTest"]),
    **apex_class("Tickets", "public class Tickets {\n  public static Integer one() { return 1; }\n}"),
    **apex_class(
        "TicketsTest", "@isTest private class TicketsTest {\n  @isTest static void opens() { Tickets.one(); }\n}"
    ),
}
RULE = {
    "package.xml": manifest(ValidationRule=["Ticket__c.Named"]),
    "objects/Ticket__c.object": only(rule("Named", "ISBLANK(Name)")),
}
FLOW = {"package.xml": manifest(Flow=["Guard"]), "flows/Guard.flow": flow()}
WITH_TESTS = {"testLevel": "RunSpecifiedTests", "runTests": ["TicketsTest"]}


@dataclass
class Stage:
    """The org with our clients (Ada's), and the director of the second person, Bob."""

    org: LocalOrg
    soap: Soap
    rest: Rest
    director: Director

    def script(self, *steps: dict[str, Any]) -> None:
        """Gives steps to Bob."""
        given = [{"org": "prod", "by": "bob@example.com", **step} for step in steps]
        self.director.give(steps_from(given, self.org.clock))

    def done(self, count: int = 1) -> list[dict[str, Any]]:
        """The log, when it has so many entries, none of them a problem."""
        for _ in range(500):
            if len(self.director.log) >= count:
                break
            time.sleep(0.01)
        assert [entry for entry in self.director.log if "problem" in entry] == []
        assert len(self.director.log) == count
        return self.director.log

    def validate(self) -> str:
        """A check-only deployment that ran its tests."""
        deploy_id = self.soap.start(CODE, checkOnly=True, **WITH_TESTS)
        assert self.soap.finish(deploy_id)["status"] == ["Succeeded"]
        return deploy_id

    def quick(self, validation: str) -> str:
        """Quick-deploys a validation; the final status."""
        started = self.soap.call("deployRecentValidation", f"<validationId>{validation}</validationId>")[0]
        return str(self.soap.finish(started)["status"][0])


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    """Makes a stage of a kind of org, with an object Ticket__c and what else was asked for deployed by Ada."""
    with ExitStack() as stack:

        def make(*packages: dict[str, Any], kind: Kind = "production", folder: str = "org") -> Stage:
            org = LocalOrg.create(tmp_path / folder, name="prod", kind=kind, clock=Clock(NOW))
            stack.callback(org.close)
            org.deploys.pace = 0
            stack.callback(org.deploys.close)
            ada = org.users.add_user("ada@example.com", "Ada Admin")
            org.users.add_user("bob@example.com", "Bob Colleague")
            director = Director(org.clock)
            stack.callback(director.close)
            holder: list[Traffic] = []

            def wrap(application: Any) -> Traffic:
                holder.append(Traffic(application, org))
                return holder[0]

            url = stack.enter_context(serve(org, wrap))
            director.attach("prod", org, holder[0])
            token = org.users.token_for(ada)
            made = Stage(org, Soap(url, token), Rest(url, token), director)
            for package in (tickets(), *packages):
                assert made.soap.deploy(package)["status"] == ["Succeeded"]
            return made

        yield make
