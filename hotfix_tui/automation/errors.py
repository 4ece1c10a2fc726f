"""What can go wrong with automations beyond what an org says itself."""

from __future__ import annotations

from hotfix_tui.salesforce.errors import SalesforceError


class SwitchRefused(SalesforceError):
    """Switching off was not begun: production rules, or what would be switched off could not be restored."""


class SwitchFailed(SalesforceError):
    """An automation did not go off although the org did not refuse it."""


class RestoreFailed(SalesforceError):
    """Automations are still off; the message names them. Everything that could be restored was."""
