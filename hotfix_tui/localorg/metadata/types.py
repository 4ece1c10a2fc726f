"""The metadata types this org knows: where their files lie, which have children, which take `*`.

Source: the registry of forcedotcom/source-deploy-retrieve (Apache-2.0), in `metadata_types.json`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("metadata_types.json")
_FOLDER_TYPES = {"Report": "ReportFolder", "Dashboard": "DashboardFolder", "Document": "DocumentFolder"}
_NO_WILDCARD = frozenset({"StandardValueSet"})
# The API version a type came with, where that is later than the oldest one served and a page of the Metadata API
# Developer Guide says it; types that are not here are described at every version.
_SINCE = {
    "ApexTestSuite": 38,
    "Bot": 43,
    "CorsWhitelistOrigin": 32,
    "CspTrustedSite": 39,
    "DuplicateRule": 38,
    "ExperienceBundle": 46,
    "ExternalCredential": 56,
    "FlowDefinition": 34,
    "FlowTest": 55,
    "GlobalValueSet": 38,
    "GlobalValueSetTranslation": 38,
    "LightningComponentBundle": 45,
    "LightningMessageChannel": 47,
    "MatchingRules": 33,
    "MutingPermissionSet": 46,
    "NamedCredential": 33,
    "PathAssistant": 34,
    "PermissionSetGroup": 45,
    "PlatformEventChannelMember": 47,
    "ProfilePasswordPolicy": 41,
    "ProfileSessionSetting": 41,
    "RestrictionRule": 52,
    "StandardValueSet": 38,
    "StandardValueSetTranslation": 38,
}

# The first three characters of a component's id (object reference of the Tooling API); others share 0A0.
_KEY_PREFIXES = {
    "ApexClass": "01p",
    "ApexComponent": "099",
    "ApexPage": "066",
    "ApexTestSuite": "05F",
    "ApexTrigger": "01q",
    "AuraDefinitionBundle": "0Ab",
    "CompactLayout": "0AH",
    "CustomApplication": "02u",
    "CustomField": "00N",
    "CustomLabel": "101",
    "CustomMetadata": "m00",
    "CustomObject": "01I",
    "CustomPermission": "0CP",
    "CustomTab": "01r",
    "DuplicateRule": "0Bm",
    "EmailTemplate": "00X",
    "FieldSet": "0IX",
    "FlexiPage": "0M0",
    "Flow": "301",
    "FlowDefinition": "300",
    "GlobalValueSet": "0Nt",
    "Group": "00G",
    "Layout": "00h",
    "LightningComponentBundle": "0Rb",
    "ListView": "00B",
    "MatchingRule": "0JD",
    "PermissionSet": "0PS",
    "PermissionSetGroup": "0PG",
    "Profile": "00e",
    "Queue": "00G",
    "QuickAction": "09D",
    "RecordType": "012",
    "RemoteSiteSetting": "0rp",
    "Report": "00O",
    "StaticResource": "081",
    "ValidationRule": "03d",
    "WebLink": "00b",
    "WorkflowAlert": "01W",
    "WorkflowFieldUpdate": "04Y",
    "WorkflowOutboundMessage": "04k",
    "WorkflowRule": "01Q",
    "WorkflowTask": "01V",
}


@dataclass(frozen=True)
class ChildType:
    """A type whose components live inside their parent's file: `tag` is their element there."""

    name: str
    parent: str
    tag: str
    directory: str
    suffix: str


@dataclass(frozen=True)
class MetadataType:
    """One type. `source` says how `sf` source format lays it out: file, content, bundle, mixed or decomposed."""

    name: str
    directory: str
    suffix: str = ""
    in_folder: bool = False
    meta_file: bool = False
    source: str = "file"
    children: tuple[ChildType, ...] = ()
    decomposed_only: dict[str, dict[str, str]] = field(default_factory=dict, hash=False)

    @property
    def folder_type(self) -> str:
        """The type that lists this type's folders (ReportFolder for Report); empty where there are no folders."""
        return _FOLDER_TYPES.get(self.name, "EmailFolder") if self.in_folder else ""

    @property
    def bundle(self) -> bool:
        """Whether a component is a folder of files."""
        return self.source == "bundle"


class MetadataTypes:
    """The table. Names are matched exactly, as the Metadata API does."""

    def __init__(self, types: dict[str, MetadataType]) -> None:
        self.types = types
        self.children = {child.name: child for item in types.values() for child in item.children}
        self._by_directory: dict[str, list[MetadataType]] = {}
        for item in types.values():
            self._by_directory.setdefault(item.directory.lower(), []).append(item)
        self._folders = {item.folder_type: item for item in types.values() if item.in_folder}

    def known(self, name: str) -> bool:
        """Whether the Metadata API knows the type: a type, a child type or a folder type."""
        return name in self.types or name in self.children or name in self._folders

    def known_at(self, name: str, version: float) -> bool:
        """As `known`, in an API version: not yet for what came later, as far as that is known here."""
        child = self.children.get(name)
        return self.known(name) and _SINCE.get(child.parent if child else name, 0) <= version

    def of_folder(self, name: str) -> MetadataType | None:
        """The type whose folders `name` lists (ReportFolder → Report)."""
        return self._folders.get(name)

    def parent_of(self, name: str) -> MetadataType | None:
        """The type in whose file components of the child type `name` live."""
        found = self.children.get(name)
        return self.types[found.parent] if found else None

    def in_directory(self, directory: str) -> list[MetadataType]:
        """The types whose files lie in a package folder of this name, whatever its case."""
        return self._by_directory.get(directory.lower(), [])

    def takes_wildcard(self, name: str) -> bool:
        """Whether `*` in package.xml means all components of the type (children of CustomObject and folders do not)."""
        if name in self.children:
            return self.children[name].parent != "CustomObject"
        found = self.types.get(name)
        return found is not None and not found.in_folder and name not in _NO_WILDCARD


def key_prefix(type_name: str) -> str:
    """The first three characters of the ids of components of this type."""
    return _KEY_PREFIXES.get(type_name, "0A0")


@cache
def metadata_types() -> MetadataTypes:
    """The table, read once."""
    table: dict[str, MetadataType] = {}
    for name, row in json.loads(_FILE.read_text(encoding="utf-8"))["types"].items():
        kids = tuple(
            ChildType(child, name, item["tag"], item["directory"], item["suffix"])
            for child, item in row.pop("children", {}).items()
        )
        table[name] = MetadataType(name=name, children=kids, **row)
    return MetadataTypes(table)
