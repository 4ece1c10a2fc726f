"""Rules a deploy meets beside what its components name: jobs, coverage, relevant tests, orders, old versions."""

from __future__ import annotations

import pytest

from hotfix_tui.localorg.apex.planted import plant
from tests.localorg.metadata.conftest import Serve, Served
from tests.localorg.metadata.samples import TEST_CLASS, apex_class, document, tickets, trigger
from tests.localorg.metadata.soap_client import Fault, manifest, problems, successes


def _code(*names: str) -> dict[str, str]:
    files = {"package.xml": manifest(ApexClass=list(names))}
    for name in names:
        body = (
            TEST_CLASS if name == "TicketsTest" else f"public class {name} {{\n  Integer a = 1;\n  Integer b = 2;\n}}"
        )
        files |= apex_class(name, body)
    return files


# Jobs


def test_a_class_that_jobs_wait_for_is_not_deployed_unless_the_setting_allows_it(here: Served) -> None:
    here.soap.deploy(_code("Nightly", "Mailer"))
    scheduled = here.org.jobs.schedule("Nightly")
    here.org.jobs.enqueue("Mailer")
    held = problems(here.soap.deploy(_code("Nightly", "Mailer")))
    assert held["Nightly"] == "This schedulable class has jobs pending or in progress"
    assert held["Mailer"] == "This Apex class has batch or future jobs pending or in progress"
    here.org.jobs.finish(scheduled)
    assert set(problems(here.soap.deploy(_code("Nightly", "Mailer")))) == {"Mailer"}
    allowed = document("DeploymentSettings", "<doesSkipAsyncApexValidation>true</doesSkipAsyncApexValidation>")
    here.soap.deploy({"package.xml": manifest(Settings=["Deployment"]), "settings/Deployment.settings": allowed})
    assert problems(here.soap.deploy(_code("Nightly", "Mailer"))) == {}


# Coverage


def test_lines_count_on_the_whole_with_all_local_tests_in_any_org(here: Served) -> None:
    long = "public class Long {\n" + "  Integer a = 1;\n" * 30 + "}"
    files = {**_code("Short", "TicketsTest"), **apex_class("Long", long)}
    files["package.xml"] = manifest(ApexClass=["Short", "TicketsTest", "Long"])
    plant(here.org, "Long", 60.0)
    result = here.soap.deploy(files, testLevel="RunLocalTests")
    assert result["status"] == ["Failed"]
    (warning,) = result["details"][0]["runTestResult"][0]["codeCoverageWarnings"]
    assert warning["message"] == [
        "Average test coverage across all Apex Classes and Triggers is 62%, at least 75% test coverage is required"
    ]
    plant(here.org, "Long", 80.0)
    assert here.soap.deploy(files, testLevel="RunAllTestsInOrg")["status"] == ["Succeeded"]


def test_one_class_below_the_mark_is_named_with_its_percentage(here: Served) -> None:
    plant(here.org, "Short", 44.509)
    result = here.soap.deploy(_code("Short", "TicketsTest"), testLevel="RunSpecifiedTests", runTests=["TicketsTest"])
    (warning,) = result["details"][0]["runTestResult"][0]["codeCoverageWarnings"]
    assert warning["message"] == [
        "Test coverage of selected Apex Class is 44.509%, at least 75% test coverage is required"
    ]


def test_every_trigger_needs_some_coverage_with_all_local_tests(here: Served) -> None:
    here.soap.deploy(tickets())
    files = {**_code("Short", "TicketsTest"), **trigger("Count", "trigger Count on Ticket__c (before insert) { a(); }")}
    files["package.xml"] = manifest(ApexClass=["Short", "TicketsTest"], ApexTrigger=["Count"])
    plant(here.org, "Count", 0.0)
    plant(here.org, "Short", 100.0)
    result = here.soap.deploy(files, testLevel="RunLocalTests")
    warnings = result["details"][0]["runTestResult"][0]["codeCoverageWarnings"]
    assert "Test coverage of selected Apex Trigger is 0%, at least 1% test coverage is required" in {
        item["message"][0] for item in warnings
    }
    plant(here.org, "Count", 100.0)
    assert here.soap.deploy(files, testLevel="RunLocalTests")["status"] == ["Succeeded"]


def _test(name: str, uses: str, annotation: str = "@IsTest") -> dict[str, str]:
    return apex_class(name, f"{annotation}\nprivate class {name} {{\n  @IsTest static void runs() {{ {uses} }}\n}}")


