"""An office: one org over HTTP with people of several profiles, each with a token, and records of two owners."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from hotfix_tui.localorg.clock import Clock
from hotfix_tui.localorg.org import LocalOrg
from tests.localorg.metadata.samples import document
from tests.localorg.metadata.soap_client import Soap, manifest, serving
from tests.localorg.own_org import Api, an_object, field

PROFILES = {
    "ada": "System Administrator",
    "sam": "Standard User",
    "rea": "Read Only",
    "min": "Minimum Access - Salesforce",
    "ola": "Standard User",
}
GRANTS = (
    "<label>{name}</label><objectPermissions><allowCreate>{create}</allowCreate><allowDelete>{delete}</allowDelete>"
    "<allowEdit>{edit}</allowEdit><allowRead>true</allowRead><modifyAllRecords>false</modifyAllRecords>"
    "<object>{object}</object><viewAllRecords>false</viewAllRecords></objectPermissions>"
)


def grant(path: str, *, edit: bool = True, read: bool = True) -> str:
    """A field permission's XML."""
    return (
        f"<fieldPermissions><editable>{str(edit).lower()}</editable><field>{path}</field>"
        f"<readable>{str(read).lower()}</readable></fieldPermissions>"
    )


def on_object(name: str, rights: str = "create read edit delete", more: str = "") -> str:
    """An object permission's XML: `rights` are words; `more` are other elements of the permission set."""
    words = rights.split()
    tags = {"allowCreate": "create", "allowDelete": "delete", "allowEdit": "edit", "allowRead": "read"}
    tags |= {"modifyAllRecords": "modifyAll", "viewAllRecords": "viewAll"}
    inner = "".join(f"<{tag}>{str(word in words).lower()}</{tag}>" for tag, word in sorted(tags.items()))
    return f"<objectPermissions>{inner}<object>{name}</object></objectPermissions>{more}"


@dataclass
class Office:
    """The org, and who is in it."""

    org: LocalOrg
    url: str
    ids: dict[str, str]

    def as_(self, who: str) -> Api:
        """The REST API as one person."""
        return Api(self.url, self.org.users.token_for(self.ids[who]), self.org)

    def soap(self, who: str = "ada") -> Soap:
        """The Metadata API as one person."""
        return Soap(self.url, self.org.users.token_for(self.ids[who]))

    def deploy(self, kind: str, folder: str, name: str, inner: str, **options: Any) -> Any:
        """Deploys one component as the administrator; the result."""
        ending = {"permissionsets": "permissionset", "profiles": "profile", "objects": "object"}[folder]
        files = {
            "package.xml": manifest(**{kind: [name]}),
            f"{folder}/{name}.{ending}": document(kind if folder != "objects" else "CustomObject", inner),
        }
        return self.soap().deploy(files, **options)

    def permission_set(self, name: str, inner: str, *to: str) -> str:
        """Deploys a permission set and assigns it; its id."""
        result = self.deploy("PermissionSet", "permissionsets", name, f"<label>{name}</label>{inner}")
        assert result["status"] == ["Succeeded"], result
        found = str(self.as_("ada").query(f"SELECT Id FROM PermissionSet WHERE Name = '{name}'")[0]["Id"])
        for who in to:
            self.as_("ada").create("PermissionSetAssignment", AssigneeId=self.ids[who], PermissionSetId=found)
        return found


@pytest.fixture
def office(tmp_path: Any) -> Iterator[Office]:
    """The office with Desk__c and its fields, which administrators see and nobody else."""
    org = LocalOrg.create(tmp_path / "org", name="office", clock=Clock(datetime(2026, 1, 13, 10, tzinfo=UTC)))
    org.deploys.pace = 0.0
    ids = {who: org.users.add_user(f"{who}@office.example", f"{who} x".title(), at) for who, at in PROFILES.items()}
    org.components.put("CustomObject", "Desk__c", {"objects/Desk__c.object": an_object("Desk")}, ids["ada"])
    for name, kind in (("Room__c", "<length>40</length>"), ("Price__c", "<precision>8</precision><scale>2</scale>")):
        made = field(name, "Text" if name == "Room__c" else "Currency", kind)
        org.components.put("CustomField", f"Desk__c.{name}", {f"objects/Desk__c/{name}.field": made}, ids["ada"])
    with serving(org) as url:
        yield Office(org, url, ids)
    org.close()
