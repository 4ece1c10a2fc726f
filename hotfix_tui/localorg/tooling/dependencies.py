"""MetadataComponentDependency: which component names which, worked out from the org's own XML and source.

Source: Tooling API, MetadataComponentDependency (Beta): at most 2,000 rows a query and no queryMore, no reports, no
ORDER BY, OFFSET or count(), no filter by name, only = and != with AND and OR. Rows name custom objects, custom
fields, classes, flows, labels and custom permissions that are named in code, flows, formulas, layouts and pages;
standard objects and fields are not among them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.metadata.apex import blanked, permissions_asked
from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.localorg.soql.tree import Compare, Membership, Not, Path, Query
from hotfix_tui.localorg.tooling import limits
from hotfix_tui.localorg.tooling.support import Row

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

TABLE = "MetadataComponentDependency"
_APEX = ("ApexClass", "ApexTrigger")
_CALLS_APEX = frozenset(
    {*_APEX, "ApexPage", "ApexComponent", "AuraDefinitionBundle", "Flow", "LightningComponentBundle", "QuickAction"}
)
# The types whose references are told; permission sets, profiles and reports are not among them.
_LOOKED_INTO = (
    *(*_APEX, "ApexPage", "ApexComponent", "AuraDefinitionBundle", "LightningComponentBundle"),
    *("CustomField", "ValidationRule", "Layout", "CompactLayout", "ListView", "FieldSet", "WebLink"),
    *("WorkflowRule", "WorkflowFieldUpdate", "WorkflowAlert", "DuplicateRule", "MatchingRule"),
    *("Flow", "FlexiPage", "QuickAction", "EmailTemplate"),
)
_WORD = re.compile(r"[A-Za-z]\w*")
_LABEL = re.compile(r"(?:\bLabel\.|\$Label\.|@salesforce/label/c\.)(?:c\.)?(\w+)", re.IGNORECASE)
_PERMISSION = re.compile(r"\$Permission\.(\w+)", re.IGNORECASE)


@dataclass(frozen=True)
class _Known:
    """A component that others can name."""

    type: str
    full_name: str
    id: str

    @property
    def owner(self) -> str:
        return self.full_name.partition(".")[0].lower() if "." in self.full_name else ""


class Dependencies:
    """Keeps the rows; they are made anew at the first query after a change."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        self._stale = True
        org.components.on_change.append(self._changed)
        org.queries.before[TABLE.lower()] = self._before

    def _changed(self, changed: object) -> None:
        self._stale = True

    def _before(self, query: Query) -> None:
        _check(query)
        if not self._stale:
            return
        self._stale = False
        try:
            self._org.store.replace_rows(TABLE, self._rows())
        except BaseException:
            self._stale = True
            raise

    def _rows(self) -> Iterator[Row]:
        names, number = _Names(self._org), 0
        for type_name in _LOOKED_INTO:
            for component in _components(self._org, type_name):
                for found in sorted(names.named_in(component), key=lambda known: (known.type, known.full_name)):
                    number += 1
                    yield {
                        "Id": self._org.ids.record_id("MCD", number),
                        "MetadataComponentId": component.id,
                        "MetadataComponentName": _shown(component.type, component.full_name),
                        "MetadataComponentNamespace": None,
                        "MetadataComponentType": component.type,
                        "RefMetadataComponentId": found.id,
                        "RefMetadataComponentName": _shown(found.type, found.full_name),
                        "RefMetadataComponentNamespace": None,
                        "RefMetadataComponentType": found.type,
                    }


def _components(org: LocalOrg, type_name: str) -> list[Component]:
    """The components of a type; of a flow the version that counts: the active one, or the latest."""
    if type_name != "Flow":
        return org.components.list(type_name)
    flows = org.components.flows
    found = []
    for name in dict.fromkeys(version.name for version in flows.all()):
        version = flows.active(name) or flows.latest(name)
        made = flows.as_component(f"{name}-{version.number}") if version else None
        if made is not None:
            found.append(made)
    return found


def _shown(type_name: str, full_name: str) -> str:
    """How rows name a component: fields and objects by their developer name, children without their parent."""
    if type_name == "Layout":
        return full_name.partition("-")[2]
    name = full_name.rpartition(".")[2] if type_name not in ("EmailTemplate",) else full_name
    if type_name in ("CustomField", "CustomObject") and "__" in name:
        return name.rpartition("__")[0]
    return name


