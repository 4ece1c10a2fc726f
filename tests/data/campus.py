"""A small school as a local org: master-detail, two self-lookups, a cycle of two objects, record types, automations."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus
from urllib.request import Request, urlopen

import uvicorn

from hotfix_tui.data.data_set import DataSet
from hotfix_tui.data.data_set_loader import load
from hotfix_tui.events import Event
from hotfix_tui.localorg.faults import Fault, FaultList
from hotfix_tui.localorg.loading.load import load_folder
from hotfix_tui.localorg.org import LocalOrg
from hotfix_tui.localorg.rest.app import build_app
from hotfix_tui.localorg.traffic import AbortableProtocol, Traffic
from hotfix_tui.salesforce.login import OrgLogin
from hotfix_tui.salesforce.org import Org

NS = 'xmlns="http://soap.sforce.com/2006/04/metadata"'

DATA_SET = """
v = 1
name = "campus"
bypass_permission_set = "Campus_Load"
[[object]]
name = "Exercise__c"
children_of = ["Lesson__c"]
key = ["Exercise_Key__c"]
[[object]]
name = "Lesson__c"
children_of = ["Course__c"]
key = ["Lesson_Key__c"]
second_key = ["Code__c"]
[[object]]
name = "Course__c"
root = true
where = "Status__c != 'Closed'"
key = ["Course_Key__c"]
[[object]]
name = "Product2"
parents_of = ["Exercise__c.Kit__c"]
key = ["ProductCode"]
[[object]]
name = "Pricebook2"
parents_of = ["PricebookEntry.Pricebook2Id"]
key = ["Name"]
reference_where = "IsStandard = true"
[[object]]
name = "PricebookEntry"
children_of = ["Product2Id"]
key = ["Pricebook2.Name", "Product2.ProductCode", "CurrencyIsoCode"]
create_only = ["Product2Id", "Pricebook2Id", "CurrencyIsoCode"]
[[production_change]]
name = "hold open courses"
object = "Course__c"
where = "Status__c = 'Open'"
set = { Status__c = "Draft" }
"""


def _object(label: str, detail: bool = False) -> str:
    sharing = "ControlledByParent" if detail else "ReadWrite"
    return (
        f"<CustomObject {NS}><deploymentStatus>Deployed</deploymentStatus><label>{label}</label>"
        f"<nameField><label>Name</label><type>Text</type></nameField><pluralLabel>{label}s</pluralLabel>"
        f"<sharingModel>{sharing}</sharingModel></CustomObject>"
    )


def _key(name: str) -> str:
    return (
        f"<CustomField {NS}><fullName>{name}</fullName><caseSensitive>false</caseSensitive>"
        f"<externalId>true</externalId><label>{name[:-3]}</label><length>40</length><type>Text</type>"
        "<unique>true</unique></CustomField>"
    )


def _field(name: str, kind: str, extra: str = "") -> str:
    label = f"<label>{name[:-3]}</label>"
    return f"<CustomField {NS}><fullName>{name}</fullName>{label}{extra}<type>{kind}</type></CustomField>"


def _lookup(name: str, to: str, children: str) -> str:
    extra = f"<referenceTo>{to}</referenceTo><relationshipLabel>{children}</relationshipLabel>"
    return _field(name, "Lookup", f"{extra}<relationshipName>{children}</relationshipName>")


def _detail(name: str, to: str, children: str) -> str:
    extra = f"<referenceTo>{to}</referenceTo><relationshipLabel>{children}</relationshipLabel>"
    return _field(
        name,
        "MasterDetail",
        f"{extra}<relationshipName>{children}</relationshipName><relationshipOrder>0</relationshipOrder>",
    )


def _picklist(*values: str) -> str:
    listed = "".join(
        f"<value><fullName>{one}</fullName><default>false</default><label>{one}</label></value>" for one in values
    )
    return (
        f"<valueSet><restricted>true</restricted><valueSetDefinition><sorted>false</sorted>{listed}"
        "</valueSetDefinition></valueSet>"
    )


def _rule(name: str, formula: str, message: str, active: bool = True) -> str:
    return (
        f"<ValidationRule {NS}><fullName>{name}</fullName><active>{str(active).lower()}</active>"
        f"<errorConditionFormula>{formula}</errorConditionFormula><errorMessage>{message}</errorMessage></ValidationRule>"
    )


def _flow(label: str, obj: str, status: str, description: str) -> str:
    return (
        f"<Flow {NS}><apiVersion>60.0</apiVersion><description>{description}</description>"
        f"<interviewLabel>{label}</interviewLabel><label>{label}</label><processType>AutoLaunchedFlow</processType>"
        "<recordUpdates><name>Touch</name><label>Touch</label><locationX>10</locationX><locationY>20</locationY>"
        "<inputAssignments><field>Note__c</field><value><stringValue>seen</stringValue></value></inputAssignments>"
        "<inputReference>$Record</inputReference></recordUpdates>"
        "<start><locationX>0</locationX><locationY>0</locationY>"
        f"<connector><targetReference>Touch</targetReference></connector><object>{obj}</object>"
        "<recordTriggerType>CreateAndUpdate</recordTriggerType><triggerType>RecordAfterSave</triggerType></start>"
        f"<status>{status}</status></Flow>"
    )


def files() -> dict[str, str]:
    """The school's metadata in source format."""
    course, lesson, exercise = "objects/Course__c", "objects/Lesson__c", "objects/Exercise__c"
    return {
        f"{course}/Course__c.object-meta.xml": _object("Course"),
        f"{course}/fields/Course_Key__c.field-meta.xml": _key("Course_Key__c"),
        f"{course}/fields/Status__c.field-meta.xml": _field(
            "Status__c", "Picklist", _picklist("Draft", "Open", "Held", "Closed")
        ),
        f"{course}/fields/Fee__c.field-meta.xml": _field(
            "Fee__c", "Currency", "<precision>12</precision><scale>2</scale>"
        ),
        f"{course}/fields/Rebate__c.field-meta.xml": _field(
            "Rebate__c", "Percent", "<precision>5</precision><scale>2</scale>"
        ),
        f"{course}/fields/Starts_On__c.field-meta.xml": _field("Starts_On__c", "Date"),
        f"{course}/fields/Opens_At__c.field-meta.xml": _field("Opens_At__c", "DateTime"),
        f"{course}/fields/Note__c.field-meta.xml": _field("Note__c", "Text", "<length>80</length>"),
        f"{course}/fields/Twice_Fee__c.field-meta.xml": _field(
            "Twice_Fee__c", "Number", "<formula>Fee__c * 2</formula><precision>18</precision><scale>2</scale>"
        ),
        f"{course}/fields/Opening_Lesson__c.field-meta.xml": _lookup("Opening_Lesson__c", "Lesson__c", "Opens"),
        f"{course}/fields/Successor__c.field-meta.xml": _lookup("Successor__c", "Course__c", "Predecessors"),
        f"{course}/validationRules/Open_Course_Has_Fee.validationRule-meta.xml": _rule(
            "Open_Course_Has_Fee", "AND(ISPICKVAL(Status__c, &quot;Open&quot;), ISBLANK(Fee__c))", "Set a fee first."
        ),
        f"{lesson}/Lesson__c.object-meta.xml": _object("Lesson", detail=True),
        f"{lesson}/fields/Course__c.field-meta.xml": _detail("Course__c", "Course__c", "Lessons"),
        f"{lesson}/fields/Lesson_Key__c.field-meta.xml": _key("Lesson_Key__c"),
        f"{lesson}/fields/Code__c.field-meta.xml": _field("Code__c", "Text", "<length>20</length>"),
        f"{lesson}/fields/Hours__c.field-meta.xml": _field(
            "Hours__c", "Number", "<precision>4</precision><scale>1</scale>"
        ),
        f"{lesson}/fields/Before__c.field-meta.xml": _lookup("Before__c", "Lesson__c", "Followers"),
        f"{lesson}/fields/Instead__c.field-meta.xml": _lookup("Instead__c", "Lesson__c", "Replacements"),
        f"{lesson}/fields/Note__c.field-meta.xml": _field("Note__c", "Text", "<length>80</length>"),
        f"{lesson}/recordTypes/Lecture.recordType-meta.xml": (
            f"<RecordType {NS}><fullName>Lecture</fullName><active>true</active><label>Lecture</label></RecordType>"
        ),
        f"{lesson}/recordTypes/Workshop.recordType-meta.xml": (
            f"<RecordType {NS}><fullName>Workshop</fullName><active>true</active><label>Workshop</label></RecordType>"
        ),
        f"{lesson}/validationRules/Hours_Are_Positive.validationRule-meta.xml": _rule(
            "Hours_Are_Positive", "Hours__c &lt;= 0", "Hours must be positive.", active=False
        ),
        f"{exercise}/Exercise__c.object-meta.xml": _object("Exercise", detail=True),
        f"{exercise}/fields/Lesson__c.field-meta.xml": _detail("Lesson__c", "Lesson__c", "Exercises"),
        f"{exercise}/fields/Exercise_Key__c.field-meta.xml": _key("Exercise_Key__c"),
        f"{exercise}/fields/Kit__c.field-meta.xml": _lookup("Kit__c", "Product2", "Exercises"),
        "triggers/LessonTrigger.trigger": (
            "trigger LessonTrigger on Lesson__c (before insert, after update) {\n"
            "    if (FeatureManagement.checkPermission('Skip_Campus_Automation')) { return; }\n"
            "    System.debug('a < b');\n}\n"
        ),
        "triggers/LessonTrigger.trigger-meta.xml": (
            f"<ApexTrigger {NS}><apiVersion>60.0</apiVersion><status>Active</status></ApexTrigger>"
        ),
        "flows/Course_Opened-1.flow-meta.xml": _flow("Course Opened", "Course__c", "Obsolete", "first"),
        "flows/Course_Opened-2.flow-meta.xml": _flow("Course Opened", "Course__c", "Active", "second"),
        "flows/Course_Opened-3.flow-meta.xml": _flow("Course Opened", "Course__c", "Draft", "third"),
        "matchingRules/Lesson__c.matchingRule-meta.xml": (
            f"<MatchingRules {NS}><matchingRules><fullName>Lesson_Code</fullName><label>Lesson Code</label>"
            "<matchingRuleItems><blankValueBehavior>NullNotAllowed</blankValueBehavior><fieldName>Code__c</fieldName>"
            "<matchingMethod>Exact</matchingMethod></matchingRuleItems><ruleStatus>Active</ruleStatus>"
            "</matchingRules></MatchingRules>"
        ),
        "duplicateRules/Lesson__c.Same_Code.duplicateRule-meta.xml": (
            f'<DuplicateRule {NS} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            "<actionOnInsert>Block</actionOnInsert><actionOnUpdate>Allow</actionOnUpdate>"
            '<alertText>There already.</alertText><duplicateRuleFilter xsi:nil="true"/>'
            "<duplicateRuleMatchRules><matchRuleSObjectType>Lesson__c</matchRuleSObjectType>"
            '<matchingRule>Lesson_Code</matchingRule><objectMapping xsi:nil="true"/></duplicateRuleMatchRules>'
            "<isActive>true</isActive><masterLabel>Same Code</masterLabel>"
            "<securityOption>EnforceSharingRules</securityOption><sortOrder>1</sortOrder></DuplicateRule>"
        ),
        "workflows/Course__c.workflow-meta.xml": (
            f"<Workflow {NS}><fieldUpdates><fullName>Stamp</fullName><field>Note__c</field>"
            "<literalValue>stamped</literalValue><name>Stamp</name><notifyAssignee>false</notifyAssignee>"
            "<operation>Literal</operation><protected>false</protected></fieldUpdates>"
            "<rules><fullName>Stamp Notes</fullName><actions><name>Stamp</name><type>FieldUpdate</type></actions>"
            "<active>true</active><criteriaItems><field>Course__c.Status__c</field><operation>equals</operation>"
            "<value>Held</value></criteriaItems><triggerType>onAllChanges</triggerType></rules>"
            "<rules><fullName>Old Stamp</fullName><actions><name>Stamp</name><type>FieldUpdate</type></actions>"
            "<active>false</active><criteriaItems><field>Course__c.Status__c</field><operation>equals</operation>"
            "<value>Draft</value></criteriaItems><triggerType>onAllChanges</triggerType></rules></Workflow>"
        ),
        "customPermissions/Skip_Campus_Automation.customPermission-meta.xml": (
            f"<CustomPermission {NS}><label>Skip</label></CustomPermission>"
        ),
        "permissionsets/Campus_Load.permissionset-meta.xml": (
            f"<PermissionSet {NS}><customPermissions><enabled>true</enabled><name>Skip_Campus_Automation</name>"
            "</customPermissions><label>Campus Load</label></PermissionSet>"
        ),
    }


