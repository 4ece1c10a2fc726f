"""Field-level security: a field that nobody granted is not there, one granted for reading is not written."""

from __future__ import annotations

import pytest

from tests.localorg.metadata.samples import only, text_field
from tests.localorg.metadata.soap_client import manifest
from tests.localorg.people.conftest import Office, grant, on_object

ABSENT = (
    "No such column 'Code__c' on entity 'Desk__c'. If you are attempting to use a custom field, be sure to append the"
    " '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names."
)


def deploy_field(office: Office, extra: str = "<length>40</length><type>Text</type>") -> None:
    files = {
        "package.xml": manifest(CustomField=["Desk__c.Code__c"]),
        "objects/Desk__c.object": only(text_field("Code__c", extra)),
    }
    result = office.soap().deploy(files)
    assert result["status"] == ["Succeeded"], result


def test_a_deployed_field_is_seen_by_nobody_not_even_administrators(office: Office) -> None:
    deploy_field(office)
    ada = office.as_("ada")
    refused = ada.call("GET", "/query", params={"q": "SELECT Id, Code__c FROM Desk__c"})
    assert refused.status_code == 400
    assert refused.json()[0]["errorCode"] == "INVALID_FIELD"
    assert refused.json()[0]["message"].endswith(ABSENT)
    described = ada.call("GET", "/sobjects/Desk__c/describe").json()
    assert "Code__c" not in {each["name"] for each in described["fields"]}
    answer = ada.call("POST", "/sobjects/Desk__c", {"Name": "One", "Code__c": "C"})
    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == "INVALID_FIELD"
    assert "No such column 'Code__c' on sobject of type Desk__c" in answer.json()[0]["message"]


@pytest.mark.parametrize(
    "extra",
    ["<formula>Name</formula><type>Text</type>", "<defaultValue>false</defaultValue><type>Checkbox</type>"],
    ids=["formula", "checkbox"],
)
def test_formulas_and_checkboxes_need_a_grant_too(office: Office, extra: str) -> None:
    deploy_field(office, extra)
    asked = {"q": "SELECT Code__c FROM Desk__c"}
    assert office.as_("ada").call("GET", "/query", params=asked).status_code == 400
    office.permission_set("Codes", grant("Desk__c.Code__c", edit=False), "ada")
    assert office.as_("ada").call("GET", "/query", params=asked).status_code == 200


def test_a_required_field_is_seen_by_everyone_who_sees_the_object(office: Office) -> None:
    deploy_field(office, "<length>40</length><required>true</required><type>Text</type>")
    assert office.as_("ada").create("Desk__c", Name="One", Code__c="C")
    refused = office.deploy("PermissionSet", "permissionsets", "Codes", f"<label>C</label>{grant('Desk__c.Code__c')}")
    assert refused["status"] == ["Failed"]


def test_what_a_set_grants_for_reading_is_read_and_not_written(office: Office) -> None:
    deploy_field(office)
    inner = on_object("Desk__c", more=grant("Desk__c.Code__c", edit=False))
    office.permission_set("Codes", inner, "sam")
    sam = office.as_("sam")
    assert sam.query("SELECT Code__c FROM Desk__c") == []
    described = {each["name"]: each for each in sam.call("GET", "/sobjects/Desk__c/describe").json()["fields"]}
    assert (described["Code__c"]["createable"], described["Code__c"]["updateable"]) == (False, False)
    assert "Price__c" not in described
    refused = sam.call("POST", "/sobjects/Desk__c", {"Name": "One", "Code__c": "C"})
    assert refused.status_code == 400
    assert refused.json()[0] == {
        "errorCode": "INVALID_FIELD_FOR_INSERT_UPDATE",
        "fields": ["Code__c"],
        "message": "Unable to create/update fields: Code__c. Please check the security settings of this field and"
        " verify that it is read/write for your profile or permission set.",
    }
    assert sam.create("Desk__c", Name="One")


def test_rights_are_added_up_and_go_with_the_assignment(office: Office) -> None:
    deploy_field(office)
    office.permission_set("Reads", on_object("Desk__c", more=grant("Desk__c.Code__c", edit=False)), "sam")
    office.permission_set("Writes", grant("Desk__c.Code__c"), "sam")
    sam = office.as_("sam")
    made = sam.create("Desk__c", Name="One", Code__c="C")
    ada = office.as_("ada")
    given = ada.query("SELECT Id FROM PermissionSetAssignment WHERE PermissionSet.Name = 'Writes'")[0]["Id"]
    assert ada.call("DELETE", f"/sobjects/PermissionSetAssignment/{given}").status_code == 204
    assert sam.call("PATCH", f"/sobjects/Desk__c/{made}", {"Code__c": "D"}).status_code == 400
    assert sam.query("SELECT Code__c FROM Desk__c") == [
        {"Code__c": "C", "attributes": {"type": "Desk__c", "url": f"/services/data/v66.0/sobjects/Desk__c/{made}"}}
    ]


