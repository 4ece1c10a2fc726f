"""Duplicate rules: which rows an active rule calls duplicates of the one being saved."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.records.criteria import Criterion, holds
from hotfix_tui.localorg.records.formulas import RecordContext
from hotfix_tui.localorg.records.outcome import SaveError, SaveOptions
from hotfix_tui.localorg.schema.tree import read

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg


@dataclass(frozen=True)
class MatchItem:
    """One field of a matching rule; with `match_blanks` two blanks are the same."""

    field: str
    method: str
    match_blanks: bool


@dataclass(frozen=True)
class DuplicateRule:
    """An active duplicate rule. `block` per operation; a rule that only alerts lets a willing client save."""

    name: str
    object: str
    order: int
    block_insert: bool
    block_update: bool
    alerts_insert: bool
    alerts_update: bool
    alert_text: str
    matches: tuple[tuple[str, str], ...]
    criteria: tuple[Criterion, ...]
    logic: str


@lru_cache(maxsize=512)
def read_rule(full_name: str, xml: bytes) -> DuplicateRule | None:
    """A duplicate rule from its definition; None when it is not active."""
    node = read(xml)
    if not node.flag("isActive"):
        return None
    owner, _, name = full_name.partition(".")
    chosen = node.first("duplicateRuleFilter")
    items = chosen.all("duplicateRuleFilterItems") if chosen else []
    inserts = {each.value for each in node.all("operationsOnInsert")}
    updates = {each.value for each in node.all("operationsOnUpdate")}
    block_insert = node.text("actionOnInsert") == "Block"
    block_update = node.text("actionOnUpdate") == "Block"
    return DuplicateRule(
        name=name,
        object=owner,
        order=node.number("sortOrder", 1),
        block_insert=block_insert,
        block_update=block_update,
        alerts_insert=block_insert or "Alert" in inserts,
        alerts_update=block_update or "Alert" in updates,
        alert_text=node.text("alertText") or "Use one of these records?",
        matches=tuple(
            (each.text("matchRuleSObjectType"), each.text("matchingRule"))
            for each in node.all("duplicateRuleMatchRules")
        ),
        criteria=tuple(Criterion(each.text("field"), each.text("operation"), each.text("value")) for each in items),
        logic=(chosen.text("booleanFilter", "and") if chosen else "and"),
    )


@lru_cache(maxsize=512)
def read_matching(xml: bytes) -> tuple[MatchItem, ...]:
    """The items of a matching rule; none when it is not active."""
    node = read(xml)
    if node.text("ruleStatus", "Active") not in ("Active", "Activating"):
        return ()
    return tuple(
        MatchItem(
            each.text("fieldName"),
            each.text("matchingMethod", "Exact"),
            each.text("blankValueBehavior") == "MatchBlanks",
        )
        for each in node.all("matchingRuleItems")
    )


class Duplicates:
    """The duplicate rules of one object, for the saves of one call."""

    def __init__(self, org: LocalOrg, object_name: str) -> None:
        self.org = org
        rules = []
        for each in org.components.list("DuplicateRule"):
            if each.full_name.lower().startswith(object_name.lower() + "."):
                found = read_rule(each.full_name, each.xml)
                if found:
                    rules.append(found)
        self.rules = sorted(rules, key=lambda rule: rule.order)

    def check(self, context: RecordContext, options: SaveOptions) -> list[SaveError]:
        """The errors of the first rule that finds duplicates of the record."""
        for rule in self.rules:
            block = rule.block_insert if context.creating else rule.block_update
            alerts = rule.alerts_insert if context.creating else rule.alerts_update
            if not alerts or (options.allow_duplicates and not block):
                continue
            if not holds(rule.criteria, rule.logic, context):
                continue
            if any(self._matches(context, match) for match in rule.matches):
                return [SaveError("DUPLICATES_DETECTED", rule.alert_text)]
        return []

    def _matches(self, context: RecordContext, match: tuple[str, str]) -> Sequence[str]:
        object_name, rule_name = match
        target = self.org.schema.object(object_name)
        component = self.org.components.get("MatchingRule", f"{object_name}.{rule_name}")
        if target is None or component is None or target.name != context.owner.name:
            return ()
        items = read_matching(component.xml)
        if not items:
            return ()
        if not context.creating and not any(context.is_changed((each.field,)) for each in items):
            return ()
        conditions, parameters = ["IsDeleted = 0", "Id IS NOT ?"], [context.row.get("Id")]
        for each in items:
            field = target.field(each.field)
            value = context.row.get(field.name) if field else None
            if field is None or not field.column or (value is None and not each.match_blanks):
                return ()
            conditions.append(f'sf_match(?, "{field.name}", ?)' if each.method != "Exact" else f'"{field.name}" IS ?')
            parameters.extend((each.method, value) if each.method != "Exact" else (value,))
        found = self.org.store.rows(
            f'SELECT Id FROM "{target.name}" WHERE {" AND ".join(conditions)}',  # noqa: S608
            parameters,
        )
        return [row[0] for row in found]


def match(method: str, left: Any, right: Any) -> int:
    """The SQL function behind matching methods that are not Exact: equal apart from case, blanks and punctuation."""
    if left is None or right is None:
        return int(left is None and right is None)
    return int(_plain(left) == _plain(right))


def _plain(value: Any) -> str:
    return re.sub(r"[\W_]+", "", str(value).casefold())
