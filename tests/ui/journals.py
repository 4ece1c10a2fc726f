"""Journals for screens: written through the journal itself, event by event, as a runner would."""

from __future__ import annotations

import json
from collections.abc import Iterable

from hotfix_tui import paths
from hotfix_tui.events import Event, Keep, Settled, compare, deploy, promote, seed, session, sync
from hotfix_tui.hotfix.orgs import OrgStatus
from hotfix_tui.journal import Journal

PROD_ID, ENV_ID = "00D000000000001AAA", "00D000000000002AAA"


def orgs() -> list[OrgStatus]:
    """Four orgs as a survey finds them; one does not answer."""
    return [
        OrgStatus(
            alias="prod", label="Acme", kind="production", org_id=PROD_ID, connected=True, api_used=812,
            api_max=100_000, refusal="prod is PRODUCTION: a fix is made and tried elsewhere, and promoted.",
        ),
        OrgStatus(
            alias="sand", label="Sandbox", kind="sandbox developer", org_id=ENV_ID, connected=True, age_hours=14.0,
            storage_used_mb=1.4, storage_max_mb=200.0, reason="14 h old, 0.7% of 200 MB used",
        ),
        OrgStatus(alias="uat", label="UAT", kind="sandbox partial", org_id="00D000000000003AAA", connected=True),
        OrgStatus(alias="qa", label="QA", error="qa cannot be reached: connection refused", refusal="qa is away"),
    ]  # fmt: skip


def write(hotfix: str, *steps: tuple[str, Iterable[Event]]) -> None:
    """Appends the events of steps to a hotfix's journal, which is made when it is not there."""
    path = paths.hotfixes() / f"{hotfix}.sqlite"
    journal = Journal.open(path) if path.exists() else Journal.create(path, hotfix)
    with journal:
        for step, events in steps:
            for event in events:
                journal.append(event, step)


def ran(name: str, *events: Event, result: str = "done") -> tuple[str, list[Event]]:
    """A step from start to finish."""
    started, finished = (
        session.StepStarted(name=name, request=1),
        session.StepFinished(name=name, request=1, result=result),
    )
    return (name, [started, *events, finished])


def begun(name: str = "Cart totals wrong") -> tuple[str, list[Event]]:
    """A new hotfix."""
    return ("new", [session.HotfixCreated(name=name, production="prod", production_id=PROD_ID, user="ann@example.com")])


def chosen() -> tuple[str, list[Event]]:
    """An environment was chosen."""
    return ran("choose_environment", session.EnvironmentChosen(org="sand", org_id=ENV_ID, kind="sandbox developer"))


RULE_A = "<ValidationRule>\n  <active>true</active>\n  <formula>Total__c &gt; 70</formula>\n</ValidationRule>\n"
RULE_B = "<ValidationRule>\n  <active>false</active>\n  <formula>Total__c &gt; 0.70</formula>\n</ValidationRule>\n"
CLASS_A = "public class Totals {\n  Integer a = 1;\n\tInteger b;\n}\n"
CLASS_B = "public class Totals {\n  Integer a = 2;\n\tInteger b;\n}\n"


DEPENDENCIES = json.dumps(
    {
        "v": 1,
        "components": {
            "ApexClass:Totals": {
                "object": "", "names": ["Order__c"],
                "a": [["ApexClass:Same", "CustomField:Order__c.Mode__c"], [], []], "b": [["ApexClass:Same"], [], []],
            },
            "CustomField:Order__c.Mode__c": {
                "object": "Order__c", "names": [], "a": [[], ["ApexClass:Totals"], []], "b": [[], [], []],
            },
            "ValidationRule:Order__c.Cap": {
                "object": "Order__c", "names": [], "a": [[], [], []], "b": [[], [], []],
            },
            "Layout:Order__c-Order Layout": {
                "object": "Order__c", "names": [], "a": [[], [], []], "b": [[], [], []],
            },
        },
    }
).encode()  # fmt: skip


