"""`hotfix-tui local-orgs …`: what a person can type about local orgs."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from hotfix_tui.localorg import process
from hotfix_tui.localorg.apex import command as planting
from hotfix_tui.localorg.client import HttpProblem
from hotfix_tui.localorg.faults import command as disturbing
from hotfix_tui.localorg.faults import read_faults
from hotfix_tui.localorg.generate import BadRequest, read_request
from hotfix_tui.localorg.oauth import command as logins
from hotfix_tui.localorg.person import command as scripts
from hotfix_tui.localorg.scenarios import ScenarioError
from hotfix_tui.localorg.wanted import KINDS, CannotStart, Load, Wanted

DONE, USAGE, NOT_DONE = 0, 2, 3
_EXAMPLES = """examples:
  hotfix-tui local-orgs start                       the orgs of the shipped scenario, incident
  hotfix-tui local-orgs start --scenario ./folder   a scenario of your own
  hotfix-tui local-orgs start --load prod=./july --type prod=production --load dev=./december
  hotfix-tui local-orgs start --generate components=5000,records=100000
  hotfix-tui local-orgs status                      where they are, and which changes are prepared for them
  hotfix-tui local-orgs apply ORG CHANGE            make a prepared change, as if a colleague made it in Setup
  hotfix-tui local-orgs control fired ORG           which triggers and flows would have run
  hotfix-tui local-orgs control fault --org prod --call deploy --mode drop_after
  hotfix-tui local-orgs control script drill.toml   what a second person does in the orgs meanwhile
  hotfix-tui local-orgs stop                        their state is kept; start brings it back"""


class _Usage(Exception):
    """Something typed that cannot be meant. The message is a sentence."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Gives `parser` the subcommands of `local-orgs`."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description = "Salesforce orgs on this machine, for trying things out, drills and tests."
    parser.epilog = _EXAMPLES
    commands = parser.add_subparsers(dest="local_command", required=True, metavar="COMMAND")
    start = commands.add_parser("start", help="start the orgs, making them if they are not there yet")
    start.add_argument(
        "--scenario",
        metavar="NAME|FOLDER",
        help="a shipped one or a folder (default: incident, unless --load or --generate)",
    )
    start.add_argument(
        "--load",
        action="append",
        default=[],
        metavar="NAME=FOLDER",
        help="an org made from metadata and records",
    )
    start.add_argument(
        "--type",
        action="append",
        default=[],
        metavar="NAME=KIND",
        help=f"its kind: {', '.join(KINDS)}",
    )
    start.add_argument(
        "--plan", action="append", default=[], metavar="NAME=FILE", help="its records (default: the best plan in data/)"
    )
    start.add_argument(
        "--generate",
        default="",
        metavar="KEY=N,…",
        help="two large orgs that differ as stated: components=50000,records=1000000,seed=1,differing=100",
    )
    start.add_argument("--now", default="", metavar="INSTANT", help="what the clock shows, as 2026-01-13T10:00:00Z")
    start.add_argument(
        "--faults", metavar="FILE", help="what is to go wrong: TOML or JSON, as for control fault --file"
    )
    start.add_argument(
        "--no-padding", action="store_true", help="only what the scenario's story needs: a faster start, small orgs"
    )
    start.add_argument("--fresh", action="store_true", help="make the orgs anew; what was written to them is lost")
    stop = commands.add_parser("stop", help="stop the orgs; what is in them is kept")
    status = commands.add_parser("status", help="which orgs run, where, and what was asked of them")
    apply = commands.add_parser("apply", help="make a prepared change in an org, over HTTP, as another user")
    apply.add_argument("name", metavar="ORG")
    apply.add_argument("change", metavar="CHANGE")
    control = commands.add_parser("control", help="clock, faults, request log, what would have fired")
    _add_control(control)
    for each in (start, stop, status, apply):
        each.add_argument("--json", action="store_true", help="print one JSON object (start prints access tokens)")


def _add_control(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="control_command", required=True, metavar="WHAT")
    fired = what.add_parser("fired", help="automations that would have fired in an org")
    escaped = what.add_parser("escaped", help="what roll-backs in an org did not take back")
    requests = what.add_parser("requests", help="the requests an org has had")
    refresh = what.add_parser("refresh", help="make a sandbox a new copy of production; what was in it is lost")
    for each in (fired, escaped, requests, refresh):
        each.add_argument("name", metavar="ORG")
    fired.add_argument("--user", metavar="USER", help="only this user's: a handle, a username or an id")
    fired.add_argument("--since", metavar="INSTANT", help="only from this instant on")
    fired.add_argument("--until", metavar="INSTANT", help="only before this instant")
    clock = what.add_parser("clock", help="set the one clock of all orgs, or move it on")
    group = clock.add_mutually_exclusive_group(required=True)
    group.add_argument("--now", metavar="INSTANT", help="as 2026-01-13T10:00:00Z")
    group.add_argument("--advance", type=float, metavar="SECONDS")
    for each in (
        fired,
        escaped,
        requests,
        refresh,
        clock,
        *disturbing.add_arguments(what),
        *planting.add_arguments(what),
        *scripts.add_arguments(what),
        *logins.add_arguments(what),
    ):
        each.add_argument("--json", action="store_true", help="print the whole answer as one JSON object")


def run(args: argparse.Namespace) -> int:
    """Does what was typed. Exit codes: 0 done, 2 something typed wrong, 3 could not be done."""
    actions = {"start": _start, "stop": _stop, "status": _status, "apply": _apply, "control": _control}
    try:
        return actions[args.local_command](args)
    except (_Usage, ScenarioError, BadRequest) as error:
        return _failed(str(error), USAGE)
    except CannotStart as error:
        return _failed(str(error), USAGE if error.usage else NOT_DONE)
    except process.NotRunning as error:
        return _failed(str(error), NOT_DONE)
    except HttpProblem as error:
        return _failed(str(error), USAGE if error.status in (400, 404) else NOT_DONE)


