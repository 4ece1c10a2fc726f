"""Every key of every screen does what it says, or says why it does not."""

from __future__ import annotations

from typing import Any

import pytest

from hotfix_tui import paths
from hotfix_tui.journal import Journal
from hotfix_tui.ui.commands import commands_of, footer_of, key_name
from hotfix_tui.ui.screens.base import BaseScreen
from hotfix_tui.ui.screens.dialogs import ChoiceDialog, ConfirmDialog, DetailDialog, TypedAliasDialog
from hotfix_tui.ui.screens.help import HelpScreen
from hotfix_tui.ui.widgets.bars import Flash, KeyBar
from hotfix_tui.ui.widgets.virtual_table import VirtualTable
from tests.ui.conftest import until
from tests.ui.screen_text import screen_lines, screen_text

WHERE = {
    0: "home",
    1: "environment",
    2: "compare",
    3: "compare",
    4: "data",
    6: "fix",
    7: "promote",
    9: "sync",
    12: "finished",
}


def requests(hotfix: str = "HF-1") -> list[tuple[str, dict[str, Any]]]:
    """What was asked of the runner, in order."""
    found = []
    with Journal.open(paths.hotfixes() / f"{hotfix}.sqlite") as journal:
        number = 1
        while (request := journal.request(number)) is not None:
            found.append((request.kind, request.args))
            number += 1
    return found


@pytest.mark.parametrize(("steps", "where"), WHERE.items())
async def test_the_footer_is_the_table(open_app: Any, steps: int, where: str) -> None:
    async with open_app(steps, size=(160, 40)) as (app, _pilot):
        assert isinstance(app.screen, BaseScreen)
        assert where == app.screen.WHERE
        expected = "  ".join(f"{key_name(command.keys[0])} {command.label}" for command in footer_of(where))
        assert screen_lines(app)[-1].strip() == expected


@pytest.mark.slow
@pytest.mark.parametrize(("steps", "where"), WHERE.items())
async def test_every_key_of_a_screen_works_or_says_why_not(
    open_app: Any, no_grace: None, steps: int, where: str
) -> None:
    possible = []
    async with open_app(steps, size=(120, 40)) as (app, pilot):
        screen = app.screen
        assert isinstance(screen, BaseScreen)
        for command in commands_of(where):
            if command.id in ("focus", "palette"):
                continue
            if not (why := screen.reason(command.id)):
                possible.append(command)
                continue
            await pilot.press(command.keys[0])
            assert app.screen is screen
            said = "".join(str(getattr(part, "text", part)) for part in screen.query_one(Flash).parts)
            assert said.strip() == why
    for command in possible:
        if command.where not in (where, "hotfix") or (command.where == "hotfix" and where != "sync"):
            continue
        async with open_app(steps, size=(120, 40)) as (app, pilot):
            await pilot.press(command.keys[0])
            await pilot.pause()
            assert app.is_running


async def test_what_is_not_possible_is_dimmed(open_app: Any) -> None:
    async with open_app(2) as (app, _pilot):
        parts = app.screen.query_one(KeyBar).parts
        tones = {part.text.strip(): part.tone for part in parts if hasattr(part, "tone")}
        assert tones["Bring"] == "dim"
        assert tones["c"] == "key"


async def test_production_is_refused_with_the_sentence(open_app: Any) -> None:
    async with open_app(1) as (app, pilot):
        await pilot.press("G", "enter")
        assert "prod is PRODUCTION: a fix is made and tried elsewhere" in screen_lines(app)[-2]
        assert requests() == []


async def test_choosing_an_org_posts_the_request(open_app: Any) -> None:
    async with open_app(1) as (_app, pilot):
        await pilot.press("enter")
        assert requests() == [("choose_environment", {"alias": "sand"})]


async def test_while_a_job_starts_another_one_is_refused_with_the_reason(open_app: Any) -> None:
    async with open_app(2) as (app, pilot):
        await pilot.press("c")
        await pilot.press("c")
        assert "one job at a time" in screen_lines(app)[-2]
        assert [kind for kind, _ in requests()] == ["compare"]


