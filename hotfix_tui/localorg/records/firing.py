"""What a save would set off. Triggers, flows and workflow rules are not executed: each firing is recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from hotfix_tui.localorg.clock import api_datetime
from hotfix_tui.localorg.formula import FormulaError, evaluate, parse
from hotfix_tui.localorg.records.criteria import Criterion, holds
from hotfix_tui.localorg.records.formulas import RecordContext
from hotfix_tui.localorg.schema.model import SchemaError
from hotfix_tui.localorg.schema.tree import Node, read

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

Operation = Literal["insert", "update", "delete", "undelete"]
_TABLE = """
CREATE TABLE IF NOT EXISTS _fired (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT, user_id TEXT, kind TEXT, name TEXT,
    object TEXT, record_id TEXT, event TEXT, bypassed INTEGER)
"""
_TRIGGER = re.compile(r"^\s*trigger\s+(\w+)\s+on\s+(\w+)\s*\(([^)]*)\)", re.IGNORECASE | re.MULTILINE)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_APEX_PERMISSION = re.compile(r"FeatureManagement\s*\.\s*checkPermission\s*\(\s*'(\w+)'\s*\)", re.IGNORECASE)
_FORMULA_PERMISSION = re.compile(r"\$Permission\.(\w+)")


@dataclass(frozen=True)
class Fired:
    """One automation that a save set off, or would have: `bypassed` when the user holds the permission it asks for."""

    at: str
    user_id: str
    kind: str
    name: str
    object: str
    record_id: str | None
    event: str
    bypassed: bool

    def keys(self) -> list[str]:
        """Makes `dict(row)` work."""
        return list(asdict(self))

    def __getitem__(self, key: str) -> Any:
        return getattr(self, key)


class FiringLog:
    """The record of firings, oldest first, kept with the org."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        org.store.execute(_TABLE)

    def add(self, rows: Sequence[Fired]) -> None:
        """Appends rows."""
        self._org.store.executemany(
            "INSERT INTO _fired (at, user_id, kind, name, object, record_id, event, bypassed)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [(r.at, r.user_id, r.kind, r.name, r.object, r.record_id, r.event, int(r.bypassed)) for r in rows],
        )

    def rows(self, since: int = 0) -> list[Fired]:
        """All firings, or those after the first `since`."""
        return self._found("1", (), since)

    def during(self, *, user_id: str = "", start: str = "", end: str = "") -> list[Fired]:
        """The firings of a user (default: of everyone) from `start` to before `end`, instants as records carry them."""
        return self._found(
            "(? = '' OR user_id = ?) AND (? = '' OR at >= ?) AND (? = '' OR at < ?)",
            (user_id, user_id, start, start, end, end),
        )

    def _found(self, condition: str, parameters: Sequence[Any], since: int = 0) -> list[Fired]:
        found = self._org.store.rows(
            "SELECT at, user_id, kind, name, object, record_id, event, bypassed"  # noqa: S608
            f" FROM _fired WHERE {condition} ORDER BY seq LIMIT -1 OFFSET ?",
            (*parameters, since),
        )
        return [Fired(r[0], r[1], r[2], r[3], r[4], r[5], r[6], bool(r[7])) for r in found]

    def __iter__(self) -> Iterator[Fired]:
        return iter(self.rows())

    def __len__(self) -> int:
        return int(self._org.store.value("SELECT COUNT(*) FROM _fired"))

    def clear(self) -> None:
        """Forgets everything."""
        self._org.store.execute("DELETE FROM _fired")


@dataclass(frozen=True)
class Automation:
    """One active automation on an object. `events` as in Apex: "before insert" …; `permissions` bypass it."""

    kind: Literal["ApexTrigger", "Flow", "WorkflowRule"]
    name: str
    object: str
    events: frozenset[str]
    permissions: frozenset[str]
    criteria: tuple[Criterion, ...] = ()
    logic: str = "and"
    formula: str | None = None
    only_when_changed_to_meet: bool = False


def automations_of(org: LocalOrg) -> list[Automation]:
    """All active automations, from the org's components."""
    found: list[Automation] = []
    components = org.components
    for each in components.list("ApexTrigger"):
        found.extend(trigger(each.body, _status(each.xml)))
    for version in components.flows.all():
        if version.status == "Active":
            found.extend(flow(version.name, version.body))
    for each in components.list("WorkflowRule"):
        found.extend(workflow_rule(each.full_name, each.xml))
    return found


@lru_cache(maxsize=1024)
def _status(xml: bytes) -> str:
    try:
        return read(xml).text("status", "Active") if xml else "Active"
    except SchemaError:
        return "Active"


@lru_cache(maxsize=1024)
def trigger(body: str, status: str) -> tuple[Automation, ...]:
    """An Apex trigger, from its declaration."""
    found = _TRIGGER.search(_COMMENT.sub("", body))
    if found is None or status != "Active":
        return ()
    events = frozenset(" ".join(event.lower().split()) for event in found[3].split(","))
    permissions = frozenset(_APEX_PERMISSION.findall(_COMMENT.sub("", body)))
    return (Automation("ApexTrigger", found[1], found[2], events, permissions),)


