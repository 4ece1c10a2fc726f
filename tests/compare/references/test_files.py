"""What metadata XML, formulas, Visualforce, Lightning and Aura name."""

from __future__ import annotations

import random
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.references import Names, mentions_of
from hotfix_tui.compare.xml import NAMESPACE

KNOWN = (
    "CustomObject:Cart__c CustomObject:Line__c CustomObject:Case CustomObject:Conf__mdt CustomObject:Contact"
    " CustomField:Cart__c.Total__c CustomField:Line__c.Cart__c CustomField:Line__c.Total__c CustomField:Case.Why__c"
    " CustomField:Case.Reason CustomField:Contact.AccountId CustomField:Conf__mdt.Cap__c CustomField:User.Desk__c"
    " ApexClass:Engine ApexClass:Other Flow:Reprice CustomLabel:Hello CustomPermission:Skip CustomTab:Cart__c"
    " GlobalValueSet:Tiers RecordType:Case.Big Layout:Case-Wide WorkflowAlert:Case.Tell WorkflowFieldUpdate:Case.Up"
    " MatchingRule:Case.Alike CustomMetadata:Conf.Default LightningComponentBundle:cartLine"
    " AuraDefinitionBundle:cartBox ApexComponent:Head StaticResource:Logo QuickAction:Case.Close EmailTemplate:F/T"
    " ReportType:Carts FlexiPage:Case_Page"
)
KEYS = [ComponentId.parse(name) for name in KNOWN.split()]
NAMES = Names(KEYS, {ComponentId("CustomField", "Line__c.Cart__c"): ["Cart__c"]})


def named(component: str, path: str, content: str) -> set[str]:
    key = ComponentId.parse(component)
    one = Component(key, {path: content.encode()})
    return {str(found) for found in NAMES.resolve(key, mentions_of(one))}


def xml(component: str, body: str, path: str = "") -> set[str]:
    kind = component.partition(":")[0]
    return named(component, path or "x/X.x", f'<{kind} xmlns="{NAMESPACE}">{body}</{kind}>')