async def test_what_blocks_and_what_is_selected_is_brought_after_a_yes(open_app: Any, no_grace: None) -> None:
    async with open_app(3) as (app, pilot):
        await pilot.press("n", "n", "space", "b")
        assert isinstance(app.screen, ConfirmDialog)
        await pilot.press("enter")
        assert requests() == []
        await pilot.press("b", "y")
        assert requests() == [("resolve", {"components": ["ApexClass:Totals", "ValidationRule:Order__c.Cap"]})]


async def test_what_was_taken_out_stays_out_when_the_screen_comes_back(open_app: Any) -> None:
    async with open_app(3) as (app, pilot):
        await pilot.press("n", "space", "1")
        await pilot.pause()
        await pilot.press("2")
        await pilot.pause()
        assert app.session is not None and app.session.components == set()


async def test_a_component_that_production_lacks_cannot_be_brought(open_app: Any) -> None:
    async with open_app(3) as (app, pilot):
        await pilot.press("G", "space")
        assert "Production does not have it" in screen_lines(app)[-2]


async def test_groups_fold_and_impact_hides_the_rest(open_app: Any) -> None:
    async with open_app(3) as (app, pilot):
        table = app.screen.query_one("#components", VirtualTable)
        assert table.listed == 8
        await pilot.press("g", "enter")
        assert table.listed == 7
        await pilot.press("enter", "i")
        assert set(table.keys()) == {
            "group/ValidationRule", "ValidationRule:Order__c.Cap", "group/CustomField", "CustomField:Order__c.Mode__c",
        }  # fmt: skip


async def test_n_and_p_go_from_difference_to_difference(open_app: Any) -> None:
    async with open_app(3) as (app, pilot):
        table = app.screen.query_one("#components", VirtualTable)
        seen = []
        for key in ("n", "n", "p"):
            await pilot.press(key)
            seen.append(table.key)
        assert seen == ["ValidationRule:Order__c.Cap", "ApexClass:Totals", "ValidationRule:Order__c.Cap"]


async def test_the_filter_line_filters_keeps_and_clears(open_app: Any) -> None:
    async with open_app(3) as (app, pilot):
        table = app.screen.query_one("#components", VirtualTable)
        await pilot.press("slash", *"totals", "enter")
        assert table.keys() == ["ApexClass:Totals"]
        assert table.has_focus
        await pilot.press("escape")
        assert table.listed == 8
        assert isinstance(app.screen, BaseScreen) and app.screen.WHERE == "compare"


async def test_seeding_asks_first_and_enter_alone_does_not_write(open_app: Any, no_grace: None) -> None:
    async with open_app(4) as (app, pilot):
        await pilot.press("s")
        assert "2 automations are off in the whole org" in screen_text(app)
        await pilot.press("enter")
        assert requests() == []
        await pilot.press("s", "y")
        assert [kind for kind, _ in requests()] == ["seed"]


async def test_a_seed_is_undone_after_a_yes_and_its_refused_rows_go_into_a_file(open_app: Any, no_grace: None) -> None:
    async with open_app(5) as (app, pilot):
        await pilot.press("z")
        assert "37 inserted and 1 updated" in screen_text(app)
        await pilot.press("enter")
        assert requests() == []
        await pilot.press("z", "y")
        assert [kind for kind, _ in requests()] == ["undo_seed"]
        assert app.screen.why_not("export") == "No row was refused."


async def test_what_runs_is_held_and_let_go_with_one_key(open_app: Any, no_grace: None) -> None:
    async with open_app(4) as (app, pilot):
        assert app.screen.why_not("pause") == "Nothing runs now."
        await pilot.press("s", "y", "P")
        assert "paused" in screen_text(app) or "Asked to wait" in screen_text(app)
        await pilot.press("P")
        assert [kind for kind, _ in requests()] == ["seed", "pause", "proceed"]


async def test_the_rows_of_a_plan_are_shown_before_they_are_written(open_app: Any, no_grace: None) -> None:
    async with open_app(4) as (app, pilot):
        await pilot.press("enter")
        assert isinstance(app.screen, DetailDialog)
        await pilot.pause()
        assert "Cap__c: 60 → 20" in screen_text(app)


