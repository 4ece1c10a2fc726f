"""The SOAP API for records (partner and enterprise) and for Apex. Metadata has a room of its own."""

from hotfix_tui.localorg.soap.routes import routes

__all__ = ["routes"]
