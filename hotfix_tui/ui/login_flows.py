"""The ways to log in to an org from a screen: what each asks for, and what is done with the answers.

The command line has the same ways (`orgs login`); both end in `salesforce.logins.flows`. What is typed into a secret
field goes to the org and into the vault, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hotfix_tui.ui.screens.form import Field

if TYPE_CHECKING:
    from hotfix_tui.salesforce.logins.store import Kept
    from hotfix_tui.salesforce.logins.web import WebLogin

Typed = Mapping[str, str]
WEB = "web"
_ALIAS = Field("alias", "The name you will call the org by", placeholder="for example prod")
_URL = Field("url", "The org's address", placeholder="https://NAME.my.salesforce.com")
_DOTS = "shown as dots"
_OWN_APP = "consumer key of your own connected or external client app"


@dataclass(frozen=True)
class LoginFlow:
    """`log_in` gives the coroutine that logs in with what was typed; None for the one that goes through a browser."""

    key: str
    words: str
    fields: tuple[Field, ...]
    log_in: Callable[[Typed], Coroutine[Any, Any, Kept]] | None


def login_flows() -> tuple[LoginFlow, ...]:
    """All of them, the ones that renew themselves first. Raises BadLogin for a config.toml that cannot be read."""
    from hotfix_tui.salesforce.logins import settings

    app = Field("client_id", "Consumer key of the app", settings.read().client_id, _OWN_APP)
    user = Field("username", "User name", placeholder="me@example.com")
    key = Field("key", "File of the private key (PEM)", placeholder="~/server.key")
    passphrase = Field("passphrase", "Its passphrase", placeholder="empty when it has none", secret=True)
    secret = Field("secret", "Consumer secret", placeholder=_DOTS, secret=True)
    may = replace(secret, placeholder="empty: most apps for a terminal have none")
    token = Field("token", "Access token", placeholder=_DOTS, secret=True)
    words = Field("password", "Password", placeholder=_DOTS, secret=True)
    more = Field("security_token", "Security token", placeholder="empty where the network is trusted", secret=True)
    pasted = Field("auth_url", "SFDX auth URL", placeholder="force://…", secret=True)
    return (
        LoginFlow(WEB, "In a browser, which may be on another machine", (_ALIAS, _URL, app, may), None),
        LoginFlow("jwt", "With a private key (JWT bearer)", (_ALIAS, _URL, app, user, key, passphrase), _by_key),
        LoginFlow("credentials", "As an app's own user (client credentials)", (_ALIAS, _URL, app, secret), _by_secret),
        LoginFlow("auth-url", "With an SFDX auth URL of the Salesforce CLI", (_ALIAS, pasted), _by_auth_url),
        LoginFlow("token", "With an access token; it ends when it ends", (_ALIAS, _URL, token), _by_token),
        LoginFlow(
            "password", "With user name and password, where the org lets you", (_ALIAS, _URL, user, words, more),
            _by_password,
        ),
    )  # fmt: skip


def wrong(flow: str, typed: Typed) -> str:
    """What is wrong with the answers as far as can be told without the org; "" when nothing is."""
    from hotfix_tui.salesforce.errors import SalesforceError
    from hotfix_tui.salesforce.login import checked_origin
    from hotfix_tui.salesforce.logins.flows import check_alias

    optional = {"passphrase", "security_token"} | ({"secret"} if flow == WEB else set())
    if any(not value for key, value in typed.items() if key not in optional):
        return "Something is still empty."
    try:
        check_alias(typed["alias"])
        if "url" in typed:
            checked_origin(typed["url"], "the org")
    except SalesforceError as error:
        return str(error)
    return ""


def web_login(typed: Typed) -> WebLogin:
    """The attempt whose address is opened in a browser. Raises BadLogin."""
    from hotfix_tui.salesforce.logins import settings
    from hotfix_tui.salesforce.logins.oauth import App
    from hotfix_tui.salesforce.logins.web import WebLogin

    return WebLogin(typed["url"], App(typed["client_id"], typed["secret"]), settings.read().callback_port)


async def finish_web(login: WebLogin, typed: Typed, address: str) -> Kept:
    """Changes the address that the browser ended at for tokens, and keeps the login. Raises SalesforceError."""
    import asyncio

    from hotfix_tui.salesforce.logins import flows

    tokens = await asyncio.to_thread(login.finish, address)
    wanted = flows.blank(typed["url"], "web", client_id=login.app.client_id)
    secret = login.app.client_secret
    return await flows.keep(typed["alias"], wanted, tokens, {"client_secret": secret} if secret else {})


async def _by_key(typed: Typed) -> Kept:
    from hotfix_tui.salesforce.logins import flows

    return await flows.by_key(
        typed["alias"], typed["url"], typed["client_id"], typed["username"], _file(typed["key"]), typed["passphrase"]
    )


def _file(typed: str) -> Path:
    """As a shell would take it."""
    return Path(typed).expanduser()


async def _by_secret(typed: Typed) -> Kept:
    from hotfix_tui.salesforce.logins import flows
    from hotfix_tui.salesforce.logins.oauth import App

    return await flows.by_credentials(typed["alias"], typed["url"], App(typed["client_id"], typed["secret"]))


async def _by_auth_url(typed: Typed) -> Kept:
    from hotfix_tui.salesforce.logins import flows

    return await flows.by_auth_url(typed["alias"], typed["auth_url"])


async def _by_token(typed: Typed) -> Kept:
    from hotfix_tui.salesforce.logins import flows

    return await flows.by_token(typed["alias"], typed["url"], typed["token"])


async def _by_password(typed: Typed) -> Kept:
    from hotfix_tui.salesforce.logins import flows

    return await flows.by_password(
        typed["alias"], typed["url"], typed["username"], typed["password"], typed["security_token"]
    )
