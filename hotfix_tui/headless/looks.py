"""Commands that only look: status, orgs, paths."""

from __future__ import annotations

import argparse
import asyncio

from hotfix_tui import paths
from hotfix_tui.events import Envelope
from hotfix_tui.events import session as ses
from hotfix_tui.headless import codes
from hotfix_tui.headless.output import Output
from hotfix_tui.hotfix.client import HotfixClient, list_hotfixes
from hotfix_tui.hotfix.state import HotfixState

_STEPS = {1: "1 Environment", 2: "2 Seed", 3: "3 Promote", 4: "4 Sync", 5: "finished"}


def status(args: argparse.Namespace, output: Output) -> int:
    """Where one hotfix stands, or all; with --json the journal's events."""
    if args.id:
        with HotfixClient(args.id) as client:
            envelopes = client.poll()
            if output.json:
                for envelope in envelopes:
                    output.envelope(envelope)
            else:
                output.result("\n".join(_described(client.id, client.state, client.runner_alive())))
        return codes.DONE
    found = list_hotfixes()
    for one in found:
        if one.state is None:
            output.event(ses.Failed(what=one.error), "status")
        elif output.json:
            with HotfixClient(one.id) as client:
                for envelope in _where_it_stands(client.poll()):
                    output.envelope(envelope)
        else:
            output.result(_line(one.id, one.state, one.running))
    if not found:
        output.message("There is no hotfix. Begin one: hotfix-tui new NAME --production A --environment B")
    return codes.UNFINISHED if any(one.state is None for one in found) else codes.DONE


def _where_it_stands(envelopes: list[Envelope]) -> list[Envelope]:
    """The events that say what a hotfix is and how far: its beginning, its environment, each step's last end."""
    kept: dict[str, Envelope] = {}
    for envelope in envelopes:
        event = envelope.event
        if isinstance(event, ses.HotfixCreated | ses.EnvironmentChosen | ses.RunnerLost | ses.HotfixFinished):
            kept[type(event).__name__] = envelope
        elif isinstance(event, ses.StepStarted | ses.StepFinished):
            kept[f"{type(event).__name__} {event.name}"] = envelope
    return sorted(kept.values(), key=lambda envelope: envelope.seq)


def _line(hotfix: str, state: HotfixState, running: bool) -> str:
    where = f"{state.running} is running" if state.running and running else _STEPS[state.step]
    off = f"  ! {len(state.automations_off)} automations still off" if state.automations_off and not running else ""
    given = [f"{one.permission_set} in {one.org}" for one in state.still_assigned]
    assigned = f"  ! still assigned: {', '.join(given)}" if given and not running else ""
    settings = ", ".join(f"{one.object} in {one.org}" for one in state.still_set)
    still = f"  ! still passing our user by: {settings}" if settings and not running else ""
    return f"{hotfix}  {state.name}  {where}{off}{assigned}{still}"


def _described(hotfix: str, state: HotfixState, running: bool) -> list[str]:
    environment = f"{state.environment.org} ({state.environment.kind})" if state.environment else "not chosen"
    lines = [
        f"{hotfix}  {state.name}",
        f"production   {state.production} ({state.production_id})",
        f"environment  {environment}",
        f"next         {_STEPS[state.step]}",
    ]
    if state.running:
        lines.append(f"running      {state.running}" + ("" if running else " — but its runner is gone"))
    lines += [f"{step:<12} {result}" for step, result in state.results.items()]
    for one in state.automations_off:
        lines.append(f"! off        {one.org} {one.kind} {one.name}")
    for given in state.still_assigned:
        lines.append(f"! assigned   {given.org} {given.permission_set} to our user")
    lines += [f"! setting    {one.org} {one.object} passes our user by" for one in state.still_set]
    for failure in state.failures:
        lines.append(f"! failed     {failure.org} {failure.what}" if failure.org else f"! failed     {failure.what}")
    lines += [f"{end.org:<12} parity: {end.parity}" for end in state.certified.values()]
    if any(intent.RETURNS for intent in state.open_intents.values()) and not running:
        lines.append(f"Restore: hotfix-tui restore {hotfix}")
    return lines


def orgs(args: argparse.Namespace, output: Output) -> int:
    """Every org this machine knows, as it answers now."""
    return asyncio.run(_orgs(output))


async def _orgs(output: Output) -> int:
    from hotfix_tui.hotfix.orgs import survey

    found = [status async for status in survey()]
    for one in sorted(found, key=lambda status: status.rank):
        if output.json:
            output.event(one, "orgs")
            continue
        usage = f"API {one.api_used:,}/{one.api_max:,}" if one.api_max else ""
        output.result(f"{one.alias:<12} {one.kind or '-':<22} {usage:<18} {one.error or one.refusal or one.reason}")
        for right in one.missing:
            output.result(f"{'':<12} ! {right}")
    if not found:
        output.message("No org is known. Log in: hotfix-tui orgs login web ALIAS. Or: hotfix-tui local-orgs start")
    return codes.DONE if all(one.connected for one in found) else codes.DIFFERENCES


def show_paths(args: argparse.Namespace, output: Output) -> int:
    """Where everything is kept."""
    for name, place in (
        ("hotfixes", paths.hotfixes()),
        ("log", paths.log_file()),
        ("config", paths.config()),
        ("data sets", paths.data_sets()),
        ("cache", paths.cache()),
        ("logins", paths.logins()),
        ("local orgs", paths.local_orgs()),
    ):
        output.result(f"{name:<12} {place}")
    return codes.DONE
