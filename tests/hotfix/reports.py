"""Which events of a journal are not counted where runners are killed. Apart, as the killed process changes much."""

from __future__ import annotations

# Facts that only report: nothing is done between one of them and the next event, no restore reads them, and how many
# there are depends on how often something was looked at.
REPORTS = frozenset({"Progress", "ComponentDeployed", "DeployProgressed", "AutomationFound"})

BULK = "KILL_CHILD_BULK"
"""In the environment of `kill_child`: rows go as jobs of the Bulk API, however few there are."""