def test_relevant_tests_are_those_that_reach_the_package(here: Served) -> None:
    files = {
        **apex_class("Low", "public class Low { Integer a = 1; }"),
        **apex_class("Middle", "public class Middle { Low low; }"),
        **_test("NearTest", "new Low();"),
        **_test("FarTest", "new Middle();"),
        **_test("OtherTest", "Integer a = 1; // Low"),
        **_test("CriticalTest", "Integer a = 1;", "@IsTest(critical=true)"),
        **_test("ForTest", "Integer a = 1;", "@IsTest(testFor='ApexClass:Low, ApexTrigger:X')"),
    }
    names = sorted({path.split("/")[1].split(".")[0] for path in files})
    assert problems(here.soap.deploy({**files, "package.xml": manifest(ApexClass=names)})) == {}
    changed = {"package.xml": manifest(ApexClass=["Low"]), **apex_class("Low", "public class Low { Integer b = 2; }")}
    result = here.soap.deploy(changed, testLevel="RunRelevantTests")
    ran = {item["name"][0] for item in result["details"][0]["runTestResult"][0]["successes"]}
    assert ran == {"NearTest", "FarTest", "CriticalTest", "ForTest"}
    plant(here.org, "Low", 50.0)
    assert here.soap.deploy(changed, testLevel="RunRelevantTests")["status"] == ["Failed"]


def test_naming_tests_with_another_level_is_refused(here: Served) -> None:
    with pytest.raises(Fault, match="runTests can be used only with a testLevel of RunSpecifiedTests"):
        here.soap.start(tickets(), testLevel="RunLocalTests", runTests=["A"])


# Orders and old versions


def _rule(name: str, order: int) -> tuple[str, str]:
    body = (
        "<actionOnInsert>Allow</actionOnInsert><actionOnUpdate>Allow</actionOnUpdate><isActive>true</isActive>"
        f"<masterLabel>{name}</masterLabel><securityOption>EnforceSharingRules</securityOption>"
        f"<sortOrder>{order}</sortOrder>"
    )
    return f"duplicateRules/Ticket__c.{name}.duplicateRule", document("DuplicateRule", body)


def test_duplicate_rules_of_an_object_are_numbered_from_one_without_a_gap(here: Served) -> None:
    here.soap.deploy(tickets())

    def deploy(**orders: int) -> dict[str, str]:
        files = dict(_rule(name, order) for name, order in orders.items())
        wanted = manifest(DuplicateRule=[f"Ticket__c.{name}" for name in orders])
        return problems(here.soap.deploy({"package.xml": wanted, **files}))

    assert deploy(One=2) == {"Ticket__c.One": "SortOrder must be in sequential order from 1."}
    assert deploy(One=1) == {}
    assert set(deploy(Two=1)) == {"Ticket__c.Two"}
    assert deploy(One=2, Two=1) == {}
    assert deploy(One=2) == {}


GRANT = (
    "<fieldPermissions><editable>true</editable><field>Ticket__c.{}</field><readable>true</readable></fieldPermissions>"
)


@pytest.mark.parametrize(("version", "kept"), [("39.0", True), ("40.0", False)])
def test_a_permission_set_was_merged_before_api_40(here: Served, version: str, kept: bool) -> None:
    here.soap.deploy(tickets())
    path = "permissionsets/Staff.permissionset"
    for name, at in (("Limit__c", "63.0"), ("Parent__c", version)):
        wanted = manifest(PermissionSet=["Staff"]).replace("63.0", at)
        body = document("PermissionSet", f"{GRANT.format(name)}<label>Staff</label>")
        assert problems(here.soap.deploy({"package.xml": wanted, path: body})) == {}
    shown = here.soap.retrieve({"PermissionSet": ["Staff"]})[0][path].decode()
    assert "Parent__c" in shown
    assert ("Limit__c" in shown) is kept


def test_a_report_needs_its_folder(here: Served) -> None:
    report = document("Report", "<format>Tabular</format><name>Open</name>")
    alone = {"package.xml": manifest(Report=["Sales/Open"]), "reports/Sales/Open.report": report}
    assert problems(here.soap.deploy(alone)) == {"Sales/Open": "Cannot find folder:Sales"}
    public = {"package.xml": manifest(Report=["unfiled$public/Open"]), "reports/unfiled$public/Open.report": report}
    assert problems(here.soap.deploy(public)) == {}


def test_a_group_needs_its_permission_sets(here: Served) -> None:
    body = document("PermissionSetGroup", "<label>All</label>\n<permissionSets>Absent</permissionSets>")
    path = "permissionsetgroups/All.permissionsetgroup"
    result = here.soap.deploy({"package.xml": manifest(PermissionSetGroup=["All"]), path: body})
    (failure,) = result["details"][0]["componentFailures"]
    assert failure["problem"] == ["In field: permissionSets - no PermissionSet named Absent found"]
    assert failure["lineNumber"] == ["4"]


