"""Refreshing a sandbox: it becomes a new copy of production, and what was in it is gone."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.clock import Clock, api_datetime
from hotfix_tui.localorg.org import FILE, SANDBOXES, LocalOrg
from hotfix_tui.localorg.records.storage import SETUP
from hotfix_tui.localorg.schema.model import SObject
from hotfix_tui.localorg.store import Store
from hotfix_tui.localorg.store.ids import IdMaker

if TYPE_CHECKING:
    from hotfix_tui.localorg.instance import Instance, Member

# A Developer sandbox copies products, price books and price book entries, with production's Ids, and no other data.
_PRODUCTS = frozenset({"Product2", "Pricebook2", "PricebookEntry"})
_WITHOUT_DATA = frozenset({"developer", "developer_pro"})
# What happened in production stays there.
_HISTORY = frozenset(
    {
        "DeployRequest",
        "AsyncApexJob",
        "ApexTestQueueItem",
        "ApexTestResult",
        "ApexTestResultLimits",
        "ApexTestRunResult",
    }
    | {"ApexLog", "SourceMember", "MetadataContainer", "ContainerAsyncRequest", "CronTrigger", "FlowInterview"}
)
# What the internal tables begin with that hold what happened.
_OWN_TABLES = (
    "_token",
    "SandboxInfo",
    "SandboxProcess",
    "_oauth_code",
    "_oauth_session",
    "_oauth_refresh",
    "_test_run",
    "_deploy",
    "_retriev",
    "_bin",
    "_fired",
    "_escaped",
    "_bulk",
)


class CannotRefresh(Exception):
    """The sandbox stays as it is. The message is a sentence."""


def source_of(instance: Instance, alias: str) -> Member:
    """The production org that a sandbox is a copy of. Raises CannotRefresh."""
    if instance.members[alias].org.kind not in SANDBOXES:
        raise CannotRefresh(f"{alias} is no sandbox: only sandboxes are refreshed.")
    found = [member for member in instance.members.values() if member.org.kind == "production"]
    if len(found) != 1:
        raise CannotRefresh(f"There must be one production org to copy; there are {len(found)}.")
    return found[0]


@dataclass(frozen=True)
class Sandbox:
    """What a copy of production becomes. `seed` decides its org id, `instance` is where Salesforce hosts it.

    `clone_of`: the alias of the sandbox it is a clone of.
    """

    alias: str
    kind: str
    seed: str
    instance: str
    clone_of: str = ""


def refreshed(old: LocalOrg, alias: str) -> Sandbox:
    """What a sandbox is after its refresh: the same one, with another org id."""
    row = old.store.get("Organization", old.org_id) or {}
    return Sandbox(alias, old.kind, f"{old.store.meta('seed')}:refreshed", str(row.get("InstanceName") or ""))


def copy_of(source: LocalOrg, made: Sandbox, folder: Path, clock: Clock) -> None:
    """Makes, in a folder, a sandbox of production, or a clone of a sandbox.

    Users keep their Ids; sandboxes add their name to usernames and `.invalid` to addresses, as Salesforce does. The org
    id, sessions and deployments are new; the creation date is the clock's. Partial copies take all records here.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    source.store.copy_to(folder / FILE)
    store = Store(folder / FILE)
    with store.transaction():
        _rename(store, source, made, api_datetime(clock.now()))
    store.close()
    copy = LocalOrg(folder, clock)
    try:
        with copy.store.transaction():
            _empty(copy, keep_data=bool(made.clone_of))
            _rename_users(copy, made)
    finally:
        copy.close()


def put_in_place(new: Path, place: Path) -> None:
    """Puts a made copy where the closed org was; what was there is gone."""
    gone = place.with_name(f"{place.name}.gone")
    shutil.rmtree(gone, ignore_errors=True)
    place.rename(gone)
    new.rename(place)
    with contextlib.suppress(OSError):
        shutil.rmtree(gone)


def _rename(store: Store, source: LocalOrg, made: Sandbox, now: str) -> None:
    org_id = IdMaker(made.seed).org_id()
    for key, value in (
        ("kind", made.kind),
        ("seed", made.seed),
        ("org_id", org_id),
        ("created_at", now),
        ("system_user_id", source.system_user_id),
    ):
        store.set_meta(key, value)
    values: dict[str, Any] = {"Id": org_id, "IsSandbox": True, "CreatedDate": now, "InstanceName": made.instance}
    store.update_row("Organization", source.org_id, values)


def _rename_users(copy: LocalOrg, made: Sandbox) -> None:
    """Sandboxes add their name to usernames and `.invalid` to addresses; a clone's users had another sandbox's."""
    before = f".{made.clone_of}" if made.clone_of else ""
    name = "SUBSTR(Username, 1, LENGTH(Username) - ?)"
    copy.store.execute(
        f"UPDATE User SET Username = {name} || ?, Email = Email || ? WHERE Id <> ?",  # noqa: S608
        (len(before), f".{made.alias}", "" if before else ".invalid", copy.system_user_id),
    )


def _empty(copy: LocalOrg, *, keep_data: bool) -> None:
    for each in copy.schema:
        if each.name in _HISTORY or (not keep_data and copy.kind in _WITHOUT_DATA and _is_data(each)):
            copy.store.execute(f'DELETE FROM "{each.name}"')  # noqa: S608
    for (table,) in copy.store.rows("SELECT name FROM sqlite_master WHERE type = 'table'"):
        if table.startswith(_OWN_TABLES):
            copy.store.execute(f'DELETE FROM "{table}"')  # noqa: S608


def _is_data(each: SObject) -> bool:
    if each.api != "data" or each.custom_metadata or each.platform_event:
        return False
    return each.name not in SETUP and each.name not in _PRODUCTS
