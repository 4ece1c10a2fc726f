"""From names to components: which maker writes which type, and in what order they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from hotfix_tui.localorg.generate import access, code, flows, objects, pages, setup
from hotfix_tui.localorg.generate.world import Named, World
from hotfix_tui.localorg.metadata.component import Component, ComponentId
from hotfix_tui.localorg.metadata.layout import main_file
from hotfix_tui.localorg.metadata.types import metadata_types

Maker = Callable[[World, Named, Random, int], Any]
"""Writes one component: its document, or its files. `edition` 1 is the same component with one thing changed."""

_MAKERS: dict[str, Maker] = {
    "ApexClass": code.make_class,
    "ApexComponent": code.make_component,
    "ApexPage": code.make_page,
    "ApexTestSuite": code.make_suite,
    "ApexTrigger": code.make_trigger,
    "AuraDefinitionBundle": code.make_aura,
    "CompactLayout": objects.make_compact_layout,
    "CspTrustedSite": setup.make_trusted_site,
    "CustomApplication": pages.make_app,
    "CustomField": objects.make_field,
    "CustomLabel": setup.make_label,
    "CustomMetadata": setup.make_record,
    "CustomObject": objects.make_object,
    "CustomPermission": access.make_permission,
    "CustomTab": pages.make_tab,
    "Dashboard": setup.make_dashboard,
    "EmailTemplate": setup.make_template,
    "FieldSet": objects.make_field_set,
    "FlexiPage": pages.make_flexipage,
    "Flow": flows.make_flow,
    "GlobalValueSet": objects.make_value_set,
    "Group": setup.make_public_group,
    "Layout": pages.make_layout,
    "LightningComponentBundle": code.make_lightning,
    "ListView": objects.make_list_view,
    "NamedCredential": setup.make_credential,
    "PermissionSet": access.make_permission_set,
    "PermissionSetGroup": access.make_group,
    "Profile": access.make_profile,
    "Queue": setup.make_queue,
    "QuickAction": pages.make_action,
    "RecordType": objects.make_record_type,
    "RemoteSiteSetting": setup.make_remote_site,
    "Report": setup.make_report,
    "Role": setup.make_role,
    "StaticResource": code.make_resource,
    "ValidationRule": objects.make_rule,
    "WebLink": objects.make_web_link,
    "WorkflowAlert": setup.make_alert,
    "WorkflowFieldUpdate": setup.make_field_update,
    "WorkflowRule": setup.make_workflow_rule,
}


def write(world: World, named: Named, edition: int = 0) -> Component:
    """The component with its files, as an org keeps it."""
    made = _MAKERS[named.type](world, named, world.rng(named), edition)
    if isinstance(made, bytes):
        child = named.type in metadata_types().children
        path = "" if child else main_file(ComponentId(named.type, named.full_name))
        made = {path: made}
    return Component(named.type, named.full_name, made)


def all_named(world: World) -> Iterator[Named]:
    """Every component of the world, none twice."""
    for found in world.named.values():
        yield from found
