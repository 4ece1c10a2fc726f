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

DEPLOYED = frozenset({TRIGGER, WORKFLOW, DUPLICATE})
"""Kinds that are switched by a Metadata API deploy of their own body; the others by a Tooling PATCH."""

SwitchPlan = Literal["switch_off", "already_off", "bypass", "cannot"]


@dataclass(frozen=True)
class Automation:
    """Something that runs when a row of `object` is saved.

    `kind` and `name` are metadata type and full name (`Object.Rule` for rules). `version`: a flow's active version
    number. `before` holds all that restores it exactly: `id`, `active`, and `version`, `metadata` (Tooling JSON) or
    `files` (path in a package → text). `detail` says in words why `plan` is what it is.
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
