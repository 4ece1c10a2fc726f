"""What components of a type are called, by the object they are about."""

from __future__ import annotations

_TEMPLATE_KINDS = ("Confirmation", "Reminder", "Escalation", "Survey", "Rejection", "Welcome")
_CLASS_KINDS = (
    "Service", "Selector", "TriggerHandler", "Domain", "Controller", "Batch", "Validator", "Mapper", "Client",
    "Queueable", "Factory", "Scheduler", "RestResource", "Calculator", "Exporter", "Notifier",
)  # fmt: skip
VARIANTS: dict[str, tuple[str, ...]] = {
    "ValidationRule": tuple(
        f"{{name}}.{rule}"
        for rule in (
            "Completed_Needs_A_Date",
            "Amount_Not_Negative",
            "Key_Stays",
            "Cancelled_Is_Not_Active",
            "Due_Soon",
        )
    ),
    "RecordType": tuple(f"{{name}}.{kind}" for kind in ("Domestic", "International", "Internal", "Partner", "Legacy")),
    "ListView": tuple(
        f"{{name}}.{view}"
        for view in (
            "All",
            "Mine_Open",
            "Overdue",
            "High_Value",
            "Recently_Closed",
            "On_Hold",
            "For_Review",
            "This_Week",
        )
    ),
    "CompactLayout": ("{name}.Short", "{name}.Mobile"),
    "FieldSet": ("{name}.Summary_Fields", "{name}.Import_Fields"),
    "WebLink": ("{name}.Open_In_Warehouse", "{name}.Track", "{name}.Print"),
    "Layout": tuple(
        f"{{name}}-{{label}} {kind}Layout" for kind in ("", "Manager ", "Partner ", "Legacy ", "Internal ", "Mobile ")
    ),
    "ApexClass": tuple(f"{{stem}}{kind}{test}" for kind in _CLASS_KINDS for test in ("", "Test")),
    "ApexTrigger": ("{stem}Trigger",),
    "ApexPage": ("{stem}Print", "{stem}Wizard", "{stem}Export"),
    "ApexComponent": ("{stem}Header", "{stem}Footer"),
    "ApexTestSuite": ("{stem}Suite",),
    "LightningComponentBundle": tuple(
        f"lwc{{stem}}{kind}" for kind in ("List", "Editor", "Tile", "Timeline", "Map", "Chart", "Search")
    ),
    "AuraDefinitionBundle": ("{stem}Panel", "{stem}Console"),
    "StaticResource": ("{stem}Assets", "{stem}Styles"),
    "Flow": tuple(
        f"{{words}}_{kind}"
        for kind in ("Set_Defaults", "Notify_Owner", "Sync", "Approve", "Escalate", "Close", "Intake", "Nightly")
    ),
    "CustomPermission": ("Edit_{words}", "Bypass_{words}_Rules", "See_{words}_Costs"),
    "PermissionSet": ("{words}_Editor", "{words}_Reader", "{words}_Admin"),
    "PermissionSetGroup": ("{words}_Team",),
    "Profile": ("{label} Agent", "{label} Manager"),
    "CustomMetadata": tuple(
        f"{{words}}.{name}"
        for name in ("Default", "Europe", "Americas", "Asia", "Test", "Fallback", "Night", "Peak", "Partner", "Legacy")
    ),
    "ReportFolder": ("{words}_Reports",),
    "Report": tuple(
        f"{{folder}}/{{words}}_{kind}"
        for kind in ("Pipeline", "Overdue", "By_Region", "Monthly", "Quality", "Cost", "Trend", "Backlog", "Team")
    ),
    "DashboardFolder": ("{words}_Dashboards",),
    "Dashboard": ("{folder}/{words}_Overview", "{folder}/{words}_Team"),
    "EmailFolder": ("{words}_Mails",),
    "EmailTemplate": tuple(f"{{folder}}/{{words}}_{kind}" for kind in _TEMPLATE_KINDS),
    "QuickAction": ("{name}.Close", "{name}.New_Follow_Up", "{name}.Escalate"),
    "FlexiPage": ("{words}_Record_Page", "{words}_Manager_Page"),
    "CustomTab": ("{name}",),
    "CustomApplication": ("{words}_Desk",),
    "RemoteSiteSetting": ("{words}_Gateway",),
    "NamedCredential": ("{words}_Api",),
    "CspTrustedSite": ("{words}_Maps",),
    "WorkflowFieldUpdate": ("{name}.Set_Due_Date", "{name}.Clear_Amount", "{name}.Mark_Active"),
    "WorkflowAlert": ("{name}.Tell_The_Owner", "{name}.Tell_The_Manager"),
    "WorkflowRule": ("{name}.When_On_Hold", "{name}.When_Completed"),
    "Queue": ("{words}_Queue",),
    "Group": ("{words}_Readers", "{words}_Partners"),
    "Role": ("{words}_Lead", "{words}_Staff"),
    "CustomLabel": tuple(
        f"{{words}}_{kind}"
        for kind in (
            "Title",
            "Saved",
            "Not_Found",
            "Confirm_Delete",
            "Too_Late",
            "Empty_List",
            "Help",
            "Sync_Failed",
            "Choose",
            "No_Access",
            "Cancelled",
            "Step_One",
            "Step_Two",
            "Done",
        )
    ),
}
