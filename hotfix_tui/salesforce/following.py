"""Follows a running deploy until it ends, through lost connections and busy servers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from hotfix_tui.salesforce.deploys import DeployResult
from hotfix_tui.salesforce.errors import MalformedReply, OrgUnreachable, ReplyLost, SalesforceError, ServerUnavailable
from hotfix_tui.salesforce.soap_calls import waits

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

_PASSES = (OrgUnreachable, ReplyLost, ServerUnavailable, MalformedReply)


async def follow(org: Org, deploy_id: str) -> AsyncIterator[DeployResult]:
    """The deploy each time something moved; the last one is `done`. The first look is at once.

    Looks go on every 0.1 s at first, then more slowly, up to 2 s. An org that does not answer is asked again for ten
    minutes (`Timing.poll_patience`), then its error is raised: the deploy itself goes on in the org. Raises
    SessionExpired and what else the org refuses at once.
    """
    last: DeployResult | None = None
    pace = waits(org.timing)
    silent_since: float | None = None
    while True:
        failure: SalesforceError | None = None
        try:
            result = await org.deploy_result(deploy_id)
        except _PASSES as error:
            failure = error
        if failure is not None:
            now = time.monotonic()
            silent_since = silent_since or now
            if now - silent_since >= org.timing.poll_patience:
                raise failure
        else:
            silent_since = None
            if last is None or result != last:
                last = result
                yield result
            if result.done:
                return
        await asyncio.sleep(next(pace))
