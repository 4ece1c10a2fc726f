"""Logging in and out on the command line. Secrets come from a prompt, stdin or the environment, never an argument."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import select
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from hotfix_tui.events.session import OrgLoggedIn, OrgLoggedOut
from hotfix_tui.headless import codes
from hotfix_tui.headless.output import Output
from hotfix_tui.salesforce.errors import BadLogin, LoginRefused, UnknownAlias
from hotfix_tui.salesforce.logins.store import Kept

_SECONDS = 600
_LOOK_SECONDS = 0.2
_LONGEST_LINE = 16_384


def log_in(args: argparse.Namespace, output: Output) -> int:
    """Logs in by the flow that was typed, and keeps the login. Raises SalesforceError."""
    from hotfix_tui.salesforce.logins.flows import check_alias

    check_alias(args.alias)
    flows = {
        "web": _web,
        "jwt": _jwt,
        "credentials": _credentials,
        "auth-url": _auth_url,
        "token": _token,
        "password": _password,
    }
    kept = flows[args.flow](args, output)
    from hotfix_tui.salesforce.logins.vault import vault

    where = vault(kept.vault).where
    output.event(
        OrgLoggedIn(org=kept.alias, org_id=kept.org_id, username=kept.username, flow=args.flow, kept=where), "orgs"
    )
    return codes.DONE


def log_out(args: argparse.Namespace, output: Output) -> int:
    """Forgets one of our own logins. Raises UnknownAlias."""
    from hotfix_tui.salesforce.logins.flows import log_out

    ended = log_out(args.alias)
    if ended is None:
        raise UnknownAlias(
            f"{args.alias} is no login of ours.",
            org=args.alias,
            next="The Salesforce CLI's are ended by sf org logout, local orgs by hotfix-tui local-orgs stop.",
        )
    output.event(OrgLoggedOut(org=args.alias, ended=ended), "orgs")
    return codes.DONE


def _client_id(args: argparse.Namespace) -> str:
    from hotfix_tui.salesforce.logins import settings

    found = args.client_id or settings.read().client_id
    if not found:
        raise BadLogin(
            "No app is named to log in through.",
            org=args.alias,
            next='Name its consumer key: --client-id KEY, or client_id under [login] in config.toml; "hotfix-tui orgs '
            'login --help" says how to make one.',
        )
    return str(found)


def _web(args: argparse.Namespace, output: Output) -> Kept:
    from hotfix_tui.salesforce.logins import flows, settings
    from hotfix_tui.salesforce.logins.oauth import App
    from hotfix_tui.salesforce.logins.web import Listener, WebLogin

    secret = _secret("Consumer secret: ") if args.secret else ""
    app = App(_client_id(args), secret)
    login = WebLogin(args.url, app, args.port or settings.read().callback_port)
    listener = None if args.paste else Listener(login)
    try:
        output.message(f"Open this address in a browser:\n\n{login.address}\n")
        if listener is not None and (tunnel := login.tunnel()):
            output.message(f"If it runs on another machine, type there first:\n\n{tunnel}\n")
        output.message("Or paste the address the browser ended at, and press Enter.")
        address = _address(listener.wait if listener else None)
    finally:
        if listener is not None:
            listener.close()
    tokens = login.finish(address)
    wanted = flows.blank(args.url, "web", client_id=app.client_id)
    return asyncio.run(flows.keep(args.alias, wanted, tokens, {"client_secret": secret} if secret else {}))


def _address(heard: Callable[[float], str] | None) -> str:
    """The address the browser came to: heard on the port, or pasted. Raises LoginRefused when none came."""
    end = time.monotonic() + _SECONDS
    typed = _typed()
    while time.monotonic() < end and (heard or typed):
        if heard and (address := heard(_LOOK_SECONDS)):
            return address
        if typed and select.select([typed], [], [], 0 if heard else _LOOK_SECONDS)[0]:
            line = typed.readline(_LONGEST_LINE)
            if line.strip():
                return line.strip()
            typed = typed if line else None  # at its end: nobody will paste anything
    raise LoginRefused("No answer came from a browser.", next="Log in again.")


def _typed() -> TextIO | None:
    """Where somebody may paste something; None where stdin is closed or no file."""
    try:
        sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):
        return None
    return sys.stdin


def _jwt(args: argparse.Namespace, output: Output) -> Kept:
    from hotfix_tui.salesforce.logins import flows

    file = Path(args.key).expanduser()
    asked = _is_locked(file)
    passphrase = _secret(f"Passphrase of {file.name}: ") if asked else ""
    return asyncio.run(flows.by_key(args.alias, args.url, _client_id(args), args.username, file, passphrase))


def _is_locked(file: Path) -> bool:
    try:
        return b"ENCRYPTED" in file.read_bytes()[:4096]
    except OSError:
        return False


def _credentials(args: argparse.Namespace, output: Output) -> Kept:
    from hotfix_tui.salesforce.logins import flows
    from hotfix_tui.salesforce.logins.oauth import App

    app = App(_client_id(args), _secret("Consumer secret: "))
    return asyncio.run(flows.by_credentials(args.alias, args.url, app))


def _auth_url(args: argparse.Namespace, output: Output) -> Kept:
    from hotfix_tui.salesforce.logins import flows

    return asyncio.run(flows.by_auth_url(args.alias, _secret("SFDX auth URL: ")))


def _token(args: argparse.Namespace, output: Output) -> Kept:
    from hotfix_tui.salesforce.logins import flows

    token = os.environ.get("HOTFIX_ACCESS_TOKEN") or _secret("Access token: ")
    return asyncio.run(flows.by_token(args.alias, args.url, token))


def _password(args: argparse.Namespace, output: Output) -> Kept:
    from hotfix_tui.salesforce.logins import flows

    password = _secret("Password: ")
    token = _secret("Security token (empty where the network is trusted): ")
    return asyncio.run(flows.by_password(args.alias, args.url, args.username, password, token))


def _secret(prompt: str) -> str:
    """From the terminal without showing it, or a line of stdin."""
    if sys.stdin.isatty():
        return getpass.getpass(prompt)
    return sys.stdin.readline(_LONGEST_LINE).rstrip("\r\n")
