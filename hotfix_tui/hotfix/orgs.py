"""The orgs this machine knows: can they be reached, what kind are they, can the fix be made there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hotfix_tui.events import Fact
from hotfix_tui.hotfix.errors import StepRefused
from hotfix_tui.hotfix.org_use import people_in
from hotfix_tui.hotfix.rights import missing_rights
from hotfix_tui.salesforce.dates import instant

if TYPE_CHECKING:
    from hotfix_tui.salesforce.kinds import OrgKind
    from hotfix_tui.salesforce.login import OrgLogin

_CALLS, _STORAGE, _FILES = "DailyApiRequests", "DataStorageMB", "FileStorageMB"

# A record takes 2 KB (Salesforce Help, "Data and File Storage Allocations"): room for 1,000, and two days to work.
_LEAST_MB, _LEAST_TIME = 2.0, timedelta(days=2)

# The larger a sandbox, the more people work in it, and the rarer it can be refreshed.
_OWN_FIRST = ("sandbox developer", "scratch", "sandbox developer pro", "sandbox partial", "sandbox full")


@dataclass(frozen=True, kw_only=True)
class OrgStatus(Fact):
    """One org as it answers now.

    `refusal`: why it cannot be the hotfix environment (None: it can). `reason`: what speaks for it. Storage in MB;
    `age_hours` since it was made or refreshed, None when it did not say. `source`: local, own or sf. `expires`: ISO
    8601, "" when it does not. `missing`: a sentence for each right our user lacks. `people`: others who logged in
    lately. `contact`: when it last answered, ISO 8601 in UTC.
    """

    alias: str
    label: str
    kind: str = ""
    org_id: str = ""
    connected: bool = False
    error: str = ""
    api_used: int = 0
    api_max: int = 0
    storage_used_mb: float = 0.0
    storage_max_mb: float = 0.0
    age_hours: float | None = None
    refusal: str | None = None
    reason: str = ""
    username: str = ""
    source: str = ""
    api_version: str = ""
    expires: str = ""
    files_used_mb: float = 0.0
    files_max_mb: float = 0.0
    missing: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    contact: str = ""

    @property
    def rank(self) -> tuple[bool, bool, bool, int, bool, bool, float]:
        """Sorts the best hotfix environment first.

        Possible; with room and time left; named for it; one's own before shared; nobody else at work; youngest.
        """
        kind = _OWN_FIRST.index(self.kind) if self.kind in _OWN_FIRST else len(_OWN_FIRST)
        named = _named_for_it(self.alias, self.label)
        age = (self.age_hours is None, self.age_hours or 0.0)
        return (self.refusal is not None, bool(self.short_of), not named, kind, bool(self.people), *age)

    @property
    def short_of(self) -> str:
        """What there is too little of for a hotfix: room for records, or days before it ends; "" when neither."""
        free = self.storage_max_mb - self.storage_used_mb
        if self.storage_max_mb and free < _LEAST_MB:
            return f"only {max(free, 0.0):,.1f} MB are free"
        ends = instant(self.expires)
        if ends is not None and ends - datetime.now(UTC) < _LEAST_TIME:
            return f"it ends {ends:%Y-%m-%d}"
        return ""


def refusal(alias: str, kind: OrgKind) -> str | None:
    """Why an org of this kind is never the hotfix environment; None when it can be."""
    from hotfix_tui.salesforce.kinds import OrgKind

    if kind is OrgKind.PRODUCTION:
        return f"{alias} is PRODUCTION: a fix is made and tried elsewhere, and promoted."
    if kind is OrgKind.DEVELOPER_EDITION:
        return (
            f"{alias} is a Developer Edition org: it is no copy of production, so nothing tried there proves anything."
        )
    if kind.production_rules:
        return f"{alias} is of kind {kind.value}: it may be somebody's production, so production rules hold."
    return None


async def survey() -> AsyncIterator[OrgStatus]:
    """Every known org as soon as it has answered, or could not. Raises BadLogin when the logins cannot be read."""
    from hotfix_tui.salesforce.login import known_logins

    asked = [asyncio.create_task(_status(login)) for login in known_logins().values()]
    try:
        for answered in asyncio.as_completed(asked):
            yield await answered
    finally:
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)


async def production(alias: str) -> OrgStatus:
    """The org `alias`, which a hotfix will treat as its production. `label` holds our user's name there.

    Raises SalesforceError when it cannot be reached, StepRefused when it is no production org.
    """
    from hotfix_tui.salesforce.login import login_for
    from hotfix_tui.salesforce.org import Org

    org = await Org.connect(login_for(alias))
    try:
        if not org.kind.production_rules:
            raise StepRefused(
                f"{alias} is a {org.kind.value} org, not production: a hotfix begins from production.", org=alias
            )
        return OrgStatus(alias=alias, label=org.username, kind=org.kind.value, org_id=org.org_id, connected=True)
    finally:
        await org.close()


async def check_environment(alias: str, production_alias: str) -> None:
    """Raises StepRefused when `alias` cannot be the environment of a hotfix of `production_alias`; SalesforceError."""
    from hotfix_tui.salesforce.login import login_for
    from hotfix_tui.salesforce.org import Org

    login = login_for(alias)
    why: str | None = f"{alias} is production itself: a fix is made and tried elsewhere, and promoted."
    if alias != production_alias:
        org = await Org.connect(login)
        why = refusal(alias, org.kind)
        await org.close()
    if why is not None:
        raise StepRefused(why, org=alias, next="Choose a sandbox or a scratch org.")


async def _status(login: OrgLogin) -> OrgStatus:
    from hotfix_tui.salesforce.errors import SalesforceError
    from hotfix_tui.salesforce.org import Org

    try:
        org = await Org.connect(login)
    except SalesforceError as error:
        return _unreachable(login, str(error))
    try:
        limits = await org.limits()
        calls, storage, files = limits.get(_CALLS), limits.get(_STORAGE), limits.get(_FILES)
        used = float(storage.max - storage.remaining) if storage else 0.0
        most = float(storage.max) if storage else 0.0
        age = _age_hours(org.created)
        lacking, people = await asyncio.gather(missing_rights(org), people_in(org))
        return OrgStatus(
            alias=login.alias,
            label=login.label or org.name,
            kind=org.kind.value,
            org_id=org.org_id,
            connected=True,
            api_used=calls.max - calls.remaining if calls else 0,
            api_max=calls.max if calls else 0,
            storage_used_mb=used,
            storage_max_mb=most,
            age_hours=age,
            refusal=refusal(login.alias, org.kind),
            reason=why_offered(_named_for_it(login.alias, login.label), age, used, most, people, org.expires[:10]),
            people=people,
            contact=datetime.now(UTC).isoformat(timespec="seconds"),
            username=org.username,
            source=login.source,
            api_version=org.api_version,
            expires=org.expires,
            files_used_mb=float(files.max - files.remaining) if files else 0.0,
            files_max_mb=float(files.max) if files else 0.0,
            missing=tuple(f"{one.label} is missing: {one.without}" for one in lacking),
        )
    except SalesforceError as error:
        return _unreachable(login, str(error))
    finally:
        await org.close()


def _unreachable(login: OrgLogin, error: str) -> OrgStatus:
    return OrgStatus(
        alias=login.alias,
        label=login.label,
        org_id=login.org_id,
        error=error,
        refusal=f"{login.alias} cannot be reached: {error}",
    )


def _age_hours(made: str) -> float | None:
    at = instant(made)
    if at is None:
        return None
    age = (datetime.now(UTC) - at).total_seconds() / 3600
    return age if age >= 0 else None


def _named_for_it(*names: str) -> bool:
    """Whether a team keeps this org for hotfixes, by what it calls it."""
    return any("hotfix" in name.lower().replace("-", "").replace(" ", "") for name in names)


def why_offered(
    named: bool, age: float | None, used: float, most: float, people: tuple[str, ...] = (), ends: str = ""
) -> str:
    """In words: named for hotfixes, hours since it was made, MB used of the most, when it ends, who else is there."""
    parts = ["kept for hotfixes, by its name"] if named else []
    if age is not None:
        # Whole hours and days that have passed, as the Age column counts them: one org is never two ages on one screen.
        hours = f"{int(age)} h old" if age >= 1 else "less than an hour old"
        parts.append(hours if age < 48 else f"{int(age / 24)} days old")
    if most:
        parts.append(f"{used / most:.1%} of {most:,.0f} MB used")
    if ends:
        parts.append(f"ends {ends}")
    if people:
        others = f" and {len(people) - 2} more" if len(people) > 2 else ""
        parts.append(f"in use this week by {', '.join(people[:2])}{others}")
    return ", ".join(parts)
