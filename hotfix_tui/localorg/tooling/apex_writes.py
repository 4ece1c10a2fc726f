"""Classes, triggers, pages and components made and deleted through the Tooling API, where the org is no active one.

Source: the objects' pages in the Tooling API reference. A body is changed by way of a container (`containers`), not
here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.errors import ApiError, not_found
from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.apex import class_name, trigger_header
from hotfix_tui.localorg.metadata.component import Component, ComponentId
from hotfix_tui.localorg.metadata.layout import META, main_file
from hotfix_tui.localorg.tooling.fields import fields, text
from hotfix_tui.localorg.tooling.setup_save import erase, save

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

BODY = {"ApexClass": "Body", "ApexTrigger": "Body", "ApexPage": "Markup", "ApexComponent": "Markup"}
_FIELDS = {
    "ApexClass": ("Name", "FullName", "Body", "ApiVersion", "Status"),
    "ApexTrigger": ("Name", "FullName", "Body", "ApiVersion", "Status", "TableEnumOrId"),
    "ApexPage": ("Name", "FullName", "Markup", "ApiVersion", "MasterLabel", "Description"),
    "ApexComponent": ("Name", "FullName", "Markup", "ApiVersion", "MasterLabel", "Description"),
}
_NEWEST = "67.0"


class ApexWrites:
    """ApexClass, ApexTrigger, ApexPage, ApexComponent."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org

    def create(self, name: str, body: dict[str, Any], user_id: str) -> str:
        """The body (or markup) and, for what it does not say itself, the name."""
        source = BODY[name]
        given = fields(name, body, _FIELDS[name], (source,))
        content = text(source, given[source])
        full_name = given.get("Name") or given.get("FullName") or _declared(name, content)
        if not full_name:
            raise ApiError("REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]", fields=["Name"])
        if self._org.components.exists(name, str(full_name)):
            known = self._org.components.id_of(name, str(full_name))
            problem = f"duplicate value found: Name duplicates value on record with id: {known[:15]}"
            raise ApiError("DUPLICATE_VALUE", problem)
        return save(self._org, source_component(name, str(full_name), content, given), user_id)

    def update(self, name: str, record_id: str, body: dict[str, Any], user_id: str) -> None:
        """Bodies go by way of a container."""
        raise not_found()

    def delete(self, name: str, record_id: str, user_id: str) -> None:
        """As a destructive change."""
        found = self._org.components.by_id(record_id)
        if found is None:
            raise not_found()
        erase(self._org, ComponentId(name, found.full_name), user_id)


def source_component(
    type_name: str, full_name: str, body: str, given: dict[str, Any], known: Component | None = None
) -> Component:
    """A component of a source file and its -meta.xml; the latter is the known one's unless `given` says otherwise."""
    path = main_file(ComponentId(type_name, full_name))
    if known is not None and not given:
        meta = known.xml
    else:
        root = xml.new_root(type_name)
        said = {"apiVersion": given.get("ApiVersion") or _NEWEST}
        if BODY[type_name] == "Body":
            said["status"] = given.get("Status") or "Active"
        else:
            said["label"] = given.get("MasterLabel") or full_name
            said |= {"description": given["Description"]} if given.get("Description") else {}
        for tag, value in sorted(said.items()):
            element = xml.new_root(tag)
            element.text = str(value)
            root.append(element)
        meta = xml.write(root)
    return Component(type_name, full_name, {path: body.encode(), f"{path}{META}": meta})


def _declared(type_name: str, content: str) -> str | None:
    if type_name == "ApexClass":
        return class_name(content)
    header = trigger_header(content) if type_name == "ApexTrigger" else None
    return header.name if header else None
