"""The stages of a sandbox copy, taken one after the other in a thread of the org's own."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.clock import api_datetime
from hotfix_tui.localorg.environments import statuses as now
from hotfix_tui.localorg.environments.licences import KINDS
from hotfix_tui.localorg.environments.rows import alias_of, alias_of_info
from hotfix_tui.localorg.environments.worker import Worker

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_log = logging.getLogger(__name__)
DEFAULT_PACE = 0.5
# What a copy shows on its way, in per cent; the org itself is made behind the last.
_COPYING = (10, 35, 60, 85)
Row = dict[str, Any]


class Stages:
    """Takes every process a stage on each `pace` seconds, until it rests; it goes on after a restart."""

    def __init__(self, org: LocalOrg, pace: float = DEFAULT_PACE) -> None:
        self._org = org
        self.worker = Worker("sandboxes", self._round, pace)

    def _round(self) -> bool:
        moving = [row for row in self._rows() if row["Status"] not in now.AT_REST]
        for row in moving:
            if not self.worker.closing:
                self._step(row)
        return bool(moving)

    def _rows(self) -> list[Row]:
        found = self._org.store.rows("SELECT Id FROM SandboxProcess ORDER BY CreatedDate, Id")
        return [row for (each,) in found if (row := self._org.store.get("SandboxProcess", each))]

    def _step(self, row: Row) -> None:
        try:
            changes = self._next(row)
        except Exception:  # whatever it was: the org says that it failed, and the next copy goes on
            _log.exception("a sandbox could not be made: %s", row["SandboxName"])
            changes = {"Status": now.STOPPED}
        if changes:
            with self._org.store.transaction():
                self._org.store.update_row("SandboxProcess", row["Id"], changes)

    def _next(self, row: Row) -> Row:
        """What changes with the next stage."""
        disturbed, status = self._org.conditions.sandboxes, row["Status"]
        if status in (now.DELETING, now.DISCARDING):
            return self._end(row)
        if disturbed == "suspended" or status == now.SUSPENDED:
            return {"Status": now.SUSPENDED if disturbed == "suspended" else now.PROCESSING}
        if disturbed == "stopped":
            return {"Status": now.STOPPED}
        if status == now.ACTIVATING:
            return self._activate(row)
        if status == now.PENDING:
            return {"Status": now.PROCESSING, "StartDate": self._time(), "CopyProgress": _COPYING[0]}
        later = [each for each in _COPYING if each > (row["CopyProgress"] or 0)]
        if later:
            return {"CopyProgress": later[0]}
        return self._copied(row)

    def _copied(self, row: Row) -> Row:
        """The copy is there: a new sandbox is activated at once, a refreshed one when that was asked for."""
        if self._is_first(row) or row["AutoActivate"]:
            # Real orgs say the end before the sandbox can be entered, too (sf retries on INVALID_STATUS).
            return {"Status": now.ACTIVATING, "EndDate": self._time(), "CopyProgress": 100}
        return {"Status": now.PENDING_ACTIVATION, "CopyProgress": 100}

    def _activate(self, row: Row) -> Row:
        host = self._org.sandboxes.host
        if self._is_first(row):
            source = alias_of_info(self._org, row["SourceId"]) if row["SourceId"] else ""
            place = host.make_sandbox(alias_of(row), KINDS[row["LicenseType"]], source)
        else:
            place = host.refresh_sandbox(alias_of(row))
        return {"Status": now.COMPLETED, "SandboxOrganization": place.org_id[:15], "EndDate": self._time()}

    def _end(self, row: Row) -> Row:
        if row["Status"] == now.DELETING:
            self._org.sandboxes.host.remove(alias_of(row))
        return {"Status": now.DELETED}

    def _is_first(self, row: Row) -> bool:
        """Whether this copy makes the sandbox, and does not replace it."""
        done = self._org.store.value(
            "SELECT 1 FROM SandboxProcess WHERE SandboxInfoId = ? AND Id <> ? AND Status = ?",
            (row["SandboxInfoId"], row["Id"], now.COMPLETED),
        )
        return done is None

    def _time(self) -> str:
        return api_datetime(self._org.clock.now())