def compared() -> tuple[str, list[Event]]:
    """A comparison: two differ, one is only in production, one only in the environment, one is the same."""
    by = {"by": "Ada", "at": "2026-01-12T23:05:00Z"}

    def one(type_: str, name: str, status: str, **more: bool) -> Event:
        return compare.ComponentCompared(type=type_, full_name=name, status=status, a_changed=by, b_changed={}, **more)

    def kept(side: str, type_: str, name: str, text: str) -> Event:
        return Keep(name=f"compare/{side}/{type_}/{name}", org=side, org_id=PROD_ID, content=text.encode())

    return ran(
        "compare",
        compare.CompareStarted(a="prod", b="sand"),
        kept("a", "ValidationRule", "Order__c.Cap", RULE_A),
        kept("b", "ValidationRule", "Order__c.Cap", RULE_B),
        one("ValidationRule", "Order__c.Cap", "different", impact=True, blocking=True),
        kept("a", "ApexClass", "Totals", CLASS_A),
        kept("b", "ApexClass", "Totals", CLASS_B),
        one("ApexClass", "Totals", "different"),
        one("CustomField", "Order__c.Mode__c", "only_in_a", impact=True),
        one("Layout", "Order__c-Order Layout", "only_in_b"),
        one("ApexClass", "Same", "same"),
        Keep(name="compare/dependencies", org="prod", org_id=PROD_ID, content=DEPENDENCIES),
        compare.CompareFinished(same=1, different=2, only_in_a=1, only_in_b=1, unreadable=0, impact=2, blocking=1),
    )


def planned(blockers: tuple[str, ...] = (), twins: bool = False) -> tuple[str, list[Event]]:
    """A plan for two objects and three automations."""
    found = [
        seed.TwinFound(org="sand", object="Order__c", key="O-7", record_id="a01000000000001AAA", why="same Code__c")
    ]
    return ran(
        "plan",
        seed.ObjectPlanned(
            org="sand", object="Order__c", rows=12, insert=8, update=1, delete=0, equal=3, levels=(4, 8)
        ),
        seed.ObjectPlanned(
            org="sand", object="Line__c", rows=30, insert=30, update=0, delete=0, equal=0, second_pass=("Main__c",)
        ),
        seed.RowPlanned(org="sand", object="Order__c", key="O-1", act="update", changes={"Cap__c": (60, 20)}),
        *(found if twins else []),
        *(automation(*which) for which in AUTOMATIONS),
        seed.PlanFinished(
            org="sand", data_set="Orders", rows=42, insert=38, update=1, delete=0, equal=3, calls=4, size=86_016,
            blockers=blockers,
        ),
    )  # fmt: skip


AUTOMATIONS = (
    ("ApexTrigger", "OrderTrigger", "on", "switch_off", None),
    ("ValidationRule", "Order__c.Cap", "off", "already_off", None),
    ("Flow", "Order_Recalc", "on", "switch_off", 5),
)


def automation(kind: str, name: str, state: str, plan: str, version: int | None) -> Event:
    """One found automation."""
    return seed.AutomationFound(
        org="sand", kind=kind, name=name, object="Order__c", state=state, plan=plan, version=version
    )


def switched_off(name: str = "OrderTrigger", kind: str = "ApexTrigger") -> list[Event]:
    """A switch-off that was begun and done, and not taken back."""
    key = f"off/{name}"
    return [
        seed.AutomationSwitchOff(key=key, org="sand", org_id=ENV_ID, kind=kind, name=name, object="Order__c"),
        Settled(key=key, result="done"),
        seed.AutomationSwitched(key=key, org="sand", kind=kind, name=name, object="Order__c", state="off"),
    ]


def seeded(refused: bool = False) -> tuple[str, list[Event]]:
    """A seed that ended."""
    row = seed.RowRefused(
        org="sand", object="Order__c", key="O-9", act="insert", code="INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        message="bad value for restricted picklist field: Compound", fields=("Mode__c",),
    )  # fmt: skip
    sums = seed.DataWritten(
        org="sand", purpose="seed", inserted=37, updated=1, deleted=0, equal=3, refused=1 if refused else 0
    )
    return ran("seed", *([row] if refused else []), sums, result="differences" if refused else "done")


