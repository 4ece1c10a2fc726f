"""`data-sets`: which there are, whether one fits an org, and one around a record."""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hotfix_tui.events import Fact
from hotfix_tui.headless import codes
from hotfix_tui.headless.output import Output

if TYPE_CHECKING:
    from hotfix_tui.data.data_set import DataSet
    from hotfix_tui.data.from_here import Around


@dataclass(frozen=True, kw_only=True)
class DataSetListed(Fact):
    """One data set on this machine. `place`: yours, local orgs, template. `error`: why it cannot be used."""

    name: str
    title: str
    place: str
    path: str
    objects: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class DataSetObjectChecked(Fact):
    """One object of a data set in an org: its rows, those without a key, values that rows share, what is wrong."""

    org: str
    object: str
    rows: int = 0
    without_key: int = 0
    shared: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def data_sets(args: argparse.Namespace, output: Output) -> int:
    """Lists, shows, checks or makes."""
    acts = {"list": _list, "show": _show, "check": _check, "around": _around}
    missing = {"show": not args.name, "check": not (args.name and args.org), "around": not (args.name and args.org)}
    if missing.get(args.act):
        output.message(f"Usage: hotfix-tui data-sets {_USAGE[args.act]}")
        return codes.USAGE
    return acts[args.act](args, output)


_USAGE = {"show": "show NAME", "check": "check NAME --org ALIAS", "around": "around ID --org ALIAS [--save NAME]"}


def _list(args: argparse.Namespace, output: Output) -> int:
    from hotfix_tui.hotfix.data_set_files import listed

    found = listed()
    for one in found:
        if output.json:
            event = DataSetListed(
                name=one.name,
                title=one.title,
                place=one.place,
                path=str(one.path),
                objects=one.objects,
                error=one.error,
            )
            output.event(event, "data-sets")
        else:
            output.result(f"{one.name:<34} {one.place:<11} {one.error or one.title}")
    return codes.DIFFERENCES if any(one.error for one in found) else codes.DONE


def _show(args: argparse.Namespace, output: Output) -> int:
    from hotfix_tui.hotfix.data_sets import find

    output.result(find(args.name).path.read_text("utf-8").rstrip())
    return codes.DONE


def _check(args: argparse.Namespace, output: Output) -> int:
    from hotfix_tui.hotfix.data_sets import find

    return asyncio.run(_checked(args.org, find(args.name), output))


async def _checked(alias: str, chosen: DataSet, output: Output) -> int:
    from hotfix_tui.data.checking import check
    from hotfix_tui.salesforce.login import login_for
    from hotfix_tui.salesforce.org import Org

    good = True
    async with await Org.connect(login_for(alias)) as org:
        async for one in check(org, chosen):
            good = good and one.good
            key = one.key
            if output.json:
                output.event(
                    DataSetObjectChecked(
                        org=alias,
                        object=one.object,
                        rows=key.rows if key else 0,
                        without_key=key.blank if key else 0,
                        shared=tuple(value for value, _ in key.shared) if key else (),
                        problems=one.problems,
                    ),
                    "data-sets",
                )
            else:
                words = [*one.problems, *([f"key: {key.words()}"] if key else [])]
                output.result(f"{'ok' if one.good else '! '} {one.object:<34} {'; '.join(words) or 'only matched'}")
    return codes.DONE if good else codes.DIFFERENCES


def _around(args: argparse.Namespace, output: Output) -> int:
    from hotfix_tui.data.data_set_writer import to_toml
    from hotfix_tui.hotfix import data_set_files as files

    made = asyncio.run(_made(args.org, args.name))
    comment = "\n".join(made.notes)
    for note in made.notes:
        output.message(note)
    if args.save:
        path: Path = files.own_path(args.save)
        if path.exists():
            output.message(f"There is a data set {args.save} already; nothing was written.")
            return codes.REFUSED
        files.save(made.data_set, args.save, comment)
        output.message(f"Written to {path}.")
    else:
        output.result(to_toml(made.data_set, comment).rstrip())
    return codes.DONE


async def _made(alias: str, record: str) -> Around:
    from hotfix_tui.data.from_here import around
    from hotfix_tui.salesforce.login import login_for
    from hotfix_tui.salesforce.org import Org

    async with await Org.connect(login_for(alias)) as org:
        return await around(org, record)
