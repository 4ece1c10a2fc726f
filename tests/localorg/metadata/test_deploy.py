"""Deployments over SOAP: what is checked before the first change, and what one leaves behind."""

from __future__ import annotations

import pytest

from tests.localorg.metadata.conftest import Served
from tests.localorg.metadata.samples import (
    custom_object,
    document,
    only,
    rule,
    seen_by_administrators,
    text_field,
    tickets,
    trigger,
)
from tests.localorg.metadata.soap_client import Fault, manifest, problems, successes, zipped


def test_a_deployed_object_is_described_queried_and_written_at_once(here: Served) -> None:
    result = here.soap.deploy(tickets())
    assert result["status"] == ["Succeeded"]
    assert result["numberComponentsTotal"] == ["3"]
    assert successes(result)["Ticket__c.Limit__c"]["componentType"] == ["CustomField"]
    assert successes(result)["Ticket__c.Limit__c"]["fileName"] == ["objects/Ticket__c.object"]
    assert here.soap.deploy(seen_by_administrators("Ticket__c.Limit__c"))["status"] == ["Succeeded"]
    status, described = here.rest.call("GET", "/sobjects/Ticket__c/describe")
    assert status == 200
    assert "Limit__c" in {field["name"] for field in described["fields"]}
    assert here.rest.call("POST", "/sobjects/Ticket__c", {"Name": "One", "Limit__c": 70})[0] == 201
    assert here.rest.query("SELECT Limit__c FROM Ticket__c")[0]["Limit__c"] == 70


def test_check_only_changes_nothing_and_says_what_would_be_created(here: Served) -> None:
    result = here.soap.deploy(tickets(), checkOnly=True)
    assert result["status"] == ["Succeeded"]
    assert successes(result)["Ticket__c"]["created"] == ["true"]
    assert here.rest.call("GET", "/sobjects/Ticket__c/describe")[0] == 404


def test_the_same_package_again_is_unchanged_and_a_new_label_is_changed(here: Served) -> None:
    here.soap.deploy(tickets())
    again = successes(here.soap.deploy(tickets()))
    assert {item["changed"][0] for item in again.values()} == {"false"}
    files = {**tickets(), "objects/Ticket__c.object": custom_object(label="Case")}
    changed = successes(here.soap.deploy(files))
    assert changed["Ticket__c"]["changed"] == ["true"]
    assert changed["Ticket__c"]["created"] == ["false"]
    assert changed["Ticket__c.Limit__c"]["changed"] == ["false"]


def test_a_field_on_its_own_leaves_the_objects_other_parts_alone(here: Served) -> None:
    here.soap.deploy(tickets())
    files = {
        "package.xml": manifest(CustomField=["Ticket__c.Code__c"]),
        "objects/Ticket__c.object": only(text_field("Code__c")),
    }
    assert here.soap.deploy(files)["status"] == ["Succeeded"]
    retrieved, _ = here.soap.retrieve({"CustomObject": ["Ticket__c"]})
    body = retrieved["objects/Ticket__c.object"].decode()
    assert "<fullName>Code__c</fullName>" in body
    assert "<fullName>Limit__c</fullName>" in body
    assert "<label>Ticket</label>" in body


@pytest.mark.parametrize(
    ("files", "name", "problem"),
    [
        (
            {"package.xml": manifest(ApexClass=["Gone"])},
            "Gone",
            "An object 'Gone' of type ApexClass was named in package.xml, but was not found in zipped directory",
        ),
        (
            {"package.xml": manifest(CustomObject=["Other__c"]), "objects/Ticket__c.object": custom_object()},
            "Ticket__c.Limit__c",
            "Not in package.xml",
        ),
        ({"package.xml": manifest(Sorcery=["A"])}, "A", "Unknown type name 'Sorcery' specified in package.xml"),
        ({"objects/Ticket__c.object": custom_object()}, "package.xml", "No package.xml found"),
    ],
)
def test_manifest_and_files_must_agree(here: Served, files: dict[str, str], name: str, problem: str) -> None:
    result = here.soap.deploy(files)
    assert result["status"] == ["Failed"]
    assert problems(result)[name] == problem