@pytest.mark.parametrize(
    ("component", "body", "expected"),
    [
        ("CustomField:Line__c.New__c", "<referenceTo>Cart__c</referenceTo>", "CustomObject:Cart__c"),
        ("CustomField:Line__c.New__c", "<valueSet><valueSetName>Tiers</valueSetName></valueSet>",
         "GlobalValueSet:Tiers"),
        (
            "CustomField:Line__c.New__c",
            "<formula>Cart__r.Total__c + Total__c</formula>",
            "CustomField:Line__c.Cart__c CustomField:Cart__c.Total__c CustomField:Line__c.Total__c",
        ),
        ("CustomField:Line__c.New__c", "<summarizedField>Line__c.Total__c</summarizedField>",
         "CustomField:Line__c.Total__c"),
        ("ValidationRule:Case.R", "<errorConditionFormula>Reason = 'Why__c'</errorConditionFormula>",
         "CustomField:Case.Reason"),
        (
            "ValidationRule:Case.R",
            "<errorConditionFormula>/* Total__c */ NOT($Permission.Skip) &amp;&amp; $Label.Hello = $User.Desk__c"
            " &amp;&amp; $CustomMetadata.Conf__mdt.Default.Cap__c &gt; 1</errorConditionFormula>",
            "CustomPermission:Skip CustomLabel:Hello CustomField:User.Desk__c CustomObject:Conf__mdt"
            " CustomMetadata:Conf.Default CustomField:Conf__mdt.Cap__c",
        ),
        ("ValidationRule:Case.R", "<errorMessage>Total__c Engine</errorMessage><active>true</active>", ""),
        ("ValidationRule:Case.R", "<description>Why__c</description>", ""),
        (
            "PermissionSet:P",
            "<classAccesses><apexClass>Engine</apexClass></classAccesses><fieldPermissions><field>Case.Why__c</field>"
            "</fieldPermissions><objectPermissions><object>Cart__c</object></objectPermissions><customPermissions>"
            "<name>Skip</name></customPermissions><recordTypeVisibilities><recordType>Case.Big</recordType>"
            "</recordTypeVisibilities><tabSettings><tab>Cart__c</tab></tabSettings><customMetadataTypeAccesses>"
            "<name>Conf__mdt</name></customMetadataTypeAccesses><flowAccesses><flow>Reprice</flow></flowAccesses>",
            "ApexClass:Engine CustomField:Case.Why__c CustomObject:Cart__c CustomPermission:Skip RecordType:Case.Big"
            " CustomTab:Cart__c CustomObject:Conf__mdt Flow:Reprice",
        ),
        (
            "Profile:Q",
            "<layoutAssignments><layout>Case-Wide</layout><recordType>Case.Big</recordType></layoutAssignments>",
            "Layout:Case-Wide RecordType:Case.Big",
        ),
        (
            "Layout:Case-Narrow",
            "<layoutSections><layoutColumns><layoutItems><field>Why__c</field></layoutItems></layoutColumns>"
            "</layoutSections><relatedLists><fields>Line__c.Total__c</fields><relatedList>Line__c.Cart__c</relatedList>"
            "</relatedLists><quickActionList><quickActionListItems><quickActionName>Case.Close</quickActionName>"
            "</quickActionListItems></quickActionList>",
            "CustomField:Case.Why__c CustomField:Line__c.Total__c CustomField:Line__c.Cart__c QuickAction:Case.Close"
            " CustomObject:Line__c",
        ),
        ("RecordType:Case.Big", "<picklistValues><picklist>Why__c</picklist></picklistValues>",
         "CustomField:Case.Why__c"),
        (
            "WorkflowRule:Case.W",
            "<actions><name>Tell</name><type>Alert</type></actions><actions><name>Up</name><type>FieldUpdate</type>"
            "</actions><criteriaItems><field>Case.Reason</field></criteriaItems>",
            "WorkflowAlert:Case.Tell WorkflowFieldUpdate:Case.Up CustomField:Case.Reason",
        ),
        (
            "Report:F/R",
            "<columns><field>Cart__c.Total__c</field></columns><filter><criteriaItems><column>Line__c.Total__c</column>"
            "</criteriaItems></filter><reportType>CustomEntity$Case</reportType><groupingsDown><field>CUST_NAME</field>"
            "</groupingsDown>",
            "CustomField:Cart__c.Total__c CustomField:Line__c.Total__c CustomObject:Case",
        ),
        (
            "CustomApplication:A",
            "<tabs>Cart__c</tabs><actionOverrides><content>Case_Page</content><pageOrSobjectType>Case</pageOrSobjectType>"
            "</actionOverrides><logo>Logo</logo>",
            "CustomTab:Cart__c FlexiPage:Case_Page CustomObject:Case",
        ),
        (
            "Layout:Case-Wide",
            "<relatedLists><fields>Total__c</fields><relatedList>Line__c.Cart__c</relatedList></relatedLists>"
            "<platformActionList><platformActionListItems><actionName>Case.Close</actionName><actionType>QuickAction"
            "</actionType></platformActionListItems></platformActionList>",
            "CustomField:Line__c.Total__c CustomField:Line__c.Cart__c CustomObject:Line__c QuickAction:Case.Close",
        ),
        ("ReportType:T", "<baseObject>Case</baseObject><sections><columns><field>Total__c</field><table>Line__c</table>"
         "</columns></sections>", "CustomObject:Case CustomField:Line__c.Total__c CustomObject:Line__c"),
        ("QuickAction:Case.Go", "<flowDefinition>Reprice</flowDefinition>", "Flow:Reprice"),
        ("Layout:CaseClose-Close", "<layoutItems><field>Why__c</field></layoutItems>", "CustomField:Case.Why__c"),
        ("Report:F/R", "<reportType>Carts__c</reportType>", "ReportType:Carts"),
        ("WorkflowAlert:Case.A", "<template>F/T</template>", "EmailTemplate:F/T"),
        (
            "DuplicateRule:Case.D",
            "<duplicateRuleMatchRules><matchRuleSObjectType>Case</matchRuleSObjectType><matchingRule>Alike"
            "</matchingRule></duplicateRuleMatchRules>",
            "MatchingRule:Case.Alike",
        ),
        (
            "CustomMetadata:Conf.Mine",
            "<values><field>Cap__c</field><value>Engine</value></values>",
            "CustomObject:Conf__mdt CustomField:Conf__mdt.Cap__c ApexClass:Engine",
        ),
        (
            "FlexiPage:F",
            "<sobjectType>Case</sobjectType><i><componentInstance><componentName>c:cartLine</componentName>"
            "</componentInstance></i><j><fieldInstance><fieldItem>Record.Why__c</fieldItem></fieldInstance></j>"
            "<k><componentInstance><componentName>force:detailPanel</componentName></componentInstance></k>",
            "CustomObject:Case LightningComponentBundle:cartLine CustomField:Case.Why__c",
        ),
        (
            "Flow:F",
            "<start><object>Line__c</object><filters><field>Total__c</field></filters></start>"
            "<formulas><name>f</name><expression>{!$Record.Cart__r.Total__c} * {!found.Why__c}</expression></formulas>"
            "<recordLookups><name>found</name><object>Case</object><filters><field>Reason</field><value>"
            "<elementReference>$Label.Hello</elementReference></value></filters></recordLookups>"
            "<loops><name>each</name><collectionReference>found</collectionReference></loops>"
            "<assignments><assignmentItems><assignToReference>each.Why__c</assignToReference></assignmentItems>"
            "</assignments><actionCalls><name>a</name><actionName>Engine</actionName><actionType>apex</actionType>"
            "</actionCalls><subflows><name>s</name><flowName>Reprice</flowName></subflows>"
            "<recordUpdates><name>u</name><inputReference>$Record</inputReference><inputAssignments>"
            "<field>Cart__c</field></inputAssignments></recordUpdates><screens><fields><fieldText>Total__c and"
            " {!$Permission.Skip}</fieldText></fields></screens><label>Other</label>",
            "CustomObject:Line__c CustomField:Line__c.Total__c CustomField:Line__c.Cart__c CustomField:Cart__c.Total__c"
            " CustomObject:Case CustomField:Case.Why__c CustomField:Case.Reason CustomLabel:Hello ApexClass:Engine"
            " Flow:Reprice CustomPermission:Skip",
        ),
        ("Flow:F", "<actionCalls><actionName>Case.Tell</actionName><actionType>emailAlert</actionType></actionCalls>",
         "WorkflowAlert:Case.Tell"),
        ("NewType:N", "<anything>Case.Why__c</anything><object>Cart__c</object><some>Total__c</some>",
         "CustomField:Case.Why__c CustomObject:Cart__c CustomField:Cart__c.Total__c"),
    ],
)  # fmt: skip
def test_metadata_names(component: str, body: str, expected: str) -> None:
    assert xml(component, body) == set(expected.split())


