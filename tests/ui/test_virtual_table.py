"""The table that draws only what is in view."""

from __future__ import annotations

from collections.abc import Sequence

from hotfix_tui.ui.text import Cell, Toned
from hotfix_tui.ui.widgets.rows import ListRows, RowSource
from hotfix_tui.ui.widgets.virtual_table import Column, VirtualTable
from tests.ui.screen_text import screen_lines, screen_text
from tests.ui.widget_app import WidgetApp


class Numbers(RowSource):
    """A million rows that exist only when asked for."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.asked = 0

    def __len__(self) -> int:
        return self.count

    def cells(self, row: int) -> Sequence[Cell]:
        self.asked += 1
        return (f"row {row}", str(row * 7 % 100))

    def key(self, row: int) -> str:
        return str(row)


def table(**more: object) -> VirtualTable:
    return VirtualTable(Column("Name"), Column("Count", 6, right=True), title="Rows", empty="Nothing.", **more)  # type: ignore[arg-type]


def words(*names: str) -> ListRows[str]:
    return ListRows(list(names), lambda name: (name, str(len(name))), lambda name: name)


async def test_a_million_rows_are_shown_at_once_and_only_those_in_view_are_asked_for() -> None:
    shown, source = table(), Numbers(1_000_000)
    async with WidgetApp(shown).run_test(size=(40, 12)) as pilot:
        shown.show(source)
        await pilot.pause()
        assert source.asked < 200
        await pilot.press("G")
        assert shown.key == "999999"
        assert "row 999999" in screen_text(pilot.app)
        assert source.asked < 400


async def test_a_cursor_move_in_view_draws_two_lines() -> None:
    shown = table()
    drawn: list[int] = []
    render = shown.render_line
    async with WidgetApp(shown).run_test(size=(40, 12)) as pilot:
        shown.show(Numbers(100))
        await pilot.pause()
        shown.render_line = lambda y: (drawn.append(y), render(y))[1]  # type: ignore[method-assign, func-returns-value]
        await pilot.press("j")
        await pilot.pause()
        assert sorted(set(drawn)) == [1, 2]


async def test_rows_that_did_not_change_are_not_drawn_again() -> None:
    shown = table()
    drawn: list[int] = []
    render = shown.render_line
    async with WidgetApp(shown).run_test(size=(40, 12)) as pilot:
        shown.show(words("a", "b", "c"))
        await pilot.pause()
        shown.render_line = lambda y: (drawn.append(y), render(y))[1]  # type: ignore[method-assign, func-returns-value]
        shown.show(words("a", "B", "c"))
        await pilot.pause()
        assert set(drawn) == {2}


async def test_keys_move_to_the_ends_and_by_pages_and_never_past_them() -> None:
    shown = table()
    async with WidgetApp(shown).run_test(size=(40, 13)) as pilot:
        shown.show(Numbers(100))
        await pilot.pause()
        for key, at in (("k", "0"), ("pagedown", "10"), ("G", "99"), ("j", "99"), ("up", "98"), ("g", "0")):
            await pilot.press(key)
            assert shown.key == at, key


async def test_a_filter_lists_what_contains_it_and_an_exclamation_mark_the_others() -> None:
    shown = table()
    async with WidgetApp(shown).run_test(size=(60, 12)) as pilot:
        shown.show(words("Alpha", "beta", "gamma"))
        shown.filter("ALP")
        assert shown.keys() == ["Alpha"]
        await pilot.pause()
        assert "filter: ALP (1 of 3)" in screen_lines(pilot.app)[0]
        shown.filter("!a")
        assert shown.keys() == []
        shown.filter("!gamma")
        assert shown.keys() == ["Alpha", "beta"]
        shown.filter("")
        assert shown.listed == 3


async def test_ordering_goes_through_the_columns_and_back_and_knows_numbers() -> None:
    shown = table()
    async with WidgetApp(shown).run_test(size=(40, 12)):
        shown.show(ListRows(["10", "9", "a"], lambda text: (text, ""), lambda text: text))
        assert shown.next_sort() == "Name"
        assert shown.keys() == ["9", "10", "a"]
        assert shown.next_sort() == "Count"
        assert shown.next_sort() == ""
        assert shown.keys() == ["10", "9", "a"]


async def test_cursor_and_selection_stay_with_their_rows() -> None:
    shown = table(marks=True)
    async with WidgetApp(shown).run_test(size=(40, 12)):
        shown.show(words("a", "b", "c"))
        shown.go_to("b")
        shown.toggle(["b"])
        shown.show(words("z", "y", "a", "b"))
        assert shown.key == "b"
        assert shown.selected == {"b"}
        shown.show(words("z"))
        assert shown.key == "z"


async def test_selecting_takes_all_or_none_and_leaves_out_what_cannot_be() -> None:
    shown = table(marks=True)
    async with WidgetApp(shown).run_test(size=(40, 12)) as pilot:
        shown.selectable = lambda key: key != "c"
        shown.show(words("a", "b", "c"))
        shown.toggle(["a", "b", "c"])
        assert shown.selected == {"a", "b"}
        await pilot.pause()
        assert [line[2:6] for line in screen_lines(pilot.app)[2:5]] == ["[x] ", "[x] ", " -  "]
        shown.toggle(["a", "b"])
        assert shown.selected == set()


async def test_an_empty_table_says_so() -> None:
    shown = table()
    async with WidgetApp(shown).run_test(size=(40, 12)) as pilot:
        await pilot.pause()
        assert "Nothing." in screen_text(pilot.app)


async def test_hostile_cells_are_text() -> None:
    shown = table()
    async with WidgetApp(shown).run_test(size=(60, 12)) as pilot:
        hostile = ["[/foo]", "a\x1b[2Jb", "x\u202ey", "[@click=app.quit()]z[/]"]
        shown.show(ListRows(hostile, lambda text: (Toned(text, "bad"), ""), lambda text: text))
        shown.entitle("[/]\x1b]0;")
        await pilot.pause()
        text = screen_text(pilot.app)
        for words_shown in ("[/foo]", "a\\x1b[2Jb", "x\\u202ey", "[@click=app.quit()]z[/]", "[/]\\x1b]0;"):
            assert words_shown in text


async def test_wide_letters_do_not_move_the_next_column() -> None:
    shown = table()
    async with WidgetApp(shown).run_test(size=(30, 6)) as pilot:
        shown.show(ListRows(["日本語日本語日本語日本語日本語", "abc"], lambda text: (text, "7"), lambda text: text))
        await pilot.pause()
        lines = screen_lines(pilot.app)
        assert lines[2].rstrip("│┃ ").endswith("7") and lines[3].rstrip("│┃ ").endswith("7")


async def test_a_tiny_table_does_not_fail() -> None:
    shown = table()
    async with WidgetApp(shown).run_test(size=(3, 3)) as pilot:
        shown.show(Numbers(10))
        await pilot.press("j", "G", "g", "pagedown")
        await pilot.resize_terminal(1, 1)
        await pilot.pause()


async def test_a_filter_asks_each_row_once() -> None:
    shown, source = table(), Numbers(50_000)
    async with WidgetApp(shown).run_test(size=(40, 12)):
        shown.show(source)
        before = source.asked
        shown.filter("row 4999")
        assert shown.listed == 11
        assert source.asked - before < 50_100


async def test_rows_that_come_above_move_neither_the_cursors_row_nor_its_line() -> None:
    shown = table()
    async with WidgetApp(shown).run_test(size=(40, 14)) as pilot:
        shown.show(words(*(f"m{number:03}" for number in range(100))))
        await pilot.pause()
        shown.move(50)
        await pilot.pause()
        before = screen_lines(pilot.app)
        line = next(place for place, text in enumerate(before) if "m050" in text)
        shown.show(words(*(f"a{number:03}" for number in range(500)), *(f"m{number:03}" for number in range(100))))
        await pilot.pause()
        assert shown.key == "m050" and shown.cursor == 550
        assert "m050" in screen_lines(pilot.app)[line]
        await pilot.press("j")
        assert shown.key == "m051" and "m051" in screen_text(pilot.app)


async def test_a_list_that_is_looked_at_from_its_top_stays_there_while_the_cursors_row_is_in_view() -> None:
    shown = table()
    async with WidgetApp(shown).run_test(size=(40, 14)) as pilot:
        shown.show(words("m", "n"))
        await pilot.pause()
        shown.show(words("a", "b", "m", "n"))
        await pilot.pause()
        assert shown.key == "m" and "a" in "".join(line.strip(" │|") for line in screen_lines(pilot.app)[:4])
        assert shown.scroll_y == 0
        shown.show(words(*(f"b{number:03}" for number in range(300)), "m", "n"))
        await pilot.pause()
        assert shown.key == "m" and any(line.strip(" │|").startswith("m") for line in screen_lines(pilot.app))


async def test_a_list_that_is_read_anew_gives_the_cursor_back_to_its_row_unless_it_was_moved() -> None:
    shown = table()
    async with WidgetApp(shown).run_test(size=(40, 12)) as pilot:
        shown.show(words("a", "b", "c", "d"))
        assert shown.go_to("c")
        await pilot.pause()
        for part in ((), ("a",), ("a", "b"), ("a", "b", "c"), ("0", "a", "b", "c", "d")):
            shown.show(words(*part))
            await pilot.pause()
        assert shown.key == "c"
        shown.show(words("a", "b"))
        await pilot.press("k")
        moved_to = shown.key
        shown.show(words("a", "b", "c"))
        await pilot.pause()
        assert shown.key == moved_to
