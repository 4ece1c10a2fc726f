"""How many components of which type a generated org has: the proportions of an org that has lived for years."""

from __future__ import annotations

from collections.abc import Mapping

# Of 10,000 components, children counted one by one; what is left over are custom labels. In this order they are put
# into an org: a value set before the fields that use it, an object before its fields.
SHARES = {
    "GlobalValueSet": 30,
    "CustomObject": 84,
    "CustomMetadataType": 6,
    "CustomField": 3_300,
    "ValidationRule": 300,
    "RecordType": 120,
    "ListView": 400,
    "CompactLayout": 80,
    "FieldSet": 40,
    "WebLink": 50,
    "Layout": 200,
    "ApexClass": 900,
    "ApexTrigger": 80,
    "ApexPage": 80,
    "ApexComponent": 30,
    "ApexTestSuite": 5,
    "LightningComponentBundle": 180,
    "AuraDefinitionBundle": 50,
    "StaticResource": 50,
    "Flow": 320,
    "CustomPermission": 50,
    "PermissionSet": 80,
    "PermissionSetGroup": 15,
    "Profile": 20,
    "CustomMetadata": 500,
    "ReportFolder": 24,
    "Report": 800,
    "DashboardFolder": 6,
    "Dashboard": 80,
    "EmailFolder": 10,
    "EmailTemplate": 200,
    "QuickAction": 120,
    "FlexiPage": 110,
    "CustomTab": 60,
    "CustomApplication": 10,
    "RemoteSiteSetting": 15,
    "NamedCredential": 8,
    "CspTrustedSite": 12,
    "WorkflowFieldUpdate": 100,
    "WorkflowAlert": 60,
    "WorkflowRule": 80,
    "Queue": 30,
    "Group": 50,
    "Role": 40,
}
_REST = "CustomLabel"
# Without one of each of these the others have nothing to name.
_NEEDED = frozenset(
    {"CustomObject", "CustomMetadataType", "GlobalValueSet", "ReportFolder", "DashboardFolder", "EmailFolder"}
    | {"CustomPermission", "PermissionSet", "ApexPage", "ApexComponent", "LightningComponentBundle", "Profile"}
    | {"EmailTemplate", "Report", "ApexTrigger", "CustomTab", "WorkflowFieldUpdate", "WorkflowAlert"}
)

# Of these an object has one at most.
_ONE_EACH = ("ApexTrigger", "CustomTab", "ReportFolder", "DashboardFolder", "EmailFolder")


def counts(components: int, shares: Mapping[str, int]) -> dict[str, int]:
    """How many of each type, where `shares` changes SHARES; together as many as asked for."""
    found = {}
    for name, share in {**SHARES, **shares}.items():
        found[name] = max(int(name in _NEEDED and share > 0), round(components * share / 10_000))
    found["CustomObject"] = max(2, found["CustomObject"])
    for name in _ONE_EACH:
        found[name] = min(found[name], found["CustomObject"])
    found[_REST] = components - sum(found.values())
    return found