class _Names:
    """Everything that can be named, by the word that names it."""

    def __init__(self, org: LocalOrg) -> None:
        self._fields: dict[str, list[_Known]] = defaultdict(list)
        self._objects: dict[str, _Known] = {}
        self._single: dict[str, dict[str, _Known]] = {}
        for type_name in ("CustomField", "CustomObject"):
            for item in org.components.properties(type_name):
                known = _Known(type_name, item.full_name, item.id)
                word = item.full_name.rpartition(".")[2].lower()
                if "__" not in word:
                    continue
                if type_name == "CustomField":
                    self._fields[word].append(known)
                else:
                    self._objects[word] = known
        for type_name in ("ApexClass", "Flow", "CustomLabel", "CustomPermission"):
            self._single[type_name] = {
                item.full_name.lower(): _Known(type_name, item.full_name, item.id)
                for item in org.components.properties(type_name)
            }

    def named_in(self, component: Component) -> set[_Known]:
        """What a component names, itself and its own parent left out."""
        text = _text(component)
        code = blanked(text) if component.type in _APEX else text
        words = {word.lower() for word in _WORD.findall(code)}
        own = re.split(r"[.-]", component.full_name, maxsplit=1)[0].lower()
        found = {self._objects[word] for word in words if word in self._objects and word != own}
        for word in words:
            field = self._field(f"{word[:-3]}__c" if word.endswith("__r") else word, words, own)
            found |= {field} if field else set()
        if component.type in _CALLS_APEX:
            found |= {known for word in words if (known := self._single["ApexClass"].get(word)) is not None}
        found |= set(self._called(component, text))
        return {known for known in found if known.id != component.id}

    def _field(self, word: str, words: set[str], own: str) -> _Known | None:
        """The field a word names: one of an object that is named too, or the only one of this name."""
        candidates = self._fields.get(word, [])
        named = [known for known in candidates if known.owner in words or known.owner == own]
        chosen = named if named else candidates
        return chosen[0] if len(chosen) == 1 else None

    def _called(self, component: Component, text: str) -> Iterator[_Known]:
        asked = permissions_asked(text) if component.type in _APEX else _PERMISSION.findall(text)
        for type_name, names in (("CustomLabel", _LABEL.findall(text)), ("CustomPermission", asked)):
            for name in names:
                known = self._single[type_name].get(name.lower())
                if known is not None:
                    yield known
        if component.type == "Flow":
            for name in re.findall(r"<flowName>([^<]+)</flowName>", text):
                known = self._single["Flow"].get(name.strip().lower())
                if known is not None:
                    yield known


def _text(component: Component) -> str:
    """All of a component that can name others."""
    if component.type in _APEX:
        return component.body
    return "\n".join(body.decode("utf-8", "replace") for _, body in sorted(component.files.items()))


def _check(query: Query) -> None:
    """Refuses what the object does not take."""
    if query.order_by or query.group_by or query.offset or limits.aggregates(query):
        raise ApiError("EXTERNAL_OBJECT_UNSUPPORTED_EXCEPTION", limits.STORAGE)
    for condition in limits.conditions(query.where):
        if isinstance(condition, Not) or (isinstance(condition, Membership) and condition.operator != "in"):
            raise ApiError("MALFORMED_QUERY", "Only equals comparisons permitted")
        if not isinstance(condition, (Compare, Membership)):
            continue
        if isinstance(condition, Compare) and condition.operator not in ("=", "!="):
            raise ApiError("MALFORMED_QUERY", "Only equals comparisons permitted")
        name = condition.left.parts[-1] if isinstance(condition.left, Path) else ""
        if name.lower() in ("metadatacomponentname", "refmetadatacomponentname"):
            raise ApiError("INVALID_FIELD", f"field '{name}' can not be filtered in a query call")
        values = condition.values if isinstance(condition, Membership) else (condition.right,)
        if name.lower() == "refmetadatacomponenttype" and any(value.value == "StandardEntity" for value in values):
            raise ApiError(
                "MALFORMED_QUERY", "Filtering by RefMetadataComponentType = 'StandardEntity' is not supported"
            )
