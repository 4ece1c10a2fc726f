"""The metadata side of a local org: components, Metadata API, deployments."""

from hotfix_tui.localorg.metadata.component import Component, ComponentId
from hotfix_tui.localorg.metadata.deploys import DeployQueue
from hotfix_tui.localorg.metadata.flows import FlowVersion
from hotfix_tui.localorg.metadata.store import ComponentStore

__all__ = ["Component", "ComponentId", "ComponentStore", "DeployQueue", "FlowVersion"]
