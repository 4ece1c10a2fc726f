"""Where files live, and that nobody else can read them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from hotfix_tui import paths

FOLDERS = [paths.hotfixes, paths.config, paths.data_sets, paths.cache, paths.local_orgs]


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_folder_is_made_for_its_owner_alone_under_the_home(folder, own_home: Path) -> None:
    made = folder()
    assert made.is_relative_to(own_home / "hotfix")
    assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_a_folder_that_others_could_read_is_closed(own_home: Path) -> None:
    made = paths.hotfixes()
    made.chmod(0o755)
    assert stat.S_IMODE(paths.hotfixes().stat().st_mode) == 0o700


def test_without_hotfix_home_the_system_s_own_folders_are_used(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOTFIX_HOME")
    monkeypatch.setenv("XDG_STATE_HOME", str(own_home / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(own_home / "cache"))
    assert paths.hotfixes() == own_home / "state" / "hotfix-tui" / "hotfixes"
    assert paths.cache() == own_home / "cache" / "hotfix-tui"
