"""The Tooling API of a local org, and the rows of setup objects that queries read."""

from hotfix_tui.localorg.tooling.endpoints import routes

__all__ = ["routes"]
