"""Orgs that were made while the instance ran: their files, and what the next start must know of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from hotfix_tui.localorg import registry
from hotfix_tui.localorg.clock import api_datetime
from hotfix_tui.localorg.org import LocalOrg
from hotfix_tui.localorg.refresh import Sandbox, copy_of

if TYPE_CHECKING:
    from hotfix_tui.localorg.instance import Instance, Member


_INSTANCE = "CS42"
_PERSONS = "personaccounts"


def open_made(instance: Instance) -> None:
    """Opens what was made before."""
    from hotfix_tui.localorg.instance import Member

    for alias, made in instance.memory.made.items():
        if alias not in instance.members:
            org = LocalOrg.open(instance.folder(alias), instance.clock)
            names = [str(name) for name in made["usernames"]]
            instance.members[alias] = Member(
                alias, str(made["label"]), org, names[0], tuple(names[1:]), dict(made["handles"])
            )


def make_sandbox(instance: Instance, production: Member, alias: str, kind: str, source: str) -> Member:
    """A new sandbox of `production`, or a clone of its sandbox `source`; the one that is there already, if it is."""
    if alias in instance.members:
        return instance.members[alias]
    origin = instance.members[source] if source else production
    new = instance.folder(alias).with_name(f"{alias}.new")
    seed = f"{production.org.store.meta('seed')}:{alias}"
    copy_of(origin.org, Sandbox(alias, kind, seed, _INSTANCE, source), new, instance.clock)
    new.rename(instance.folder(alias))
    names = [_renamed(name, source, alias) for name in (origin.username, *origin.others)]
    handles = {handle: _renamed(name, source, alias) for handle, name in origin.handles.items()}
    return _remember(instance, alias, f"Sandbox of {production.alias}", names, handles)


def make_scratch(instance: Instance, alias: str, admin: str, days: int, features: tuple[str, ...] = ()) -> Member:
    """An empty scratch org with one administrator, that ends in so many days. Of features it heeds PersonAccounts."""
    if alias in instance.members:
        return instance.members[alias]
    folder = instance.folder(alias)
    shutil.rmtree(folder, ignore_errors=True)
    registry.private(folder)
    org = LocalOrg.create(folder, name=alias, kind="scratch", clock=instance.clock, seed=f"scratch:{alias}:{admin}")
    org.users.add_user(admin, "Scratch Admin")
    if _PERSONS in features:
        org.enable_person_accounts()
    ends = api_datetime(instance.clock.now() + timedelta(days=days))
    org.store.update_row("Organization", org.org_id, {"TrialExpirationDate": ends})
    org.close()
    return _remember(instance, alias, "Scratch org", [admin], {})


def remove(instance: Instance, alias: str, close: Callable[[], None]) -> None:
    """Takes an org away for good. `close` is called when nothing must be asked of it any more."""
    member = instance.members.pop(alias, None)
    instance.memory.made.pop(alias, None)
    if member is not None:
        close()
        member.org.deploys.close()
        member.org.close()
    shutil.rmtree(instance.folder(alias), ignore_errors=True)
    instance.save()


def _remember(instance: Instance, alias: str, label: str, names: list[str], handles: dict[str, str]) -> Member:
    instance.memory.made[alias] = {"label": label, "usernames": names, "handles": handles}
    open_made(instance)
    instance.save()
    return instance.members[alias]


def _renamed(name: str, source: str, alias: str) -> str:
    """A username in a sandbox: production's with the sandbox's name behind it."""
    return f"{name.removesuffix(f'.{source}') if source else name}.{alias}"