def test_a_file_that_is_not_well_formed_is_named_with_its_line(here: Served) -> None:
    files = {
        "package.xml": manifest(CustomPermission=["P"]),
        "customPermissions/P.customPermission": document("CustomPermission", "<label>P</label>\n<broken>"),
    }
    failure = here.soap.deploy(files)["details"][0]["componentFailures"][0]
    assert failure["fileName"] == ["customPermissions/P.customPermission"]
    assert int(failure["lineNumber"][0]) >= 4
    assert "Error parsing file" in failure["problem"][0]


def test_an_external_entity_is_refused_and_never_read(here: Served) -> None:
    evil = (
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        '<CustomPermission xmlns="http://soap.sforce.com/2006/04/metadata"><label>&e;</label></CustomPermission>'
    )
    files = {"package.xml": manifest(CustomPermission=["P"]), "customPermissions/P.customPermission": evil}
    assert "DOCTYPE" in problems(here.soap.deploy(files))["P"]


def _with_tickets(here: Served, files: dict[str, str], **named: list[str]) -> dict[str, str]:
    here.soap.deploy(tickets())
    return problems(here.soap.deploy({"package.xml": manifest(**named), **files}))


def test_a_layout_that_names_an_absent_field_fails_with_component_line_and_problem(here: Served) -> None:
    here.soap.deploy(tickets())
    layout = document(
        "Layout",
        "<layoutSections>\n<layoutColumns>\n<layoutItems>\n<behavior>Edit</behavior>\n<field>Absent__c</field>\n"
        "</layoutItems>\n</layoutColumns>\n</layoutSections>",
    )
    files = {"package.xml": manifest(Layout=["Ticket__c-Main"]), "layouts/Ticket__c-Main.layout": layout}
    failure = here.soap.deploy(files)["details"][0]["componentFailures"][0]
    assert failure["componentType"] == ["Layout"]
    assert failure["fullName"] == ["Ticket__c-Main"]
    assert failure["lineNumber"] == ["7"]
    assert failure["problem"] == ["In field: field - no CustomField named Ticket__c.Absent__c found"]


@pytest.mark.parametrize(
    ("inner", "problem"),
    [
        (
            "<fieldPermissions><editable>true</editable><field>Ticket__c.Absent__c</field><readable>true</readable>"
            "</fieldPermissions>",
            "In field: field - no CustomField named Ticket__c.Absent__c found",
        ),
        (
            "<customPermissions><enabled>true</enabled><name>Absent</name></customPermissions>",
            "In field: name - no CustomPermission named Absent found",
        ),
        (
            "<classAccesses><apexClass>Absent</apexClass><enabled>true</enabled></classAccesses>",
            "In field: apexClass - no ApexClass named Absent found",
        ),
    ],
)
def test_a_permission_set_cannot_grant_what_is_absent(here: Served, inner: str, problem: str) -> None:
    files = {"permissionsets/Staff.permissionset": document("PermissionSet", f"{inner}<label>Staff</label>")}
    assert _with_tickets(here, files, PermissionSet=["Staff"]) == {"Staff": problem}


@pytest.mark.parametrize(
    ("formula", "problem"),
    [
        ("Absent__c &gt; 1", "Field Absent__c does not exist. Check spelling."),
        ("Parent__r.Absent__c &gt; 1", "Field Parent__r.Absent__c does not exist. Check spelling."),
        ("$Permission.Absent", "Field $Permission.Absent does not exist. Check spelling."),
    ],
)
def test_a_validation_rule_is_refused_for_what_its_formula_names(here: Served, formula: str, problem: str) -> None:
    files = {"objects/Ticket__c.object": only(rule("Cap", formula))}
    assert _with_tickets(here, files, ValidationRule=["Ticket__c.Cap"]) == {"Ticket__c.Cap": problem}


def test_a_validation_rule_over_parent_fields_deploys_and_holds(here: Served) -> None:
    files = {"objects/Ticket__c.object": only(rule("Cap", "Limit__c + BLANKVALUE(Parent__r.Limit__c, 0) &gt; 0.7"))}
    assert _with_tickets(here, files, ValidationRule=["Ticket__c.Cap"]) == {}
    here.soap.deploy(seen_by_administrators("Ticket__c.Limit__c"))
    assert here.rest.call("POST", "/sobjects/Ticket__c", {"Name": "A", "Limit__c": 60})[0] == 201
    status, refused = here.rest.call("POST", "/sobjects/Ticket__c", {"Name": "B", "Limit__c": 71})
    assert status == 400
    assert refused[0]["errorCode"] == "FIELD_CUSTOM_VALIDATION_EXCEPTION"


