"""Automations as found in an org, and what restores them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from hotfix_tui.events import seed

TRIGGER, VALIDATION, FLOW, WORKFLOW, DUPLICATE = (
    "ApexTrigger",
    "ValidationRule",
    "Flow",
    "WorkflowRule",
    "DuplicateRule",
)
ASSIGNMENT, AUTO_RESPONSE, ESCALATION = "AssignmentRule", "AutoResponseRule", "EscalationRule"
ROLL_UP = "CustomField"
PACKAGE_SWITCH = "PackageSwitch"
"""Rows by which a managed package is told whom its triggers pass by; not a metadata type."""

DEPLOYED = frozenset({TRIGGER, WORKFLOW, DUPLICATE})
"""Kinds that are switched by a Metadata API deploy of their own body; the others by a Tooling PATCH."""
SWITCHED = DEPLOYED | {VALIDATION, FLOW}
"""Kinds that can be switched at all."""

SwitchPlan = Literal["switch_off", "already_off", "bypass", "setting", "header", "leave", "cannot"]
WAYS: tuple[SwitchPlan, ...] = ("header", "bypass", "setting", "switch_off", "leave")
"""What a person may choose, the gentlest first: only `switch_off` is felt by others."""


@dataclass(frozen=True)
class SettingRows:
    """Rows of `object` that make automations pass our user by.

    `values`: record Id ("": a row is made for our user) → field → new value; `before`: the same rows' values now.
    """

    object: str
    values: dict[str, dict[str, Any]]
    before: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Automation:
    """Something that runs when a row of `object` is saved.

    `kind` and `name` are metadata type and full name (`Object.Rule` for rules). `version`: a flow's active version
    number. `before` holds all that restores it exactly: `id`, `active`, and `version`, `metadata` (Tooling JSON) or
    `files` (path in a package → text). `detail` says in words why `plan` is what it is. `ways`: the plans that are
    possible here; `permission_set` and `setting` are what `bypass` and `setting` use. `text`: what it says itself,
    `timing`: when it runs, in words.
    """

    kind: str
    name: str
    object: str
    id: str
    active: bool
    plan: SwitchPlan
    version: int | None = None
    detail: str = ""
    before: dict[str, Any] = field(default_factory=dict)
    ways: tuple[SwitchPlan, ...] = ()
    permission_set: str = ""
    setting: SettingRows | None = None
    text: str = field(default="", repr=False)
    timing: str = ""
    managed: str = ""

    @property
    def full_name(self) -> str:
        """`Type:Full_Name`."""
        return f"{self.kind}:{self.name}"

    def found(self, org: str) -> seed.AutomationFound:
        """As a fact."""
        return seed.AutomationFound(
            org=org,
            kind=self.kind,
            name=self.name,
            object=self.object,
            state="on" if self.active else "off",
            plan=self.plan,
            version=self.version,
            detail=self.detail,
            ways=self.ways,
            timing=self.timing,
        )


@dataclass(frozen=True)
class State:
    """An automation's state as the org has it now. `metadata`: a rule's Tooling Metadata."""

    active: bool
    version: int | None = None
    metadata: dict[str, Any] | None = None

    @property
    def word(self) -> str:
        """on or off."""
        return "on" if self.active else "off"
