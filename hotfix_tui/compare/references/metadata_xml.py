"""Metadata XML: what its elements name. Which element holds what is said by one table; the rest is told by its look.

The table's element names are those of the Metadata WSDL. What people read (labels, descriptions) names nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lxml import etree

from hotfix_tui.compare.component import ComponentId
from hotfix_tui.compare.references.formula import formula_mentions, merged_mentions, path_mentions
from hotfix_tui.compare.references.mention import FIELD, OBJECT, WORD, Mention
from hotfix_tui.compare.references.names import owner_of
from hotfix_tui.compare.xml import child_text, elements, local

_FORMULA, _REFERENCE, _RELATED, _REPORT_TYPE, _OWN = "formula", "reference", "related", "report type", "own:"
# An element (below a certain parent, or anywhere) → what its text is. `own:T`: a T of the object spoken of, by its own
# name. Types separated by `|`: whichever there is.
_TABLE: dict[str, str] = {
    # objects
    **dict.fromkeys(
        ("object", "baseObject", "table", "pageOrSobjectType",
         "objectType", "sobjectType", "sobject", "referenceTo", "targetObject", "relatedEntityType",
         "matchRuleSObjectType", "sObjectType", "detailObject", "entityName", "domainSObject"),
        OBJECT,
    ),
    # fields
    **dict.fromkeys(
        ("field", "columns", "sortField", "queriedFields", "summarizedField", "summaryForeignKey", "controllingField",
         "picklist", "displayedField", "fieldItem", "targetField", "fieldName", "fields", "availableFields",
         "groupingColumns", "lookupValueField", "customDetailFormulaField", "dateField", "relatedField"),
        FIELD,
    ),
    # formulas
    **dict.fromkeys(
        ("formula", "errorConditionFormula", "formulaExpression", "conditionFormula", "calculatedFormula",
         "filterFormula", "validationFormula", "filterExpression", "defaultValueFormula", "visibilityFormula"),
        _FORMULA,
    ),
    **dict.fromkeys(
        ("elementReference", "leftValueReference", "assignToReference", "inputReference", "collectionReference",
         "leftValue", "rightValueReference"),
        _REFERENCE,
    ),
    # components by their full name
    **dict.fromkeys(("apexClass", "handlerClass", "className", "authProviderPluginClass", "pluginClass"), "ApexClass"),
    **dict.fromkeys(
        ("apexPage", "page", "indexPage", "authorizationRequiredPage", "bandwidthExceededPage", "changePasswordPage",
         "fileNotFoundPage", "forgotPasswordPage", "genericErrorPage", "inMaintenancePage", "myProfilePage",
         "selfRegPage", "siteTemplate", "newPassTemplate"),
        "ApexPage",
    ),
    **dict.fromkeys(("flow", "flowName", "flowDefinition"), "Flow"),
    **dict.fromkeys(("customPermission", "requiredCustomPermission"), "CustomPermission"),
    **dict.fromkeys(("tab", "tabs"), "CustomTab"),
    **dict.fromkeys(("application", "customApplication", "defaultLandingTab"), "CustomApplication|CustomTab"),
    **dict.fromkeys(("quickActionName", "quickAction"), "QuickAction"),
    **dict.fromkeys(("template", "emailTemplate"), "EmailTemplate"),
    **dict.fromkeys(("recordType", "targetRecordType"), f"RecordType|{_OWN}RecordType"),
    **dict.fromkeys(("queue", "assignedTo", "fullOwner"), "Queue"),
    "layout": "Layout",
    "valueSetName": "GlobalValueSet",
    "globalValueSet": "GlobalValueSet",
    "permissionSet": "PermissionSet",
    "permissionSets": "PermissionSet",
    "mutingPermissionSets": "MutingPermissionSet",
    "permissionSetGroup": "PermissionSetGroup",
    "businessProcess": f"{_OWN}BusinessProcess",
    "compactLayoutAssignment": f"{_OWN}CompactLayout",
    "compactLayout": f"{_OWN}CompactLayout",
    "customLink": f"{_OWN}WebLink",
    "matchingRule": f"{_OWN}MatchingRule",
    "fieldSet": f"{_OWN}FieldSet",
    "lookupFilter": "",
    **dict.fromkeys(("container", "originNetwork"), "Network"),
    **dict.fromkeys(("site", "picassoSite"), "CustomSite|ExperienceBundle"),
    "logo": "ContentAsset|Document",
    "targetPageKey1": "CustomTab|FlexiPage",
    "guestProfile": "Profile",
    "role": "Role",
    "group": "Group",
    "dashboard": "Dashboard",
    "report": "Report",
    "reportType": _REPORT_TYPE,
    "staticResource": "StaticResource",
    "namedCredential": "NamedCredential",
    "externalDataSource": "ExternalDataSource",
    "flexiPage": "FlexiPage",
    "customMetadata": "CustomMetadata",
    "utilityBar": "FlexiPage",
    "parentFlexiPage": "FlexiPage",
    "lwcComponent": "LightningComponentBundle",
    "lightningWebComponent": "LightningComponentBundle",
    "lightningComponent": "AuraDefinitionBundle",
}  # fmt: skip
_BELOW: dict[tuple[str, str], str] = {
    ("customPermissions", "name"): "CustomPermission",
    ("requiredPermission", "customPermission"): "CustomPermission",
    ("customMetadataTypeAccesses", "name"): OBJECT,
    ("customSettingAccesses", "name"): OBJECT,
    ("externalDataSourceAccesses", "externalDataSource"): "ExternalDataSource",
    ("relatedLists", "relatedList"): _RELATED,
    ("summaryLayoutItems", "field"): FIELD,
    ("recordTypes", "fullName"): f"{_OWN}RecordType",
    ("subflows", "flowName"): "Flow",
    ("tabSettings", "tab"): "CustomTab",
    ("actionOverrides", "content"): "FlexiPage|ApexPage|AuraDefinitionBundle",
    ("profileActionOverrides", "content"): "FlexiPage|ApexPage|AuraDefinitionBundle",
    ("webLinks", "page"): "ApexPage",
    ("fieldInstance", "fieldItem"): FIELD,
}
# What people read, and names that only hold within the component itself.
_SAYS_NOTHING = frozenset(
    ("label", "description", "masterLabel", "pluralLabel", "errorMessage", "inlineHelpText", "helpText", "fullName",
     "text", "name", "labels", "apiVersion", "type", "dataType", "caseValue", "startsWith", "status", "identifier",
     "deploymentStatus", "comments", "developerName", "title", "subject", "body", "message", "gender", "triggerType",
     "operation", "operator", "defaultConnectorLabel")
)  # fmt: skip
_IDENTIFIER = re.compile(r"\$?[A-Za-z]\w*(?:\.\w+)*")
_CUSTOM = re.compile(r"__(?:c|r|mdt|e|b|x|kav|pc)\b", re.IGNORECASE)
_ACTIONS = {
    "apex": "ApexClass",
    "flow": "Flow",
    "quickAction": "QuickAction",
    "QuickAction": "QuickAction",
    "emailAlert": "WorkflowAlert",
}
# An element that says of which object its neighbours speak.
_SPEAKS_OF = frozenset(
    ("object", "objectType", "sobjectType", "matchRuleSObjectType", "targetObject", "entityName", "table")
)
_RULE_ACTIONS = {
    "FieldUpdate": "WorkflowFieldUpdate",
    "Alert": "WorkflowAlert",
    "Task": "WorkflowTask",
    "OutboundMessage": "WorkflowOutboundMessage",
    "KnowledgePublish": "WorkflowKnowledgePublish",
}


def xml_mentions(key: ComponentId, root: etree._Element) -> Iterator[Mention]:
    """What a component's XML names."""
    owner = owner_of(key)
    if key.type == "CustomMetadata":
        yield Mention(OBJECT, owner)
    variables = flow_variables(root) if key.type == "Flow" else {}
    yield from _Reading(key, variables).below(root, owner)


