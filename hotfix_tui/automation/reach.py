"""What could reach the outside from an org when rows are written there: callouts, messages, jobs, subscribers, e-mail.

Switching automations off does not stop what others do in the org meanwhile, nor what runs by itself later. Each kind is
read by itself: one that cannot be read is told, and spoils no other.

Sources: Metadata API guide, NamedCredential, RemoteSiteSetting, WorkflowOutboundMessage, PlatformEventChannelMember,
EventRelayConfig; Object Reference, CronTrigger, EventBusSubscriber (without clients of CometD and the Pub/Sub API);
Salesforce Help, "Set Email Deliverability" (no API gives the access level).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from hotfix_tui.automation.package import child_texts, root_of
from hotfix_tui.salesforce.errors import MetadataFault, SalesforceError

if TYPE_CHECKING:
    from lxml.etree import _Element

    from hotfix_tui.salesforce.org import Org

Level = Literal["production", "outside", "unknown"]

_WAITING = "'WAITING', 'ACQUIRED', 'EXECUTING', 'BLOCKED', 'PAUSED', 'PAUSED_BLOCKED'"
_MOST_ROWS = 200
_URL = "Url"


@dataclass(frozen=True)
class Reach:
    """One thing that may reach the outside. `level`: "production" when it goes where production's own goes too.

    `detail`: where to, or what; of an address the host, never what may be a secret. `advice`: what can be done about
    it, in words.
    """

    kind: str
    name: str
    detail: str
    level: Level
    advice: str


@dataclass(frozen=True)
class _Endpoints:
    """A metadata type that names addresses; `read` gives those of one component, none when it is off."""

    type: str
    kind: str
    read: Callable[[_Element], list[str]]
    advice: str


async def find_reach(org: Org, production: Org, objects: Iterable[str]) -> list[Reach]:
    """What may reach the outside from `org`, compared with `production`'s addresses. Rows of `objects` are written.

    Raises nothing of its own: what cannot be read is in the answer, with the reason.
    """
    names = list(dict.fromkeys(objects))
    asked: list[tuple[str, Awaitable[list[Reach]]]] = [
        *((one.kind, _endpoints(org, production, one)) for one in _ENDPOINTS),
        ("scheduled job", _jobs(org)),
        ("event subscriber", _subscribers(org, names)),
        ("change data capture", _captured(org, names)),
        ("event relay", _relays(org)),
    ]
    found = await asyncio.gather(*(_told(kind, asking) for kind, asking in asked))
    order = {"production": 0, "unknown": 1, "outside": 2}
    return sorted([_mail(org), *(one for part in found for one in part)], key=lambda one: order[one.level])


async def _told(kind: str, asking: Awaitable[list[Reach]]) -> list[Reach]:
    try:
        return await asking
    except (SalesforceError, ValueError) as error:
        return [Reach(kind, "", f"could not be read: {error}", "unknown", "look at it in Setup")]


async def _endpoints(org: Org, production: Org, kind: _Endpoints) -> list[Reach]:
    here = await _addresses(org, kind)
    there = await _addresses(production, kind) if here else {}
    theirs = {_host(address) for addresses in there.values() for address in addresses}
    found = []
    for name, addresses in sorted(here.items()):
        for address in addresses:
            same = _host(address) in theirs
            detail = f"{_shown(address)}{', where production sends too' if same else ''}"
            found.append(Reach(kind.kind, name, detail, "production" if same else "outside", kind.advice))
    return found


async def _addresses(org: Org, kind: _Endpoints) -> dict[str, list[str]]:
    return {name: kind.read(root) for name, root in (await _components(org, kind.type)).items()}


async def _components(org: Org, type_name: str) -> dict[str, _Element]:
    """The components of a type by name; none where the org does not know the type."""
    try:
        listed = [one.full_name for one in await org.list_metadata([type_name]) if one.full_name]
    except MetadataFault as error:
        if error.code.endswith("INVALID_TYPE"):
            return {}
        raise
    files = await org.read_metadata(type_name, listed) if listed else {}
    return {name: root_of(content) for name, content in files.items()}


async def _jobs(org: Org) -> list[Reach]:
    columns = "CronJobDetail.Name, State, NextFireTime"
    condition = f"State IN ({_WAITING}) ORDER BY NextFireTime NULLS LAST LIMIT {_MOST_ROWS}"
    rows = await org.query(f"SELECT {columns} FROM CronTrigger WHERE {condition}")  # noqa: S608 - our own words
    return _and_more("scheduled job", rows) + [
        Reach(
            "scheduled job",
            str((row.get("CronJobDetail") or {}).get("Name") or "without a name"),
            f"{str(row['State']).lower()}, next at {row.get('NextFireTime') or 'no known time'}",
            "outside",
            "pause it under Scheduled Jobs in Setup",
        )
        for row in rows
    ]


def _and_more(kind: str, rows: Sequence[object]) -> list[Reach]:
    """Says so where the rest is not listed."""
    if len(rows) < _MOST_ROWS:
        return []
    return [Reach(kind, "", f"only the first {_MOST_ROWS} were looked at", "unknown", "look at the others in Setup")]


async def _subscribers(org: Org, objects: list[str]) -> list[Reach]:
    rows = await org.query(
        f"SELECT Name, Type, Topic, Status FROM EventBusSubscriber ORDER BY Topic, Name LIMIT {_MOST_ROWS}"  # noqa: S608
    )
    ours = {_change_event(name) for name in objects}
    return _and_more("event subscriber", rows) + [
        Reach(
            "event subscriber",
            str(row["Name"]),
            f"{row.get('Type') or 'subscriber'} of {topic}, {str(row.get('Status') or '').lower()}",
            "outside",
            "suspend it at its event, under Platform Events in Setup",
        )
        for row in rows
        if (topic := str(row["Topic"]).rpartition("/")[2]).endswith("__e") or topic in ours
    ]


async def _captured(org: Org, objects: list[str]) -> list[Reach]:
    """Objects of the data set whose changes are published; who listens outside, no API tells."""
    ours = {_change_event(name): name for name in objects}
    members = await _components(org, "PlatformEventChannelMember")
    selected = {event for root in members.values() for event in child_texts(root, "selectedEntity") if event in ours}
    return [
        Reach(
            "change data capture",
            ours[event],
            "its changes are published; which CometD or Pub/Sub API clients listen cannot be seen",
            "unknown",
            "take it out of Change Data Capture in Setup",
        )
        for event in sorted(selected)
    ]


async def _relays(org: Org) -> list[Reach]:
    found = []
    for name, root in sorted((await _components(org, "EventRelayConfig")).items()):
        if "RUN" in child_texts(root, "state"):
            channel = "".join(child_texts(root, "eventChannel"))
            detail = f"sends the events of {channel} on"
            found.append(Reach("event relay", name, detail, "outside", "stop it under Event Relays in Setup"))
    return found


def _mail(org: Org) -> Reach:
    copied = "a new or refreshed sandbox begins with System email only"
    begins = copied if org.kind.sandbox and org.kind.value != "scratch" else "a new org begins with All email"
    return Reach(
        "e-mail", "", f"the access level cannot be read by any API; {begins}", "unknown",
        "look under Deliverability in Setup",
    )  # fmt: skip


def _change_event(name: str) -> str:
    """The change event of an object. Source: Change Data Capture Developer Guide, "Change Event Name"."""
    return f"{name.removesuffix('__c')}__ChangeEvent" if name.endswith("__c") else f"{name}ChangeEvent"


def _credential(root: _Element) -> list[str]:
    """Its endpoint; newer ones keep it among their parameters."""
    found = child_texts(root, "endpoint")
    for parameter in root.iter("{*}namedCredentialParameters"):
        if _URL in child_texts(parameter, "parameterType"):
            found += child_texts(parameter, "parameterValue")
    return found


def _site(root: _Element) -> list[str]:
    return child_texts(root, "url") if "true" in child_texts(root, "isActive") else []


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or address).lower()
    except ValueError:
        return address.lower()


def _shown(address: str) -> str:
    """Host and port only: a user, a parameter and, in a webhook, the path may be secrets."""
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that cannot be read"
    if not parts.hostname:
        return "an address without a host"
    return f"{parts.hostname}{port}{'/…' if parts.path.strip('/') or parts.query else ''}"


_ENDPOINTS = (
    _Endpoints("NamedCredential", "named credential", _credential, "point it at a test system under Named Credentials"),
    _Endpoints("RemoteSiteSetting", "remote site", _site, "deactivate it under Remote Site Settings in Setup"),
    _Endpoints(
        "WorkflowOutboundMessage",
        "outbound message",
        lambda root: child_texts(root, "endpointUrl"),
        "deactivate the rules and flows that send it, or change its address",
    ),
)
