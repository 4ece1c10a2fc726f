"""The login operation: user name and password with the security token behind it, as long as the version has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotfix_tui.localorg.oauth.apps import App
from hotfix_tui.localorg.org import SANDBOXES
from hotfix_tui.localorg.soap.envelope import Call, Fault, markup, tag

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg
    from hotfix_tui.localorg.soap.dialects import Dialect
    from hotfix_tui.localorg.soap.operations import Operations

# The operation is gone from version 65 on.
WITHOUT_LOGIN = 65
_SESSION = App("SOAP login", label="SOAP login", scopes=("api",))


def login(org: LocalOrg, dialect: Dialect, operations: Operations, call: Call, version: str, base: str) -> list[str]:
    """The result of a login. Raises Fault: INVALID_LOGIN for whatever is wrong, without saying what."""
    user = org.users.by_username(call.text("username"))
    known = user is not None and org.oauth.is_active(user.id)
    if user is None or not known or not org.oauth.passwords.right(user.id, call.text("password")):
        raise Fault("INVALID_LOGIN", "Invalid username, password, security token; or user locked out.")
    token = org.oauth.sessions.open(_SESSION, user.id, _SESSION.scopes, lasting=False).access
    inner = markup(
        tag("metadataServerUrl", f"{base}/services/Soap/m/{version}/{org.org_id[:15]}"),
        tag("passwordExpired", False),
        tag("sandbox", org.kind in SANDBOXES or org.kind == "scratch"),
        tag("serverUrl", f"{base}/services/Soap/{dialect.letter}/{version}/{org.org_id[:15]}"),
        tag("sessionId", token),
        tag("userId", user.id),
        tag("userInfo", operations.user_info(user)),
    )
    return [tag("result", inner)]
