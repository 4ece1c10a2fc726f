"""References to earlier answers: `@{refAccount.id}`, `@{refQuery.records[0].Owner.Name}`.

Names are case-sensitive. Source: "Composite Subrequest" in Salesforce's REST API guide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from hotfix_tui.localorg.composite.subrequest import Subrequest, bad_reference_id

_REFERENCE = re.compile(r"@\{([^{}]*)\}")
_STEP = re.compile(r"\.([A-Za-z0-9_]+)|\[(\d+)\]")
_NULL_IS_A_VALUE = 52


class Unresolved(Exception):
    """A reference leads nowhere: the subrequest that has it is not carried out."""


def names(subrequest: Subrequest) -> set[str]:
    """The reference IDs a subrequest refers to."""
    texts: list[str] = [subrequest.url]
    _texts(subrequest.body, texts)
    return {re.split(r"[.\[]", each, maxsplit=1)[0] for text in texts for each in _REFERENCE.findall(text)}


def _texts(value: Any, out: list[str]) -> None:
    if isinstance(value, str):
        out.append(value)
    elif isinstance(value, dict):
        for each in value.values():
            _texts(each, out)
    elif isinstance(value, list):
        for each in value:
            _texts(each, out)


class References:
    """The answers so far, by reference ID; `version` of the call decides what a null is."""

    def __init__(self, version: str) -> None:
        self._null_is_a_value = int(version.partition(".")[0]) >= _NULL_IS_A_VALUE
        self._answers: dict[str, Any] = {}

    def add(self, reference_id: str, body: Any) -> None:
        """Remembers an answer."""
        self._answers[reference_id] = body

    def resolved(self, subrequest: Subrequest) -> Subrequest:
        """The subrequest with values for its references. Raises Unresolved."""
        url = _REFERENCE.sub(lambda found: quote(_text(self._value(found[1])), safe=""), subrequest.url)
        return replace(subrequest, url=url, body=self._body(subrequest.body))

    def _body(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._body(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._body(each) for each in value]
        if not isinstance(value, str):
            return value
        whole = _REFERENCE.fullmatch(value)
        if whole:
            return self._value(whole[1])
        return _REFERENCE.sub(lambda found: _text(self._value(found[1])), value)

    def _value(self, path: str) -> Any:
        name = re.split(r"[.\[]", path, maxsplit=1)[0]
        steps = path[len(name) :]
        if name not in self._answers or not steps or _STEP.sub("", steps):
            raise _unresolved(path, name)
        found: Any = self._answers[name]
        for field, index in _STEP.findall(steps):
            found = _field(found, field, path, name) if field else _item(found, int(index), path, name)
        if isinstance(found, (Mapping, list)) or (found is None and not self._null_is_a_value):
            raise _unresolved(path, name)
        return found


def _field(found: Any, field: str, path: str, name: str) -> Any:
    if not isinstance(found, Mapping) or field not in found:
        raise _unresolved(path, name)
    return found[field]


def _item(found: Any, index: int, path: str, name: str) -> Any:
    if not isinstance(found, list) or index >= len(found):
        raise _unresolved(path, name)
    return found[index]


def _unresolved(path: str, name: str) -> Unresolved:
    text = f"Invalid reference specified. No value for {path} found in {name}."
    return Unresolved(f"{text} {bad_reference_id(path)}" if path != name else text)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
