"""The org as it would be after the deploy: what is there, plus the package, minus what is deleted before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.package import Package

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_CUSTOM = re.compile(r"__(c|mdt|e|b|x|kav|pc)\Z", re.IGNORECASE)
_SYSTEM_FIELDS = {
    "id": (),
    "name": (),
    "ownerid": ("User",),
    "createdbyid": ("User",),
    "createddate": (),
    "lastmodifiedbyid": ("User",),
    "lastmodifieddate": (),
    "systemmodstamp": (),
    "isdeleted": (),
    "recordtypeid": ("RecordType",),
    "currencyisocode": (),
    "lastactivitydate": (),
    "lastvieweddate": (),
    "lastreferenceddate": (),
    "developername": (),
    "masterlabel": (),
    "label": (),
    "language": (),
    "namespaceprefix": (),
    "qualifiedapiname": (),
    "setupownerid": ("User",),
}


@dataclass(frozen=True)
class FieldShape:
    """What the checks need to know of a field."""

    name: str
    type: str
    targets: tuple[str, ...] = ()
    required: bool = False


def is_custom(name: str) -> bool:
    """Whether an API name is a custom one (`Foo__c`, `Foo__mdt`, `Foo__e`)."""
    return bool(_CUSTOM.search(name))


class World:
    """Answers whether something would exist."""

    def __init__(self, org: LocalOrg, package: Package) -> None:
        self.org = org
        self.package = package
        self._brought = {item.component.component_id.key: item for item in package.items}
        self._gone = {deletion.component.key for deletion in package.delete_before}
        self._custom_names: set[str] | None = None

    def has(self, type_name: str, full_name: str) -> bool:
        """Whether a component of this name would be there."""
        key = (type_name, full_name.lower())
        if key in self._brought:
            return True
        return key not in self._gone and self.org.components.exists(type_name, full_name)

    def has_object(self, name: str) -> bool:
        """Whether the object would be there, standard or custom."""
        key = ("CustomObject", name.lower())
        if key in self._brought:
            return True
        return key not in self._gone and self.org.schema.object(name) is not None

    def field(self, object_name: str, name: str) -> FieldShape | None:
        """A field of an object as it would be, by its API name."""
        key = ("CustomField", f"{object_name}.{name}".lower())
        brought = self._brought.get(key)
        if brought is not None and brought.element is not None:
            return _shape(brought.element, name)
        if key in self._gone or ("CustomObject", object_name.lower()) in self._gone:
            return None
        found = self.org.schema.object(object_name)
        known = found.field(name) if found else None
        if known is not None:
            required = not known.nillable and not known.defaulted_on_create
            kind = "MasterDetail" if known.master_detail else known.type
            return FieldShape(known.name, kind, known.reference_to, required)
        targets = _SYSTEM_FIELDS.get(name.lower())
        return FieldShape(name, "system", targets) if targets is not None else None

    def path_problem(self, object_name: str, path: str) -> str:
        """Why `Program__r.Max__c` cannot be followed from an object; "" when it can, or when the org cannot tell.

        Standard names of objects whose fields are not bundled are let pass: only what is known to be absent is named.
        """
        current = object_name
        segments = path.split(".")
        for segment in segments[:-1]:
            target = self._relationship(current, segment)
            if target is None:
                return f"{segment} does not exist" if _relationship_is_custom(segment) else ""
            if not target:
                return ""
            current = target
        last = segments[-1]
        if self.field(current, last) is not None or self._is_relationship_end(current, last):
            return ""
        if is_custom(last) or is_custom(current):
            return f"{last} does not exist"
        return ""

    def _is_relationship_end(self, object_name: str, name: str) -> bool:
        return name.lower().endswith("__r") and self._relationship(object_name, name) is not None

    def _relationship(self, object_name: str, name: str) -> str | None:
        """The object a relationship leads to; "" when it leads to several, None when there is none."""
        if name.lower().endswith("__r"):
            found = self.field(object_name, f"{name[:-3]}__c")
            targets = found.targets if found else None
        else:
            found = self.field(object_name, f"{name}Id")
            targets = found.targets if found else None
        if targets is None:
            return None
        return targets[0] if len(targets) == 1 else ""

    def custom_names(self) -> set[str]:
        """Every custom object and field name there would be, lower case, relationship names too (`foo__r`)."""
        if self._custom_names is None:
            names: set[str] = set()
            for type_name in ("CustomObject", "CustomField"):
                for component in self.org.components.properties(type_name):
                    if component.component_id.key not in self._gone:
                        names.add(component.full_name.rpartition(".")[2].lower())
            for item in self.package.items:
                if item.type in ("CustomObject", "CustomField"):
                    names.add(item.full_name.rpartition(".")[2].lower())
            names |= {f"{name[:-3]}__r" for name in names if name.endswith("__c")}
            names |= self._child_relationships()
            derived = {name for name in names if name.endswith("__c")}
            names |= {f"{name[:-3]}__{ending}" for name in derived for ending in ("share", "history", "feed")}
            self._custom_names = names
        return self._custom_names

    def _child_relationships(self) -> set[str]:
        names = set()
        documents = [item.element for item in self.package.items if item.type == "CustomField"]
        documents += [xml.parse(component.xml) for component in self.org.components.list("CustomField")]
        for document in documents:
            name = xml.text(document, "relationshipName") if document is not None else ""
            if name:
                names.add(f"{name.lower()}__r")
        return names


def _shape(element: xml.Element, name: str) -> FieldShape:
    targets = tuple(xml.text(item) for item in xml.children(element, "referenceTo"))
    required = xml.text(element, "required") == "true"
    return FieldShape(xml.text(element, "fullName") or name, xml.text(element, "type"), targets, required)


def _relationship_is_custom(segment: str) -> bool:
    return segment.lower().endswith("__r")
