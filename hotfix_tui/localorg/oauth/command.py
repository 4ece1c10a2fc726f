"""`local-orgs control …`: apps, passwords, ended sessions, as typed."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

Asked = tuple[str, str, Any]


def add_arguments(what: Any) -> list[argparse.ArgumentParser]:
    """Adds the subcommands to `control`; returns them."""
    app = what.add_parser("app", help="the connected apps of an org, or one more from a file of JSON")
    app.add_argument("name", metavar="ORG")
    app.add_argument("--file", metavar="FILE", help="client_id, callbacks, secret, certificate, approved, run_as …")
    app.add_argument("--certificate", metavar="FILE", help="PEM, for the JWT bearer flow")
    password = what.add_parser(
        "password", help="give a user a password (and token); both are read from stdin, a line each"
    )
    password.add_argument("name", metavar="ORG")
    password.add_argument("user", metavar="USER")
    sessions = what.add_parser("end-sessions", help="end the access tokens that OAuth gave out")
    sessions.add_argument("name", metavar="ORG")
    sessions.add_argument("--refresh", action="store_true", help="their refresh tokens too")
    hub = what.add_parser("dev-hub", help="make an org a Dev Hub, which makes scratch orgs")
    hub.add_argument("name", metavar="ORG")
    hub.add_argument("--off", action="store_true", help="one no longer")
    return [app, password, sessions, hub]


def _app(args: argparse.Namespace) -> Asked:
    path = f"/orgs/{args.name}/apps"
    if not args.file:
        return "GET", path, None
    try:
        content = json.loads(Path(args.file).read_text(encoding="utf-8"))
        if args.certificate:
            content["certificate"] = Path(args.certificate).read_text(encoding="ascii")
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(f"{args.file} cannot be read as an app: {error}.") from error
    return "POST", path, content


def _password(args: argparse.Namespace) -> Asked:
    lines = sys.stdin.read().splitlines()
    if not lines or not lines[0]:
        raise ValueError("The password is read from stdin, the security token from a second line.")
    given = {"user": args.user, "password": lines[0], "security_token": lines[1] if len(lines) > 1 else ""}
    return "POST", f"/orgs/{args.name}/password", given


def _sessions(args: argparse.Namespace) -> Asked:
    return "DELETE", f"/orgs/{args.name}/sessions{'?refresh=true' if args.refresh else ''}", None


def _hub(args: argparse.Namespace) -> Asked:
    return "POST", f"/orgs/{args.name}/dev-hub", {"on": not args.off}


CONTROLS = {"dev-hub": _hub, "app": _app, "password": _password, "end-sessions": _sessions}
