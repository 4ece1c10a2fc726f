"""`local-orgs control …`: outcomes of Apex tests, jobs and paused interviews, as typed."""

from __future__ import annotations

import argparse
from typing import Any

Asked = tuple[str, str, Any]


def add_arguments(what: Any) -> list[argparse.ArgumentParser]:
    """Adds the subcommands to `control`; returns them."""
    apex = what.add_parser("apex", help="what is planted of Apex: outcomes of tests, jobs, paused interviews")
    apex.add_argument("name", metavar="ORG")
    apex.add_argument("--finish", metavar="ID", help="end this job or interview")
    outcome = what.add_parser(
        "outcome", help="how the tests of a class end, or how much of a class or trigger they cover"
    )
    outcome.add_argument("name", metavar="ORG")
    outcome.add_argument("apex", metavar="NAME", help="a class or trigger")
    outcome.add_argument("--percent", type=float, metavar="N", help="of its lines that tests cover (100)")
    outcome.add_argument("--fail", action="append", default=[], metavar="METHOD=WORDS", help="a test method that fails")
    job = what.add_parser("job", help="an Apex job that waits or runs")
    job.add_argument("name", metavar="ORG")
    job.add_argument("apex", metavar="CLASS")
    job.add_argument("--kind", choices=("ScheduledApex", "BatchApex", "Queueable", "Future"))
    job.add_argument("--label", metavar="NAME", help="a scheduled job's name")
    job.add_argument("--cron", metavar="EXPRESSION")
    job.add_argument("--status", metavar="STATUS", help="WAITING …; Queued, Processing … for those not scheduled")
    job.add_argument("--by", metavar="USER")
    interview = what.add_parser("interview", help="a paused interview of a flow version")
    interview.add_argument("name", metavar="ORG")
    interview.add_argument("flow", metavar="FLOW")
    interview.add_argument("version", type=int, metavar="VERSION")
    interview.add_argument("--label", metavar="TEXT")
    interview.add_argument("--by", metavar="USER")
    return [apex, outcome, job, interview]


def _apex(args: argparse.Namespace) -> Asked:
    path = f"/orgs/{args.name}/apex"
    return ("DELETE", f"{path}/{args.finish}", None) if args.finish else ("GET", path, None)


def _outcome(args: argparse.Namespace) -> Asked:
    failures = dict(item.partition("=")[::2] for item in args.fail)
    if not all(failures) or not all(failures.values()):
        raise ValueError("--fail is METHOD=WORDS.")
    return _planted(args, "outcome", {"name": args.apex, "percent": args.percent, "failures": failures or None})


def _job(args: argparse.Namespace) -> Asked:
    given = {"class": args.apex, "kind": args.kind, "name": args.label, "cron": args.cron}
    return _planted(args, "job", {**given, "status": args.status, "by": args.by})


def _interview(args: argparse.Namespace) -> Asked:
    given = {"flow": args.flow, "version": args.version, "label": args.label, "by": args.by}
    return _planted(args, "interview", given)


def _planted(args: argparse.Namespace, kind: str, given: dict[str, Any]) -> Asked:
    said = {name: value for name, value in given.items() if value is not None}
    return "POST", f"/orgs/{args.name}/apex/{kind}", said


CONTROLS = {"apex": _apex, "outcome": _outcome, "job": _job, "interview": _interview}
