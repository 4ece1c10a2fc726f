"""`hotfix-tui orgs login …` and `orgs logout`: what a person can type."""

from __future__ import annotations

import argparse
from typing import Any

_HELP = """\
A login goes through a connected app or external client app of your own org:
  Setup, External Client App Manager, New: enable OAuth; callback URL http://localhost:1717/OauthRedirect;
  scopes api, web, refresh_token; "Require Proof Key for Code Exchange". For jwt: upload a certificate, and
  pre-authorize the user's profile or a permission set. For credentials: enable the flow and name a run-as user.
Write its consumer key into config.toml (hotfix-tui paths shows where):
  [login]
  client_id = "3MVG9…"
An app that all users of a tool share is blocked in many orgs: since September 2025 an app that is not installed in an
org may be used by nobody without a permission for it. Your own app is installed.

Over SSH: web prints the address to open and the line that brings its answer back through your connection
(ssh -L); without that, paste the address your browser ended at.
"""
_ALIAS = "the name you will call the org by"


def add_logins(orgs: argparse.ArgumentParser) -> None:
    """Adds `login` and `logout` to the command `orgs`, which without them lists the orgs."""
    commands = orgs.add_subparsers(dest="orgs_command", metavar="[login|logout]")
    login = commands.add_parser(
        "login",
        help="log in to an org",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    flows = login.add_subparsers(dest="flow", required=True, metavar="FLOW")
    web = _flow(flows, "web", "in a browser, which may be on another machine")
    web.add_argument("--port", type=int, metavar="N", help="of the callback (default: callback_port, 1717)")
    web.add_argument("--paste", action="store_true", help="do not listen: paste the address the browser ended at")
    web.add_argument("--secret", action="store_true", help="the app has a consumer secret: ask for it")
    jwt = _flow(flows, "jwt", "with a private key (JWT bearer), without a browser")
    jwt.add_argument("--username", required=True)
    jwt.add_argument("--key", required=True, metavar="FILE", help="the private key, PEM; its passphrase is asked for")
    _flow(flows, "credentials", "as the run-as user of an app (client credentials); its secret is asked for")
    _flow(flows, "auth-url", "with an SFDX auth URL, read from stdin", url=False)
    _flow(flows, "token", "with an access token, from HOTFIX_ACCESS_TOKEN or stdin", app=False)
    password = _flow(flows, "password", "with user name, password and token, where the org still allows it", app=False)
    password.add_argument("--username", required=True)
    logout = commands.add_parser("logout", help="forget a login, and end its tokens in the org")
    logout.add_argument("alias", metavar="ALIAS")
    logout.set_defaults(run="logins.log_out")
    for each in (*flows.choices.values(), logout):
        each.add_argument("--json", action="store_true", help="print events, one JSON object a line")


def _flow(flows: Any, name: str, help_text: str, *, url: bool = True, app: bool = True) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = flows.add_parser(name, help=help_text, description=f"Log in {help_text}.")
    made.add_argument("alias", metavar="ALIAS", help=_ALIAS)
    if url:
        made.add_argument(
            "--url", required=True, metavar="URL", help="the org's address: https://NAME.my.salesforce.com"
        )
        if app:
            made.add_argument("--client-id", metavar="KEY", help="consumer key of the app (default: config.toml)")
    made.set_defaults(run="logins.log_in")
    return made
