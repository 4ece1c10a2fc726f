"""What a user does not want to see in comparisons: `[[compare.ignore]]` in config.toml. It is counted, never silent.

[[compare.ignore]]
type = "Profile"                 # metadata type; * and ? as in file names; every type when left out
name = "*"                       # full name, likewise
element = "userPermissions"      # path of element names; the whole component when left out
value = "^Api"                   # regular expression for a value inside the element, or for a line of a text file
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from lxml import etree

from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.normalise import is_metadata_xml
from hotfix_tui.compare.xml import BadXml, elements, local, parse

_FIELDS = {"type", "name", "element", "value"}


class BadIgnoreRules(ValueError):
    """config.toml cannot be read, or a rule in it says something else than rules say. The text is a sentence."""


@dataclass(frozen=True)
class IgnoreRule:
    """One rule; see the module's example. `element` is a path from below the root element, `a/b`; empty: everything."""

    type: str = "*"
    name: str = "*"
    element: str = ""
    value: re.Pattern[str] | None = None

    def concerns(self, key: ComponentId) -> bool:
        """Whether the rule says anything of this component."""
        return fnmatchcase(key.type, self.type) and fnmatchcase(key.full_name, self.name)

    @property
    def whole(self) -> bool:
        """Whether a component that the rule concerns is left out as a whole."""
        return not self.element and self.value is None


class IgnoreRules:
    """All rules of a user. Without any, nothing is ignored."""

    def __init__(self, rules: tuple[IgnoreRule, ...] = ()) -> None:
        self.rules = rules

    @classmethod
    def read(cls, config: Path) -> IgnoreRules:
        """The rules in a config.toml; none when there is no such file. Raises BadIgnoreRules."""
        try:
            content = tomllib.loads(config.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError) as error:
            raise BadIgnoreRules(f"{config} cannot be read: {error}. Correct it, or move it away.") from error
        compare = content.get("compare", {})
        listed = compare.get("ignore", []) if isinstance(compare, dict) else None
        if not isinstance(listed, list):
            raise BadIgnoreRules(f"{config}: compare.ignore is no list; write each rule under [[compare.ignore]].")
        return cls(tuple(_rule(config, place, entry) for place, entry in enumerate(listed, 1)))

    def leaves_out(self, key: ComponentId) -> bool:
        """Whether nothing of the component is compared."""
        return any(rule.whole and rule.concerns(key) for rule in self.rules)

    def strip(self, component: Component) -> Component:
        """The component without what is ignored; itself when no rule concerns it. A file that is not XML stays."""
        rules = [rule for rule in self.rules if rule.concerns(component.id) and not rule.whole]
        if not rules:
            return component
        return replace(
            component,
            files={path: _stripped(component, path, content, rules) for path, content in component.files.items()},
        )


def _rule(config: Path, place: int, entry: Any) -> IgnoreRule:
    where = f"{config}: rule {place} of compare.ignore"
    if not isinstance(entry, Mapping) or not all(isinstance(value, str) for value in entry.values()):
        raise BadIgnoreRules(f"{where} is no table of texts.")
    if unknown := sorted(set(entry) - _FIELDS):
        raise BadIgnoreRules(f"{where} has {unknown[0]}; a rule has {', '.join(sorted(_FIELDS))}.")
    if not entry:
        raise BadIgnoreRules(f"{where} is empty, and would ignore everything. Name a type, or a name.")
    try:
        value = re.compile(entry["value"]) if "value" in entry else None
    except re.error as error:
        raise BadIgnoreRules(f"{where}: {entry['value']} is no regular expression ({error}).") from error
    return IgnoreRule(entry.get("type", "*"), entry.get("name", "*"), entry.get("element", "").strip("/"), value)


def _stripped(component: Component, path: str, content: bytes, rules: list[IgnoreRule]) -> bytes:
    if not is_metadata_xml(component.id.type, path, content):
        return _without_lines(content, [rule.value for rule in rules if rule.value is not None and not rule.element])
    try:
        root = parse(content)
    except BadXml:
        return content
    for rule in rules:
        _remove(root, rule.element.split("/") if rule.element else [], rule.value)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _remove(parent: etree._Element, steps: list[str], value: re.Pattern[str] | None) -> None:
    """Takes the elements at a path out; without a path, every leaf whose text the pattern finds."""
    if not steps:
        for leaf in [item for item in parent.iter() if isinstance(item.tag, str) and not elements(item)]:
            above = leaf.getparent()
            if value is not None and above is not None and value.search(leaf.text or ""):
                above.remove(leaf)
        return
    for item in elements(parent):
        if not fnmatchcase(local(item.tag), steps[0]):
            continue
        if len(steps) > 1:
            _remove(item, steps[1:], value)
        elif value is None or any(value.search(text) for text in _texts(item)):
            parent.remove(item)


def _texts(item: etree._Element) -> list[str]:
    return [inner.text for inner in item.iter() if isinstance(inner.tag, str) and inner.text]


def _without_lines(content: bytes, patterns: list[re.Pattern[str]]) -> bytes:
    try:
        lines = content.decode("utf-8").splitlines(keepends=True)
    except UnicodeDecodeError:
        return content
    kept = [line for line in lines if not any(pattern.search(line.rstrip("\r\n")) for pattern in patterns)]
    return "".join(kept).encode()
