"""The wheel, installed in an empty environment elsewhere, has all it needs: commands, styles, scenario, templates."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

FIRST_FRAME = """
import asyncio
from hotfix_tui.ui.app import HotfixApp

async def main() -> None:
    app = HotfixApp()
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        print(app.export_screenshot())

asyncio.run(main())
"""


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=env, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run("uv", "build", "--wheel", "--quiet", "--out-dir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("elsewhere")
    run("uv", "venv", "--quiet", "--python", sys.executable, folder / "venv", cwd=folder)
    # The tested versions: the wheel is installed with what this very environment holds.
    frozen = run("uv", "pip", "freeze", "--quiet", "--exclude-editable", "--python", sys.executable, cwd=folder)
    (folder / "constraints.txt").write_text("\n".join(line for line in frozen.splitlines() if "hotfix" not in line))
    run(
        *("uv", "pip", "install", "--quiet", "--python", folder / "venv/bin/python"),
        *("--constraint", folder / "constraints.txt", wheel),
        cwd=folder,
    )
    return folder


def clean_environment(home: Path) -> dict[str, str]:
    keep = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG"}}
    return {**keep, "HOME": str(home), "HOTFIX_HOME": str(home / "hotfix"), "TERM": "xterm-256color"}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_wheel_ships_styles_scenario_and_templates(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    styles = {path.name for path in (ROOT / "styles").glob("*.tcss")}
    assert styles
    assert styles == {Path(name).name for name in names if name.startswith("hotfix_tui/styles/")}
    assert any("localorg/scenarios/incident" in name for name in names)
    assert not [name for name in names if name.startswith("tests/")]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_version_and_first_frame_come_from_an_installed_wheel(installed: Path, tmp_path: Path) -> None:
    env = clean_environment(tmp_path)
    python = installed / "venv/bin/python"
    assert "hotfix-tui" in run(installed / "venv/bin/hotfix-tui", "--version", cwd=tmp_path, env=env)
    where = run(python, "-c", "import hotfix_tui; print(hotfix_tui.__file__)", cwd=tmp_path, env=env)
    assert str(installed) in where
    frame = run(python, "-c", FIRST_FRAME, cwd=tmp_path, env=env)
    assert "Hotfixes" in frame
    assert "Quit" in frame.replace("&#160;", " ")
