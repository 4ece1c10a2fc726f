"""A refused login in the org's own words, with the way out.

Sources: Salesforce Help, "OAuth 2.0 Authorization Errors", "Prepare for Connected App Usage Restrictions Change";
issues of the Salesforce CLI and of other clients for the words orgs were seen to use.
"""

from __future__ import annotations

from hotfix_tui.salesforce.errors import LoginRefused

_INSTALL = "an administrator installs it in Setup, Connected Apps OAuth Usage"
_OWN_APP = "make an app of your own: hotfix-tui orgs login --help says how"
# By a part of what the org says; the first that fits counts.
_WAYS_OUT = {
    "hasn't approved this consumer": "Let an administrator approve the app for this user beforehand (its policies, "
    "then a profile or permission set), or log in through the browser once.",
    "expired access/refresh token": "The login was revoked or has ended: log in again.",
    "inactive user": "The user is inactive or frozen: ask an administrator, or log in as another user.",
    "ip restricted": "The profile's login IP ranges leave this machine out: use the company's network or VPN.",
    "login hours": "It is outside the profile's login hours: wait, or ask an administrator.",
    "client identifier invalid": "The org does not know this consumer key: check it, or use an app of this org.",
    "invalid client credentials": "The consumer secret is wrong or missing.",
    "redirect_uri": "Add this callback URL to the app in Setup, exactly as it is written here.",
    "audience": "Log in with the org's own My Domain address.",
    "app_not_found": f"The app is not installed in this org: {_INSTALL}.",
    "oauth_approval_error_generic": f"The app is not installed in this org: {_INSTALL}; or {_OWN_APP}.",
    "app must be installed": f"The app is not installed in this org: {_INSTALL}; or {_OWN_APP}.",
    "blocked": f"An administrator has blocked this app: ask for it, or {_OWN_APP}.",
    "not admin approved": "Ask an administrator to approve the app for your profile or a permission set of yours.",
    "access_denied": "Access was denied in the browser: log in again and choose Allow.",
    "invalid assertion": "The key does not belong to the app's certificate, or the certificate has ended.",
    "expired authorization code": "It took too long, or this machine's clock is wrong: log in again.",
    "invalid authorization code": "The code was used already or belongs to another app: log in again.",
    "client credentials user": "Name a run-as user in the app's policies in Setup.",
    "authentication failure": "User name, password or security token are wrong, or the org no longer allows this flow.",
    "invalid_login": "User name, password or security token are wrong, the user is locked out, or the org no longer "
    "allows SOAP logins: log in through the browser.",
}


def refused(host: str, code: str, words: str, status: int | None = None) -> LoginRefused:
    """The error for what an org's login said. `code` is OAuth's `error`, or SOAP's exception code."""
    said = ": ".join(part for part in (code, words) if part) or "no reason given"
    way = next((way for part, way in _WAYS_OUT.items() if part in said.lower()), "Log in again.")
    return LoginRefused(f"{host} refused the login: {said}.", org=host, code=code, status=status, next=way)