def baselined() -> tuple[str, list[Event]]:
    """Both baselines."""
    return ran(
        "baseline",
        seed.BaselineTaken(which="production", org="prod", org_id=PROD_ID, components=150, records=42),
        seed.BaselineTaken(which="environment", org="sand", org_id=ENV_ID, components=151, records=42),
    )


def fix_found() -> tuple[str, list[Event]]:
    """A fix of two components and one record, and a containment to undo."""
    return ran(
        "find_fix",
        promote.FixComponent(type="ApexClass", full_name="Totals", change="changed", by="Bo"),
        promote.FixComponent(type="CustomField", full_name="Order__c.Hold__c", change="new", by="Bo", drift=True),
        promote.FixRecord(object="Order__c", key="O-1", change="update", changes={"Cap__c": (60, 20)}),
        promote.ProductionChangePlanned(
            name="Undo containment", object="PricebookEntry", purpose="containment", rows=28, set={"IsActive": True}
        ),
        session.Finding(
            level="warning", text="Order_Recalc would land inactive: the org does not deploy flows as active."
        ),
        promote.FixFound(components=2, records=1, tests=("TotalsTest",)),
    )


def validated() -> tuple[str, list[Event]]:
    """A validation that succeeded."""
    key, deploy_id = "deploy/validate", "0Af000000000001AAA"
    return ran(
        "validate",
        deploy.DeployStarted(key=key, org="prod", deploy_id=deploy_id, purpose="validate", check_only=True),
        deploy.DeployProgressed(
            org="prod", deploy_id=deploy_id, status="Succeeded", components_done=2, components_total=2,
            component_errors=0, tests_done=3, tests_total=3, test_errors=0,
        ),
        deploy.DeployFinished(
            key=key, org="prod", deploy_id=deploy_id, purpose="validate", check_only=True, status="Succeeded"
        ),
        promote.GateReached(gate="validate", state="passed"),
    )  # fmt: skip


def promoted() -> tuple[str, list[Event]]:
    """All gates passed."""
    gates = ("validate", "snapshot", "deploy", "activate", "verify_metadata", "data", "verify_data", "containment")
    return ran("promote", *(promote.GateReached(gate=gate, state="passed") for gate in gates))


def classified() -> tuple[str, list[Event]]:
    """Two orgs compared with the fix."""
    why = "formula edited there on 12 Jan by Cy"
    cells = [("uat", "apply", ""), ("qa", "differs", why)]
    return ran(
        "sync_compare",
        *(
            sync.OrgStage(org=org, stage=stage, state="done")
            for org in ("uat", "qa")
            for stage in ("connect", "compare")
        ),
        *(
            sync.CellClassified(org=org, part="component", type="ApexClass", name="Totals", cell=cell, reason=reason)
            for org, cell, reason in cells
        ),
        sync.CellClassified(org="uat", part="record", type="Order__c", name="O-1", cell="new"),
    )


def synced() -> tuple[str, list[Event]]:
    """Both orgs have their certificate."""
    return ran(
        "sync",
        *(
            sync.OrgStage(org="uat", stage=stage, state="done")
            for stage in ("connect", "compare", "deploy", "data", "verify")
        ),
        sync.OrgCertified(org="uat", org_id="00D000000000003AAA", parity="yes", applied=2, left=0, failed=0),
        sync.OrgCertified(org="qa", org_id="00D000000000004AAA", parity="exceptions", applied=0, left=1, failed=0),
        result="differences",
    )


def finished() -> tuple[str, list[Event]]:
    """The end."""
    return ran("finish", session.HotfixFinished(certified=("uat",), exceptions=("qa",)))


def everything(upto: int = 99) -> list[tuple[str, list[Event]]]:
    """The steps of a whole hotfix in order, the first `upto` of them."""
    steps = [
        begun(), chosen(), compared(), planned(), seeded(), baselined(), fix_found(), validated(), promoted(),
        classified(), synced(), finished(),
    ]  # fmt: skip
    return steps[:upto]