def test_a_formula_the_org_cannot_read_is_refused_not_kept(here: Served) -> None:
    files = {"objects/Ticket__c.object": only(rule("Cap", "IF(Limit__c &gt; ,"))}
    assert "Ticket__c.Cap" in _with_tickets(here, files, ValidationRule=["Ticket__c.Cap"])
    assert here.soap.listing("ValidationRule") == {}


def test_a_trigger_needs_its_object_and_the_fields_it_names(here: Served) -> None:
    missing = trigger("T1", "trigger T1 on Absent__c (before insert) {}")
    unknown = trigger("T2", "trigger T2 on Ticket__c (before insert) {\n  Trigger.new[0].Absent_Field__c = 1;\n}")
    found = _with_tickets(here, {**missing, **unknown}, ApexTrigger=["T1", "T2"])
    assert found["T1"] in ("Invalid type: Absent__c", "Variable does not exist: Absent__c")
    assert found["T2"] == "Variable does not exist: Absent_Field__c"


def test_names_in_comments_and_text_of_apex_are_not_looked_for(here: Served) -> None:
    body = "trigger T on Ticket__c (after update) {\n  // Absent__c\n  String s = 'Absent__c'; /* Absent__r */\n}"
    assert _with_tickets(here, trigger("T", body), ApexTrigger=["T"]) == {}


def test_custom_metadata_needs_its_type_and_its_fields(here: Served) -> None:
    setting = document(
        "CustomObject",
        f"{text_field('Cap__c')}<label>Setting</label><pluralLabel>Settings</pluralLabel><visibility>Public</visibility>",
    )
    record = document(
        "CustomMetadata",
        "<label>Default</label><protected>false</protected><values><field>{}</field>"
        '<value xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
        'xsi:type="xsd:string">9</value></values>',
    )
    files = {"customMetadata/Setting.Default.md": record.format("Cap__c")}
    wanted = {"package.xml": manifest(CustomMetadata=["Setting.Default"]), **files}
    assert problems(here.soap.deploy(wanted)) == {
        "Setting.Default": "In field: type - no CustomObject named Setting__mdt found"
    }
    with_type = {
        "package.xml": manifest(CustomMetadata=["Setting.Default"], CustomObject=["Setting__mdt"]),
        "objects/Setting__mdt.object": setting,
        **files,
    }
    assert here.soap.deploy(with_type)["status"] == ["Succeeded"]
    assert here.rest.query("SELECT DeveloperName, Cap__c FROM Setting__mdt")[0]["Cap__c"] == "9"
    wrong = {**wanted, "customMetadata/Setting.Default.md": record.format("Absent__c")}
    assert "Setting__mdt.Absent__c" in problems(here.soap.deploy(wrong))["Setting.Default"]


def test_a_change_of_field_type_is_refused(here: Served) -> None:
    files = {
        "objects/Ticket__c.object": only(
            text_field("Limit__c", "<type>Checkbox</type><defaultValue>false</defaultValue>")
        )
    }
    found = _with_tickets(here, files, CustomField=["Ticket__c.Limit__c"])
    assert found == {"Ticket__c.Limit__c": "Cannot change field type from Percent to Checkbox"}


def test_everything_or_nothing_with_rollback_on_error(here: Served) -> None:
    files = {**tickets(), **trigger("T", "trigger T on Absent__c (before insert) {}")}
    files["package.xml"] = manifest(CustomObject=["Ticket__c"], ApexTrigger=["T"])
    assert here.soap.deploy(files)["status"] == ["Failed"]
    assert here.rest.call("GET", "/sobjects/Ticket__c/describe")[0] == 404


def test_partial_success_keeps_what_can_stand_and_refuses_what_needs_the_refused(here: Served) -> None:
    bad = "<type>Lookup</type><referenceTo>Absent__c</referenceTo><relationshipName>Bads</relationshipName>"
    files = {
        "package.xml": manifest(CustomObject=["Ticket__c"]),
        "objects/Ticket__c.object": custom_object(
            text_field("Good__c") + text_field("Bad__c", bad) + rule("R", "Bad__c = null")
        ),
    }
    result = here.soap.deploy(files, rollbackOnError=False)
    assert result["status"] == ["SucceededPartial"]
    assert set(problems(result)) == {"Ticket__c.Bad__c", "Ticket__c.R"}
    assert set(here.soap.listing("CustomField")) == {"Ticket__c.Good__c"}


