"""Brings automations back to what was recorded, from the recorded intents alone, and asks the org whether it is so."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hotfix_tui.automation.changes import last_change
from hotfix_tui.automation.deploying import Deploy, Pause, wait_for_deploys
from hotfix_tui.automation.errors import RestoreFailed
from hotfix_tui.automation.model import DEPLOYED, DUPLICATE, FLOW, WORKFLOW, Automation, State
from hotfix_tui.automation.package import body_of, own_files, unpack
from hotfix_tui.automation.states import read_states, rule_metadata
from hotfix_tui.automation.switch import packed, patch, read_back, switched
from hotfix_tui.events import Event, Settled, automation, seed, session
from hotfix_tui.salesforce.errors import SalesforceError, WrongOrg

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

# Seconds before each new try of a restore that the org refused: a deploy that runs locks what it writes.
_WAITS = (0.5, 2.0, 5.0)
# Seconds between looks at what is on although its switch-off was begun: the request may still be on its way.
_LOOKS = (0.2, 1.0, 2.0)


async def restore(
    org: Org, intents: Sequence[seed.AutomationSwitchOff], *, pause: Pause = asyncio.sleep
) -> AsyncGenerator[Event, None]:
    """Takes back all `intents` of `org`, the last first. Doing it twice does no harm.

    An automation that is as recorded is only confirmed. A flow comes back in the version that was active. A body that
    somebody edited meanwhile stays edited; only its flag comes back. One that somebody deleted stays deleted, with a
    finding. Each is Settled `undone` once the org has said so. Raises WrongOrg when the alias means another org now,
    and, after everything else was tried, RestoreFailed naming what is still off.
    """
    if not intents:
        return
    for intent in intents:
        if intent.org_id != org.org_id:
            raise WrongOrg(
                f"{org.alias} is org {org.org_id} now; what was switched off was in {intent.org_id}.",
                org=org.alias,
                next="The org was refreshed or replaced: there is nothing to restore in the new one.",
            )
    waited = await wait_for_deploys(org)
    if waited:
        yield session.Finding(level="info", text=f"waited for {', '.join(waited)} to end first", org=org.alias)
    run = _Restore(org, pause)
    async for event in run.all(list(reversed(intents))):
        yield event
    if run.failed:
        raise RestoreFailed(
            f"Still off in {org.alias}: {'; '.join(run.failed)}", org=org.alias, next="Run restore again."
        )


class _Restore:
    def __init__(self, org: Org, pause: Pause) -> None:
        self._org, self._pause = org, pause
        self.failed: list[str] = []

    async def all(self, intents: list[seed.AutomationSwitchOff]) -> AsyncGenerator[Event, None]:
        states = await self._states_at_rest(intents)
        patched = [one for one in intents if one.kind not in DEPLOYED]
        deployed = [one for one in intents if one.kind in DEPLOYED]
        for intent in patched:
            state = states.get(_id(intent))
            if self._is_settled(intent, state):
                for event in await self._confirm(intent, state):
                    yield event
                continue
            try:
                async for event in self._patch(intent):
                    yield event
            except SalesforceError as error:
                self.failed.append(f"{intent.kind} {intent.name} ({error})")
        off = [one for one in deployed if not self._is_settled(one, states.get(_id(one)))]
        for intent in deployed:
            if intent not in off:
                for event in await self._confirm(intent, states.get(_id(intent))):
                    yield event
        if off:
            try:
                async for event in self._deploy(off):
                    yield event
            except SalesforceError as error:
                self.failed += [f"{intent.kind} {intent.name} ({error})" for intent in off]

    async def _states_at_rest(self, intents: Sequence[seed.AutomationSwitchOff]) -> dict[str, State]:
        """The states now. One that is on may yet go off, when a lost process had just asked for it."""
        wanted = [(one.kind, _id(one)) for one in intents]
        states = await read_states(self._org, wanted)
        for wait in _LOOKS:
            if not any(state.active for state in states.values()):
                break
            await self._pause(wait)
            await wait_for_deploys(self._org)
            states = await read_states(self._org, wanted)
        return states

    def _is_settled(self, intent: seed.AutomationSwitchOff, state: State | None) -> bool:
        """As recorded, gone, or on again by somebody else's hand: nothing to do for us."""
        return state is None or state.active

    async def _confirm(self, intent: seed.AutomationSwitchOff, state: State | None) -> list[Event]:
        if state is None:
            text = f"{intent.kind} {intent.name} was deleted meanwhile; it is not made again"
            return [
                session.Finding(level="warning", text=text, org=self._org.alias),
                Settled(key=intent.key, result="undone", detail="no longer in the org"),
            ]
        events: list[Event] = []
        recorded = _recorded(intent)
        if state.version != recorded.version:
            who = await last_change(self._org, intent.kind, _id(intent))
            events.append(
                automation.FlowMoved(
                    org=self._org.alias,
                    flow=intent.name,
                    version=state.version or 0,
                    recorded=recorded.version or 0,
                    who=who,
                )
            )
        return [*events, switched(intent, state), Settled(key=intent.key, result="undone")]

    async def _patch(self, intent: seed.AutomationSwitchOff) -> AsyncGenerator[Event, None]:
        recorded = _recorded(intent)
        problem, state = "", None
        for wait in (0.0, *_WAITS):
            if wait:
                await self._pause(wait)
                async for event in self._behind_deploys():
                    yield event
            problem = ""
            try:
                body, edited = await self._on_body(intent)
                if edited:
                    yield await self._edited(intent)
                await patch(self._org, intent.kind, _id(intent), body)
            except SalesforceError as error:
                problem = str(error)
                lost = error.written == "unknown"
                state = await read_back(self._org, intent.kind, _id(intent), recorded, self._pause if lost else None)
            else:
                state = await read_back(self._org, intent.kind, _id(intent), recorded, None)
            if state is not None and state.active:
                break
        if state is not None:
            yield switched(intent, state)
        if state is None or not state.active or state.version != recorded.version:
            self.failed.append(f"{intent.kind} {intent.name} ({problem or 'the org took the change and it is off'})")
            return
        yield Settled(key=intent.key, result="undone")

    async def _behind_deploys(self) -> AsyncGenerator[Event, None]:
        """Waits for the deploys of anybody that run now: while one does, the org refuses what we write."""
        waited = await wait_for_deploys(self._org, everybodys=True)
        if waited:
            text = f"waited behind {', '.join(waited)}, which held the lock"
            yield session.Finding(level="info", text=text, org=self._org.alias)

    async def _on_body(self, intent: seed.AutomationSwitchOff) -> tuple[dict[str, Any], bool]:
        """The Metadata that brings it back, and whether somebody edited it meanwhile."""
        if intent.kind == FLOW:
            return {"activeVersionNumber": intent.before["version"]}, False
        recorded: dict[str, Any] = dict(intent.before["metadata"])
        current = await rule_metadata(self._org, intent.kind, _id(intent)) or recorded
        edited = _plain({**current, "active": True}) != _plain({**recorded, "active": True})
        return {**(current if edited else recorded), "active": True}, edited

    async def _deploy(self, off: Sequence[seed.AutomationSwitchOff]) -> AsyncGenerator[Event, None]:
        """All in one deploy; one by one when that fails, so that a broken one does not keep the others off."""
        problems: dict[str, str] = {}
        async for event in self._deploy_once(off, problems):
            yield event
        states = await read_states(self._org, [(one.kind, _id(one)) for one in off])
        if len(off) > 1 and any(not self._is_settled(one, states.get(_id(one))) for one in off):
            for one in off:
                if not self._is_settled(one, states.get(_id(one))):
                    async for event in self._deploy_once([one], problems):
                        yield event
            states = await read_states(self._org, [(one.kind, _id(one)) for one in off])
        for intent in off:
            state = states.get(_id(intent))
            if self._is_settled(intent, state):
                for event in await self._confirm(intent, state):
                    yield event
            else:
                why = problems.get(intent.key, "")
                self.failed.append(f"{intent.kind} {intent.name} ({why or 'the deploy went through and it is off'})")

    async def _deploy_once(
        self, off: Sequence[seed.AutomationSwitchOff], problems: dict[str, str]
    ) -> AsyncGenerator[Event, None]:
        try:
            automations, edited = await self._current(off)
            for intent in edited:
                yield await self._edited(intent)
            package, names = packed(self._org, automations, active=True)
            sent = Deploy(self._org, "restore", pause=self._pause)
            async for event in sent.run(package, names):
                yield event
            problem = sent.problem
        except SalesforceError as error:
            problem = str(error)
        problems.update({intent.key: problem for intent in off})

    async def _edited(self, intent: seed.AutomationSwitchOff) -> Event:
        who = await last_change(self._org, intent.kind, _id(intent))
        text = f"{intent.kind} {intent.name} was edited meanwhile{who}; the edit stays, only its flag comes back"
        return session.Finding(level="warning", text=text, org=self._org.alias)

    async def _current(
        self, off: Sequence[seed.AutomationSwitchOff]
    ) -> tuple[list[Automation], list[seed.AutomationSwitchOff]]:
        """The recorded automations, with today's bodies where somebody edited them meanwhile."""
        members: dict[str, list[str]] = {}
        for intent in off:
            names = [*intent.before["members"]]
            if intent.kind == DUPLICATE:
                names += await self._rules_of(intent.object)
            members.setdefault(intent.kind, []).extend(names)
        files = unpack((await self._org.retrieve(members)).zip, self._org.alias)
        automations: list[Automation] = []
        edited: list[seed.AutomationSwitchOff] = []
        for intent in off:
            recorded: Mapping[str, str] = intent.before["files"]
            names = list(dict.fromkeys(members[intent.kind])) if intent.kind == DUPLICATE else [intent.name]
            names = [name for name in names if own_files(intent.kind, name, files)] or [intent.name]
            now = {path: text for name in names for path, text in own_files(intent.kind, name, files).items()}
            own = own_files(intent.kind, intent.name, now)
            if own and body_of(intent.kind, intent.name, own) != body_of(intent.kind, intent.name, recorded):
                edited.append(intent)
            elif not own or intent.kind != WORKFLOW:
                now.update(own_files(intent.kind, intent.name, recorded))
            automations.append(_automation(intent, now, names))
        return automations, edited

    async def _rules_of(self, obj: str) -> list[str]:
        from hotfix_tui.salesforce.soql import quote

        soql = f"SELECT DeveloperName FROM DuplicateRule WHERE SobjectType = {quote(obj)}"  # noqa: S608
        return [f"{obj}.{row['DeveloperName']}" for row in await self._org.query(soql)]


def _id(intent: seed.AutomationSwitchOff) -> str:
    return str(intent.before["id"])


def _recorded(intent: seed.AutomationSwitchOff) -> State:
    return State(intent.before["active"] is True, intent.before.get("version"))


def _automation(intent: seed.AutomationSwitchOff, files: Mapping[str, str], names: Sequence[str]) -> Automation:
    before = {**intent.before, "files": dict(files), "members": list(names)}
    return Automation(intent.kind, intent.name, intent.object, _id(intent), False, "switch_off", before=before)


def _plain(metadata: Mapping[str, Any]) -> str:
    """JSON, so that lists that went through the journal equal those that come from the org."""
    return json.dumps(metadata, sort_keys=True)
