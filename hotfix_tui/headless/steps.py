"""The steps of a hotfix as commands: new, seed, promote, sync, restore, resume, cancel."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from hotfix_tui.events.session import Failed
from hotfix_tui.headless import codes
from hotfix_tui.headless.follow import Follower
from hotfix_tui.headless.output import Output
from hotfix_tui.hotfix.client import HotfixClient, create, list_hotfixes
from hotfix_tui.hotfix.errors import StepRefused
from hotfix_tui.hotfix.refusals import write_refused

_NEEDS_PERMIT = {"validate", "promote"}


def new(args: argparse.Namespace, output: Output) -> int:
    """Begins a hotfix and chooses its environment."""
    from hotfix_tui.hotfix.orgs import check_environment

    asyncio.run(check_environment(args.environment, args.production))  # before anything is made
    hotfix = asyncio.run(create(args.name, args.production))
    with HotfixClient(hotfix) as client:
        for envelope in client.poll():
            output.envelope(envelope)
        follower = Follower(client, output)
        code = follower.run("choose_environment", alias=args.environment)
    output.result(hotfix)
    if code == codes.DONE:
        output.message(f"Next: hotfix-tui seed {hotfix} --data-set FILE|NAME")
    return code


def seed(args: argparse.Namespace, output: Output) -> int:
    """Compares, brings what blocks, plans, seeds and takes the environment's baseline; or takes the seed back."""
    with HotfixClient(args.id) as client:
        code = (
            Follower(client, output).run("undo_seed", automations=dict(args.way))
            if args.undo
            else _seed(args, output, client)
        )
        if args.refused_csv and client.state.refused:
            output.message(f"Written: {write_refused(client.state, Path(args.refused_csv))}")
        return code


def _seed(args: argparse.Namespace, output: Output, client: HotfixClient) -> int:
    from hotfix_tui.hotfix import data_sets

    data_set = str(data_sets.find(args.data_set).path)
    run = Follower(client, output).run
    if not args.retry_failed:
        if (code := run("compare", data_set=data_set)) != codes.DONE:
            return code
        blocking = [f"{one.type}:{one.full_name}" for one in client.state.components.values() if one.blocking]
        if blocking and not args.no_resolve and (code := run("resolve", components=blocking)) != codes.DONE:
            return code
    if (code := run("plan", data_set=data_set)) != codes.DONE:
        return code
    adopt = {"data_set": data_set, "adopt_twins": args.adopt_twins}
    if args.rehearse:
        return run("rehearse", **adopt)
    ways = {"automations": dict(args.way), "rehearse": args.rehearse_first}
    code = run("seed", **adopt, **ways, retry_failed=args.retry_failed)
    if code == codes.DIFFERENCES and not args.accept_refused:
        output.message(
            f"Rows were refused. Mend the cause and run: hotfix-tui seed {args.id} --data-set {args.data_set} "
            "--retry-failed (or --accept-refused to go on without them)."
        )
        return code
    if code in (codes.DONE, codes.DIFFERENCES):
        code = codes.worst([code, run("baseline")])
        output.message(f"Make the fix in the environment, then: hotfix-tui promote {args.id} --confirm ALIAS")
    return code


def promote(args: argparse.Namespace, output: Output) -> int:
    """Finds the fix and brings it to production; with --validate-only only checks it there."""
    with HotfixClient(args.id) as client:
        client.poll()
        act = "validate" if args.validate_only else "promote"
        permit = client.grant_permit(args.confirm, "promote")
        run = Follower(client, output).run
        if (code := run("find_fix")) not in (codes.DONE, codes.DIFFERENCES):
            return code
        return run(act, permit=permit)


def sync(args: argparse.Namespace, output: Output) -> int:
    """Brings the fix to the other orgs; without --to to all of them, and closes the hotfix."""
    from hotfix_tui.salesforce.login import login_for

    with HotfixClient(args.id) as client:
        run = Follower(client, output).run
        orgs = list(args.to or [])
        for alias in orgs:
            login_for(alias)
        found = [run("sync_compare", orgs=orgs)]
        if found[0] in (codes.DONE, codes.DIFFERENCES):
            found.append(run("sync", orgs=orgs))
        if not orgs and found[-1] in (codes.DONE, codes.DIFFERENCES):
            run("finish")
        return found[-1]


def restore(args: argparse.Namespace, output: Output) -> int:
    """Takes back what a lost runner left switched off or assigned, in one hotfix or in all."""
    found: list[int] = []
    listed = [] if args.id else list_hotfixes()
    for one in listed:
        if one.state is None:  # what it left switched off cannot be told, so this is not done
            output.event(Failed(what=one.error), "restore")
            found.append(codes.UNFINISHED)
    hotfixes = [args.id] if args.id else [one.id for one in listed if one.state is not None]
    for hotfix in hotfixes:
        with HotfixClient(hotfix) as client:
            client.poll()
            if args.id or any(intent.RETURNS for intent in client.state.open_intents.values()):
                found.append(Follower(client, output).run("restore", gone=args.gone))
    if not found:
        output.message("Nothing is left switched off.")
    return codes.worst(found)


def resume(args: argparse.Namespace, output: Output) -> int:
    """Looks up what a lost runner left open, and does its unfinished steps again."""
    with HotfixClient(args.id) as client:
        client.poll()
        lost = client.lost_requests()
        if not lost:
            output.message(f"Nothing of {args.id} is unfinished.")
            if client.state.open_intents:
                client.ensure_runner()
            return codes.DONE
        if not args.confirm and any(request.kind in _NEEDS_PERMIT for request in lost):
            raise StepRefused(
                "What was interrupted writes to production; its permit is used up.",
                org=client.state.production,
                next=f"hotfix-tui resume {args.id} --confirm ALIAS",
            )
        found = []
        for request in lost:
            again = dict(request.args)
            if request.kind in _NEEDS_PERMIT:
                again["permit"] = client.grant_permit(args.confirm, "promote")
            client.take_up(request)
            found.append(Follower(client, output).run(request.kind, **again))
            if found[-1] not in (codes.DONE, codes.DIFFERENCES):
                break
        return codes.worst(found)


def cancel(args: argparse.Namespace, output: Output) -> int:
    """Asks the running step to end at its next safe point."""
    with HotfixClient(args.id) as client:
        client.poll()
        if not client.runner_alive() or not client.state.running:
            output.message(f"Nothing of {args.id} is running.")
            return codes.DONE
        client.cancel()
        output.message("Cancelling: the step ends at its next safe point and takes back what it must.")
        return codes.DONE