@pytest.mark.parametrize(
    ("component", "path", "content", "expected"),
    [
        ("LightningComponentBundle:x", "lwc/x/x.js",
         "import a from '@salesforce/schema/Line__c.Cart__r.Total__c';\nimport b from '@salesforce/apex/Engine.go';\n"
         "import c from \"@salesforce/label/c.Hello\";\nimport { d } from 'c/cartLine';\n"
         "import e from '@salesforce/customPermission/Skip';\nimport f from '@salesforce/resourceUrl/Logo';\n"
         "// import g from '@salesforce/apex/Other.go';\n/* import h from '@salesforce/apex/Other.go'; */",
         "CustomObject:Line__c CustomField:Line__c.Cart__c CustomField:Cart__c.Total__c ApexClass:Engine"
         " CustomLabel:Hello LightningComponentBundle:cartLine CustomPermission:Skip StaticResource:Logo"),
        ("LightningComponentBundle:x", "lwc/x/x.html",
         "<template><c-cart-line></c-cart-line><!-- <c-other> --></template>",
         "LightningComponentBundle:cartLine"),
        ("AuraDefinitionBundle:x", "aura/x/x.cmp",
         '<aura:component controller="Engine"><c:cartBox/><c:cartLine/>{!$Label.c.Hello}<!-- <c:Other/> -->'
         '</aura:component>',
         "ApexClass:Engine AuraDefinitionBundle:cartBox LightningComponentBundle:cartLine CustomLabel:Hello"),
        ("ApexPage:x", "pages/x.page",
         '<apex:page standardController="Case" extensions="Engine, Other"><c:Head/>{!Case.Why__c}{!$Label.Hello}'
         "{!URLFOR($Resource.Logo)} Total__c</apex:page>",
         "CustomObject:Case ApexClass:Engine ApexClass:Other ApexComponent:Head CustomField:Case.Why__c"
         " CustomLabel:Hello StaticResource:Logo"),
        ("EmailTemplate:F/U", "email/F/U.email", "Dear {!Case.Why__c}, {{{Cart__c.Total__c}}} Line__c.Total__c",
         "CustomField:Case.Why__c CustomField:Cart__c.Total__c CustomObject:Case CustomObject:Cart__c"),
        ("CustomApplication:A", "applications/A.app",
         f'<CustomApplication xmlns="{NAMESPACE}"><tabs>Cart__c</tabs></CustomApplication>', "CustomTab:Cart__c"),
        ("StaticResource:Z", "staticresources/Z.resource", "Engine Case.Why__c", ""),
    ],
)  # fmt: skip
def test_source_and_markup_name(component: str, path: str, content: str, expected: str) -> None:
    assert named(component, path, content) == set(expected.split())


FLOW = (
    "<Flow xmlns='http://soap.sforce.com/2006/04/metadata'><start><object>Line__c</object><filters><field>Total__c</field>"
    "<operator>EqualTo</operator></filters></start><recordLookups><name>found</name><object>Case</object><filters>"
    "<field>Reason</field></filters></recordLookups><loops><name>each</name><collectionReference>found"
    "</collectionReference></loops><formulas><name>f</name><expression>{!each.Why__c}</expression></formulas></Flow>"
)


@given(st.integers(0, 2**32))
def test_the_order_of_elements_names_nothing_else(seed: int) -> None:
    root, rng = ET.fromstring(FLOW), random.Random(seed)
    for element in root.iter():
        children = list(element)
        rng.shuffle(children)
        element[:] = children
    content = ET.tostring(root, encoding="unicode")
    assert named("Flow:F", "flows/F.flow", content) == named("Flow:F", "flows/F.flow", FLOW)


def test_broken_xml_names_nothing() -> None:
    assert named("Flow:F", "flows/F.flow", "<Flow><object>Case</object>") == set()
