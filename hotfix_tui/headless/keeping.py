"""export, import, forget: what a hotfix keeps, carried to another machine or removed."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from hotfix_tui.headless import codes
from hotfix_tui.headless.output import Output
from hotfix_tui.hotfix import keeping


def export(args: argparse.Namespace, output: Output) -> int:
    """Says what the file would hold, asks, writes it."""
    found = keeping.contents(args.id)
    target = Path(args.out or f"{args.id}.hotfix")
    output.message(f"{target} would hold, readable by whoever has it:")
    for line in found.lines:
        output.message(f"  - {line}")
    if not args.yes and not _agreed(output, "Write it?"):
        output.message("Nothing was written.")
        return codes.CANCELLED
    try:
        keeping.export(args.id, target)
    except FileExistsError:
        output.message(f"{target} exists already; nothing was written.")
        return codes.USAGE
    output.result(str(target))
    output.message(f"On the other machine: hotfix-tui import {target.name}. It needs logins for {_logins(found)}.")
    return codes.DONE


def bring(args: argparse.Namespace, output: Output) -> int:
    """Takes an export in."""
    hotfix, found = keeping.bring(Path(args.file))
    output.result(hotfix)
    output.message(f"{hotfix} holds:")
    for line in found.lines:
        output.message(f"  - {line}")
    output.message(f"It needs logins for {_logins(found)}. Then: hotfix-tui restore {hotfix}, or open it.")
    return codes.DONE


def forget(args: argparse.Namespace, output: Output) -> int:
    """Says what is removed, asks, removes it."""
    found = keeping.contents(args.id)
    output.message(f"Of {args.id} these are removed; its log stays, without the values of records:")
    for line in found.lines[1:-2]:
        output.message(f"  - {line}")
    output.message("A seed or a promotion cannot be undone after that.")
    if not args.yes and not _agreed(output, "Forget them?"):
        output.message("Nothing was forgotten.")
        return codes.CANCELLED
    output.result(f"{keeping.forget(args.id):,} bytes forgotten")
    return codes.DONE


def _agreed(output: Output, question: str) -> bool:
    """Whether somebody at a terminal types yes; without one nobody can, and `--yes` says it."""
    if not sys.stdin.isatty():
        output.message(f"{question} Say so with --yes.")
        return False
    output.message(f"{question} yes/no")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _logins(found: keeping.Contents) -> str:
    return ", ".join(f"{alias} ({org_id})" for alias, org_id in sorted(found.aliases.items()))