@pytest.mark.parametrize("version", ["68.0", "next", "0"])
def test_a_package_of_a_version_the_org_has_not_is_refused(here: Served, version: str) -> None:
    result = here.soap.deploy({"package.xml": manifest().replace("63.0", version)})
    assert problems(result) == {"package.xml": f"Invalid version specified:{version}"}


def test_waiting_deployments_keep_no_order(serve: Serve) -> None:
    org = serve(pace=30)
    first = org.soap.start(tickets())
    waiting = [org.soap.start({"package.xml": manifest()}) for _ in range(5)]
    org.org.deploys.pace = 0
    org.soap.call("cancelDeploy", f"<id>{first}</id>")
    assert org.org.deploys.wait_idle()
    ran = sorted((job for job in org.org.deploys.jobs() if job.id != first), key=lambda job: job.started_at)
    assert {job.status for job in ran} == {"Succeeded"}
    assert sorted(job.id for job in ran) == sorted(waiting)
    assert [job.id for job in ran] != waiting


def test_standard_value_sets_and_settings_are_there_from_the_beginning(here: Served) -> None:
    files, result = here.soap.retrieve({"StandardValueSet": ["Industry", "Nonsense"], "Settings": ["Flow"]})
    industry = files["standardValueSets/Industry.standardValueSet"].decode()
    assert "<fullName>Banking</fullName>" in industry
    assert "enableFlowDeployAsActiveEnabled>false" in files["settings/Flow.settings"].decode()
    assert ["Nonsense" in item["problem"][0] for item in result["messages"]] == [True]
    values = "<standardValue><fullName>Mining</fullName><default>false</default><label>Mining</label></standardValue>"
    changed = document("StandardValueSet", f"<sorted>false</sorted>{values}")
    path = "standardValueSets/Industry.standardValueSet"
    here.soap.deploy({"package.xml": manifest(StandardValueSet=["Industry"]), path: changed})
    status, described = here.rest.call("GET", "/sobjects/Account/describe")
    (field,) = (item for item in described["fields"] if item["name"] == "Industry")
    assert (status, [value["value"] for value in field["picklistValues"]]) == (200, ["Mining"])
    assert "Banking" not in here.soap.retrieve({"StandardValueSet": ["Industry"]})[0][path].decode()


def test_what_every_org_has_is_never_created(here: Served) -> None:
    settings = document("FlowSettings", "<enableFlowDeployAsActiveEnabled>true</enableFlowDeployAsActiveEnabled>")
    field = "<fields><fullName>A__c</fullName><label>A</label><length>9</length><type>Text</type></fields>"
    files = {
        "package.xml": manifest(CustomObject=["Account", "Contact"], Settings=["Flow"]),
        "objects/Account.object": document("CustomObject", f"<enableHistory>true</enableHistory>{field}"),
        "objects/Contact.object": document("CustomObject", ""),
        "settings/Flow.settings": settings,
    }
    told = {}
    for check_only in (True, False):
        found = successes(here.soap.deploy(files, checkOnly=check_only))
        told[check_only] = {name: (item["created"][0], item["changed"][0]) for name, item in found.items()}
    assert told[True] == told[False]
    assert told[True] == {
        "Account": ("false", "true"),
        "Account.A__c": ("true", "true"),
        "Contact": ("false", "false"),
        "Flow": ("false", "true"),
    }


def test_apex_that_names_what_is_absent_says_where(here: Served) -> None:
    here.soap.deploy(tickets())
    body = "public class Uses {\n    Object a = Ticket__c.Absent__c;\n}"
    result = here.soap.deploy({"package.xml": manifest(ApexClass=["Uses"]), **apex_class("Uses", body)})
    (failure,) = result["details"][0]["componentFailures"]
    assert failure["problem"] == ["Variable does not exist: Absent__c"]
    assert (failure["lineNumber"], failure["columnNumber"]) == (["2"], ["26"])


def test_failures_say_where_the_parser_stood(here: Served) -> None:
    here.soap.deploy(tickets())
    bad = document(
        "CustomObject", "    <fields>\n        <fullName>A__c</fullName>\n        <kind>x</kind>\n    </fields>"
    )
    result = here.soap.deploy(
        {"package.xml": manifest(CustomField=["Ticket__c.A__c"]), "objects/Ticket__c.object": bad}
    )
    (failure,) = result["details"][0]["componentFailures"]
    assert (failure["fullName"], failure["fileName"]) == (["Ticket__c.A__c"], ["objects/Ticket__c.object"])
    assert (failure["lineNumber"], failure["columnNumber"]) == (["5"], ["15"])
