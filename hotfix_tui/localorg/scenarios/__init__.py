"""Scenarios: folders that say which orgs there are, what is in them, and what happens to them.

docs/local-orgs.md explains the format. The scenario `incident` is shipped here; any folder of the same form works.
"""

from hotfix_tui.localorg.scenarios.format import Scenario, ScenarioError, find, read

__all__ = ["Scenario", "ScenarioError", "find", "read"]
