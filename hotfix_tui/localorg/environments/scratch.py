"""The scratch orgs of a Dev Hub: from New by Creating to Active, and away with their ActiveScratchOrg.

Sources: Object Reference, ScratchOrgInfo and ActiveScratchOrg; sfdx-core, scratchOrgInfoApi, for what clients read.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.clock import api_datetime
from hotfix_tui.localorg.environments.host import Host, Nobody
from hotfix_tui.localorg.environments.stages import DEFAULT_PACE
from hotfix_tui.localorg.environments.worker import Worker

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_log = logging.getLogger(__name__)
Row = dict[str, Any]


class ScratchOrgs:
    """What a Dev Hub knows of its scratch orgs. `host` is set by the process that serves the org."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        self.host: Host = Nobody()
        self.worker = Worker("scratch orgs", self._round, DEFAULT_PACE)

    def close(self) -> None:
        """Ends between two stages."""
        self.worker.close()

    def _round(self) -> bool:
        if self._org.schema.object("ScratchOrgInfo") is None:
            return False
        moved = False
        for row in self._rows("Status IN ('New', 'Creating') AND IsDeleted = 0"):
            moved = True
            if not self.worker.closing:
                self._update(row, self._next(row))
        for row in self._rows(
            "Status = 'Active' AND Id IN (SELECT ScratchOrgInfoId FROM ActiveScratchOrg WHERE IsDeleted = 1)"
        ):
            moved = True
            self.host.remove(alias_of(row))
            self._update(row, {"Status": "Deleted", "DeletedDate": api_datetime(self._org.clock.now())})
        return moved

    def _rows(self, condition: str) -> list[Row]:
        found = self._org.store.rows(f"SELECT Id FROM ScratchOrgInfo WHERE {condition} ORDER BY CreatedDate, Id")  # noqa: S608
        return [row for (each,) in found if (row := self._org.store.get("ScratchOrgInfo", each))]

    def _update(self, row: Row, changes: Row) -> None:
        with self._org.store.transaction():
            self._org.store.update_row("ScratchOrgInfo", row["Id"], changes)
            if changes.get("Status") == "Active":
                self._activate({**row, **changes})

    def _next(self, row: Row) -> Row:
        if self._org.conditions.scratch_error:
            return {"Status": "Error", "ErrorCode": self._org.conditions.scratch_error}
        if row["Status"] == "New":
            return {"Status": "Creating"}
        try:
            return self._made(row)
        except Exception:  # whatever it was: the org says that it failed, and the next copy goes on
            _log.exception("a scratch org could not be made")
            return {"Status": "Error", "ErrorCode": "S-9999"}

    def _made(self, row: Row) -> Row:
        admin = row["Username"] or f"test-{row['Id'][10:15].lower()}@example.com"
        features = tuple(one.strip().lower() for one in str(row.get("Features") or "").split(";"))
        place = self.host.make_scratch(alias_of(row), admin, int(row["DurationDays"]), features)
        code = self.host.code(place.alias, admin, row["ConnectedAppConsumerKey"], row["ConnectedAppCallbackUrl"])
        return {
            "Status": "Active",
            "ScratchOrg": place.org_id[:15],
            "SignupUsername": admin,
            "SignupEmail": row["AdminEmail"],
            "SignupInstance": "USA1S",
            "LoginUrl": place.url,
            "AuthCode": code,
        }

    def _activate(self, row: Row) -> None:
        kept = ("ScratchOrg", "SignupUsername", "OrgName", "Edition", "Description", "SignupInstance", "ExpirationDate")
        values = {name: row[name] for name in kept}
        owner = {"OwnerId": row["OwnerId"], "CreatedById": row["CreatedById"]}
        self._org.records.raw_insert("ActiveScratchOrg", {**values, **owner, "ScratchOrgInfoId": row["Id"]})


def alias_of(row: Row) -> str:
    """The alias here of the scratch org that a ScratchOrgInfo asked for."""
    return f"scratch-{row['Id'][8:15]}"
