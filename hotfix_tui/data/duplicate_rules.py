"""What an org's own duplicate rules call the same: second keys for objects of which a data set names none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from hotfix_tui.data.data_set import ID, DataSet, ObjectSpec
from hotfix_tui.salesforce.errors import RequestRefused
from hotfix_tui.salesforce.soap import Node, NotSoap, document
from hotfix_tui.salesforce.soql import in_clauses

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org


async def with_rule_keys(org: Org, data_set: DataSet) -> DataSet:
    """`data_set` with the fields of `org`'s active duplicate rules as second keys, where it names none itself.

    A row without a key that has all the fields of such a rule in common with one that is about to be inserted would be
    refused or called a duplicate there. The fields are those of its matching rule, whose method may be looser than
    equality: what is found this way is a duplicate by any of them. Rules with a logic other than "all of them", with
    fields of the match key and with fields that are masked are left alone. An org that does not tell its rules changes
    nothing. Source: Object Reference, "DuplicateRule"; Metadata API guide, "DuplicateRule" and
    "MatchingRule".
    """
    asked = [spec for spec in data_set.objects if not spec.second_key and _may_have_twins(spec)]
    try:
        rules = await _rules(org, [spec.name for spec in asked]) if asked else {}
        fields = await _fields(org, rules) if rules else {}
    except (RequestRefused, NotSoap):
        return data_set
    found: dict[str, tuple[str, ...]] = {}
    for spec in asked:
        known = (fields.get((spec.name, rule)) for rule in rules.get(spec.name, ()))
        second = next((one for one in known if one and not {*one} & {*spec.key, *spec.masked}), None)
        if second:
            found[spec.name] = second
    return replace(
        data_set,
        objects=tuple(
            replace(spec, second_key=found[spec.name]) if spec.name in found else spec for spec in data_set.objects
        ),
    )


def _may_have_twins(spec: ObjectSpec) -> bool:
    return spec.mode not in ("update", "reference") and ID not in spec.key


async def _rules(org: Org, names: list[str]) -> dict[str, list[str]]:
    """By object, the matching rules that active duplicate rules use, in the order in which these run."""
    active: list[str] = []
    for chunk in in_clauses(names):
        soql = f"SELECT DeveloperName, SobjectType FROM DuplicateRule WHERE IsActive = true AND SobjectType IN {chunk}"  # noqa: S608
        active += [f"{row['SobjectType']}.{row['DeveloperName']}" for row in await org.query(soql)]
    ordered: list[tuple[float, str, str]] = []
    for name, content in (await org.read_metadata("DuplicateRule", active) if active else {}).items():
        rule, obj = document(content), name.partition(".")[0]
        for match in rule.all("duplicateRuleMatchRules"):
            if match.text("matchRuleSObjectType") == obj:
                ordered.append((float(rule.text("sortOrder") or 0), obj, match.text("matchingRule")))
    found: dict[str, list[str]] = defaultdict(list)
    for _, obj, matching in sorted(ordered):
        found[obj].append(matching)
    return found


async def _fields(org: Org, rules: Mapping[str, list[str]]) -> dict[tuple[str, str], tuple[str, ...]]:
    """(Object, matching rule) → the fields that must all match."""
    files = await org.read_metadata("MatchingRules", sorted(rules))
    return dict(one for name, content in files.items() for one in _fields_of(name, document(content)))


def _fields_of(name: str, file: Node) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    for rule in file.all("matchingRules"):
        fields = tuple(dict.fromkeys(item.text("fieldName") for item in rule.all("matchingRuleItems")))
        if rule.text("ruleStatus") == "Active" and not rule.text("booleanFilter") and fields:
            yield (name, rule.text("fullName")), fields
