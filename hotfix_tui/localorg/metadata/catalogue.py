"""describeMetadata and listMetadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.component import Component, ComponentId
from hotfix_tui.localorg.metadata.envelope import SoapFault
from hotfix_tui.localorg.metadata.layout import main_file
from hotfix_tui.localorg.metadata.namespaces import namespace_of
from hotfix_tui.localorg.metadata.support import user_name
from hotfix_tui.localorg.metadata.types import metadata_types

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

EPOCH = "1970-01-01T00:00:00.000Z"
# Real orgs cannot list these by their names' nature: a value set exists whether or not anybody touched it.
_NOT_LISTED = frozenset({"StandardValueSet"})
_MAX_QUERIES = 3
_CUSTOM_METADATA_TIME = "1960-01-01T00:00:00.000Z"
_WITHOUT_TIME = frozenset({"Settings", "StandardValueSet"})


def describe_metadata(org: LocalOrg, version: float) -> dict[str, Any]:
    """The DescribeMetadataResult: every type of the API version with its folder, suffix and children."""
    described = []
    for found in metadata_types().types.values():
        if not metadata_types().known_at(found.name, version):
            continue
        described.append(
            {
                "childXmlNames": [child.name for child in found.children],
                "directoryName": found.directory,
                "inFolder": found.in_folder,
                "metaFile": found.meta_file,
                "suffix": found.suffix or None,
                "xmlName": found.name,
            }
        )
    production = org.kind == "production"
    return {
        "metadataObjects": described,
        "organizationNamespace": "",
        "partialSaveAllowed": not production,
        "testRequired": production,
    }


def list_metadata(org: LocalOrg, body: xml.Element, version: float) -> list[dict[str, Any]]:
    """The FileProperties of at most three queries, each a type and, for types in folders, a folder."""
    queries = xml.children(body, "queries")
    if len(queries) > _MAX_QUERIES:
        raise SoapFault("LIMIT_EXCEEDED", f"Too many queries: {len(queries)}. The limit is {_MAX_QUERIES} queries.")
    found: list[dict[str, Any]] = []
    properties = PropertiesOf(org)
    for query in queries:
        type_name = xml.text(query, "type")
        if not metadata_types().known_at(type_name, version):
            raise SoapFault("INVALID_TYPE", f"Unknown type:{type_name}")
        found.extend(properties.of(item) for item in listed(org, type_name, xml.text(query, "folder")))
    return found


def listed(org: LocalOrg, type_name: str, folder: str = "") -> list[Component]:
    """The components a type's list names: standard objects too, folders under the folder type, no value sets."""
    table = metadata_types()
    if type_name in _NOT_LISTED:
        return []
    of_folder = table.of_folder(type_name)
    if of_folder is not None:
        return [item for item in org.components.properties(of_folder.name) if "/" not in item.full_name]
    items = list(org.components.properties(type_name))
    found = table.types.get(type_name)
    if found is not None and found.in_folder:
        return [item for item in items if item.full_name.startswith(f"{folder}/")] if folder else []
    if type_name == "CustomObject":
        items += _standard_objects(org, {item.full_name.lower() for item in items})
    elif found is not None and found.children:
        known = {item.full_name.lower() for item in items}
        names = org.components.parents(type_name)
        items += [Component(type_name, name) for name in sorted(names) if name.lower() not in known]
    return sorted(items, key=lambda item: item.full_name)


def _standard_objects(org: LocalOrg, known: set[str]) -> list[Component]:
    """Standard objects, and objects only known by their children; an org lists them without id or dates."""
    names = {
        found.name
        for found in org.schema
        if not found.custom and found.api == "data" and found.flags & {"layout", "trigger"}
    }
    names |= org.components.parents("CustomObject")
    return [Component("CustomObject", name) for name in sorted(names) if name.lower() not in known]


class PropertiesOf:
    """Makes FileProperties; asks for each user's name once."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        self._names: dict[str, str] = {"": ""}

    def _name(self, user_id: str) -> str:
        found = self._names.get(user_id)
        if found is None:
            found = self._names[user_id] = user_name(self._org, user_id)
        return found

    def of(self, component: Component, prefix: str = "") -> dict[str, Any]:
        """One FileProperties, its elements in the order of the WSDL."""
        file_name = next(iter(component.files), "") or main_file(ComponentId(component.type, component.full_name))
        created, modified = listed_times(component)
        namespace = namespace_of(component)
        return {
            "createdById": component.created_by or "",
            "createdByName": self._name(component.created_by),
            "createdDate": created,
            "fileName": f"{prefix}{file_name}",
            "fullName": component.full_name,
            "id": component.id,
            "lastModifiedById": component.modified_by or "",
            "lastModifiedByName": self._name(component.modified_by),
            "lastModifiedDate": modified,
            "manageableState": "installed" if namespace else "unmanaged" if component.id else None,
            "namespacePrefix": namespace or None,
            "type": _listed_type(component),
        }


def _listed_type(component: Component) -> str:
    """A folder is listed as a folder (`EmailFolder`), though it is a member of the type of its content.

    Source: how forcedotcom/source-deploy-retrieve (connectionResolver) goes from lists of folders to what is in them.
    """
    found = metadata_types().types.get(component.type)
    return found.folder_type if found and found.in_folder and "/" not in component.full_name else component.type


def listed_times(component: Component) -> tuple[str, str]:
    """When a component was made and changed, as lists have it, which is not always when that was.

    Components nobody made (standard objects) and settings have the epoch; records of custom metadata lie at 1960
    (jetstreamapp/jetstream issue 1544).
    """
    if component.type == "CustomMetadata":
        return _CUSTOM_METADATA_TIME, _CUSTOM_METADATA_TIME
    if component.type in _WITHOUT_TIME:
        return EPOCH, EPOCH
    return soap_time(component.created_at), soap_time(component.modified_at)


def soap_time(moment: str) -> str:
    """A stored instant as SOAP writes it (`…Z`); the epoch where there is none."""
    return f"{moment[:23]}Z" if moment else EPOCH