def test_production_wants_rollback_on_error(production: Served) -> None:
    with pytest.raises(Fault, match="rollbackOnError"):
        production.soap.start(tickets(), rollbackOnError=False)


def test_a_package_in_a_folder_of_the_zip(here: Served) -> None:
    files = {f"pkg/{path}": body for path, body in tickets().items()}
    assert here.soap.deploy(files, singlePackage=False)["status"] == ["Succeeded"]
    assert here.soap.deploy(tickets(), singlePackage=False)["errorMessage"] == ["No package.xml found"]


@pytest.mark.parametrize("path", ["../escape.txt", "/etc/x", "objects/../../x", "C:/x"])
def test_paths_that_leave_the_package_are_refused(here: Served, path: str) -> None:
    result = here.soap.deploy({**tickets(), path: "x"})
    assert result["status"] == ["Failed"]
    assert path in result["errorMessage"][0]
    assert here.soap.listing("CustomField") == {}


def test_ten_thousand_files_are_the_limit(here: Served) -> None:
    files = {"package.xml": manifest(), **{f"classes/C{number}.cls": "" for number in range(10_000)}}
    result = here.soap.deploy(files)
    assert result["errorStatusCode"] == ["LIMIT_EXCEEDED"]


def test_what_is_no_zip_fails_with_a_sentence(here: Served) -> None:
    inner = "<ZipFile>bm90IGEgemlw</ZipFile><DeployOptions><singlePackage>true</singlePackage></DeployOptions>"
    started = here.soap.call("deploy", inner)[0]
    result = here.soap.finish(started["id"][0])
    assert "zip file cannot be read" in result["errorMessage"][0]
    assert zipped({})  # the helper's own zips can be read: the one above is refused for what it is


def test_removing_a_field_takes_its_column_and_what_uses_it_protects_it(here: Served) -> None:
    here.soap.deploy(tickets())
    here.soap.deploy(
        {
            "package.xml": manifest(ValidationRule=["Ticket__c.Cap"]),
            "objects/Ticket__c.object": only(rule("Cap", "Limit__c &gt; 1")),
        }
    )
    removal = {"package.xml": manifest(), "destructiveChanges.xml": manifest(CustomField=["Ticket__c.Limit__c"])}
    assert "referenced elsewhere" in problems(here.soap.deploy(removal))["Ticket__c.Limit__c"]
    both = {
        "package.xml": manifest(),
        "destructiveChanges.xml": manifest(CustomField=["Ticket__c.Limit__c"], ValidationRule=["Ticket__c.Cap"]),
    }
    result = here.soap.deploy(both)
    assert result["status"] == ["Succeeded"]
    assert successes(result)["Ticket__c.Limit__c"]["deleted"] == ["true"]
    assert here.rest.call("GET", "/query?q=SELECT+Limit__c+FROM+Ticket__c")[0] == 400


def test_post_destructive_changes_run_after_what_replaces_their_use(here: Served) -> None:
    here.soap.deploy(tickets())
    cap = {"package.xml": manifest(ValidationRule=["Ticket__c.Cap"])}
    here.soap.deploy({**cap, "objects/Ticket__c.object": only(rule("Cap", "Limit__c &gt; 1"))})
    result = here.soap.deploy(
        {
            **cap,
            "objects/Ticket__c.object": only(rule("Cap", "ISBLANK(Name)")),
            "destructiveChangesPost.xml": manifest(CustomField=["Ticket__c.Limit__c"]),
        }
    )
    assert result["status"] == ["Succeeded"], problems(result)
    assert "Ticket__c.Limit__c" not in here.soap.listing("CustomField")


def test_removing_what_is_not_there_is_a_warning_and_without_ignore_warnings_an_error(here: Served) -> None:
    removal = {"package.xml": manifest(), "destructiveChanges.xml": manifest(ApexClass=["Never"])}
    message = successes(here.soap.deploy(removal, ignoreWarnings=True))["Never"]
    assert message["problem"] == ["No ApexClass named: Never found"]
    assert (message["problemType"], message["deleted"], message["success"]) == (["Warning"], ["false"], ["true"])
    result = here.soap.deploy(removal)
    (failure,) = result["details"][0]["componentFailures"]
    assert result["status"] == ["Failed"]
    assert (failure["problemType"], failure["success"]) == (["Warning"], ["false"])


