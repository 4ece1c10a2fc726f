"""The door every write passes: a permit for orgs under production rules, and the register of all write calls."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from hotfix_tui.salesforce.errors import WriteRefused
from hotfix_tui.salesforce.kinds import OrgKind


class WritePermit(Protocol):
    """Leave to write to one org, for one act. `hotfix` makes it, `salesforce` only asks it."""

    @property
    def org_id(self) -> str:
        """The org (18 characters) it is for."""

    @property
    def act(self) -> str:
        """What it is for: promote, rollback, undo_containment, manage_sandbox, data_fix."""

    def admits(self, org_id: str) -> bool:
        """Whether a write to this org may go out now."""


class _Guarded(Protocol):
    def admit(self, call: str) -> None: ...


Owner = TypeVar("Owner", bound=_Guarded)
Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")

WRITE_CALLS: dict[str, Callable[..., Any]] = {}
"""Every method of `Org` that changes an org, by name."""


def write(
    method: Callable[Concatenate[Owner, Arguments], Coroutine[Any, Any, Result]],
) -> Callable[Concatenate[Owner, Arguments], Coroutine[Any, Any, Result]]:
    """Marks a method of `Org` as a write: it raises WriteRefused, before any request, unless the org is open to it."""

    @wraps(method)
    async def guarded(self: Owner, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        self.admit(method.__name__)
        return await method(self, *args, **kwargs)

    WRITE_CALLS[method.__name__] = guarded
    return guarded


def check_admitted(*, alias: str, org_id: str, kind: OrgKind, permit: WritePermit | None, call: str) -> None:
    """Raises WriteRefused when an org of this kind must not be written to with this permit (or none)."""
    if not kind.production_rules:
        return
    if permit is not None and permit.org_id == org_id and permit.admits(org_id):
        return
    reason = "without a permit" if permit is None else "with a permit that does not admit it"
    raise WriteRefused(
        f"{alias} is {_named(kind)}: {call} {reason} is refused. Nothing was sent.",
        org=alias,
        next=f"Confirm the act with the alias {alias} typed in full.",
    )


def _named(kind: OrgKind) -> str:
    return "an org whose kind cannot be told" if kind is OrgKind.UNKNOWN else f"a {kind.value} org"