def flow_variables(root: etree._Element) -> Mapping[str, str]:
    """A flow's names that stand for records, in lower case → the object; `$record` for the record it was started on."""
    found: dict[str, str] = {}
    loops: list[tuple[str, str]] = []
    for item in elements(root):
        tag, name = local(item.tag), (child_text(item, "name") or "").lower()
        of = child_text(item, "objectType") or child_text(item, "object") or ""
        if tag == "start" and of:
            found["$record"] = found["$record__prior"] = of
        elif tag == "loops":
            loops.append((name, (child_text(item, "collectionReference") or "").lower()))
        elif name:
            found[name] = of
    for name, collection in loops:
        found[name] = found.get(collection, "")
    return found


class _Reading:
    """One component's XML being read."""

    def __init__(self, key: ComponentId, variables: Mapping[str, str]) -> None:
        self._key = key
        self._variables = variables

    def below(self, parent: etree._Element, of: str) -> Iterator[Mention]:
        """What the elements below `parent` name; `of` is the object they speak of."""
        children = elements(parent)
        above = local(parent.tag)
        of = self._spoken_of(children) or of
        if above in ("actionCalls", "actions", "actionCall", "platformActionListItems"):
            yield from self._action(parent, of)
        elif above == "componentInstance":
            yield from _component_instance(parent)
        for item in children:
            if len(item):
                yield from self.below(item, of)
            elif item.text and (text := item.text.strip()):
                yield from self._leaf(above, local(item.tag), text, of)

    def _spoken_of(self, children: list[etree._Element]) -> str:
        """The object that an element names for what else is in it."""
        for item in children:
            tag, text = local(item.tag), (item.text or "").strip()
            if tag in _SPEAKS_OF and not len(item):
                return text
            if tag == "relatedList" and "." in text:
                return text.partition(".")[0]
            if tag == "inputReference" and self._variables.get(text.lower()):
                return self._variables[text.lower()]
        return ""

    def _leaf(self, above: str, tag: str, text: str, of: str) -> Iterator[Mention]:
        kind = _BELOW.get((above, tag)) or _TABLE.get(tag, "")
        if kind == _FORMULA or (tag == "expression" and above in ("formulas", "textTemplates")):
            yield from formula_mentions(_unmerged(text), of, self._variables)
        elif kind == _REFERENCE:
            yield from path_mentions(text.split("."), of, self._variables)
        elif kind == FIELD:
            yield from _field(text, of)
        elif kind == _REPORT_TYPE:
            yield from _report_type(text)
        elif kind == _RELATED:
            yield Mention(OBJECT, text.partition(".")[0])
            yield Mention(FIELD, text)
        elif kind:
            for one in kind.split("|"):
                own = one.removeprefix(_OWN)
                name = f"{of}.{text}" if one.startswith(_OWN) and "." not in text else text
                yield Mention(own, name)
        elif tag not in _SAYS_NOTHING:
            yield from self._unlisted(tag, text, of)
        if "{!" in text and kind != _FORMULA:
            yield from merged_mentions(text, of, self._variables)

    def _unlisted(self, tag: str, text: str, of: str) -> Iterator[Mention]:
        """An element that the table does not have: a custom name is a name wherever it stands alone."""
        if not _IDENTIFIER.fullmatch(text):
            return
        if self._key.type == "CustomMetadata" and tag == "value":
            yield Mention("ApexClass", text)
            yield Mention("Flow", text)
            yield Mention(WORD, text)
        if text.startswith("$"):
            yield from path_mentions(text.split("."), of, self._variables)
        elif _CUSTOM.search(text):
            yield Mention(OBJECT, text)
            yield Mention(FIELD, text, of)
            if "." not in text and not of:
                yield Mention(WORD, text)

    def _action(self, call: etree._Element, of: str) -> Iterator[Mention]:
        """A flow's action by its kind, and the action of a workflow or approval."""
        name = child_text(call, "actionName") or child_text(call, "name") or ""
        kind = child_text(call, "actionType") or child_text(call, "type") or ""
        found = _ACTIONS.get(kind) or _RULE_ACTIONS.get(kind)
        if found is not None and name:
            own = found in _RULE_ACTIONS.values() and "." not in name
            yield Mention(found, f"{of}.{name}" if own else name)