@dataclass
class School:
    """A served org: its inside, how to call it, and what goes wrong with the next requests."""

    inside: LocalOrg
    login: OrgLogin
    user_id: str
    faults: FaultList
    traffic: Traffic
    ids: dict[str, str] = field(default_factory=dict)

    def put(self, obj: str, **fields: Any) -> str:
        """A record as it is, past all rules. Its Id is also in `ids` under its key."""
        record_id = str(self.inside.records.raw_insert(obj, fields))
        for name in ("Course_Key__c", "Lesson_Key__c", "Exercise_Key__c", "ProductCode"):
            if fields.get(name):
                self.ids[str(fields[name])] = record_id
        return record_id

    def soql(self, query: str) -> list[dict[str, Any]]:
        """Rows as the org answers them, not through our own client."""
        address = f"{self.login.instance_url}/services/data/v60.0/query?q={quote_plus(query)}"
        answer = self._call(Request(address))
        return [_plain(record) for record in answer["records"]]

    def save(self, obj: str, record_id: str, **fields: Any) -> None:
        """A change somebody makes by hand, past all rules."""
        self.inside.store.update_row(obj, record_id, fields)

    def _call(self, request: Request) -> Any:
        request.add_header("Authorization", f"Bearer {self.login.access_token}")
        with urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def fault(self, mode: str, path: str, **more: Any) -> None:
        """Something to go wrong (faults.Fault)."""
        self.faults.append(Fault(self.login.alias, mode, path, **more))

    @contextlib.asynccontextmanager
    async def connect(self) -> AsyncIterator[Org]:
        """Our own client, connected."""
        async with await Org.connect(self.login) as org:
            yield org


