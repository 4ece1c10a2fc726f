"""An org's OAuth: its apps, what was given out, and whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotfix_tui.localorg.oauth.apps import Apps
from hotfix_tui.localorg.oauth.errors import OAuthError
from hotfix_tui.localorg.oauth.passwords import Passwords
from hotfix_tui.localorg.oauth.sessions import Sessions

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg
    from hotfix_tui.localorg.users import User


class OAuth:
    """Made with the org; its tables are in the org's file."""

    def __init__(self, org: LocalOrg) -> None:
        self.org = org
        self.apps = Apps(org)
        self.sessions = Sessions(org)
        self.passwords = Passwords(org)

    def user(self, username: str) -> User:
        """An active user. Raises OAuthError."""
        found = self.org.users.by_username(username)
        if found is None or not self.is_active(found.id):
            raise OAuthError("access_denied", "end-user denied authorization")
        return found

    def is_active(self, user_id: str) -> bool:
        """Whether the user may have sessions: active, and not frozen."""
        found = self.org.store.value(
            "SELECT 1 FROM User LEFT JOIN UserLogin l ON l.UserId = User.Id"
            " WHERE User.Id = ? AND IsActive = 1 AND IFNULL(l.IsFrozen, 0) = 0",
            (user_id,),
        )
        return found is not None

    def usernames(self) -> list[str]:
        """Who can be at the browser."""
        found = self.org.store.rows(
            "SELECT Username FROM User WHERE IsActive = 1 AND UserType = 'Standard' ORDER BY Username"
        )
        return [row[0] for row in found]
