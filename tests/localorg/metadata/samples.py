"""Small components for tests, in Metadata API form."""

from __future__ import annotations

from tests.localorg.metadata.soap_client import HEAD, META, manifest

TICKET_FIELDS = """
    <fields><fullName>Limit__c</fullName><label>Limit</label><precision>5</precision><scale>2</scale><type>Percent</type></fields>
    <fields><fullName>Parent__c</fullName><label>Parent</label><referenceTo>Ticket__c</referenceTo>
        <relationshipLabel>Tickets</relationshipLabel><relationshipName>Tickets</relationshipName><type>Lookup</type></fields>
"""


def document(kind: str, inner: str) -> str:
    return f"{HEAD}<{kind} {META}>\n{inner}\n</{kind}>\n"


def custom_object(inner: str = TICKET_FIELDS, label: str = "Ticket") -> str:
    return document(
        "CustomObject",
        f"<deploymentStatus>Deployed</deploymentStatus>\n{inner}\n<label>{label}</label>"
        "<nameField><label>Name</label><type>Text</type></nameField>"
        f"<pluralLabel>{label}s</pluralLabel><sharingModel>ReadWrite</sharingModel>",
    )


def only(inner: str) -> str:
    """An object's file with nothing but children."""
    return document("CustomObject", inner)


def text_field(name: str, extra: str = "<length>40</length><type>Text</type>") -> str:
    return f"<fields><fullName>{name}</fullName><label>{name}</label>{extra}</fields>"


def rule(name: str, formula: str, active: bool = True) -> str:
    return (
        f"<validationRules><fullName>{name}</fullName><active>{str(active).lower()}</active>"
        f"<errorConditionFormula>{formula}</errorConditionFormula><errorMessage>No.</errorMessage></validationRules>"
    )


def flow(status: str = "Active", label: str = "Guard", inner: str = "", object_name: str = "Ticket__c") -> str:
    return document(
        "Flow",
        f"<apiVersion>63.0</apiVersion>{inner}<label>{label}</label><processType>AutoLaunchedFlow</processType>"
        f"<start><locationX>0</locationX><locationY>0</locationY><object>{object_name}</object>"
        "<recordTriggerType>CreateAndUpdate</recordTriggerType><triggerType>RecordAfterSave</triggerType></start>"
        f"<status>{status}</status>",
    )


def seen_by_administrators(*fields: str) -> dict[str, str]:
    """A package that lets System Administrator see and edit fields, which a deploy alone does not."""
    grants = "".join(
        f"<fieldPermissions><editable>true</editable><field>{field}</field><readable>true</readable></fieldPermissions>"
        for field in fields
    )
    return {"package.xml": manifest(Profile=["Admin"]), "profiles/Admin.profile": document("Profile", grants)}


def meta(kind: str, status: str = "Active") -> str:
    return document(kind, f"<apiVersion>63.0</apiVersion><status>{status}</status>")


def apex_class(name: str, body: str) -> dict[str, str]:
    return {f"classes/{name}.cls": body, f"classes/{name}.cls-meta.xml": meta("ApexClass")}


def trigger(name: str, body: str, status: str = "Active") -> dict[str, str]:
    return {f"triggers/{name}.trigger": body, f"triggers/{name}.trigger-meta.xml": meta("ApexTrigger", status)}


def tickets() -> dict[str, str]:
    """A package with the object Ticket__c."""
    return {"package.xml": manifest(CustomObject=["Ticket__c"]), "objects/Ticket__c.object": custom_object()}


TEST_CLASS = """@IsTest
private class TicketsTest {
    @IsTest static void opens() { System.assert(true); }
    // @IsTest static void commented() {}
    static testMethod void closes() { System.assert(true); }
    static void helper() {}
}
"""
