"""A clinic as a local org: all that runs on a save beside triggers, rules and flows, and ways past it for one user."""

from __future__ import annotations

from tests.data.campus import NS

SETTING, HANDLER = "Switches__c", "npsp__Trigger_Handler__c"


def _field(name: str, kind: str, extra: str = "") -> str:
    label = f"<label>{name}</label>"
    return f"<CustomField {NS}><fullName>{name}</fullName>{label}{extra}<type>{kind}</type></CustomField>"


def _object(label: str, more: str) -> str:
    return f"<CustomObject {NS}><label>{label}</label>{more}</CustomObject>"


def files() -> dict[str, str | None]:
    """What is added to the school's files."""
    handler = f"objects/{HANDLER}"
    text = "<length>255</length>"
    found: dict[str, str | None] = {
        f"objects/{SETTING}/{SETTING}.object-meta.xml": _object(
            "Switches", "<customSettingsType>Hierarchy</customSettingsType><visibility>Public</visibility>"
        ),
        f"objects/{SETTING}/fields/Skip_Rules__c.field-meta.xml": _field(
            "Skip_Rules__c", "Checkbox", "<defaultValue>false</defaultValue>"
        ),
        f"objects/{SETTING}/fields/Hours__c.field-meta.xml": _field(
            "Hours__c", "Number", "<precision>4</precision><scale>0</scale>"
        ),
        f"{handler}/{HANDLER}.object-meta.xml": _object(
            "Trigger Handler",
            "<deploymentStatus>Deployed</deploymentStatus><nameField><label>Name</label><type>Text</type></nameField>"
            "<pluralLabel>Trigger Handlers</pluralLabel><sharingModel>ReadWrite</sharingModel>",
        ),
        "objects/Course__c/validationRules/Open_Course_Has_Fee.validationRule-meta.xml": (
            f"<ValidationRule {NS}><fullName>Open_Course_Has_Fee</fullName><active>true</active><errorConditionFormula>"
            "AND(NOT($Setup.Switches__c.Skip_Rules__c), ISPICKVAL(Status__c, &quot;Open&quot;), ISBLANK(Fee__c))"
            "</errorConditionFormula><errorMessage>Set a fee first.</errorMessage></ValidationRule>"
        ),
        "objects/Course__c/fields/Hours__c.field-meta.xml": _field(
            "Hours__c",
            "Summary",
            "<summarizedField>Lesson__c.Hours__c</summarizedField><summaryForeignKey>Lesson__c.Course__c"
            "</summaryForeignKey><summaryOperation>sum</summaryOperation>",
        ),
        "duplicateRules/Lesson__c.Same_Code.duplicateRule-meta.xml": _alerting_rule(),
        "flows/Course_Process-1.flow-meta.xml": _process(),
        "assignmentRules/Case.assignmentRules-meta.xml": _rules("Assignment", "assignedTo"),
        "autoResponseRules/Case.autoResponseRules-meta.xml": _rules("AutoResponse", "senderEmail"),
        "escalationRules/Case.escalationRules-meta.xml": _rules("Escalation", "businessHoursSource"),
    }
    for name in ("npsp__Class__c", "npsp__Object__c", "npsp__Usernames_to_Exclude__c"):
        found[f"{handler}/fields/{name}.field-meta.xml"] = _field(name, "Text", text)
    found[f"{handler}/fields/npsp__Active__c.field-meta.xml"] = _field(
        "npsp__Active__c", "Checkbox", "<defaultValue>true</defaultValue>"
    )
    return found


def _alerting_rule() -> str:
    return (
        f'<DuplicateRule {NS} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        "<actionOnInsert>Allow</actionOnInsert><actionOnUpdate>Allow</actionOnUpdate>"
        '<alertText>There already.</alertText><duplicateRuleFilter xsi:nil="true"/>'
        "<duplicateRuleMatchRules><matchRuleSObjectType>Lesson__c</matchRuleSObjectType>"
        '<matchingRule>Lesson_Code</matchingRule><objectMapping xsi:nil="true"/></duplicateRuleMatchRules>'
        "<isActive>true</isActive><masterLabel>Same Code</masterLabel>"
        "<operationsOnInsert>Alert</operationsOnInsert><operationsOnUpdate>Alert</operationsOnUpdate>"
        "<securityOption>EnforceSharingRules</securityOption><sortOrder>1</sortOrder></DuplicateRule>"
    )


def _process() -> str:
    """A process of Process Builder: its object and when it runs are in `processMetadataValues`."""
    values = "".join(
        f"<processMetadataValues><name>{name}</name><value><stringValue>{value}</stringValue></value>"
        "</processMetadataValues>"
        for name, value in (("ObjectType", "Course__c"), ("TriggerType", "onCreateOnly"))
    )
    return (
        f"<Flow {NS}><apiVersion>49.0</apiVersion><label>Course Process</label>{values}"
        "<processType>Workflow</processType><status>Active</status></Flow>"
    )


def _rules(kind: str, _extra: str) -> str:
    tag = f"{kind[0].lower()}{kind[1:]}Rule"
    return (
        f"<{kind}Rules {NS}><{tag}><fullName>Standard</fullName><active>true</active></{tag}>"
        f"<{tag}><fullName>Old</fullName><active>false</active></{tag}></{kind}Rules>"
    )