def _failed(words: str, code: int) -> int:
    print(words, file=sys.stderr)
    return code


def _start(args: argparse.Namespace) -> int:
    def say(words: str) -> None:
        print(words, file=sys.stderr, flush=True)

    faults = _faults(args.faults)
    found, new = process.start(_wanted(args), say)
    if faults:
        process.control("POST", "/faults", {"faults": faults})
    if args.json:
        print(json.dumps(found))
        return DONE
    say(f"{len(found['orgs'])} local orgs {'are running' if new else 'were running already'}.")
    for alias, org in found["orgs"].items():
        print(f"{alias:12} {org['instance_url']:22} {org['https_url']:23} {org['kind']:18} {org['label']}")
    say(f"Clients that speak HTTPS find the authority to trust in {found['ca']}")
    return DONE


def _faults(file: str | None) -> list[dict[str, Any]]:
    try:
        return read_faults(Path(file)) if file else []
    except ValueError as error:
        raise _Usage(str(error)) from error


def _wanted(args: argparse.Namespace) -> Wanted:
    folders = _pairs("--load", args.load)
    kinds, plans = _pairs("--type", args.type), _pairs("--plan", args.plan)
    for option, given in (("--type", kinds), ("--plan", plans)):
        for name in given:
            if name not in folders:
                raise _Usage(f"{option} {name}=… belongs to no --load {name}=FOLDER.")
    for kind in kinds.values():
        if kind not in KINDS:
            raise _Usage(f"{kind} is no kind of org. Kinds: {', '.join(KINDS)}.")
    loads = []
    for name, folder in folders.items():
        if not Path(folder).is_dir():
            raise _Usage(f"{folder} is not a folder.")
        plan = plans.get(name, "")
        if plan and not Path(plan).is_file():
            raise _Usage(f"{plan} is not a file.")
        plan = str(Path(plan).resolve()) if plan else ""
        loads.append(Load(name, str(Path(folder).resolve()), kinds.get(name, "developer"), plan))
    generate = str(read_request(args.generate)) if args.generate else ""
    scenario = args.scenario if args.scenario is not None else "" if loads or generate else "incident"
    return Wanted(scenario, tuple(loads), args.now, args.fresh, generate, padded=not args.no_padding)


def _pairs(option: str, given: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            raise _Usage(f"{option} takes NAME=…, not {text!r}.")
        if name in found:
            raise _Usage(f"{option} {name} is given twice.")
        found[name] = value
    return found


def _stop(args: argparse.Namespace) -> int:
    stopped = process.stop()
    if args.json:
        print(json.dumps({"stopped": stopped}))
    else:
        print("The local orgs are stopped; their state is kept." if stopped else "No local orgs were running.")
    return DONE


def _status(args: argparse.Namespace) -> int:
    found = process.status()
    if args.json:
        print(json.dumps(found))
        return DONE
    print(f"{found['label'] or found['source']}; the orgs' clock shows {found['now'][:19].replace('T', ' ')} UTC")
    for alias, org in found["orgs"].items():
        print(
            f"{alias:12} {org['instance_url']:22} {org['https_url']:23} {org['kind']:18}"
            f" {org['requests']:6} requests  {org['label']}"
        )
        for warning in org["warnings"]:
            print(f"{'':12} {warning}")
    for alias, names in found["changes"].items():
        done = found["applied"].get(alias, [])
        words = ", ".join(f"{name} (made)" if name in done else name for name in names)
        print(f"prepared changes for {alias}: {words}")
    for path in found["data_sets"]:
        print(f"data set: {path}")
    print(f"authority to trust for https: {found['ca']}")
    return DONE


def _apply(args: argparse.Namespace) -> int:
    done = process.apply(args.name, args.change)
    if args.json:
        print(json.dumps({"org": args.name, "change": args.change, "done": done}))
    else:
        print("\n".join([*done, f"{args.change} is in {args.name} now."]))
    return DONE


def _control(args: argparse.Namespace) -> int:
    try:
        made = _CONTROLS[args.control_command](args)
    except ValueError as error:
        raise _Usage(str(error)) from error
    answer = process.control(*made)
    rows = next(
        (answer[name] for name in ("fired", "escaped", "log", "faults", "locks", "done") if name in answer), None
    )
    if args.json or rows is None:
        print(json.dumps(answer))
        return DONE
    for row in rows:
        print("  ".join(f"{name}={value}" for name, value in row.items() if value not in ("", None)))
    print(f"{len(rows)} in all", file=sys.stderr)
    return DONE


def _fired(args: argparse.Namespace) -> tuple[str, str, Any]:
    asked = {name: getattr(args, name) for name in ("user", "since", "until") if getattr(args, name)}
    return "GET", f"/orgs/{args.name}/fired" + (f"?{urlencode(asked)}" if asked else ""), None


def _clock(args: argparse.Namespace) -> tuple[str, str, Any]:
    return "POST", "/clock", {"now": args.now} if args.now else {"advance": args.advance}


_CONTROLS: dict[str, Any] = {
    "fired": _fired,
    "escaped": lambda args: ("GET", f"/orgs/{args.name}/escaped", None),
    "requests": lambda args: ("GET", f"/orgs/{args.name}/requests", None),
    "refresh": lambda args: ("POST", f"/orgs/{args.name}/refresh", None),
    "clock": _clock,
    **disturbing.CONTROLS,
    **planting.CONTROLS,
    **scripts.CONTROLS,
    **logins.CONTROLS,
}
