"""What a person decided about repeated elements, where the proposal from the Metadata WSDL is wrong or silent.

Elements are `Type.element`, or `.element` for every type that has it. Without an entry here an element is keyed when
its type has one of the usual key names, else it is a multiset.
"""

from __future__ import annotations

# What identifies an element where one field does not, or where the obvious field is not the one. A part may be absent.
KEYS: dict[str, tuple[str, ...]] = {
    "Profile.layoutAssignments": ("layout", "recordType"),
    "CustomObject.actionOverrides": ("actionName", "formFactor"),
    "CustomTab.actionOverrides": ("actionName", "formFactor"),
    "CustomApplication.actionOverrides": ("actionName", "pageOrSobjectType", "formFactor"),
    "CustomApplication.profileActionOverrides": (
        "actionName", "pageOrSobjectType", "profile", "recordType", "formFactor",
    ),
    "Profile.profileActionOverrides": ("actionName", "pageOrSobjectType", "recordType", "formFactor"),
    "Profile.categoryGroupVisibilities": ("dataCategoryGroup",),
    "Profile.loginIpRanges": ("startAddress", "endAddress"),
    "PermissionSet.externalCredentialPrincipalAccesses": ("externalCredentialPrincipal",),
    "NetworkAccess.ipRanges": ("start", "end"),
    "ConnectedApp.ipRanges": ("start", "end"),
    ".packageVersions": ("namespace",),
    ".dataTypeMappings": ("typeName",),
    ".folderShares": ("sharedToType", "sharedTo"),
    ".shares": ("sharedToType", "sharedTo"),
    ".caseValues": ("article", "caseType", "plural", "possessive"),
    "ValueSet.valueSettings": ("valueName",),
    "CustomObject.profileSearchLayouts": ("profileName",),
    "CustomObject.sharingRecalculations": ("className",),
    ".summaryLayoutItems": ("posX", "posY"),
    ".platformActionListItems": ("sortOrder",),
    "CustomSite.customWebAddresses": ("domainName",),
    "CustomSite.siteRedirectMappings": ("source",),
    "WorkflowAlert.recipients": ("type", "recipient", "field"),
    "WorkflowRule.actions": ("type", "name"),
    "WorkflowTimeTrigger.actions": ("type", "name"),
    "WorkflowRule.workflowTimeTriggers": ("offsetFromField", "timeLength", "workflowTimeTriggerUnit"),
    "ApprovalAction.action": ("type", "name"),
    "ApprovalProcess.allowedSubmitters": ("type", "submitter"),
    "EntitlementProcessMilestoneItem.successActions": ("type", "name"),
    "EntitlementProcessMilestoneTimeTrigger.actions": ("type", "name"),
    "EntitlementProcessMilestoneItem.timeTriggers": ("timeLength", "workflowTimeTriggerUnit"),
    "RuleEntry.escalationAction": ("minutesToEscalation",),
    "DuplicateRule.duplicateRuleMatchRules": ("matchRuleSObjectType", "matchingRule"),
    "ObjectMapping.mappingFields": ("inputField",),
    "AnalyticSnapshot.mappings": ("targetField",),
    "Queue.queueSobject": ("sobjectType",),
    "PathAssistant.pathAssistantSteps": ("picklistValueName",),
    "BrandingSet.brandingSetProperty": ("propertyName",),
    "FlowActionCall.actionCallPaths": ("pathName",),
    "NamedCredential.namedCredentialParameters": ("parameterType", "parameterName"),
    "ExternalCredential.externalCredentialParameters": ("parameterType", "parameterGroup", "parameterName"),
    "PlatformCachePartition.platformCachePartitionTypes": ("cacheType",),
    "Territory2.objectAccessLevels": ("objectType",),
    "Territory2.ruleAssociations": ("ruleName",),
    "RealTimeEventSettings.realTimeEvents": ("entityName",),
    "NotificationTypeConfig.notificationTypeSettings": ("notificationType",),
    "NotificationTypeSettings.appSettings": ("connectedAppName",),
    "SearchOrgWideObjectConfig.searchOrgWideFieldConfig": ("fieldReference",),
    "FileUploadAndDownloadSecuritySettings.dispositions": ("fileType",),
    "IframeWhiteListUrlSettings.iframeWhiteListUrls": ("context", "url"),
    "KeywordList.keywords": ("keyword",),
    "DashboardGridLayout.dashboardGridComponents": ("rowIndex", "columnIndex"),
    "GenAiPlanner.genAiPlugins": ("genAiPluginName",),
    "GenAiPlanner.genAiFunctions": ("genAiFunctionName",),
    ".invocationMappings": ("type", "parameterName"),
    "AssignmentRules.assignmentRule": ("fullName",),
    "Profile.loginFlows": ("friendlyName",),
    "Layout.relatedLists": ("relatedList",),
    "MiniLayout.relatedLists": ("relatedList",),
    ".quickActionListItems": ("quickActionName",),
    ".assignmentItems": ("assignToReference",),
    ".conditions": ("leftValueReference",),
}  # fmt: skip

