"""Opening the screens, and the demo that puts an incident behind them. Like `cli`, it stands above all rooms."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from hotfix_tui.headless import codes
from hotfix_tui.headless.output import Output
from hotfix_tui.hotfix.client import list_hotfixes
from hotfix_tui.salesforce.login import ONLY_LOCAL

PreparedFix = tuple[str, Callable[[], Awaitable[str]] | None]
_NO_FIX: PreparedFix = ("", None)


def open_screens(args: argparse.Namespace, output: Output) -> int:
    """The screens on what this machine has."""
    return _show(_NO_FIX, output)


def compare(args: argparse.Namespace, output: Output) -> int:
    """Two orgs or folders on a screen; as words where there is no terminal, or where a form of output was asked for."""
    from hotfix_tui.headless.comparing import compare as in_words

    form = output.json or args.md or args.manifests or args.text
    asked = form or args.type or args.fresh or args.no_ignore or args.managed or args.dependencies or args.owners
    if asked or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return in_words(args, output)
    records = ""
    if args.data_set:
        from hotfix_tui.hotfix import data_sets

        records = str(data_sets.find(args.data_set).path)
    return _show(_NO_FIX, output, (args.a, args.b), (args.filter or "", args.impact or ""), records)


def demo(args: argparse.Namespace, output: Output) -> int:
    """The screens on the local orgs of the shipped scenario; they are stopped at the end unless a runner works."""
    from hotfix_tui.localorg import process
    from hotfix_tui.localorg.wanted import CannotStart, Wanted

    if not _is_terminal(output):
        return codes.USAGE
    if args.reset:
        if any(one.running for one in list_hotfixes()):
            output.message("A runner is at work; the orgs are not made anew under it. hotfix-tui status says where.")
            return codes.REFUSED
        process.stop()
    try:
        registry, _ = process.start(Wanted(scenario=args.scenario, fresh=args.reset, padded=True), output.message)
    except CannotStart as error:
        output.message(str(error))
        return codes.USAGE if error.usage else codes.UNFINISHED
    os.environ[ONLY_LOCAL] = (
        "1"  # the demo's runners inherit it: it calls no org but its own, whatever this machine knows
    )
    try:
        return _show(_prepared_fix(registry), output)
    finally:
        _stop_unless_working(output)


def _prepared_fix(registry: dict[str, Any]) -> PreparedFix:
    """The scenario's first prepared change: for which org, and what makes it over HTTP as its engineer would."""
    changes = [(alias, names[0]) for alias, names in registry.get("changes", {}).items() if names]
    if not changes:
        return _NO_FIX
    alias, change = changes[0]

    async def apply_fix() -> str:
        from hotfix_tui.localorg import process

        done = await asyncio.to_thread(process.apply, alias, change)
        return f"{len(done)} changes were made in {alias}."

    return alias, apply_fix


def _show(
    prepared: PreparedFix,
    output: Output,
    compared: tuple[str, str] | None = None,
    narrowed: tuple[str, str] = ("", ""),
    records: str = "",
) -> int:
    if not _is_terminal(output):
        return codes.USAGE
    from hotfix_tui.ui.app import HotfixApp

    fix, org = prepared[1], prepared[0]
    app = HotfixApp(apply_fix=fix, prepared_in=org, compared=compared, narrowed=narrowed, records=records)
    app.run(mouse=_mouse())
    return app.return_code or codes.DONE


def _is_terminal(output: Output) -> bool:
    if sys.stdin.isatty() and sys.stdout.isatty():
        return True
    output.message("The screens need a terminal. Without one use the commands: hotfix-tui --help")
    return False


def _mouse() -> bool:
    """Over SSH the mouse stays with the terminal, so that its own selection works."""
    return not (os.environ.get("SSH_CONNECTION") or os.environ.get("SSH_TTY"))


def _stop_unless_working(output: Output) -> None:
    from hotfix_tui.localorg import process

    if any(one.running for one in list_hotfixes()):
        output.message("A runner is at work, so the local orgs stay. Stop them later: hotfix-tui local-orgs stop")
        return
    process.stop()
