"""What a deploy names must be there: checks of each type, run before the first change."""

from hotfix_tui.localorg.metadata.checks.run import check_item, check_removal
from hotfix_tui.localorg.metadata.checks.world import World

__all__ = ["World", "check_item", "check_removal"]
