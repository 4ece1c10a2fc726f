"""When the interface fails, and when it is told to end: no secrets, the terminal restored, the right exit code."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotfix_tui import paths
from hotfix_tui.ui import crash
from hotfix_tui.ui.style_paths import style_folder, style_sheets
from tests.end_to_end.terminal import Terminal

TOKEN = "00D000000000001!AQEAQFhiddenhiddenhidden.x_y"
CRASHING = f"""
import sys
from hotfix_tui.ui.app import HotfixApp
from hotfix_tui.ui.screens.home import HomeScreen
def do_new(self):
    secret = {TOKEN!r}
    raise RuntimeError("access_token=" + secret)
HomeScreen.do_new = do_new
app = HotfixApp()
app.run(mouse=False)
sys.exit(app.return_code or 0)
"""
QUIET = CRASHING.replace("HomeScreen.do_new = do_new\n", "")


@pytest.fixture
def env(own_home: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(own_home), "HOTFIX_HOME": str(own_home / "hotfix")}


@pytest.fixture
def screen(request: pytest.FixtureRequest, env: dict[str, str]) -> Iterator[Terminal]:
    opened = Terminal([sys.executable, "-c", request.param], env, 80, 24)
    try:
        opened.wait_for("No hotfix yet")
        yield opened
    finally:
        opened.end()


@pytest.mark.parametrize("screen", [CRASHING], indirect=True)
def test_a_failing_screen_says_one_sentence_and_no_secret(screen: Terminal, own_home: Path) -> None:
    screen.press("n")
    text = screen.wait_for("screen stopped: RuntimeError")
    screen.process.wait(20)
    assert screen.process.returncode == 1
    assert "AQEAQF" not in text and "secret =" not in text and "Traceback" not in text
    log = own_home / "hotfix" / "runner.log"
    written = log.read_text()
    assert "RuntimeError" in written and "do_new" in written
    assert "AQEAQF" not in written
    assert log.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("screen", [QUIET], indirect=True)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_in_order_and_gives_the_terminal_back(screen: Terminal, number: int) -> None:
    assert not termios.tcgetattr(screen.master)[3] & termios.ECHO
    screen.process.send_signal(number)
    assert screen.process.wait(20) == 128 + number
    assert termios.tcgetattr(screen.master)[3] & termios.ECHO


@pytest.mark.parametrize("screen", [QUIET], indirect=True)
def test_ctrl_c_ends_nothing(screen: Terminal) -> None:
    screen.press("ctrl+c")
    screen.wait_for("Ctrl\\+C ends nothing here")
    assert screen.process.poll() is None
    screen.press("q")
    assert screen.process.wait(20) == 0


def test_without_colour_the_screen_has_none(env: dict[str, str]) -> None:
    opened = Terminal([sys.executable, "-c", QUIET], {**env, "NO_COLOR": "1"}, 80, 24)
    try:
        opened.wait_for("No hotfix yet")
        cells = [cell for line in opened.screen.buffer.values() for cell in line.values()]
        assert {(cell.fg, cell.bg) for cell in cells} == {("default", "default")}
        assert any(cell.reverse for cell in cells) or any(cell.bold for cell in cells)
    finally:
        opened.end()


def test_the_log_gets_the_traceback_without_values() -> None:
    def failing() -> None:
        password = "hunter2hunter2"
        raise ValueError(f"password={password}")

    try:
        failing()
    except ValueError as error:
        path = crash.write_down(error)
        said = crash.sentence(error, path)
    written = Path(path).read_text()
    assert "failing" in written and "hunter2" not in written.replace('hunter2hunter2"', "")
    assert "ValueError" in said and "hunter2" not in said


def test_the_style_sheets_are_found_and_theme_comes_first() -> None:
    assert style_sheets()[0] == style_folder() / "theme.tcss"
    assert len(style_sheets()) >= 3


def test_an_installation_without_styles_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hotfix_tui.ui import style_paths

    monkeypatch.setattr(style_paths, "_PACKAGE", tmp_path)
    with pytest.raises(FileNotFoundError, match="install it again"):
        style_paths.style_folder()


def test_nothing_slow_is_loaded_before_the_first_paint() -> None:
    code = (
        "import sys, asyncio\n"
        "from hotfix_tui.ui.app import HotfixApp\n"
        "async def main():\n"
        "    app = HotfixApp()\n"
        "    app.survey = lambda: None\n"
        "    async with app.run_test() as pilot:\n"
        "        await pilot.pause()\n"
        "asyncio.run(main())\n"
        "slow = {'requests', 'simple_salesforce', 'deepdiff', 'lxml', 'zeep', 'starlette', 'lark'}\n"
        "print(sorted(slow & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={**os.environ, "HOTFIX_HOME": str(paths.hotfixes().parent)},
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
