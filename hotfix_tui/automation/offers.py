"""What can be done about each automation here, and what is done unless a person chooses otherwise.

Switching off is for everybody in the org: others save unguarded meanwhile. So the ways that concern our user alone come
first in production and in sandboxes that people share; in a sandbox of one's own, switching off is what keeps records
from being touched by anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from hotfix_tui.automation.bypass import Bypass, granting_sets, read_bypass
from hotfix_tui.automation.model import (
    ASSIGNMENT,
    AUTO_RESPONSE,
    DUPLICATE,
    ESCALATION,
    PACKAGE_SWITCH,
    ROLL_UP,
    SWITCHED,
    Automation,
    SettingRows,
    SwitchPlan,
)
from hotfix_tui.automation.settings import setting_of, settings_named
from hotfix_tui.salesforce.kinds import OrgKind

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

_OWN = frozenset({OrgKind.SANDBOX_DEVELOPER, OrgKind.SANDBOX_DEVELOPER_PRO, OrgKind.SCRATCH})
# A permission that nobody named to us passes automations by only when its name says so.
_PASSES = re.compile(r"bypass|skip|disable|ignore|suppress|mute", re.I)
_PERMISSION = re.compile(r"checkPermission\(\s*'(\w+)'\s*\)|\$Permission\.(\w+)", re.I)
# What has no switch, and only recalculates or waits for its time.
_UNSWITCHED = frozenset({ROLL_UP, ESCALATION})
ALL = "*"
"""In choices: every automation that is not named itself."""
_ORG_WIDE = "switching it off is for everybody in the org"


async def offered(
    org: Org, found: Sequence[Automation], *, bypass: str, switching: bool, choices: Mapping[str, str]
) -> list[Automation]:
    """`found` with the ways there are, and the plan: what `choices` says (full name or `*` → way), else the default.

    `bypass`: the permission set that the data set names. Without `switching` nothing is ever switched off, and no other
    permission set is looked for. A choice that is not possible here is not taken.
    """
    named = await read_bypass(org, bypass) if bypass else Bypass("", (), ())
    sets = await _sets(org, found, named) if switching else {}
    result: list[Automation] = []
    for one in found:
        if not one.active:
            result.append(replace(one, plan="already_off"))
            continue
        passing = _passing(one, named, sets)
        with_set = replace(one, permission_set=passing.name if passing else "")
        with_all = replace(with_set, setting=one.setting or await _setting(org, one))
        ways = _ways(org, with_all, switching)
        wanted = choices.get(one.full_name, choices.get(ALL, ""))
        plan = next((way for way in ways if way == wanted), None) or _default(org, one, ways, switching)
        result.append(replace(with_all, ways=ways, plan=plan, detail=_detail(org, with_all, plan, passing, named)))
    return result


def _passing(one: Automation, named: Bypass, sets: Mapping[str, Bypass]) -> Bypass | None:
    if named.ids and named.named_in(one.text):
        return named
    return next((sets[name] for name in _permissions(one.text) if name in sets), None)


def _permissions(text: str) -> list[str]:
    found = (first or second for first, second in _PERMISSION.findall(text))
    return [name for name in dict.fromkeys(found) if _PASSES.search(name)]


async def _sets(org: Org, found: Sequence[Automation], named: Bypass) -> dict[str, Bypass]:
    """Custom permission → a permission set that gives it, of those that automations ask for themselves."""
    asked = {name for one in found if one.active for name in _permissions(one.text)}
    return await granting_sets(org, sorted(asked - set(named.permissions)))


async def _setting(org: Org, one: Automation) -> SettingRows | None:
    for name, field in settings_named(one.text):
        if _PASSES.search(field) and (rows := await setting_of(org, name, field)):
            return rows
    return None


def _ways(org: Org, one: Automation, switching: bool) -> tuple[SwitchPlan, ...]:
    if one.kind in (ASSIGNMENT, AUTO_RESPONSE):
        return ("header",)
    if one.kind in _UNSWITCHED:
        return ("leave",)
    ways: list[SwitchPlan] = []
    if one.kind == DUPLICATE and _only_alerts(one.text):
        ways.append("header")
    if one.permission_set:
        ways.append("bypass")
    if one.setting is not None:
        ways.append("setting")
    if switching and one.kind in SWITCHED and not one.managed and not org.kind.production_rules:
        ways.append("switch_off")
    return (*ways, "leave")


def _only_alerts(rule: str) -> bool:
    """Whether a duplicate rule lets a save pass that says it may (`allowSave`): no operation blocks."""
    return bool(rule) and "<actionOnInsert>Block" not in rule and "<actionOnUpdate>Block" not in rule


def _default(org: Org, one: Automation, ways: Sequence[SwitchPlan], switching: bool) -> SwitchPlan:
    if one.kind in _UNSWITCHED:
        return "leave"
    own = switching and org.kind in _OWN
    order: tuple[SwitchPlan, ...] = ("header", "bypass", "setting")
    if own:
        order = ("header", "switch_off", "bypass", "setting")
    return next((way for way in order if way in ways), "cannot")


def _detail(org: Org, one: Automation, plan: SwitchPlan, passing: Bypass | None, named: Bypass) -> str:
    said = [one.detail] if one.detail else []
    if plan == "bypass" and passing is not None:
        said.append(f"asks for {', '.join(passing.permissions)}, which {passing.name} gives")
    elif plan == "setting" and one.setting is not None:
        said.append(f"asks {one.setting.object}, where our user gets a row for the time of the write")
    elif plan == "header":
        said.append(_HEADERS.get(one.kind, "the header of each request says not to"))
    elif plan == "switch_off" and org.kind not in _OWN:
        said.append(_ORG_WIDE)
    elif plan == "cannot" and one.kind != PACKAGE_SWITCH:
        said.append(_why_not(one, named))
        if "switch_off" in _ways(org, one, True):
            said.append(f"{_ORG_WIDE}: choose it, or let it fire")
    return "; ".join(said)


_HEADERS = {
    DUPLICATE: "only alerts: Sforce-Duplicate-Rule-Header allowSave=true",
    ASSIGNMENT: "Sforce-Auto-Assign: FALSE",
    AUTO_RESPONSE: "runs only when an EmailHeader asks for it, and ours do not",
}


def _why_not(one: Automation, named: Bypass) -> str:
    if one.managed:
        return "it will fire"
    where = "there is no bypass permission set" if not named.name else f"does not ask for {named.name}'s permission"
    return f"{where} in its own body: it will fire"
