"""The components of one side by the words that name them, so that a mention can be told to be one of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from hotfix_tui.compare.component import ComponentId
from hotfix_tui.compare.references.mention import FIELD, LOOSE, OBJECT, PATH, WORD, Mention
from hotfix_tui.compare.types import metadata_types

_CUSTOM = re.compile(r"__(?:c|r|mdt|e|b|x|kav|share|history|feed|pc)$")
_OWNERS = {"owner": "user", "createdby": "user", "lastmodifiedby": "user"}
_BESIDE = frozenset({"Layout", "DuplicateRule", "QuickAction"})


class Names:
    """All names of one side. `lookups`: a field of reference type → the objects it refers to."""

    def __init__(self, keys: Iterable[ComponentId], lookups: Mapping[ComponentId, Iterable[str]]) -> None:
        self._named: dict[str, dict[str, ComponentId]] = defaultdict(dict)
        self._fields: dict[str, dict[str, ComponentId]] = defaultdict(dict)
        self._by_field: dict[str, list[ComponentId]] = defaultdict(list)
        self._lookups = {key: [name.lower() for name in objects] for key, objects in lookups.items()}
        for key in keys:
            self._named[key.type][key.full_name.lower()] = key
            if key.type == "CustomField":
                owner, _, name = key.full_name.lower().rpartition(".")
                self._fields[owner][name] = key
                self._by_field[name].append(key)

    def resolve(self, component: ComponentId, mentions: Iterable[Mention]) -> set[ComponentId]:
        """What the mentions in `component` mean: components of this side, itself and its own parent left out."""
        found: set[ComponentId] = set()
        words: set[str] = set()
        objects = {owner_of(component).lower()}
        for mention in mentions:
            if mention.kind == WORD or (mention.kind == LOOSE and not self._has(mention.of)):
                words.update(part for part in mention.name.lower().split(".") if _CUSTOM.search(part))
                continue
            for key in self._meant(mention):
                found.add(key)
                if key.type == "CustomObject":
                    objects.add(key.full_name.lower())
                elif key.type == "CustomField":
                    objects.add(key.full_name.lower().rpartition(".")[0])
        # Not before all objects are known that the component is about.
        for word in words:
            found.update(self._word(word, objects))
        found.discard(component)
        parent = _parent(component)
        return {key for key in found if (key.type, key.full_name.lower()) != parent}

    def _meant(self, mention: Mention) -> Iterator[ComponentId]:
        kind, name, of = mention
        if kind == OBJECT:
            found = self.object(name)
            if found is not None:
                yield found
        elif kind in (PATH, LOOSE):
            yield from self._walk(of.lower(), name.lower().split("."))
        elif kind == FIELD:
            parts = name.lower().split(".")
            yield from self._walk(of.lower(), parts)
            if len(parts) > 1:
                yield from self._walk(parts[0], parts[1:])
        else:
            known = self._named.get(kind, {}).get(name.lower())
            if known is not None:
                yield known

    def _has(self, name: str) -> bool:
        """Whether there is an object of this name, or at least a field of one."""
        return name.lower() in self._named.get("CustomObject", {}) or name.lower() in self._fields

    def object(self, name: str) -> ComponentId | None:
        """The object of this name. A standard one counts only as it is spelt: code says `case` and `order` too."""
        found = self._named.get("CustomObject", {}).get(name.lower())
        return found if found is not None and ("__" in name or found.full_name == name) else None

    def _walk(self, of: str, parts: list[str]) -> Iterator[ComponentId]:
        """The fields on a way along relationships, as far as it can be told."""
        owners = [of]
        for part in parts:
            following: list[str] = []
            for owner in owners:
                fields = self._fields.get(owner, {})
                field = fields.get(f"{part[:-3]}__c" if part.endswith("__r") else part) or fields.get(f"{part}id")
                if field is not None:
                    yield field
                    following += self._lookups.get(field, ())
            owners = following or [_OWNERS.get(part, part)]

    def _word(self, word: str, objects: set[str]) -> Iterator[ComponentId]:
        """A custom name of which it is not said whose: an object, or a field of an object that is named too.

        A field's name that only one object has is that field.
        """
        found = self._named.get("CustomObject", {}).get(word)
        if found is not None:
            yield found
            return
        candidates = self._by_field.get(f"{word[:-3]}__c" if word.endswith("__r") else word, [])
        named = [key for key in candidates if key.full_name.lower().rpartition(".")[0] in objects]
        yield from named or (candidates if len(candidates) == 1 else ())


def owner_of(key: ComponentId) -> str:
    """The object a component belongs to by its name, as its name spells it: `Case.Why__c`, `Case-Case Layout`.

    A custom metadata record belongs to its type's object. Empty for what belongs to no object.
    """
    if key.type == "CustomObject":
        return key.full_name
    if key.type == "Layout":
        owner = key.full_name.partition("-")[0]
        return "Case" if owner == "CaseClose" else owner
    if key.type == "CustomMetadata":
        return f"{key.full_name.partition('.')[0]}__mdt"
    if key.type in ("Workflow", "SharingRules", "AssignmentRules", "AutoResponseRules", "EscalationRules"):
        return key.full_name
    child = metadata_types().child(key.type)
    if child is not None or key.type in _BESIDE:
        owner, dot, _ = key.full_name.partition(".")
        return owner if dot else ""
    return ""


def _parent(key: ComponentId) -> tuple[str, str]:
    """Type and lower name of the object whose file holds the component, or that it is laid out for."""
    owner = owner_of(key)
    return ("CustomObject", owner.lower()) if owner and key.type != "CustomMetadata" else ("", "")
