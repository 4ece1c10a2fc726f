"""Rules of the house that no import linter can see. Each reads the tree as it is."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "hotfix_tui"
MOST_LINES = 400

# Built up from parts, so that this file itself does not hold the words it looks for.
REGISTRY_HOSTS = ("py" + "pi.org", "pythonhosted" + ".org", "npmjs" + ".org", "npmjs" + ".com")


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def project_files() -> Iterator[Path]:
    skipped = {
        ".git",
        ".venv",
        "__pycache__",
        "node_modules",
        "dist",
        "build",
        ".mypy_cache",
        ".ruff_cache",
        ".hypothesis",
    }
    for path in ROOT.rglob("*"):
        if path.is_file() and not skipped & set(path.relative_to(ROOT).parts) and path.name != "uv.lock":
            yield path


def test_no_source_file_is_longer_than_a_reader_can_hold() -> None:
    too_long = {
        str(path.relative_to(ROOT)): lines
        for path in sources() + sorted((ROOT / "styles").glob("*.tcss"))
        if (lines := len(path.read_text().splitlines())) > MOST_LINES
    }
    assert too_long == {}


def test_every_module_says_what_it_is() -> None:
    silent = [str(path.relative_to(ROOT)) for path in sources() if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


def test_no_file_names_a_package_registry_host() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in project_files()
        if any(host in path.read_text(errors="ignore") for host in REGISTRY_HOSTS)
    ]
    assert found == []


def test_no_lock_file_with_download_addresses_is_committed() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split(
        "\n"
    )
    assert [name for name in tracked if Path(name).name in {"uv.lock", "package-lock.json", "poetry.lock"}] == []


def _scenario_names() -> set[str]:
    scenario = PACKAGE / "localorg" / "scenarios" / "incident"
    names = {path.name.split(".")[0] for path in scenario.rglob("*-meta.xml")}
    return {name for name in names if name.endswith("__c") or re.fullmatch(r"[A-Z][a-z]+(?:_[A-Z]\w+)+", name)} | {
        "LNY26",
        "Maison Aurelle",
        "aurelle",
    }


def test_scenario_names_stay_in_the_scenario() -> None:
    names = {name for name in _scenario_names() if len(name) > 6}
    assert len(names) > 10, "the scenario's own files were not found, so this test would prove nothing"
    pattern = re.compile(r"(?<![\w])(" + "|".join(map(re.escape, sorted(names))) + r")(?!\w)", re.IGNORECASE)
    leaks = {
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in sources()
        if "scenarios" not in path.parts
        for match in pattern.finditer(path.read_text())
    }
    assert leaks == set()


def test_only_the_permit_module_makes_a_production_permit() -> None:
    makers = {
        str(path.relative_to(PACKAGE))
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id == "ProductionPermit")
            or (isinstance(node.func, ast.Attribute) and node.func.attr == "ProductionPermit")
        )
    }
    assert makers == {"hotfix/permit.py"}


@pytest.mark.parametrize(
    ("module", "must_not_load"),
    [
        ("hotfix_tui.cli", ["textual", "requests", "simple_salesforce", "deepdiff", "lxml", "starlette", "lark"]),
        ("hotfix_tui.ui.app", ["requests", "simple_salesforce", "deepdiff", "lxml", "zeep", "starlette", "lark"]),
        ("hotfix_tui.hotfix.runner", ["textual", "rich", "starlette", "lark"]),
        ("hotfix_tui.journal", ["textual", "requests", "simple_salesforce", "deepdiff", "lxml"]),
        ("hotfix_tui.events", ["textual", "requests", "hotfix_tui.journal", "hotfix_tui.salesforce", "sqlite3"]),
        ("hotfix_tui.compare.compare", ["textual", "deepdiff", "starlette", "lark"]),
    ],
)
def test_what_a_module_brings_along(module: str, must_not_load: list[str]) -> None:
    script = f"import {module}, sys; print([name for name in {must_not_load!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_no_widget_is_given_text_built_on_the_spot() -> None:
    """An f-string given to a widget is org text without `visible()`, or markup by accident."""
    found = []
    for path in sorted((PACKAGE / "ui").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in {"Static", "Label", "Button", "notify", "update"} and isinstance(node.args[0], ast.JoinedStr):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno} {name}(f…)")
    assert found == []


def test_markup_is_never_switched_on_for_data() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in sorted((PACKAGE / "ui").rglob("*.py"))
        for match in re.finditer(r"markup\s*=\s*True|Text\.from_markup|textual\.markup import escape", path.read_text())
    ]
    assert found == []