async def test_a_part_of_the_fix_can_be_left_out(open_app: Any, no_grace: None) -> None:
    async with open_app(7) as (app, pilot):
        await pilot.press("space")
        assert "1 left out" in screen_text(app)
        await pilot.press("D", *"prod", "enter")
        await pilot.pause()
        kind, args = requests()[-1]
        assert kind == "promote"
        assert args["components"] == ["CustomField:Order__c.Hold__c"]
        assert args["records"] == ["Order__c:O-1"]


async def test_production_is_written_only_after_its_alias_was_typed_in_full(open_app: Any, no_grace: None) -> None:
    async with open_app(8) as (app, pilot):
        await pilot.press("D")
        assert isinstance(app.screen, TypedAliasDialog)
        await pilot.press("enter")
        assert not isinstance(app.screen, TypedAliasDialog) and requests() == []
        await pilot.press("D", *"pro", "enter")
        assert "“pro” is not the alias of this org" in screen_text(app)
        assert requests() == []
        await pilot.press("d", "enter")
        kind, args = requests()[0]
        assert kind == "promote" and args["permit"].startswith("P-")


async def test_sync_goes_to_every_other_org_and_never_to_production(open_app: Any, no_grace: None) -> None:
    async with open_app(10) as (_app, pilot):
        await pilot.press("s", "y")
        assert requests() == [("sync", {"orgs": ["qa", "uat"]})]


async def test_finishing_asks_and_posts(open_app: Any, no_grace: None) -> None:
    async with open_app(11) as (_app, pilot):
        await pilot.press("F", "y")
        assert requests() == [("finish", {})]


async def test_the_prepared_fix_is_the_demos(open_app: Any) -> None:
    async with open_app(6) as (app, pilot):
        await pilot.press("a")
        assert "Only the demo has a prepared fix" in screen_lines(app)[-2]

    async def apply_fix() -> str:
        return "A colleague changed 2 components."

    async with open_app(0, apply_fix=apply_fix, home=True) as (app, pilot):
        await until(pilot, lambda: "HF-1" in screen_text(app))
        await pilot.press("enter", "a")
        await until(pilot, lambda: "A colleague changed 2 components." in screen_text(app))
        app.prepared_in = "elsewhere"
        await pilot.press("a")
        assert "The prepared fix is for elsewhere" in screen_lines(app)[-2]


async def test_steps_that_are_not_reached_say_what_is_missing(open_app: Any) -> None:
    async with open_app(2) as (app, pilot):
        await pilot.press("3")
        assert "baseline first" in screen_lines(app)[-2]
        await pilot.press("4")
        assert "Promote the fix first" in screen_lines(app)[-2]
        await pilot.press("1")
        await pilot.pause()
        assert isinstance(app.screen, BaseScreen) and app.screen.WHERE == "environment"


async def test_help_lists_this_screens_keys_filters_and_closes(open_app: Any) -> None:
    async with open_app(3) as (app, pilot):
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("slash", *"overwrit")
        table = app.screen.query_one(VirtualTable)
        assert table.listed == 0
        await pilot.press("escape", "slash", *"production with")
        assert table.listed == 1
        await pilot.press("escape", "escape")
        assert not isinstance(app.screen, HelpScreen)


async def test_the_palette_lists_the_screens_commands(open_app: Any) -> None:
    async with open_app(3) as (app, _pilot):
        titles = {command.title for command in app.get_system_commands(app.screen)}
        assert {"Compare", "Bring", "Help", "Quit"} <= titles
        assert "Seed now" not in titles


async def test_data_sets_are_chosen_from_a_list(open_app: Any, no_grace: None) -> None:
    async with open_app(2) as (app, pilot):
        await pilot.press("t", "d")
        await pilot.pause()
        assert isinstance(app.screen, ChoiceDialog)
        await pilot.press("enter")
        await pilot.press("p")
        kind, args = requests()[0]
        assert kind == "plan" and args["data_set"].endswith(".toml")
