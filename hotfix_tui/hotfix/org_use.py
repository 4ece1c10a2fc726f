"""Who else works in an org: people who logged in lately, since it was made or refreshed.

A copy brings production's dates of last logins along, so those before the copy say nothing.
Source: Object Reference, User.LastLoginDate.
"""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hotfix_tui.salesforce.dates import instant

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

DAYS = 7
_MOST = 20


async def people_in(org: Org) -> tuple[str, ...]:
    """Names of others who logged in during the last week, the latest first; none where the org does not say."""
    from hotfix_tui.salesforce.errors import RequestRefused
    from hotfix_tui.salesforce.soql import quote

    since = max(datetime.now(UTC) - timedelta(days=DAYS), instant(org.created) or datetime.min.replace(tzinfo=UTC))
    condition = f"IsActive = true AND LastLoginDate > {quote(since)} AND Id != {quote(org.user_id)}"
    with contextlib.suppress(RequestRefused):
        rows = await org.query(
            f"SELECT Name FROM User WHERE {condition} ORDER BY LastLoginDate DESC LIMIT {_MOST}"  # noqa: S608 - quoted
        )
        return tuple(str(row.get("Name") or "somebody") for row in rows)
    return ()
