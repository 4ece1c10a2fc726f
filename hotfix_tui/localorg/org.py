"""One local org: its file, its schema, its records, its people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from hotfix_tui.localorg.allowances import REQUESTS_A_DAY
from hotfix_tui.localorg.clock import Clock, api_datetime, parse_datetime
from hotfix_tui.localorg.faults import Conditions, FaultList
from hotfix_tui.localorg.faults.conditions import RequestCount
from hotfix_tui.localorg.oauth.service import OAuth
from hotfix_tui.localorg.people import People
from hotfix_tui.localorg.records.escapes import EscapeLog
from hotfix_tui.localorg.records.firing import FiringLog
from hotfix_tui.localorg.records.locks import LockTable
from hotfix_tui.localorg.records.recycle_bin import RecycleBin
from hotfix_tui.localorg.records.service import RecordService
from hotfix_tui.localorg.schema import Schema
from hotfix_tui.localorg.schema.stages import write_stages
from hotfix_tui.localorg.soql.run import QueryService
from hotfix_tui.localorg.store import Store
from hotfix_tui.localorg.store.ids import IdMaker
from hotfix_tui.localorg.users import Users, current_user

if TYPE_CHECKING:
    from hotfix_tui.localorg.apex.jobs import Jobs
    from hotfix_tui.localorg.apex.test_runs import TestRuns
    from hotfix_tui.localorg.bulk.service import Bulk
    from hotfix_tui.localorg.environments.sandboxes import Sandboxes
    from hotfix_tui.localorg.environments.scratch import ScratchOrgs
    from hotfix_tui.localorg.metadata import ComponentStore, DeployQueue

Kind = Literal["production", "developer", "developer_pro", "partial", "full", "scratch", "developer_edition"]
SANDBOXES = frozenset({"developer", "developer_pro", "partial", "full"})
# Source tracking: in scratch orgs, Developer and Developer Pro sandboxes, nowhere else (sf org enable tracking, help).
TRACKED = frozenset({"developer", "developer_pro", "scratch"})
# What only a Dev Hub has.
DEV_HUB = frozenset({"ScratchOrgInfo", "ActiveScratchOrg"})
FILE = "org.sqlite"
# Files of orgs before anything is in them but tables, by what decides about these: making tables takes longest.
_EMPTY: dict[tuple[bool, tuple[str, ...]], bytes] = {}


class LocalOrg:
    """An org kept in `folder`/org.sqlite. Make one with `create` or `open`; call `close` when done.

    `created_at` is when the environment was made or refreshed: Organization.CreatedDate.
    """

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        self.folder = folder
        self.clock = clock or Clock()
        self.store = Store(folder / FILE)
        self.name = self.store.meta("name")
        self.kind: Kind = self.store.meta("kind")  # type: ignore[assignment]
        self.org_id = self.store.meta("org_id")
        self.created_at: datetime = parse_datetime(self.store.meta("created_at"))
        self.ids = IdMaker(self.store.meta("seed"))
        # A sandbox that was refreshed has the users of production.
        self.system_user_id = self.store.meta("system_user_id") or self.ids.record_id("005", 0)
        self._requests = RequestCount(self.clock)
        self.conditions = Conditions()
        self.faults = FaultList()
        currencies = tuple(self.store.meta("currencies").split())
        self.fired = FiringLog(self)
        self.locks = LockTable()
        self.escaped = EscapeLog(self)
        self.recycle_bin = RecycleBin(self)
        self.records = RecordService(self)
        self.queries = QueryService(self)
        absent = frozenset() if self.kind in TRACKED else frozenset({"SourceMember"})
        if self.kind != "production":
            absent |= {"SandboxInfo", "SandboxProcess"}
        if not self.store.meta("dev_hub"):
            absent |= DEV_HUB
        self.schema = Schema(self.store, self.ids, currencies, absent)
        self.people = People(self)
        self.oauth = OAuth(self)
        self.users = Users(self)

    @classmethod
    def create(
        cls,
        folder: Path,
        *,
        name: str,
        kind: Kind = "developer",
        clock: Clock | None = None,
        seed: str = "",
        currencies: tuple[str, ...] = (),
        created_at: datetime | None = None,
    ) -> LocalOrg:
        """A new org in an empty folder. `seed` (default: the name) decides its ids.

        More than one of `currencies` (ISO codes, the corporate one first) makes it multi-currency. Raises ValueError
        for an unknown kind, FileExistsError when there is an org already.
        """
        if kind not in get_args(Kind):
            raise ValueError(f"an org cannot be of kind {kind}")
        if (folder / FILE).exists():
            raise FileExistsError(folder / FILE)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        clock = clock or Clock()
        (folder / FILE).touch(0o600)
        like = (kind in TRACKED, currencies)
        if like in _EMPTY:
            (folder / FILE).write_bytes(_EMPTY[like])
        store = Store(folder / FILE)
        ids = IdMaker(seed or name)
        with store.transaction():
            for key, value in (
                ("name", name),
                ("kind", kind),
                ("seed", seed or name),
                ("org_id", ids.org_id()),
                ("created_at", api_datetime(created_at or clock.now())),
                ("currencies", " ".join(currencies)),
            ):
                store.set_meta(key, value)
        store.close()
        org = cls(folder, clock)
        if like not in _EMPTY:
            _EMPTY[like] = org.store.image()
        with org.store.transaction():
            org._seed(currencies)
        return org

    def enable_person_accounts(self) -> None:
        """Gives the org person accounts, with the record type that comes with them."""
        with self.store.transaction():
            self.schema.set_persons()
            row = {"Name": "Person Account", "DeveloperName": "PersonAccount", "SobjectType": "Account"}
            self.records.raw_insert("RecordType", {**row, "IsActive": True, "IsPersonType": True})

    @classmethod
    def open(cls, folder: Path, clock: Clock | None = None) -> LocalOrg:
        """An org that was made before. Raises FileNotFoundError."""
        if not (folder / FILE).exists():
            raise FileNotFoundError(folder / FILE)
        return cls(folder, clock)

    def close(self) -> None:
        """Lets go of the file."""
        for name in ("sandboxes", "scratch_orgs"):
            if name in self.__dict__:
                self.__dict__[name].close()
        if "bulk" in self.__dict__:
            self.bulk.close()
        self.store.close()

    def _seed(self, currencies: tuple[str, ...]) -> None:
        sandbox = self.kind in SANDBOXES or self.kind == "scratch"
        row: dict[str, Any] = {
            "Id": self.org_id,
            "Name": self.name,
            "OrganizationType": "Developer Edition"
            if self.kind in ("scratch", "developer_edition")
            else "Enterprise Edition",
            "InstanceName": f"{'CS' if sandbox else 'EU'}{sum(map(ord, self.ids.pod)) % 90 + 10}",
            "IsSandbox": sandbox,
            "DefaultLocaleSidKey": "en_US",
            "LanguageLocaleKey": "en_US",
            "TimeZoneSidKey": "UTC",
            "FiscalYearStartMonth": 1,
            "CreatedDate": api_datetime(self.created_at),
        }
        if self.kind == "scratch":
            row["TrialExpirationDate"] = f"{self.created_at.year + 1}-01-01T00:00:00.000+0000"
        self.records.raw_insert("Organization", row)
        self.users.seed()
        write_stages(self.schema)
        self.records.raw_insert("Pricebook2", {"Name": "Standard Price Book", "IsStandard": True, "IsActive": True})
        for index, code in enumerate(currencies):
            self.records.raw_insert(
                "CurrencyType",
                {
                    "IsoCode": code,
                    "ConversionRate": 1.0,
                    "DecimalPlaces": 2,
                    "IsActive": True,
                    "IsCorporate": index == 0,
                },
            )

    @cached_property
    def components(self) -> ComponentStore:
        """The metadata the org holds."""
        from hotfix_tui.localorg.metadata import ComponentStore

        return ComponentStore(self)

    @cached_property
    def deploys(self) -> DeployQueue:
        """Deployments: waiting, running and done."""
        from hotfix_tui.localorg.metadata import DeployQueue

        return DeployQueue(self)

    @cached_property
    def bulk(self) -> Bulk:
        """Jobs of the Bulk APIs."""
        from hotfix_tui.localorg.bulk.service import Bulk

        return Bulk(self)

    @cached_property
    def sandboxes(self) -> Sandboxes:
        """The sandboxes of a production org."""
        from hotfix_tui.localorg.environments.sandboxes import Sandboxes

        return Sandboxes(self)

    @cached_property
    def scratch_orgs(self) -> ScratchOrgs:
        """The scratch orgs of a Dev Hub."""
        from hotfix_tui.localorg.environments.scratch import ScratchOrgs

        return ScratchOrgs(self)

    def be_dev_hub(self, on: bool) -> None:
        """Makes the org a Dev Hub, or one no longer. Raises ValueError for an org that cannot be one."""
        if on and self.kind not in ("production", "developer_edition"):
            raise ValueError(f"{self.name} is a {self.kind} org and cannot be a Dev Hub")
        self.store.set_meta("dev_hub", "1" if on else "")
        self.schema.absent = self.schema.absent - DEV_HUB if on else self.schema.absent | DEV_HUB
        self.schema.reload()

    @cached_property
    def jobs(self) -> Jobs:
        """Scheduled and queued Apex."""
        from hotfix_tui.localorg.apex.jobs import Jobs

        return Jobs(self)

    @cached_property
    def test_runs(self) -> TestRuns:
        """Runs of Apex tests outside of deployments."""
        from hotfix_tui.localorg.apex.test_runs import TestRuns

        return TestRuns(self)

    @property
    def seen(self) -> Schema:
        """The schema as the current user sees it (`current_user`); all of it where nobody is at work but the org."""
        return self.people.schema(current_user.get())

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """All or nothing over records, components and schema: what raises inside leaves the org as it was."""
        try:
            with self.store.transaction():
                yield
        except BaseException:
            self.schema.reload()
            raise

    def count_request(self) -> int:
        """Counts one API request; returns how many there were in the last 24 hours."""
        return self._requests.add()

    @property
    def requests(self) -> int:
        """API requests in the last 24 hours, of those since the org was opened."""
        return self._requests.used

    @property
    def request_limit(self) -> int:
        """API requests the org allows in 24 hours."""
        lowered = self.conditions.request_limit
        return REQUESTS_A_DAY[self.kind] if lowered is None else lowered
