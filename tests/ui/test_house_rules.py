"""What org text must not meet on its way to a screen, held by reading the sources."""

from __future__ import annotations

import re
from pathlib import Path

import hotfix_tui.ui

UI = Path(hotfix_tui.ui.__file__).parent
SOURCES = sorted(UI.rglob("*.py"))

FORBIDDEN = {
    r"\bStatic\(|\bLabel\(|\bMarkdown\(|\bRichLog\(|\bDataTable\(|\bLog\(": "a widget that takes markup or raw text",
    r"\.notify\(": "a toast is markup and goes away; use flash",
    r"markup=True|from_markup|Text\.from_|Content\.from_": "markup",
    r"\bescape\(": "escape is no cure for markup",
    r"\.loading\s*=|LoadingIndicator|ProgressBar": "sends bytes for ever",
    r"run_worker\([^)]*thread=True|@work\(thread=True": "a thread that delays leaving; use a daemon thread",
}


def test_no_source_uses_what_could_let_org_text_act() -> None:
    found = [
        f"{path.relative_to(UI)}: {why}: {match.group()}"
        for path in SOURCES
        for pattern, why in FORBIDDEN.items()
        for match in re.finditer(pattern, path.read_text())
    ]
    assert found == []


def test_only_the_text_module_makes_content() -> None:
    makers = {
        str(path.relative_to(UI))
        for path in SOURCES
        if re.search(r"\bContent(\.\w+)?\(", path.read_text()) and path.name != "text.py"
    }
    assert makers == set()


def test_what_draws_lines_itself_takes_visible_text() -> None:
    drawers = [path for path in SOURCES if "Segment(" in path.read_text()]
    assert {path.name for path in drawers} == {"virtual_table.py", "log_pane.py", "diff_view.py"}
    assert all(re.search("visible_text", path.read_text()) for path in drawers)
    assert "visible_text" in (UI / "widgets" / "diff_lines.py").read_text()


def test_widgets_know_nothing_of_salesforce() -> None:
    for path in (UI / "widgets").glob("*.py"):
        imports = re.findall(r"from (hotfix_tui[\w.]*)", path.read_text())
        assert {name for name in imports if not name.startswith("hotfix_tui.ui")} == set(), path.name


def test_no_input_blinks() -> None:
    users = [path for path in SOURCES if "Input(" in path.read_text()]
    assert users
    for path in users:
        text = path.read_text()
        assert "cursor_blink = False" in text or "Dialog" in text, path.name
