"""What Home does with orgs: how one is in full, logging in to another, logging out of one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from hotfix_tui.ui import background, login_flows, org_rows
from hotfix_tui.ui.login_flows import LoginFlow
from hotfix_tui.ui.screens.base import BaseScreen
from hotfix_tui.ui.screens.dialogs import ChoiceDialog, ConfirmDialog
from hotfix_tui.ui.screens.form import FormDialog
from hotfix_tui.ui.screens.web_login import WebLoginDialog
from hotfix_tui.ui.text import BREAK, Cell
from hotfix_tui.ui.widgets.virtual_table import VirtualTable

if TYPE_CHECKING:
    from hotfix_tui.hotfix.orgs import OrgStatus


_THEIRS = {
    "local": "a local org: hotfix-tui local-orgs stop",
    "sf": "a login of the Salesforce CLI: sf org logout",
}


class OrgLogins(BaseScreen):
    """A screen with the table `orgs`."""

    @property
    def chosen_org(self) -> OrgStatus | None:
        """The org under the cursor of the orgs' list."""
        return self.hotfix_app.orgs.get(self.query_one("#orgs", VirtualTable).key or "")

    def describe_org(self) -> None:
        """All that is known of the chosen org."""
        status = self.chosen_org
        if status is not None:
            self.app.push_screen(org_rows.detail(status, self.hotfix_app.orgs.values()))

    def why_not_log_out(self) -> str:
        """Only a login of ours is ended here."""
        status = self.chosen_org
        if status is None:
            return "There is no org to log out of. o goes to the orgs."
        if status.source in _THEIRS:
            return f"{status.alias} is {_THEIRS[status.source]} ends it."
        return "" if status.source == "own" else f"{status.alias} is no login of ours."

    def do_log_in(self) -> None:
        """Asks which way, then what that needs, then logs in."""
        from hotfix_tui.salesforce.errors import BadLogin

        try:
            flows = {flow.key: flow for flow in login_flows.login_flows()}
        except BadLogin as error:
            self.flash(str(error), "bad")
            return

        def answered(key: str | None) -> None:
            if key:
                self._ask(flows[key])

        choices = [(flow.key, flow.words) for flow in flows.values()]
        words: list[Cell] = [
            "How do you log in?",
            BREAK,
            "hotfix-tui orgs login --help says how to make an app of your own.",
        ]
        self.app.push_screen(ChoiceDialog("Log in to an org", words, choices), answered)

    def _ask(self, flow: LoginFlow) -> None:
        def answered(typed: dict[str, str] | None) -> None:
            if typed is None:
                return
            if flow.log_in is None:
                self._in_browser(typed)
            else:
                log_in = flow.log_in
                self.flash(f"Logging in to {typed['alias']} …")
                background.call(self.app, lambda: log_in(typed), self._logged_in)

        self.app.push_screen(
            FormDialog(flow.words, flow.fields, "Log in", partial(login_flows.wrong, flow.key)), answered
        )

    def _in_browser(self, typed: dict[str, str]) -> None:
        login = login_flows.web_login(typed)

        def answered(address: str | None) -> None:
            if address:
                self.flash(f"Logging in to {typed['alias']} …")
                background.call(self.app, lambda: login_flows.finish_web(login, typed, address), self._logged_in)

        self.app.push_screen(WebLoginDialog(login), answered)

    def _logged_in(self, kept: Any, error: str) -> None:
        if error:
            self.flash(f"Not logged in: {error}", "bad")
            return
        self.flash(f"{kept.alias}: logged in as {kept.username}.", "good")
        self.hotfix_app.survey()

    def do_log_out(self) -> None:
        """Asks, then ends the login here and in the org."""
        status = self.chosen_org
        if status is None:
            return
        alias = status.alias

        async def end() -> bool | None:
            import asyncio

            from hotfix_tui.salesforce.logins.flows import log_out

            return await asyncio.to_thread(log_out, alias)

        def ended(in_org: Any, error: str) -> None:
            if error:
                self.flash(error, "bad")
                return
            self.hotfix_app.orgs.pop(alias, None)
            left = "" if in_org else " The org could not be told: its tokens end when they end."
            self.flash(f"Logged out of {alias}.{left}", "good" if in_org else "warn")
            self.redraw()

        def answered(yes: bool | None) -> None:
            if yes:
                background.call(self.app, end, ended)

        words = (f"Forget the login {alias} ({status.username}) and end its tokens in the org?",)
        self.app.push_screen(ConfirmDialog("Log out", words, "Log out"), answered)
