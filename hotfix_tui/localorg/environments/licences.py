"""Licence types of sandboxes, the kind of org each makes, and how many there may be.

Source: Tooling API, SandboxInfo, LicenseType; how many an edition has: Salesforce Help, "Sandbox Licenses and Storage
Limits by Type" (Enterprise Edition: 25 Developer, 1 Partial Copy; the others are bought).
"""

from __future__ import annotations

KINDS = {"DEVELOPER": "developer", "DEVELOPER_PRO": "developer_pro", "PARTIAL": "partial", "FULL": "full"}
TYPES = {kind: licence for licence, kind in KINDS.items()}
LICENCES = {"DEVELOPER": 25, "DEVELOPER_PRO": 5, "PARTIAL": 5, "FULL": 2}