def _field(text: str, of: str) -> Iterator[Mention]:
    """A field as metadata names it: `Why__c`, `Case.Why__c`, `Record.Why__c`, `$Source.Why__c`."""
    first, dot, rest = text.partition(".")
    if dot and first in ("Record", "$Source", "$User"):
        yield Mention(FIELD, rest, "User" if first == "$User" else of)
    else:
        yield Mention(FIELD, text, of)


def _report_type(text: str) -> Iterator[Mention]:
    """A report's type: `Visits__c`, made in Setup, or `CustomEntity$Visit__c`, `…$Stay__c@Stay__c.Visit__c`."""
    yield Mention("ReportType", text.removesuffix("__c"))
    yield Mention(OBJECT, text)
    for part in re.split(r"[$@]", text)[1:]:
        yield Mention(FIELD if "." in part else OBJECT, part)


def _component_instance(instance: etree._Element) -> Iterator[Mention]:
    """`c:cartLine`, or `cartLine`, on a Lightning page."""
    name = (child_text(instance, "componentName") or "").removeprefix("c:")
    if name and ":" not in name:
        yield Mention("LightningComponentBundle", name)
        yield Mention("AuraDefinitionBundle", name)


def _unmerged(text: str) -> str:
    """A flow's formula names things as `{!name}`."""
    return re.sub(r"\{!\s*([\w.$]+)\s*\}", r"\1", text)
