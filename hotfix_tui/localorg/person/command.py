"""`local-orgs control script`: what a second person is to do, as typed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from hotfix_tui.localorg.person.script import ACTS, read_script


def add_arguments(what: Any) -> list[argparse.ArgumentParser]:
    """Adds the subcommand to `control`; returns it."""
    acts = "\n".join(f"  {name:10} {each.does}" for name, each in ACTS.items())
    script = what.add_parser(
        "script",
        help="let a second person work in the orgs, or see what they did",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"what a step does:\n{acts}",
    )
    script.add_argument("file", nargs="?", metavar="FILE", help="steps: TOML ([[step]]) or JSON; none: show them")
    script.add_argument("--clear", action="store_true", help="forget the steps that wait, and what was done")
    return [script]


def script(args: argparse.Namespace) -> tuple[str, str, Any]:
    """To give, see or forget steps. Raises ScriptError."""
    if args.clear:
        return "DELETE", "/script", None
    return ("POST", "/script", {"steps": read_script(Path(args.file))}) if args.file else ("GET", "/script", None)


CONTROLS = {"script": script}
