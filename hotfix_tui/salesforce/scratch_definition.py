"""A scratch org definition file, as the Salesforce CLI reads it: what the Dev Hub is asked for, and settings to deploy.

Sources: Salesforce DX Developer Guide, "Build Your Own Scratch Org Definition File" and "Scratch Org Settings"; Object
Reference, ScratchOrgInfo. The Dev Hub knows nothing of `settings`: they are metadata, deployed when the org is there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from hotfix_tui.salesforce.errors import BadDefinition

# Keys of the file → fields of ScratchOrgInfo.
_TEXTS = {
    "orgName": "OrgName",
    "edition": "Edition",
    "description": "Description",
    "adminEmail": "AdminEmail",
    "username": "Username",
    "country": "Country",
    "language": "Language",
    "snapshot": "Snapshot",
    "sourceOrg": "SourceOrg",
    "release": "Release",
    "namespace": "Namespace",
}
_KNOWN = (*_TEXTS, "features", "hasSampleData", "settings")
# What the CLI reads and we do not, each with the way out.
_REFUSED = {
    "orgPreferences": "write them as settings, which replaced them",
    "objectSettings": "leave them out and bring the objects from production with Compare",
    "template": "use a snapshot, or make this one with sf org create scratch",
}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
LONGEST = 1_000_000
"""Letters of the longest file that is read."""
_NAMESPACE = "http://soap.sforce.com/2006/04/metadata"


@dataclass(frozen=True)
class Definition:
    """`row`: fields of ScratchOrgInfo. `settings`: name of a Settings component (Apex) → its values."""

    row: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def files(self) -> dict[str, bytes]:
        """Path in a package → Metadata file, for each settings component."""
        return {
            f"settings/{name}.settings": (
                f'<?xml version="1.0" encoding="UTF-8"?>\n<{name}Settings xmlns="{_NAMESPACE}">'
                f"{''.join(_element(key, value) for key, value in sorted(values.items()))}</{name}Settings>\n"
            ).encode()
            for name, values in sorted(self.settings.items())
        }


def parse(text: str) -> Definition:
    """The definition in a file's `text` (JSON; "" asks for nothing). Raises BadDefinition with the way out."""
    if not text.strip():
        return Definition()
    content = _object(text)
    for key in content:
        if key in _REFUSED:
            raise BadDefinition(f"The scratch org definition has {key}, which is not read here: {_REFUSED[key]}.")
        if key not in _KNOWN:
            raise BadDefinition(f"The scratch org definition has {key!r}; known are {', '.join(_KNOWN)}.")
    row: dict[str, Any] = {_TEXTS[key]: _text(key, value) for key, value in content.items() if key in _TEXTS}
    if "features" in content:
        row["Features"] = ";".join(_features(content["features"]))
    if "hasSampleData" in content:
        row["HasSampleData"] = str(content["hasSampleData"]).lower() == "true"
    return Definition(row, _settings(content.get("settings", {})))


def _object(text: str) -> dict[str, Any]:
    if len(text) > LONGEST:
        raise BadDefinition("The scratch org definition is larger than 1 MB.", next="Name the right file.")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        words = error.args[0] if isinstance(error, ValueError) and error.args else "it is nested too deeply"
        raise BadDefinition(f"The scratch org definition is no JSON: {words}.") from error
    if not isinstance(content, dict):
        raise BadDefinition("The scratch org definition must be a JSON object.")
    return content


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise BadDefinition(f"{key} in the scratch org definition must be a text.")
    return value.capitalize() if key == "release" else value


def _features(value: Any) -> list[str]:
    """A list, or a text with `;` or `,` between the names."""
    names = re.split(r"[;,]", value) if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise BadDefinition("features in the scratch org definition must be a list of names.")
    return [name.strip() for name in names if name.strip()]


def _settings(value: Any) -> dict[str, dict[str, Any]]:
    problem = "settings in the scratch org definition must be objects by name, such as apexSettings"
    if not isinstance(value, dict):
        raise BadDefinition(f"{problem}.")
    found = {}
    for key, values in value.items():
        name = key[:1].upper() + key[1:].removesuffix("Settings")
        if not _NAME.fullmatch(name) or not key.endswith("Settings") or not isinstance(values, dict):
            raise BadDefinition(f"{problem}; {key!r} is not one.")
        _check(key, values)
        found[name] = values
    return found


def _check(where: str, values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        if not _NAME.fullmatch(key):
            raise BadDefinition(f"{key!r} in {where} of the scratch org definition is no element's name.")
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                _check(f"{where}.{key}", one)
            elif not isinstance(one, str | int | float | bool):
                raise BadDefinition(f"{key} in {where} of the scratch org definition has no value.")


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, one) for one in value)
    if isinstance(value, dict):
        inner = "".join(_element(key, one) for key, one in value.items())
    else:
        inner = str(value).lower() if isinstance(value, bool) else escape(str(value))
    return f"<{name}>{inner}</{name}>"