# Where the order is part of the meaning: filter lines that logic counts (`1 AND (2 OR 3)`), rules of which the first
# match wins, steps, and what a user sees in that order (columns, picklist values, sections). One that carries its
# order in a field of its own (sortOrder, displayOrder) needs no entry.
_ORDERED = """
    .criteriaItems .filterItems .summaryFilterItems .filters .conditions .entryConditions .exitConditions
    .exitCriteriaFilterItems .milestoneCriteriaFilterItems .matchingRuleItems .ruleItems
    .briefcaseRuleFilters .criterion .criteria .ruleEntry .priceRuleConditionFilters .relatedRecordAccessFltr
    .botStepConditions .aggregateFilters .crossFilters .dataCategoryFilters .terminalStateFilters .explicitFilter
    .botSteps .botMessages .retryMessages .successMessages .botNavigationLinks .botQuickReplyOptions
    .botVariableOperands .messageHandlers .layoutItems .messageLayouts .systemMessageMappings
    .assignmentItems .choiceReferences .sortOptions .mapItems .transformValues .transformValueActions .stageSteps
    .customErrorMessages .handlers FlowDecision.rules FlowScreen.fields FlowScreen.rules FlowScreenField.fields
    FlowWait.waitEvents FlowExperiment.paths FlowScreenRule.ruleActions Flow.steps .connectors
    .layoutSections .layoutColumns .quickActionListItems .relatedLists .relatedContentItems
    .feedFilters .leftComponents .rightComponents .sidebarComponents .containers .multilineLayoutFields .customButtons
    .relatedObjects .quickActionLayoutColumns .quickActionLayoutItems RelatedListItem.fields
    RelatedListItem.quickActions MiniLayout.fields
    ValueSetValuesDefinition.value GlobalValueSet.customValue StandardValueSet.standardValue
    CompactLayout.fields FieldSet.displayedFields ListView.columns Index.fields ProfileSearchLayouts.fields
    .customTabListAdditionalFields .listViewButtons .lookupDialogsAdditionalFields .lookupFilterFields
    .lookupPhoneDialogsAdditionalFields .massQuickActions .searchFilterFields .searchResultsAdditionalFields
    .searchResultsCustomButtons PushNotification.fieldNames PathAssistantStep.fieldNames PostTemplate.fields
    CustomApplication.tabs .subscriberTabs .appMenuItems .components .links .narrowComponents .wideComponents
    NetworkTabSet.customTab NetworkTabSet.standardTab .actionLinkTemplates
    FlexiPageRegion.itemInstances .valueListItems .itemInstances
    Report.columns Report.groupingsAcross Report.groupingsDown Report.colorRanges Report.formattingRules Report.block
    ReportBucketField.values ReportFormattingRule.values ReportChart.chartSummaries ReportBlockInfo.aggregateReferences
    ReportType.sections ReportLayoutSection.columns
    Dashboard.dashboardFilters .dashboardFilterOptions .dashboardFilterColumns .dashboardTableColumn .flexTableColumn
    .groupingColumn .groupingSorts .chartSummary .dashboardDynamicValues
    ApprovalProcess.approvalStep ApprovalStepApprover.approver ApprovalPageField.field EntitlementProcess.milestones
    CallCenter.sections CallCenterSection.items AnalyticsDashboard.layouts AnalyticsDashboardLayout.pages
    PriceRule.priceRuleConditions PriceRule.priceRuleActions FlowTest.testPoints FlowTestPoint.assertions
    RuleDefinition.criteria RuleDefinition.actions RuleFilterCriteria.actions SvcCatalogFulfillmentFlow.items
"""
ORDERED: frozenset[str] = frozenset(_ORDERED.split())

# Below these nothing is known of the structure, and what a builder shows follows the order of the file.
ORDERED_BELOW: frozenset[str] = frozenset({"LightningComponentBundle.targetConfigs"})

# The usual names of what identifies an element, best first.
KEY_NAMES: tuple[str, ...] = (
    "fullName", "name", "developerName", "apiName", "field", "fieldName", "apexClass", "apexPage", "application",
    "object", "tab", "customPermission", "externalDataSource", "flow", "recordType", "layout", "actionName", "picklist",
    "key", "label", "masterLabel",
)  # fmt: skip