def test_a_permission_set_is_replaced_whole_and_a_profile_laid_over(office: Office) -> None:
    deploy_field(office)
    office.permission_set("Codes", grant("Desk__c.Code__c"), "ada")
    office.permission_set("Codes", grant("Desk__c.Room__c"))
    assert office.as_("ada").call("GET", "/query", params={"q": "SELECT Code__c FROM Desk__c"}).status_code == 400
    for path in ("Desk__c.Code__c", "Desk__c.Room__c"):
        office.deploy("Profile", "profiles", "Admin", grant(path))
    assert office.as_("ada").query("SELECT Code__c, Room__c, Price__c FROM Desk__c") == []
    office.deploy("Profile", "profiles", "Admin", grant("Desk__c.Code__c", edit=False, read=False))
    assert office.as_("ada").call("GET", "/query", params={"q": "SELECT Code__c FROM Desk__c"}).status_code == 400


def test_a_profile_takes_a_standard_field_away(office: Office) -> None:
    sam = office.as_("sam")
    assert sam.query("SELECT Phone FROM Account") == []
    office.deploy("Profile", "profiles", "Standard", grant("Account.Phone", edit=False, read=False))
    assert sam.call("GET", "/query", params={"q": "SELECT Phone FROM Account"}).status_code == 400
    assert office.as_("ada").query("SELECT Phone FROM Account") == []
    office.permission_set("Phones", grant("Account.Phone"), "sam")
    assert sam.query("SELECT Phone FROM Account") == []


def test_what_is_not_seen_is_not_filtered_sorted_or_walked_by(office: Office) -> None:
    deploy_field(
        office,
        "<referenceTo>Account</referenceTo><relationshipLabel>D</relationshipLabel>"
        "<relationshipName>Desks</relationshipName><type>Lookup</type>",
    )
    ada = office.as_("ada")
    for soql in (
        "SELECT Id FROM Desk__c WHERE Code__c != null",
        "SELECT Id FROM Desk__c ORDER BY Code__c",
        "SELECT COUNT(Id) n FROM Desk__c GROUP BY Code__c",
        "SELECT Code__r.Name FROM Desk__c",
        "SELECT Id FROM Account WHERE Id IN (SELECT Code__c FROM Desk__c)",
        "SELECT Id, (SELECT Id FROM Desks__r) FROM Account",
    ):
        assert ada.call("GET", "/query", params={"q": soql}).status_code == 400, soql
    assert "Code__c" not in ada.call("GET", "/query", params={"q": "SELECT FIELDS(ALL) FROM Desk__c LIMIT 1"}).text
    office.permission_set("Codes", grant("Desk__c.Code__c"), "ada")
    assert ada.query("SELECT Id, (SELECT Id FROM Desks__r) FROM Account") == []


def test_a_field_made_anew_under_an_old_name_starts_without_grants(office: Office) -> None:
    deploy_field(office)
    office.permission_set("Codes", grant("Desk__c.Code__c"), "ada")
    gone = {"package.xml": manifest(), "destructiveChanges.xml": manifest(CustomField=["Desk__c.Code__c"])}
    assert office.soap().deploy(gone)["status"] == ["Succeeded"]
    deploy_field(office)
    assert office.as_("ada").call("GET", "/query", params={"q": "SELECT Code__c FROM Desk__c"}).status_code == 400


def test_rules_and_formulas_see_what_their_user_does_not(office: Office) -> None:
    office.permission_set("Desks", on_object("Desk__c"), "sam")
    rule = (
        "<validationRules><fullName>Dear</fullName><active>true</active><errorConditionFormula>Price__c &gt; 10"
        "</errorConditionFormula><errorMessage>Too dear.</errorMessage></validationRules>"
    )
    files = {"package.xml": manifest(ValidationRule=["Desk__c.Dear"]), "objects/Desk__c.object": only(rule)}
    assert office.soap().deploy(files)["status"] == ["Succeeded"]
    made = office.as_("ada").create("Desk__c", Name="One", Price__c=10)
    office.org.records.raw_update("Desk__c", made, {"Price__c": 11})
    refused = office.as_("sam").call("PATCH", f"/sobjects/Desk__c/{made}", {"Name": "Two"})
    assert refused.json()[0]["message"] == "Too dear."
