"""Orgs on Home: one in full, logging in to another by each way, logging out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.salesforce.logins import flows, store
from hotfix_tui.ui.login_flows import login_flows
from hotfix_tui.ui.screens.dialogs import ChoiceDialog, ConfirmDialog, DetailDialog
from hotfix_tui.ui.screens.form import FormDialog
from hotfix_tui.ui.screens.web_login import WebLoginDialog
from tests.data import campus
from tests.ui.conftest import until
from tests.ui.screen_text import screen_text


async def ways(app: Any, pilot: Any, key: str) -> None:
    """Opens the form of one way to log in."""
    await pilot.press("L")
    await until(pilot, lambda: isinstance(app.screen, ChoiceDialog))
    place = [flow.key for flow in login_flows()].index(key)
    await pilot.press(*["down"] * place, "enter")
    await until(pilot, lambda: isinstance(app.screen, FormDialog))


async def test_an_org_is_shown_in_full(open_app: Any, no_grace: None) -> None:
    async with open_app(0) as (app, pilot):
        await pilot.press("tab", "home", "enter")
        await until(pilot, lambda: isinstance(app.screen, DetailDialog) and "Org id" in screen_text(app))
        text = screen_text(app)
        assert "a fix is made and tried elsewhere" in text
        assert "PRODUCTION" in text and "00D000000000001AAA" in text and "99,188 of 100,000" in text


async def test_what_is_missing_is_said_and_a_secret_is_shown_as_dots(open_app: Any, no_grace: None) -> None:
    async with open_app(0) as (app, pilot):
        await ways(app, pilot, "token")
        await pilot.press(*"box", "tab", *"http://evil.example", "tab", *"tok3n-x", "enter")
        assert "tok3n-x" not in screen_text(app)
        assert "over plain http at evil.example" in screen_text(app)
        await pilot.press("escape")
        await ways(app, pilot, "password")
        await pilot.press("enter")
        assert "Something is still empty" in screen_text(app)
        await pilot.press("escape")
        assert store.kept() == {}


async def test_a_browser_s_address_is_shown_and_what_belongs_to_no_login_is_refused(
    open_app: Any, no_grace: None
) -> None:
    async with open_app(0) as (app, pilot):
        await ways(app, pilot, "web")
        await pilot.press(*"box", "tab", *"https://acme.my.salesforce.com", "tab", *"3MVG9x", "enter")
        await until(pilot, lambda: isinstance(app.screen, WebLoginDialog))
        assert "acme.my.salesforce.com/services/oauth2/authorize" in screen_text(app)
        await pilot.press(*"http://localhost:1717/?code=x&state=y", "enter")
        await until(pilot, lambda: "does not belong to this login" in screen_text(app))
        assert store.kept() == {}


async def test_a_token_logs_in_to_a_real_org_and_out_again(open_app: Any, no_grace: None, tmp_path: Path) -> None:
    with campus.served(tmp_path / "orgs", "box") as school:
        async with open_app(0) as (app, pilot):
            await ways(app, pilot, "token")
            await pilot.press(*"mine", "tab", *school.login.instance_url, "tab", *"00Dwrong!x", "enter")
            await until(pilot, lambda: "Not logged in" in screen_text(app))
            await ways(app, pilot, "token")
            await pilot.press(*"mine", "tab", *school.login.instance_url, "tab", *school.login.access_token, "enter")
            await until(pilot, lambda: "mine: logged in as" in screen_text(app))
            assert store.kept()["mine"].org_id == school.inside.org_id


async def test_only_a_login_of_ours_is_ended(open_app: Any, no_grace: None, tmp_path: Path) -> None:
    from dataclasses import replace

    with campus.served(tmp_path / "orgs", "box") as school:
        await flows.by_token("sand", school.login.instance_url, school.login.access_token)
        async with open_app(0) as (app, pilot):
            await pilot.press("tab", "home")
            for source, words in (("sf", "sf org logout"), ("local", "local-orgs stop")):
                app.orgs["prod"] = replace(app.orgs["prod"], source=source)
                await pilot.press("X")
                assert words in screen_text(app)
            app.orgs["sand"] = replace(app.orgs["sand"], source="own")
            while app.screen.chosen_org.alias != "sand":
                await pilot.press("j")
            await pilot.press("X")
            await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            await pilot.press("y")
            await until(pilot, lambda: "Logged out of sand" in screen_text(app))
            assert store.kept() == {}


def test_each_way_of_the_command_line_is_a_way_of_the_screen(
    own_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from hotfix_tui.cli import main

    assert main(["orgs", "login", "no-such-flow"]) == 2
    listed = capsys.readouterr().err.partition("choose from ")[2]
    assert set(re.findall(r"'([a-z-]+)'", listed)) == {flow.key for flow in login_flows()}