def _plain(record: Any) -> Any:
    if not isinstance(record, dict):
        return record
    return {name: _plain(value) for name, value in record.items() if name != "attributes"}


@dataclass(frozen=True)
class Permit:
    """Leave to write to one org, as `hotfix` would give it."""

    org_id: str
    act: str = "promote"

    def admits(self, org_id: str) -> bool:
        return org_id == self.org_id


def write_metadata(folder: Path, changed: dict[str, str | None] | None = None) -> Path:
    """The school's files in `folder`; `changed` replaces files or (None) leaves them out."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in {**files(), **(changed or {})}.items():
        if text is not None:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
    return folder


@contextlib.contextmanager
def served(
    folder: Path,
    name: str,
    kind: str = "developer",
    *,
    changed: dict[str, str | None] | None = None,
    objects: str = "",
) -> Iterator[School]:
    """A school served over HTTP from a thread, until the context ends. `objects`: more of them, in parse.py's form."""
    inside = LocalOrg.create(folder / name, name=name, kind=kind)  # type: ignore[arg-type]
    inside.schema.define(objects)
    report = load_folder(inside, write_metadata(folder / f"{name}-metadata", changed))
    assert report.warnings == []
    username = "ana@school.example" if kind == "production" else f"ana@school.example.{name}"
    user_id = inside.users.add_user(username, "Ana")
    with opened(inside, name, username, user_id) as school:
        yield school


@contextlib.contextmanager
def opened(inside: LocalOrg, name: str, username: str, user_id: str) -> Iterator[School]:
    """An org that is there already, served and closed at the end."""
    inside.deploys.pace = 0
    traffic = Traffic(build_app(inside), inside)
    server = uvicorn.Server(
        uvicorn.Config(
            traffic,
            host="127.0.0.1",
            port=0,
            http=AbortableProtocol,
            log_config=None,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=1,
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the local org did not start"
            time.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        token = inside.users.token_for(user_id)
        login = OrgLogin(name, inside.org_id, f"http://127.0.0.1:{port}", username, token)
        yield School(inside, login, user_id, inside.faults, traffic)
    finally:
        server.should_exit = True
        thread.join(10)
        inside.close()


def data_set(folder: Path, text: str = DATA_SET) -> DataSet:
    """The school's data set as loaded from a file."""
    path = folder / "campus.toml"
    path.write_text(text)
    return load(path)


async def collect(events: AsyncIterator[Event]) -> list[Event]:
    """All events of a step."""
    return [event async for event in events]
