"""`local-orgs control …`: what disturbs the orgs, as typed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from hotfix_tui.localorg.faults.calls import GROUPS, KINDS
from hotfix_tui.localorg.faults.fault import MODES, read_faults

_NUMBERS = ("times", "nth", "status", "seed", "bytes", "rate", "retry_after", "component", "test")
_FRACTIONS = ("seconds", "jitter")
_TEXTS = ("call", "path", "method", "body", "object")
_CONDITIONS = (
    *("request_limit", "storage_mb", "read_only", "newest_version", "access", "sandboxes", "sandbox_licences"),
    *("scratch_limit", "scratch_error"),
)
Asked = tuple[str, str, Any]


def add_arguments(what: Any) -> list[argparse.ArgumentParser]:
    """Adds the subcommands to `control`; returns them."""
    modes = "\n".join(f"  {name:15} {mode.does}" for name, mode in MODES.items())
    fault = what.add_parser(
        "fault",
        help="make the next calls that fit go wrong",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"modes:\n{modes}\n\nkinds of calls: {', '.join((*KINDS, *GROUPS))}",
    )
    fault.add_argument(
        "--file", metavar="FILE", help="many faults: TOML ([[fault]]) or JSON; nothing else is given then"
    )
    fault.add_argument("--org", metavar="ORG")
    fault.add_argument("--mode", metavar="MODE", choices=tuple(MODES))
    fault.add_argument("--call", metavar="KIND", help="a kind of call (below)")
    fault.add_argument("--path", help="part of the path and query, or a SOAP operation such as deploy")
    fault.add_argument("--method", help="GET, POST, PATCH …")
    fault.add_argument("--body", help="the answer's body; for deploy_fail the problem")
    fault.add_argument("--rows", nargs="+", metavar="ID", help="for lock_rows")
    fault.add_argument("--object", help="for lock_rows: all its rows")
    for name in (*_NUMBERS, *_FRACTIONS):
        fault.add_argument(f"--{name.replace('_', '-')}", type=int if name in _NUMBERS else float, metavar="N")
    _add_conditions(fault)
    faults = what.add_parser("faults", help="the faults that still wait")
    faults.add_argument("--clear", action="store_true", help="forget them")
    conditions = what.add_parser("conditions", help="what is not as usual with an org, or make it so")
    conditions.add_argument("name", metavar="ORG")
    conditions.add_argument("--clear", action="store_true", help="as usual again")
    _add_conditions(conditions)
    lock = what.add_parser("lock", help="lock rows, as somebody whose transaction takes long")
    lock.add_argument("name", metavar="ORG")
    lock.add_argument("rows", metavar="ID", nargs="*")
    lock.add_argument("--seconds", type=float, default=60.0)
    lock.add_argument("--release", action="store_true", help="let go what was locked so")
    pace = what.add_parser("pace", help="how long things take")
    pace.add_argument("seconds", type=float, nargs="?", metavar="SECONDS", help="a deployment, for each component")
    pace.add_argument("--row", type=float, metavar="SECONDS", help="a save keeps rows locked, for each record")
    pace.add_argument("--lock-wait", type=float, metavar="SECONDS", help="a writer waits for locked rows (10)")
    pace.add_argument("--bulk", type=float, metavar="SECONDS", help="a bulk job, for each 200 rows")
    pace.add_argument("--sandbox", type=float, metavar="SECONDS", help="each stage of a sandbox copy (0.5)")
    return [fault, faults, conditions, lock, pace]


def _add_conditions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--request-limit", type=int, metavar="N", help="API requests in 24 hours")
    parser.add_argument("--storage-mb", type=float, metavar="MB", help="data storage")
    parser.add_argument("--read-only", action="store_true", default=None, help="maintenance: nothing can be written")
    parser.add_argument("--newest-version", type=int, metavar="N", help="the newest API version: a release behind")
    parser.add_argument("--access", choices=("ip", "hours"), help="refused for our address, or for the hour")
    parser.add_argument("--sandboxes", choices=("suspended", "stopped"), help="copies stand still, or stop for good")
    parser.add_argument("--sandbox-licences", type=int, metavar="N", help="how many sandboxes of each type")
    parser.add_argument("--scratch-limit", type=int, metavar="N", help="how many active scratch orgs")
    parser.add_argument("--scratch-error", metavar="CODE", help="with which sign-ups of scratch orgs fail")


def fault(args: argparse.Namespace) -> Asked:
    """A fault, or a file of them. Raises ValueError with a sentence."""
    names = ("org", "mode", "rows", *_TEXTS, *_NUMBERS, *_FRACTIONS)
    given = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    conditions = _given(args)
    if args.file:
        if given or conditions:
            raise ValueError("--file brings faults that say everything themselves.")
        return "POST", "/faults", {"faults": read_faults(Path(args.file))}
    return "POST", "/faults", {**given, **({"conditions": conditions} if conditions else {})}


def faults(args: argparse.Namespace) -> Asked:
    """Those that wait, or to forget them."""
    return "DELETE" if args.clear else "GET", "/faults", None


def conditions(args: argparse.Namespace) -> Asked:
    """To see, set or clear them."""
    path, given = f"/orgs/{args.name}/conditions", _given(args)
    if args.clear:
        return "DELETE", path, None
    return ("POST", path, given) if given else ("GET", path, None)


def lock(args: argparse.Namespace) -> Asked:
    """To lock, to let go, or to see."""
    path = f"/orgs/{args.name}/locks"
    if args.release:
        return "DELETE", path, None
    return ("POST", path, {"rows": args.rows, "seconds": args.seconds}) if args.rows else ("GET", path, None)


def pace(args: argparse.Namespace) -> Asked:
    """How long things take."""
    given = {"seconds": args.seconds, "row": args.row, "lock_wait": args.lock_wait, "bulk": args.bulk}
    given["sandbox"] = args.sandbox
    return "POST", "/pace", {name: value for name, value in given.items() if value is not None}


def _given(args: argparse.Namespace) -> dict[str, Any]:
    return {name: getattr(args, name) for name in _CONDITIONS if getattr(args, name) is not None}


CONTROLS = {"fault": fault, "faults": faults, "conditions": conditions, "lock": lock, "pace": pace}
