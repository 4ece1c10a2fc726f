"""Formulas in a deployment: what the org would not work out faithfully is refused before the first change."""

from __future__ import annotations

import pytest

from tests.localorg.metadata.conftest import Served
from tests.localorg.metadata.samples import custom_object, document, rule, text_field
from tests.localorg.metadata.soap_client import manifest, problems


def _number(name: str, formula: str) -> str:
    return text_field(name, f"<formula>{formula}</formula><precision>18</precision><scale>2</scale><type>Number</type>")


@pytest.mark.parametrize(
    ("inner", "name", "problem"),
    [
        (
            _number("Double__c", "Name"),
            "Ticket__c.Double__c",
            "Error: Formula result is data type (Text), incompatible with expected data type (Number).",
        ),
        (_number("Double__c", "ISCHANGED(Name)"), "Ticket__c.Double__c", "Function ISCHANGED may not be used"),
        (
            text_field("Note__c", "<defaultValue>1 + 1</defaultValue><length>40</length><type>Text</type>"),
            "Ticket__c.Note__c",
            "incompatible with expected data type (Text)",
        ),
        (
            rule("Strict", "Name &amp; 1 = 'x'"),
            "Ticket__c.Strict",
            "Incorrect parameter type for operator '&'. Expected Text, received Number",
        ),
        (rule("Labelled", "$Label.Gone = 'x'"), "Ticket__c.Labelled", "Field $Label.Gone does not exist"),
    ],
)
def test_a_formula_that_does_not_fit_is_refused_with_its_reason(
    here: Served, inner: str, name: str, problem: str
) -> None:
    files = {"package.xml": manifest(CustomObject=["Ticket__c"]), "objects/Ticket__c.object": custom_object(inner)}
    result = here.soap.deploy(files)
    assert result["status"] == ["Failed"]
    assert problem in problems(result)[name]
    assert here.rest.call("GET", "/sobjects/Ticket__c/describe")[0] == 404


def test_formulas_read_each_other_and_labels_in_whatever_order_they_come(here: Served) -> None:
    label = (
        "<labels><fullName>Stop</fullName><language>en_US</language><protected>false</protected>"
        "<shortDescription>Stop</shortDescription><value>halt</value></labels>"
    )
    inner = (
        _number("A__c", "B__c * 2")
        + _number("B__c", "LEN(Name)")
        + rule("Halted", "Name = $Label.Stop")
        + rule("Short", "A__c &gt; 8")
    )
    files = {
        "package.xml": manifest(CustomObject=["Ticket__c"], CustomLabel=["Stop"]),
        "objects/Ticket__c.object": custom_object(inner),
        "labels/CustomLabels.labels": document("CustomLabels", label),
    }
    result = here.soap.deploy(files)
    assert result["status"] == ["Succeeded"], result
    codes = [here.rest.call("POST", "/sobjects/Ticket__c", {"Name": name})[0] for name in ("halt", "abc", "abcde")]
    assert codes == [400, 201, 400]


@pytest.mark.parametrize(
    ("inner", "problem"),
    [
        ("<summaryForeignKey>Ticket__c.Parent__c</summaryForeignKey>", "is no master-detail field to Ticket__c"),
        ("<summaryForeignKey>Gone__c.Ticket__c</summaryForeignKey>", "no CustomField named Gone__c.Ticket__c found"),
    ],
)
def test_a_roll_up_over_what_is_no_detail_is_refused(here: Served, inner: str, problem: str) -> None:
    here.soap.deploy({"package.xml": manifest(CustomObject=["Ticket__c"]), "objects/Ticket__c.object": custom_object()})
    roll_up = text_field("Sum__c", f"{inner}<summaryOperation>count</summaryOperation><type>Summary</type>")
    files = {
        "package.xml": manifest(CustomField=["Ticket__c.Sum__c"]),
        "objects/Ticket__c.object": document("CustomObject", roll_up),
    }
    result = here.soap.deploy(files)
    assert result["status"] == ["Failed"]
    assert problem in problems(result)["Ticket__c.Sum__c"]


@pytest.mark.parametrize(
    ("formula", "status"),
    [("LEN(Name)", "Succeeded"), ("Ticket__r.Sum__c", "Failed"), ("YEAR(TODAY())", "Failed")],
)
def test_a_roll_up_of_a_formula_takes_only_the_details_own_fields(here: Served, formula: str, status: str) -> None:
    here.soap.deploy({"package.xml": manifest(CustomObject=["Ticket__c"]), "objects/Ticket__c.object": custom_object()})
    master = text_field(
        "Ticket__c",
        "<referenceTo>Ticket__c</referenceTo><relationshipName>Notes</relationshipName>"
        "<relationshipOrder>0</relationshipOrder><type>MasterDetail</type>",
    )
    roll_up = text_field(
        "Sum__c",
        "<summarizedField>Note__c.Size__c</summarizedField><summaryForeignKey>Note__c.Ticket__c</summaryForeignKey>"
        "<summaryOperation>sum</summaryOperation><type>Summary</type>",
    )
    files = {
        "package.xml": manifest(CustomObject=["Note__c"], CustomField=["Ticket__c.Sum__c"]),
        "objects/Note__c.object": custom_object(master + _number("Size__c", formula), label="Note"),
        "objects/Ticket__c.object": document("CustomObject", roll_up),
    }
    result = here.soap.deploy(files)
    assert result["status"] == [status], result
    assert ("cannot be summed up" in problems(result).get("Ticket__c.Sum__c", "")) == (status == "Failed")
