"""`compare A B` on a screen with orgs that fail or send what they should not, and with components of 20 MB."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hotfix_tui.ui import outside
from tests.compare import folders
from tests.compare.hostile import HostileOrg, hostile_xml, two_orgs
from tests.ui.conftest import until
from tests.ui.screen_text import screen_text
from tests.ui.test_two_sides import compared

pytestmark = pytest.mark.slow
LAYOUT = ("Layout:Thing_1__c-Thing Layout", "layouts/Thing_1__c-Thing Layout.layout", "Layout")


@pytest.fixture
def orgs(tmp_path: Path) -> Iterator[tuple[HostileOrg, HostileOrg]]:
    a, b = folders.generate_pair(tmp_path)
    with two_orgs(tmp_path, a, b) as both:
        yield both


async def test_a_killed_network_is_a_sentence_and_r_compares_when_it_is_back(
    orgs: tuple[HostileOrg, HostileOrg],
) -> None:
    orgs[0].fault("drop_before", call="retrieve-status", times=500)
    async with compared("a", "b") as (app, pilot):
        text = screen_text(app)
        assert "Could not compare:" in text and "r tries again" in text
        orgs[0].local.faults.clear()
        await pilot.press("r")
        await until(pilot, lambda: "~ Flow_1" in screen_text(app) and not app.screen.running)
        assert "Could not compare" not in screen_text(app)


async def test_an_ended_session_is_a_sentence(orgs: tuple[HostileOrg, HostileOrg]) -> None:
    orgs[1].fault("session_expiry", call="retrieve", times=500)
    async with compared("a", "b") as (app, _pilot):
        text = screen_text(app).lower()
        assert "could not compare" in text and ("session" in text or "log in" in text)


async def test_a_type_that_fails_is_said_and_the_others_are_listed(orgs: tuple[HostileOrg, HostileOrg]) -> None:
    orgs[1].refuse.add("Layout")
    async with compared("a", "b") as (app, _pilot):
        text = screen_text(app)
        assert "b could not give Layout: " in text and "Layout is broken today" in text
        assert "~ Flow_1" in text and "unreadable" in text


async def test_a_component_that_is_no_xml_is_listed_as_unreadable_and_can_be_read_as_text(
    orgs: tuple[HostileOrg, HostileOrg], tmp_path: Path
) -> None:
    name, path, root = LAYOUT
    secret = tmp_path / "secret.txt"
    secret.write_text("what is on this machine")
    for what, content in hostile_xml(root, secret, "http://127.0.0.1:9").items():
        orgs[1].replace(path, content)
        async with compared("a", "b") as (app, pilot):
            await pilot.press("R")  # what is kept of it has the same dates
            await until(pilot, lambda app=app: not app.screen.running)
            assert app.screen.component(name).status == "unreadable", what
            app.screen.components_table.go_to(name)
            await until(pilot, lambda: "Could not compare: BadXml" in screen_text(app))
            await pilot.press("v")
            await until(pilot, lambda: "(text)" in screen_text(app) and "working out" not in screen_text(app))
            shown = screen_text(app)
            assert "what is on this machine" not in shown, what
            assert "\x1b" not in shown and "\x00" not in shown, what
            if what in ("controls", "NUL"):
                assert "\\x" in shown


@pytest.fixture
def big(tmp_path: Path) -> tuple[str, str]:
    sides = []
    for name in ("a", "b"):
        body = "\n".join(
            f"<fieldPermissions><editable>{name == 'a' and number == 77_777}</editable>"
            f"<field>Account.Field_{number}__c</field><readable>true</readable></fieldPermissions>"
            for number in range(165_000)
        )
        folder = folders.generate(tmp_path / name)
        path = "force-app/main/default/permissionsets/Huge.permissionset-meta.xml"
        folders.write(folder, path, folders.xml("PermissionSet", body))
        assert (folder / path).stat().st_size > 20_000_000
        sides.append(str(folder))
    return sides[0], sides[1]


@pytest.mark.timeout(600)
async def test_a_component_of_20_mb_opens_while_keys_are_answered(big: tuple[str, str]) -> None:
    async with compared(*big) as (app, pilot):
        app.screen.components_table.go_to("PermissionSet:Huge")
        await until(pilot, lambda: "working out the difference" in screen_text(app))
        await pilot.press("home")
        assert app.screen.components_table.cursor == 0
        await pilot.press("end")
        app.screen.components_table.go_to("PermissionSet:Huge")
        await until(pilot, lambda: "fieldPermissions[Account.Field_77777__c].editable" in screen_text(app), 10_000)
        assert "1 difference" in screen_text(app)


async def test_a_difference_goes_to_the_pager_the_editor_and_the_clipboard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = folders.generate_pair(tmp_path)
    given: dict[str, object] = {}
    monkeypatch.setattr(outside, "page", lambda _app, text: given.update(page=text) or "")
    monkeypatch.setattr(outside, "edit", lambda _app, name, sides: given.update(edit=(name, sides)) or "")
    async with compared(str(a), str(b), size=(80, 24)) as (app, pilot):
        monkeypatch.setattr(app, "copy_to_clipboard", lambda text: given.update(copy=text))
        app.screen.components_table.go_to("Flow:Flow_1")
        for key, name in (("o", "page"), ("e", "edit"), ("y", "copy")):
            await pilot.press(key)
            await until(pilot, lambda name=name: name in given)
        assert given["page"] == given["copy"]
        lines = str(given["page"]).splitlines()
        assert lines[:2] == [f"--- {a}", f"+++ {b}"] and "+    <label>Another flow</label>" in lines
        name, sides = given["edit"]  # type: ignore[misc]
        assert name == "Flow_1" and [side for side, _ in sides] == ["a", "b"]
        assert all(content.startswith(b"<?xml") for _, content in sides)
        assert "sent to the terminal's clipboard" in screen_text(app)


async def test_what_is_too_long_for_a_clipboard_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = folders.generate_pair(tmp_path)
    for side, word in ((a, "one"), (b, "other")):
        text = "public class Long {\n" + f"  // {word}\n" * 20_000 + "}\n"
        folders.write(side, "force-app/main/default/classes/Long.cls", text)
        meta = folders.xml("ApexClass", "<apiVersion>63.0</apiVersion><status>Active</status>")
        folders.write(side, "force-app/main/default/classes/Long.cls-meta.xml", meta)
    async with compared(str(a), str(b)) as (app, pilot):
        monkeypatch.setattr(app, "copy_to_clipboard", lambda _text: pytest.fail("sent"))
        app.screen.components_table.go_to("ApexClass:Long")
        await pilot.press("y")
        await until(pilot, lambda: "too much for a terminal's clipboard" in screen_text(app))
