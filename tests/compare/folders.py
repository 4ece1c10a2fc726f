"""Source folders to test on: generated ones everywhere, and the real ones where they are."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

NS = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
CORPUS = Path(os.environ.get("HOTFIX_CORPUS") or Path(__file__).resolve().parents[3] / "shared" / "corpus")
REAL_PAIRS = [("coral-cloud-2024-12", "coral-cloud-2026-07"), ("ebikes-2021-11", "ebikes-2026-07")]
REAL_SINGLES = ["easy-spaces-2024-03", "apex-recipes-2026-07"]


def write(root: Path, path: str, body: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(body)


def xml(kind: str, body: str, extra: str = "") -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{kind} {NS}{extra}>\n{body}\n</{kind}>\n'


def field(name: str, rng: random.Random) -> str:
    kind = rng.choice(["Text", "Number", "Picklist", "Formula"])
    body = f"<fullName>{name}</fullName><label>{name} &amp; more</label>"
    if kind == "Picklist":
        values = "".join(
            f"<value><fullName>V{index}</fullName><default>false</default><label>Value {index}</label></value>"
            for index in range(rng.randint(2, 6))
        )
        body += f"<type>Picklist</type><valueSet><valueSetDefinition><sorted>false</sorted>{values}"
        return body + "</valueSetDefinition></valueSet>"
    if kind == "Formula":
        return body + f"<formula>IF( LEN(Name) &lt; {rng.randint(1, 9)},\n  'x',\n  'y' )</formula><type>Text</type>"
    return body + f"<length>{rng.randint(1, 255)}</length><type>{kind}</type>"


def flow(rng: random.Random) -> str:
    variables = "".join(
        f"<variables><name>v{index}</name><dataType>String</dataType></variables>" for index in range(4)
    )
    conditions = "".join(
        f"<conditions><leftValueReference>v{index}</leftValueReference><operator>EqualTo</operator><rightValue>"
        f"<stringValue>{rng.randint(0, 99)}</stringValue></rightValue></conditions>"
        for index in range(3)
    )
    rules = f"<rules><name>r1</name><conditionLogic>1 AND (2 OR 3)</conditionLogic>{conditions}<label>R</label></rules>"
    inputs = "".join(
        f"<inputAssignments><field>F{index}__c</field><value><elementReference>v{index}</elementReference></value>"
        "</inputAssignments>"
        for index in range(3)
    )
    creates = f"<recordCreates><name>make</name>{inputs}<label>Make</label><object>Thing_0__c</object></recordCreates>"
    decisions = f"<decisions><name>d</name><label>D</label>{rules}</decisions>"
    return f"{creates}{decisions}<label>Flow</label><status>Active</status>{variables}"


def permission_set(rng: random.Random, objects: int) -> str:
    fields = "".join(
        f"<fieldPermissions><editable>{rng.choice(['true', 'false'])}</editable><field>Thing_{index}__c.F{number}__c"
        "</field><readable>true</readable></fieldPermissions>"
        for index in range(objects)
        for number in range(3)
    )
    return f"{fields}<label>Set</label>"


def generate(root: Path, seed: int = 1, objects: int = 4) -> Path:
    """A project with two package directories and the kinds of component that are easy to get wrong."""
    rng = random.Random(seed)
    main, extra = "force-app/main/default", "more-app/main/default"
    for index in range(objects):
        name = f"Thing_{index}__c"
        where = f"{main}/objects/{name}"
        overrides = "".join(
            f"<actionOverrides><actionName>{act}</actionName><formFactor>{form}</formFactor><type>Default</type>"
            "</actionOverrides>"
            for act in ("View", "Edit")
            for form in ("Large", "Small")
        )
        own = (
            f"{overrides}<deploymentStatus>Deployed</deploymentStatus><label>Thing {index}</label>"
            f"<nameField><label>Name</label><type>Text</type></nameField><pluralLabel>Things {index}</pluralLabel>"
            "<sharingModel>ReadWrite</sharingModel>"
        )
        write(root, f"{where}/{name}.object-meta.xml", xml("CustomObject", own))
        for number in range(5):
            body = field(f"F{number}__c", rng)
            write(root, f"{where}/fields/F{number}__c.field-meta.xml", xml("CustomField", body))
        rule = "<fullName>Check</fullName><active>true</active><errorMessage>Too long</errorMessage>"
        rule += "<errorConditionFormula>LEN(Name) &gt; 1</errorConditionFormula>"
        write(root, f"{where}/validationRules/Check.validationRule-meta.xml", xml("ValidationRule", rule))
        columns = "".join(f"<columns>{column}</columns>" for column in ("NAME", "F1__c", "F2__c"))
        view = f"<fullName>All</fullName>{columns}<filterScope>Everything</filterScope>"
        write(root, f"{where}/listViews/All.listView-meta.xml", xml("ListView", view))
        items = "".join(f"<layoutItems><field>F{number}__c</field></layoutItems>" for number in range(4))
        section = f"<layoutSections><label>Main</label><layoutColumns>{items}</layoutColumns></layoutSections>"
        write(root, f"{main}/layouts/{name}-Thing Layout.layout-meta.xml", xml("Layout", section))
    write(root, f"{main}/objects/Account/fields/Extra__c.field-meta.xml", xml("CustomField", field("Extra__c", rng)))
    for number in range(3):
        write(root, f"{main}/flows/Flow_{number}.flow-meta.xml", xml("Flow", flow(rng)))
    write(
        root, f"{main}/permissionsets/Users.permissionset-meta.xml", xml("PermissionSet", permission_set(rng, objects))
    )
    labels = "".join(
        f"<labels><fullName>L{number}</fullName><language>en_US</language><value>Label {number} ☃</value></labels>"
        for number in range(3)
    )
    write(root, f"{main}/labels/CustomLabels.labels-meta.xml", xml("CustomLabels", labels))
    later = "<labels><fullName>L0</fullName><language>en_US</language><value>Overridden</value></labels>"
    write(root, f"{extra}/labels/CustomLabels.labels-meta.xml", xml("CustomLabels", later))
    rules = "".join(
        f"<rules><fullName>Rule {number}</fullName><active>true</active>"
        "<criteriaItems><field>Thing_0__c.Name</field><operation>equals</operation><value>a</value></criteriaItems>"
        "<criteriaItems><field>Thing_0__c.F1__c</field><operation>equals</operation><value>b</value></criteriaItems>"
        "<triggerType>onAllChanges</triggerType></rules>"
        for number in range(2)
    )
    write(root, f"{main}/workflows/Thing_0__c.workflow-meta.xml", xml("Workflow", rules))
    values = '<values><field>A__c</field><value xsi:type="xsd:double">70.0</value></values>'
    values += '<values><field>B__c</field><value xsi:nil="true"/></values>'
    write(root, f"{main}/customMetadata/Conf.Default.md-meta.xml", xml("CustomMetadata", values, f" {XSI}"))
    meta = xml("ApexClass", "<apiVersion>63.0</apiVersion><status>Active</status>")
    write(root, f"{main}/classes/Engine.cls", f"public class Engine {{\n    Integer x = {rng.randint(0, 999)};\n}}\n")
    write(root, f"{main}/classes/Engine.cls-meta.xml", meta)
    write(root, f"{main}/lwc/panel/panel.js", "import { api } from 'lwc';\n")
    write(root, f"{main}/lwc/panel/panel.html", "<template><p>Hi</p></template>\n")
    bundle = (
        "<apiVersion>63.0</apiVersion><isExposed>true</isExposed><targets><target>lightning__AppPage</target></targets>"
    )
    write(root, f"{main}/lwc/panel/panel.js-meta.xml", xml("LightningComponentBundle", bundle))
    return root


def generate_pair(root: Path) -> tuple[Path, Path]:
    """Two generated folders, the second with things added, removed and changed."""
    a, b = generate(root / "a"), generate(root / "b")
    main = b / "force-app/main/default"
    shutil.rmtree(main / "objects/Thing_3__c")
    (main / "flows/Flow_2.flow-meta.xml").unlink()
    write(main, "flows/Flow_9.flow-meta.xml", xml("Flow", flow(random.Random(9))))
    for path, old, new in [
        ("flows/Flow_1.flow-meta.xml", "<label>Flow</label>", "<label>Another flow</label>"),
        ("objects/Thing_1__c/validationRules/Check.validationRule-meta.xml", "&gt; 1", "&gt; 2"),
        ("labels/CustomLabels.labels-meta.xml", "Label 2", "Label two"),
        ("workflows/Thing_0__c.workflow-meta.xml", "Rule 1</fullName><active>true", "Rule 1</fullName><active>false"),
        ("customMetadata/Conf.Default.md-meta.xml", "70.0", "70.5"),
        ("classes/Engine.cls", "Integer x", "Integer y"),
        ("lwc/panel/panel.html", "Hi", "Ho"),
        ("permissionsets/Users.permissionset-meta.xml", "<readable>true", "<readable>false"),
    ]:  # fmt: skip
        text = (main / path).read_text()
        assert old in text, path
        write(main, path, text.replace(old, new, 1))
    return a, b