GRANT = (
    "<fieldPermissions><editable>true</editable><field>Ticket__c.{}</field><readable>true</readable></fieldPermissions>"
)


def test_a_permission_set_is_replaced_whole(here: Served) -> None:
    here.soap.deploy(tickets())
    for name in ("Limit__c", "Parent__c"):
        files = {
            "package.xml": manifest(PermissionSet=["Staff"]),
            "permissionsets/Staff.permissionset": document(
                "PermissionSet", f"{GRANT.format(name)}<label>Staff</label>"
            ),
        }
        assert here.soap.deploy(files)["status"] == ["Succeeded"]
    body = here.soap.retrieve({"PermissionSet": ["Staff"]})[0]["permissionsets/Staff.permissionset"].decode()
    assert "Parent__c" in body
    assert "Limit__c" not in body


def test_a_profile_is_laid_over_what_is_there(here: Served) -> None:
    here.soap.deploy(tickets())
    for name in ("Limit__c", "Parent__c"):
        files = {
            "package.xml": manifest(Profile=["Desk"]),
            "profiles/Desk.profile": document("Profile", GRANT.format(name)),
        }
        assert here.soap.deploy(files)["status"] == ["Succeeded"]
    wanted = {"Profile": ["Desk"], "CustomObject": ["Ticket__c"]}
    body = here.soap.retrieve(wanted)[0]["profiles/Desk.profile"].decode()
    assert "Parent__c" in body
    assert "Limit__c" in body


def test_a_deleted_field_leaves_layouts_and_permission_sets_by_itself(here: Served) -> None:
    item = "<layoutItems><behavior>Edit</behavior><field>{}</field></layoutItems>"
    columns = f"<layoutColumns>{item.format('Limit__c')}{item.format('Parent__c')}</layoutColumns>"
    files = {
        **tickets(),
        "package.xml": manifest(CustomObject=["*"], Layout=["*"], PermissionSet=["*"]),
        "layouts/Ticket__c-Main.layout": document("Layout", f"<layoutSections>{columns}</layoutSections>"),
        "permissionsets/Staff.permissionset": document(
            "PermissionSet", f"{GRANT.format('Limit__c')}{GRANT.format('Parent__c')}<label>Staff</label>"
        ),
    }
    assert problems(here.soap.deploy(files)) == {}
    here.soap.deploy(
        {"package.xml": manifest(), "destructiveChanges.xml": manifest(CustomField=["Ticket__c.Limit__c"])}
    )
    found, _ = here.soap.retrieve({"Layout": ["*"], "PermissionSet": ["*"]})
    for path in ("layouts/Ticket__c-Main.layout", "permissionsets/Staff.permissionset"):
        assert "Limit__c" not in found[path].decode()
        assert "Parent__c" in found[path].decode()
        assert here.soap.deploy({**found})["status"] == ["Succeeded"]


def test_after_one_refusal_by_the_schema_the_rest_is_still_judged_rightly(here: Served) -> None:
    """Found by a scenario: a record of custom metadata beside a refused field, both on objects the org has."""
    setting = document(
        "CustomObject",
        f"{text_field('Cap__c')}<label>Setting</label><pluralLabel>Settings</pluralLabel><visibility>Public</visibility>",
    )
    record = document("CustomMetadata", "<label>Default</label><values><field>Cap__c</field><value>1</value></values>")
    with_type = {"package.xml": manifest(CustomObject=["*"]), "objects/Setting__mdt.object": setting}
    assert problems(here.soap.deploy({**tickets(), **with_type})) == {}
    broken = text_field("Broken__c", "<formula>IF(</formula><type>Text</type>")
    files = {
        "package.xml": manifest(
            CustomField=["Ticket__c.Broken__c", "Ticket__c.Fine__c"], CustomMetadata=["Setting.Default"]
        ),
        "objects/Ticket__c.object": only(broken + text_field("Fine__c")),
        "customMetadata/Setting.Default.md": record,
    }
    assert set(problems(here.soap.deploy(files))) == {"Ticket__c.Broken__c"}