_FLOW_TIMES = {
    "RecordBeforeSave": "before",
    "RecordAfterSave": "after",
    "RecordBeforeDelete": "before",
    "PlatformEvent": "after",
}
_FLOW_SAVES = {
    "Create": ("insert",),
    "Update": ("update",),
    "CreateAndUpdate": ("insert", "update"),
    "Delete": ("delete",),
}


@lru_cache(maxsize=1024)
def flow(name: str, body: bytes) -> tuple[Automation, ...]:
    """A flow that records or platform events trigger, from its start element."""
    node = read(body)
    start = node.first("start")
    time = _FLOW_TIMES.get(start.text("triggerType")) if start else None
    if start is None or time is None:
        return ()
    saves = _FLOW_SAVES.get(start.text("recordTriggerType"), ())
    if start.text("triggerType") == "RecordBeforeDelete":
        saves = ("delete",)
    elif start.text("triggerType") == "PlatformEvent":
        saves = ("insert",)
    return (
        Automation(
            "Flow",
            name,
            start.text("object"),
            frozenset(f"{time} {save}" for save in saves),
            frozenset(_FORMULA_PERMISSION.findall(body.decode("utf-8", "replace"))),
            tuple(_flow_filter(each) for each in start.all("filters")),
            start.text("filterLogic", "and"),
            start.text("filterFormula") or None,
            start.flag("doesRequireRecordChangedToMeetCriteria"),
        ),
    )


def _flow_filter(node: Node) -> Criterion:
    value = node.first("value")
    given = value.children[0] if value and value.children else None
    return Criterion(
        node.text("field"), node.text("operator"), given.value if given else None, given.tag if given else ""
    )


_WORKFLOW_EVENTS = {
    "onCreateOnly": ("after insert",),
    "onAllChanges": ("after insert", "after update"),
    "onCreateOrTriggeringUpdate": ("after insert", "after update"),
}


@lru_cache(maxsize=1024)
def workflow_rule(full_name: str, xml: bytes) -> tuple[Automation, ...]:
    """An active workflow rule."""
    node = read(xml)
    owner, _, name = full_name.partition(".")
    kind = node.text("triggerType")
    if not node.flag("active") or kind not in _WORKFLOW_EVENTS:
        return ()
    criteria = tuple(
        Criterion(each.text("field").rpartition(".")[2], each.text("operation"), each.text("value"))
        for each in node.all("criteriaItems")
    )
    formula = node.text("formula") or None
    permissions = frozenset(_FORMULA_PERMISSION.findall(formula or ""))
    return (
        Automation(
            "WorkflowRule",
            name,
            owner,
            frozenset(_WORKFLOW_EVENTS[kind]),
            permissions,
            criteria,
            node.text("booleanFilter", "and"),
            formula,
            kind == "onCreateOrTriggeringUpdate",
        ),
    )


class Firing:
    """Finds what one call's saves set off, in Salesforce's order: before-save flows, before triggers, after triggers,
    workflow rules, after-save flows."""

    _ORDER = (
        ("before", "Flow"),
        ("before", "ApexTrigger"),
        ("after", "ApexTrigger"),
        ("after", "WorkflowRule"),
        ("after", "Flow"),
    )

    def __init__(self, org: LocalOrg, user_id: str) -> None:
        self.org = org
        self.user_id = user_id
        self.rows: list[Fired] = []
        self._automations: dict[str, list[Automation]] = {}
        for each in automations_of(org):
            self._automations.setdefault(each.object.lower(), []).append(each)
        self._held: dict[str, bool] = {}

    def save(self, operation: Operation, context: RecordContext) -> None:
        """Notes what a save of one record sets off."""
        found = self._automations.get(context.owner.name.lower(), [])
        for when, kind in self._ORDER:
            event = f"{when} {operation}"
            for each in found:
                if each.kind == kind and event in each.events and self._meets(each, context):
                    self._note(each, context, event)

    def _note(self, each: Automation, context: RecordContext, event: str) -> None:
        at = api_datetime(self.org.clock.now())
        bypassed = any(self._holds(permission) for permission in each.permissions)
        record_id = context.row.get("Id")
        self.rows.append(Fired(at, self.user_id, each.kind, each.name, context.owner.name, record_id, event, bypassed))

    def _holds(self, permission: str) -> bool:
        if permission not in self._held:
            self._held[permission] = self.org.users.holds(self.user_id, permission)
        return self._held[permission]

    def _meets(self, each: Automation, context: RecordContext) -> bool:
        """Entry conditions; one that is not understood counts as met, so that no firing goes unseen."""
        if not self._conditions(each, context):
            return False
        if not each.only_when_changed_to_meet or context.creating or context.old is None:
            return True
        before = RecordContext(self.org, context.owner, context.old, None, self.user_id)
        return not self._conditions(each, before)

    def _conditions(self, each: Automation, context: RecordContext) -> bool:
        if each.formula:
            try:
                return bool(evaluate(parse(each.formula.replace("{!", "").replace("}", "")), context))
            except FormulaError:
                return True
        return holds(each.criteria, each.logic, context)
