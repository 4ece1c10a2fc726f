"""Installs the clients that tests/clients runs, once, outside the repository: `python -m tests.clients.install`.

They lie in `$HOTFIX_CLIENTS`, or else in the user's cache folder, each in a folder named after its versions; one that
is whole is left alone. Needs npm (for `sf` and SFDMU) and Python 3.11 to 3.13 (for CumulusCI).
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import platformdirs

NODE, SF, SFDMU, CUMULUSCI = "22.23.3", "2.150.6", "3.7.19", "4.10.1"
# Found when this is imported: later, tests give the program a home of its own.
FOLDER = Path(
    os.environ.get("HOTFIX_CLIENTS") or platformdirs.user_cache_path("hotfix-tui-tests", appauthor=False) / "clients"
).absolute()
SF_FOLDER = FOLDER / f"sf-{SF}-node-{NODE}"
SFDMU_FOLDER = FOLDER / f"sfdmu-{SFDMU}-sf-{SF}"
CUMULUSCI_FOLDER = FOLDER / f"cumulusci-{CUMULUSCI}-python-{sys.version_info[0]}.{sys.version_info[1]}"
SF_PROGRAMS = SF_FOLDER / "node_modules" / ".bin"
_WHOLE = "whole"
_QUIET = {
    "SF_DISABLE_TELEMETRY": "true",
    "SF_AUTOUPDATE_DISABLE": "true",
    "SF_DISABLE_AUTOUPDATE": "true",  # the one that its updater reads
    "SF_SKIP_NEW_VERSION_CHECK": "true",
    "SF_USE_GENERIC_UNIX_KEYCHAIN": "true",
}


def installed(folder: Path) -> bool:
    """Whether a client is there, whole."""
    return (folder / _WHOLE).is_file()


def install_all() -> None:
    """Installs what is missing; two of these at once do not meet. Raises CalledProcessError with the tool's words."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        makers: list[tuple[Path, Callable[[Path], None]]] = [
            (SF_FOLDER, _sf),
            (SFDMU_FOLDER, _sfdmu),
            (CUMULUSCI_FOLDER, _cumulusci),
        ]
        for folder, make in makers:
            if not installed(folder):
                print(f"installing {folder.name}", flush=True)
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                make(folder)
                (folder / _WHOLE).touch()


def _run(folder: Path, *command: str, **environment: str) -> None:
    subprocess.run(command, cwd=folder, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, check=True)


def _sf(folder: Path) -> None:
    """The Salesforce CLI and the Node that runs it; what comes with the machine may be too old for it."""
    quiet = ("--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error")
    _run(folder, "npm", "install", *quiet, f"@salesforce/cli@{SF}", f"node@{NODE}")
    _run(folder, str(SF_PROGRAMS / "sf"), "--version", PATH=_path(), **_QUIET)


def _sfdmu(folder: Path) -> None:
    """SFDMU as a plugin of that CLI, in a data folder of its own: without it each call of the CLI is faster."""
    (folder / "config").mkdir()
    (folder / "config" / "unsignedPluginAllowList.json").write_text('["sfdmu"]')
    _run(
        folder, str(SF_PROGRAMS / "sf"), "plugins", "install", f"sfdmu@{SFDMU}", PATH=_path(), **_QUIET, **sfdmu_home()
    )
    (folder / "data" / "package-lock.json").unlink(missing_ok=True)


def _cumulusci(folder: Path) -> None:
    """CumulusCI in an environment of its own: what it needs must not decide what we are tested with."""
    constraints = str(Path(__file__).with_name("cumulusci-constraints.txt"))
    wanted = ("-c", constraints, f"cumulusci=={CUMULUSCI}")
    python = str(folder / "venv" / "bin" / "python")
    if shutil.which("uv"):
        _run(folder, "uv", "venv", "--quiet", "--python", sys.executable, "venv")
        _run(folder, "uv", "pip", "install", "--quiet", "--python", python, *wanted)
    else:
        _run(folder, sys.executable, "-m", "venv", "venv")
        _run(folder, python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted)


def sfdmu_home() -> dict[str, str]:
    """The variables that let `sf` find the plugin, whatever its HOME."""
    names = {"SF_DATA_DIR": "data", "SF_CONFIG_DIR": "config", "SF_CACHE_DIR": "cache"}
    return {variable: str(SFDMU_FOLDER / name) for variable, name in names.items()}


def _path() -> str:
    return f"{SF_PROGRAMS}{os.pathsep}{os.environ['PATH']}"


if __name__ == "__main__":
    install_all()
    print(f"the clients are in {FOLDER}")
