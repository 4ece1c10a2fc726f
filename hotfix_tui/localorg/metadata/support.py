"""Small questions the metadata side asks its org: the time, a new id, a user's name, which rules hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotfix_tui.localorg.clock import api_datetime
from hotfix_tui.localorg.metadata import xml

if TYPE_CHECKING:
    from hotfix_tui.localorg.metadata.package import Package
    from hotfix_tui.localorg.org import LocalOrg


def timestamp(org: LocalOrg) -> str:
    """The org's present instant as it keeps instants (`2026-01-13T10:00:00.000+0000`)."""
    return api_datetime(org.clock.now())


def new_id(org: LocalOrg, prefix: str) -> str:
    """The next 18-character id with this key prefix."""
    return org.ids.record_id(prefix, org.store.next_number(f"id:{prefix}"))


def user_name(org: LocalOrg, user_id: str) -> str:
    """A user's full name; "" for nobody and for users that are gone."""
    found = org.users.user(user_id) if user_id else None
    return found.name if found else ""


def production_rules(org: LocalOrg) -> bool:
    """Whether deploys follow production's rules: tests by default, rollbackOnError, flows landing inactive."""
    return org.kind == "production"


def flows_land_active(org: LocalOrg, package: Package) -> bool:
    """Whether an active flow lands active: always outside production, there only if the org's flow settings say so."""
    if not production_rules(org):
        return True
    brought = package.item("Settings", "Flow")
    found = brought.component if brought else org.components.get("Settings", "Flow")
    return found is not None and xml.text(xml.parse(found.xml), "enableFlowDeployAsActiveEnabled") == "true"
