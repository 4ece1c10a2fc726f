"""People and what they may do: rights from profiles and permission sets, and the org as one user sees it."""

from hotfix_tui.localorg.people.people import People
from hotfix_tui.localorg.people.rights import Rights

__all__ = ["People", "Rights"]
