"""Rows of pages, components, static resources, Lightning components, test suites and settings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.localorg.metadata.support import new_id
from hotfix_tui.localorg.tooling.metadata_json import to_json
from hotfix_tui.localorg.tooling.on_demand import Names
from hotfix_tui.localorg.tooling.support import Row, audit

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg


def visualforce(org: LocalOrg, component: Component) -> Row:
    """ApexPage and ApexComponent."""
    meta = xml.parse(component.xml)
    return {
        **audit(component),
        "Name": component.full_name,
        "ApiVersion": float(xml.text(meta, "apiVersion") or 0),
        "MasterLabel": xml.text(meta, "label") or component.full_name,
        "Description": xml.text(meta, "description") or None,
        "IsAvailableInTouch": xml.text(meta, "availableInTouch") == "true",
        "IsConfirmationTokenRequired": xml.text(meta, "confirmationTokenRequired") == "true",
        "Markup": component.body,
        "FullName": component.full_name,
        "Metadata": to_json(component.type, component.xml),
    }


def static_resource(org: LocalOrg, component: Component) -> Row:
    """StaticResource, without its body."""
    meta = xml.parse(component.xml)
    size = sum(len(body) for path, body in component.files.items() if not path.endswith("-meta.xml"))
    return {
        **audit(component),
        "Name": component.full_name,
        "ContentType": xml.text(meta, "contentType"),
        "BodyLength": size,
        "Description": xml.text(meta, "description") or None,
        "CacheControl": xml.text(meta, "cacheControl") or "Private",
        "FullName": component.full_name,
    }


def lightning_bundle(org: LocalOrg, component: Component) -> Row:
    """LightningComponentBundle, from its .js-meta.xml."""
    meta = _bundle_meta(component)
    return {
        **audit(component),
        "DeveloperName": component.full_name,
        "MasterLabel": (xml.text(meta, "masterLabel") if meta is not None else "") or component.full_name,
        "ApiVersion": float(xml.text(meta, "apiVersion") or 0) if meta is not None else None,
        "Description": (xml.text(meta, "description") or None) if meta is not None else None,
        "IsExposed": meta is not None and xml.text(meta, "isExposed") == "true",
        "FullName": component.full_name,
        "Metadata": to_json(component.type, xml.write(meta)) if meta is not None else None,
    }


def _bundle_meta(component: Component) -> xml.Element | None:
    found = next((body for path, body in component.files.items() if path.endswith(".js-meta.xml")), None)
    try:
        return xml.parse(found) if found is not None else None
    except xml.BadXml:
        return None


def lightning_resources(org: LocalOrg, component: Component) -> Iterable[Row]:
    """LightningComponentResource: one a file of a bundle."""
    for path, body in sorted(component.files.items()):
        yield {
            **audit(component),
            "Id": new_id(org, "0Rd"),
            "LightningComponentBundleId": component.id,
            "FilePath": path.partition("/")[2] and f"lwc/{path.partition('/')[2]}",
            "Format": path.rpartition(".")[2],
            "Source": body.decode("utf-8", "replace"),
        }


def refresh_resources(org: LocalOrg, names: Names) -> None:
    """Makes the rows of the files of these Lightning components anew; None for all of them."""
    table, bundle = "LightningComponentResource", "LightningComponentBundle"
    known = org.store.columns(table)
    own = "SELECT id FROM _component WHERE type = ?"
    org.store.execute(f"DELETE FROM {table} WHERE LightningComponentBundleId NOT IN ({own})", (bundle,))  # noqa: S608
    there = (org.components.get(bundle, name) for name in names) if names is not None else org.components.each(bundle)
    for component in there:
        if component is not None:
            org.store.execute(f"DELETE FROM {table} WHERE LightningComponentBundleId = ?", (component.id,))  # noqa: S608
            for row in lightning_resources(org, component):
                org.store.insert_row(table, {key: value for key, value in row.items() if key in known})


def refresh_suites(org: LocalOrg) -> None:
    """ApexTestSuite and TestSuiteMembership; the latter keep their ids as long as the class stays in the suite."""
    suites = org.components.list("ApexTestSuite")
    known = {
        (str(suite), str(member)): str(row_id)
        for row_id, suite, member in org.store.rows("SELECT Id, ApexTestSuiteId, ApexClassId FROM TestSuiteMembership")
    }
    rows: list[Row] = []
    for suite in suites:
        for name in [xml.text(item) for item in xml.children(xml.parse(suite.xml), "testClassName")]:
            member = org.components.id_of("ApexClass", name)
            if member:
                own = {"Id": known.get((suite.id, member)) or new_id(org, "05I"), "IsDeleted": False}
                rows.append({**audit(suite), **own, "ApexTestSuiteId": suite.id, "ApexClassId": member})
    _replace(org, "ApexTestSuite", [{**audit(s), "IsDeleted": False, "TestSuiteName": s.full_name} for s in suites])
    _replace(org, "TestSuiteMembership", rows)


def refresh_settings(org: LocalOrg) -> None:
    """SourceTrackingSettings: one row; sandboxes are tracked unless the settings say otherwise."""
    found = org.components.get("Settings", "SourceTracking")
    on = found is None or xml.text(xml.parse(found.xml), "enableSourceTrackingSandboxes") != "false"
    row_id = str(org.store.value("SELECT Id FROM SourceTrackingSettings") or new_id(org, "4wv"))
    row = {"Id": row_id, "DurableId": "SourceTracking", "IsSourceTrackingSandboxesEnabled": on}
    _replace(org, "SourceTrackingSettings", [row])


def _replace(org: LocalOrg, table: str, rows: list[Row]) -> None:
    known = org.store.columns(table)
    org.store.replace_rows(table, [{key: value for key, value in row.items() if key in known} for row in rows])
